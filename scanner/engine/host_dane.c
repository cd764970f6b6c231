#include "scanner/engine/host_dane.h"

#include <stdlib.h>
#include <string.h>

/* While the questions of a plan are being asked. */
struct asking {
    struct dns *dns;
    struct dane_plan plan;
    struct host_dane *dane;
    host_dane_callback callback;
    void *user;
    struct dns_waiter waiter;
    bool is_there; /* without validation the question has an answer */
};

struct host_dane *host_dane_hold(struct host_dane *dane)
{
    if (dane != NULL) {
        atomic_fetch_add_explicit(&dane->references, 1, memory_order_relaxed);
    }
    return dane;
}

void host_dane_release(struct host_dane *dane)
{
    if (dane != NULL &&
        atomic_fetch_sub_explicit(&dane->references, 1, memory_order_acq_rel) == 1) {
        free(dane->set);
        free(dane->base);
        hostname_release(dane->sni);
        free(dane);
    }
}

static void finish(struct asking *asking)
{
    asking->callback(asking->user, asking->dane, DNS_OK);
    free(asking);
}

static void give_up(struct asking *asking, enum dns_outcome why)
{
    host_dane_release(asking->dane);
    asking->callback(asking->user, NULL, why);
    free(asking);
}

/* False on lack of memory. */
static bool keep_sni(struct host_dane *dane)
{
    return hostname_parse_any(dane->base, strlen(dane->base), &dane->sni) != HOSTNAME_NO_MEMORY;
}

static bool keep_records(struct asking *asking, const struct dns_answer *answer)
{
    struct host_dane *dane = asking->dane;
    dane->set = tlsa_set_new(answer->records, answer->num_records);
    dane->base = strdup(dane_plan_base(&asking->plan));
    return dane->set != NULL && dane->base != NULL && keep_sni(dane);
}

static void ask_next(struct asking *asking);
static void on_unchecked(void *user, const struct dns_answer *answer);

/* A resolver that does not send extended errors (RFC 8914) answers SERVFAIL to bogus records too.
 */
static bool may_be_bogus(const struct dns_answer *answer)
{
    return answer->outcome == DNS_SERVFAIL && !answer->bogus;
}

static void on_answer(void *user, const struct dns_answer *answer);
static void on_unsigned(void *user, const struct dns_answer *answer);

static void ask(struct asking *asking, bool unchecked)
{
    char name[DANE_QUESTION_MAX];
    enum dns_type type;
    (void)dane_plan_question(&asking->plan, name, &type);
    if (asking->plan.step == DANE_STEP_UNSIGNED) {
        /* There is nothing to validate, and a question without validation is asked once only. */
        dns_ask_unchecked(asking->dns, &asking->waiter, name, type, on_unsigned, asking);
    } else if (unchecked) {
        dns_ask_unchecked(asking->dns, &asking->waiter, name, type, on_unchecked, asking);
    } else {
        dns_ask(asking->dns, &asking->waiter, name, type, on_answer, asking);
    }
}

static void take(struct asking *asking, const struct dns_answer *answer)
{
    dane_plan_take(&asking->plan, answer);
    if (asking->plan.has_records && !keep_records(asking, answer)) {
        give_up(asking, DNS_SHORTAGE);
        return;
    }
    ask_next(asking);
}

static void on_answer(void *user, const struct dns_answer *answer)
{
    struct asking *asking = user;
    if (dns_is_our_failure(answer->outcome)) {
        give_up(asking, answer->outcome);
    } else if (may_be_bogus(answer) && !asking->is_there) {
        ask(asking, true);
    } else {
        struct dns_answer told = *answer;
        told.bogus |= may_be_bogus(answer);
        take(asking, &told);
    }
}

static void on_unsigned(void *user, const struct dns_answer *answer)
{
    struct asking *asking = user;
    if (dns_is_our_failure(answer->outcome)) {
        give_up(asking, answer->outcome);
    } else {
        take(asking, answer);
    }
}

/*
 * Takes the answer without validation. If there is one, validation has failed and the records are
 * bogus (RFC 4035 section 5.5). The question is first asked once more with validation, because the
 * failure may have been a passing one.
 */
static void on_unchecked(void *user, const struct dns_answer *answer)
{
    struct asking *asking = user;
    const struct dns_answer lame = {.outcome = DNS_SERVFAIL, .canonical = ""};
    switch (answer->outcome) {
    case DNS_OK:
    case DNS_NODATA:
    case DNS_NXDOMAIN:
        asking->is_there = true;
        ask(asking, false);
        break;
    case DNS_SHORTAGE:
    case DNS_CANCELLED:
        give_up(asking, answer->outcome);
        break;
    default:
        take(asking, &lame);
        break;
    }
}

static void ask_next(struct asking *asking)
{
    char name[DANE_QUESTION_MAX];
    enum dns_type type;
    asking->is_there = false;
    if (dane_plan_question(&asking->plan, name, &type)) {
        ask(asking, false);
        return;
    }
    asking->dane->status = asking->plan.status;
    finish(asking);
}

void host_dane_ask(struct dns *dns, const struct dane_plan_input *input,
                   host_dane_callback callback, void *user)
{
    struct asking *asking = calloc(1, sizeof(*asking));
    struct host_dane *dane = calloc(1, sizeof(*dane));
    if (asking == NULL || dane == NULL) {
        free(asking);
        free(dane);
        callback(user, NULL, DNS_SHORTAGE);
        return;
    }
    atomic_init(&dane->references, 1);
    *asking = (struct asking){.dns = dns, .dane = dane, .callback = callback, .user = user};
    dane_plan_init(&asking->plan, input);
    ask_next(asking);
}
