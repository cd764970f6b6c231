#include "output/record/json_pick.h"

#include <stdbool.h>
#include <string.h>

struct reader {
    const char *at, *end;
    struct json_pick *picks;
    size_t num_picks;
    bool ask;
    bool too_deep;
};

struct span {
    const char *text;
    size_t len;
};

static bool is_text(struct span span, const char *text)
{
    return strlen(text) == span.len && memcmp(span.text, text, span.len) == 0;
}

static void skip_blanks(struct reader *reader)
{
    while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) != NULL &&
           *reader->at != '\0') {
        reader->at++;
    }
}

/* The next character that is no blank, if it is that one. */
static bool take(struct reader *reader, char wanted)
{
    skip_blanks(reader);
    if (reader->at == reader->end || *reader->at != wanted) {
        return false;
    }
    reader->at++;
    return true;
}

static bool has_next(struct reader *reader, char wanted)
{
    skip_blanks(reader);
    return reader->at < reader->end && *reader->at == wanted;
}

/* ---- Values ---- */

/* `*has_escapes` is set and never unset. */
static bool read_string(struct reader *reader, struct span *out, bool *has_escapes)
{
    if (!take(reader, '"')) {
        return false;
    }
    out->text = reader->at;
    while (reader->at < reader->end && *reader->at != '"') {
        if (*reader->at == '\\') {
            *has_escapes = true;
            reader->at++;
        }
        reader->at += reader->at < reader->end;
    }
    out->len = (size_t)(reader->at - out->text);
    return take(reader, '"');
}

/* A number, true, false or null: up to what can stand behind a value. */
static bool read_scalar(struct reader *reader, struct span *out)
{
    out->text = reader->at;
    while (reader->at < reader->end && strchr(",]} \t\r\n", *reader->at) == NULL) {
        reader->at++;
    }
    out->len = (size_t)(reader->at - out->text);
    return out->len > 0;
}

static bool is_integer(struct span span)
{
    size_t i = span.len > 1 && span.text[0] == '-' ? 1 : 0;
    for (size_t k = i; k < span.len; k++) {
        if (span.text[k] < '0' || span.text[k] > '9') {
            return false;
        }
    }
    return span.len > i;
}

static void note(struct reader *reader, const struct span *object, struct span key,
                 enum json_pick_kind kind, struct span value)
{
    for (size_t i = 0; i < reader->num_picks; i++) {
        struct json_pick *pick = &reader->picks[i];
        bool is_there = pick->object == NULL ? object == NULL
                                             : object != NULL && is_text(*object, pick->object);
        if (is_there && is_text(key, pick->key)) {
            reader->ask |= pick->kind != JSON_PICK_NONE;
            pick->kind = kind;
            pick->text = value.text;
            pick->len = value.len;
        }
    }
}

static bool read_value(struct reader *reader, unsigned depth, const struct span *object,
                       const struct span *key);

/* Objects deeper than the second are nobody's: their members are not noted. */
static bool read_object(struct reader *reader, unsigned depth, const struct span *name)
{
    if (!take(reader, '{')) {
        return false;
    }
    if (take(reader, '}')) {
        return true;
    }
    do {
        struct span key;
        bool has_escapes = false;
        if (!read_string(reader, &key, &has_escapes) || !take(reader, ':')) {
            return false;
        }
        reader->ask |= has_escapes && depth <= 2;
        if (!read_value(reader, depth, name, depth <= 2 ? &key : NULL)) {
            return false;
        }
    } while (take(reader, ','));
    return take(reader, '}');
}

static bool read_array(struct reader *reader, unsigned depth)
{
    if (!take(reader, '[')) {
        return false;
    }
    if (take(reader, ']')) {
        return true;
    }
    do {
        if (!read_value(reader, depth, NULL, NULL)) {
            return false;
        }
    } while (take(reader, ','));
    return take(reader, ']');
}

/* `key` is NULL where the value is not to be noted: it stands in an array, or too deep. */
static bool read_value(struct reader *reader, unsigned depth, const struct span *object,
                       const struct span *key)
{
    struct span value = {NULL, 0};
    enum json_pick_kind kind = JSON_PICK_OTHER;
    bool has_escapes = false, ok;
    if (depth >= JSON_PICK_DEPTH_MAX) {
        reader->too_deep = true;
        return false;
    }
    if (has_next(reader, '"')) {
        kind = JSON_PICK_STRING;
        ok = read_string(reader, &value, &has_escapes);
    } else if (has_next(reader, '{')) {
        /* In an array, or deeper, the third level begins at once. */
        ok = read_object(reader, key != NULL ? depth + 1 : depth + 2, depth == 1 ? key : NULL);
    } else if (has_next(reader, '[')) {
        ok = read_array(reader, depth + 2);
    } else {
        ok = read_scalar(reader, &value);
        kind = ok && is_integer(value) ? JSON_PICK_INTEGER : JSON_PICK_OTHER;
    }
    if (ok && key != NULL) {
        for (size_t i = 0; has_escapes && i < reader->num_picks; i++) {
            reader->ask |= is_text(*key, reader->picks[i].key);
        }
        note(reader, object, *key, kind, value);
    }
    return ok;
}

enum json_pick_status json_pick(const char *line, size_t len, struct json_pick *picks,
                                size_t num_picks)
{
    struct reader reader = {line, line + len, picks, num_picks, false, false};
    for (size_t i = 0; i < num_picks; i++) {
        picks[i].kind = JSON_PICK_NONE;
        picks[i].text = NULL;
        picks[i].len = 0;
    }
    if (!read_object(&reader, 1, NULL)) {
        return reader.too_deep ? JSON_PICK_ASK : JSON_PICK_BAD;
    }
    skip_blanks(&reader);
    if (reader.at != reader.end) {
        return JSON_PICK_BAD;
    }
    return reader.ask ? JSON_PICK_ASK : JSON_PICK_DONE;
}
