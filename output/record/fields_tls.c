#include "output/record/field_rows.h"
#include "output/record/record_parts.h"

#define RECORD struct tls_facts

static const struct record_field tls[] = {
    ENUM("version", enum tls_version, version, tls_version,
         "The version of the handshake that took the certificate.", NULL_UNLESS(has_version)),
    STRING("cipher", cipher, "The suite of that handshake (IANA name).", NULLABLE),
    STRING("group", group, "The key exchange group of that handshake (IANA name).", NULLABLE),
    RETIRED("alpn", "Always null, as mail has no ALPN; the next schema version will not have it."),
    VERDICTS("versions", versions, tls_version, "Whether each version is accepted."),
    REASONS("versions_reason", versions, tls_version, "Why a version is unknown, for each such."),
    EVIDENCE("versions_evidence", version_evidence, versions, tls_version,
             "What a version's yes or no rests on, such as `ServerHello` or an alert."),
    CLASSES("weak", weak, weak_class, TRI_YES, "The classes of weak suites that are accepted."),
    CLASSES("weak_unknown", weak, weak_class, TRI_UNKNOWN,
            "The classes for which it could not be told; those in neither list are refused."),
    COUNT("dh_bits", dh_bits, "The size of the smallest Diffie-Hellman prime seen.", NULLABLE),
    STRING("dh_group", dh_group,
           "The name of that prime: an RFC 7919 group or another well-known one.", NULLABLE, ADDED),
    STRINGS("groups", group_names.items, group_names.num,
            "Of a deep scan, the groups accepted in TLS 1.3 (IANA names, or hexadecimal)."),
    STRINGS("groups_tls12", curve_names.items, curve_names.num,
            "Of a deep scan, the groups accepted in TLS 1.2 and older.", ADDED),
    STRINGS("suites", suite_names.items, suite_names.num,
            "Of a deep scan, the suites accepted, those of TLS 1.3 first."),
    BITS("lists_incomplete", cut_lists, tls_list,
         "Of a deep scan only: those of the three lists above that may lack something.",
         NULL_UNLESS(has_lists), ABSENT),
    VERDICT("post_quantum", post_quantum,
            "Whether a hybrid ML-KEM group was chosen when it was offered."),
    STRING("post_quantum_group", post_quantum_group, "The hybrid group that was chosen.", NULLABLE),
    BOOLEAN("large_hello_intolerant", large_hello_intolerant,
            "It does not answer a ClientHello as large as a post-quantum one is."),
    ENUM("preference", enum cipher_preference, preference, cipher_preference,
         "Of a deep scan: whose order of suites decides."),
    VERDICT("ems", ems, "Whether it has extended master secret (RFC 7627) in TLS 1.2."),
    VERDICT("secure_renegotiation", secure_renegotiation,
            "Whether it has secure renegotiation (RFC 5746) in TLS 1.2."),
    VERDICT("compression", compression, "Whether it compresses inside TLS."),
    VERDICT("tickets", tickets, "Whether it gave a session ticket."),
    ENUM("client_certificate", enum client_certificate, client_certificate, client_certificate,
         "Whether it asks its clients for a certificate."),
};

const struct record_object record_of_tls = {
    .name = "tls",
    .title = "tls",
    FIELDS(tls),
    .notes =
        "Beside TLS 1.3, SSLv2 and the suites without encryption of RFC 9150 are asked for by a "
        "deep scan only. `lists_incomplete` names a list that the server did not end by refusing "
        "what was left, or by accepting all there is: it stopped answering, chose what was not "
        "offered, or was not asked. Each suite takes a connection, and a server gets 40, so that "
        "the list of a server with some thirty suites or more is cut. A profile's rule that looks "
        "through such a list is open, unless what was found is bad enough for the worst level. "
        "Where a class of weak suites was refused, the lists do not ask for its other members.\n",
};
