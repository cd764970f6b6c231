/*
 * POP3: a line that begins with +OK or -ERR; the answer to CAPA goes on to a line with a dot. RFC
 * 1939 section 3, RFC 2449 section 5. A server without CAPA cannot say that it has STLS, and is
 * asked for it all the same.
 */
#include "scanner/dialogue/service_pop3.h"

#include <string.h>
#include <strings.h>

static bool begins_with(const char *line, size_t len, const char *word)
{
    size_t word_len = strlen(word);
    return len >= word_len && strncasecmp(line, word, word_len) == 0 &&
           (len == word_len || line[word_len] == ' ');
}

/* RFC 2449 sections 6.2 and 6.3: USER is a login, and so is SASL with a mechanism. */
static void read_capability(const char *line, size_t len, struct capabilities *capabilities)
{
    if (begins_with(line, len, "STLS")) {
        capabilities->starttls = true;
    } else if (begins_with(line, len, "USER") || (begins_with(line, len, "SASL") && len > 5)) {
        capabilities->auth = true;
    }
}

/* RFC 3206, RFC 2449 section 8.1: response codes in brackets tell the passing from the lasting. */
static enum reply_status status_of_error(const char *line, size_t len)
{
    static const char *const passing[] = {"-ERR [SYS/TEMP]", "-ERR [IN-USE]", "-ERR [LOGIN-DELAY]"};
    for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
        if (len >= strlen(passing[i]) && strncasecmp(line, passing[i], strlen(passing[i])) == 0) {
            return REPLY_TEMPORARY;
        }
    }
    return REPLY_PERMANENT;
}

static enum reply_status read_line(struct reply_reader *reply, enum dialogue_phase phase,
                                   const char *line, size_t len, struct capabilities *capabilities)
{
    bool is_first = reply->num_lines == 0;
    reply_keep_text(reply, line, len);
    if (!is_first) {
        if (len == 1 && line[0] == '.') {
            return REPLY_OK;
        }
        /* A second beginning among the capabilities: the line before it answered NOOP. */
        reply->answers_injected |= begins_with(line, len, "+OK");
        read_capability(line, len, capabilities);
        return REPLY_MORE;
    }
    if (begins_with(line, len, "+OK")) {
        return phase == PHASE_OF_CAPABILITIES ? REPLY_MORE : REPLY_OK;
    }
    if (begins_with(line, len, "-ERR")) {
        /*
         * NOOP is refused before a login, or taken (nginx); CAPA, by a server that has taken it
         * before, never is refused.
         */
        reply->answers_injected = phase == PHASE_OF_CAPABILITIES;
        return status_of_error(line, len);
    }
    return REPLY_GARBAGE;
}

const struct service service_pop3 = {
    .name = "pop3",
    .srv = "_pop3._tcp",
    .port = 110,
    .starttls_untold = true,
    .commands =
        {
            [PHASE_OF_CAPABILITIES] = "CAPA\r\n",
            [PHASE_OF_STARTTLS] = "STLS\r\n",
            [PHASE_OF_QUIT] = "QUIT\r\n",
        },
    .injected = "NOOP\r\n",
    .read_line = read_line,
};

const struct service service_pop3s = {
    .name = "pop3s",
    .srv = "_pop3s._tcp",
    .port = 995,
    .implicit_tls = true,
    .commands =
        {
            [PHASE_OF_CAPABILITIES] = "CAPA\r\n",
            [PHASE_OF_QUIT] = "QUIT\r\n",
        },
    .read_line = read_line,
};
