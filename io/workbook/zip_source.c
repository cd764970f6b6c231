#include "io/workbook/zip_source.h"

#include <minizip/unzip.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "io/base/file_io.h"

#define NAME_MAX_LEN 256
#define IS_ENCRYPTED 1u /* of the general purpose flags: APPNOTE section 4.4.4 */
#define IGNORE_CASE  2  /* unzLocateFile() */
#define PARTS_MAX    65535u

struct zip_source {
    int fd;
    uint64_t size;
    uint64_t offset;
    unzFile zip;
    bool in_part;
};

/* ---- The file, as minizip sees it ---- */

static voidpf ZCALLBACK open_file(voidpf opaque, const void *name, int mode)
{
    (void)name;
    (void)mode;
    return opaque;
}

static uLong ZCALLBACK read_file(voidpf opaque, voidpf stream, void *out, uLong size)
{
    struct zip_source *source = stream;
    (void)opaque;
    ssize_t len = file_read_at(source->fd, out, size, (off_t)source->offset);
    source->offset += len > 0 ? (uint64_t)len : 0;
    return len > 0 ? (uLong)len : 0;
}

static uLong ZCALLBACK write_file(voidpf opaque, voidpf stream, const void *bytes, uLong size)
{
    (void)opaque;
    (void)stream;
    (void)bytes;
    (void)size;
    return 0;
}

static ZPOS64_T ZCALLBACK tell_file(voidpf opaque, voidpf stream)
{
    const struct zip_source *source = stream;
    (void)opaque;
    return source->offset;
}

static long ZCALLBACK seek_file(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
    struct zip_source *source = stream;
    (void)opaque;
    uint64_t base = origin == ZLIB_FILEFUNC_SEEK_CUR   ? source->offset
                    : origin == ZLIB_FILEFUNC_SEEK_END ? source->size
                                                       : 0;
    if (offset > source->size || base + offset > source->size) {
        return -1;
    }
    source->offset = base + offset;
    return 0;
}

static int ZCALLBACK close_file(voidpf opaque, voidpf stream)
{
    (void)opaque;
    (void)stream;
    return 0;
}

static int ZCALLBACK has_file_error(voidpf opaque, voidpf stream)
{
    (void)opaque;
    (void)stream;
    return 0;
}

struct zip_source *zip_source_new(int fd)
{
    zlib_filefunc64_def functions = {
        .zopen64_file = open_file,
        .zread_file = read_file,
        .zwrite_file = write_file,
        .ztell64_file = tell_file,
        .zseek64_file = seek_file,
        .zclose_file = close_file,
        .zerror_file = has_file_error,
    };
    struct zip_source *source = malloc(sizeof(*source));
    struct stat info;
    if (source == NULL || fstat(fd, &info) != 0) {
        free(source);
        return NULL;
    }
    *source = (struct zip_source){.fd = fd, .size = (uint64_t)info.st_size};
    functions.opaque = source;
    source->zip = unzOpen2_64("", &functions);
    unz_global_info64 global;
    if (source->zip == NULL || unzGetGlobalInfo64(source->zip, &global) != UNZ_OK ||
        global.number_entry > PARTS_MAX) {
        zip_source_free(source);
        return NULL;
    }
    return source;
}

static void end_part(struct zip_source *source)
{
    if (source->in_part) {
        unzCloseCurrentFile(source->zip);
        source->in_part = false;
    }
}

void zip_source_free(struct zip_source *source)
{
    if (source != NULL) {
        if (source->zip != NULL) {
            end_part(source);
            unzClose(source->zip);
        }
        free(source);
    }
}

/* ---- Parts ---- */

enum zip_status zip_source_open(struct zip_source *source, const char *name, uint64_t max_bytes)
{
    unz_file_info64 info;
    char found[NAME_MAX_LEN];
    end_part(source);
    int status = unzLocateFile(source->zip, name, IGNORE_CASE);
    if (status != UNZ_OK) {
        return status == UNZ_END_OF_LIST_OF_FILE ? ZIP_PART_MISSING : ZIP_PART_DAMAGED;
    }
    if (unzGetCurrentFileInfo64(source->zip, &info, found, sizeof(found), NULL, 0, NULL, 0) !=
        UNZ_OK) {
        return ZIP_PART_DAMAGED;
    }
    if ((info.flag & IS_ENCRYPTED) != 0) {
        return ZIP_PART_ENCRYPTED;
    }
    if (info.uncompressed_size > max_bytes) {
        return ZIP_PART_TOO_LONG;
    }
    source->in_part = unzOpenCurrentFile(source->zip) == UNZ_OK;
    return source->in_part ? ZIP_PART_OPEN : ZIP_PART_DAMAGED;
}

/* The length in the directory bounds what is read; at the end the checksum has to be right. */
ssize_t zip_source_read(struct zip_source *source, void *out, size_t size)
{
    if (!source->in_part) {
        return 0;
    }
    int len = unzReadCurrentFile(source->zip, out, (unsigned)size);
    if (len == 0) {
        source->in_part = false;
        return unzCloseCurrentFile(source->zip) == UNZ_OK ? 0 : -1;
    }
    return len;
}
