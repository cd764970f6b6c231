/*
 * ManageSieve: the greeting lists the capabilities, a string or two each, and ends in OK; so does
 * what the server says of its own accord after the TLS handshake. RFC 5804 sections 1.7 and 2.2.
 */
#include "scanner/dialogue/service_sieve.h"

#include <string.h>
#include <strings.h>

#define TAG_INJECTED "mxgrade"

static bool begins_with(const char *line, size_t len, const char *word)
{
    size_t word_len = strlen(word);
    return len >= word_len && strncasecmp(line, word, word_len) == 0;
}

static bool is_word(const char *line, size_t len, const char *word)
{
    size_t word_len = strlen(word);
    return begins_with(line, len, word) && (len == word_len || line[word_len] == ' ');
}

/* RFC 5804 section 1.7: "SASL" lists mechanisms, none of them where a login has to wait for TLS. */
static void read_capability(const char *line, size_t len, struct capabilities *capabilities)
{
    static const char sasl[] = "\"SASL\" \"";
    if (begins_with(line, len, "\"STARTTLS\"")) {
        capabilities->starttls = true;
    } else if (begins_with(line, len, sasl) && len > sizeof(sasl) &&
               line[sizeof(sasl) - 1] != '"') {
        capabilities->auth = true;
    }
}

static enum reply_status read_line(struct reply_reader *reply, enum dialogue_phase phase,
                                   const char *line, size_t len, struct capabilities *capabilities)
{
    (void)phase;
    reply_keep_text(reply, line, len);
    if (!literal_join(&reply->joiner, &line, &len)) {
        return REPLY_MORE;
    }
    if (is_word(line, len, "OK")) {
        /* RFC 5804 section 2.13: the answer to a NOOP repeats its argument. */
        reply->answers_injected = memmem(line, len, TAG_INJECTED, strlen(TAG_INJECTED)) != NULL;
        return REPLY_OK;
    }
    if (is_word(line, len, "BYE")) {
        return REPLY_CLOSING;
    }
    if (is_word(line, len, "NO")) {
        /* RFC 5804 section 1.3: a passing failure. */
        return begins_with(line, len, "NO (TRYLATER") ? REPLY_TEMPORARY : REPLY_PERMANENT;
    }
    if (len > 0 && line[0] != '"' && reply->num_lines == 1) {
        return REPLY_GARBAGE;
    }
    read_capability(line, len, capabilities);
    return REPLY_MORE;
}

const struct service service_sieve = {
    .name = "sieve",
    .srv = "_sieve._tcp",
    .port = 4190,
    .capabilities_unasked = true,
    .commands =
        {
            [PHASE_OF_STARTTLS] = "STARTTLS\r\n",
            [PHASE_OF_QUIT] = "LOGOUT\r\n",
        },
    .injected = "NOOP \"" TAG_INJECTED "\"\r\n",
    .read_line = read_line,
};
