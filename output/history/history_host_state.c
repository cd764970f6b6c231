#include "output/history/history_host_state.h"

#include <string.h>

#include "output/history/history_hosts.h"
#include "output/record/json_reader.h"

/* ---- Writing ---- */

static bool show_the_same(const struct history_host_state *state)
{
    for (size_t i = 1; i < state->num_addresses; i++) {
        if (state->addresses[i].content != state->addresses[0].content ||
            state->addresses[i].certificate != state->addresses[0].certificate) {
            return false;
        }
    }
    return true;
}

void history_host_state_write(struct json_writer *writer, const struct history_host_state *state)
{
    size_t num = state->num_addresses > 1 && show_the_same(state) ? 1 : state->num_addresses;
    json_open_object(writer);
    json_key(writer, "provider");
    json_put_string(writer, state->provider);
    json_key(writer, "shown");
    json_open_array(writer);
    for (size_t i = 0; i < num; i++) {
        json_open_array(writer);
        json_int(writer, state->addresses[i].content);
        json_int(writer, state->addresses[i].certificate);
        json_close_array(writer);
    }
    json_close_array(writer);
    json_close_object(writer);
}

void history_host_state_write_addresses(struct json_writer *writer,
                                        const struct history_host_state *state)
{
    json_open_array(writer);
    for (size_t i = 0; i < state->num_addresses; i++) {
        json_put_string(writer, state->addresses[i].address);
    }
    json_close_array(writer);
}

/* ---- Reading ---- */

/* A string, or NULL for null. */
static const char *read_string(struct json_reader *reader)
{
    struct text text = {NULL, 0};
    if (json_reader_peek(reader) == JSON_KIND_STRING) {
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

static void read_shown(struct json_reader *reader, struct history_address_state *out_state)
{
    if (json_reader_enter(reader, JSON_KIND_ARRAY)) {
        out_state->content = read_number(reader);
        out_state->certificate = read_number(reader);
        while (json_reader_item(reader)) {
            json_reader_skip(reader);
        }
    }
}

/* How many there are. One stands for all. */
static void read_all_shown(struct json_reader *reader, struct history_host_state *state)
{
    struct history_address_state shown = {0};
    size_t num = 0;
    if (!json_reader_enter(reader, JSON_KIND_ARRAY)) {
        return;
    }
    for (; json_reader_item(reader); num++) {
        read_shown(reader, &shown);
        if (num < state->num_addresses) {
            state->addresses[num].content = shown.content;
            state->addresses[num].certificate = shown.certificate;
        }
    }
    for (size_t i = 1; num == 1 && i < state->num_addresses; i++) {
        state->addresses[i].content = shown.content;
        state->addresses[i].certificate = shown.certificate;
    }
}

static size_t count_commas(struct text text)
{
    size_t num = 0;
    for (size_t i = 0; i < text.len; i++) {
        num += text.bytes[i] == ',';
    }
    return num;
}

static bool read_addresses(struct text text, struct arena *arena, struct history_host_state *state)
{
    struct json_reader reader;
    size_t most = count_commas(text) + 1;
    most = most < HISTORY_ADDRESSES_MAX ? most : HISTORY_ADDRESSES_MAX;
    state->addresses = arena_alloc(arena, most * sizeof(*state->addresses));
    if (state->addresses == NULL || text.bytes == NULL) {
        return false;
    }
    json_reader_init(&reader, text.bytes, text.len, arena);
    if (!json_reader_enter(&reader, JSON_KIND_ARRAY)) {
        return false;
    }
    while (json_reader_item(&reader)) {
        const char *address = read_string(&reader);
        if (state->num_addresses < most) {
            state->addresses[state->num_addresses++].address = address;
        }
    }
    return reader.status == JSON_READER_OK;
}

static bool is_key(struct text key, const char *name)
{
    return key.len == strlen(name) && memcmp(key.bytes, name, key.len) == 0;
}

bool history_host_state_read(struct text object, struct text addresses, struct arena *arena,
                             struct history_host_state *out_state)
{
    struct json_reader reader;
    struct text key;
    *out_state = (struct history_host_state){0};
    if (object.bytes == NULL || !read_addresses(addresses, arena, out_state)) {
        return false;
    }
    json_reader_init(&reader, object.bytes, object.len, arena);
    if (!json_reader_enter(&reader, JSON_KIND_OBJECT)) {
        return false;
    }
    while (json_reader_key(&reader, &key)) {
        if (is_key(key, "provider")) {
            out_state->provider = read_string(&reader);
        } else if (is_key(key, "shown")) {
            read_all_shown(&reader, out_state);
        } else {
            json_reader_skip(&reader);
        }
    }
    return reader.status == JSON_READER_OK;
}
