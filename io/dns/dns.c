/*
 * Questions: each name and type is one `struct dns_question`, from the first dns_ask() for it on
 * until its answer is evicted; whoever asks meanwhile joins it or is told what it holds.
 *
 *     waiting -> asking (<-> resting) -> answered -> evicted
 *     waiting <- failed, or put off (see dns_again.h)
 *
 * Invariants: a question with waiters is never freed. Callbacks are called by on_idle() and
 * dns_free() only, so nobody is called from within dns_ask(). An answer never changes.
 */
#include "io/dns/dns.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/clock.h"
#include "io/base/kept.h"
#include "io/dns/dns_again.h"
#include "io/dns/dns_burst.h"
#include "io/dns/dns_questions.h"
#include "io/dns/dns_upstreams.h"
#include "io/dns/dns_wire.h"

#define DEFAULT_TIMEOUT_MS 3000
#define DEFAULT_TRIES      3
#define DEFAULT_MAX_CACHED (20000 / KEPT_ONE_IN)
#define LONGEST_TIMEOUT_MS 60000
#define MOST_TRIES         16

/* A burst may be partly lost, so the window starts here and grows by one for every answer. */
#define FIRST_WINDOW 64

/*
 * How long a question rests before it goes again to where nothing listened: with the usual three
 * tries long enough for a resolver to be restarted.
 */
#define REST_MS 1000

/*
 * Which questions go first while there are more than may be in flight: those whose answers let
 * connections begin. Those that complete a domain and those that begin one then take turns, so that
 * the first domains of a long list are complete long before the last one has begun, and questions
 * that fail slowly do not keep all others back.
 */
enum purpose { TO_CONNECT, TO_COMPLETE, TO_BEGIN, NUM_PURPOSES };

/* After so many questions that complete a domain, one that begins a domain is asked. A domain needs
 * about seven to be complete: four or five for TXT, and those for CAA of its host and of the names
 * above it. With a smaller number, domains would be begun faster than they are completed. */
#define COMPLETING_EACH 7

struct dns {
    struct ev_loop *loop;
    struct dns_upstreams upstreams;
    unsigned timeout_ms;
    unsigned tries;
    unsigned max_in_flight;
    unsigned max_cached;

    struct dns_questions questions;
    struct dns_queue waiting[NUM_PURPOSES];
    unsigned num_completing;  /* started since the last one that began a domain */
    struct dns_queue resting; /* all rest equally long: the first is due first */
    ev_timer rest_timer;
    unsigned num_asking;
    unsigned window;
    struct dns_burst burst;
    ev_timer burst_timer; /* active while questions wait for nothing but room in it */
    struct dns_again again;
    bool is_stopped;

    struct dns_queue finished;      /* with waiters to be told */
    struct dns_waiter_list orphans; /* to be told without a question */
    ev_idle idle;                   /* active while someone is to be told */

    struct dns_stats stats;
};

static void ask_next_upstream(struct dns_question *question, bool was_unreachable);

/* SERVFAIL and worse are not kept, so that a retry asks anew. */
static bool is_final(enum dns_outcome outcome)
{
    return outcome == DNS_OK || outcome == DNS_NODATA || outcome == DNS_NXDOMAIN;
}

static void schedule_telling(struct dns_question *question)
{
    struct dns *dns = question->dns;
    if (!question->to_be_told) {
        question->to_be_told = true;
        STAILQ_INSERT_TAIL(&dns->finished, question, queued);
    }
    ev_idle_start(dns->loop, &dns->idle);
}

/* It has failed. Its waiters are told, unless it is asked again: then others have its place. */
static void believe_or_ask_again(struct dns_question *question)
{
    struct dns *dns = question->dns;
    dns->stats.failed += question->is_again ? 0 : 1;
    if (dns_again_take(&dns->again, question)) {
        ev_idle_start(dns->loop, &dns->idle);
    } else {
        question->answered = true;
        schedule_telling(question);
    }
}

/* `answer` may be NULL, and is taken over. */
static void finish(struct dns_question *question, enum dns_outcome outcome,
                   struct dns_answer *answer)
{
    struct dns *dns = question->dns;
    if (answer != question->answer) {
        dns_answer_free(question->answer);
    }
    /* Silence where not everyone could be asked is no silence of the DNS's. */
    question->outcome = outcome == DNS_TIMED_OUT && question->lacked ? DNS_SHORTAGE : outcome;
    question->answer = answer;
    int64_t now_ms = clock_now_ms();
    dns->num_asking--;
    dns_burst_note_answered(&dns->burst, question->started_ms, now_ms);
    dns->stats.busy_ms += (uint64_t)(now_ms - question->started_ms);
    if (!is_final(outcome) && !dns_is_our_failure(question->outcome)) {
        believe_or_ask_again(question);
        return;
    }
    if (is_final(outcome)) {
        dns->stats.answered++;
        dns_questions_keep(&dns->questions, question);
    }
    question->answered = true;
    schedule_telling(question);
}

static int telling_rank(enum dns_outcome failure)
{
    switch (failure) {
    case DNS_SERVFAIL:
        return 3;
    case DNS_REFUSED_:
        return 2;
    case DNS_BAD_ANSWER:
        return 1;
    default:
        return 0;
    }
}

/* This resolver will not do better; perhaps another one does. `answer` is taken over. */
static void note_failure(struct dns_question *question, enum dns_outcome failure,
                         struct dns_answer *answer)
{
    bool explains = answer != NULL && answer->bogus && failure == question->outcome;
    if (explains || telling_rank(failure) > telling_rank(question->outcome)) {
        dns_answer_free(question->answer);
        question->outcome = failure;
        question->answer = answer;
    } else {
        dns_answer_free(answer);
    }
    ask_next_upstream(question, false);
}

static void send_question(struct dns_question *question)
{
    struct dns *dns = question->dns;
    struct dns_upstream *upstream = &dns->upstreams.all[question->upstream];
    dns->stats.tries++;
    const struct dns_query query = {
        .name = question->name,
        .type = question->type,
        .unchecked = question->unchecked,
        .edns = !question->without_edns,
    };
    dns_resolver_send(upstream->resolver, &question->attempt, &query);
}

static void rest(struct dns_question *question)
{
    struct dns *dns = question->dns;
    question->rested_ms = clock_now_ms() + REST_MS;
    STAILQ_INSERT_TAIL(&dns->resting, question, queued);
    if (!ev_is_active(&dns->rest_timer)) {
        ev_timer_set(&dns->rest_timer, REST_MS / 1000., 0.);
        ev_timer_start(dns->loop, &dns->rest_timer);
    }
}

/*
 * A resolver that answered, if only to fail, leaves one try to each of the others. The last of
 * several tries does without EDNS: a path may drop what it does not know (RFC 6891 section 6.2.2).
 */
static void ask_next_upstream(struct dns_question *question, bool was_unreachable)
{
    struct dns *dns = question->dns;
    unsigned max_tries = question->outcome == DNS_TIMED_OUT ? dns->tries : 1;
    if (!dns_upstreams_choose(&dns->upstreams, question->tries, max_tries, clock_now_ms(),
                              &question->upstream)) {
        finish(question, question->outcome, question->answer);
        return;
    }
    uint8_t *tries = &question->tries[question->upstream];
    if (was_unreachable && *tries > 0) {
        rest(question);
        return;
    }
    (*tries)++;
    question->without_edns = *tries > 1 && *tries == max_tries;
    send_question(question);
}

static void on_rest_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
    struct dns *dns = timer->data;
    int64_t now_ms = clock_now_ms();
    (void)revents;
    const struct dns_question *first;
    while ((first = STAILQ_FIRST(&dns->resting)) != NULL && first->rested_ms <= now_ms) {
        ask_next_upstream(dns_queue_pop(&dns->resting), false);
    }
    ev_timer_stop(loop, timer); /* rest() may just have started it, for one that is due later */
    if (first != NULL) {
        ev_timer_set(timer, (double)(first->rested_ms - now_ms) / 1000., 0.);
        ev_timer_start(loop, timer);
    }
}

static void on_message(struct dns_question *question, const uint8_t *message, size_t len)
{
    struct dns *dns = question->dns;
    if (dns->window < dns->max_in_flight) {
        dns->window++;
    }
    if (dns_wire_rcode(message, len) == DNS_RCODE_FORMERR && !question->without_edns) {
        question->without_edns = true; /* it may know no EDNS: RFC 6891 section 7 */
        send_question(question);
        return;
    }
    struct dns_answer *answer = dns_answer_parse(message, len, question->name, question->type);
    if (answer == NULL) {
        finish(question, DNS_SHORTAGE, NULL);
    } else if (is_final(answer->outcome)) {
        finish(question, answer->outcome, answer);
    } else {
        note_failure(question, answer->outcome, answer);
    }
}

static void on_silence(struct dns_question *question)
{
    struct dns *dns = question->dns;
    dns_upstreams_note(&dns->upstreams, question->upstream, false, clock_now_ms());
    ask_next_upstream(question, false);
}

static void on_unreachable(struct dns_question *question)
{
    struct dns *dns = question->dns;
    dns_upstreams_note(&dns->upstreams, question->upstream, false, clock_now_ms());
    ask_next_upstream(question, true);
}

static void on_attempt_end(struct dns_attempt *attempt, enum dns_try result, const uint8_t *message,
                           size_t len)
{
    struct dns_question *question =
        (struct dns_question *)((char *)attempt - offsetof(struct dns_question, attempt));
    struct dns *dns = question->dns;
    switch (result) {
    case DNS_TRY_ANSWERED:
        dns_upstreams_note(&dns->upstreams, question->upstream, true, clock_now_ms());
        on_message(question, message, len);
        return;
    case DNS_TRY_TIMED_OUT:
        on_silence(question);
        return;
    case DNS_TRY_UNREACHABLE:
        on_unreachable(question);
        return;
    case DNS_TRY_SHORTAGE:
        question->lacked = true;
        ask_next_upstream(question, true);
        return;
    case DNS_TRY_CANCELLED:
        finish(question, DNS_CANCELLED, NULL);
        return;
    }
}

static enum purpose purpose_of(enum dns_type type)
{
    switch (type) {
    case DNS_A:
    case DNS_AAAA:
    case DNS_TLSA:
        return TO_CONNECT;
    case DNS_TXT:
    case DNS_CAA:
        return TO_COMPLETE;
    default:
        return TO_BEGIN;
    }
}

static bool anyone_waits(const struct dns *dns)
{
    bool waits = false;
    for (enum purpose i = TO_CONNECT; i < NUM_PURPOSES; i++) {
        waits = waits || !STAILQ_EMPTY(&dns->waiting[i]);
    }
    return waits;
}

/* The next one that waits; NULL if none does. */
static struct dns_question *take_waiting(struct dns *dns)
{
    struct dns_question *question = dns_queue_pop(&dns->waiting[TO_CONNECT]);
    if (question != NULL) {
        return question;
    }
    if (dns->num_completing < COMPLETING_EACH &&
        (question = dns_queue_pop(&dns->waiting[TO_COMPLETE])) != NULL) {
        dns->num_completing++;
        return question;
    }
    dns->num_completing = 0;
    question = dns_queue_pop(&dns->waiting[TO_BEGIN]);
    return question != NULL ? question : dns_queue_pop(&dns->waiting[TO_COMPLETE]);
}

static void start(struct dns_question *question, int64_t now_ms)
{
    struct dns *dns = question->dns;
    dns->num_asking++;
    dns->stats.questions++;
    dns_burst_note_sent(&dns->burst, now_ms);
    question->started_ms = now_ms;
    question->attempt.on_end = on_attempt_end;
    ask_next_upstream(question, false);
}

static void wait_for_room(struct dns *dns)
{
    if (!ev_is_active(&dns->burst_timer)) {
        ev_timer_set(&dns->burst_timer, DNS_BURST_SLOT_MS / 1000., 0.);
        ev_timer_start(dns->loop, &dns->burst_timer);
    }
}

static void fill_window(struct dns *dns)
{
    while (dns->num_asking < dns->window && anyone_waits(dns)) {
        int64_t now_ms = clock_now_ms();
        if (!dns_burst_has_room(&dns->burst, now_ms)) {
            wait_for_room(dns);
            return;
        }
        start(take_waiting(dns), now_ms);
    }
}

static void ask_again(struct dns_question *question)
{
    STAILQ_INSERT_TAIL(&question->dns->waiting[purpose_of(question->type)], question, queued);
    fill_window(question->dns);
}

static void on_burst_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
    (void)loop;
    (void)revents;
    fill_window(timer->data);
}

/* The callback may use its waiter again. */
static void tell_waiters(struct dns_waiter_list *waiters, const struct dns_answer *answer)
{
    struct dns_waiter *waiter;
    while ((waiter = STAILQ_FIRST(waiters)) != NULL) {
        STAILQ_REMOVE_HEAD(waiters, link);
        waiter->callback(waiter->user, answer);
    }
}

/* Whoever asks while this goes on is told in the next round, or asks anew what is not kept. */
static void tell(struct dns_question *question)
{
    struct dns *dns = question->dns;
    struct dns_answer failure = {.outcome = question->outcome, .canonical = question->name};
    struct dns_waiter_list waiters = STAILQ_HEAD_INITIALIZER(waiters);
    bool kept = is_final(question->outcome);
    STAILQ_CONCAT(&waiters, &question->waiters);
    question->to_be_told = false;
    if (!kept) {
        dns_questions_remove(&dns->questions, question);
    }
    tell_waiters(&waiters, question->answer != NULL ? question->answer : &failure);
    if (!kept) {
        dns_question_free(question);
    } else if (question->answer != NULL) {
        question->answer->is_kept = true;
    }
}

static void tell_orphans(struct dns *dns)
{
    struct dns_waiter_list orphans = STAILQ_HEAD_INITIALIZER(orphans);
    struct dns_waiter *waiter;
    STAILQ_CONCAT(&orphans, &dns->orphans);
    while ((waiter = STAILQ_FIRST(&orphans)) != NULL) {
        const struct dns_answer answer = {.outcome = waiter->outcome, .canonical = ""};
        STAILQ_REMOVE_HEAD(&orphans, link);
        waiter->callback(waiter->user, &answer);
    }
}

static void on_idle(struct ev_loop *loop, ev_idle *idle, int revents)
{
    struct dns *dns = idle->data;
    struct dns_queue finished = STAILQ_HEAD_INITIALIZER(finished);
    struct dns_question *question;
    (void)revents;
    STAILQ_CONCAT(&finished, &dns->finished);
    tell_orphans(dns);
    while ((question = dns_queue_pop(&finished)) != NULL) {
        tell(question);
    }
    dns_questions_trim(&dns->questions, dns->max_cached);
    fill_window(dns);
    if (STAILQ_EMPTY(&dns->finished) && STAILQ_EMPTY(&dns->orphans)) {
        ev_idle_stop(loop, idle);
    }
}

static void tell_later(struct dns *dns, struct dns_waiter *waiter, enum dns_outcome outcome)
{
    waiter->outcome = outcome;
    STAILQ_INSERT_TAIL(&dns->orphans, waiter, link);
    ev_idle_start(dns->loop, &dns->idle);
}

enum asking { ASKING_NOW, ASKING_LATE, ASKING_UNCHECKED };

/* The question that is already there, or a new one in a queue; NULL on lack of memory. */
static struct dns_question *find_or_queue(struct dns *dns, const char *name, enum dns_type type,
                                          enum asking how)
{
    const bool unchecked = how == ASKING_UNCHECKED;
    struct dns_question *question = dns_questions_find(&dns->questions, name, type, unchecked);
    if (question != NULL) {
        dns->stats.from_cache++;
        return question;
    }
    question = dns_questions_add(&dns->questions, name, type, unchecked);
    if (question != NULL) {
        question->dns = dns;
        question->is_again = unchecked;
        if (how == ASKING_LATE) {
            dns_again_put_off(&dns->again, question);
        } else {
            STAILQ_INSERT_TAIL(&dns->waiting[purpose_of(type)], question, queued);
        }
    }
    return question;
}

/* RFC 7686 section 2: names of hidden services must not leak into the DNS. */
static bool is_onion(const char *name)
{
    static const char onion[] = "onion";
    size_t len = strlen(name), tail = sizeof(onion) - 1;
    return len >= tail && strcmp(name + len - tail, onion) == 0 &&
           (len == tail || name[len - tail - 1] == '.');
}

static void ask(struct dns *dns, struct dns_waiter *waiter, const char *name, enum dns_type type,
                enum asking how)
{
    char folded[DNS_NAME_MAX];
    dns->stats.asked++;
    if (dns->is_stopped) {
        tell_later(dns, waiter, DNS_CANCELLED);
        return;
    }
    if (!dns_name_fold(name, folded) || is_onion(folded)) {
        tell_later(dns, waiter, DNS_NXDOMAIN);
        return;
    }
    struct dns_question *question = find_or_queue(dns, folded, type, how);
    if (question == NULL) {
        tell_later(dns, waiter, DNS_SHORTAGE);
        return;
    }
    STAILQ_INSERT_TAIL(&question->waiters, waiter, link);
    if (question->answered) {
        schedule_telling(question);
    }
    fill_window(dns);
}

void dns_ask(struct dns *dns, struct dns_waiter *waiter, const char *name, enum dns_type type,
             dns_callback callback, void *user)
{
    waiter->callback = callback;
    waiter->user = user;
    ask(dns, waiter, name, type, ASKING_NOW);
}

void dns_ask_unchecked(struct dns *dns, struct dns_waiter *waiter, const char *name,
                       enum dns_type type, dns_callback callback, void *user)
{
    waiter->callback = callback;
    waiter->user = user;
    ask(dns, waiter, name, type, ASKING_UNCHECKED);
}

void dns_put_off(struct dns *dns, struct dns_waiter *waiter, const char *name, enum dns_type type,
                 dns_callback callback, void *user)
{
    waiter->callback = callback;
    waiter->user = user;
    ask(dns, waiter, name, type, ASKING_LATE);
}

void dns_ask_late_now(struct dns *dns)
{
    dns_again_release(&dns->again);
}

unsigned dns_num_asking(const struct dns *dns)
{
    return dns->num_asking;
}

size_t dns_num_put_off(const struct dns *dns)
{
    return dns->again.num_late;
}

/* Of a question that is not under way. */
static void cancel_later(struct dns_question *question)
{
    question->outcome = DNS_CANCELLED;
    question->answered = true;
    schedule_telling(question);
}

void dns_stop(struct dns *dns)
{
    struct dns_question *question;
    dns->is_stopped = true;
    while ((question = take_waiting(dns)) != NULL) {
        cancel_later(question);
    }
    while ((question = dns_again_pop(&dns->again)) != NULL) {
        cancel_later(question);
    }
    while ((question = dns_queue_pop(&dns->resting)) != NULL) {
        finish(question, DNS_CANCELLED, NULL);
    }
    dns_upstreams_cancel_all(&dns->upstreams);
}

static unsigned option(unsigned given, unsigned otherwise, unsigned most)
{
    unsigned value = given == 0 ? otherwise : given;
    return value < most ? value : most;
}

static bool dns_init(struct dns *dns, struct ev_loop *loop, const struct dns_options *options)
{
    dns->loop = loop;
    dns->timeout_ms = option(options->timeout_ms, DEFAULT_TIMEOUT_MS, LONGEST_TIMEOUT_MS);
    dns->tries = option(options->tries, DEFAULT_TRIES, MOST_TRIES);
    dns->max_in_flight = option(options->max_in_flight, DNS_MAX_IN_FLIGHT, UINT_MAX);
    dns->max_cached = option(options->max_cached, DEFAULT_MAX_CACHED, UINT_MAX);
    dns->window = option(FIRST_WINDOW, FIRST_WINDOW, dns->max_in_flight);
    dns_questions_init(&dns->questions);
    for (size_t i = 0; i < NUM_PURPOSES; i++) {
        STAILQ_INIT(&dns->waiting[i]);
    }
    STAILQ_INIT(&dns->resting);
    STAILQ_INIT(&dns->finished);
    STAILQ_INIT(&dns->orphans);
    ev_init(&dns->idle, on_idle);
    ev_set_priority(&dns->idle, EV_MAXPRI); /* nothing pending may hold it back */
    dns->idle.data = dns;
    dns_burst_init(&dns->burst, option(options->max_unread, DNS_MAX_UNREAD, UINT_MAX),
                   clock_now_ms());
    ev_init(&dns->burst_timer, on_burst_timer);
    dns->burst_timer.data = dns;
    ev_init(&dns->rest_timer, on_rest_timer);
    dns->rest_timer.data = dns;
    dns_again_init(&dns->again, loop, options->again_ms, ask_again);
    return dns_upstreams_init(&dns->upstreams, loop, options->servers, dns->timeout_ms);
}

struct dns *dns_new(struct ev_loop *loop, const struct dns_options *options)
{
    struct dns *dns = calloc(1, sizeof(*dns));
    if (dns == NULL) {
        return NULL;
    }
    if (!dns_init(dns, loop, options)) {
        dns_free(dns);
        return NULL;
    }
    return dns;
}

static void cancel(struct dns_question *question)
{
    struct dns_answer cancelled = {.outcome = DNS_CANCELLED, .canonical = question->name};
    tell_waiters(&question->waiters, &cancelled);
    dns_question_free(question);
}

static void cancel_all(struct dns *dns)
{
    struct dns_question *question;
    STAILQ_INIT(&dns->finished);
    STAILQ_INIT(&dns->resting);
    while ((question = take_waiting(dns)) != NULL) {
        dns_questions_remove(&dns->questions, question);
        cancel(question);
    }
    while ((question = dns_questions_take_any(&dns->questions)) != NULL) {
        cancel(question);
    }
    struct dns_waiter *orphan;
    STAILQ_FOREACH(orphan, &dns->orphans, link)
    {
        orphan->outcome = DNS_CANCELLED;
    }
    tell_orphans(dns);
}

void dns_free(struct dns *dns)
{
    if (dns == NULL) {
        return;
    }
    dns_upstreams_fini(&dns->upstreams);
    cancel_all(dns);
    ev_idle_stop(dns->loop, &dns->idle);
    ev_timer_stop(dns->loop, &dns->rest_timer);
    ev_timer_stop(dns->loop, &dns->burst_timer);
    dns_again_fini(&dns->again);
    dns_questions_fini(&dns->questions);
    free(dns);
}

const struct dns_stats *dns_stats(const struct dns *dns)
{
    return &dns->stats;
}
