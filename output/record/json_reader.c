#include "output/record/json_reader.h"

#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/utf8.h"

#define NUMBER_TEXT_MAX 64 /* characters of a number; a longer one is an error */
#define DIGITS_THAT_FIT 18 /* a number of so many digits fits an int64_t */

/* ---- The text ---- */

/*
 * NUL bytes stand behind the text. They belong to no token: whatever looks for the end of one stops
 * there, and eight bytes can be looked at from any place in the text.
 */
#define PADDING sizeof(uint64_t)

void json_reader_init(struct json_reader *reader, const char *text, size_t len, struct arena *arena)
{
    static const char nothing[PADDING] = "";
    char *copy = len < SIZE_MAX - PADDING ? arena_take(arena, len + PADDING) : NULL;
    *reader = (struct json_reader){.arena = arena};
    if (copy == NULL) {
        reader->at = reader->end = (char *)nothing; /* no token is read, so that none is decoded */
        json_reader_fail(reader, JSON_READER_NO_MEMORY);
        return;
    }
    memcpy(copy, text, len);
    memset(copy + len, 0, PADDING);
    reader->at = copy;
    reader->end = copy + len;
}

bool json_reader_fail(struct json_reader *reader, enum json_reader_status status)
{
    if (reader->status == JSON_READER_OK) {
        reader->status = status;
    }
    reader->at = reader->end; /* nothing comes next */
    return false;
}

static inline void skip_blanks(struct json_reader *reader)
{
    while ((unsigned char)*reader->at <= ' ' && (*reader->at == ' ' || *reader->at == '\t' ||
                                                 *reader->at == '\n' || *reader->at == '\r')) {
        reader->at++;
    }
}

/* The next character, if it is that one, which is not NUL. */
static inline bool take_here(struct json_reader *reader, char wanted)
{
    if (*reader->at != wanted) {
        return false;
    }
    reader->at++;
    return true;
}

/* The next character that is no blank, if it is that one. */
static inline bool take(struct json_reader *reader, char wanted)
{
    skip_blanks(reader);
    return take_here(reader, wanted);
}

static inline bool expect(struct json_reader *reader, char wanted)
{
    return take(reader, wanted) || json_reader_fail(reader, JSON_READER_BAD);
}

bool json_reader_is_at_end(struct json_reader *reader)
{
    skip_blanks(reader);
    return reader->at == reader->end;
}

enum json_kind json_reader_peek(struct json_reader *reader)
{
    static const uint8_t kinds[UCHAR_MAX + 1] = {
        ['{'] = JSON_KIND_OBJECT, ['['] = JSON_KIND_ARRAY,          ['"'] = JSON_KIND_STRING,
        ['t'] = JSON_KIND_WORD,   ['f'] = JSON_KIND_WORD,           ['n'] = JSON_KIND_WORD,
        ['-'] = JSON_KIND_NUMBER, ['0' ... '9'] = JSON_KIND_NUMBER,
    };
    skip_blanks(reader);
    return (enum json_kind)kinds[(unsigned char)*reader->at];
}

/* ---- Strings ---- */

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/*
 * Of eight bytes, which of them do not stand for themselves in a string: those below a blank, the
 * quote, the backslash, and what is not ASCII. Such a byte has its high bit set in the result. What
 * is set above the lowest of them means nothing, as a subtraction may have borrowed from there.
 */
static inline uint64_t find_special(uint64_t bytes)
{
    uint64_t low = bytes - EACH(0x20);
    uint64_t quote = (bytes ^ EACH('"')) - EACH(1);
    uint64_t backslash = (bytes ^ EACH('\\')) - EACH(1);
    return (low | quote | backslash | bytes) & EACH(0x80);
}

/* Characters that stand for themselves, as many as there are. */
static void pass_plain(struct json_reader *reader)
{
    char *at = reader->at;
    for (;;) {
        uint64_t bytes;
        memcpy(&bytes, at, sizeof(bytes));
        uint64_t special = find_special(le64toh(bytes));
        if (special == 0) {
            at += sizeof(bytes);
            continue;
        }
        at += __builtin_ctzll(special) / 8;
        size_t len = (unsigned char)*at < 0x80
                         ? 0
                         : utf8_len((const unsigned char *)at, (size_t)(reader->end - at));
        if (len == 0) {
            break;
        }
        at += len;
    }
    reader->at = at;
}

static bool read_hex(struct json_reader *reader, uint32_t *out_value)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < 4; i++) {
        char digit = *reader->at;
        reader->at += digit != '\0';
        value <<= 4;
        if (digit >= '0' && digit <= '9') {
            value |= (uint32_t)(digit - '0');
        } else if ((digit >= 'a' && digit <= 'f') || (digit >= 'A' && digit <= 'F')) {
            value |= (uint32_t)((digit | 0x20) - 'a' + 10);
        } else {
            return json_reader_fail(reader, JSON_READER_BAD);
        }
    }
    *out_value = value;
    return true;
}

/* Behind \u. What is beyond U+FFFF takes a pair of surrogates: RFC 8259 section 7. */
static bool read_code_point(struct json_reader *reader, char **out)
{
    uint32_t character, low;
    if (!read_hex(reader, &character)) {
        return false;
    }
    if (character >= 0xd800 && character <= 0xdbff) {
        if (!take_here(reader, '\\') || !take_here(reader, 'u')) {
            return json_reader_fail(reader, JSON_READER_BAD);
        }
        if (!read_hex(reader, &low) || low < 0xdc00 || low > 0xdfff) {
            return json_reader_fail(reader, JSON_READER_BAD);
        }
        character = 0x10000 + ((character - 0xd800) << 10) + (low - 0xdc00);
    } else if (character >= 0xdc00 && character <= 0xdfff) {
        return json_reader_fail(reader, JSON_READER_BAD);
    }
    *out += utf8_encode(character, *out);
    return true;
}

/* Behind a backslash. */
static bool read_escape(struct json_reader *reader, char **out)
{
    static const char letters[] = "\"\\/bfnrt", characters[] = "\"\\/\b\f\n\r\t";
    char letter = *reader->at;
    reader->at += letter != '\0';
    if (letter == 'u') {
        return read_code_point(reader, out);
    }
    const char *found = letter != '\0' ? strchr(letters, letter) : NULL;
    if (found == NULL) {
        return json_reader_fail(reader, JSON_READER_BAD);
    }
    *(*out)++ = characters[found - letters];
    return true;
}

/* What is decoded is never longer than what it was written as, and takes its place. */
bool json_reader_string(struct json_reader *reader, struct text *out_text)
{
    if (!expect(reader, '"')) {
        return false;
    }
    char *first = reader->at;
    pass_plain(reader);
    char *out = reader->at;
    while (take_here(reader, '\\')) {
        if (!read_escape(reader, &out)) {
            return false;
        }
        const char *plain = reader->at;
        pass_plain(reader);
        size_t len = (size_t)(reader->at - plain);
        memmove(out, plain, len);
        out += len;
    }
    if (!take_here(reader, '"')) {
        return json_reader_fail(reader, JSON_READER_BAD);
    }
    *out = '\0';
    *out_text = (struct text){first, (size_t)(out - first)};
    return true;
}

/* ---- Numbers and words ---- */

static bool take_digits(struct json_reader *reader)
{
    const char *first = reader->at;
    while (*reader->at >= '0' && *reader->at <= '9') {
        reader->at++;
    }
    return reader->at > first;
}

/* RFC 8259 section 6; whether it has neither a point nor an exponent. */
static bool scan_number(struct json_reader *reader, bool *out_is_whole)
{
    *out_is_whole = true;
    take_here(reader, '-');
    if (!take_here(reader, '0') && !take_digits(reader)) {
        return false;
    }
    if (take_here(reader, '.')) {
        *out_is_whole = false;
        if (!take_digits(reader)) {
            return false;
        }
    }
    if (take_here(reader, 'e') || take_here(reader, 'E')) {
        *out_is_whole = false;
        if (!take_here(reader, '+')) {
            take_here(reader, '-');
        }
        return take_digits(reader);
    }
    return true;
}

/* Of few digits, perhaps with a sign before them. */
static int64_t small_integer(const char *text, size_t len)
{
    int64_t value = 0;
    bool is_negative = text[0] == '-';
    for (size_t i = is_negative; i < len; i++) {
        value = 10 * value + (text[i] - '0');
    }
    return is_negative ? -value : value;
}

bool json_reader_number(struct json_reader *reader, struct json_number *out_number)
{
    bool is_whole;
    skip_blanks(reader);
    const char *first = reader->at;
    if (!scan_number(reader, &is_whole) || reader->at - first >= NUMBER_TEXT_MAX) {
        return json_reader_fail(reader, JSON_READER_BAD);
    }
    size_t len = (size_t)(reader->at - first);
    if (is_whole && len <= DIGITS_THAT_FIT) {
        int64_t value = small_integer(first, len);
        *out_number = (struct json_number){true, value, (double)value};
        return true;
    }
    errno = 0;
    out_number->integer = is_whole ? strtoll(first, NULL, 10) : 0;
    out_number->is_integer = is_whole && errno == 0;
    out_number->real = out_number->is_integer ? (double)out_number->integer : strtod(first, NULL);
    return true;
}

/* The text goes on with it. */
#define IS_NEXT(reader, word) (memcmp((reader)->at, word, sizeof(word) - 1) == 0)

bool json_reader_word(struct json_reader *reader, struct text *out_word)
{
    static const struct text words[] = {{"null", 4}, {"true", 4}, {"false", 5}};
    skip_blanks(reader);
    bool is_null = IS_NEXT(reader, "null"), is_true = IS_NEXT(reader, "true");
    if (!is_null && !is_true && !IS_NEXT(reader, "false")) {
        return json_reader_fail(reader, JSON_READER_BAD);
    }
    *out_word = words[is_null ? 0 : is_true ? 1 : 2];
    reader->at += out_word->len;
    return true;
}

/* ---- Objects and arrays ---- */

bool json_reader_enter(struct json_reader *reader, enum json_kind object_or_array)
{
    if (reader->depth == JSON_READER_DEPTH_MAX) {
        return json_reader_fail(reader, JSON_READER_BAD);
    }
    if (!expect(reader, object_or_array == JSON_KIND_OBJECT ? '{' : '[')) {
        return false;
    }
    reader->begun &= ~(UINT64_C(1) << reader->depth);
    reader->depth++;
    return true;
}

/* Is there one more element, or the end with that bracket? */
static bool has_element(struct json_reader *reader, char bracket)
{
    uint64_t bit = UINT64_C(1) << (reader->depth - 1);
    if (take(reader, bracket)) {
        reader->depth--;
        return false;
    }
    if ((reader->begun & bit) != 0 && !expect(reader, ',')) {
        return false;
    }
    reader->begun |= bit;
    return reader->status == JSON_READER_OK;
}

bool json_reader_key(struct json_reader *reader, struct text *out_key)
{
    return has_element(reader, '}') && json_reader_string(reader, out_key) && expect(reader, ':');
}

/*
 * Does the text go on with these bytes, none of which is NUL? It is inline, since most keys are so
 * short that a call would cost more. At most eight bytes of `text` are read beyond the first one
 * that differs, or beyond the NUL that ends it.
 */
static inline bool goes_on_with(const char *text, const char *bytes, size_t len)
{
    uint64_t left, right;
    if (len < sizeof(left)) {
        return memcmp(text, bytes, len) == 0;
    }
    for (size_t i = 0; i < len; i += sizeof(left)) {
        size_t at = i + sizeof(left) <= len ? i : len - sizeof(left);
        memcpy(&left, text + at, sizeof(left));
        memcpy(&right, bytes + at, sizeof(right));
        if (left != right) {
            return false;
        }
    }
    return true;
}

bool json_reader_take_key(struct json_reader *reader, const char *quoted, size_t len)
{
    uint64_t bit = UINT64_C(1) << (reader->depth - 1);
    char *at = reader->at;
    if ((reader->begun & bit) != 0) {
        if (*at != ',') {
            return false;
        }
        at++;
    }
    if (!goes_on_with(at, quoted, len)) {
        return false; /* a reader that has failed stands at the end of its text */
    }
    reader->begun |= bit;
    reader->at = at + len;
    return true;
}

bool json_reader_item(struct json_reader *reader)
{
    return has_element(reader, ']');
}

static void skip_members(struct json_reader *reader)
{
    struct text key;
    while (json_reader_key(reader, &key)) {
        json_reader_skip(reader);
    }
}

static void skip_items(struct json_reader *reader)
{
    while (json_reader_item(reader)) {
        json_reader_skip(reader);
    }
}

void json_reader_skip(struct json_reader *reader)
{
    struct json_number number;
    struct text text;
    enum json_kind kind = json_reader_peek(reader);
    switch (kind) {
    case JSON_KIND_OBJECT:
        if (json_reader_enter(reader, kind)) {
            skip_members(reader);
        }
        break;
    case JSON_KIND_ARRAY:
        if (json_reader_enter(reader, kind)) {
            skip_items(reader);
        }
        break;
    case JSON_KIND_STRING:
        json_reader_string(reader, &text);
        break;
    case JSON_KIND_NUMBER:
        json_reader_number(reader, &number);
        break;
    case JSON_KIND_WORD:
        json_reader_word(reader, &text);
        break;
    case JSON_KIND_NOTHING:
        json_reader_fail(reader, JSON_READER_BAD);
        break;
    }
}

bool json_reader_bare(struct json_reader *reader, struct text *out_text)
{
    json_reader_peek(reader); /* behind the blanks */
    const char *first = reader->at;
    json_reader_skip(reader);
    if (reader->status != JSON_READER_OK) {
        return false;
    }
    size_t len = (size_t)(reader->at - first);
    char *bytes = arena_alloc(reader->arena, len + 1);
    if (bytes == NULL) {
        return json_reader_fail(reader, JSON_READER_NO_MEMORY);
    }
    memcpy(bytes, first, len);
    bytes[len] = '\0';
    *out_text = (struct text){bytes, len};
    return true;
}
