#include "io/net/http_reply.h"

#include <stdlib.h>
#include <string.h>

#define BODY_STEP 4096

/* What callbacks return: that of complete headers knows 1 as "no body follows", not as an error. */
#define GO_ON   0
#define NO_BODY 1
#define STOP    (-1)

static int finish(struct http_reply *reply, enum http_reply_state state)
{
    reply->state = state;
    return STOP;
}

/* ---- Headers ---- */

static void select_header(struct http_reply *reply)
{
    reply->value = NULL;
    reply->value_len = 0;
    if (reply->name_len >= HTTP_REPLY_HEADER_NAME) {
        return;
    }
    reply->name[reply->name_len] = '\0';
    if (strcmp(reply->name, "content-type") == 0) {
        reply->value = reply->content_type;
    } else if (strcmp(reply->name, "location") == 0) {
        reply->value = reply->location;
    }
    if (reply->value != NULL && reply->value[0] != '\0') {
        reply->value = NULL; /* of repeated headers the first is kept */
    }
}

static int on_message_begin(http_parser *parser)
{
    struct http_reply *reply = parser->data;
    reply->name_len = 0;
    reply->was_value = false;
    reply->content_type[0] = '\0';
    reply->location[0] = '\0';
    return GO_ON;
}

static int on_header_field(http_parser *parser, const char *at, size_t len)
{
    struct http_reply *reply = parser->data;
    if (reply->was_value) {
        reply->was_value = false;
        reply->name_len = 0;
    }
    for (size_t i = 0; i < len; i++) {
        if (reply->name_len < HTTP_REPLY_HEADER_NAME) {
            char c = at[i];
            reply->name[reply->name_len++] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
        }
    }
    return GO_ON;
}

static int on_header_value(http_parser *parser, const char *at, size_t len)
{
    struct http_reply *reply = parser->data;
    if (!reply->was_value) {
        reply->was_value = true;
        select_header(reply);
    }
    for (size_t i = 0; reply->value != NULL && i < len; i++) {
        if (reply->value_len + 1 < HTTP_REPLY_VALUE_MAX) {
            /* Control characters and bytes beyond ASCII have no business here. */
            reply->value[reply->value_len++] = at[i] >= 0x20 && at[i] < 0x7f ? at[i] : '?';
            reply->value[reply->value_len] = '\0';
        }
    }
    return GO_ON;
}

static int on_headers_complete(http_parser *parser)
{
    struct http_reply *reply = parser->data;
    unsigned status = parser->status_code;
    if (parser->http_major != 1 || status < 100 || status > 599 || status == 101) {
        return finish(reply, HTTP_REPLY_MALFORMED); /* nobody asked to switch protocols */
    }
    reply->is_interim = status < 200;
    if (reply->is_interim) {
        return NO_BODY; /* RFC 9110 section 15.2 */
    }
    reply->status = status;
    if (status != 200) {
        return finish(reply, HTTP_REPLY_DONE);
    }
    if ((parser->flags & F_CONTENTLENGTH) != 0 && parser->content_length > reply->body_max) {
        return finish(reply, HTTP_REPLY_TOO_BIG);
    }
    return GO_ON;
}

/* ---- Body ---- */

static bool reserve(struct http_reply *reply, size_t len)
{
    size_t size = reply->body_size;
    if (reply->body_len + len <= size) {
        return true;
    }
    while (size < reply->body_len + len) {
        size = size == 0 ? BODY_STEP : size * 2;
    }
    uint8_t *body = realloc(reply->body, size);
    if (body == NULL) {
        return false;
    }
    reply->body = body;
    reply->body_size = size;
    return true;
}

static int on_body(http_parser *parser, const char *at, size_t len)
{
    struct http_reply *reply = parser->data;
    if (len > reply->body_max - reply->body_len) {
        return finish(reply, HTTP_REPLY_TOO_BIG);
    }
    if (!reserve(reply, len)) {
        return finish(reply, HTTP_REPLY_NO_MEMORY);
    }
    memcpy(reply->body + reply->body_len, at, len);
    reply->body_len += len;
    return GO_ON;
}

/* RFC 9110 section 15.2: any number of interim responses may come before the final one. */
static int on_message_complete(http_parser *parser)
{
    struct http_reply *reply = parser->data;
    return reply->is_interim ? GO_ON : finish(reply, HTTP_REPLY_DONE);
}

/* ---- Feeding ---- */

void http_reply_init(struct http_reply *reply, size_t body_max)
{
    memset(reply, 0, sizeof(*reply));
    http_parser_init(&reply->parser, HTTP_RESPONSE);
    reply->parser.data = reply;
    reply->body_max = body_max;
}

void http_reply_fini(struct http_reply *reply)
{
    free(reply->body);
    reply->body = NULL;
    reply->body_len = 0;
}

static void execute(struct http_reply *reply, const uint8_t *bytes, size_t len)
{
    static const http_parser_settings settings = {
        .on_message_begin = on_message_begin,
        .on_header_field = on_header_field,
        .on_header_value = on_header_value,
        .on_headers_complete = on_headers_complete,
        .on_body = on_body,
        .on_message_complete = on_message_complete,
    };
    size_t parsed = http_parser_execute(&reply->parser, &settings, (const char *)bytes, len);
    bool is_stuck = parsed != len || HTTP_PARSER_ERRNO(&reply->parser) != HPE_OK;
    if (reply->state == HTTP_REPLY_MORE && is_stuck) {
        reply->state = HTTP_REPLY_MALFORMED;
    }
}

enum http_reply_state http_reply_feed(struct http_reply *reply, const uint8_t *bytes, size_t len)
{
    if (reply->state != HTTP_REPLY_MORE || len == 0) {
        return reply->state;
    }
    execute(reply, bytes, len);
    reply->num_bytes += len;
    if (reply->state == HTTP_REPLY_MORE &&
        reply->num_bytes - reply->body_len > HTTP_REPLY_OVERHEAD_MAX) {
        reply->state = HTTP_REPLY_TOO_BIG;
    }
    return reply->state;
}

enum http_reply_state http_reply_end(struct http_reply *reply, bool is_clean)
{
    if (reply->state == HTTP_REPLY_MORE) {
        /* A body that goes on to the end of the stream is whole only if that end is no accident:
         * RFC 9112 section 9.8. */
        if (is_clean) {
            execute(reply, NULL, 0);
        }
        if (reply->state != HTTP_REPLY_DONE) {
            reply->state = HTTP_REPLY_CUT;
        }
    }
    return reply->state;
}
