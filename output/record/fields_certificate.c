#include "output/record/field_rows.h"
#include "output/record/record_parts.h"

/* ---- A certificate of the chain ---- */

#define RECORD struct sent_certificate

static const struct record_field sent_certificate[] = {
    TEXT("subject", subject, "The subject, in the style of RFC 4514.", CUT_AT(LINE_TEXT_MAX),
         NULLABLE),
    TIME("not_after", not_after, "The end of its validity.", NULL_UNLESS(has_validity)),
    STRING("key", key, "The kind of its key.", NULLABLE),
    COUNT("key_bits", key_bits, "The size of its key.", NULLABLE),
    STRING("signature", signature, "The algorithm that it was signed with.", NULLABLE),
    BOOLEAN("weak_key", has_weak_key, "True where the key is too small or of a weak kind.",
            NULLABLE, ABSENT),
};

static const struct record_object of_sent_certificate = {
    .name = "sent_certificate",
    .title = "sent_certificate",
    .sentence = "A certificate as it was sent; null is what could not be read.",
    FIELDS(sent_certificate),
};

#undef RECORD

/* ---- The staple ---- */

#define RECORD struct ocsp_record

static bool was_revoked(const void *record)
{
    const struct ocsp_record *ocsp = record;
    return ocsp->status == OCSP_STATUS_REVOKED;
}

static const struct record_field ocsp[] = {
    ENUM("status", enum ocsp_status, status, ocsp_status,
         "What the response says of the certificate; null where it says nothing of this one.",
         NULLABLE),
    VERDICT("fresh", fresh, "Whether the response holds at the time of the run."),
    VERDICT("signature", signature,
            "Whether it is signed by the issuer, or by a responder that the issuer has named; "
            "unknown where the issuer is missing."),
    TIME("this_update", this_update, "When the response was made.", NULL_UNLESS(has_this_update)),
    TIME("next_update", next_update, "Until when the response holds.",
         NULL_UNLESS(has_next_update)),
    TIME("revoked_at", revoked_at, "When the certificate was revoked.",
         NULL_UNLESS_SAID(was_revoked)),
    BITS("problems", problems, ocsp_problem, "Why the response is of little or no use."),
};

static const struct record_object of_ocsp = {
    .name = "ocsp",
    .title = "ocsp",
    .sentence = "A stapled OCSP response.",
    FIELDS(ocsp),
};

#undef RECORD

/* ---- The certificate ---- */

#define RECORD struct certificate_record

static bool was_stapled(const void *record)
{
    const struct certificate_record *certificate = record;
    return certificate->ocsp_staple.value == TRI_YES;
}

static const struct record_field certificate[] = {
    TEXT("subject", subject, "The subject, in the style of RFC 4514.", CUT_AT(LINE_TEXT_MAX),
         NULLABLE),
    TEXT("issuer", issuer, "The issuer, likewise.", CUT_AT(LINE_TEXT_MAX), NULLABLE),
    TEXTS("names", names, num_names, "The DNS names and addresses of subjectAltName, in order.",
          CUT_AT(NAME_TEXT_MAX)),
    TIME("not_before", not_before, "The beginning of its validity.", NULL_UNLESS(has_validity),
         KEY),
    TIME("not_after", not_after, "The end of its validity.", NULL_UNLESS(has_validity), KEY),
    INTEGER("days_left", days_left, "Whole days to the end; negative where it is past.",
            NULL_UNLESS(has_validity), KEY),
    COUNT("validity_days", validity_days, "Days from the beginning to the end.", NULLABLE),
    COUNT("validity_limit_days", validity_limit,
          "The most days that public CAs allowed themselves when it was issued; null where no root "
          "of the system's vouches for it.",
          NULLABLE),
    STRING("key", key, "The kind of its key, such as `RSA` or `ECDSA P-256`.", NULLABLE),
    COUNT("key_bits", key_bits, "The size of its key.", NULLABLE),
    STRING("signature", signature, "The algorithm that it was signed with.", NULLABLE),
    STRING("weakest_signature", weakest_signature,
           "The weakest such algorithm along the chain, its root left out.", NULLABLE),
    COUNT("smallest_rsa_bits", smallest_rsa_bits,
          "The size of the smallest RSA key along the chain, its root left out.", NULLABLE),
    COUNT("chain_length", chain_length, "How many certificates were sent."),
    OBJECTS("chain", struct sent_certificate, sent, num_sent, of_sent_certificate,
            "The certificates as sent, leaf first."),
    BITS("chain_notes", chain_notes, chain_note,
         "How they were sent; none of these makes a chain worse."),
    VERDICT("trusted", trusted,
            "Whether chain and purpose lead to a trusted root, dates and name apart."),
    VERDICT("name_match", name_match,
            "Whether it is for the host's name (RFC 9525); null with a bare address.",
            NULL_UNLESS(name_checked)),
    BITS("problems", problems, certificate_problem, "What is wrong with it."),
    SHA256("sha256", sha256, "The digest of the certificate.", KEY),
    SHA256("spki_sha256", spki_sha256, "The digest of its public key."),
    VERDICT("ocsp_staple", ocsp_staple, "Whether an OCSP response was stapled to it."),
    OBJECT("ocsp", struct ocsp_record, ocsp, of_ocsp,
           "The response that was stapled; null without one.", NULL_UNLESS_SAID(was_stapled)),
    BOOLEAN("must_staple", must_staple, "It promises a staple (RFC 7633)."),
    VERDICT("sct", sct, "Whether there are signed certificate timestamps for it (RFC 6962)."),
    BITS("sct_sources", sct_sources, sct_source, "Where those timestamps came from."),
};

const struct record_object record_of_certificate = {
    .name = "certificate",
    .title = "certificate",
    .sentence = "The leaf of a chain, judged; `mxgrade verify` prints this object alone.",
    FIELDS(certificate),
};
