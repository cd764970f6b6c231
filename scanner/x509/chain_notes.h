/*
 * How tidy a chain was sent, whatever it is worth. RFC 5246 section 7.4.2 wants each certificate to
 * certify the one before it; RFC 8446 section 4.4.2 asks receivers to take any order and strangers
 * among them, and both let the root be left out. So these are notes: certificates that lead nowhere
 * from the leaf, an issuer that came before what it has issued, a repetition, a root.
 */
#ifndef MXGRADE_SCANNER_CHAIN_NOTES_H
#define MXGRADE_SCANNER_CHAIN_NOTES_H

#include "scanner/x509/trust_store.h"

/* CHAIN_NOTE_BIT()s, all but CHAIN_CUT. `sent` is leaf first, not empty. */
uint32_t chain_notes_of(const struct member_list *sent);

#endif
