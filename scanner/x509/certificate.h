/*
 * What a chain of certificates is worth: parsed once, verified once, judged per host name.
 *
 * Three steps, so that shared work is done once: a trust store is loaded at start and never
 * changes; a chain (the DER certificates in the order sent) is parsed and verified against it once
 * per run, whoever sends it; a judgement joins a chain with a host name and the run's time. Nothing
 * here does I/O after the store is loaded. Certificates are hostile input: one that cannot be
 * parsed is a problem ("unparsable"), never a lost record.
 */
#ifndef MXGRADE_SCANNER_CERTIFICATE_H
#define MXGRADE_SCANNER_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/record/record.h"

#define CHAIN_CERTIFICATES_MAX 32     /* looked at; a longer chain is cut and says so */
#define CHAIN_BYTES_MAX        131072 /* of all certificates together */
#define CERTIFICATE_NAMES_MAX  256    /* SAN entries kept */

struct trust_store;

/*
 * Loads PEM roots from `ca_file`, or from the system's bundle (/etc/ssl/certs/ca-certificates.crt
 * and the other usual places) if NULL. On failure NULL and a sentence in out_error. Immutable
 * afterwards: any number of threads may use it.
 */
struct trust_store *trust_store_new(const char *ca_file, char *out_error, size_t error_size);
void trust_store_free(struct trust_store *store);
size_t trust_store_num_roots(const struct trust_store *store);

/*
 * Adds the roots of one more PEM file to those that are trusted. Only before the store is shared.
 * On failure, as where the file has no certificate that can be used, false and a sentence in
 * out_error.
 */
bool trust_store_add_roots(struct trust_store *store, const char *file, char *out_error,
                           size_t error_size);

/*
 * Adds untrusted certificates of a PEM file for path building, as if every server had sent them.
 * Only before the store is shared. On failure false and a sentence in out_error.
 */
bool trust_store_add_intermediates(struct trust_store *store, const char *file, char *out_error,
                                   size_t error_size);

struct chain_cache;

/*
 * Any thread may use the cache; entries are immutable once returned, counted, and bounded in number
 * (the least recently used unreferenced one goes first). `now` is the time of judgement for the
 * whole run, seconds since 1970. The store is borrowed.
 */
struct chain_cache *chain_cache_new(const struct trust_store *store, int64_t now,
                                    size_t max_chains);
void chain_cache_free(struct chain_cache *cache);

/* Another time of judgement, before the first chain is asked for. */
void chain_cache_judge_at(struct chain_cache *cache, int64_t now);

struct chain;

/*
 * The chain of these DER certificates (leaf first, as sent): from the cache if anyone has sent it
 * before, perhaps verified. Copies what it keeps, and costs little more. NULL only on lack of
 * memory or num == 0. The caller gives the reference back with chain_release(). Keyed by SHA-256
 * over all certificates with their lengths, so that no two chains can be confused.
 */
const struct chain *chain_cache_add(struct chain_cache *cache, const struct text *certificates,
                                    size_t num_certificates);

/*
 * Verifies a chain that nobody has verified yet, which may take WORK_SECONDS of CPU (work_limit.h):
 * not for a loop that has connections. Who comes while another thread is at it waits for that.
 * False on lack of memory.
 */
bool chain_cache_verify(struct chain_cache *cache, const struct chain *chain);

/* Before that only its digest and its certificates may be looked at. */
bool chain_is_verified(const struct chain *chain);

/* Both in one: a chain that is verified. NULL only on lack of memory or num == 0. */
const struct chain *chain_cache_get(struct chain_cache *cache, const struct text *certificates,
                                    size_t num_certificates);

/* Another reference, and the end of one. NULL is fine for both. */
const struct chain *chain_hold(struct chain_cache *cache, const struct chain *chain);
void chain_release(struct chain_cache *cache, const struct chain *chain);

/* Verifications really made, for tests and the summary. */
uint64_t chain_cache_verifications(const struct chain_cache *cache);

/*
 * Judges a chain for a host. `host`: A-label DNS name without trailing dot, the text of an address
 * (compared with IP identifiers, RFC 9525 section 6.5), or NULL where there is no name to check.
 * Fills everything but what certificate_staple_judge() does. Text in the record is borrowed from
 * the chain and valid until chain_release(). Name match: RFC 9525 section 6 (DNS-ID only; a
 * wildcard is the whole left-most label and stands for one label; the CN is not a name: where only
 * it matches, the problem is cn_only beside name_mismatch).
 */
void certificate_judge(const struct chain *chain, const char *host,
                       struct certificate_record *out_record);

/* Would a sender that must authenticate the host accept the certificate (RFC 8461 section 4.2)? It
 * has to be trusted, within its dates, for that name, and not known to be revoked. The answer is
 * unknown if only its trust is. */
enum tri certificate_is_valid(const struct certificate_record *record);

/* The certificates as sent, for DANE: at most chain_num_certificates(), each as DER. */
size_t chain_num_certificates(const struct chain *chain);
struct text chain_certificate(const struct chain *chain, size_t index);

/* SHA-256 over all certificates with their lengths: the same for the same chain only. */
#define CHAIN_DIGEST_LEN 32
const uint8_t *chain_digest(const struct chain *chain);

/* More was sent than CHAIN_CERTIFICATES_MAX or CHAIN_BYTES_MAX: what follows was not looked at. */
bool chain_was_cut(const struct chain *chain);

/* The leaf carries signed certificate timestamps (RFC 6962 section 3.3). */
bool chain_has_embedded_sct(const struct chain *chain);

/* The leaf's SubjectPublicKeyInfo in DER; false if it could not be read. */
bool chain_leaf_spki(const struct chain *chain, struct text *out_spki);

/* RFC 9525 section 6.3, A-labels, ASCII case-insensitive. For MTA-STS and tests too. */
bool certificate_name_matches(const char *pattern, size_t pattern_len, const char *host);

#endif
