#include "scanner/evidence/voice.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "io/base/hostname.h"

#define VOICE_MAX 1024 /* of the text of both that is compared */
#define CODE_LEN  4    /* "250-" */

struct voice {
    char text[VOICE_MAX];
    size_t len;
};

static void add(struct voice *voice, const char *word, size_t len)
{
    for (size_t i = 0; i < len && voice->len < VOICE_MAX; i++) {
        voice->text[voice->len++] = (char)tolower((unsigned char)word[i]);
    }
    if (voice->len < VOICE_MAX) {
        voice->text[voice->len++] = ' ';
    }
}

/* RFC 5322 section 3.3. */
static bool is_of_date(const char *word, size_t len)
{
    static const char names[] = "MonTueWedThuFriSatSunJanFebMarAprMayJunJulAugSepOctNovDec";
    for (size_t i = 0; len == 3 && i + 3 < sizeof(names); i += 3) {
        if (strncasecmp(names + i, word, 3) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_digit(const char *word, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (isdigit((unsigned char)word[i])) {
            return true;
        }
    }
    return false;
}

/* A word between punctuation. */
static void take_word(struct voice *voice, const char *word, size_t len)
{
    const struct hostname *name = NULL;
    while (len > 0 && !isalnum((unsigned char)word[0])) {
        word++;
        len--;
    }
    while (len > 0 && !isalnum((unsigned char)word[len - 1])) {
        len--;
    }
    if (memchr(word, '.', len) != NULL && hostname_parse(word, len, &name) == HOSTNAME_OK) {
        const char *organisation = hostname_organisation(name);
        add(voice, organisation, strlen(organisation));
    } else if (len > 0 && !has_digit(word, len) && !is_of_date(word, len)) {
        add(voice, word, len);
    }
    hostname_release(name);
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static bool is_code(const char *line, size_t len)
{
    return len >= CODE_LEN && isdigit((unsigned char)line[0]) && isdigit((unsigned char)line[1]) &&
           isdigit((unsigned char)line[2]) && (line[3] == '-' || line[3] == ' ');
}

static void take_text(struct voice *voice, struct text text)
{
    size_t at = 0;
    bool is_line_start = true;
    while (at < text.len) {
        if (is_line_start && is_code(text.bytes + at, text.len - at)) {
            at += CODE_LEN;
        }
        size_t begin = at;
        while (at < text.len && !is_space(text.bytes[at])) {
            at++;
        }
        take_word(voice, text.bytes + begin, at - begin);
        is_line_start = at < text.len && text.bytes[at] == '\n';
        at++;
    }
}

uint64_t voice_of(const struct table_seed *seed, struct text greeting, struct text ehlo)
{
    struct voice voice = {.len = 0};
    take_text(&voice, greeting);
    add(&voice, "\n", 1);
    take_text(&voice, ehlo);
    return table_hash(seed, voice.text, voice.len);
}
