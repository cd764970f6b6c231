#include "io/dns/dns_again.h"

#include <string.h>

#include "io/base/clock.h"

static void set_timer(struct dns_again *again, int64_t now_ms)
{
    const struct dns_question *first = STAILQ_FIRST(&again->pausing);
    ev_timer_stop(again->loop, &again->timer);
    if (first != NULL) {
        ev_timer_set(&again->timer, (double)(first->rested_ms - now_ms) / 1000., 0.);
        ev_timer_start(again->loop, &again->timer);
    }
}

static bool is_due(const struct dns_question *question, int64_t now_ms)
{
    return question != NULL && question->rested_ms <= now_ms;
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
    struct dns_again *again = timer->data;
    int64_t now_ms = clock_now_ms();
    (void)loop;
    (void)revents;
    while (is_due(STAILQ_FIRST(&again->pausing), now_ms)) {
        again->ask(dns_queue_pop(&again->pausing));
    }
    set_timer(again, now_ms);
}

void dns_again_init(struct dns_again *again, struct ev_loop *loop, unsigned pause_ms,
                    void (*ask)(struct dns_question *question))
{
    *again = (struct dns_again){.loop = loop, .pause_ms = pause_ms, .ask = ask};
    STAILQ_INIT(&again->pausing);
    STAILQ_INIT(&again->late);
    ev_init(&again->timer, on_timer);
    again->timer.data = again;
}

void dns_again_fini(struct dns_again *again)
{
    ev_timer_stop(again->loop, &again->timer);
    STAILQ_INIT(&again->pausing);
    STAILQ_INIT(&again->late);
}

static void forget_tries(struct dns_question *question)
{
    dns_answer_free(question->answer);
    question->answer = NULL;
    question->outcome = DNS_TIMED_OUT;
    question->without_edns = false;
    question->lacked = false;
    memset(question->tries, 0, sizeof(question->tries));
}

/* Signatures that fail to validate do so until somebody mends them, and resolvers remember it. Many
 * name servers never answer for CAA, on which nothing rests. */
static bool may_pass(const struct dns_question *question)
{
    return question->type != DNS_CAA && (question->answer == NULL || !question->answer->bogus);
}

bool dns_again_take(struct dns_again *again, struct dns_question *question)
{
    if (again->pause_ms == 0 || question->is_again || !may_pass(question)) {
        return false;
    }
    int64_t now_ms = clock_now_ms();
    forget_tries(question);
    question->is_again = true;
    question->rested_ms = now_ms + again->pause_ms;
    STAILQ_INSERT_TAIL(&again->pausing, question, queued);
    if (!ev_is_active(&again->timer)) {
        set_timer(again, now_ms);
    }
    return true;
}

void dns_again_put_off(struct dns_again *again, struct dns_question *question)
{
    question->is_again = true;
    question->rested_ms = clock_now_ms() + (int64_t)again->pause_ms * DNS_AGAIN_LATE_PAUSES;
    STAILQ_INSERT_TAIL(&again->late, question, queued);
    again->num_late++;
}

void dns_again_release(struct dns_again *again)
{
    int64_t now_ms = clock_now_ms();
    while (is_due(STAILQ_FIRST(&again->late), now_ms)) {
        again->num_late--;
        again->ask(dns_queue_pop(&again->late));
    }
}

struct dns_question *dns_again_pop(struct dns_again *again)
{
    ev_timer_stop(again->loop, &again->timer);
    struct dns_question *question = dns_queue_pop(&again->pausing);
    if (question == NULL && (question = dns_queue_pop(&again->late)) != NULL) {
        again->num_late--;
    }
    return question;
}
