/*
 * The reading of one HTTP/1 response, fed as the bytes come, by http-parser. Bounded: no header, no
 * chunk framing and no number of interim responses can make it take more than a fixed amount of
 * memory or bytes. Pure.
 */
#ifndef MXGRADE_IO_HTTP_REPLY_H
#define MXGRADE_IO_HTTP_REPLY_H

#include <http_parser.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_REPLY_OVERHEAD_MAX 65536 /* all that is not body: headers, chunk sizes, trailers */
#define HTTP_REPLY_HEADER_NAME  32    /* longer than any name that is looked for */
#define HTTP_REPLY_VALUE_MAX    256   /* kept of one, NUL included */

enum http_reply_state {
    HTTP_REPLY_MORE,      /* more bytes are needed */
    HTTP_REPLY_DONE,      /* it is whole; other than 200 it is done at the end of its headers */
    HTTP_REPLY_TOO_BIG,   /* body or overhead beyond the limit */
    HTTP_REPLY_MALFORMED, /* not HTTP/1, or not as it should be */
    HTTP_REPLY_CUT,       /* the stream ended in the midst of it */
    HTTP_REPLY_NO_MEMORY
};

/* Any state but MORE is final. Must stay in place between init and fini. */
struct http_reply {
    enum http_reply_state state;
    unsigned status; /* 0: not read yet */
    char content_type[HTTP_REPLY_VALUE_MAX];
    char location[HTTP_REPLY_VALUE_MAX];
    uint8_t *body; /* malloc'ed, only of a 200 */
    size_t body_len;
    /* Below: of the reader's own. */
    http_parser parser;
    size_t body_max;
    size_t body_size;
    size_t num_bytes;
    char name[HTTP_REPLY_HEADER_NAME]; /* of the header being read, lower case */
    size_t name_len;
    char *value; /* where the value being read goes; NULL: nowhere */
    size_t value_len;
    bool was_value;
    bool is_interim;
};

void http_reply_init(struct http_reply *reply, size_t body_max);
void http_reply_fini(struct http_reply *reply);

enum http_reply_state http_reply_feed(struct http_reply *reply, const uint8_t *bytes, size_t len);

/* Nothing more will come. `is_clean`: the peer said so itself (close_notify), nobody cut it off. */
enum http_reply_state http_reply_end(struct http_reply *reply, bool is_clean);

#endif
