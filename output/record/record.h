/*
 * The contract that everyone shares: what was seen and said about a run, an endpoint and a domain,
 * as plain data. Probes fill it, the policy judges it, the writer prints it.
 *
 * Ownership: a record owns nothing. Every pointer is borrowed from the arena, cache or table of
 * whoever filled it and must stay valid until the record has been rendered. Text that came from a
 * server, a certificate or the list is `struct text`: any bytes, NUL included; the JSON writer
 * makes it valid UTF-8 and bounds it. `const char *` is our own text or a checked ASCII name.
 */
#ifndef MXGRADE_OUTPUT_RECORD_H
#define MXGRADE_OUTPUT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/record/outcome.h"

#define RECORD_SCHEMA_VERSION 1

#define RUN_ID_LEN 32 /* of the id of a run: 128 random bits in hexadecimal */

/* Foreign bytes. `bytes` is NULL where there is nothing to say (rendered as null). */
struct text {
    const char *bytes;
    size_t len;
};

/* yes / no / unknown. Zero is unknown: what nobody looked at stays unknown. */
enum tri { TRI_UNKNOWN, TRI_NO, TRI_YES };

/* A three-valued answer; `reason` says why it is unknown and means nothing otherwise. */
struct verdict {
    enum tri value : 8;
    enum outcome reason : 8;
};

/* Letters from best to worst; U is not graded, N is no mail. */
enum grade { GRADE_U, GRADE_N, GRADE_A_PLUS, GRADE_A, GRADE_B, GRADE_C, GRADE_D, GRADE_F };
#define GRADE_COUNT (GRADE_F + 1)

const char *grade_name(enum grade grade);    /* "U", "N", "A+", "A", ... */
const char *grade_meaning(enum grade grade); /* in a few words */
bool grade_from_name(const char *name, enum grade *out_grade);

enum severity { SEVERITY_INFO, SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL };

const char *severity_name(enum severity severity);

/* What others ask of a server, beside our letters. */
enum profile { PROFILE_RFC_9325, PROFILE_NCSC_NL, PROFILE_MOZILLA, PROFILE_PCI_DSS, PROFILE_COUNT };

#define PROFILE_BIT(profile) (1u << (profile))

const char *profile_name(enum profile profile); /* "rfc9325", "ncsc_nl_2025_05", ... */

/* The level that a server reaches in a profile, and the rules that keep it from the best one. */
struct profile_verdict {
    const char *level; /* of the profile's own, or "unknown"; NULL: no TLS was seen to judge */
    const char *const *failed; /* the rules that keep it from the best level, */
    size_t num_failed;
    const char *const *failed_levels; /* and the level that each allows; older files have none */
    size_t num_failed_levels;
    const char *const *open; /* the rules not decided that might still lower the level */
    size_t num_open;
};

/* One row of the policy. The table itself lives with the policy; output only prints it. */
struct finding_rule {
    const char *code; /* stable, lower_case */
    enum severity severity;
    enum grade cap;     /* the best letter left; GRADE_U where the finding caps nothing */
    unsigned deduction; /* points off 100 */
    unsigned profiles;  /* PROFILE_BIT()s of those that look at the same thing */
    const char *title;  /* what is the matter, one line */
    const char *why;    /* what follows from it, for whom */
    const char *remedy; /* what to do, one line */
    const char *source; /* "RFC 7672 section 2.1" */
};

/* Where a domain's finding was seen: an MX host, or one address of it. */
struct finding_place {
    const char *host;    /* as its record has it; NULL with a bare address */
    const char *address; /* NULL: the host as such */
    uint16_t port;       /* of that address; 0 without one */
};

/* Who has accepted a finding, until when and why. All zero: nobody has. */
struct accepted {
    const char *until; /* the last day in UTC, "2027-03-31"; NULL: it is not accepted */
    struct text reason;
    struct text by;
};

/* The letter that is left where the findings that are accepted do not count. */
struct accepted_grade {
    enum grade grade;
    const char *until; /* the last day that it holds; NULL: it is the letter itself */
};

/* The letter that counts where accepted findings do not: for bars, and for what has changed. */
static inline enum grade record_grade_left(enum grade grade, const struct accepted_grade *accepted)
{
    return accepted->until != NULL ? accepted->grade : grade;
}

/* A rule that fired. `detail` is the evidence: what was seen, where; NULL if the code says all. */
struct finding {
    const char *code; /* of the rule, as is its severity */
    enum severity severity;
    const char *detail;
    const struct finding_place *places; /* of a domain's finding, the first so many */
    size_t num_places;
    struct accepted accepted;
};

/* ---- Certificates ---------------------------------------------------------------------------- */

/* X(constant, name in the record, what it means) */
#define CERTIFICATE_PROBLEM_TABLE(X)                                                               \
    X(SELF_SIGNED, "self_signed", "the leaf is signed with its own key")                           \
    X(UNTRUSTED_ROOT, "untrusted_root", "the chain does not end at a trusted root")                \
    X(INCOMPLETE_CHAIN, "incomplete_chain", "an intermediate certificate is missing")              \
    X(EXPIRED, "expired", "the time of a certificate in the path is over")                         \
    X(NOT_YET_VALID, "not_yet_valid", "the time of a certificate in the path has not begun")       \
    X(NAME_MISMATCH, "name_mismatch", "no subjectAltName is the host's name")                      \
    X(CN_ONLY, "cn_only", "only the CN, which no longer counts, is the host's name")               \
    X(WEAK_KEY, "weak_key", "a key in the path is too small or of a weak kind")                    \
    X(WEAK_SIGNATURE, "weak_signature", "a signature in the path rests on a broken digest")        \
    X(BAD_PURPOSE, "bad_purpose", "a certificate in the path is not meant for TLS servers")        \
    X(CONSTRAINT_VIOLATION, "constraint_violation", "the chain breaks a constraint of a CA")       \
    X(UNPARSABLE, "unparsable", "the leaf cannot be parsed")                                       \
    X(REVOKED, "revoked", "a staple with a good signature says that it was revoked")               \
    X(INVALID_KEY, "invalid_key", "a key in the path is none: anybody could sign for it, or nobody")

enum certificate_problem {
#define X(constant, name, meaning) CERTIFICATE_##constant,
    CERTIFICATE_PROBLEM_TABLE(X)
#undef X
        CERTIFICATE_PROBLEM_COUNT
};

#define CERTIFICATE_PROBLEM_BIT(problem) (1u << (problem))

/* What an OCSP response says of a certificate, RFC 6960 section 2.2; NONE: nothing. */
enum ocsp_status { OCSP_STATUS_NONE, OCSP_STATUS_GOOD, OCSP_STATUS_REVOKED, OCSP_STATUS_UNKNOWN };

/* Why a stapled response is of little or no use. */
#define OCSP_PROBLEM_TABLE(X)                                                                      \
    X(UNPARSABLE, "unparsable", "the response cannot be parsed")                                   \
    X(NOT_SUCCESSFUL, "not_successful", "the responder had no answer to give")                     \
    X(OTHER_CERTIFICATE, "other_certificate", "the response is about another certificate")         \
    X(STALE, "stale", "nextUpdate has passed")                                                     \
    X(NOT_YET_VALID, "not_yet_valid", "thisUpdate lies in the future")                             \
    X(NO_NEXT_UPDATE, "no_next_update", "the response does not say how long it holds")             \
    X(BAD_SIGNATURE, "bad_signature", "the signature is not that of its signer")                   \
    X(UNAUTHORIZED_RESPONDER, "unauthorized_responder", "the issuer has not named the signer")

enum ocsp_problem {
#define X(constant, name, meaning) OCSP_##constant,
    OCSP_PROBLEM_TABLE(X)
#undef X
        OCSP_PROBLEM_COUNT
};

const char *ocsp_problem_name(enum ocsp_problem problem);

#define OCSP_PROBLEM_BIT(problem) (1u << (problem))

/* A stapled response, judged for the leaf that it came with. */
struct ocsp_record {
    enum ocsp_status status;
    struct verdict fresh;
    struct verdict signature;
    bool has_this_update;
    int64_t this_update; /* seconds since 1970 UTC */
    bool has_next_update;
    int64_t next_update;
    int64_t revoked_at; /* where status is REVOKED */
    uint32_t problems;  /* OCSP_PROBLEM_BIT()s */
};

/* How the certificates were sent; see scanner/x509/chain_notes.h. */
#define CHAIN_NOTE_TABLE(X)                                                                        \
    X(EXTRA, "extra_certificate", "a certificate leads nowhere from the leaf")                     \
    X(UNORDERED, "unordered", "an issuer stands before what it has issued")                        \
    X(DUPLICATE, "duplicate_certificate", "a certificate was sent more than once")                 \
    X(ROOT_INCLUDED, "root_included", "the root was sent")                                         \
    X(CUT, "cut", "of more than 32 certificates or 128 KiB the rest was not looked at")

enum chain_note {
#define X(constant, name, meaning) CHAIN_##constant,
    CHAIN_NOTE_TABLE(X)
#undef X
        CHAIN_NOTE_COUNT
};

const char *chain_note_name(enum chain_note note);

#define CHAIN_NOTE_BIT(note) (1u << (note))

/* One certificate of the chain as sent. */
struct sent_certificate {
    struct text subject;
    const char *key; /* names as of the leaf; NULL: could not be read */
    unsigned key_bits;
    bool has_weak_key;
    const char *signature;
    bool has_validity;
    int64_t not_after;
    int32_t days_left;
};

/* Where signed certificate timestamps came from: RFC 6962 section 3.3. */
#define SCT_IN_CERTIFICATE   1u
#define SCT_IN_TLS_EXTENSION 2u
#define SCT_IN_OCSP_STAPLE   4u
#define SCT_SOURCE_COUNT     3

struct certificate_record {
    struct text subject; /* RFC 4514 style, whatever the encoding was */
    struct text issuer;
    const struct text *names; /* subjectAltName DNS and IP identifiers, in order, bounded */
    size_t num_names;
    bool has_validity;  /* the four below were readable */
    int64_t not_before; /* seconds since 1970 UTC */
    int64_t not_after;
    int32_t days_left; /* whole days from the run's now to not_after; negative if past */
    unsigned validity_days;
    unsigned validity_limit; /* the most days that public CAs allow; 0: they have no say */
    const char *key;         /* "RSA", "ECDSA P-256", "Ed25519", ... */
    unsigned key_bits;
    const char *signature; /* "sha256WithRSAEncryption" style name of the leaf's signature */
    const char *weakest_signature; /* the weakest along the non-root chain sent, same style */
    unsigned smallest_rsa_bits;    /* smallest RSA key among non-root certificates; 0 if none */
    unsigned chain_length;         /* certificates as sent */
    const struct sent_certificate *sent; /* those looked at, leaf first */
    size_t num_sent;
    uint32_t chain_notes;      /* CHAIN_NOTE_BIT()s */
    struct verdict trusted;    /* chain, purpose and constraints to a root; dates and name apart */
    bool name_checked;         /* false with a bare address: name_match is printed as null */
    struct verdict name_match; /* RFC 9525: DNS-ID only */
    uint32_t problems;         /* CERTIFICATE_PROBLEM_BIT()s */
    uint8_t sha256[32];        /* of the leaf's DER */
    uint8_t spki_sha256[32];   /* of its SubjectPublicKeyInfo; zero if unparsable */
    struct verdict ocsp_staple;
    struct ocsp_record ocsp; /* means nothing unless ocsp_staple is yes */
    bool must_staple;        /* the leaf promises a staple: RFC 7633 */
    struct verdict sct;
    unsigned sct_sources; /* SCT_IN_*s */
};

/* ---- What one endpoint showed ---------------------------------------------------------------- */

enum tls_version { TLS_SSL2, TLS_SSL3, TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3, TLS_VERSION_COUNT };

/* Classes of weak suites, one bit each in tls_facts.weak. */
#define WEAK_CLASS_TABLE(X)                                                                        \
    X(NULL, "NULL")                                                                                \
    X(ANON, "anonymous")                                                                           \
    X(EXPORT, "export")                                                                            \
    X(DES, "DES")                                                                                  \
    X(RC4, "RC4")                                                                                  \
    X(3DES, "3DES")                                                                                \
    X(STATIC_RSA, "static_RSA")                                                                    \
    X(STATIC_DH, "static_DH")                                                                      \
    X(CBC_ONLY, "CBC_only")                                                                        \
    X(SMALL_DH, "small_DH")

enum weak_class {
#define X(constant, name) WEAK_##constant,
    WEAK_CLASS_TABLE(X)
#undef X
        WEAK_CLASS_COUNT
};

/* The lists of a deep scan, by the names of their fields; one bit each in tls_facts.cut_lists. */
enum tls_list { TLS_LIST_GROUPS, TLS_LIST_CURVES, TLS_LIST_SUITES, TLS_LIST_COUNT };

enum client_certificate {
    CLIENT_CERTIFICATE_UNKNOWN,
    CLIENT_CERTIFICATE_NONE,
    CLIENT_CERTIFICATE_REQUESTED,
    CLIENT_CERTIFICATE_REQUIRED
};

enum cipher_preference { PREFERENCE_UNKNOWN, PREFERENCE_SERVER, PREFERENCE_CLIENT };

/* Names of our own, in order. */
struct name_list {
    const char *const *items;
    size_t num;
};

struct tls_facts {
    bool has_version;         /* there was a handshake: */
    enum tls_version version; /* negotiated in the one that took the certificate */
    const char *cipher;       /* IANA name, NULL if unknown */
    const char *group;        /* IANA name, NULL if none */
    struct verdict versions[TLS_VERSION_COUNT];
    const char
        *version_evidence[TLS_VERSION_COUNT]; /* "ServerHello", "alert 70 protocol_version" */
    struct verdict weak[WEAK_CLASS_COUNT];
    const char *weak_evidence[WEAK_CLASS_COUNT]; /* the suite that was accepted; NULL */
    unsigned dh_bits;                            /* 0: not seen */
    const char *dh_group; /* "ffdhe2048" and its like; NULL: none, or not a well-known one */
    /* Of a deep scan, IANA numbers for the policy, not printed: */
    const uint16_t *groups; /* accepted in TLS 1.3 */
    size_t num_groups;
    const uint16_t *curves; /* accepted in TLS 1.2 and older */
    size_t num_curves;
    const uint16_t *suites; /* accepted, those of TLS 1.3 first */
    size_t num_suites;
    size_t num_suites_tls13;
    /* The same by their IANA names, those without one in hexadecimal. */
    struct name_list group_names;
    struct name_list curve_names;
    struct name_list suite_names;
    bool has_lists;              /* it was a deep scan, so that an empty one says something, too */
    unsigned cut_lists;          /* those that the server did not end: it may have more */
    struct verdict post_quantum; /* a hybrid ML-KEM group was chosen when offered */
    const char *post_quantum_group; /* IANA name of the one it chose; NULL */
    bool large_hello_intolerant;    /* no answer to a hello of the size of a post-quantum one */
    enum cipher_preference preference;
    struct verdict ems;
    struct verdict secure_renegotiation;
    struct verdict compression;
    struct verdict tickets;
    enum client_certificate client_certificate;
};

enum plaintext_mail { PLAINTEXT_MAIL_UNKNOWN, PLAINTEXT_MAIL_ACCEPTED, PLAINTEXT_MAIL_REFUSED };

#define DANE_STATUS_COUNT (DANE_PARTIAL + 1)

enum dane_status {
    DANE_UNKNOWN,
    DANE_NONE,
    DANE_VALID,
    DANE_MISMATCH,
    DANE_UNUSABLE,
    DANE_INSECURE,
    DANE_TEMPERROR,
    DANE_BOGUS,
    DANE_PARTIAL /* of a domain only */
};

const char *dane_status_name(enum dane_status status);

/* Milliseconds spent in each phase of the dialogue that took the certificate; -1: not reached. */
struct timings {
    int32_t connect;
    int32_t banner;
    int32_t ehlo;
    int32_t starttls;
    int32_t handshake;
    int32_t total; /* from the first connection attempt to the verdict, waits included */
};

struct reply {
    unsigned code; /* 0: no refusal was heard */
    struct text text;
};

/*
 * What a letter may not rest on: the questions of which an answer could lower it. X(constant, name
 * in the record, what is asked). Those of a domain stand at the end.
 */
#define QUESTION_TABLE(X)                                                                          \
    X(STARTTLS, "starttls", "whether STARTTLS is offered and accepted each time")                  \
    X(HANDSHAKE, "handshake", "whether a handshake is completed")                                  \
    X(CERTIFICATE, "certificate", "whether the certificate can be trusted")                        \
    X(TLS13, "tls13", "whether TLS 1.3 is spoken")                                                 \
    X(TLS12, "tls12", "whether TLS 1.2 is spoken, where TLS 1.3 is not")                           \
    X(TLS11, "tls11", "whether TLS 1.1 is spoken")                                                 \
    X(TLS10, "tls10", "whether TLS 1.0 is spoken")                                                 \
    X(SSL3, "ssl3", "whether SSLv3 is spoken")                                                     \
    X(SSL2, "ssl2", "whether SSLv2 is spoken, where TLS 1.3 is not")                               \
    X(NULL_SUITES, "null_suites", "whether suites without encryption are accepted")                \
    X(EXPORT_SUITES, "export_suites", "whether export suites are accepted")                        \
    X(DES_SUITES, "des_suites", "whether DES suites are accepted")                                 \
    X(RC4_SUITES, "rc4_suites", "whether RC4 suites are accepted")                                 \
    X(3DES_SUITES, "3des_suites", "whether 3DES suites are accepted")                              \
    X(STATIC_RSA, "static_rsa", "whether suites with static RSA are accepted")                     \
    X(STATIC_DH, "static_dh", "whether suites with static DH are accepted")                        \
    X(DH_SIZE, "dh_size", "how large the prime of finite-field DH is")                             \
    X(COMPRESSION, "compression", "whether TLS compresses")                                        \
    X(EMS, "extended_master_secret", "whether TLS 1.2 has the extended master secret")             \
    X(RENEGOTIATION, "secure_renegotiation", "whether TLS 1.2 renegotiates securely")              \
    X(INJECTION, "injection", "whether commands from before TLS are executed inside it")           \
    X(LOGIN, "login_before_tls", "whether a login is offered in clear")                            \
    X(DANE, "dane", "whether TLSA records match, beside an MTA-STS policy in `enforce`")           \
    X(MTA_STS, "mta_sts", "what the MTA-STS policy says")                                          \
    X(IPV4, "ipv4", "the IPv4 addresses, which this run leaves out")                               \
    X(IPV6, "ipv6", "the IPv6 addresses, which this run leaves out")                               \
    X(EXCLUDED, "excluded", "the addresses on the exclusion list")                                 \
    X(ADDRESSES, "addresses", "the addresses that could not be observed")

enum question {
#define X(constant, name, meaning) QUESTION_##constant,
    QUESTION_TABLE(X)
#undef X
        QUESTION_COUNT
};

#define QUESTION_BIT(question) (UINT32_C(1) << (question))

/*
 * How the dialogues with a server voted: the evidence that the verdicts rest on. `with` and
 * `without`: those that were offered STARTTLS, and those that were not and could tell.
 */
struct offer_votes {
    unsigned with, without;
    unsigned unclear; /* without STARTTLS, after we had provoked the server */
    unsigned seconds; /* between the first vote and the last, where there are both kinds */
};

/* What the command was answered with, where it was offered. */
struct command_votes {
    unsigned accepted, refused;
    unsigned busy;    /* "454 TLS not available" in place of the go-ahead, or behind it */
    unsigned seconds; /* between the first of these and the last */
};

/* Under the endpoint's own name. */
struct handshake_votes {
    unsigned completed, failed, unclear;
    unsigned certificate_wanted; /* of all these: the server insists on a client certificate */
};

/* Likewise: what the certificate was that they were shown. */
struct certificate_votes {
    unsigned valid, invalid, unclear;
    bool mixed;        /* those that were shown a key of one kind disagree */
    bool dane_mixed;   /* ... on whether it matches the TLSA records */
    bool dane_alone;   /* one dialogue alone was shown a certificate that does not match them */
    bool key_alone;    /* ... one whose chain or trust anchor has an RSA key below 1024 bits */
    unsigned left_out; /* dialogues that were shown a chain for which there was no room */
};

struct endpoint_votes {
    struct offer_votes offer;
    struct command_votes command;
    struct handshake_votes handshake;
    struct certificate_votes certificate;
};

struct endpoint_record {
    /* identity */
    const char *host;    /* A-label name, NULL with a bare address */
    const char *address; /* NULL where the host has no address that could be contacted */
    unsigned family;     /* 4, 6, or 0 without an address */
    const char *source;  /* the --source address that it was called from; NULL: as the routes say */
    uint16_t port;
    const char *service;     /* "smtp", ... */
    bool implicit_tls;       /* TLS from the first byte: there is no STARTTLS to speak of */
    bool is_between_servers; /* mail comes to it by MX; else people log in */
    /* how it ended */
    enum outcome outcome;
    const char *outcome_detail; /* "handshake_failure (40)"; NULL */
    struct reply reply;         /* the last refusal in words */
    unsigned attempts;          /* connections tried for the outcome */
    unsigned connections;       /* connections made in all, probes included */
    /* what was seen */
    struct text banner;
    struct verdict esmtp;
    struct verdict starttls_advertised;
    struct verdict starttls_accepted;
    struct verdict starttls_handshake;
    struct verdict starttls_in_tls;  /* offered again inside TLS */
    struct verdict login_before_tls; /* AUTH offered in clear */
    bool login_by_challenge;         /* ... by mechanisms that keep the password to themselves */
    bool tls13_intolerant;           /* the handshake only worked without TLS 1.3 in the hello */
    bool sni_intolerant;             /* ... only without SNI */
    bool no_common_suite;            /* it has TLS, but nothing in common with this library: */
    const char *lack;                /* ... what it takes, and what to do; in a finding; NULL */
    bool refusal_open; /* nobody asked under this name whether another library could go on */
    bool inconsistent; /* tries disagreed on whether STARTTLS is offered */
    struct endpoint_votes votes; /* of the dialogues, on what stands above */
    bool has_tls;                /* tls and below hold something */
    struct tls_facts tls;
    uint16_t tls_cipher_id; /* IANA number of tls.cipher; for the policy, not printed */
    bool has_evidence;      /* false only of a record read from a file that is older than that */
    const struct certificate_record *certificate;  /* NULL: none was sent or seen */
    const struct certificate_record *certificate2; /* another leaf; see leaf_votes.h. NULL */
    struct verdict injection_commands;
    struct verdict injection_responses;
    enum plaintext_mail plaintext_mail;
    bool mail_only_in_tls; /* refused: MAIL FROM was accepted inside TLS */
    struct verdict requiretls;
    enum dane_status dane;
    unsigned dane_records;
    const char *dane_matched; /* "3 1 1", NULL */
    const char *dane_base;    /* TLSA base domain, NULL without records */
    const char *dane_bogus;   /* the question that failed to validate: "A mx.example.org"; NULL */
    const char *const *dane_problems;
    size_t num_dane_problems;
    const char *const *tlsa; /* the records as they were received, bounded */
    size_t num_tlsa;
    /* whose it is */
    const char *country; /* ISO 3166 code, NULL */
    uint32_t asn;        /* 0: unknown */
    struct text as_org;
    const char *provider; /* organisational domain of the host, NULL */
    /* the judgement */
    enum grade grade;
    unsigned score; /* 0-100; printed as null for U and N */
    uint32_t open;  /* QUESTION_BIT()s that the letter does not rest on */
    const struct finding *findings;
    size_t num_findings;
    struct accepted_grade accepted_grade;
    struct profile_verdict profiles[PROFILE_COUNT];
    const char *policy; /* what it was judged by, and its digest */
    const char *policy_digest;
    struct timings timings;
    double started;  /* seconds since 1970 */
    const char *run; /* the id of the run that saw it; NULL: it is of an older program */
    bool is_carried; /* as of a domain */
};

/* ---- What a domain amounts to ---------------------------------------------------------------- */

/* How a line of the list names its domain. */
enum domain_form {
    DOMAIN_FORM_NONE, /* it names none */
    DOMAIN_FORM_NAME,
    DOMAIN_FORM_MAIL_ADDRESS,
    DOMAIN_FORM_URL
};

enum mail_kind { MAIL_UNKNOWN, MAIL_MX, MAIL_IMPLICIT, MAIL_NULL_MX, MAIL_NONE };

enum opportunistic_tls {
    OPPORTUNISTIC_UNKNOWN,
    OPPORTUNISTIC_NO,
    OPPORTUNISTIC_PARTIAL,
    OPPORTUNISTIC_YES
};

enum enforced_tls {
    ENFORCED_UNKNOWN,
    ENFORCED_NONE,
    ENFORCED_DANE,
    ENFORCED_MTA_STS,
    ENFORCED_BOTH
};

enum mta_sts_status {
    MTA_STS_UNKNOWN,
    MTA_STS_NONE,
    MTA_STS_ENFORCE,
    MTA_STS_TESTING,
    MTA_STS_OFF,
    MTA_STS_BROKEN,
    MTA_STS_INVALID_RECORD,
    MTA_STS_FETCH_FAILED,
    MTA_STS_SYNTAX_ERROR,
    MTA_STS_MX_MISMATCH
};

const char *mta_sts_status_name(enum mta_sts_status status);

/* Of one MX host: would a sender that keeps to the policy deliver to it? */
enum mta_sts_host {
    MTA_STS_HOST_NOT_ASKED, /* there is no policy that asks anything of hosts */
    MTA_STS_HOST_UNOBSERVED,
    MTA_STS_HOST_PASSES,
    MTA_STS_HOST_MISMATCH,
    MTA_STS_HOST_NO_STARTTLS,
    MTA_STS_HOST_CERTIFICATE_INVALID
};

/* NULL where the host was not asked. */
const char *mta_sts_host_name(enum mta_sts_host value);

struct mta_sts_record {
    enum mta_sts_status status;
    const char *mode; /* as the policy says: "enforce", "testing", "none"; NULL */
    const char *id;
    int64_t max_age; /* seconds; -1: not known */
    const char *const *mx;
    size_t num_mx;
    const char *const *problems;
    size_t num_problems;
    bool may_be_the_network; /* fetch_failed: in a way that does not tell whose fault it was */
};

struct tls_rpt_record {
    struct verdict status; /* yes: one valid record */
    const struct text *rua;
    size_t num_rua;
    const char *const *problems;
    size_t num_problems;
};

/* What an SPF record says of everyone that it does not name: RFC 7208, section 5.1. */
enum spf_all { SPF_ALL_NOT_SAID, SPF_ALL_PASS, SPF_ALL_NEUTRAL, SPF_ALL_SOFTFAIL, SPF_ALL_FAIL };

struct spf_record {
    struct verdict status; /* yes: one record without an error */
    enum spf_all all;
    struct text redirect; /* the domain whose record counts in place of "all"; NULL: none */
    uint32_t lookups;     /* terms of this record that take a question to DNS */
    const char *const *problems;
    size_t num_problems;
};

enum dmarc_policy { DMARC_NO_POLICY, DMARC_NONE, DMARC_QUARANTINE, DMARC_REJECT };

struct dmarc_record {
    struct verdict status;              /* yes: one record that asks for something */
    enum dmarc_policy policy;           /* that applies to mail of this domain */
    enum dmarc_policy subdomain_policy; /* as published */
    int32_t percent;                    /* of mail that the policy is for; -1: no policy */
    bool is_inherited;                  /* the record is that of the organisational domain */
    const struct text *rua;
    size_t num_rua;
    const char *const *problems;
    size_t num_problems;
};

/* One address of an MX host, in short: the whole story is in its endpoint line. */
struct mx_endpoint {
    const char *address;
    uint16_t port;
    enum outcome outcome;
    enum grade grade;
    unsigned score;
};

struct mx_record {
    int32_t preference;    /* -1: implicit MX */
    struct text host;      /* as the MX names it, lower case, no trailing dot */
    enum outcome lookup;   /* of its addresses; NOT_TESTED where there is no host */
    enum outcome outcome;  /* of the host as a whole: ok if any endpoint was observed */
    enum grade grade;      /* lowest of its graded endpoints, U if none */
    struct verdict dnssec; /* of its addresses */
    enum dane_status dane;
    enum mta_sts_host mta_sts;
    const char *const *caa; /* CAA of the host, in presentation form */
    size_t num_caa;
    /* what the verdict on the domain rests on besides: */
    bool is_alias;     /* the name is a CNAME */
    bool is_named;     /* its certificates match its TLSA records under the domain's name alone */
    const char *bogus; /* as dane_bogus of its endpoints */
    uint64_t addresses_left; /* that were not asked: --max-addresses bounds those of a domain */
    const struct mx_endpoint *endpoints;
    size_t num_endpoints;
};

struct input_field {
    struct text name;
    struct text value;
};

/* A service that people's mail programs use, on one host; or why there is none. */
struct service_record {
    const char *service;
    enum tri offered;    /* by SRV records; unknown: there are none, or the look-up failed */
    enum outcome lookup; /* of the SRV records */
    uint16_t port;
    struct mx_record host; /* without name where no host is known */
};

struct domain_record {
    const char *domain;               /* A-label form; NULL where the line is not a domain */
    struct text input;                /* the line as given */
    enum domain_form form;            /* of the domain in the line */
    uint64_t line;                    /* counted from 1 */
    const struct input_field *fields; /* the supplier's other columns */
    size_t num_fields;
    enum mail_kind mail;
    enum outcome dns_outcome;
    struct verdict dnssec; /* of the MX answer */
    const char *mx_bogus;  /* its question, where it failed to validate: "MX example.org"; NULL */
    const struct mx_record *mx;
    size_t num_mx;
    const struct service_record *services;
    size_t num_services;
    enum opportunistic_tls opportunistic;
    const char *opportunistic_reason; /* the evidence, or why it is unknown */
    enum enforced_tls enforced;
    const char *enforced_reason;
    enum dane_status dane;
    struct mta_sts_record mta_sts;
    struct tls_rpt_record tls_rpt;
    struct spf_record spf;
    struct dmarc_record dmarc;
    enum grade grade;
    unsigned score;
    const struct finding *findings;
    size_t num_findings;
    struct accepted_grade accepted_grade;
    const char *policy; /* what it was judged by, and its digest */
    const char *policy_digest;
    bool partial;        /* some of its endpoints could not be observed */
    uint32_t open;       /* as of an endpoint */
    bool has_evidence;   /* as of an endpoint */
    const char *problem; /* why the line is no domain, NULL */
    double started;      /* seconds since 1970; 0: not known */
    const char *run;     /* as of an endpoint */
    bool is_carried;     /* it was taken over from an earlier file, and not made anew */
};

/* ---- The run --------------------------------------------------------------------------------- */

struct run_option {
    const char *name;
    const char *value;
    bool is_bare; /* a number, true or false: it stands in a line without quotes, "" as null */
};

struct run_record {
    unsigned schema_version; /* RECORD_SCHEMA_VERSION */
    const char *id;          /* RUN_ID_LEN digits; NULL: it is of an older program */
    const char *version;     /* of the program */
    const char *policy;      /* "2026.2" */
    const char *policy_digest;
    const char *list;                 /* file name as given, "-" for standard input */
    const char *list_sha256;          /* hex; NULL for standard input */
    const struct run_option *options; /* those that shape results */
    size_t num_options;
    double started; /* seconds since 1970 */
    int64_t now;    /* the time certificates are judged at, likewise */
    double since;   /* when the run began whose records were taken over; 0: none were */
};

/* Why the records of a run say nothing of the servers that they name. */
#define VOID_REASON_TABLE(X)                                                                       \
    X(SAME_CERTIFICATE, "same_certificate",                                                        \
      "servers of unrelated networks, and no others, showed one certificate, which names none of " \
      "them")                                                                                      \
    X(SAME_GREETING, "same_greeting",                                                              \
      "servers of unrelated networks, and no others, greeted and answered EHLO alike, under one "  \
      "name and without TLS")                                                                      \
    X(STARTTLS_OVERWRITTEN, "starttls_overwritten",                                                \
      "the offer of STARTTLS was overwritten in unrelated networks, and nowhere left whole")

enum void_reason {
    VOID_NONE,
#define X(constant, name, meaning) VOID_##constant,
    VOID_REASON_TABLE(X)
#undef X
        VOID_REASON_COUNT
};

/* The run is void, and each of its records with it. */
struct run_void_record {
    enum void_reason reason;
    const char *run;       /* as of an endpoint */
    const char *detail;    /* a sentence: what was seen, and how often */
    uint64_t records_kept; /* at the beginning of the file: those of a run that this one continues,
                              or the run record alone */
    double time;           /* when it was known; seconds since 1970 */
};

/* What "mxgrade doctor" looks at. */
#define DOCTOR_SUBJECT_TABLE(X)                                                                    \
    X(RESOLVER, "resolver", "does the resolver answer, and find the names of `--canary`?")         \
    X(NXDOMAIN, "nxdomain", "does it say of names that nobody has that there are none?")           \
    X(DNSSEC, "dnssec", "does it validate, and can its word be taken?")                            \
    X(IPV6, "ipv6", "has IPv6 a route?")                                                           \
    X(NAME, "name", "is the name in EHLO that of the address that servers see?")                   \
    X(PORT_25, "port_25", "can mail servers be reached?")                                          \
    X(DESCRIPTORS, "descriptors", "are enough open files allowed for `--concurrency`?")            \
    X(LOCAL_PORTS, "local_ports", "are enough local ports free?")                                  \
    X(DISK, "disk", "is there room for the results?")                                              \
    X(CLOCK, "clock", "is the clock right?")                                                       \
    X(LIBRARIES, "libraries", "are the libraries of these days?")                                  \
    X(SANDBOX, "sandbox", "has the kernel what confines a service?")

enum doctor_subject {
#define X(constant, name, meaning) DOCTOR_##constant,
    DOCTOR_SUBJECT_TABLE(X)
#undef X
        DOCTOR_SUBJECT_COUNT
};

#define DOCTOR_STATUS_TABLE(X)                                                                     \
    X(FINE, "fine", "nothing is wrong")                                                            \
    X(WARNING, "warning", "a scan works, and says less than it could")                             \
    X(FAILED, "failed", "what was asked for cannot be had on this machine as it is")               \
    X(UNKNOWN, "unknown", "it could not be found out")                                             \
    X(NOT_ASKED, "not_asked", "it was not looked at, as the options do not ask for it")

enum doctor_status {
#define X(constant, name, meaning) DOCTOR_##constant,
    DOCTOR_STATUS_TABLE(X)
#undef X
        DOCTOR_STATUS_COUNT
};

const char *doctor_subject_name(enum doctor_subject subject);
const char *doctor_status_name(enum doctor_status status);

/* What a check of "mxgrade doctor" has found. */
struct doctor_record {
    enum doctor_subject subject;
    enum doctor_status status;
    const char *found;
    const char *remedy; /* NULL: nothing is to be done */
};

/* ---- How a sender can be held to TLS, by "mxgrade enforce" ------------------------------------
 */

/* What a sender demands of a domain's mail hosts; from the weakest to the strongest. */
#define ENFORCE_LEVEL_TABLE(X)                                                                     \
    X(NONE, "none", "nothing: mail goes in clear where it must")                                   \
    X(ENCRYPT, "encrypt", "TLS, whoever answers")                                                  \
    X(VERIFY, "verify", "a trusted certificate for the name of the MX host, whoever says so")      \
    X(SECURE, "secure", "a trusted certificate for a name that nobody can forge in the DNS")       \
    X(MTA_STS, "mta-sts", "a trusted certificate for a host of the domain's MTA-STS policy")       \
    X(DANE, "dane", "a certificate that signed TLSA records name")

enum enforce_level {
#define X(constant, name, meaning) ENFORCE_##constant,
    ENFORCE_LEVEL_TABLE(X)
#undef X
        ENFORCE_LEVEL_COUNT
};

const char *enforce_level_name(enum enforce_level level);

/* Who vouches for the names that certificates are held to. */
#define ENFORCE_NAMES_TABLE(X)                                                                     \
    X(NONE, NULL, "there are no names")                                                            \
    X(POLICY, "mta_sts_policy", "the domain's MTA-STS policy")                                     \
    X(DOMAIN, "domain", "the names are the domain's own, or below it")                             \
    X(SIGNED_MX, "signed_mx", "MX records that DNSSEC signs")                                      \
    X(UNSIGNED_MX, "unsigned_mx", "nobody: the MX records are not signed, and were believed")

enum enforce_names {
#define X(constant, name, meaning) ENFORCE_NAMES_##constant,
    ENFORCE_NAMES_TABLE(X)
#undef X
        ENFORCE_NAMES_COUNT
};

/* Would mail be delivered to every MX if a level were demanded? */
struct enforce_answer {
    enum enforce_level level;
    enum tri delivers;
    bool others_deliver; /* some addresses would take it: mail is put off while they are down */
    const char *reason;  /* why not, or why that is not known; NULL */
};

/* All texts but `input` and `fields` are of our own, or names and addresses that were checked. */
struct enforce_record {
    const char *domain; /* the text of a struct hostname */
    struct text input;
    uint64_t line;
    const struct input_field *fields;
    size_t num_fields;
    bool takes_mail;          /* false: it says that it takes none */
    enum enforce_level level; /* the strongest that delivers */
    const char *const *names; /* what certificates are held to: names, and "*.name" for all below */
    size_t num_names;
    enum enforce_names names_from;
    bool without_sni; /* a server was seen that ends handshakes in which it is named */
    double stale;     /* when the MTA-STS policy must be fetched again; seconds since 1970; 0 */
    const struct enforce_answer *answers; /* of each level above NONE, the weakest first */
    size_t num_answers;
    const char *const *notes; /* what this does not rest on: addresses that were not asked, ... */
    size_t num_notes;
};

/* A domain to which mail would not be delivered, or may not, if a level were demanded. */
struct would_fail_record {
    const char *domain;
    struct text input;
    uint64_t line;
    const struct input_field *fields;
    size_t num_fields;
    struct enforce_answer answer;
};

/* One row of a concentration table. */
struct share {
    struct text key; /* country code, "AS64496 Example", organisational domain */
    uint64_t endpoints;
    uint64_t domains;
};

/* What `--accept` comes to. */
struct acceptance_counts {
    uint64_t domains; /* that have a finding that is accepted */
    uint64_t endpoints;
    uint64_t domain_grades[GRADE_COUNT]; /* by what is left where accepted findings do not count */
    uint64_t num_acceptances; /* lines of the file; 0: there is none, and nothing is known below */
    uint64_t num_expired;
    uint64_t num_unused;        /* that are in force, and nothing was found that they accept */
    const char *const *expired; /* the first of them: "line 3: expired of mx.example.org, ..." */
    size_t num_expired_named;
    const char *const *unused;
    size_t num_unused_named;
};

struct summary_record {
    const char *run; /* as of an endpoint */
    const char *policy;
    const char *policy_digest;
    bool complete;     /* every line that was read was begun, and has its record */
    bool interrupted;  /* stopped by a signal */
    bool port_blocked; /* nearly every connection timed out while DNS worked */
    bool dns_failed;   /* the resolver was silent, failed each question, or answered falsely */
    enum void_reason void_reason; /* VOID_NONE: the records count */
    const char *unrouted;        /* "ipv4" or "ipv6": no route for it, and a host had it; or NULL */
    uint64_t addresses_unrouted; /* of hosts, and not asked for that */
    bool resolver_blamed;        /* for what failed to validate: nobody else is */
    uint64_t signed_domains;     /* whose MX answer is signed, or that have something bogus */
    uint64_t bogus_domains;      /* whose MX records, or a host of whom, failed to validate */
    uint64_t lines; /* of the list, those of other shards too; the next three are this shard's */
    uint64_t lines_read;
    uint64_t lines_begun;   /* its first question was asked, or it needed none */
    uint64_t lines_written; /* its record is in the file */
    uint64_t domains, invalid_lines, endpoints, connections, connections_saved;
    uint64_t domain_grades[GRADE_COUNT];
    uint64_t endpoint_grades[GRADE_COUNT];
    struct acceptance_counts accepted;
    uint64_t outcomes[OUTCOME_COUNT]; /* of endpoints */
    uint64_t mail[MAIL_NONE + 1];     /* of domains; those of MAIL_MX and MAIL_IMPLICIT take mail */
    uint64_t opportunistic[OPPORTUNISTIC_YES + 1];
    uint64_t enforced[ENFORCED_BOTH + 1];
    const struct share *countries;
    size_t num_countries;
    const struct share *networks;
    size_t num_networks;
    const struct share *providers;
    size_t num_providers;
    uint64_t dns_questions;
    uint64_t carried_over; /* lines whose record was taken over from an earlier file */
    uint64_t merged_files; /* that were joined to this one; 0: it is of one run */
    int64_t not_scanned;   /* of these: lines of the list without a record; -1: nobody knows */
    const char *const *revised_servers; /* what a record accuses them of was not all they said */
    size_t num_revised_servers;
    double seconds;
    double seconds_to_half; /* -1: not known */
    double seconds_to_95;
    double dns_seconds_share; /* 0..1, -1: not known */
    double finished;          /* seconds since 1970 */
};

#endif
