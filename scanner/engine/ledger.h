/*
 * The evidence of each server (address, port and service) that this worker talks to. It is there
 * from the first dialogue on, for every host name on the address, and stays for a while after the
 * last of them.
 */
#ifndef MXGRADE_SCANNER_LEDGER_H
#define MXGRADE_SCANNER_LEDGER_H

#include "io/base/address.h"
#include "scanner/dialogue/service.h"
#include "scanner/engine/once.h"
#include "scanner/evidence/server_evidence.h"

struct ledger {
    struct once_entry entry; /* first */
    struct address address;
    uint16_t port;
    const struct service *service;
    struct server_evidence evidence;
    bool has_accused; /* a record says that the server has no STARTTLS, or refuses it */
};

void ledgers_init(struct once *ledgers, struct worker *worker);

/* The ledger of a server, held for the caller. NULL on lack of memory. */
struct ledger *ledger_hold(struct once *ledgers, const struct address *address, uint16_t port,
                           const struct service *service);

/* Takes a dialogue. Where it takes back what a record has said, the run lists the server. */
void ledger_add(struct ledger *ledger, const struct observation *observation,
                enum dialogue_kind kind);

/* A record is written by this evidence, with these verdicts. */
void ledger_note_record(struct ledger *ledger, const struct endpoint_record *record);

/* NULL is fine. */
void ledger_release(struct ledger *ledger);

#endif
