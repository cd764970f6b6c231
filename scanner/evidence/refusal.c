#include "scanner/evidence/refusal.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* At the beginning of a word: host names hold all sorts of letters. */
static bool contains(struct text text, const char *wanted)
{
    size_t len = strlen(wanted);
    for (size_t i = 0; text.bytes != NULL && i + len <= text.len; i++) {
        bool begins = i == 0 || !isalnum((unsigned char)text.bytes[i - 1]);
        if (begins && strncasecmp(text.bytes + i, wanted, len) == 0) {
            return true;
        }
    }
    return false;
}

static bool contains_any(struct text text, const char *const *wanted, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        if (contains(text, wanted[i])) {
            return true;
        }
    }
    return false;
}

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Words by which servers turn somebody away: the texts of Postfix's and Exim's access rules, of
 * spam filters and of blocklists. RFC 3463 section 3.8 keeps the codes x.7.x for policy.
 */
static const char *const policy_words[] = {
    "4.7.1",
    "block",
    "blacklist",
    "denylist",
    "dnsbl",
    "rbl",
    "spamhaus",
    "listed",
    "reputation",
    "policy",
    "denied",
    "banned",
    "not welcome",
    "unauthori",
    "not authori",
    "go away",
    "administrative prohibition",
};

/* Complaints about the name that we give, or about the one that our address has. */
static const char *const name_words[] = {
    "hostname",        "host name", "domain name", "fully-qualified",
    "fully qualified", "fqdn",      "helo name",   "ehlo name",
    "reverse",         "ptr ",      "rdns",        "dns lookup",
};

/* OpenBSD's spamd greets by its name and wishes spammers joy of the time that they waste. */
static const char *const decoy_words[] = {"spamd", "spam sender", "wasting your time", "tarpit"};

static bool is_of_us(struct text text)
{
    /* RFC 3463 section 3.8: x.7.3 is about the encryption itself, and all others about the client
     * or what it may do. */
    bool is_policy_code = contains(text, "5.7.") && !contains(text, "5.7.3");
    return is_policy_code || contains_any(text, policy_words, NUM(policy_words)) ||
           contains_any(text, name_words, NUM(name_words));
}

/*
 * RFC 5321 section 4.2.4: 500 and 502 say that the command is not known. Every other code is about
 * the client or its name: 501 and 504 about an argument, 521 (RFC 7504) and 550, 554 about mail
 * from here.
 */
enum refusal refusal_of_ehlo(unsigned code, struct text text)
{
    if (is_of_us(text)) {
        return REFUSAL_OF_US;
    }
    if (code == 500 || code == 502) {
        return REFUSAL_LACKS;
    }
    return code >= 500 ? REFUSAL_OF_US : REFUSAL_LACKS; /* other protocols have no codes */
}

/*
 * RFC 3207 section 4 has 501 (syntax error) and 454 (TLS not available). RFC 5321 section 4.2.4
 * adds 500, 502 and 503 of servers that do not know the command where they listed it. Others are
 * not about TLS.
 */
enum refusal refusal_of_starttls(unsigned code, struct text text)
{
    bool is_of_us_text = is_of_us(text);
    switch (code) {
    case 454: /* Its own enhanced code is 4.7.0: RFC 3207 section 4. */
        return is_of_us_text && !contains(text, "4.7.0") ? REFUSAL_OF_US : REFUSAL_BUSY;
    case 0:
    case 500:
    case 501:
    case 502:
    case 503:
        return is_of_us_text ? REFUSAL_OF_US : REFUSAL_LACKS;
    default:
        return is_of_us_text ? REFUSAL_OF_US : REFUSAL_UNCLEAR;
    }
}

bool refusal_is_decoy(struct text text)
{
    return contains_any(text, decoy_words, NUM(decoy_words));
}
