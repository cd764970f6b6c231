#include "output/file/line_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include <zstd.h>

#include "io/base/file_io.h"

#define READ_SIZE 65536
/* What is kept of a cut frame is held in memory; ours have 256 KiB, or one line. */
#define KEPT_FRAME_MAX (256u << 20)
#define ZSTD_LEVEL     3

/* A place in the file: for a compressed one, the frame and the decompressed bytes inside it. */
struct place {
    off_t offset;
    size_t inside;
};

struct line_source {
    int fd;
    bool is_zstd;
    ZSTD_DStream *stream;
    uint8_t input[READ_SIZE];
    size_t input_len, input_used;
    off_t input_end; /* file offset behind `input` */
    bool input_ended;
    bool damaged;
    struct place here; /* behind the text that has been handed out */
    off_t next_frame;  /* where the frame being read ends, once that is known; -1 before */
    struct {
        off_t offset; /* -1: its text has been reached */
        size_t at;    /* where its text begins in `text` */
    } newest_frame;   /* begun behind what has been handed out: lines may span frames of others */
    struct place mark;
    char *text; /* decompressed, not yet handed out: from text_used to text_len */
    size_t text_len, text_used, text_size;
    size_t line_len; /* of the line handed out last, with its end */
};

/* ---- Opening ---- */

/* RFC 8878 section 3.1.1: the magic number of a frame. */
static bool starts_like_zstd(int fd)
{
    static const uint8_t magic[4] = {0x28, 0xb5, 0x2f, 0xfd};
    uint8_t first[4];
    return file_read_at(fd, first, sizeof(first), 0) == (ssize_t)sizeof(first) &&
           memcmp(first, magic, sizeof(magic)) == 0;
}

static bool is_named_zst(const char *path)
{
    size_t len = strlen(path);
    return len >= 4 && strcmp(path + len - 4, ".zst") == 0;
}

struct line_source *line_source_open(const char *path, bool writable)
{
    struct line_source *source = calloc(1, sizeof(*source));
    if (source == NULL) {
        return NULL;
    }
    source->fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    if (source->fd < 0) {
        free(source);
        return NULL;
    }
    if (writable && flock(source->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        line_source_close(source);
        errno = ETXTBSY;
        return NULL;
    }
    /* A cut inside the first magic number leaves only the name to go by. */
    source->is_zstd = starts_like_zstd(source->fd) || is_named_zst(path);
    source->next_frame = -1;
    source->newest_frame.offset = -1;
    if (source->is_zstd) {
        source->stream = ZSTD_createDStream();
        if (source->stream == NULL || ZSTD_isError(ZSTD_initDStream(source->stream))) {
            line_source_close(source);
            errno = ENOMEM;
            return NULL;
        }
    }
    return source;
}

void line_source_close(struct line_source *source)
{
    if (source != NULL) {
        close(source->fd);
        ZSTD_freeDStream(source->stream);
        free(source->text);
        free(source);
    }
}

bool line_source_is_compressed(const struct line_source *source)
{
    return source->is_zstd;
}

/* ---- Filling the text ---- */

static bool make_room(struct line_source *source, size_t len)
{
    if (source->text_used > 0) {
        memmove(source->text, source->text + source->text_used,
                source->text_len - source->text_used);
        source->text_len -= source->text_used;
        if (source->newest_frame.offset >= 0) {
            source->newest_frame.at -= source->text_used;
        }
        source->text_used = 0;
    }
    if (source->text_size - source->text_len >= len) {
        return true;
    }
    size_t size = source->text_size * 2 + len;
    char *text =
        size <= 2 * (size_t)LINE_SOURCE_MAX + READ_SIZE ? realloc(source->text, size) : NULL;
    if (text == NULL) {
        errno = ENOMEM;
        return false;
    }
    source->text = text;
    source->text_size = size;
    return true;
}

/* False: errno. At the end of the file input_ended is set. */
static bool read_input(struct line_source *source)
{
    ssize_t len = file_read(source->fd, source->input, sizeof(source->input));
    if (len < 0) {
        return false;
    }
    source->input_used = 0;
    source->input_len = (size_t)len;
    source->input_end += len;
    source->input_ended = len == 0;
    return true;
}

/* Reads to where the text stands, without a copy. */
static bool fill_plain(struct line_source *source)
{
    if (!make_room(source, READ_SIZE)) {
        return false;
    }
    ssize_t len = file_read(source->fd, source->text + source->text_len, READ_SIZE);
    if (len < 0) {
        return false;
    }
    source->text_len += (size_t)len;
    source->input_ended = len == 0;
    return true;
}

/*
 * Decompresses a little more, of one frame only. As this is done when no whole line is left, the
 * next line ends in what comes now, and its place can be named by the newest frame.
 */
static bool fill_zstd(struct line_source *source)
{
    if (source->input_used == source->input_len && !read_input(source)) {
        return false;
    }
    if (!make_room(source, READ_SIZE)) {
        return false;
    }
    if (source->next_frame >= 0) {
        source->newest_frame.offset = source->next_frame;
        source->newest_frame.at = source->text_len;
        source->next_frame = -1;
    }
    ZSTD_inBuffer in = {source->input, source->input_len, source->input_used};
    ZSTD_outBuffer out = {source->text, source->text_size, source->text_len};
    size_t left = ZSTD_decompressStream(source->stream, &out, &in);
    source->input_used = in.pos;
    source->text_len = out.pos;
    if (ZSTD_isError(left)) {
        source->damaged = true;
        source->input_ended = true;
    } else if (left == 0) {
        source->next_frame = source->input_end - (off_t)(source->input_len - source->input_used);
    }
    return true;
}

/* ---- Lines ---- */

static void hand_out(struct line_source *source, size_t len)
{
    source->line_len = len;
    source->text_used += len;
    if (!source->is_zstd) {
        source->here.offset += (off_t)len;
    } else if (source->newest_frame.offset >= 0) {
        source->here.offset = source->newest_frame.offset;
        source->here.inside = source->text_used - source->newest_frame.at;
        source->newest_frame.offset = -1;
    } else {
        source->here.inside += len;
    }
}

/* A power cut can leave NUL bytes where the last seconds' lines should be: how many, nobody knows.
 */
static bool only_nuls_follow(struct line_source *source)
{
    if (source->is_zstd || source->text[source->text_len - 1] != '\0') {
        return false;
    }
    while (read_input(source) && !source->input_ended) {
        for (size_t i = 0; i < source->input_len; i++) {
            if (source->input[i] != 0) {
                return false;
            }
        }
    }
    return source->input_ended;
}

enum line_source_status line_source_next(struct line_source *source, const char **out_line,
                                         size_t *out_len)
{
    size_t searched = 0;
    for (;;) {
        const char *text = source->text + source->text_used;
        size_t len = source->text_len - source->text_used;
        const char *end = len > searched ? memchr(text + searched, '\n', len - searched) : NULL;
        if (end != NULL) {
            *out_line = text;
            *out_len = (size_t)(end - text);
            hand_out(source, *out_len + 1);
            return LINE_SOURCE_LINE;
        }
        searched = len;
        if (len > LINE_SOURCE_MAX && !only_nuls_follow(source)) {
            errno = EMSGSIZE;
            return LINE_SOURCE_ERROR;
        }
        if (source->input_ended) {
            if (source->damaged) {
                return LINE_SOURCE_DAMAGED;
            }
            *out_line = text;
            *out_len = len;
            return len > 0 ? LINE_SOURCE_PARTIAL : LINE_SOURCE_END;
        }
        if (!(source->is_zstd ? fill_zstd(source) : fill_plain(source))) {
            return LINE_SOURCE_ERROR;
        }
    }
}

bool line_source_count(const char *path, uint64_t *out_lines)
{
    struct line_source *source = line_source_open(path, false);
    const char *line;
    size_t len;
    enum line_source_status status;
    *out_lines = 0;
    if (source == NULL) {
        return false;
    }
    while ((status = line_source_next(source, &line, &len)) == LINE_SOURCE_LINE) {
        ++*out_lines;
    }
    if (status == LINE_SOURCE_DAMAGED) {
        errno = EIO;
    }
    int error = errno;
    line_source_close(source);
    errno = error;
    return status == LINE_SOURCE_END || status == LINE_SOURCE_PARTIAL;
}

void line_source_mark(struct line_source *source)
{
    source->mark = source->here;
    /* The end of a whole frame is where the next one begins: nothing of it needs rewriting. */
    if (source->next_frame >= 0 && source->text_used == source->text_len) {
        source->mark = (struct place){source->next_frame, 0};
    }
}

/* ---- Cutting ---- */

/* The first `len` decompressed bytes of the frame at `offset`; NULL with errno. */
static char *read_frame_start(struct line_source *source, off_t offset, size_t len)
{
    char *text = len <= KEPT_FRAME_MAX ? malloc(len) : NULL;
    if (text == NULL || lseek(source->fd, offset, SEEK_SET) < 0) {
        free(text);
        return NULL;
    }
    ZSTD_outBuffer out = {text, len, 0};
    ZSTD_DCtx_reset(source->stream, ZSTD_reset_session_only);
    while (out.pos < len) {
        ssize_t input_len = file_read(source->fd, source->input, sizeof(source->input));
        ZSTD_inBuffer in = {source->input, input_len > 0 ? (size_t)input_len : 0, 0};
        size_t before = out.pos;
        while (in.pos < in.size && out.pos < len) {
            if (ZSTD_isError(ZSTD_decompressStream(source->stream, &out, &in))) {
                break;
            }
        }
        if (input_len <= 0 && out.pos == before) {
            free(text);
            errno = EIO;
            return NULL;
        }
    }
    return text;
}

static bool write_frame(int fd, const char *text, size_t len)
{
    size_t size = ZSTD_compressBound(len);
    char *packed = malloc(size);
    if (packed == NULL) {
        return false;
    }
    size_t packed_len = ZSTD_compress(packed, size, text, len, ZSTD_LEVEL);
    bool ok = !ZSTD_isError(packed_len) && file_write(fd, packed, packed_len) == packed_len;
    free(packed);
    return ok;
}

bool line_source_cut(struct line_source *source)
{
    const struct place *mark = &source->mark;
    char *kept = NULL;
    if (mark->inside > 0) {
        kept = read_frame_start(source, mark->offset, mark->inside);
        if (kept == NULL) {
            return false;
        }
    }
    /* If the machine stops between these two, lines are lost that will be made again. */
    bool ok = ftruncate(source->fd, mark->offset) == 0 &&
              lseek(source->fd, mark->offset, SEEK_SET) == mark->offset;
    if (ok && kept != NULL) {
        ok = write_frame(source->fd, kept, mark->inside);
    }
    free(kept);
    return ok && fdatasync(source->fd) == 0;
}
