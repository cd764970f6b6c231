#include "scanner/engine/ledger.h"

#include "scanner/engine/run.h"
#include "scanner/engine/worker.h"
#include "scanner/evidence/facts.h"

/* A server that waits costs no more. */
_Static_assert(sizeof(struct ledger) <= 200, "the evidence of a server has grown");

/* The one who asks: an entry has its answer as soon as it is there. */
struct ledger_waiter {
    struct once_waiter waiter; /* first */
    struct ledger *ledger;
};

static uint64_t ledger_hash(const struct table_seed *seed, const void *key)
{
    return server_key_hash(seed, key);
}

static bool ledger_equal(const struct once_entry *entry, const void *key)
{
    return server_key_equal(&((const struct ledger *)entry)->server, key);
}

static bool ledger_init(struct once_entry *entry, const void *key)
{
    ((struct ledger *)entry)->server = *(const struct server_key *)key;
    return true;
}

static void ledger_nothing(struct once_entry *entry)
{
    (void)entry;
}

static void ledger_copy_answer(struct once_entry *entry, struct once_waiter *waiter, bool is_first)
{
    (void)is_first;
    once_hold(entry);
    ((struct ledger_waiter *)waiter)->ledger = (struct ledger *)entry;
}

static void ledger_ready(struct once_waiter *waiter)
{
    (void)waiter;
}

static const struct once_kind ledger_kind = {
    .size = sizeof(struct ledger),
    .work_size = sizeof(struct once_work),
    .hash = ledger_hash,
    .equal = ledger_equal,
    .init = ledger_init,
    .start = once_finish,
    .begins_after_stop = true,
    .end = ledger_nothing,
    .free = ledger_nothing,
    .copy_answer = ledger_copy_answer,
};

void ledgers_init(struct once *ledgers, struct worker *worker)
{
    once_init(ledgers, &ledger_kind, worker, worker->loop, &worker->config->seed, WORKER_KEPT_MAX);
}

struct ledger *ledger_hold(struct once *ledgers, const struct server_key *server)
{
    struct ledger_waiter asker = {.waiter.ready = ledger_ready};
    once_ask(ledgers, server, &asker.waiter);
    return asker.ledger; /* it never waits, so that only memory can be lacking */
}

void ledger_note_offer(struct ledger *ledger, bool *in_out_is_counted, bool is_under_way)
{
    if (is_under_way && !*in_out_is_counted) {
        ledger->num_offered++;
    } else if (!is_under_way && *in_out_is_counted) {
        ledger->num_offered--;
    }
    *in_out_is_counted = is_under_way;
}

/* Does the evidence say that mail can only go there in clear? */
static bool accuses(const struct server_evidence *evidence)
{
    struct endpoint_votes votes = {0};
    server_evidence_count(evidence, &votes);
    return facts_offered(&votes.offer) == FACT_NO || facts_accepted(&votes.command) == FACT_NO;
}

bool ledger_is_in_doubt(const struct ledger *ledger)
{
    return ledger->num_offered > 0 && accuses(&ledger->evidence);
}

void ledger_add(struct ledger *ledger, const struct observation *observation,
                enum dialogue_kind kind)
{
    server_evidence_add(&ledger->evidence, observation, kind);
    if (ledger->has_accused && !accuses(&ledger->evidence)) {
        ledger->has_accused = false;
        revised_add(&ledger->entry.once->worker->run->revised, &ledger->server.address,
                    ledger->server.port);
    }
}

void ledger_note_record(struct ledger *ledger, const struct endpoint_record *record)
{
    ledger->has_accused |=
        record->starttls_advertised.value == TRI_NO || record->starttls_accepted.value == TRI_NO;
}

enum outcome ledger_refusal(const void *user)
{
    const struct ledger *ledger = user;
    const enum outcome outcome = (enum outcome)ledger->evidence.given_up_for;
    return outcome != OUTCOME_NOT_TESTED ? outcome : OUTCOME_OK;
}

void ledger_release(struct ledger *ledger)
{
    if (ledger != NULL) {
        once_release(&ledger->entry);
    }
}
