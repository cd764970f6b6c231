/*
 * Is there room for the results? A server takes 2.9 KB of them and a domain 1.3 KB, measured at
 * standard depth, so that a domain with three servers of its own takes 10 KB, and a tenth of that
 * where they are compressed.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "scanner/doctor/checks.h"
#include "scanner/engine/file_digest.h"

#define BYTES_PER_LINE            10000.
#define BYTES_PER_LINE_COMPRESSED 1000.
/* Where nobody knows how many there are. */
#define LINES_AT_LEAST 1000
#define MEGABYTE       1e6

/* Where the results go, and how much of them is there already. */
struct destination {
    struct statvfs system;
    double num_written;
};

static bool is_compressed(const char *path)
{
    size_t len = path != NULL ? strlen(path) : 0;
    return len > 4 && strcmp(path + len - 4, ".zst") == 0;
}

static void folder_of(const char *path, char out_folder[PATH_MAX])
{
    (void)snprintf(out_folder, PATH_MAX, "%s", path);
    char *slash = strrchr(out_folder, '/');
    if (slash == NULL) {
        (void)snprintf(out_folder, PATH_MAX, ".");
    } else {
        slash[slash == out_folder ? 1 : 0] = '\0';
    }
}

/* False: it is no file, or errno is set. */
static bool find_destination(const char *path, struct destination *out_destination)
{
    struct stat info;
    char folder[PATH_MAX];
    *out_destination = (struct destination){.num_written = 0};
    errno = 0;
    if (path == NULL || strcmp(path, "-") == 0) {
        return fstat(STDOUT_FILENO, &info) == 0 && S_ISREG(info.st_mode) &&
               fstatvfs(STDOUT_FILENO, &out_destination->system) == 0;
    }
    if (stat(path, &info) == 0) {
        out_destination->num_written = (double)info.st_size;
        return S_ISREG(info.st_mode) && statvfs(path, &out_destination->system) == 0;
    }
    folder_of(path, folder);
    return statvfs(folder, &out_destination->system) == 0;
}

/* How many lines of the list are this run's; standard input and what is no file stay unread. */
static double count_lines(const struct examination *examination)
{
    struct stat info;
    struct file_digest digest = {.num_lines = 0};
    const char *path = examination->list;
    if (path == NULL || stat(path, &info) != 0 || !S_ISREG(info.st_mode)) {
        return LINES_AT_LEAST;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && file_digest_of(fd, &digest);
    if (fd >= 0) {
        close(fd);
    }
    return ok && digest.num_lines > 0 ? (double)digest.num_lines / examination->config->shard.of
                                      : LINES_AT_LEAST;
}

static double estimate(const struct examination *examination, const struct destination *destination)
{
    const struct config *config = examination->config;
    double bytes = count_lines(examination) *
                   (is_compressed(config->output) ? BYTES_PER_LINE_COMPRESSED : BYTES_PER_LINE);
    double written = config->resume ? destination->num_written : 0;
    return bytes > written ? bytes - written : 0;
}

void check_disk(struct examination *examination, struct doctor_finding *finding)
{
    const char *path = examination->config->output;
    const char *shown = path != NULL ? path : "standard output";
    struct destination destination;
    if (!find_destination(path, &destination)) {
        if (errno != 0) {
            finding_set(finding, DOCTOR_UNKNOWN, "%s: %s", shown, strerror(errno));
            finding_advise(finding, "name another file with --output");
        } else {
            finding_set(finding, DOCTOR_NOT_ASKED,
                        "results go to %s, which is no file; --output names one", shown);
        }
        return;
    }
    double room = (double)destination.system.f_bavail * (double)destination.system.f_frsize;
    double wanted = estimate(examination, &destination);
    if (room < wanted) {
        finding_set(finding, DOCTOR_FAILED,
                    "there are %.0f MB of room for %s, and the results may take %.0f MB",
                    room / MEGABYTE, shown, wanted / MEGABYTE);
        finding_advise(finding, "make room, or name a file elsewhere with --output; .zst takes a "
                                "tenth");
    } else {
        finding_set(finding, DOCTOR_FINE,
                    "there are %.0f MB of room for %s, and the results may take %.0f MB",
                    room / MEGABYTE, shown, wanted / MEGABYTE);
    }
}
