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
    bool has_accused; /* a record says that the server has no STARTTLS, or refuses it */
};

void ledgers_init(struct once *ledgers, struct worker *worker);

/* The ledger of a server, held for the caller. NULL on lack of memory. */
struct ledger *ledger_hold(struct once *ledgers, const struct server_key *server);

/* Takes a dialogue. Where it takes back what a record has said, the run lists the server. */
void ledger_add(struct ledger *ledger, const struct observation *observation,
                enum dialogue_kind kind);

/* A record is written by this evidence, with these verdicts. */
void ledger_note_record(struct ledger *ledger, const struct endpoint_record *record);

/* NULL is fine. */
void ledger_release(struct ledger *ledger);

#endif
