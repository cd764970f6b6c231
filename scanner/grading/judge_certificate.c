#include "scanner/grading/judge_certificate.h"

#include <stdio.h>
#include <string.h>

#include "io/base/hostname.h"
#include "scanner/x509/certificate.h"

#define NAMES_MAX 256 /* of all notes or problems together */

static bool has_problem(const struct certificate_record *certificate,
                        enum certificate_problem problem)
{
    return (certificate->problems & CERTIFICATE_PROBLEM_BIT(problem)) != 0;
}

/* Names the key that is weak, which need not be the leaf's. */
static void add_weak_key(struct judgement *judgement, const struct certificate_record *certificate)
{
    for (size_t i = 1; i < certificate->num_sent && !certificate->sent[0].has_weak_key; i++) {
        const struct sent_certificate *sent = &certificate->sent[i];
        if (sent->has_weak_key) {
            judgement_add(judgement, FINDING_WEAK_KEY, "%s %u bits, of %.*s", sent->key,
                          sent->key_bits, (int)sent->subject.len, sent->subject.bytes);
            return;
        }
    }
    judgement_add(judgement, FINDING_WEAK_KEY, "%s %u bits",
                  certificate->key != NULL ? certificate->key : "key", certificate->key_bits);
}

/* An RSA key below 1024 bits caps at D, which takes two dialogues. */
static void judge_key(struct judgement *judgement, const struct endpoint_record *record,
                      const struct certificate_record *certificate)
{
    unsigned rsa_bits = certificate->smallest_rsa_bits;
    if (rsa_bits > 0 && rsa_bits < 1024 && !record->votes.certificate.key_alone) {
        judgement_add(judgement, FINDING_RSA_BELOW_1024, "RSA %u bits", rsa_bits);
    } else if (has_problem(certificate, CERTIFICATE_WEAK_KEY)) {
        add_weak_key(judgement, certificate);
    } else if (rsa_bits > 0 && rsa_bits < 3072) {
        judgement_add(judgement, FINDING_RSA_BELOW_3072, "RSA %u bits", rsa_bits);
    }
}

static void judge_signatures(struct judgement *judgement,
                             const struct certificate_record *certificate)
{
    if (has_problem(certificate, CERTIFICATE_WEAK_SIGNATURE)) {
        const char *name = certificate->weakest_signature;
        bool is_md = name != NULL && (strncmp(name, "md5", 3) == 0 || strncmp(name, "md2", 3) == 0);
        judgement_add(judgement, is_md ? FINDING_MD5_SIGNATURE : FINDING_SHA1_SIGNATURE, "%s",
                      name != NULL ? name : "weak");
    }
}

/* Names what has expired, which need not be the leaf. */
static void add_expired(struct judgement *judgement, const struct certificate_record *certificate)
{
    for (size_t i = 1; i < certificate->num_sent && certificate->days_left >= 0; i++) {
        const struct sent_certificate *sent = &certificate->sent[i];
        if (sent->has_validity && sent->days_left < 0) {
            judgement_add(judgement, FINDING_EXPIRED, "%d days left of %.*s", sent->days_left,
                          (int)sent->subject.len, sent->subject.bytes);
            return;
        }
    }
    judgement_add(judgement, FINDING_EXPIRED, "%d days left%s", certificate->days_left,
                  certificate->days_left < 0 ? "" : "; its issuer has expired");
}

/* What is wrong with a chain by public roots alone; a finding for each. */
static const struct {
    enum certificate_problem problem;
    enum finding_code code;
} public_chain[] = {
    {CERTIFICATE_SELF_SIGNED, FINDING_SELF_SIGNED},
    {CERTIFICATE_UNTRUSTED_ROOT, FINDING_UNTRUSTED_ROOT},
    {CERTIFICATE_INCOMPLETE_CHAIN, FINDING_INCOMPLETE_CHAIN},
    {CERTIFICATE_EXPIRED, FINDING_EXPIRED},
    {CERTIFICATE_NOT_YET_VALID, FINDING_NOT_YET_VALID},
    {CERTIFICATE_NAME_MISMATCH, FINDING_NAME_MISMATCH},
    {CERTIFICATE_CN_ONLY, FINDING_CN_ONLY},
    {CERTIFICATE_BAD_PURPOSE, FINDING_BAD_PURPOSE},
    {CERTIFICATE_CONSTRAINT_VIOLATION, FINDING_CONSTRAINT_VIOLATION},
    {CERTIFICATE_UNPARSABLE, FINDING_UNPARSABLE_CERTIFICATE},
    {CERTIFICATE_INVALID_KEY, FINDING_INVALID_KEY},
    {CERTIFICATE_REVOKED, FINDING_OCSP_REVOKED},
};

#define NUM_PUBLIC_CHAIN (sizeof(public_chain) / sizeof(public_chain[0]))

bool judge_is_of_public_chain(enum finding_code code)
{
    for (size_t i = 0; i < NUM_PUBLIC_CHAIN; i++) {
        if (public_chain[i].code == code) {
            return true;
        }
    }
    return false;
}

/* A chain that only matters to who trusts public roots: what DANE authenticates needs none. */
static void judge_path(struct judgement *judgement, const char *host,
                       const struct certificate_record *certificate)
{
    for (size_t i = 0; i < NUM_PUBLIC_CHAIN; i++) {
        if (!has_problem(certificate, public_chain[i].problem)) {
            continue;
        }
        switch (public_chain[i].code) {
        case FINDING_EXPIRED:
            add_expired(judgement, certificate);
            break;
        case FINDING_NAME_MISMATCH:
            judgement_add(judgement, FINDING_NAME_MISMATCH, "none of its names is %s",
                          host != NULL ? host : "the address");
            break;
        default:
            judgement_add(judgement, public_chain[i].code, NULL);
            break;
        }
    }
}

/* The names of the bits that are set, with commas between. */
static void name_bits(uint32_t bits, const char *(*name_of)(unsigned bit), char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < 32 && len < size; i++) {
        if ((bits >> i & 1) != 0) {
            len += (size_t)snprintf(out + len, size - len, "%s%s", len > 0 ? ", " : "", name_of(i));
        }
    }
}

static const char *name_of_note(unsigned bit)
{
    return chain_note_name((enum chain_note)bit);
}

static const char *name_of_ocsp_problem(unsigned bit)
{
    return ocsp_problem_name((enum ocsp_problem)bit);
}

/* Of the staple's own worth; what it says of the certificate is a problem of that. */
static void judge_staple(struct judgement *judgement, const struct certificate_record *certificate)
{
    const uint32_t dates = OCSP_PROBLEM_BIT(OCSP_STALE) | OCSP_PROBLEM_BIT(OCSP_NOT_YET_VALID) |
                           OCSP_PROBLEM_BIT(OCSP_NO_NEXT_UPDATE);
    const struct ocsp_record *ocsp = &certificate->ocsp;
    char names[NAMES_MAX];
    if (certificate->sct.value == TRI_NO) {
        judgement_add(judgement, FINDING_NO_SCT, NULL);
    }
    if (certificate->ocsp_staple.value == TRI_NO) {
        judgement_add(
            judgement,
            certificate->must_staple ? FINDING_MUST_STAPLE_MISSING : FINDING_NO_OCSP_STAPLE, NULL);
    }
    if (certificate->ocsp_staple.value != TRI_YES) {
        return;
    }
    if ((ocsp->problems & dates) != 0) {
        name_bits(ocsp->problems & dates, name_of_ocsp_problem, names, sizeof(names));
        judgement_add(judgement, FINDING_OCSP_STALE, "%s", names);
    }
    if ((ocsp->problems & ~dates) != 0) {
        name_bits(ocsp->problems & ~dates, name_of_ocsp_problem, names, sizeof(names));
        judgement_add(judgement, FINDING_OCSP_USELESS, "%s", names);
    } else if (ocsp->status == OCSP_STATUS_UNKNOWN) {
        judgement_add(judgement, FINDING_OCSP_USELESS, "the responder does not know it");
    }
}

/* RFC 7671 section 5.2.2: a server with records of usage 2 has to send what they name. */
static bool is_root_wanted(const struct endpoint_record *record)
{
    return record->dane == DANE_VALID && record->dane_matched != NULL &&
           record->dane_matched[0] == '2';
}

static void judge_tidiness(struct judgement *judgement, const struct endpoint_record *record,
                           const struct certificate_record *certificate)
{
    const uint32_t root = CHAIN_NOTE_BIT(CHAIN_ROOT_INCLUDED);
    char names[NAMES_MAX];
    if ((certificate->chain_notes & ~root) != 0) {
        name_bits(certificate->chain_notes & ~root, name_of_note, names, sizeof(names));
        judgement_add(judgement, FINDING_CHAIN_UNTIDY, "%s", names);
    }
    if ((certificate->chain_notes & root) != 0 && !is_root_wanted(record)) {
        judgement_add(judgement, FINDING_ROOT_SENT, NULL);
    }
    if (certificate->validity_limit > 0 &&
        certificate->validity_days > certificate->validity_limit) {
        judgement_add(judgement, FINDING_LONG_VALIDITY, "%u days, %u at most",
                      certificate->validity_days, certificate->validity_limit);
    }
}

/* Names the first such wildcard of the certificate. The finding is a note, so one is enough. */
static void judge_wildcards(struct judgement *judgement,
                            const struct certificate_record *certificate)
{
    for (size_t i = 0; i < certificate->num_names; i++) {
        struct text name = certificate->names[i];
        if (name.len > 2 && memcmp(name.bytes, "*.", 2) == 0 &&
            hostname_is_icann_suffix(name.bytes + 2, name.len - 2)) {
            judgement_add(judgement, FINDING_WILDCARD_SUFFIX, "%.*s", (int)name.len, name.bytes);
            return;
        }
    }
}

void judge_certificate(struct judgement *judgement, const struct endpoint_record *record,
                       const struct certificate_record *certificate)
{
    if (record->dane != DANE_VALID) {
        if (certificate->trusted.value == TRI_UNKNOWN) {
            judgement_add(judgement, FINDING_TRUST_UNKNOWN, "%s",
                          outcome_text(certificate->trusted.reason));
        }
        judge_path(judgement, record->host, certificate);
    } else if (certificate_is_valid(certificate) != TRI_YES) {
        judgement_add(judgement, FINDING_DANE_AUTHENTICATES, "%s",
                      record->dane_matched != NULL ? record->dane_matched : "matched");
    }
    judge_staple(judgement, certificate);
    judge_tidiness(judgement, record, certificate);
    judge_wildcards(judgement, certificate);
    judge_key(judgement, record, certificate);
    /* What DANE authenticates needs no issuer's word: RFC 7672 section 3.1.1. */
    if (record->dane != DANE_VALID) {
        judge_signatures(judgement, certificate);
    }
}
