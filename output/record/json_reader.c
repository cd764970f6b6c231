#include "output/record/json_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/utf8.h"

#define NUMBER_TEXT_MAX 64 /* characters of a number; a longer one is an error */

void json_reader_init(struct json_reader *reader, const char *text, size_t len, struct arena *arena)
{
    *reader = (struct json_reader){.at = text, .end = text + len, .arena = arena};
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
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\t' ||
                                        *reader->at == '\n' || *reader->at == '\r')) {
        reader->at++;
    }
}

/* The next character that is no blank, if it is that one. */
static inline bool take(struct json_reader *reader, char wanted)
{
    skip_blanks(reader);
    if (reader->at == reader->end || *reader->at != wanted) {
        return false;
    }
    reader->at++;
    return true;
}

static bool expect(struct json_reader *reader, char wanted)
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
    skip_blanks(reader);
    switch (reader->at < reader->end ? *reader->at : '\0') {
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case '"':
        return JSON_STRING;
    case 't':
    case 'f':
    case 'n':
        return JSON_WORD;
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return JSON_NUMBER;
    default:
        return JSON_NOTHING;
    }
}

/* ---- Strings ---- */

/* A byte that stands for itself, in a string. */
static inline bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

static bool read_hex(struct json_reader *reader, uint32_t *out_value)
{
    uint32_t value = 0;
    if (reader->end - reader->at < 4) {
        return json_reader_fail(reader, JSON_READER_BAD);
    }
    for (unsigned i = 0; i < 4; i++) {
        char digit = *reader->at++;
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
        if (reader->end - reader->at < 2 || reader->at[0] != '\\' || reader->at[1] != 'u') {
            return json_reader_fail(reader, JSON_READER_BAD);
        }
        reader->at += 2;
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
    char letter = reader->at < reader->end ? *reader->at++ : '\0';
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

/* A run of characters that stand for themselves; false: it is none. */
static bool take_plain(struct json_reader *reader)
{
    const char *first = reader->at;
    while (reader->at < reader->end) {
        if (is_plain((unsigned char)*reader->at)) {
            reader->at++;
            continue;
        }
        size_t left = (size_t)(reader->end - reader->at);
        size_t len = (unsigned char)*reader->at < 0x80
                         ? 0
                         : utf8_len((const unsigned char *)reader->at, left);
        if (len == 0) {
            break;
        }
        reader->at += len;
    }
    return reader->at > first;
}

/*
 * Up to and with the closing quote. `out` has room for as many bytes as are read, and is moved to
 * where they end; NULL: they are not wanted.
 */
static bool read_characters(struct json_reader *reader, char **out)
{
    while (reader->at < reader->end && *reader->at != '"') {
        const char *first = reader->at;
        char room[UTF8_MAX], *to = out != NULL ? *out : room;
        if (take_plain(reader)) {
            size_t len = (size_t)(reader->at - first);
            to = out != NULL ? (char *)memcpy(to, first, len) + len : to;
        } else if (*first == '\\') {
            reader->at++;
            if (!read_escape(reader, &to)) {
                return false;
            }
        } else {
            return json_reader_fail(reader, JSON_READER_BAD);
        }
        if (out != NULL) {
            *out = to;
        }
    }
    return expect(reader, '"');
}

/* Where the string ends that begins here, its escapes passed over. */
static const char *end_of_string(const struct json_reader *reader)
{
    const char *at = reader->at;
    while (at < reader->end && *at != '"') {
        at += *at == '\\' ? 2 : 1;
    }
    return at < reader->end ? at : NULL;
}

bool json_reader_string(struct json_reader *reader, struct text *out_text)
{
    if (!expect(reader, '"')) {
        return false;
    }
    const char *end = end_of_string(reader);
    if (end == NULL) {
        return json_reader_fail(reader, JSON_READER_BAD);
    }
    char *bytes = arena_alloc(reader->arena, (size_t)(end - reader->at) + 1);
    if (bytes == NULL) {
        return json_reader_fail(reader, JSON_READER_NO_MEMORY);
    }
    char *out = bytes;
    if (!read_characters(reader, &out)) {
        return false;
    }
    *out = '\0';
    *out_text = (struct text){bytes, (size_t)(out - bytes)};
    return true;
}

static bool skip_string(struct json_reader *reader)
{
    return expect(reader, '"') && read_characters(reader, NULL);
}

/* ---- Numbers and words ---- */

static bool take_digits(struct json_reader *reader)
{
    const char *first = reader->at;
    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9') {
        reader->at++;
    }
    return reader->at > first;
}

/* The next character, blanks included, if it is one of these. */
static bool take_one_of(struct json_reader *reader, const char *wanted)
{
    if (reader->at == reader->end || *reader->at == '\0' || strchr(wanted, *reader->at) == NULL) {
        return false;
    }
    reader->at++;
    return true;
}

/* RFC 8259 section 6; whether it has neither a point nor an exponent. */
static bool scan_number(struct json_reader *reader, bool *out_is_whole)
{
    *out_is_whole = true;
    take_one_of(reader, "-");
    if (!take_one_of(reader, "0") && !take_digits(reader)) {
        return false;
    }
    if (take_one_of(reader, ".")) {
        *out_is_whole = false;
        if (!take_digits(reader)) {
            return false;
        }
    }
    if (take_one_of(reader, "eE")) {
        *out_is_whole = false;
        take_one_of(reader, "+-");
        return take_digits(reader);
    }
    return true;
}

bool json_reader_number(struct json_reader *reader, struct json_number *out_number)
{
    char text[NUMBER_TEXT_MAX];
    bool is_whole;
    skip_blanks(reader);
    const char *first = reader->at;
    if (!scan_number(reader, &is_whole) || (size_t)(reader->at - first) >= sizeof(text)) {
        return json_reader_fail(reader, JSON_READER_BAD);
    }
    memcpy(text, first, (size_t)(reader->at - first));
    text[reader->at - first] = '\0';
    errno = 0;
    out_number->integer = is_whole ? strtoll(text, NULL, 10) : 0;
    out_number->is_integer = is_whole && errno == 0;
    out_number->real = out_number->is_integer ? (double)out_number->integer : strtod(text, NULL);
    return true;
}

bool json_reader_word(struct json_reader *reader, struct text *out_word)
{
    static const char *const words[] = {"true", "false", "null"};
    skip_blanks(reader);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t len = strlen(words[i]);
        if ((size_t)(reader->end - reader->at) >= len && memcmp(reader->at, words[i], len) == 0) {
            *out_word = (struct text){words[i], len};
            reader->at += len;
            return true;
        }
    }
    return json_reader_fail(reader, JSON_READER_BAD);
}

/* ---- Objects and arrays ---- */

bool json_reader_enter(struct json_reader *reader, enum json_kind object_or_array)
{
    if (reader->depth == JSON_READER_DEPTH_MAX) {
        return json_reader_fail(reader, JSON_READER_BAD);
    }
    if (!expect(reader, object_or_array == JSON_OBJECT ? '{' : '[')) {
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

bool json_reader_take_key(struct json_reader *reader, const char *quoted, size_t len)
{
    uint64_t bit = UINT64_C(1) << (reader->depth - 1);
    const char *at = reader->at;
    if ((reader->begun & bit) != 0) {
        if (at == reader->end || *at != ',') {
            return false;
        }
        at++;
    }
    if (reader->status != JSON_READER_OK || (size_t)(reader->end - at) < len ||
        memcmp(at, quoted, len) != 0) {
        return false;
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
    while (has_element(reader, '}') && skip_string(reader) && expect(reader, ':')) {
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
    struct text word;
    enum json_kind kind = json_reader_peek(reader);
    switch (kind) {
    case JSON_OBJECT:
        if (json_reader_enter(reader, kind)) {
            skip_members(reader);
        }
        break;
    case JSON_ARRAY:
        if (json_reader_enter(reader, kind)) {
            skip_items(reader);
        }
        break;
    case JSON_STRING:
        skip_string(reader);
        break;
    case JSON_NUMBER:
        json_reader_number(reader, &number);
        break;
    case JSON_WORD:
        json_reader_word(reader, &word);
        break;
    case JSON_NOTHING:
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
