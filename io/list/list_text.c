#include "io/list/list_text.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <uchardet/uchardet.h>
#include <unistd.h>

#include "io/base/file_io.h"
#include "io/base/utf8.h"

#define RAW_SIZE    65536u
#define SAMPLE_SIZE (1u << 20)
/* A text with so many characters of UTF-8 for each broken byte is UTF-8. */
#define CHARACTERS_PER_BROKEN 20u

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

enum state {
    STATE_BEGINNING,
    STATE_ASCII,     /* nothing but ASCII so far */
    STATE_UTF8,      /* handed on as it is */
    STATE_CONVERTED, /* by `converter` */
};

struct list_text {
    int fd;
    bool is_regular;
    bool at_eof;
    enum state state;
    iconv_t converter; /* in STATE_CONVERTED */
    size_t unit;       /* bytes that are passed over where they are not of the encoding */
    char found[64];    /* the encoding that was found out; "": none */
    uint64_t num_broken;
    void (*on_bytes)(void *user, const void *bytes, size_t len); /* NULL: nobody looks on */
    void *user;
    size_t start; /* raw[start, end) is not given out yet */
    size_t end;
    unsigned char raw[RAW_SIZE];
};

/* ---- Encodings ---- */

#define NO_CONVERTER ((iconv_t)-1)

static iconv_t open_converter(const char *encoding)
{
    return iconv_open("UTF-8", encoding);
}

bool list_text_knows(const char *encoding)
{
    iconv_t converter = open_converter(encoding);
    if (converter == NO_CONVERTER) {
        return false;
    }
    iconv_close(converter);
    return true;
}

static bool is_called(const char *encoding, const char *name)
{
    return strncasecmp(encoding, name, strlen(name)) == 0;
}

static bool convert_from(struct list_text *text, const char *encoding)
{
    if (strcasecmp(encoding, "UTF-8") == 0) {
        text->state = STATE_UTF8;
        return true;
    }
    iconv_t converter = open_converter(encoding);
    if (converter == NO_CONVERTER) {
        return false;
    }
    text->converter = converter;
    text->unit = is_called(encoding, "UTF-16") || is_called(encoding, "UCS-2")   ? 2
                 : is_called(encoding, "UTF-32") || is_called(encoding, "UCS-4") ? 4
                                                                                 : 1;
    text->state = STATE_CONVERTED;
    return true;
}

static void find(struct list_text *text, const char *encoding)
{
    if (convert_from(text, encoding)) {
        snprintf(text->found, sizeof(text->found), "%s", encoding);
    } else {
        text->state = STATE_UTF8;
    }
}

struct utf8_tally {
    size_t num_characters; /* of more than one byte */
    size_t num_broken;
};

/* The last character of a sample may be cut. */
static struct utf8_tally tally_utf8(const unsigned char *bytes, size_t len)
{
    struct utf8_tally tally = {0, 0};
    for (size_t at = 0; at < len;) {
        size_t character = bytes[at] < 0x80 ? 1 : utf8_len(bytes + at, len - at);
        if (character == 0 && len - at < UTF8_MAX) {
            break;
        }
        tally.num_characters += character > 1;
        tally.num_broken += character == 0;
        at += character > 0 ? character : 1;
    }
    return tally;
}

/* Does the guess name a set that Windows-1252 contains, or one that the text, which began as
 * ASCII, cannot be of? */
static bool is_latin(const char *name)
{
    return name[0] == '\0' || strcmp(name, "ASCII") == 0 || strcmp(name, "ISO-8859-1") == 0 ||
           is_called(name, "UTF-");
}

static void guess(struct list_text *text, const unsigned char *sample, size_t len)
{
    uchardet_t detector = uchardet_new();
    uchardet_handle_data(detector, (const char *)sample, len);
    uchardet_data_end(detector);
    const char *name = uchardet_get_charset(detector);
    find(text, is_latin(name) || !list_text_knows(name) ? "WINDOWS-1252" : name);
    uchardet_delete(detector);
}

/* Looks at what lies ahead, from the first byte on that is not ASCII. False: more of it is needed
 * and is still to come. */
static bool decide_by(struct list_text *text, const unsigned char *sample, size_t len,
                      bool is_all_there)
{
    struct utf8_tally tally = tally_utf8(sample, len);
    if (tally.num_broken * CHARACTERS_PER_BROKEN <= tally.num_characters &&
        (tally.num_characters > 0 || is_all_there)) {
        text->state = STATE_UTF8;
        return true;
    }
    if (!is_all_there) {
        return false;
    }
    guess(text, sample, len);
    return true;
}

static bool decide(struct list_text *text)
{
    size_t held = text->end - text->start;
    if (text->is_regular) {
        unsigned char *sample = malloc(SAMPLE_SIZE);
        off_t at = lseek(text->fd, 0, SEEK_CUR) - (off_t)held;
        ssize_t len = sample == NULL ? -1 : file_read_at(text->fd, sample, SAMPLE_SIZE, at);
        bool is_had = len > 0;
        if (is_had) {
            decide_by(text, sample, (size_t)len, true);
        }
        free(sample);
        if (is_had) {
            return true;
        }
    }
    return decide_by(text, text->raw + text->start, held, text->at_eof || held == RAW_SIZE);
}

/* ---- The beginning ---- */

/* False: more bytes are needed. */
static bool begin(struct list_text *text)
{
    const unsigned char *raw = text->raw + text->start;
    size_t held = text->end - text->start;
    if (held < UTF8_MAX && !text->at_eof) {
        bool may_be_utf16 = held == 0 || raw[0] == 0 || raw[0] >= 0xFE || held == 1 || raw[1] == 0;
        if (may_be_utf16) {
            return false;
        }
    }
    text->state = STATE_ASCII;
    if (held >= 2 && raw[0] == 0xFF && raw[1] == 0xFE) {
        find(text, "UTF-16LE");
    } else if (held >= 2 && raw[0] == 0xFE && raw[1] == 0xFF) {
        find(text, "UTF-16BE");
    } else if (held >= 4 && raw[0] != 0 && raw[1] == 0 && raw[2] != 0 && raw[3] == 0) {
        find(text, "UTF-16LE");
    } else if (held >= 4 && raw[0] == 0 && raw[1] != 0 && raw[2] == 0 && raw[3] != 0) {
        find(text, "UTF-16BE");
    }
    return true;
}

/* ---- Giving out ---- */

static size_t give_ascii(struct list_text *text, char *out, size_t size)
{
    size_t len = 0;
    while (len < size && text->start < text->end && text->raw[text->start] < 0x80) {
        out[len++] = (char)text->raw[text->start++];
    }
    return len;
}

/* Whole characters, so that the broken bytes can be counted. */
static size_t give_utf8(struct list_text *text, char *out, size_t size)
{
    size_t len = 0;
    while (text->start < text->end) {
        const unsigned char *at = text->raw + text->start;
        size_t held = text->end - text->start;
        size_t character = at[0] < 0x80 ? 1 : utf8_len(at, held);
        if (character == 0 && held < UTF8_MAX && !text->at_eof) {
            break;
        }
        size_t step = character > 0 ? character : 1;
        if (len + step > size) {
            break;
        }
        text->num_broken += character == 0;
        memcpy(out + len, at, step);
        len += step;
        text->start += step;
    }
    return len;
}

static size_t give_converted(struct list_text *text, char *out, size_t size)
{
    char *to = out;
    size_t room = size;
    while (text->start < text->end) {
        char *from = (char *)text->raw + text->start;
        size_t held = text->end - text->start;
        size_t done = iconv(text->converter, &from, &held, &to, &room);
        text->start = text->end - held;
        if (done != (size_t)-1 || errno == E2BIG || (errno == EINVAL && !text->at_eof)) {
            break;
        }
        if (room < sizeof(REPLACEMENT) - 1) {
            break;
        }
        memcpy(to, REPLACEMENT, sizeof(REPLACEMENT) - 1);
        to += sizeof(REPLACEMENT) - 1;
        room -= sizeof(REPLACEMENT) - 1;
        text->num_broken++;
        text->start += text->unit < text->end - text->start ? text->unit : text->end - text->start;
    }
    return size - room;
}

static size_t give(struct list_text *text, char *out, size_t size)
{
    if (text->state == STATE_BEGINNING && !begin(text)) {
        return 0;
    }
    if (text->state == STATE_ASCII) {
        size_t len = give_ascii(text, out, size);
        if (len > 0 || text->start == text->end || !decide(text)) {
            return len;
        }
    }
    return text->state == STATE_UTF8 ? give_utf8(text, out, size) : give_converted(text, out, size);
}

/* ---- Reading ---- */

static bool fill(struct list_text *text)
{
    if (text->start > 0) {
        memmove(text->raw, text->raw + text->start, text->end - text->start);
        text->end -= text->start;
        text->start = 0;
    }
    ssize_t got = file_read(text->fd, text->raw + text->end, RAW_SIZE - text->end);
    if (got < 0) {
        return false;
    }
    if (text->on_bytes != NULL && got > 0) {
        text->on_bytes(text->user, text->raw + text->end, (size_t)got);
    }
    text->end += (size_t)got;
    text->at_eof = got == 0;
    return true;
}

ssize_t list_text_read(struct list_text *text, char *out, size_t size)
{
    for (;;) {
        size_t len = give(text, out, size);
        if (len > 0) {
            return (ssize_t)len;
        }
        if (text->at_eof) {
            return 0;
        }
        if (!fill(text)) {
            return -1;
        }
    }
}

/* ---- Life and death ---- */

struct list_text *list_text_new(int fd, const char *encoding)
{
    struct list_text *text = malloc(sizeof(*text));
    struct stat info;
    if (text == NULL) {
        return NULL;
    }
    /* Of the buffer nothing is read before it is written. */
    text->fd = fd;
    text->is_regular = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    text->at_eof = false;
    text->state = STATE_BEGINNING;
    text->converter = NO_CONVERTER;
    text->found[0] = '\0';
    text->num_broken = 0;
    text->unit = 1;
    text->on_bytes = NULL;
    text->user = NULL;
    text->start = 0;
    text->end = 0;
    if (encoding != NULL && !convert_from(text, encoding)) {
        free(text);
        return NULL;
    }
    return text;
}

void list_text_free(struct list_text *text)
{
    if (text == NULL) {
        return;
    }
    if (text->converter != NO_CONVERTER) {
        iconv_close(text->converter);
    }
    free(text);
}

void list_text_watch(struct list_text *text,
                     void (*on_bytes)(void *user, const void *bytes, size_t len), void *user)
{
    text->on_bytes = on_bytes;
    text->user = user;
}

const char *list_text_found(const struct list_text *text)
{
    return text->found[0] != '\0' ? text->found : NULL;
}

uint64_t list_text_num_broken(const struct list_text *text)
{
    return text->num_broken;
}
