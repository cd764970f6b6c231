/*
 * Asked by many, done once. Some work has a key: a host its name, an endpoint its address. The
 * first asker of a key has the work begun; those who ask meanwhile wait for the same answer, and
 * those who ask later are told the answer that was kept. One `struct once` holds the entries of one
 * kind of work on one worker.
 *
 *     WAITING <-> WORKING -> DONE -> forgotten
 *
 * Every waiter is told exactly once, in the order of asking: the answer, or why there is none.
 */
#ifndef MXGRADE_SCANNER_ONCE_H
#define MXGRADE_SCANNER_ONCE_H

#include <ev.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "io/base/mailbox.h"
#include "io/base/table.h"

struct once;
struct worker;

enum once_state {
    ONCE_WAITING, /* it pauses before another try: nothing of it is under way */
    ONCE_WORKING, /* it is under way */
    ONCE_DONE     /* its answer is kept */
};

/* Why there is no answer. */
enum once_failure {
    ONCE_STOPPED,  /* the run was stopped before the work was done */
    ONCE_NO_MEMORY /* nothing is kept: the next asker has the work begun again */
};

/* Someone who waits for an answer on the thread of the work; embedded in the asker. */
struct once_waiter {
    STAILQ_ENTRY(once_waiter) link;
    /* Called exactly once, perhaps from within once_ask(). May ask, hold, release and free the
     * waiter. */
    void (*ready)(struct once_waiter *waiter);
    /* Set before ready() is called. Without an answer, the struct around the waiter is left as it
     * was. */
    bool is_given_up;          /* there is no answer ... */
    enum once_failure failure; /* ... and why */
};

STAILQ_HEAD(once_waiters, once_waiter);

/*
 * What is needed until the work is done and not a moment longer: the first member of a kind's own
 * struct.
 */
struct once_work {
    struct once_waiters waiters;
    /* Runs until the work is resumed. Allocated when a pause begins and freed when it ends; NULL at
     * all other times. */
    ev_timer *pause;
};

/* The first member of what a kind keeps under a key. */
struct once_entry {
    struct table_node node; /* first */
    TAILQ_ENTRY(once_entry) link;
    struct once *once;
    struct once_work *work; /* NULL once done */
    enum once_state state;
    unsigned holders; /* of an entry that is done: it is not forgotten while it has any */
};

TAILQ_HEAD(once_entries, once_entry);

/*
 * What a kind of work adds to it. `key` is what the asker gave to once_ask(); of a request it is
 * the request.
 */
struct once_kind {
    size_t size;      /* of a kind's struct around the once_entry */
    size_t work_size; /* of a kind's struct around the once_work */
    uint64_t (*hash)(const struct table_seed *seed, const void *key);
    bool (*equal)(const struct once_entry *entry, const void *key);
    /* Copies the key and prepares the work; both structs are zero but for their first members, and
     * there is no work where the answer comes from once_preload(). False on lack of memory: end()
     * and free() follow. */
    bool (*init)(struct once_entry *entry, const void *key);
    /* Begins the work, which ends in once_finish() or once_give_up(), perhaps at once. */
    void (*start)(struct once_entry *entry);
    /* Goes on after once_pause(); NULL: this kind never pauses. */
    void (*resume)(struct once_entry *entry);
    /* The run is stopping. Gives the entry up if nothing of it is under way; NULL: work that has
     * begun always goes on to its end. */
    void (*stop)(struct once_entry *entry);
    /* Is a key that nobody asked for before the stop still worked on? */
    bool begins_after_stop;
    /* Frees what the work holds, but not the work; what it holds may be partly there. */
    void (*end)(struct once_entry *entry);
    /* Frees what the entry holds, but not the entry; end() has been called. */
    void (*free)(struct once_entry *entry);
    /* Writes the answer into the struct around the waiter. `is_first`: the work was begun for it.
     */
    void (*copy_answer)(struct once_entry *entry, struct once_waiter *waiter, bool is_first);
    /* How many dialogues the answer spares each waiter but the first; NULL: none. */
    unsigned (*spares)(const struct once_entry *entry);
    /* once_fini() found this waiter; frees the struct around it. NULL: that is the asker's. */
    void (*drop)(struct once_waiter *waiter);
};

struct once {
    const struct once_kind *kind;
    struct worker *worker; /* for the kind's functions */
    struct ev_loop *loop;
    const struct table_seed *seed;
    struct table table;
    struct once_entries busy; /* not done */
    struct once_entries kept; /* done and held by nobody; the least recently asked for first */
    size_t num_busy;
    size_t num_kept;
    size_t max_kept;
    bool is_stopping;
    atomic_uint_fast64_t spared; /* dialogues not made because another asker's were; for counters */
};

/* `max_kept`: so many answers are kept; of more, the least recently asked for is forgotten. */
void once_init(struct once *once, const struct once_kind *kind, struct worker *worker,
               struct ev_loop *loop, const struct table_seed *seed, size_t max_kept);

/* Frees every entry, done or not, and tells nobody: the loops have ended. */
void once_fini(struct once *once);

/* ---- For those who ask ---- */

/* On the thread of the loop. `key` is borrowed for the call. */
void once_ask(struct once *once, const void *key, struct once_waiter *waiter);

/* Has anyone asked for it, and is it not forgotten? */
bool once_is_known(const struct once *once, const void *key);

/* A question from another thread and its answer: the first member of a kind's own struct. */
struct once_request {
    struct message message; /* first */
    struct once_waiter waiter;
    struct once *once;
    struct mailbox *asker;
    /* Called exactly once, on the asker's thread, which then owns the request again. */
    void (*done)(struct once_request *request);
};

/* Hands the request over to the thread of `owner`, on which `once` lives; the answer comes back
 * to `asker`. */
void once_post(struct once_request *request, struct mailbox *owner, struct once *once,
               struct mailbox *asker);

/* An answer that was found by other means. The entry is done, and the caller completes it. NULL on
 * lack of memory. */
struct once_entry *once_preload(struct once *once, const void *key);

/* The run is stopping: gives up what has not begun. */
void once_stop(struct once *once);

/* An entry that is done stays until it is released as often as it was held. */
void once_hold(struct once_entry *entry);
void once_release(struct once_entry *entry);

/* ---- For the work ---- */

/* The entry waits, and resume() is called after so many seconds. On lack of memory it is given up:
 * it may be gone afterwards. */
void once_pause(struct once_entry *entry, double seconds);

/* The entry waits no longer, if it does, and resume() is not called. */
void once_end_pause(struct once_entry *entry);

/* The answer is complete: the work is freed and everyone who waits is told. The entry may be gone
 * afterwards. */
void once_finish(struct once_entry *entry);

/* There will be no answer: everyone who waits is told so, and the entry is freed. */
void once_give_up(struct once_entry *entry, enum once_failure why);

#endif
