#include "scanner/nightly/night_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/base/calendar.h"

bool night_folder_open(struct night_folder *folder, const char *path)
{
    *folder = (struct night_folder){.path = path, .fd = -1};
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        return false;
    }
    folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return folder->fd >= 0;
}

void night_folder_close(struct night_folder *folder)
{
    if (folder->fd >= 0) {
        close(folder->fd);
    }
}

bool night_folder_path(const struct night_folder *folder, const char *name,
                       char out[NIGHT_PATH_SIZE])
{
    int len = snprintf(out, NIGHT_PATH_SIZE, "%s/%s", folder->path, name);
    errno = ENAMETOOLONG;
    return len > 0 && len < NIGHT_PATH_SIZE;
}

int night_folder_lock(const struct night_folder *folder, const char *name)
{
    int fd = openat(folder->fd, name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        fd = -1;
    }
    return fd;
}

bool night_folder_has(const struct night_folder *folder, const char *name)
{
    return faccessat(folder->fd, name, F_OK, 0) == 0;
}

bool night_folder_read_link(const struct night_folder *folder, const char *link,
                            char out[NIGHT_NAME_SIZE])
{
    ssize_t len = readlinkat(folder->fd, link, out, NIGHT_NAME_SIZE - 1);
    if (len <= 0) {
        return false;
    }
    out[len] = '\0';
    return strchr(out, '/') == NULL && night_folder_has(folder, out);
}

static bool rename_to(const struct night_folder *folder, const char *from, const char *to)
{
    return renameat(folder->fd, from, folder->fd, to) == 0 && fsync(folder->fd) == 0;
}

bool night_folder_set_link(const struct night_folder *folder, const char *link, const char *target)
{
    char part[NIGHT_NAME_SIZE];
    snprintf(part, sizeof(part), "%s.part", link);
    if (unlinkat(folder->fd, part, 0) != 0 && errno != ENOENT) {
        return false;
    }
    return symlinkat(target, folder->fd, part) == 0 && rename_to(folder, part, link);
}

bool night_folder_rename(const struct night_folder *folder, const char *from, const char *to)
{
    return rename_to(folder, from, to);
}

void night_stamp(double seconds, char out[NIGHT_STAMP_SIZE])
{
    char text[CALENDAR_TEXT_MAX];
    size_t len = calendar_write(seconds, false, text), num = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '-' && text[i] != ':') {
            out[num++] = text[i];
        }
    }
    out[num] = '\0';
}

/* ---- What is kept ---- */

static const char *const links[] = {"latest", "previous", "notified"};

static bool is_linked(const struct night_folder *folder, const char *name)
{
    char target[NIGHT_NAME_SIZE];
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        if (night_folder_read_link(folder, links[i], target) && strcmp(target, name) == 0) {
            return true;
        }
    }
    return false;
}

bool night_folder_prune(const struct night_folder *folder, const char *prefix, unsigned keep)
{
    struct dirent **entries;
    int num = scandirat(folder->fd, ".", &entries, NULL, alphasort);
    unsigned num_seen = 0;
    bool ok = num >= 0;
    for (int i = num - 1; i >= 0; i--) { /* the newest first */
        const char *name = entries[i]->d_name;
        if (strncmp(name, prefix, strlen(prefix)) == 0 && ++num_seen > keep &&
            !is_linked(folder, name)) {
            ok = unlinkat(folder->fd, name, 0) == 0 && ok;
        }
        free(entries[i]);
    }
    if (num >= 0) {
        free(entries);
    }
    return ok;
}
