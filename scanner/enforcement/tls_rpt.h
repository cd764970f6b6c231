/*
 * SMTP TLS reporting, RFC 8460 section 3: exactly one TXT record at _smtp._tls.DOMAIN that starts
 * with its version, and in it where reports go.
 */
#ifndef MXGRADE_SCANNER_TLS_RPT_H
#define MXGRADE_SCANNER_TLS_RPT_H

#include <stddef.h>
#include <stdint.h>

#include "io/base/arena.h"
#include "io/dns/dns.h"
#include "output/record/record.h"

#define TLS_RPT_RUA_MAX     16  /* destinations kept */
#define TLS_RPT_RUA_LEN_MAX 512 /* bytes of one */

/* X(constant, name) */
#define TLS_RPT_PROBLEM_TABLE(X)                                                                   \
    X(MULTIPLE, "txt_multiple")                                                                    \
    X(BAD_VERSION, "txt_bad_version")                                                              \
    X(SPACE_BEFORE_SEMICOLON, "txt_space_before_semicolon")                                        \
    X(BAD_SYNTAX, "txt_bad_syntax")                                                                \
    X(NO_RUA, "no_rua")                                                                            \
    X(BAD_RUA, "bad_rua")                                                                          \
    X(TOO_MANY_RUA, "too_many_rua")

enum tls_rpt_problem {
#define X(constant, name) TLS_RPT_PROBLEM_##constant,
    TLS_RPT_PROBLEM_TABLE(X)
#undef X
        TLS_RPT_PROBLEM_COUNT
};

#define TLS_RPT_PROBLEM_BIT(problem) (1u << (problem))

const char *tls_rpt_problem_name(enum tls_rpt_problem problem);

/* Puts the names of a set into the record; without memory they are left out. */
void tls_rpt_name_problems(struct arena *arena, uint32_t problems,
                           struct tls_rpt_record *out_record);

/*
 * Yes: one valid record. The destinations are copied into the arena. False on lack of memory.
 * Destinations of another scheme than mailto: and https: are left out and named a problem; with
 * none left the record is not valid.
 */
bool tls_rpt_select(struct arena *arena, const struct text *records, size_t num_records,
                    struct tls_rpt_record *out_record, uint32_t *out_problems);

bool tls_rpt_of_answer(struct arena *arena, const struct dns_answer *answer,
                       struct tls_rpt_record *out_record, uint32_t *out_problems);

#endif
