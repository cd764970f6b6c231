#include "output/workbook/zip_parts.h"

#include <errno.h>
#include <minizip/zip.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_SIZE 32768u

struct zip_parts {
    zipFile zip;
    FILE *stream;
    bool in_part;
    bool failed;
    int error; /* errno of the first failure */
    size_t len;
    char buffer[BUFFER_SIZE];
};

/* ---- The stream, as minizip sees it ---- */

static voidpf ZCALLBACK open_stream(voidpf opaque, const void *name, int mode)
{
    const struct zip_parts *parts = opaque;
    (void)name;
    (void)mode;
    return parts->stream;
}

static uLong ZCALLBACK read_stream(voidpf opaque, voidpf stream, void *out, uLong size)
{
    (void)opaque;
    return fread(out, 1, size, stream);
}

/* Minizip leaks the header of a part whose first bytes cannot be written. So it is told that all
 * were, and the failure is noted here. */
static uLong ZCALLBACK write_stream(voidpf opaque, voidpf stream, const void *bytes, uLong size)
{
    struct zip_parts *parts = opaque;
    errno = 0;
    if (fwrite(bytes, 1, size, stream) != size && !parts->failed) {
        parts->failed = true;
        parts->error = errno;
    }
    return size;
}

static ZPOS64_T ZCALLBACK tell_stream(voidpf opaque, voidpf stream)
{
    (void)opaque;
    return (ZPOS64_T)ftello(stream);
}

static long ZCALLBACK seek_stream(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
    static const int whence[] = {
        [ZLIB_FILEFUNC_SEEK_SET] = SEEK_SET,
        [ZLIB_FILEFUNC_SEEK_CUR] = SEEK_CUR,
        [ZLIB_FILEFUNC_SEEK_END] = SEEK_END,
    };
    (void)opaque;
    return fseeko(stream, (off_t)offset, whence[origin]);
}

/* It belongs to the caller. */
static int ZCALLBACK close_stream(voidpf opaque, voidpf stream)
{
    (void)opaque;
    (void)stream;
    return 0;
}

static int ZCALLBACK has_stream_error(voidpf opaque, voidpf stream)
{
    (void)opaque;
    (void)stream;
    return 0; /* it is noted */
}

struct zip_parts *zip_parts_new(FILE *stream)
{
    struct zip_parts *parts = malloc(sizeof(*parts));
    if (parts == NULL) {
        return NULL;
    }
    zlib_filefunc64_def functions = {
        .zopen64_file = open_stream,
        .zread_file = read_stream,
        .zwrite_file = write_stream,
        .ztell64_file = tell_stream,
        .zseek64_file = seek_stream,
        .zclose_file = close_stream,
        .zerror_file = has_stream_error,
        .opaque = parts,
    };
    /* Of the buffer nothing is read before it is written. */
    parts->stream = stream;
    parts->in_part = false;
    parts->failed = false;
    parts->error = 0;
    parts->len = 0;
    parts->zip = zipOpen2_64("", APPEND_STATUS_CREATE, NULL, &functions);
    if (parts->zip == NULL) {
        free(parts);
        return NULL;
    }
    return parts;
}

void zip_parts_free(struct zip_parts *parts)
{
    if (parts != NULL) {
        if (parts->zip != NULL) {
            zipClose(parts->zip, NULL);
        }
        free(parts);
    }
}

/* ---- Parts ---- */

static void note(struct zip_parts *parts, int status)
{
    if (status != ZIP_OK && !parts->failed) {
        parts->failed = true;
        parts->error = errno;
    }
}

static void flush(struct zip_parts *parts)
{
    if (parts->len > 0 && !parts->failed) {
        note(parts, zipWriteInFileInZip(parts->zip, parts->buffer, (unsigned)parts->len));
    }
    parts->len = 0;
}

static void end_part(struct zip_parts *parts)
{
    flush(parts);
    if (parts->in_part) {
        note(parts, zipCloseFileInZip(parts->zip));
        parts->in_part = false;
    }
}

void zip_parts_begin(struct zip_parts *parts, const char *name)
{
    /* The first day that the format can name: the same content is the same file. */
    const zip_fileinfo info = {.tmz_date = {.tm_mday = 1, .tm_year = 1980}};
    end_part(parts);
    if (!parts->failed) {
        errno = 0;
        int status = zipOpenNewFileInZip(parts->zip, name, &info, NULL, 0, NULL, 0, NULL,
                                         Z_DEFLATED, Z_DEFAULT_COMPRESSION);
        parts->in_part = status == ZIP_OK;
        note(parts, status);
    }
}

void zip_parts_put(struct zip_parts *parts, const void *bytes, size_t len)
{
    const char *from = bytes;
    while (len > 0) {
        size_t room = BUFFER_SIZE - parts->len;
        size_t step = len < room ? len : room;
        memcpy(parts->buffer + parts->len, from, step);
        parts->len += step;
        from += step;
        len -= step;
        if (parts->len == BUFFER_SIZE) {
            flush(parts);
        }
    }
}

bool zip_parts_end(struct zip_parts *parts)
{
    end_part(parts);
    note(parts, zipClose(parts->zip, NULL));
    parts->zip = NULL;
    errno = parts->error;
    return !parts->failed;
}
