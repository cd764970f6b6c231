#include "scanner/grading/enforce_address.h"

#include <string.h>
#include <strings.h>

#include "scanner/evidence/facts.h"

#define NUM(array)   (sizeof(array) / sizeof((array)[0]))
#define BIT(problem) CERTIFICATE_PROBLEM_BIT(CERTIFICATE_##problem)

/* ---- Parts ---- */

enum enforce_part enforce_part_of(enum outcome outcome, const struct endpoint_record *record)
{
    bool is_known = record != NULL && (record->starttls_handshake.value != TRI_UNKNOWN ||
                                       record->starttls_advertised.value != TRI_UNKNOWN);
    if (is_known || outcome == OUTCOME_PROXY_FAILED) {
        return PART_SEEN;
    }
    switch (outcome_phase(outcome)) {
    case PHASE_CONNECT: /* RFC 5321 section 5.1: a sender goes on to the next address */
        return PART_SILENT;
    case PHASE_POLICY:
        return PART_NOT_ASKED;
    default:
        return PART_SEEN;
    }
}

/* ---- Rules ---- */

/* A rule says of an address whether it holds. */
struct rule {
    enum tri (*holds)(const struct enforce_address *address);
    const char *because; /* why not; NULL: the outcome of the dialogue says it */
};

static enum tri tri_of(bool is_yes)
{
    return is_yes ? TRI_YES : TRI_NO;
}

/* ---- TLS ---- */

/* mxgrade's library has all that is current, but not all that OpenSSL or GnuTLS have. */
static enum tri shares_a_suite(const struct enforce_address *address)
{
    return address->record->no_common_suite ? TRI_UNKNOWN : TRI_YES;
}

static enum tri asks_for_no_certificate(const struct enforce_address *address)
{
    return tri_of(!facts_certificate_required(address->record));
}

static enum tri offers_starttls(const struct enforce_address *address)
{
    const struct endpoint_record *record = address->record;
    return record->starttls_handshake.value == TRI_YES ? TRI_YES
                                                       : record->starttls_advertised.value;
}

static enum tri accepts_starttls(const struct enforce_address *address)
{
    const struct endpoint_record *record = address->record;
    return record->starttls_handshake.value == TRI_YES ? TRI_YES : record->starttls_accepted.value;
}

/* An anonymous suite is no handshake of ours. Postfix takes it where it asks for no certificate:
 * postconf(5), smtp_tls_mandatory_ciphers. */
static enum tri completes_handshakes(const struct enforce_address *address)
{
    const struct endpoint_record *record = address->record;
    bool is_anonymous = record->has_tls && record->tls.weak[WEAK_ANON].value == TRI_YES;
    return is_anonymous && record->starttls_handshake.value == TRI_NO
               ? TRI_YES
               : record->starttls_handshake.value;
}

static enum tri completes_ordinary_ones(const struct enforce_address *address)
{
    return address->record->starttls_handshake.value;
}

static enum tri offers_each_time(const struct enforce_address *address)
{
    return tri_of(!address->record->inconsistent);
}

/* Does it speak one of the versions from `oldest` on? */
static enum tri speaks_from(const struct tls_facts *tls, enum tls_version oldest)
{
    bool is_open = false;
    if (tls->has_version && tls->version >= oldest) {
        return TRI_YES;
    }
    for (unsigned version = oldest; version < TLS_VERSION_COUNT; version++) {
        if (tls->versions[version].value == TRI_YES) {
            return TRI_YES;
        }
        is_open = is_open || tls->versions[version].value == TRI_UNKNOWN;
    }
    return is_open && !tls->has_version ? TRI_UNKNOWN : TRI_NO;
}

static enum tri speaks_tls10(const struct enforce_address *address)
{
    return speaks_from(&address->record->tls, TLS_1_0);
}

static enum tri speaks_tls12(const struct enforce_address *address)
{
    return speaks_from(&address->record->tls, TLS_1_2);
}

static bool has_tls13(const struct tls_facts *tls)
{
    return (tls->has_version && tls->version == TLS_1_3) || tls->versions[TLS_1_3].value == TRI_YES;
}

static enum tri bears_tls13(const struct enforce_address *address)
{
    return tri_of(!address->record->tls13_intolerant);
}

static enum tri bears_large_hellos(const struct enforce_address *address)
{
    return tri_of(!address->record->tls.large_hello_intolerant);
}

static enum tri renegotiates_securely(const struct enforce_address *address)
{
    const struct tls_facts *tls = &address->record->tls;
    return tri_of(has_tls13(tls) || tls->secure_renegotiation.value != TRI_NO);
}

static bool cipher_has(const struct tls_facts *tls, const char *part)
{
    return tls->cipher != NULL && strstr(tls->cipher, part) != NULL;
}

static enum tri has_a_current_suite(const struct enforce_address *address)
{
    const struct tls_facts *tls = &address->record->tls;
    return tri_of(!cipher_has(tls, "_3DES_") && !cipher_has(tls, "_RC4_"));
}

/* A server that has ECDHE, or TLS 1.3, need not come to DHE. */
static bool may_use_dh(const struct tls_facts *tls)
{
    return tls->weak[WEAK_SMALL_DH].value == TRI_YES && !has_tls13(tls) &&
           !cipher_has(tls, "_ECDHE_");
}

static enum tri needs_no_tiny_dh(const struct enforce_address *address)
{
    const struct tls_facts *tls = &address->record->tls;
    return tri_of(!may_use_dh(tls) || tls->dh_bits >= 1024);
}

static enum tri needs_no_small_dh(const struct enforce_address *address)
{
    return tri_of(!may_use_dh(&address->record->tls));
}

/*
 * Sources. Postfix: TLS_README, "Mandatory TLS encryption": without STARTTLS, or a handshake, mail
 * is deferred. postconf(5), smtp_tls_mandatory_protocols (">=TLSv1") and smtp_tls_mandatory_ciphers
 * ("medium"); its client asks OpenSSL for security level 0 where it does not authenticate. OpenSSL
 * 3.0, migration guide: no server without RFC 5746; 3DES and RC4 are not built.
 */
static const struct rule tls_rules[] = {
    {asks_for_no_certificate, "ends the handshake unless the sender shows a certificate"},
    {shares_a_suite, "takes only what this program's TLS library lacks, so nothing was tried"},
    {offers_starttls, "does not offer STARTTLS"},                 /* RFC 3207 section 4 */
    {accepts_starttls, "offers STARTTLS and refuses it"},         /* RFC 3207 section 4 */
    {completes_handshakes, "ends each handshake"},                /* RFC 3207 section 4.1 */
    {offers_each_time, "offers STARTTLS at some times only"},     /* TLS_README, as above */
    {speaks_tls10, "has no TLS, but SSL alone"},                  /* postconf(5), as above */
    {bears_tls13, "ends handshakes in which TLS 1.3 is offered"}, /* RFC 8446 section 4.2.1 */
    {bears_large_hellos, "does not answer hellos as long as those of OpenSSL 3.5"},
    {renegotiates_securely, "lacks secure renegotiation"},         /* RFC 5746 section 4.1 */
    {has_a_current_suite, "has only suites that OpenSSL 3 lacks"}, /* OpenSSL 3.0, as above */
};

/* Where Postfix authenticates servers its client asks for security level 1.
 * SSL_CTX_set_security_level(3) and the migration guide of OpenSSL 3.0: 80 bits, so no DH below
 * 1024, no SHA-1 in signatures, and so no version before TLS 1.2. */
static const struct rule level_1_rules[] = {
    {completes_ordinary_ones, "has suites without a certificate alone"},
    {speaks_tls12, "has no TLS 1.2 or 1.3"},
    {needs_no_tiny_dh, "may choose a DH group below 1024 bits"},
};

/* ---- Certificates ---- */

/* Of two leaves a sender may get either. */
static enum tri both(const struct endpoint_record *record,
                     enum tri (*holds)(const struct certificate_record *))
{
    enum tri first = record->certificate != NULL ? holds(record->certificate) : TRI_UNKNOWN;
    enum tri second = record->certificate2 != NULL ? holds(record->certificate2) : TRI_YES;
    if (first == TRI_NO || second == TRI_NO) {
        return TRI_NO;
    }
    return first == TRI_YES && second == TRI_YES ? TRI_YES : TRI_UNKNOWN;
}

static bool has_ended(const struct certificate_record *certificate, int64_t now)
{
    return certificate != NULL && certificate->has_validity && certificate->not_after < now;
}

static enum tri is_in_dates(const struct certificate_record *certificate)
{
    return tri_of((certificate->problems & (BIT(EXPIRED) | BIT(NOT_YET_VALID))) == 0);
}

static enum tri is_strong(const struct certificate_record *certificate)
{
    const uint32_t weak = BIT(WEAK_KEY) | BIT(WEAK_SIGNATURE) | BIT(INVALID_KEY);
    return tri_of((certificate->problems & weak) == 0);
}

/* 80 bits, of the chain too: see level_1_rules. */
static enum tri is_of_level_1(const struct certificate_record *certificate)
{
    const uint32_t weak = BIT(WEAK_SIGNATURE) | BIT(INVALID_KEY);
    bool is_tiny = certificate->smallest_rsa_bits > 0 && certificate->smallest_rsa_bits < 1024;
    return tri_of((certificate->problems & weak) == 0 && !is_tiny);
}

static enum tri is_not_revoked(const struct certificate_record *certificate)
{
    return tri_of((certificate->problems & BIT(REVOKED)) == 0);
}

static enum tri is_trusted(const struct certificate_record *certificate)
{
    return certificate->trusted.value;
}

static enum tri names_host(const struct certificate_record *certificate)
{
    if ((certificate->problems & (BIT(NAME_MISMATCH) | BIT(CN_ONLY))) != 0) {
        return TRI_NO;
    }
    return certificate->name_checked ? certificate->name_match.value : TRI_UNKNOWN;
}

static enum tri shows_a_certificate(const struct enforce_address *address)
{
    return address->record->certificate != NULL ? TRI_YES : TRI_UNKNOWN;
}

static enum tri shows_one_certificate(const struct enforce_address *address)
{
    return address->record->votes.certificate.mixed ? TRI_UNKNOWN : TRI_YES;
}

static enum tri has_dates(const struct enforce_address *address)
{
    return both(address->record, is_in_dates);
}

static enum tri goes_on(const struct enforce_address *address)
{
    return tri_of(!has_ended(address->record->certificate, address->now) &&
                  !has_ended(address->record->certificate2, address->now));
}

static enum tri has_no_revoked_one(const struct enforce_address *address)
{
    return both(address->record, is_not_revoked);
}

static enum tri reaches_level_1(const struct enforce_address *address)
{
    return both(address->record, is_of_level_1);
}

static enum tri has_a_root(const struct enforce_address *address)
{
    return both(address->record, is_trusted);
}

/*
 * Sources. Postfix: TLS_README, "Mandatory server certificate verification", and Exim's
 * specification, tls_verify_certificates: the chain has to verify at the time of the delivery.
 * RFC 8461 section 4.2 asks the same of MTA-STS. Exim asks for a staple (hosts_request_ocsp) and
 * believes it; nobody is held to a revoked certificate.
 */
static const struct rule trust_rules[] = {
    {shows_a_certificate, "was seen without a certificate"},
    {shows_one_certificate, "is several machines whose certificates differ"},
    {has_dates, "has a certificate out of its dates"},
    {goes_on, "had a certificate that has ended since the scan"},
    {has_no_revoked_one, "has a revoked certificate"},
    {has_a_root, "has a certificate that no trusted CA has issued"},
    {reaches_level_1, "has a certificate with a key below 1024 bits or a broken digest"},
};

/* ---- Of these days ---- */

static enum tri has_strong_keys(const struct enforce_address *address)
{
    return both(address->record, is_strong);
}

/* RFC 9325 sections 3.1.1, 4.1 and 4.5, which library and provider may follow. */
static const struct rule modern_rules[] = {
    {completes_ordinary_ones, "has suites without a certificate alone"},
    {speaks_tls12, "has no TLS 1.2 or 1.3"},
    {needs_no_small_dh, "may choose a DH group below 2048 bits"},
};

static const struct rule strong_rules[] = {
    {has_strong_keys, "has a certificate with a weak key or signature"},
};

/* ---- Names ---- */

static enum tri names_its_host(const struct enforce_address *address)
{
    return both(address->record, names_host);
}

static bool is_below(const struct text *name, const char *domain, size_t len)
{
    return name->bytes != NULL && name->len > len + 1 && name->bytes[name->len - len - 1] == '.' &&
           strncasecmp(name->bytes + name->len - len, domain, len) == 0;
}

static bool names_domain(const struct certificate_record *certificate,
                         const struct hostname *domain)
{
    const char *text = hostname_text(domain);
    size_t len = hostname_len(domain);
    for (size_t i = 0; i < certificate->num_names; i++) {
        const struct text *name = &certificate->names[i];
        bool is_same = name->len == len && strncasecmp(name->bytes, text, len) == 0;
        if (is_same || is_below(name, text, len)) {
            return true;
        }
    }
    return false;
}

static enum tri names_its_domain(const struct enforce_address *address)
{
    const struct endpoint_record *record = address->record;
    if (address->domain == NULL || record->certificate == NULL) {
        return TRI_UNKNOWN;
    }
    return tri_of(
        names_domain(record->certificate, address->domain) &&
        (record->certificate2 == NULL || names_domain(record->certificate2, address->domain)));
}

/* postconf(5), smtp_tls_verify_cert_match: the strategy "hostname". RFC 8461 section 4.2: the host
 * among the DNS-IDs. */
static const struct rule host_name_rules[] = {
    {names_its_host, "has a certificate for another name"},
};

/* postconf(5), smtp_tls_secure_cert_match: the strategies "nexthop" and "dot-nexthop". */
static const struct rule domain_name_rules[] = {
    {names_its_domain, "has a certificate without a name of the domain's own"},
};

/* ---- All of them ---- */

static const struct {
    const struct rule *rules;
    size_t num_rules;
} demands[] = {
    [DEMAND_TLS] = {tls_rules, NUM(tls_rules)},
    [DEMAND_LEVEL_1] = {level_1_rules, NUM(level_1_rules)},
    [DEMAND_MODERN] = {modern_rules, NUM(modern_rules)},
    [DEMAND_TRUST] = {trust_rules, NUM(trust_rules)},
    [DEMAND_STRONG] = {strong_rules, NUM(strong_rules)},
    [DEMAND_HOST_NAME] = {host_name_rules, NUM(host_name_rules)},
    [DEMAND_DOMAIN_NAME] = {domain_name_rules, NUM(domain_name_rules)},
};

/* What a dialogue would have shown that did not come so far. */
static bool is_of_dialogue(const struct rule *rule)
{
    return rule->holds == offers_starttls || rule->holds == accepts_starttls ||
           rule->holds == completes_handshakes || rule->holds == completes_ordinary_ones;
}

/* Why it is not known whether a rule holds. */
static const char *unknown_because(const struct enforce_address *address, const struct rule *rule)
{
    enum outcome outcome = address->record->outcome;
    if (is_of_dialogue(rule)) {
        return outcome != OUTCOME_OK ? outcome_text(outcome) : "could not be asked for TLS";
    }
    if (rule->holds == speaks_tls10 || rule->holds == speaks_tls12) {
        return "did not show which versions of TLS it has";
    }
    if (rule->holds == has_a_root) {
        return "has a certificate whose chain could not be judged";
    }
    if (rule->holds == names_its_host) {
        return "has a certificate that was not held to the host's name";
    }
    return rule->because;
}

enum tri enforce_address_meets(const struct enforce_address *address, enum enforce_demand demand,
                               const char **out_because)
{
    enum tri answer = TRI_YES;
    for (size_t i = 0; i < demands[demand].num_rules; i++) {
        const struct rule *rule = &demands[demand].rules[i];
        enum tri holds = rule->holds(address);
        if (holds == TRI_NO) {
            *out_because = rule->because;
            return TRI_NO;
        }
        if (holds == TRI_UNKNOWN && answer == TRI_YES) {
            *out_because = unknown_because(address, rule);
            answer = TRI_UNKNOWN;
        }
    }
    return answer;
}
