#include "scanner/engine/once.h"

#include <stdlib.h>

#include "io/base/counter.h"

/* ---- Entries ---- */

static void end_pause(struct once_entry *entry)
{
    struct once_work *work = entry->work;
    if (work->pause != NULL) {
        ev_timer_stop(entry->once->loop, work->pause);
        free(work->pause);
        work->pause = NULL;
    }
}

static void on_pause_over(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    struct once_entry *entry = watcher->data;
    once_end_pause(entry);
    entry->once->kind->resume(entry);
}

static bool add_work(struct once_entry *entry)
{
    entry->work = calloc(1, entry->once->kind->work_size);
    if (entry->work == NULL) {
        return false;
    }
    STAILQ_INIT(&entry->work->waiters);
    return true;
}

/* Those who waited for the work are now in `out_waiters`. */
static void end_work(struct once_entry *entry, struct once_waiters *out_waiters)
{
    STAILQ_INIT(out_waiters);
    if (entry->work != NULL) {
        STAILQ_CONCAT(out_waiters, &entry->work->waiters);
        end_pause(entry);
        entry->once->kind->end(entry);
        free(entry->work);
        entry->work = NULL;
    }
}

static void entry_free(struct once_entry *entry)
{
    entry->once->kind->free(entry);
    free(entry);
}

/* An entry that is in the table, but in no list; NULL on lack of memory. */
static struct once_entry *entry_new(struct once *once, const void *key, uint64_t hash,
                                    bool has_work)
{
    struct once_entry *entry = calloc(1, once->kind->size);
    if (entry == NULL) {
        return NULL;
    }
    entry->once = once;
    entry->state = has_work ? ONCE_WAITING : ONCE_DONE;
    if ((has_work && !add_work(entry)) || !once->kind->init(entry, key) ||
        !table_insert(&once->table, &entry->node, hash)) {
        struct once_waiters nobody;
        end_work(entry, &nobody);
        entry_free(entry);
        return NULL;
    }
    return entry;
}

/* ---- What is kept ---- */

static void forget_oldest(struct once *once)
{
    while (once->num_kept > once->max_kept) {
        struct once_entry *oldest = TAILQ_FIRST(&once->kept);
        TAILQ_REMOVE(&once->kept, oldest, link);
        once->num_kept--;
        table_remove(&once->table, &oldest->node);
        entry_free(oldest);
    }
}

static void keep(struct once_entry *entry)
{
    struct once *once = entry->once;
    TAILQ_INSERT_TAIL(&once->kept, entry, link);
    once->num_kept++;
    forget_oldest(once);
}

void once_hold(struct once_entry *entry)
{
    if (entry->holders++ == 0) {
        TAILQ_REMOVE(&entry->once->kept, entry, link);
        entry->once->num_kept--;
    }
}

void once_release(struct once_entry *entry)
{
    if (--entry->holders == 0) {
        keep(entry);
    }
}

/* ---- Answers ---- */

static void tell(struct once_entry *entry, struct once_waiter *waiter, bool is_first)
{
    struct once *once = entry->once;
    if (!is_first && once->kind->spares != NULL) {
        counter_add(&once->spared, once->kind->spares(entry));
    }
    once->kind->copy_answer(entry, waiter, is_first);
    waiter->is_given_up = false;
    waiter->ready(waiter);
}

static void refuse(struct once_waiter *waiter, enum once_failure why)
{
    waiter->is_given_up = true;
    waiter->failure = why;
    waiter->ready(waiter);
}

static struct once_waiter *take_first(struct once_waiters *waiters)
{
    struct once_waiter *first = STAILQ_FIRST(waiters);
    if (first != NULL) {
        STAILQ_REMOVE_HEAD(waiters, link);
    }
    return first;
}

static void leave_busy(struct once_entry *entry)
{
    TAILQ_REMOVE(&entry->once->busy, entry, link);
    entry->once->num_busy--;
}

void once_finish(struct once_entry *entry)
{
    struct once_waiters waiters;
    end_work(entry, &waiters);
    leave_busy(entry);
    entry->state = ONCE_DONE;
    entry->holders = 1; /* whoever is told may release it, or make others be forgotten */
    bool is_first = true;
    for (struct once_waiter *waiter = take_first(&waiters); waiter != NULL;
         waiter = take_first(&waiters)) {
        tell(entry, waiter, is_first);
        is_first = false;
    }
    once_release(entry);
}

void once_give_up(struct once_entry *entry, enum once_failure why)
{
    struct once *once = entry->once;
    struct once_waiters waiters;
    end_work(entry, &waiters);
    leave_busy(entry);
    table_remove(&once->table, &entry->node);
    entry_free(entry);
    for (struct once_waiter *waiter = take_first(&waiters); waiter != NULL;
         waiter = take_first(&waiters)) {
        refuse(waiter, why);
    }
}

/* ---- Asking ---- */

struct wanted {
    const struct once_kind *kind;
    const void *key;
};

static bool is_wanted(const struct table_node *node, const void *key)
{
    const struct wanted *wanted = key;
    return wanted->kind->equal((const struct once_entry *)node, wanted->key);
}

static struct once_entry *find(const struct once *once, const void *key, uint64_t hash)
{
    const struct wanted wanted = {once->kind, key};
    return (struct once_entry *)table_find(&once->table, hash, is_wanted, &wanted);
}

/* NULL: the waiter has been told that there will be no answer. */
static struct once_entry *begin(struct once *once, const void *key, uint64_t hash,
                                struct once_waiter *waiter)
{
    if (once->is_stopping && !once->kind->begins_after_stop) {
        refuse(waiter, ONCE_STOPPED);
        return NULL;
    }
    struct once_entry *entry = entry_new(once, key, hash, true);
    if (entry == NULL) {
        refuse(waiter, ONCE_NO_MEMORY);
        return NULL;
    }
    TAILQ_INSERT_TAIL(&once->busy, entry, link);
    once->num_busy++;
    return entry;
}

void once_ask(struct once *once, const void *key, struct once_waiter *waiter)
{
    uint64_t hash = once->kind->hash(once->seed, key);
    struct once_entry *entry = find(once, key, hash);
    if (entry != NULL && entry->state == ONCE_DONE) {
        once_hold(entry);
        tell(entry, waiter, false);
        once_release(entry); /* it is now the one asked for last */
        return;
    }
    bool is_new = entry == NULL;
    if (is_new && (entry = begin(once, key, hash, waiter)) == NULL) {
        return;
    }
    STAILQ_INSERT_TAIL(&entry->work->waiters, waiter, link);
    if (is_new) {
        entry->state = ONCE_WORKING;
        once->kind->start(entry);
    }
}

bool once_is_known(const struct once *once, const void *key)
{
    return find(once, key, once->kind->hash(once->seed, key)) != NULL;
}

struct once_entry *once_preload(struct once *once, const void *key)
{
    uint64_t hash = once->kind->hash(once->seed, key);
    struct once_entry *entry = find(once, key, hash);
    if (entry == NULL && (entry = entry_new(once, key, hash, false)) != NULL) {
        keep(entry);
    }
    return entry;
}

/* ---- Asking from another thread ---- */

static struct once_request *request_of(struct once_waiter *waiter)
{
    return (struct once_request *)((char *)waiter - offsetof(struct once_request, waiter));
}

static void on_reply(struct message *message, void *owner)
{
    (void)owner;
    struct once_request *request = (struct once_request *)message;
    request->done(request);
}

static void send_back(struct once_waiter *waiter)
{
    struct once_request *request = request_of(waiter);
    request->message.deliver = on_reply;
    mailbox_post(request->asker, &request->message);
}

static void on_request(struct message *message, void *owner)
{
    (void)owner;
    struct once_request *request = (struct once_request *)message;
    request->waiter.ready = send_back;
    once_ask(request->once, request, &request->waiter);
}

void once_post(struct once_request *request, struct mailbox *owner, struct once *once,
               struct mailbox *asker)
{
    request->once = once;
    request->asker = asker;
    request->message.deliver = on_request;
    mailbox_post(owner, &request->message);
}

/* ---- Waiting ---- */

void once_pause(struct once_entry *entry, double seconds)
{
    ev_timer *pause = malloc(sizeof(*pause));
    if (pause == NULL) {
        once_give_up(entry, ONCE_NO_MEMORY);
        return;
    }
    ev_timer_init(pause, on_pause_over, seconds, 0.);
    pause->data = entry;
    entry->work->pause = pause;
    entry->state = ONCE_WAITING;
    ev_timer_start(entry->once->loop, pause);
}

void once_end_pause(struct once_entry *entry)
{
    entry->state = ONCE_WORKING;
    end_pause(entry);
}

/* ---- Beginning and end ---- */

void once_init(struct once *once, const struct once_kind *kind, struct worker *worker,
               struct ev_loop *loop, const struct table_seed *seed, size_t max_kept)
{
    *once = (struct once){
        .kind = kind, .worker = worker, .loop = loop, .seed = seed, .max_kept = max_kept};
    TAILQ_INIT(&once->busy);
    TAILQ_INIT(&once->kept);
}

void once_stop(struct once *once)
{
    once->is_stopping = true;
    if (once->kind->stop == NULL) {
        return;
    }
    /* An answer may end other work of this kind: each step takes whichever is then the first. */
    for (size_t left = once->num_busy; left > 0 && once->num_busy > 0; left--) {
        struct once_entry *entry = TAILQ_FIRST(&once->busy);
        TAILQ_REMOVE(&once->busy, entry, link);
        TAILQ_INSERT_TAIL(&once->busy, entry, link);
        once->kind->stop(entry);
    }
}

void once_fini(struct once *once)
{
    struct table_node *node;
    while ((node = table_take_any(&once->table)) != NULL) {
        struct once_entry *entry = (struct once_entry *)node;
        struct once_waiters waiters;
        end_work(entry, &waiters);
        while (once->kind->drop != NULL && !STAILQ_EMPTY(&waiters)) {
            once->kind->drop(take_first(&waiters));
        }
        entry_free(entry);
    }
    table_fini(&once->table);
    TAILQ_INIT(&once->busy);
    TAILQ_INIT(&once->kept);
}
