#include "scanner/doctor/questions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/loop.h"

#define TRY_MS      1500
#define TRIES       2
#define SECONDS_MAX 4.0

struct asking {
    struct dns_waiter waiter;
    struct doctor_question *question;
    struct ev_loop *loop;
    size_t *num_open;
};

void question_set(struct doctor_question *question, const char *name, enum dns_type type)
{
    memset(question, 0, sizeof(*question));
    (void)snprintf(question->name, sizeof(question->name), "%s", name);
    question->type = type;
    question->outcome = DNS_TIMED_OUT;
}

bool question_has_address(const struct doctor_question *question, const struct address *address)
{
    for (size_t i = 0; i < question->num_addresses; i++) {
        if (address_equal(&question->addresses[i], address)) {
            return true;
        }
    }
    return false;
}

/* ---- Answers ---- */

static void keep_host(struct doctor_question *question, const char *host)
{
    if (question->num_hosts < QUESTION_HOSTS_MAX && host[0] != '\0') {
        (void)snprintf(question->hosts[question->num_hosts++], DNS_NAME_MAX, "%s", host);
    }
}

/* Those that mail goes to first. */
static void keep_exchangers(struct doctor_question *question, const struct dns_answer *answer)
{
    unsigned last = 0; /* preferences up to here, exclusive, are kept */
    while (question->num_hosts < QUESTION_HOSTS_MAX && last <= UINT16_MAX) {
        unsigned best = UINT16_MAX + 1;
        for (size_t i = 0; i < answer->num_records; i++) {
            unsigned preference = answer->records[i].mx.preference;
            best = preference >= last && preference < best ? preference : best;
        }
        for (size_t i = 0; i < answer->num_records; i++) {
            if (answer->records[i].mx.preference == best) {
                keep_host(question, answer->records[i].mx.host);
            }
        }
        last = best + 1;
    }
}

static void keep_records(struct doctor_question *question, const struct dns_answer *answer)
{
    if (question->type == DNS_MX) {
        keep_exchangers(question, answer);
        return;
    }
    for (size_t i = 0; i < answer->num_records; i++) {
        bool is_address = question->type == DNS_A || question->type == DNS_AAAA;
        if (question->type == DNS_PTR) {
            keep_host(question, answer->records[i].host);
        } else if (is_address && question->num_addresses < QUESTION_ADDRESSES_MAX) {
            question->addresses[question->num_addresses++] = answer->records[i].address;
        }
    }
}

static void on_answer(void *user, const struct dns_answer *answer)
{
    struct asking *asking = user;
    if (answer->outcome == DNS_CANCELLED) {
        return; /* the time is over */
    }
    asking->question->outcome = answer->outcome;
    asking->question->authentic = answer->authentic;
    if (answer->outcome == DNS_OK) {
        keep_records(asking->question, answer);
    }
    if (--*asking->num_open == 0) {
        ev_break(asking->loop, EVBREAK_ALL);
    }
}

/* ---- Asking ---- */

static void on_time(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)watcher;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

static void run_for(struct ev_loop *loop, double seconds)
{
    ev_timer timer;
    ev_timer_init(&timer, on_time, seconds, 0);
    ev_timer_start(loop, &timer);
    ev_run(loop, 0);
    ev_timer_stop(loop, &timer);
}

static void ask_on(struct ev_loop *loop, const struct examination *examination,
                   struct doctor_question *questions, size_t num)
{
    const struct dns_options options = {
        .servers = examination->config->resolver, .timeout_ms = TRY_MS, .tries = TRIES};
    struct asking *askings = calloc(num, sizeof(*askings));
    struct dns *dns = dns_new(loop, &options);
    size_t num_open = num;
    for (size_t i = 0; i < num; i++) {
        if (askings == NULL || dns == NULL) {
            questions[i].outcome = DNS_SHORTAGE;
            continue;
        }
        askings[i] =
            (struct asking){.question = &questions[i], .loop = loop, .num_open = &num_open};
        dns_ask(dns, &askings[i].waiter, questions[i].name, questions[i].type, on_answer,
                &askings[i]);
    }
    if (askings != NULL && dns != NULL) {
        run_for(loop, examination_left(examination, SECONDS_MAX));
    }
    dns_free(dns);
    free(askings);
}

void questions_ask(const struct examination *examination, struct doctor_question *questions,
                   size_t num_questions)
{
    struct ev_loop *loop = num_questions > 0 ? loop_new() : NULL;
    for (size_t i = 0; i < num_questions && loop == NULL; i++) {
        questions[i].outcome = DNS_SHORTAGE;
    }
    if (loop != NULL) {
        ask_on(loop, examination, questions, num_questions);
        loop_free(loop);
    }
}

/* ---- Names ---- */

static const enum dns_type types_of_names[] = {DNS_A, DNS_AAAA, DNS_MX};

#define NUM_TYPES (sizeof(types_of_names) / sizeof(types_of_names[0]))

static enum name_sight sight_of(const struct doctor_question *questions)
{
    size_t num_absent = 0;
    bool is_unknown = false;
    for (size_t i = 0; i < NUM_TYPES; i++) {
        enum dns_outcome outcome = questions[i].outcome;
        if (outcome == DNS_OK) {
            return NAME_THERE;
        }
        num_absent += outcome == DNS_NXDOMAIN;
        is_unknown |= outcome != DNS_NXDOMAIN && outcome != DNS_NODATA;
    }
    return is_unknown ? NAME_UNKNOWN : num_absent > 0 ? NAME_ABSENT : NAME_EMPTY;
}

void questions_look_up(const struct examination *examination, const struct hostname *const *names,
                       size_t num_names, enum name_sight *out_sights)
{
    size_t num = NUM_TYPES * num_names;
    struct doctor_question *questions = num > 0 ? calloc(num, sizeof(*questions)) : NULL;
    for (size_t i = 0; i < num && questions != NULL; i++) {
        question_set(&questions[i], hostname_text(names[i / NUM_TYPES]),
                     types_of_names[i % NUM_TYPES]);
    }
    if (questions != NULL) {
        questions_ask(examination, questions, num);
    }
    for (size_t i = 0; i < num_names; i++) {
        out_sights[i] = questions != NULL ? sight_of(&questions[NUM_TYPES * i]) : NAME_UNKNOWN;
    }
    free(questions);
}
