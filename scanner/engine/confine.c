#include "scanner/engine/confine.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/sandbox/sandbox.h"
#include "scanner/base/log.h"

static struct sandbox_options options_of(const struct config *config)
{
    return (struct sandbox_options){.is_off = !config->is_confined || config->sandbox_is_off,
                                    .connects = true};
}

bool confine_is_wanted(const struct config *config)
{
    return !options_of(config).is_off;
}

void confine_files(const struct config *config)
{
    /* Public files of the system: addresses of resolvers, names, and libraries that are loaded when
     * they are wanted (encodings, services of names). */
    static const char *const of_the_system[] = {
        "/etc/resolv.conf", "/etc/hosts",    "/etc/nsswitch.conf",
        "/etc/host.conf",   "/etc/gai.conf", "/etc/services",
        "/etc/ld.so.cache", "/usr/lib",      "/lib",
        "/lib64",           "/usr/share"};
    const struct sandbox_options options = options_of(config);
    struct sandbox sandbox;
    sandbox_begin(&sandbox, &options);
    for (size_t i = 0; i < sizeof(of_the_system) / sizeof(of_the_system[0]); i++) {
        sandbox_allow(&sandbox, of_the_system[i], SANDBOX_READ);
    }
    sandbox_allow(&sandbox, config->list, SANDBOX_READ);
    sandbox_allow(&sandbox, config->since, SANDBOX_READ);
    sandbox_allow(&sandbox, config->output, SANDBOX_WRITE);
    sandbox_allow(&sandbox, config->metrics, SANDBOX_WRITE);
    sandbox_allow(&sandbox, config->history, SANDBOX_WRITE);
    sandbox_allow_temporary(&sandbox);
    const int abi = sandbox_enter_files(&sandbox);
    if (!options.is_off) {
        log_trace(config,
                  abi > 0 ? "sandbox: files are confined, by Landlock's ABI %d"
                          : "sandbox: files are not confined, as there is no Landlock (%d)",
                  abi);
    }
}

/* What is no file is written to as it stands, and nothing is made beside it. */
static bool is_placed(const char *path)
{
    struct stat info;
    return strcmp(path, "-") != 0 && (stat(path, &info) != 0 || S_ISREG(info.st_mode));
}

/* A file that is made at the end of the run: can it be? */
static bool can_place(const struct config *config, const char *path)
{
    char copy[PATH_MAX];
    if (path == NULL || strcmp(path, "-") == 0 || strlen(path) >= sizeof(copy)) {
        return true;
    }
    strcpy(copy, path);
    if ((!is_placed(path) || access(dirname(copy), W_OK | X_OK) == 0) &&
        (access(path, F_OK) != 0 || access(path, W_OK) == 0)) {
        return true;
    }
    log_message("%s could not be written at the end of the run by the user %s: %s", path,
                config->user, strerror(errno));
    return false;
}

/* Is the file that is open found under its name too? It is compared with that at each sync, and
 * read for the history. */
static bool can_reach_output(const struct config *config)
{
    const int how = config->history != NULL ? R_OK : F_OK;
    if (config->output == NULL || strcmp(config->output, "-") == 0 ||
        access(config->output, how) == 0) {
        return true;
    }
    log_message("%s cannot be reached by the user %s: %s", config->output, config->user,
                strerror(errno));
    return false;
}

bool confine_find_user(const struct config *config, struct privileges *out)
{
    char error[256];
    if (config->user != NULL && !privileges_find(config->user, out, error, sizeof(error))) {
        log_message("%s", error);
        return false;
    }
    return true;
}

bool confine_user(const struct config *config, const struct privileges *privileges)
{
    if (config->user == NULL) {
        return true;
    }
    if (!privileges_drop(privileges)) {
        log_message("this process cannot become the user %s: %s", config->user, strerror(errno));
        return false;
    }
    return can_reach_output(config) && can_place(config, config->metrics) &&
           can_place(config, config->history);
}

void confine_calls(const struct config *config)
{
    const struct sandbox_options options = options_of(config);
    const bool is_bound = sandbox_enter_calls(&options);
    if (!options.is_off) {
        log_trace(config, is_bound ? "sandbox: system calls are confined"
                                   : "sandbox: system calls are not confined, as there is no "
                                     "seccomp");
    }
}
