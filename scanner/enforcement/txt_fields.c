#include "scanner/enforcement/txt_fields.h"

#include <string.h>
#include <strings.h>

/* ASCII whatever the locale. */
static bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static struct text skip(struct text text, size_t len)
{
    return (struct text){text.bytes + len, text.len - len};
}

struct text txt_trim(struct text text)
{
    while (text.len > 0 && is_space(text.bytes[0])) {
        text = skip(text, 1);
    }
    while (text.len > 0 && is_space(text.bytes[text.len - 1])) {
        text.len--;
    }
    return text;
}

static bool is_near(struct text record, const char *version)
{
    struct text trimmed = txt_trim(record);
    size_t len = strlen(version);
    return trimmed.len >= len && strncasecmp(trimmed.bytes, version, len) == 0 &&
           (trimmed.len == len || !is_alphanumeric(trimmed.bytes[len]));
}

static enum txt_selected classify(struct text record, const char *version, struct text *out_rest)
{
    size_t len = strlen(version);
    if (record.len < len || memcmp(record.bytes, version, len) != 0) {
        return is_near(record, version) ? TXT_SELECTED_NEAR : TXT_SELECTED_NONE;
    }
    size_t at = len;
    while (at < record.len && is_space(record.bytes[at])) {
        at++;
    }
    if (at == record.len || record.bytes[at] != ';') {
        return is_near(record, version) ? TXT_SELECTED_NEAR : TXT_SELECTED_NONE;
    }
    *out_rest = skip(record, at + 1);
    return at == len ? TXT_SELECTED_ONE : TXT_SELECTED_SPACED;
}

enum txt_selected txt_fields_select(const struct text *records, size_t num_records,
                                    const char *version, struct text *out_rest)
{
    enum txt_selected selected = TXT_SELECTED_NONE;
    *out_rest = (struct text){NULL, 0};
    for (size_t i = 0; i < num_records; i++) {
        enum txt_selected kind = classify(records[i], version, out_rest);
        bool is_candidate = kind >= TXT_SELECTED_SPACED;
        if (is_candidate && selected >= TXT_SELECTED_MULTIPLE) {
            return TXT_SELECTED_MULTIPLE;
        }
        selected = kind > selected ? kind : selected;
    }
    return selected;
}

size_t txt_of_answer(const struct dns_answer *answer, struct text out_records[DNS_RECORDS_MAX])
{
    size_t num = answer->num_records < DNS_RECORDS_MAX ? answer->num_records : DNS_RECORDS_MAX;
    for (size_t i = 0; i < num; i++) {
        const struct dns_record *record = &answer->records[i];
        out_records[i] = (struct text){(const char *)record->data.bytes, record->data.len};
    }
    return num;
}

bool txt_is_key(struct text key)
{
    if (key.len == 0 || key.len > TXT_KEY_MAX || !is_alphanumeric(key.bytes[0])) {
        return false;
    }
    for (size_t i = 1; i < key.len; i++) {
        char c = key.bytes[i];
        if (!is_alphanumeric(c) && c != '_' && c != '-' && c != '.') {
            return false;
        }
    }
    return true;
}

static bool is_value(struct text value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.bytes[i];
        if ((c < 0x21 || c > 0x7e) && !is_space(c)) {
            return false;
        }
    }
    return value.len > 0 && !is_space(value.bytes[0]);
}

enum txt_next txt_fields_next(struct text *rest, struct txt_field *out_field)
{
    if (txt_trim(*rest).len == 0) {
        return TXT_NEXT_END;
    }
    const char *semicolon = memchr(rest->bytes, ';', rest->len);
    size_t len = semicolon != NULL ? (size_t)(semicolon - rest->bytes) : rest->len;
    struct text field = txt_trim((struct text){rest->bytes, len});
    *rest = skip(*rest, semicolon != NULL ? len + 1 : len);
    const char *equals = field.len > 0 ? memchr(field.bytes, '=', field.len) : NULL;
    if (equals == NULL) {
        return TXT_NEXT_BAD;
    }
    size_t key_len = (size_t)(equals - field.bytes);
    out_field->key = (struct text){field.bytes, key_len};
    out_field->value = skip(field, key_len + 1);
    return txt_is_key(out_field->key) && is_value(out_field->value) ? TXT_NEXT_FIELD : TXT_NEXT_BAD;
}

bool txt_field_has_key(const struct txt_field *field, const char *key)
{
    return field->key.len == strlen(key) && memcmp(field->key.bytes, key, field->key.len) == 0;
}
