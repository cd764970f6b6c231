#include "scanner/engine/host_dane.h"

#include <stdlib.h>
#include <string.h>

/* While the questions of a plan are being asked. */
struct asking {
    struct dane_plan plan;
    struct host_dane *dane;
    host_dane_callback callback;
    void *user;
    struct dns_validated question; /* the plan's, but of DANE_STEP_UNSIGNED */
    char name[DANE_QUESTION_MAX];  /* of the question */
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
        free(dane->bogus);
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

static void take(struct asking *asking, const struct dns_answer *answer)
{
    dane_plan_take(&asking->plan, answer);
    if (asking->plan.has_records && !keep_records(asking, answer)) {
        give_up(asking, DNS_SHORTAGE);
        return;
    }
    ask_next(asking);
}

static void on_answer(void *user, const struct dns_answer *answer,
                      const struct dns_answer *unchecked)
{
    struct asking *asking = user;
    if (unchecked != NULL) {
        asking->dane->bogus = dns_validated_text(&asking->question, unchecked);
    }
    if (dns_is_our_failure(answer->outcome)) {
        give_up(asking, answer->outcome);
    } else if (unchecked != NULL && asking->dane->bogus == NULL) {
        give_up(asking, DNS_SHORTAGE);
    } else {
        take(asking, answer);
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

static void ask_next(struct asking *asking)
{
    struct dns_validated *question = &asking->question;
    if (!dane_plan_question(&asking->plan, asking->name, &question->type)) {
        asking->dane->status = asking->plan.status;
        finish(asking);
    } else if (asking->plan.step == DANE_STEP_UNSIGNED) {
        /* There is nothing to validate, and a question without validation is asked once only. */
        dns_ask_unchecked(question->dns, &question->waiter, asking->name, question->type,
                          on_unsigned, asking);
    } else {
        dns_validated_ask(question);
    }
}

/* A host without addresses that validate is bogus if the answer to one of both questions is. False
 * on lack of memory. */
static bool note_addresses(struct host_dane *dane, const struct dane_plan *plan,
                           const struct dane_plan_input *input)
{
    if (plan->step != DANE_STEP_DONE || plan->status != DANE_BOGUS) {
        return true;
    }
    const char *question = input->a->question != NULL ? input->a->question : input->aaaa->question;
    dane->bogus = question != NULL ? strdup(question) : NULL;
    return dane->bogus != NULL || question == NULL;
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
    *asking = (struct asking){.dane = dane, .callback = callback, .user = user};
    asking->question = (struct dns_validated){.dns = dns,
                                              .name = asking->name,
                                              .trusts_resolver = input->trusts_resolver,
                                              .callback = on_answer,
                                              .user = asking};
    dane_plan_init(&asking->plan, input);
    if (note_addresses(dane, &asking->plan, input)) {
        ask_next(asking);
    } else {
        give_up(asking, DNS_SHORTAGE);
    }
}
