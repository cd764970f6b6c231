/*
 * Outcomes: the closed list of ways in which looking at something can end.
 *
 * An outcome is a fact, not a judgement: it says in which phase a look-up or a dialogue ended and
 * how. The same names are used as an endpoint's "outcome", as a host's, and as the reason beside
 * every verdict that stayed "unknown". They are part of the record format: never renamed.
 */
#ifndef MXGRADE_OUTPUT_OUTCOME_H
#define MXGRADE_OUTPUT_OUTCOME_H

/* X(constant, name in the record, phase, one sentence for a person) */
#define OUTCOME_TABLE(X)                                                                           \
    X(NOT_TESTED, "not_tested", PHASE_NONE, "not asked in this run")                               \
    X(OK, "ok", PHASE_NONE, "the dialogue went to its end")                                        \
    X(DNS_NXDOMAIN, "dns_nxdomain", PHASE_DNS, "the name does not exist")                          \
    X(DNS_NODATA, "dns_nodata", PHASE_DNS, "the name exists but has no such record")               \
    X(DNS_SERVFAIL, "dns_servfail", PHASE_DNS,                                                     \
      "the resolver answered SERVFAIL: broken delegation or failed DNSSEC validation")             \
    X(DNS_REFUSED, "dns_refused", PHASE_DNS, "the resolver refused to answer")                     \
    X(DNS_TIMEOUT, "dns_timeout", PHASE_DNS, "no DNS answer in time")                              \
    X(DNS_MALFORMED, "dns_malformed", PHASE_DNS, "the DNS answer could not be parsed")             \
    X(MX_INVALID, "mx_invalid", PHASE_DNS, "the MX names something that cannot be a host")         \
    X(ADDRESS_NOT_PUBLIC, "address_not_public", PHASE_POLICY,                                      \
      "the address is not public and was not contacted")                                           \
    X(EXCLUDED, "excluded", PHASE_POLICY, "on the exclusion list and not contacted")               \
    X(FAMILY_NOT_ASKED, "family_not_asked", PHASE_POLICY,                                          \
      "an address of the family that this run leaves out: -4, -6, no --source, or no route here")  \
    X(INVALID_INPUT, "invalid_input", PHASE_POLICY, "the input line is not a domain")              \
    X(LOCAL_ERROR, "local_error", PHASE_LOCAL, "this machine lacked memory, descriptors or ports") \
    X(INTERRUPTED, "interrupted", PHASE_LOCAL, "the run was stopped before this was finished")     \
    X(INTERCEPTED, "intercepted", PHASE_LOCAL,                                                     \
      "the run is void: something on the way spoke in place of the servers")                       \
    X(CONNECT_TIMEOUT, "connect_timeout", PHASE_CONNECT, "no answer to the connection attempt")    \
    X(CONNECT_REFUSED, "connect_refused", PHASE_CONNECT, "connection refused")                     \
    X(CONNECT_UNREACHABLE, "connect_unreachable", PHASE_CONNECT, "network or host unreachable")    \
    X(PROXY_FAILED, "proxy_failed", PHASE_CONNECT,                                                 \
      "the proxy did not let this connection through")                                             \
    X(BANNER_TIMEOUT, "banner_timeout", PHASE_BANNER, "connected, but no greeting in time")        \
    X(BANNER_CLOSED, "banner_closed", PHASE_BANNER, "connected, then closed without a greeting")   \
    X(BANNER_RESET, "banner_reset", PHASE_BANNER, "connected, then reset without a greeting")      \
    X(BANNER_4XX, "banner_4xx", PHASE_BANNER, "greeted with a temporary refusal (4xx)")            \
    X(BANNER_421, "banner_421", PHASE_BANNER, "greeted with 421: service not available now")       \
    X(BANNER_5XX, "banner_5xx", PHASE_BANNER, "greeted with a permanent refusal (5xx)")            \
    X(BANNER_GARBAGE, "banner_garbage", PHASE_BANNER, "the greeting is not of this protocol")      \
    X(EHLO_TIMEOUT, "ehlo_timeout", PHASE_EHLO, "no answer to EHLO in time")                       \
    X(EHLO_CLOSED, "ehlo_closed", PHASE_EHLO, "connection closed at EHLO")                         \
    X(EHLO_RESET, "ehlo_reset", PHASE_EHLO, "connection reset at EHLO")                            \
    X(EHLO_421, "ehlo_421", PHASE_EHLO, "421 at EHLO: service not available now")                  \
    X(EHLO_4XX, "ehlo_4xx", PHASE_EHLO, "EHLO refused for now (4xx)")                              \
    X(EHLO_5XX, "ehlo_5xx", PHASE_EHLO, "EHLO and HELO refused (5xx)")                             \
    X(EHLO_GARBAGE, "ehlo_garbage", PHASE_EHLO, "the answer to EHLO cannot be parsed")             \
    X(TURNED_AWAY, "turned_away", PHASE_EHLO,                                                      \
      "the server turns this scanner away: a policy, a blocklist, our name, or a decoy")           \
    X(STARTTLS_NOT_ADVERTISED, "starttls_not_advertised", PHASE_STARTTLS,                          \
      "the server does not offer STARTTLS")                                                        \
    X(STARTTLS_STRIPPED, "starttls_stripped", PHASE_STARTTLS,                                      \
      "the offer of STARTTLS looks overwritten on the way")                                        \
    X(STARTTLS_REFUSED, "starttls_refused", PHASE_STARTTLS, "STARTTLS offered, then refused")      \
    X(STARTTLS_421, "starttls_421", PHASE_STARTTLS, "421 at STARTTLS: service not available now")  \
    X(STARTTLS_4XX, "starttls_4xx", PHASE_STARTTLS, "STARTTLS refused for now (4xx)")              \
    X(STARTTLS_TIMEOUT, "starttls_timeout", PHASE_STARTTLS, "no answer to STARTTLS in time")       \
    X(STARTTLS_CLOSED, "starttls_closed", PHASE_STARTTLS, "connection closed at STARTTLS")         \
    X(STARTTLS_RESET, "starttls_reset", PHASE_STARTTLS, "connection reset at STARTTLS")            \
    X(STARTTLS_GARBAGE, "starttls_garbage", PHASE_STARTTLS,                                        \
      "the answer to STARTTLS cannot be parsed")                                                   \
    X(TLS_TIMEOUT, "tls_timeout", PHASE_TLS, "the TLS handshake did not finish in time")           \
    X(TLS_CLOSED, "tls_closed", PHASE_TLS, "closed in the TLS handshake without an alert")         \
    X(TLS_RESET, "tls_reset", PHASE_TLS, "reset in the TLS handshake")                             \
    X(TLS_ALERT, "tls_alert", PHASE_TLS, "the server ended the handshake with a TLS alert")        \
    X(TLS_PLAINTEXT, "tls_plaintext", PHASE_TLS, "plain text came where TLS should start")         \
    X(TLS_GARBAGE, "tls_garbage", PHASE_TLS, "what came is neither TLS nor text")                  \
    X(TLS_UNSUPPORTED, "tls_unsupported", PHASE_TLS,                                               \
      "the server's TLS takes something that this program's TLS library lacks")                    \
    X(TLS_PROTOCOL_ERROR, "tls_protocol_error", PHASE_TLS, "the server broke the TLS protocol")    \
    X(TLS_CLIENT_CERTIFICATE, "tls_client_certificate", PHASE_TLS,                                 \
      "the server ends the handshake unless the client shows a certificate")                       \
    X(TARGET_TIMEOUT, "target_timeout", PHASE_LOCAL, "the target used up its total time")          \
    X(TOO_MUCH_DATA, "too_much_data", PHASE_LOCAL, "the server sent more than any server should")  \
    X(UNSUPPORTED_ALGORITHM, "unsupported_algorithm", PHASE_LOCAL,                                 \
      "a key or signature of a kind that this program's TLS library cannot compute")               \
    X(CHAIN_TOO_LONG, "chain_too_long", PHASE_LOCAL,                                               \
      "more certificates, or more ways through them, than are looked at")

enum outcome {
#define X(constant, name, phase, text) OUTCOME_##constant,
    OUTCOME_TABLE(X)
#undef X
        OUTCOME_COUNT
};

enum outcome_phase {
    PHASE_NONE,
    PHASE_DNS,
    PHASE_POLICY,
    PHASE_LOCAL,
    PHASE_CONNECT,
    PHASE_BANNER,
    PHASE_EHLO,
    PHASE_STARTTLS,
    PHASE_TLS
};

/* The stable name used in records, e.g. "connect_timeout". Never NULL. */
const char *outcome_name(enum outcome outcome);

/* One sentence for a person. Never NULL. */
const char *outcome_text(enum outcome outcome);

/* The phase in which the outcome arises. */
enum outcome_phase outcome_phase(enum outcome outcome);

#endif
