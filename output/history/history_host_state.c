#include "output/history/history_host_state.h"

#include <string.h>

#include "output/history/history_hosts.h"
#include "output/record/json_reader.h"

void history_host_state_write(struct json_writer *writer, const struct history_host_state *state)
{
    json_open_object(writer);
    json_key(writer, "provider");
    json_put_string(writer, state->provider);
    json_key(writer, "addresses");
    json_open_array(writer);
    for (size_t i = 0; i < state->num_addresses; i++) {
        json_open_array(writer);
        json_put_string(writer, state->addresses[i].address);
        json_int(writer, state->addresses[i].content);
        json_int(writer, state->addresses[i].certificate);
        json_close_array(writer);
    }
    json_close_array(writer);
    json_close_object(writer);
}

/* ---- Reading ---- */

/* A string, or NULL for null. */
static const char *read_string(struct json_reader *reader)
{
    struct text text = {NULL, 0};
    if (json_reader_peek(reader) == JSON_STRING) {
        json_reader_string(reader, &text);
    } else {
        json_reader_skip(reader);
    }
    return text.bytes;
}

static int64_t read_number(struct json_reader *reader)
{
    struct json_number number = {0};
    return json_reader_item(reader) && json_reader_number(reader, &number) ? number.integer : 0;
}

static void read_address(struct json_reader *reader, struct history_address_state *out_state)
{
    if (json_reader_enter(reader, JSON_ARRAY) && json_reader_item(reader)) {
        out_state->address = read_string(reader);
        out_state->content = read_number(reader);
        out_state->certificate = read_number(reader);
        while (json_reader_item(reader)) {
            json_reader_skip(reader);
        }
    }
}

static void read_addresses(struct json_reader *reader, struct history_host_state *state)
{
    if (!json_reader_enter(reader, JSON_ARRAY)) {
        return;
    }
    while (json_reader_item(reader)) {
        if (state->num_addresses < HISTORY_ADDRESSES_MAX) {
            read_address(reader, &state->addresses[state->num_addresses++]);
        } else {
            json_reader_skip(reader);
        }
    }
}

static bool is_key(struct text key, const char *name)
{
    return key.len == strlen(name) && memcmp(key.bytes, name, key.len) == 0;
}

static size_t count_brackets(struct text text)
{
    size_t num = 0;
    for (size_t i = 0; i < text.len; i++) {
        num += text.bytes[i] == '[';
    }
    return num;
}

bool history_host_state_read(struct text text, struct arena *arena,
                             struct history_host_state *out_state)
{
    struct json_reader reader;
    struct text key;
    size_t most = count_brackets(text);
    most = most < HISTORY_ADDRESSES_MAX ? most : HISTORY_ADDRESSES_MAX;
    *out_state = (struct history_host_state){
        .addresses = arena_alloc(arena, (most + 1) * sizeof(*out_state->addresses))};
    if (out_state->addresses == NULL) {
        return false;
    }
    json_reader_init(&reader, text.bytes, text.len, arena);
    if (!json_reader_enter(&reader, JSON_OBJECT)) {
        return false;
    }
    while (json_reader_key(&reader, &key)) {
        if (is_key(key, "provider")) {
            out_state->provider = read_string(&reader);
        } else if (is_key(key, "addresses")) {
            read_addresses(&reader, out_state);
        } else {
            json_reader_skip(&reader);
        }
    }
    return reader.status == JSON_READER_OK;
}
