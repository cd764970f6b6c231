#include "benchmarks/fleet/dialogue.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "benchmarks/fleet/names.h"
#include "benchmarks/fleet/peer_io.h"
#include "benchmarks/fleet/reply.h"

#define LONG_EHLO_LINES 200
#define LONG_LINE_LEN   1500

static const struct {
    const char *word;
    enum verb verb;
} verbs[] = {
    {"EHLO", VERB_EHLO}, {"HELO", VERB_HELO}, {"STARTTLS", VERB_STARTTLS},
    {"MAIL", VERB_MAIL}, {"RCPT", VERB_RCPT}, {"DATA", VERB_DATA},
    {"RSET", VERB_RSET}, {"NOOP", VERB_NOOP}, {"QUIT", VERB_QUIT},
};

static enum verb read_verb(const char *line)
{
    size_t word_len = strcspn(line, " ");
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strlen(verbs[i].word) == word_len && strncasecmp(verbs[i].word, line, word_len) == 0) {
            return verbs[i].verb;
        }
    }
    return VERB_OTHER;
}

/* A client that calls itself by the name or address of the host it talks to. */
static bool is_own_name(const struct peer *peer, const char *line)
{
    char address[NAME_MAX_LEN];
    char literal[NAME_MAX_LEN + 2];
    const char *name = line + strcspn(line, " ");
    name += strspn(name, " ");
    names_address(world_address(peer->slot), address);
    snprintf(literal, sizeof literal, "[%s]", address);
    return strcasecmp(name, peer->name) == 0 || strcmp(name, address) == 0 ||
           strcmp(name, literal) == 0;
}

static void count_command(struct peer *peer, const char *line)
{
    switch (peer->verb) {
    case VERB_EHLO:
    case VERB_HELO:
        if (is_own_name(peer, line)) {
            stats_add(&peer->counts->ehlo_own);
        }
        break;
    case VERB_MAIL:
        stats_add(&peer->counts->mail);
        break;
    case VERB_RCPT:
        stats_add(&peer->counts->rcpt);
        break;
    case VERB_DATA:
        stats_add(&peer->counts->data);
        break;
    case VERB_QUIT:
        stats_add(&peer->counts->quits);
        break;
    case VERB_OTHER:
        stats_add(&peer->counts->unknown_commands);
        break;
    default:
        break;
    }
}

enum peer_wait dialogue_command(struct peer *peer, const char *line)
{
    peer->verb = read_verb(line);
    count_command(peer, line);
    return peer_sleep(peer, PEER_REPLY, peer->rtt_ms);
}

static void say_ehlo_inside(const struct peer *peer, struct reply *reply)
{
    reply_add(reply, "250-%s\r\n250-SIZE 52428800\r\n%s250 8BITMIME\r\n", peer->name,
              peer->behaviour->requiretls ? "250-REQUIRETLS\r\n" : "");
}

static void say_ehlo_long(struct reply *reply)
{
    for (unsigned i = 0; i < LONG_EHLO_LINES; i++) {
        reply_add(reply, "250-XFEATURE%u some words about it\r\n", i);
    }
}

static void say_ehlo_long_line(struct reply *reply)
{
    reply_add(reply, "250-XLONG ");
    for (unsigned i = 0; i < LONG_LINE_LEN; i++) {
        reply_add(reply, "x");
    }
    reply_add(reply, "\r\n");
}

static void say_ehlo(const struct peer *peer, struct reply *reply)
{
    enum ehlo_kind kind = peer->behaviour->ehlo;
    reply_add(reply, "250-%s\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n", peer->name);
    if (kind == EHLO_LONG) {
        say_ehlo_long(reply);
    } else if (kind == EHLO_LONG_LINE) {
        say_ehlo_long_line(reply);
    }
    if (kind == EHLO_LAST) {
        reply_add(reply, "250-8BITMIME\r\n250 STARTTLS\r\n");
        return;
    }
    const char *offer = kind == EHLO_NO_STARTTLS ? ""
                        : kind == EHLO_STRIPPED  ? "250-XXXXXXXA\r\n"
                        : kind == EHLO_LOWERCASE ? "250-starttls\r\n"
                                                 : "250-STARTTLS\r\n";
    reply_add(reply, "%s250 8BITMIME\r\n", offer);
}

static enum peer_wait on_ehlo(struct peer *peer)
{
    struct reply reply = {.len = 0};
    if (peer->ssl != NULL) {
        if (peer->behaviour->ehlo == EHLO_SILENCE_INSIDE) {
            peer->state = PEER_TRAP;
            return WAIT_NEXT;
        }
        say_ehlo_inside(peer, &reply);
        return reply_send(peer, &reply, PEER_COMMAND);
    }
    switch (peer->behaviour->ehlo) {
    case EHLO_421:
        return reply_refuse(peer, "421 4.7.0 Too many sessions, closing", PEER_LINGER);
    case EHLO_450:
        return reply_refuse(peer, "450 4.7.1 Try again later", PEER_COMMAND);
    case EHLO_HELO_ONLY:
    case EHLO_502:
        return reply_send_text(peer, "502 5.5.2 Command not recognised", PEER_COMMAND);
    case EHLO_554:
        return reply_send_text(peer, "554 5.7.1 Access denied", PEER_COMMAND);
    case EHLO_SILENCE:
        peer->state = PEER_TRAP;
        return WAIT_NEXT;
    case EHLO_GARBAGE:
        return reply_send_text(peer, "what is that supposed to mean?", PEER_LINGER);
    case EHLO_CLOSE:
        peer->state = PEER_LINGER;
        return WAIT_NEXT;
    case EHLO_RESET:
        peer->state = PEER_RESET;
        return WAIT_NEXT;
    default:
        say_ehlo(peer, &reply);
        return reply_send(peer, &reply, PEER_COMMAND);
    }
}

static enum peer_wait on_helo(struct peer *peer)
{
    struct reply reply = {.len = 0};
    if (peer->ssl == NULL && peer->behaviour->ehlo == EHLO_554) {
        return reply_send_text(peer, "554 5.7.1 Access denied", PEER_COMMAND);
    }
    if (peer->ssl == NULL && peer->behaviour->ehlo == EHLO_502) {
        return reply_send_text(peer, "502 5.5.2 Command not recognised", PEER_COMMAND);
    }
    reply_add(&reply, "250 %s\r\n", peer->name);
    return reply_send(peer, &reply, PEER_COMMAND);
}

static enum peer_wait start_tls(struct peer *peer, const char *text)
{
    switch (peer->behaviour->tls) {
    case TLS_REAL:
        return reply_send_text(peer, text, PEER_HANDSHAKE);
    case TLS_CLOSE:
        return reply_send_text(peer, text, PEER_LINGER);
    case TLS_SILENCE:
        return reply_send_text(peer, text, PEER_TRAP);
    default:
        return reply_send_text(peer, text, PEER_HELLO);
    }
}

static bool offers_starttls(const struct behaviour *behaviour)
{
    return behaviour->ehlo != EHLO_NO_STARTTLS && behaviour->ehlo != EHLO_STRIPPED &&
           behaviour->ehlo != EHLO_HELO_ONLY;
}

static enum peer_wait on_starttls(struct peer *peer)
{
    static const char ready[] = "220 2.0.0 Ready to start TLS";
    static const char later[] = "454 4.7.0 TLS not available due to temporary reason";
    if (peer->ssl != NULL) {
        return reply_send_text(peer, "503 5.5.1 TLS already active", PEER_COMMAND);
    }
    if (!offers_starttls(peer->behaviour)) {
        return reply_send_text(peer, "502 5.5.1 Command not implemented", PEER_COMMAND);
    }
    switch (peer->behaviour->starttls) {
    case STARTTLS_NORMAL:
    case STARTTLS_KEEPS_INPUT:
        return start_tls(peer, ready);
    case STARTTLS_554:
        return reply_send_text(peer, "554 5.7.3 Unable to initialise security subsystem",
                               PEER_COMMAND);
    case STARTTLS_502:
        return reply_send_text(peer, "502 5.5.1 Command not implemented", PEER_COMMAND);
    case STARTTLS_454:
        return reply_refuse(peer, later, PEER_COMMAND);
    case STARTTLS_454_ONCE:
        return peer->connection == 0 ? reply_refuse(peer, later, PEER_COMMAND)
                                     : start_tls(peer, ready);
    case STARTTLS_421:
        return reply_refuse(peer, "421 4.7.0 Closing the connection", PEER_LINGER);
    case STARTTLS_SILENCE:
        peer->state = PEER_TRAP;
        return WAIT_NEXT;
    case STARTTLS_SILENCE_AFTER_220_ONCE:
        return peer->connection == 0 ? reply_send_text(peer, ready, PEER_TRAP)
                                     : start_tls(peer, ready);
    case STARTTLS_GARBAGE:
        return reply_send_text(peer, "ready when you are", PEER_LINGER);
    case STARTTLS_CLOSE:
        peer->state = PEER_LINGER;
        return WAIT_NEXT;
    case STARTTLS_RESET:
        peer->state = PEER_RESET;
        return WAIT_NEXT;
    case STARTTLS_EARLY_BYTES:
        return start_tls(peer, "220 2.0.0 Ready to start TLS\r\n250 injected");
    }
    return WAIT_GONE;
}

static enum peer_wait on_mail(struct peer *peer)
{
    if (peer->ssl == NULL && peer->behaviour->plain_mail == PLAIN_MAIL_530) {
        return reply_send_text(peer, "530 5.7.0 Must issue a STARTTLS command first", PEER_COMMAND);
    }
    return reply_send_text(peer, "250 2.1.0 OK", PEER_COMMAND);
}

enum peer_wait dialogue_reply(struct peer *peer)
{
    switch (peer->verb) {
    case VERB_EHLO:
        return on_ehlo(peer);
    case VERB_HELO:
        return on_helo(peer);
    case VERB_STARTTLS:
        return on_starttls(peer);
    case VERB_MAIL:
        return on_mail(peer);
    case VERB_RCPT:
    case VERB_DATA:
        return reply_send_text(peer, "554 5.7.1 No mail is taken here", PEER_COMMAND);
    case VERB_RSET:
    case VERB_NOOP:
        return reply_send_text(peer, "250 2.0.0 OK", PEER_COMMAND);
    case VERB_QUIT:
        return reply_send_text(peer, "221 2.0.0 Bye", PEER_CLOSE);
    case VERB_OTHER:
        return reply_send_text(peer, "500 5.5.2 Command not recognised", PEER_COMMAND);
    }
    return WAIT_GONE;
}

enum peer_wait dialogue_fake(struct peer *peer)
{
    /* Record headers of RFC 8446 section 5.1: type, version, length. */
    uint8_t alert[] = {21, 3, 1, 0, 2, SSL3_AL_FATAL, peer->behaviour->alert};
    uint8_t broken[] = {22, 3, 3, 0, 8, SSL3_MT_SERVER_HELLO, 0, 0, 4, 9, 9, 9, 9};
    switch (peer->behaviour->tls) {
    case TLS_ALERT:
        return peer_queue(peer, alert, sizeof alert, PEER_LINGER);
    case TLS_BROKEN:
        return peer_queue(peer, broken, sizeof broken, PEER_LINGER);
    case TLS_GARBAGE:
        return reply_send_random(peer, PEER_LINGER);
    case TLS_PLAINTEXT:
        return reply_send_text(peer, "500 5.5.2 unrecognised", PEER_LINGER);
    case TLS_RESET:
        return peer_sleep(peer, PEER_RESET, 0);
    default:
        return WAIT_GONE;
    }
}
