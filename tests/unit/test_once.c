/* What every kind of work that is done once relies on, tested with a kind made for the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/base/loop.h"
#include "io/base/counter.h"
#include "scanner/engine/once.h"
#include "tests/unit/failing_allocator.h"

#define KEPT_MAX 3

/* ---- A kind: work under a name, whose answer is a number ---- */

struct world {
    struct once once; /* first */
    struct ev_loop *loop;
    struct table_seed seed;
    bool finishes_at_once;
    unsigned num_started, num_resumed, num_ended, num_freed, num_dropped;
    char told[256]; /* the labels of those who were told, in that order */
};

struct job {
    struct once_entry entry; /* first */
    char *name;
    int answer;
};

struct job_work {
    struct once_work work; /* first */
    char *scratch;
};

struct asker {
    struct once_waiter waiter; /* first */
    struct world *world;
    const char *label;
    unsigned num_told;
    bool is_first;
    bool has_answer;
    int answer;
    struct once_entry *entry; /* with an answer */
    void (*then)(struct asker *asker);
};

static struct world *world_of(const struct once_entry *entry)
{
    return (struct world *)entry->once;
}

/* All keys of a length fall on one hash. */
static uint64_t job_hash(const struct table_seed *seed, const void *key)
{
    (void)seed;
    return strlen(key);
}

static bool job_equal(const struct once_entry *entry, const void *key)
{
    return strcmp(((const struct job *)entry)->name, key) == 0;
}

static bool job_init(struct once_entry *entry, const void *key)
{
    struct job *job = (struct job *)entry;
    job->name = strdup(key);
    if (entry->work != NULL) {
        struct job_work *work = (struct job_work *)entry->work;
        work->scratch = malloc(16);
        return job->name != NULL && work->scratch != NULL;
    }
    return job->name != NULL;
}

static void job_start(struct once_entry *entry)
{
    world_of(entry)->num_started++;
    assert_int_equal(entry->state, ONCE_WORKING);
    if (world_of(entry)->finishes_at_once) {
        ((struct job *)entry)->answer = 1;
        once_finish(entry);
    }
}

static void job_resume(struct once_entry *entry)
{
    world_of(entry)->num_resumed++;
    assert_int_equal(entry->state, ONCE_WORKING);
    ((struct job *)entry)->answer = 2;
    once_finish(entry);
}

static void job_stop(struct once_entry *entry)
{
    if (entry->state == ONCE_WAITING) {
        once_give_up(entry, ONCE_STOPPED);
    }
}

static void job_end(struct once_entry *entry)
{
    world_of(entry)->num_ended++;
    free(((struct job_work *)entry->work)->scratch);
}

static void job_free(struct once_entry *entry)
{
    world_of(entry)->num_freed++;
    free(((struct job *)entry)->name);
}

static void job_copy_answer(struct once_entry *entry, struct once_waiter *waiter, bool is_first)
{
    struct asker *asker = (struct asker *)waiter;
    asker->has_answer = true;
    asker->entry = entry;
    asker->answer = ((const struct job *)entry)->answer;
    asker->is_first = is_first;
}

static unsigned job_spares(const struct once_entry *entry)
{
    return (unsigned)((const struct job *)entry)->answer;
}

static const struct once_kind job_kind = {
    .size = sizeof(struct job),
    .work_size = sizeof(struct job_work),
    .hash = job_hash,
    .equal = job_equal,
    .init = job_init,
    .start = job_start,
    .resume = job_resume,
    .stop = job_stop,
    .end = job_end,
    .free = job_free,
    .copy_answer = job_copy_answer,
    .spares = job_spares,
};

/* ---- The world and those who ask ---- */

static void world_init_kind(struct world *world, const struct once_kind *kind)
{
    memset(world, 0, sizeof(*world));
    world->loop = loop_new();
    once_init(&world->once, kind, NULL, world->loop, &world->seed, KEPT_MAX);
}

static void world_init(struct world *world)
{
    world_init_kind(world, &job_kind);
}

static void world_fini(struct world *world)
{
    once_fini(&world->once);
    loop_free(world->loop);
}

static void on_ready(struct once_waiter *waiter)
{
    struct asker *asker = (struct asker *)waiter;
    char *told = asker->world->told;
    assert_int_equal(waiter->is_given_up, !asker->has_answer);
    asker->num_told++;
    (void)snprintf(told + strlen(told), sizeof(asker->world->told) - strlen(told), "%s",
                   asker->label);
    if (asker->then != NULL) {
        asker->then(asker);
    }
}

static void ask(struct world *world, struct asker *asker, const char *label, const char *key)
{
    asker->waiter.ready = on_ready;
    asker->world = world;
    asker->label = label;
    once_ask(&world->once, key, &asker->waiter);
}

static struct once_entry *busy(struct world *world, const char *name)
{
    struct once_entry *entry;
    TAILQ_FOREACH(entry, &world->once.busy, link)
    {
        if (strcmp(((struct job *)entry)->name, name) == 0) {
            return entry;
        }
    }
    return NULL;
}

static void finish(struct world *world, const char *name, int answer)
{
    struct once_entry *entry = busy(world, name);
    assert_non_null(entry);
    ((struct job *)entry)->answer = answer;
    once_finish(entry);
}

static void assert_answered(const struct asker *asker, int answer)
{
    assert_int_equal(asker->num_told, 1);
    assert_true(asker->has_answer);
    assert_int_equal(asker->answer, answer);
}

static void assert_refused(const struct asker *asker, enum once_failure why)
{
    assert_int_equal(asker->num_told, 1);
    assert_false(asker->has_answer);
    assert_int_equal(asker->waiter.failure, why);
}

/* Asks and answers at once. */
static void do_at_once(struct world *world, const char *name)
{
    struct asker asker = {0};
    ask(world, &asker, "", name);
    if (asker.num_told == 0) {
        finish(world, name, 7);
    }
    assert_answered(&asker, 7);
}

/* ---- Once ---- */

static void however_many_ask_the_work_begins_once(void **state)
{
    (void)state;
    struct world world;
    struct asker askers[3] = {0};
    world_init(&world);
    for (size_t i = 0; i < 3; i++) {
        ask(&world, &askers[i], "x", "a");
        assert_int_equal(askers[i].num_told, 0);
    }
    assert_int_equal(world.num_started, 1);
    assert_int_equal(world.once.num_busy, 1);
    finish(&world, "a", 5);
    for (size_t i = 0; i < 3; i++) {
        assert_answered(&askers[i], 5);
        assert_int_equal(askers[i].is_first, i == 0);
    }
    assert_int_equal(world.num_ended, 1);
    assert_int_equal(counter_read(&world.once.spared), 2 * 5);
    world_fini(&world);
}

static void they_are_told_in_the_order_of_asking(void **state)
{
    (void)state;
    struct world world;
    struct asker askers[4] = {0};
    world_init(&world);
    ask(&world, &askers[0], "1", "a");
    ask(&world, &askers[1], "2", "a");
    ask(&world, &askers[2], "3", "a");
    ask(&world, &askers[3], "4", "a");
    finish(&world, "a", 5);
    assert_string_equal(world.told, "1234");
    world_fini(&world);
}

static void a_late_asker_is_told_what_was_kept(void **state)
{
    (void)state;
    struct world world;
    struct asker early = {0}, late = {0};
    world_init(&world);
    ask(&world, &early, "1", "a");
    finish(&world, "a", 5);
    ask(&world, &late, "2", "a");
    assert_answered(&late, 5);
    assert_false(late.is_first);
    assert_int_equal(world.num_started, 1);
    assert_int_equal(counter_read(&world.once.spared), 5);
    world_fini(&world);
}

static void keys_of_one_hash_are_told_apart(void **state)
{
    (void)state;
    struct world world;
    struct asker a = {0}, b = {0};
    world_init(&world);
    ask(&world, &a, "a", "a");
    ask(&world, &b, "b", "b");
    assert_int_equal(world.num_started, 2);
    finish(&world, "b", 2);
    assert_int_equal(a.num_told, 0);
    finish(&world, "a", 1);
    assert_answered(&a, 1);
    assert_answered(&b, 2);
    world_fini(&world);
}

static void an_answer_may_come_at_once(void **state)
{
    (void)state;
    struct world world;
    struct asker asker = {0};
    world_init(&world);
    world.finishes_at_once = true;
    ask(&world, &asker, "1", "a");
    assert_answered(&asker, 1);
    assert_true(asker.is_first);
    assert_int_equal(world.once.num_busy, 0);
    assert_int_equal(world.once.num_kept, 1);
    world_fini(&world);
}

static void ask_again(struct asker *asker)
{
    static struct asker second; /* outlives the first */
    memset(&second, 0, sizeof(second));
    ask(asker->world, &second, "again", "a");
    assert_answered(&second, 5);
    for (size_t i = 0; i < 2 * KEPT_MAX; i++) {
        const char name[] = {(char)('p' + i), '\0'};
        do_at_once(asker->world, name);
    }
    assert_true(once_is_known(&asker->world->once, "a"));
    free(asker);
}

static void a_waiter_may_ask_go_and_make_others_be_forgotten(void **state)
{
    (void)state;
    struct world world;
    struct asker *first = calloc(1, sizeof(*first));
    struct asker second = {0};
    assert_non_null(first);
    world_init(&world);
    first->then = ask_again;
    ask(&world, first, "first", "a");
    ask(&world, &second, "second", "a");
    finish(&world, "a", 5);
    assert_answered(&second, 5);
    assert_string_equal(world.told, "firstagainsecond");
    world_fini(&world);
}

/* ---- What is kept ---- */

static void of_more_than_are_kept_the_least_recently_asked_for_goes(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    do_at_once(&world, "a");
    do_at_once(&world, "b");
    do_at_once(&world, "c");
    do_at_once(&world, "a");
    assert_int_equal(world.num_freed, 0);
    do_at_once(&world, "d");
    assert_int_equal(world.num_freed, 1);
    assert_false(once_is_known(&world.once, "b"));
    assert_true(once_is_known(&world.once, "a"));
    assert_true(once_is_known(&world.once, "c"));
    assert_true(once_is_known(&world.once, "d"));
    do_at_once(&world, "b");
    assert_int_equal(world.num_started, 5);
    assert_false(once_is_known(&world.once, "c"));
    assert_int_equal(world.once.num_kept, KEPT_MAX);
    world_fini(&world);
}

static void work_that_is_not_done_is_never_forgotten(void **state)
{
    (void)state;
    struct world world;
    struct asker asker = {0};
    world_init(&world);
    ask(&world, &asker, "1", "long");
    for (size_t i = 0; i < 2 * KEPT_MAX; i++) {
        const char name[] = {(char)('p' + i), '\0'};
        do_at_once(&world, name);
    }
    assert_int_equal(world.once.num_busy, 1);
    finish(&world, "long", 5);
    assert_answered(&asker, 5);
    world_fini(&world);
}

static void what_is_held_stays_until_it_is_released_as_often(void **state)
{
    (void)state;
    struct world world;
    struct asker asker = {0};
    world_init(&world);
    ask(&world, &asker, "1", "a");
    finish(&world, "a", 5);
    struct once_entry *entry = asker.entry;
    once_hold(entry);
    once_hold(entry);
    for (size_t i = 0; i < 2 * KEPT_MAX; i++) {
        const char name[] = {(char)('p' + i), '\0'};
        do_at_once(&world, name);
    }
    assert_true(once_is_known(&world.once, "a"));
    once_release(entry);
    assert_int_equal(world.once.num_kept, KEPT_MAX);
    assert_true(once_is_known(&world.once, "a"));
    once_release(entry); /* it is now the one kept last */
    assert_int_equal(world.once.num_kept, KEPT_MAX);
    do_at_once(&world, "b");
    do_at_once(&world, "c");
    assert_true(once_is_known(&world.once, "a"));
    do_at_once(&world, "d");
    assert_false(once_is_known(&world.once, "a"));
    world_fini(&world);
}

static void a_preloaded_answer_needs_no_work(void **state)
{
    (void)state;
    struct world world;
    struct asker asker = {0};
    world_init(&world);
    struct once_entry *entry = once_preload(&world.once, "a");
    assert_non_null(entry);
    ((struct job *)entry)->answer = 4;
    assert_ptr_equal(once_preload(&world.once, "a"), entry);
    ask(&world, &asker, "1", "a");
    assert_answered(&asker, 4);
    assert_int_equal(world.num_started, 0);
    assert_int_equal(counter_read(&world.once.spared), 4);
    world_fini(&world);
}

/* ---- Waiting ---- */

static void work_that_pauses_is_resumed(void **state)
{
    (void)state;
    struct world world;
    struct asker asker = {0};
    world_init(&world);
    ask(&world, &asker, "1", "a");
    once_pause(busy(&world, "a"), 0.);
    assert_int_equal(busy(&world, "a")->state, ONCE_WAITING);
    ev_run(world.loop, 0);
    assert_int_equal(world.num_resumed, 1);
    assert_answered(&asker, 2);
    world_fini(&world);
}

static void a_pause_that_is_ended_early_resumes_nothing(void **state)
{
    (void)state;
    struct world world;
    struct asker asker = {0};
    world_init(&world);
    ask(&world, &asker, "1", "a");
    once_pause(busy(&world, "a"), 0.);
    once_end_pause(busy(&world, "a"));
    assert_int_equal(busy(&world, "a")->state, ONCE_WORKING);
    ev_run(world.loop, 0);
    assert_int_equal(world.num_resumed, 0);
    once_end_pause(busy(&world, "a")); /* it pauses no more */
    finish(&world, "a", 5);
    assert_answered(&asker, 5);
    world_fini(&world);
}

static void work_that_is_given_up_while_it_pauses_is_not_resumed(void **state)
{
    (void)state;
    struct world world;
    struct asker asker = {0};
    world_init(&world);
    ask(&world, &asker, "1", "a");
    once_pause(busy(&world, "a"), 0.);
    once_give_up(busy(&world, "a"), ONCE_NO_MEMORY);
    ev_run(world.loop, 0);
    assert_int_equal(world.num_resumed, 0);
    assert_refused(&asker, ONCE_NO_MEMORY);
    world_fini(&world);
}

/* ---- No answer ---- */

static void what_is_given_up_is_told_to_all_and_not_kept(void **state)
{
    (void)state;
    struct world world;
    struct asker askers[2] = {0}, late = {0};
    world_init(&world);
    ask(&world, &askers[0], "1", "a");
    ask(&world, &askers[1], "2", "a");
    once_give_up(busy(&world, "a"), ONCE_NO_MEMORY);
    assert_refused(&askers[0], ONCE_NO_MEMORY);
    assert_refused(&askers[1], ONCE_NO_MEMORY);
    assert_string_equal(world.told, "12");
    assert_int_equal(world.num_ended, 1);
    assert_int_equal(world.num_freed, 1);
    assert_int_equal(world.once.num_busy, 0);
    assert_int_equal(counter_read(&world.once.spared), 0);
    ask(&world, &late, "3", "a");
    assert_int_equal(world.num_started, 2);
    finish(&world, "a", 5);
    assert_answered(&late, 5);
    world_fini(&world);
}

static void a_stop_gives_up_what_waits_and_lets_work_end(void **state)
{
    (void)state;
    struct world world;
    struct asker working = {0}, waiting = {0}, joins = {0}, late = {0}, kept = {0};
    world_init(&world);
    do_at_once(&world, "done");
    ask(&world, &waiting, "waiting", "waiting");
    ask(&world, &working, "working", "working");
    once_pause(busy(&world, "waiting"), 60.);
    once_stop(&world.once);
    assert_refused(&waiting, ONCE_STOPPED);
    assert_int_equal(working.num_told, 0);
    ask(&world, &late, "late", "new");
    assert_refused(&late, ONCE_STOPPED);
    ask(&world, &kept, "kept", "done");
    assert_answered(&kept, 7);
    ask(&world, &joins, "joins", "working");
    finish(&world, "working", 5);
    assert_answered(&working, 5);
    assert_answered(&joins, 5);
    once_stop(&world.once);
    world_fini(&world);
}

static void a_kind_may_begin_after_the_stop(void **state)
{
    (void)state;
    struct once_kind kind = job_kind;
    struct world world;
    struct asker asker = {0};
    kind.begins_after_stop = true;
    kind.stop = NULL;
    world_init_kind(&world, &kind);
    struct asker early = {0};
    ask(&world, &early, "early", "early");
    once_pause(busy(&world, "early"), 60.);
    once_stop(&world.once);
    assert_int_equal(early.num_told, 0);
    ask(&world, &asker, "1", "a");
    finish(&world, "a", 5);
    assert_answered(&asker, 5);
    finish(&world, "early", 6);
    assert_answered(&early, 6);
    world_fini(&world);
}

static void finish_b(struct asker *asker)
{
    finish(asker->world, "b", 5);
}

static void an_answer_during_the_stop_may_end_other_work(void **state)
{
    (void)state;
    struct world world;
    struct asker a = {.then = finish_b}, b = {0}, c = {0};
    world_init(&world);
    ask(&world, &a, "a", "a");
    ask(&world, &b, "b", "b");
    ask(&world, &c, "c", "c");
    once_pause(busy(&world, "a"), 60.);
    once_pause(busy(&world, "b"), 60.);
    once_pause(busy(&world, "c"), 60.);
    once_stop(&world.once);
    assert_refused(&a, ONCE_STOPPED);
    assert_answered(&b, 5);
    assert_refused(&c, ONCE_STOPPED);
    assert_int_equal(world.once.num_busy, 0);
    world_fini(&world);
}

static void at_the_end_nobody_is_told(void **state)
{
    (void)state;
    struct world world;
    struct asker *gone = calloc(1, sizeof(*gone));
    struct asker pausing = {0};
    assert_non_null(gone);
    world_init(&world);
    do_at_once(&world, "done");
    ask(&world, gone, "gone", "a");
    ask(&world, &pausing, "pausing", "b");
    once_pause(busy(&world, "b"), 0.);
    free(gone); /* an asker may be freed before what it waits for */
    once_fini(&world.once);
    ev_run(world.loop, 0);
    assert_int_equal(pausing.num_told, 0);
    assert_int_equal(world.num_freed, 3);
    assert_int_equal(world.num_ended, 3);
    loop_free(world.loop);
}

/* ---- Through a mailbox ---- */

struct letter {
    struct once_request request; /* first */
    const char *key;
    struct thread *from;
    unsigned num_done;
    bool has_answer;
    int answer;
};

/* What a thread has, without the thread: its loop is run by hand. */
struct thread {
    struct ev_loop *loop;
    struct mailbox mailbox;
    char done[64];
};

static const struct letter *letter_of(const struct once_waiter *waiter)
{
    return (const struct letter *)((const char *)waiter - offsetof(struct once_request, waiter));
}

static uint64_t letter_hash(const struct table_seed *seed, const void *key)
{
    return job_hash(seed, ((const struct letter *)key)->key);
}

static bool letter_equal(const struct once_entry *entry, const void *key)
{
    return job_equal(entry, ((const struct letter *)key)->key);
}

static bool letter_init(struct once_entry *entry, const void *key)
{
    return job_init(entry, ((const struct letter *)key)->key);
}

static void letter_copy_answer(struct once_entry *entry, struct once_waiter *waiter, bool is_first)
{
    (void)is_first;
    struct letter *letter = (struct letter *)letter_of(waiter);
    letter->has_answer = true;
    letter->answer = ((const struct job *)entry)->answer;
}

static void letter_drop(struct once_waiter *waiter)
{
    free((struct letter *)letter_of(waiter));
}

static struct once_kind letter_kind(void)
{
    struct once_kind kind = job_kind;
    kind.hash = letter_hash;
    kind.equal = letter_equal;
    kind.init = letter_init;
    kind.copy_answer = letter_copy_answer;
    kind.drop = letter_drop;
    return kind;
}

static void thread_init(struct thread *thread)
{
    memset(thread, 0, sizeof(*thread));
    thread->loop = loop_new();
    mailbox_init(&thread->mailbox, thread->loop, thread);
}

static void thread_fini(struct thread *thread)
{
    mailbox_fini(&thread->mailbox);
    loop_free(thread->loop);
}

static void on_done(struct once_request *request)
{
    struct letter *letter = (struct letter *)request;
    assert_int_equal(request->waiter.is_given_up, !letter->has_answer);
    letter->num_done++;
    strncat(letter->from->done, letter->key, sizeof(letter->from->done) - 1);
}

static void post(struct letter *letter, const char *key, struct thread *from, struct thread *owner,
                 struct world *world)
{
    letter->key = key;
    letter->from = from;
    letter->request.done = on_done;
    once_post(&letter->request, &owner->mailbox, &world->once, &from->mailbox);
}

static void a_request_is_answered_on_the_thread_of_the_asker(void **state)
{
    (void)state;
    const struct once_kind kind = letter_kind();
    struct world world;
    struct thread owner, asker, other;
    struct letter letters[4] = {0};
    world_init_kind(&world, &kind);
    thread_init(&owner);
    thread_init(&asker);
    thread_init(&other);
    post(&letters[0], "a", &asker, &owner, &world);
    post(&letters[1], "b", &asker, &owner, &world);
    post(&letters[2], "a", &other, &owner, &world);
    assert_int_equal(world.num_started, 0);
    ev_run(owner.loop, EVRUN_NOWAIT);
    assert_int_equal(world.num_started, 2);
    finish(&world, "b", 2);
    finish(&world, "a", 1);
    assert_int_equal(letters[0].num_done, 0);
    ev_run(asker.loop, EVRUN_NOWAIT);
    assert_string_equal(asker.done, "ba");
    assert_string_equal(other.done, "");
    ev_run(other.loop, EVRUN_NOWAIT);
    assert_string_equal(other.done, "a");
    post(&letters[3], "a", &owner, &owner, &world); /* kept, and asked for by its own thread */
    ev_run(owner.loop, EVRUN_NOWAIT);
    ev_run(owner.loop, EVRUN_NOWAIT);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(letters[i].num_done, 1);
        assert_true(letters[i].has_answer);
        assert_int_equal(letters[i].answer, strcmp(letters[i].key, "a") == 0 ? 1 : 2);
    }
    thread_fini(&owner);
    thread_fini(&asker);
    thread_fini(&other);
    world_fini(&world);
}

static void a_request_that_is_refused_comes_back(void **state)
{
    (void)state;
    const struct once_kind kind = letter_kind();
    struct world world;
    struct thread owner, asker;
    struct letter letter = {0};
    world_init_kind(&world, &kind);
    thread_init(&owner);
    thread_init(&asker);
    once_stop(&world.once);
    post(&letter, "a", &asker, &owner, &world);
    ev_run(owner.loop, EVRUN_NOWAIT);
    ev_run(asker.loop, EVRUN_NOWAIT);
    assert_int_equal(letter.num_done, 1);
    assert_false(letter.has_answer);
    assert_int_equal(letter.request.waiter.failure, ONCE_STOPPED);
    thread_fini(&owner);
    thread_fini(&asker);
    world_fini(&world);
}

/* The sanitizer's build finds what was not freed. */
static void a_request_that_waits_at_the_end_is_freed(void **state)
{
    (void)state;
    const struct once_kind kind = letter_kind();
    struct world world;
    struct thread owner, asker;
    struct letter *letters[2];
    world_init_kind(&world, &kind);
    thread_init(&owner);
    thread_init(&asker);
    for (size_t i = 0; i < 2; i++) {
        letters[i] = calloc(1, sizeof(*letters[i]));
        assert_non_null(letters[i]);
        post(letters[i], "a", &asker, &owner, &world);
    }
    ev_run(owner.loop, EVRUN_NOWAIT);
    thread_fini(&owner);
    thread_fini(&asker);
    world_fini(&world);
    assert_int_equal(world.num_freed, 1);
}

/* ---- Without memory ---- */

/* Three keys asked for by two askers each, one of which is preloaded if there is memory. */
static void ask_without_memory(unsigned long first, unsigned long num, unsigned long *out_failed)
{
    static const char *const keys[] = {"a", "b", "c"};
    struct world world;
    struct asker askers[6] = {0}, later[3] = {0};
    world_init(&world);
    fail_allocations(first, num);
    (void)once_preload(&world.once, "c");
    for (size_t i = 0; i < 6; i++) {
        ask(&world, &askers[i], "x", keys[i % 3]);
    }
    *out_failed = end_failing();
    while (!TAILQ_EMPTY(&world.once.busy)) {
        once_finish(TAILQ_FIRST(&world.once.busy));
    }
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(askers[i].num_told, 1);
        assert_true(askers[i].has_answer || askers[i].waiter.failure == ONCE_NO_MEMORY);
    }
    for (size_t i = 0; i < 3; i++) {
        ask(&world, &later[i], "x", keys[i]);
        if (later[i].num_told == 0) {
            assert_false(askers[i].has_answer || askers[i + 3].has_answer);
            finish(&world, keys[i], 5);
        }
        assert_true(later[i].has_answer);
        assert_int_equal(later[i].num_told, 1);
    }
    world_fini(&world);
    /* Nothing is left, and nothing was freed that was not made. */
    assert_int_equal(world.once.num_busy, 0);
}

static void everyone_is_told_whichever_allocation_fails(void **state)
{
    (void)state;
    unsigned long failed = 1;
    unsigned long num_tried = 0;
    for (; failed > 0; num_tried++) {
        ask_without_memory(num_tried, 1, &failed);
    }
    assert_in_range(num_tried, 8, 100); /* entry, work, name, scratch: of two keys at least */
    for (unsigned long first = 0; first < num_tried; first++) {
        ask_without_memory(first, 1000, &failed); /* from there on none is left */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(however_many_ask_the_work_begins_once),
        cmocka_unit_test(they_are_told_in_the_order_of_asking),
        cmocka_unit_test(a_late_asker_is_told_what_was_kept),
        cmocka_unit_test(keys_of_one_hash_are_told_apart),
        cmocka_unit_test(an_answer_may_come_at_once),
        cmocka_unit_test(a_waiter_may_ask_go_and_make_others_be_forgotten),
        cmocka_unit_test(of_more_than_are_kept_the_least_recently_asked_for_goes),
        cmocka_unit_test(work_that_is_not_done_is_never_forgotten),
        cmocka_unit_test(what_is_held_stays_until_it_is_released_as_often),
        cmocka_unit_test(a_preloaded_answer_needs_no_work),
        cmocka_unit_test(work_that_pauses_is_resumed),
        cmocka_unit_test(a_pause_that_is_ended_early_resumes_nothing),
        cmocka_unit_test(work_that_is_given_up_while_it_pauses_is_not_resumed),
        cmocka_unit_test(what_is_given_up_is_told_to_all_and_not_kept),
        cmocka_unit_test(a_stop_gives_up_what_waits_and_lets_work_end),
        cmocka_unit_test(a_kind_may_begin_after_the_stop),
        cmocka_unit_test(an_answer_during_the_stop_may_end_other_work),
        cmocka_unit_test(at_the_end_nobody_is_told),
        cmocka_unit_test(a_request_is_answered_on_the_thread_of_the_asker),
        cmocka_unit_test(a_request_that_is_refused_comes_back),
        cmocka_unit_test(a_request_that_waits_at_the_end_is_freed),
        cmocka_unit_test(everyone_is_told_whichever_allocation_fails),
    };
    return cmocka_run_group_tests_name("once", tests, NULL, NULL);
}
