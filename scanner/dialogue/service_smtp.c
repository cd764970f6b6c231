/*
 * SMTP: replies of one or more lines, each "code" and a hyphen (more follows) or a space (the
 * last). RFC 5321 section 4.2.1. Tolerant where real servers are loose: a code alone on the last
 * line, any case in keywords, text after them.
 */
#include "scanner/dialogue/service_smtp.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* RFC 5321 section 4.2: the first digit is 2 to 5, the second 0 to 5; be generous with the rest. */
static bool read_code(const char *line, size_t len, unsigned *out_code)
{
    if (len < 3 || !isdigit((unsigned char)line[0]) || !isdigit((unsigned char)line[1]) ||
        !isdigit((unsigned char)line[2]) || line[0] < '2' || line[0] > '5') {
        return false;
    }
    if (len > 3 && line[3] != ' ' && line[3] != '-') {
        return false;
    }
    *out_code = (unsigned)(line[0] - '0') * 100 + (unsigned)(line[1] - '0') * 10 +
                (unsigned)(line[2] - '0');
    return true;
}

static bool keyword_is(const char *text, size_t len, const char *keyword)
{
    size_t keyword_len = strlen(keyword);
    return len >= keyword_len && strncasecmp(text, keyword, keyword_len) == 0 &&
           (len == keyword_len || text[keyword_len] == ' ' || text[keyword_len] == '=');
}

/* A middlebox that forbids STARTTLS overwrites it with X's of the same length. */
static bool looks_stripped(const char *text, size_t len)
{
    return len == 8 && memcmp(text, "XXXXXXX", 7) == 0;
}

/*
 * Does the mechanism keep the password itself off the wire? These do: CRAM-MD5 (RFC 2195),
 * DIGEST-MD5 (RFC 2831, historic by RFC 6331), SCRAM (RFC 5802), Kerberos (RFC 4752), NTLM, and
 * those that have no password.
 */
static bool hides_password(const char *name, size_t len)
{
    static const char *const names[] = {"CRAM-MD5",   "DIGEST-MD5",  "NTLM",     "GSSAPI",
                                        "GSS-SPNEGO", "KERBEROS_V4", "EXTERNAL", "ANONYMOUS"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strlen(names[i]) == len && strncasecmp(name, names[i], len) == 0) {
            return true;
        }
    }
    return len > 6 && strncasecmp(name, "SCRAM-", 6) == 0;
}

/* The mechanisms are separated by spaces. "AUTH=" is of a form that is older than RFC 4954. */
static void read_mechanisms(const char *text, size_t len, struct capabilities *capabilities)
{
    size_t at = 0;
    while (at < len) {
        size_t begin = at;
        while (at < len && text[at] != ' ' && text[at] != '=') {
            at++;
        }
        if (at > begin) {
            capabilities->auth = true;
            capabilities->auth_in_clear |= !hides_password(text + begin, at - begin);
        }
        at++;
    }
}

static void read_keyword(const char *text, size_t len, struct capabilities *capabilities)
{
    while (len > 0 && text[len - 1] == ' ') {
        len--;
    }
    if (keyword_is(text, len, "STARTTLS")) {
        capabilities->starttls = true;
    } else if (keyword_is(text, len, "REQUIRETLS")) {
        capabilities->requiretls = true;
    } else if (keyword_is(text, len, "AUTH")) {
        /* RFC 4954 section 3: mechanisms follow. Without one there is nothing to log in with, as
         * where Dovecot takes no password before TLS. */
        read_mechanisms(text + strlen("AUTH"), len - strlen("AUTH"), capabilities);
    } else if (looks_stripped(text, len)) {
        capabilities->starttls_stripped = true;
    }
}

static enum reply_status status_of(unsigned code, enum dialogue_phase phase)
{
    if (code == 421) {
        return REPLY_CLOSING;
    }
    switch (code / 100) {
    case 2:
        /* RFC 3207 section 4: the only reply that starts TLS is 220. */
        return phase == PHASE_OF_STARTTLS && code != 220 ? REPLY_GARBAGE : REPLY_OK;
    case 4:
        return REPLY_TEMPORARY;
    case 5:
        return REPLY_PERMANENT;
    default:
        return REPLY_GARBAGE;
    }
}

/*
 * Inside TLS a server is asked EHLO and QUIT. One that has executed NOOP before them is a reply
 * behind: the 250 that comes at QUIT is that to EHLO, and the reply to QUIT follows. One that says
 * 250 instead of 221 (RFC 5321 section 4.2.2) has no more to say. The keywords are read wherever
 * the reply to EHLO turns up.
 */
static enum reply_status read_line(struct reply_reader *reply, enum dialogue_phase phase,
                                   const char *line, size_t len, struct capabilities *capabilities)
{
    unsigned code;
    bool is_reply = read_code(line, len, &code);
    bool is_first = reply->num_lines == 0;
    reply_keep_text(reply, line, len);
    if (!is_reply) {
        /* A broken continuation line is passed over; a broken first line is another protocol. */
        return is_first ? REPLY_GARBAGE : REPLY_MORE;
    }
    reply->code = code;
    bool is_list =
        phase == PHASE_OF_CAPABILITIES ? code / 100 == 2 : phase == PHASE_OF_QUIT && code == 250;
    if (is_list && !is_first && len > 4) {
        read_keyword(line + 4, len - 4, capabilities);
    }
    if (len > 3 && line[3] == '-') {
        return REPLY_MORE;
    }
    if (phase == PHASE_OF_QUIT && code == 250 && !reply->is_second_awaited) {
        reply->is_second_awaited = true;
        return REPLY_MORE;
    }
    reply->answers_injected = reply->is_second_awaited;
    return status_of(code, phase);
}

const struct service service_smtp = {
    .name = "smtp",
    .port = 25,
    .is_between_servers = true,
    .commands =
        {
            [PHASE_OF_CAPABILITIES] = "EHLO %s\r\n",
            [PHASE_OF_FALLBACK] = "HELO %s\r\n",
            [PHASE_OF_MAIL] = "MAIL FROM:<>\r\n",
            [PHASE_OF_RESET] = "RSET\r\n",
            [PHASE_OF_STARTTLS] = "STARTTLS\r\n",
            [PHASE_OF_QUIT] = "QUIT\r\n",
        },
    .injected = "NOOP\r\n",
    .read_line = read_line,
};

const struct service service_submission = {
    .name = "submission",
    .srv = "_submission._tcp",
    .port = 587,
    .commands =
        {
            [PHASE_OF_CAPABILITIES] = "EHLO %s\r\n",
            [PHASE_OF_FALLBACK] = "HELO %s\r\n",
            [PHASE_OF_STARTTLS] = "STARTTLS\r\n",
            [PHASE_OF_QUIT] = "QUIT\r\n",
        },
    .injected = "NOOP\r\n",
    .read_line = read_line,
};

const struct service service_submissions = {
    .name = "submissions",
    .srv = "_submissions._tcp",
    .port = 465,
    .implicit_tls = true,
    .commands =
        {
            [PHASE_OF_CAPABILITIES] = "EHLO %s\r\n",
            [PHASE_OF_FALLBACK] = "HELO %s\r\n",
            [PHASE_OF_QUIT] = "QUIT\r\n",
        },
    .read_line = read_line,
};
