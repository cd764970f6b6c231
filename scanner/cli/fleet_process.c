#include "scanner/cli/fleet_process.h"

#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* One domain for each behaviour and DNS shape the fleet knows, and some to spare. */
#define FLEET_HOSTS   "120"
#define FLEET_SECONDS "600" /* it ends by itself, whatever becomes of us */

/* In the build tree, beside an unpacked program, or installed. */
static bool find_program(char *out, size_t size)
{
    static const char *const places[] = {"build/release/fleet", "build/release-boringssl/fleet",
                                         "fleet", "../libexec/mxgrade/fleet"};
    char self[2048];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (len <= 0) {
        return false;
    }
    self[len] = '\0';
    const char *folder = dirname(self);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        int needed = snprintf(out, size, "%s/%s", folder, places[i]);
        if (needed > 0 && (size_t)needed < size && access(out, X_OK) == 0) {
            return true;
        }
    }
    return false;
}

/* Runs the program with its standard output in a pipe; -1 on failure. */
static int spawn(const char *program, char *const arguments[], pid_t *out_pid)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execv(program, arguments);
        _exit(127);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return -1;
    }
    *out_pid = pid;
    return ends[0];
}

/* "fleet: ready dns=127.0.0.1:5354 port=2525" */
static bool read_ready_line(struct fleet_process *fleet, int fd)
{
    char line[256];
    unsigned dns_port, smtp_port;
    FILE *stream = fdopen(fd, "r");
    if (stream == NULL) {
        close(fd);
        return false;
    }
    bool ok = fgets(line, sizeof(line), stream) != NULL &&
              sscanf(line, "fleet: ready dns=127.0.0.1:%u port=%u", &dns_port, &smtp_port) == 2 &&
              dns_port <= 65535 && smtp_port <= 65535;
    fclose(stream);
    if (ok) {
        snprintf(fleet->resolver, sizeof(fleet->resolver), "127.0.0.1:%u", dns_port);
        fleet->port = (uint16_t)smtp_port;
    }
    return ok;
}

bool fleet_process_start(struct fleet_process *fleet, const char *ca_file, char *out_error,
                         size_t error_size)
{
    memset(fleet, 0, sizeof(*fleet));
    if (!find_program(fleet->program, sizeof(fleet->program))) {
        snprintf(out_error, error_size,
                 "the fleet simulator is not beside this program; build it with \"make\"");
        return false;
    }
    char *arguments[] = {(char *)"fleet",     (char *)"serve",       (char *)"--each",
                         (char *)"--hosts",   (char *)FLEET_HOSTS,   (char *)"--port",
                         (char *)"0",         (char *)"--dns",       (char *)"0",
                         (char *)"--seconds", (char *)FLEET_SECONDS, (char *)"--write-ca",
                         (char *)ca_file,     (char *)"--own-zones", NULL};
    int fd = spawn(fleet->program, arguments, &fleet->pid);
    if (fd < 0 || !read_ready_line(fleet, fd)) {
        snprintf(out_error, error_size, "the fleet simulator does not start (%s)", fleet->program);
        fleet_process_stop(fleet);
        return false;
    }
    return true;
}

FILE *fleet_process_expect(const struct fleet_process *fleet)
{
    char *arguments[] = {(char *)"fleet",
                         (char *)"expect",
                         (char *)"--each",
                         (char *)"--hosts",
                         (char *)FLEET_HOSTS,
                         (char *)"--own-zones",
                         NULL};
    pid_t pid;
    int fd = spawn(fleet->program, arguments, &pid);
    return fd < 0 ? NULL : fdopen(fd, "r");
}

void fleet_process_stop(struct fleet_process *fleet)
{
    if (fleet->pid > 0) {
        kill(fleet->pid, SIGTERM);
        while (waitpid(fleet->pid, NULL, 0) < 0 && errno == EINTR) {}
        fleet->pid = 0;
    }
}
