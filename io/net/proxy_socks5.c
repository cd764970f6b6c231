#include "io/net/proxy_socks5.h"

#include <errno.h>
#include <string.h>

#define VERSION       5
#define LOGIN_VERSION 1 /* RFC 1929 section 2 */
#define CONNECT       1

enum method { METHOD_NONE = 0, METHOD_LOGIN = 2 };
enum address_type { TYPE_IPV4 = 1, TYPE_NAME = 3, TYPE_IPV6 = 4 };

/* RFC 1928 section 6. */
enum reply_code {
    REPLY_SUCCEEDED = 0,
    REPLY_NETWORK_UNREACHABLE = 3,
    REPLY_HOST_UNREACHABLE = 4,
    REPLY_REFUSED = 5,
    REPLY_TTL_EXPIRED = 6
};

/* What is waited for. */
enum step { STEP_METHOD, STEP_LOGIN, STEP_REPLY };

/* Section 3: the methods that we know. */
void proxy_socks5_begin(struct proxy_talk *talk)
{
    const uint8_t with_login[] = {VERSION, 2, METHOD_NONE, METHOD_LOGIN};
    const uint8_t without[] = {VERSION, 1, METHOD_NONE};
    talk->step = STEP_METHOD;
    if (talk->proxy->has_user) {
        proxy_talk_say(talk, with_login, sizeof(with_login));
    } else {
        proxy_talk_say(talk, without, sizeof(without));
    }
}

static void enter(struct proxy_talk *talk, enum step step)
{
    talk->step = step;
    talk->reply_len = 0;
}

/* RFC 1929 section 2. */
static void say_login(struct proxy_talk *talk)
{
    const struct proxy *proxy = talk->proxy;
    uint8_t login[3 + 2 * PROXY_SECRET_SIZE] = {LOGIN_VERSION};
    size_t user_len = strlen(proxy->user);
    size_t password_len = strlen(proxy->password);
    login[1] = (uint8_t)user_len;
    memcpy(login + 2, proxy->user, user_len);
    login[2 + user_len] = (uint8_t)password_len;
    memcpy(login + 3 + user_len, proxy->password, password_len);
    enter(talk, STEP_LOGIN);
    proxy_talk_say(talk, login, 3 + user_len + password_len);
}

/* RFC 1928 section 4. */
static void say_request(struct proxy_talk *talk)
{
    uint8_t request[4 + 16 + 2] = {VERSION, CONNECT};
    bool is_ipv4 = talk->address.family == 4;
    size_t address_len = is_ipv4 ? 4 : 16;
    request[3] = is_ipv4 ? TYPE_IPV4 : TYPE_IPV6;
    memcpy(request + 4, talk->address.bytes, address_len);
    request[4 + address_len] = (uint8_t)(talk->port >> 8);
    request[5 + address_len] = (uint8_t)talk->port;
    enter(talk, STEP_REPLY);
    talk->is_admitted = true;
    proxy_talk_say(talk, request, 6 + address_len);
}

static void on_method(struct proxy_talk *talk)
{
    if (talk->reply[0] != VERSION) {
        proxy_talk_break(talk, PROXY_MALFORMED, 0);
    } else if (talk->reply[1] == METHOD_NONE) {
        say_request(talk);
    } else if (talk->reply[1] == METHOD_LOGIN && talk->proxy->has_user) {
        say_login(talk);
    } else {
        proxy_talk_break(talk, PROXY_WANTS_LOGIN, 0);
    }
}

static void on_login(struct proxy_talk *talk)
{
    if (talk->reply[0] != LOGIN_VERSION) {
        proxy_talk_break(talk, PROXY_MALFORMED, 0);
    } else if (talk->reply[1] != 0) {
        proxy_talk_break(talk, PROXY_REFUSED_LOGIN, 0);
    } else {
        say_request(talk);
    }
}

/* Of a refusal nothing but its code counts, whether the rest of the reply comes or not. */
static void on_refusal(struct proxy_talk *talk, unsigned code)
{
    switch (code) {
    case REPLY_NETWORK_UNREACHABLE:
        proxy_talk_refuse(talk, ENETUNREACH);
        break;
    case REPLY_HOST_UNREACHABLE:
        proxy_talk_refuse(talk, EHOSTUNREACH);
        break;
    case REPLY_REFUSED:
        proxy_talk_refuse(talk, ECONNREFUSED);
        break;
    case REPLY_TTL_EXPIRED: /* what proxies say where the server has not answered in time */
        proxy_talk_refuse(talk, ETIMEDOUT);
        break;
    default:
        proxy_talk_break(talk, PROXY_SAYS_SOCKS, code);
        break;
    }
}

/* The length of a reply, as far as it is known from its first bytes; 0: of no kind that there is.
 */
static size_t reply_size(const struct proxy_talk *talk)
{
    if (talk->reply_len < 5) {
        return 5;
    }
    switch (talk->reply[3]) {
    case TYPE_IPV4:
        return 4 + 4 + 2;
    case TYPE_IPV6:
        return 4 + 16 + 2;
    case TYPE_NAME:
        return 4 + 1 + (size_t)talk->reply[4] + 2;
    default:
        return 0;
    }
}

static void on_reply(struct proxy_talk *talk)
{
    if (talk->reply[0] != VERSION) {
        proxy_talk_break(talk, PROXY_MALFORMED, 0);
    } else if (talk->reply_len >= 2 && talk->reply[1] != REPLY_SUCCEEDED) {
        on_refusal(talk, talk->reply[1]);
    } else if (talk->reply_len >= 5 && reply_size(talk) == 0) {
        proxy_talk_break(talk, PROXY_MALFORMED, 0);
    } else if (talk->reply_len >= 5 && talk->reply_len == reply_size(talk)) {
        talk->state = PROXY_PASSES;
    }
}

static void on_byte(struct proxy_talk *talk, uint8_t byte)
{
    talk->reply[talk->reply_len++] = byte;
    if (talk->step == STEP_REPLY) {
        on_reply(talk);
    } else if (talk->reply_len == 2) {
        if (talk->step == STEP_METHOD) {
            on_method(talk);
        } else {
            on_login(talk);
        }
    }
}

/* A reply that comes before its request was sent is no reply. */
size_t proxy_socks5_feed(struct proxy_talk *talk, const uint8_t *bytes, size_t len)
{
    size_t at = 0;
    while (at < len && talk->state == PROXY_TALKS) {
        if (talk->num_sent < talk->request_len) {
            proxy_talk_break(talk, PROXY_MALFORMED, 0);
        } else {
            on_byte(talk, bytes[at++]);
        }
    }
    return at;
}
