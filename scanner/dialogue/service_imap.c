/*
 * IMAP: untagged lines ("* ..."), then one with the command's tag that says OK, NO or BAD. RFC 3501
 * section 7. The greeting is one untagged line; BYE means that the server hangs up. None of the
 * replies awaited here can hold a literal (RFC 3501 section 9), so a line is a line.
 */
#include "scanner/dialogue/service_imap.h"

#include <string.h>
#include <strings.h>

#define TAG_INJECTED "a9"

struct words {
    const char *at;
    size_t len;
};

/* The next word up to a blank; empty at the end. */
static struct words next_word(struct words *rest)
{
    while (rest->len > 0 && *rest->at == ' ') {
        rest->at++;
        rest->len--;
    }
    struct words word = {rest->at, 0};
    while (word.len < rest->len && word.at[word.len] != ' ') {
        word.len++;
    }
    rest->at += word.len;
    rest->len -= word.len;
    return word;
}

static bool word_is(struct words word, const char *text)
{
    return word.len == strlen(text) && strncasecmp(word.at, text, word.len) == 0;
}

/* RFC 3501 section 6.2.3: LOGINDISABLED forbids LOGIN; a SASL mechanism beside it is a login too.
 */
static void read_capabilities(struct words rest, struct capabilities *capabilities)
{
    bool is_disabled = false, has_sasl = false;
    for (struct words word = next_word(&rest); word.len > 0; word = next_word(&rest)) {
        if (word_is(word, "STARTTLS")) {
            capabilities->starttls = true;
        } else if (word_is(word, "LOGINDISABLED")) {
            is_disabled = true;
        } else if (word.len > 5 && strncasecmp(word.at, "AUTH=", 5) == 0) {
            has_sasl = true;
        }
    }
    capabilities->auth |= has_sasl || !is_disabled;
}

/* RFC 5530 section 3: response codes of what will pass. */
static bool is_passing(struct words code)
{
    return word_is(code, "[UNAVAILABLE]") || word_is(code, "[INUSE]") || word_is(code, "[LIMIT]");
}

static enum reply_status read_status(struct words rest)
{
    struct words word = next_word(&rest);
    if (word_is(word, "OK") || word_is(word, "PREAUTH")) {
        return REPLY_OK;
    }
    if (word_is(word, "BYE")) {
        return REPLY_CLOSING;
    }
    if (word_is(word, "NO") && is_passing(next_word(&rest))) {
        return REPLY_TEMPORARY;
    }
    return word_is(word, "NO") || word_is(word, "BAD") ? REPLY_PERMANENT : REPLY_GARBAGE;
}

static enum reply_status read_untagged(struct reply_reader *reply, enum dialogue_phase phase,
                                       struct words rest, struct capabilities *capabilities)
{
    struct words line = rest;
    struct words word = next_word(&rest);
    if (word_is(word, "CAPABILITY")) {
        reply->has_capabilities = true;
        read_capabilities(rest, capabilities);
        return REPLY_MORE;
    }
    if (phase == PHASE_OF_GREETING) {
        /* Whoever comes is logged in already: RFC 3501 section 7.1.4. */
        capabilities->auth |= word_is(word, "PREAUTH");
        return read_status(line);
    }
    /* The BYE that answers LOGOUT is followed by the tagged line; any other one by nothing. */
    return word_is(word, "BYE") && phase != PHASE_OF_QUIT ? REPLY_CLOSING : REPLY_MORE;
}

static const char *tag_of(enum dialogue_phase phase)
{
    static const char *const tags[DIALOGUE_PHASE_COUNT] = {
        [PHASE_OF_CAPABILITIES] = "a1",
        [PHASE_OF_STARTTLS] = "a2",
        [PHASE_OF_QUIT] = "a3",
    };
    return tags[phase] != NULL ? tags[phase] : "*";
}

static enum reply_status read_line(struct reply_reader *reply, enum dialogue_phase phase,
                                   const char *line, size_t len, struct capabilities *capabilities)
{
    struct words rest = {line, len};
    struct words tag = next_word(&rest);
    bool is_first = reply->num_lines == 0;
    reply_keep_text(reply, line, len);
    if (word_is(tag, "*")) {
        return read_untagged(reply, phase, rest, capabilities);
    }
    if (word_is(tag, tag_of(phase))) {
        enum reply_status status = read_status(rest);
        /* RFC 3501 section 6.1.1 requires the list: without it nothing has been said. */
        bool lacks_list = phase == PHASE_OF_CAPABILITIES && !reply->has_capabilities;
        return status == REPLY_OK && lacks_list ? REPLY_GARBAGE : status;
    }
    if (word_is(tag, TAG_INJECTED)) {
        reply->answers_injected = true;
        return REPLY_MORE;
    }
    return is_first && phase == PHASE_OF_GREETING ? REPLY_GARBAGE : REPLY_MORE;
}

const struct service service_imap = {
    .name = "imap",
    .srv = "_imap._tcp",
    .port = 143,
    .commands =
        {
            [PHASE_OF_CAPABILITIES] = "a1 CAPABILITY\r\n",
            [PHASE_OF_STARTTLS] = "a2 STARTTLS\r\n",
            [PHASE_OF_QUIT] = "a3 LOGOUT\r\n",
        },
    .injected = TAG_INJECTED " NOOP\r\n",
    .read_line = read_line,
};

const struct service service_imaps = {
    .name = "imaps",
    .srv = "_imaps._tcp",
    .port = 993,
    .implicit_tls = true,
    .commands =
        {
            [PHASE_OF_CAPABILITIES] = "a1 CAPABILITY\r\n",
            [PHASE_OF_QUIT] = "a3 LOGOUT\r\n",
        },
    .read_line = read_line,
};
