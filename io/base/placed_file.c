#include "io/base/placed_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool placed_file_open(struct placed_file *file, const char *path)
{
    struct stat status;
    *file = (struct placed_file){.path = path};
    if (strcmp(path, "-") == 0) {
        file->stream = stdout;
        return true;
    }
    bool in_place = stat(path, &status) == 0 && !S_ISREG(status.st_mode);
    if (!in_place && asprintf(&file->part, "%s.part", path) < 0) {
        file->part = NULL;
        errno = ENOMEM;
        return false;
    }
    file->stream = fopen(in_place ? path : file->part, "we");
    if (file->stream == NULL) {
        int error = errno;
        free(file->part);
        errno = error;
    }
    return file->stream != NULL;
}

/* True once all bytes are where they belong. */
static bool write_out(struct placed_file *file)
{
    bool ok = fflush(file->stream) == 0 && !ferror(file->stream);
    if (ok && file->part != NULL) {
        ok = fsync(fileno(file->stream)) == 0;
    }
    int error = errno;
    if (file->stream != stdout && fclose(file->stream) != 0 && ok) {
        return false;
    }
    errno = error;
    return ok;
}

bool placed_file_close(struct placed_file *file, bool keep)
{
    bool ok = write_out(file);
    if (file->part != NULL) {
        if (ok && keep) {
            ok = rename(file->part, file->path) == 0;
        }
        int error = errno;
        if (!ok || !keep) {
            unlink(file->part);
        }
        free(file->part);
        errno = error;
    }
    return ok;
}
