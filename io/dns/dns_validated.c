#include "io/dns/dns_validated.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_answer(void *user, const struct dns_answer *answer);
static void on_unchecked(void *user, const struct dns_answer *answer);

static void tell_bogus(struct dns_validated *question, const struct dns_answer *unchecked)
{
    const struct dns_answer bogus = {.outcome = DNS_SERVFAIL, .bogus = true, .canonical = ""};
    question->callback(question->user, &bogus, unchecked);
}

static void tell_lame(struct dns_validated *question)
{
    const struct dns_answer lame = {.outcome = DNS_SERVFAIL, .canonical = ""};
    question->callback(question->user, &lame, NULL);
}

static void on_answer(void *user, const struct dns_answer *answer)
{
    struct dns_validated *question = user;
    if (answer->outcome != DNS_SERVFAIL || !question->trusts_resolver) {
        question->callback(question->user, answer, NULL);
        return;
    }
    question->is_bogus = answer->bogus || question->is_there;
    dns_ask_unchecked(question->dns, &question->waiter, question->name, question->type,
                      on_unchecked, question);
}

static void on_unchecked(void *user, const struct dns_answer *answer)
{
    struct dns_validated *question = user;
    switch (answer->outcome) {
    case DNS_OK:
    case DNS_NODATA:
    case DNS_NXDOMAIN:
        if (question->is_bogus) {
            tell_bogus(question, answer);
            return;
        }
        question->is_there = true; /* the failure may have been a passing one */
        dns_ask(question->dns, &question->waiter, question->name, question->type, on_answer,
                question);
        return;
    case DNS_SHORTAGE:
    case DNS_CANCELLED:
        question->callback(question->user, answer, NULL);
        return;
    default:
        tell_lame(question);
        return;
    }
}

void dns_validated_ask(struct dns_validated *question)
{
    question->is_there = question->is_bogus = false;
    dns_ask(question->dns, &question->waiter, question->name, question->type, on_answer, question);
}

void dns_validated_put_off(struct dns_validated *question)
{
    question->is_there = question->is_bogus = false;
    dns_put_off(question->dns, &question->waiter, question->name, question->type, on_answer,
                question);
}

static const char *type_name(enum dns_type type)
{
    switch (type) {
    case DNS_A:
        return "A";
    case DNS_CNAME:
        return "CNAME";
    case DNS_SOA:
        return "SOA";
    case DNS_PTR:
        return "PTR";
    case DNS_MX:
        return "MX";
    case DNS_TXT:
        return "TXT";
    case DNS_AAAA:
        return "AAAA";
    case DNS_SRV:
        return "SRV";
    case DNS_TLSA:
        return "TLSA";
    case DNS_CAA:
        return "CAA";
    }
    return "?";
}

char *dns_validated_text(const struct dns_validated *question, const struct dns_answer *unchecked)
{
    char text[2 * DNS_NAME_MAX + 64];
    int len = snprintf(text, sizeof(text), "%s %s", type_name(question->type), question->name);
    if (unchecked->aliased && len > 0 && (size_t)len < sizeof(text)) {
        (void)snprintf(text + len, sizeof(text) - (size_t)len, ", an alias of %s",
                       unchecked->canonical);
    }
    return strdup(text);
}
