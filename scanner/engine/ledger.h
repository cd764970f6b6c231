/*
 * The evidence of each server (address, port and service) that this worker talks to. It is there
 * from the first dialogue on, for every host name on the address, and stays for a while after the
 * last of them.
 */
#ifndef MXGRADE_SCANNER_LEDGER_H
#define MXGRADE_SCANNER_LEDGER_H

#include "scanner/engine/once.h"
#include "scanner/engine/server_key.h"
#include "scanner/evidence/server_evidence.h"

struct ledger {
    struct once_entry entry; /* first */
    struct server_key server;
    struct server_evidence evidence;
    uint16_t
        num_offered; /* dialogues under way that were offered STARTTLS; they vote at their end */
    bool is_asking_name; /* some name is asked about: they take turns, as they share a budget */
    uint32_t counted_in; /* the last count of waits_count() that has it */
    bool has_accused;    /* a record says that the server has no STARTTLS, or refuses it */
};

void ledgers_init(struct once *ledgers, struct worker *worker);

/* The ledger of a server, held for the caller. NULL on lack of memory. */
struct ledger *ledger_hold(struct once *ledgers, const struct server_key *server);

/* Counts a dialogue while it is under way and was offered STARTTLS. `in_out_is_counted` is kept by
 * its owner, at first false; the ledger may be NULL as long as it is. */
void ledger_note_offer(struct ledger *ledger, bool *in_out_is_counted, bool is_under_way);

/*
 * Does the evidence say that mail can only go there in clear, while a dialogue is under way that
 * was offered STARTTLS? It may have provoked the server, which then hides STARTTLS from the others:
 * no record may rest on this evidence before that dialogue has voted.
 */
bool ledger_is_in_doubt(const struct ledger *ledger);

/* Takes a dialogue. Where it takes back what a record has said, the run lists the server. */
void ledger_add(struct ledger *ledger, const struct observation *observation,
                enum dialogue_kind kind);

/* A record is written by this evidence, with these verdicts. */
void ledger_note_record(struct ledger *ledger, const struct endpoint_record *record);

/* For a session: why the server is not called any more, or OK. */
enum outcome ledger_refusal(const void *ledger);

/* NULL is fine. */
void ledger_release(struct ledger *ledger);

#endif
