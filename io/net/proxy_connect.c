#include "io/net/proxy_connect.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/base64.h>

#define STATUS_END 12 /* of "HTTP/1.1 200" */

/* What is read: the status line, then header lines, of which only the empty one counts. */
enum step { STEP_STATUS, STEP_STATUS_REST, STEP_LINE, STEP_EMPTY_LINE };

/* RFC 7617 section 2; "" without a user. */
static void format_login(const struct proxy *proxy, char *out, size_t size)
{
    char plain[2 * PROXY_SECRET_SIZE];
    uint8_t encoded[sizeof(plain) * 4 / 3 + 8];
    out[0] = '\0';
    if (proxy->has_user) {
        int len = snprintf(plain, sizeof(plain), "%s:%s", proxy->user, proxy->password);
        (void)EVP_EncodeBlock(encoded, (const uint8_t *)plain, (size_t)len);
        (void)snprintf(out, size, "Proxy-Authorization: Basic %s\r\n", (const char *)encoded);
    }
}

void proxy_connect_begin(struct proxy_talk *talk)
{
    char server[ADDRESS_TEXT_MAX + sizeof("[]:65535")];
    char address[ADDRESS_TEXT_MAX];
    char login[PROXY_REQUEST_SIZE - 2 * sizeof(server) - 64];
    char request[PROXY_REQUEST_SIZE];
    address_format(&talk->address, address);
    (void)snprintf(server, sizeof(server), talk->address.family == 6 ? "[%s]:%u" : "%s:%u", address,
                   talk->port);
    format_login(talk->proxy, login, sizeof(login));
    int len = snprintf(request, sizeof(request), "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s\r\n",
                       server, server, login);
    talk->step = STEP_STATUS;
    talk->is_admitted = true; /* it says so, or not, together with all else */
    proxy_talk_say(talk, request, (size_t)len);
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* RFC 9112 section 4: "HTTP/1.1 200". 0: it is none. */
static unsigned read_status(const uint8_t line[STATUS_END])
{
    bool is_status = memcmp(line, "HTTP/1.", 7) == 0 && is_digit(line[7]) && line[8] == ' ' &&
                     is_digit(line[9]) && is_digit(line[10]) && is_digit(line[11]);
    return is_status ? (unsigned)(line[9] - '0') * 100 + (unsigned)(line[10] - '0') * 10 +
                           (unsigned)(line[11] - '0')
                     : 0;
}

static void on_status(struct proxy_talk *talk, unsigned status)
{
    if (status < 100) {
        proxy_talk_break(talk, PROXY_MALFORMED, 0);
    } else if (status == 407) {
        /* RFC 9110 section 15.5.8: credentials are lacking, or are not these. */
        proxy_talk_break(talk, talk->proxy->has_user ? PROXY_REFUSED_LOGIN : PROXY_WANTS_LOGIN, 0);
    } else if (status == 504) {
        proxy_talk_refuse(talk,
                          ETIMEDOUT); /* section 15.6.5: the server has not answered in time */
    } else if (status >= 300) {
        proxy_talk_break(talk, PROXY_SAYS_HTTP, status);
    } else {
        talk->step = STEP_STATUS_REST;
    }
}

/* A reply ends with its empty line: of a CONNECT that succeeds nothing else belongs to it (RFC 9110
 * section 9.3.6). Behind an interim one (section 15.2) comes another. */
static void on_end(struct proxy_talk *talk)
{
    if (talk->reply[STATUS_END - 3] == '1') {
        talk->step = STEP_STATUS;
        talk->reply_len = 0;
    } else {
        talk->state = PROXY_PASSES;
    }
}

static void on_byte(struct proxy_talk *talk, uint8_t byte)
{
    switch ((enum step)talk->step) {
    case STEP_STATUS:
        talk->reply[talk->reply_len++] = byte;
        if (talk->reply_len == STATUS_END) {
            on_status(talk, read_status(talk->reply));
        }
        break;
    case STEP_STATUS_REST:
    case STEP_LINE:
        talk->step = byte == '\n' ? STEP_EMPTY_LINE : talk->step;
        break;
    case STEP_EMPTY_LINE: /* it is one, so far */
        if (byte == '\n') {
            on_end(talk);
        } else if (byte != '\r') {
            talk->step = STEP_LINE;
        }
        break;
    }
}

/* A reply that comes before its request was sent is none. */
size_t proxy_connect_feed(struct proxy_talk *talk, const uint8_t *bytes, size_t len)
{
    size_t at = 0;
    while (at < len && talk->state == PROXY_TALKS) {
        if (talk->num_sent < talk->request_len || talk->num_bytes++ == PROXY_CONNECT_REPLY_MAX) {
            proxy_talk_break(talk, PROXY_MALFORMED, 0);
        } else {
            on_byte(talk, bytes[at++]);
        }
    }
    return at;
}
