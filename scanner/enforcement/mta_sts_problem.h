/*
 * What can be wrong with a domain's MTA-STS, by stable names, as bits of one set: of the TXT
 * record, of the fetch, of the policy, of the MX hosts. Some break it, some are advice; the status
 * says which (see mta_sts.h).
 */
#ifndef MXGRADE_SCANNER_MTA_STS_PROBLEM_H
#define MXGRADE_SCANNER_MTA_STS_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/base/arena.h"

#define MTA_STS_PROBLEM_TABLE(X)                                                                   \
    X(TXT_LOOKUP_FAILED, "txt_lookup_failed")                                                      \
    X(TXT_MULTIPLE, "txt_multiple")                                                                \
    X(TXT_BAD_VERSION, "txt_bad_version")                                                          \
    X(TXT_SPACE_BEFORE_SEMICOLON, "txt_space_before_semicolon")                                    \
    X(TXT_BAD_SYNTAX, "txt_bad_syntax")                                                            \
    X(TXT_NO_ID, "txt_no_id")                                                                      \
    X(TXT_BAD_ID, "txt_bad_id")                                                                    \
    X(TXT_DUPLICATE_ID, "txt_duplicate_id")                                                        \
    X(FETCH_DNS, "fetch_dns")                                                                      \
    X(FETCH_ADDRESS_NOT_PUBLIC, "fetch_address_not_public")                                        \
    X(FETCH_CONNECT, "fetch_connect")                                                              \
    X(FETCH_TLS, "fetch_tls")                                                                      \
    X(FETCH_CERTIFICATE, "fetch_certificate")                                                      \
    X(FETCH_HTTP, "fetch_http")                                                                    \
    X(FETCH_REDIRECT, "fetch_redirect")                                                            \
    X(FETCH_TOO_BIG, "fetch_too_big")                                                              \
    X(FETCH_TIMEOUT, "fetch_timeout")                                                              \
    X(FETCH_CLOSED, "fetch_closed")                                                                \
    X(FETCH_MALFORMED, "fetch_malformed")                                                          \
    X(FETCH_CONTENT_TYPE, "fetch_content_type")                                                    \
    X(FETCH_NOT_DONE, "fetch_not_done")                                                            \
    X(POLICY_BYTE_ORDER_MARK, "policy_byte_order_mark")                                            \
    X(POLICY_BLANK_LINE, "policy_blank_line")                                                      \
    X(POLICY_BAD_LINE, "policy_bad_line")                                                          \
    X(POLICY_TOO_BIG, "policy_too_big")                                                            \
    X(POLICY_DUPLICATE_KEY, "policy_duplicate_key")                                                \
    X(POLICY_NO_VERSION, "policy_no_version")                                                      \
    X(POLICY_BAD_VERSION, "policy_bad_version")                                                    \
    X(POLICY_NO_MODE, "policy_no_mode")                                                            \
    X(POLICY_BAD_MODE, "policy_bad_mode")                                                          \
    X(POLICY_NO_MAX_AGE, "policy_no_max_age")                                                      \
    X(POLICY_BAD_MAX_AGE, "policy_bad_max_age")                                                    \
    X(POLICY_MAX_AGE_TOO_LARGE, "policy_max_age_too_large")                                        \
    X(POLICY_MAX_AGE_SHORT, "policy_max_age_short")                                                \
    X(POLICY_NO_MX, "policy_no_mx")                                                                \
    X(POLICY_BAD_MX, "policy_bad_mx")                                                              \
    X(POLICY_MX_TRAILING_DOT, "policy_mx_trailing_dot")                                            \
    X(POLICY_TOO_MANY_MX, "policy_too_many_mx")                                                    \
    X(MX_MISMATCH, "mx_mismatch")                                                                  \
    X(MX_NO_STARTTLS, "mx_no_starttls")                                                            \
    X(MX_CERTIFICATE_INVALID, "mx_certificate_invalid")                                            \
    X(MX_UNOBSERVED, "mx_unobserved")                                                              \
    X(MX_PATTERN_UNUSED, "mx_pattern_unused")

enum mta_sts_problem {
#define X(constant, name) MTA_STS_PROBLEM_##constant,
    MTA_STS_PROBLEM_TABLE(X)
#undef X
        MTA_STS_PROBLEM_COUNT
};

#define MTA_STS_PROBLEM_BIT(problem) (UINT64_C(1) << (problem))

const char *mta_sts_problem_name(enum mta_sts_problem problem);

/* The names of a set, in the order of the table. False on lack of memory. */
bool mta_sts_problem_names(struct arena *arena, uint64_t problems, const char *const **out_names,
                           size_t *out_num_names);

/* The set of problems with these names. A name that is not known is left out. */
uint64_t mta_sts_problems_of(const char *const *names, size_t num_names);

/* The problems of the TXT record, of the fetch and of the policy. All others are of the hosts. */
#define MTA_STS_PROBLEMS_OF_TXT (MTA_STS_PROBLEM_BIT(MTA_STS_PROBLEM_FETCH_DNS) - 1)
#define MTA_STS_PROBLEMS_OF_FETCH                                                                  \
    (MTA_STS_PROBLEM_BIT(MTA_STS_PROBLEM_POLICY_BYTE_ORDER_MARK) - 1 - MTA_STS_PROBLEMS_OF_TXT)
#define MTA_STS_PROBLEMS_OF_POLICY                                                                 \
    (MTA_STS_PROBLEM_BIT(MTA_STS_PROBLEM_MX_MISMATCH) -                                            \
     MTA_STS_PROBLEM_BIT(MTA_STS_PROBLEM_POLICY_BYTE_ORDER_MARK))

#endif
