/*
 * Sheets with places that are filled in: "{{domain}}", and so on. There is nothing else to a
 * template, so that it cannot do anything but hold text.
 */
#ifndef MXGRADE_OUTPUT_LETTER_TEMPLATE_H
#define MXGRADE_OUTPUT_LETTER_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* X(constant, name, what stands there) */
#define LETTER_PLACE_TABLE(X)                                                                      \
    X(DOMAIN, "domain", "the domain")                                                              \
    X(SUPPLIER, "supplier", "the supplier's name, where the list has one")                         \
    X(GRADE, "grade", "the letter")                                                                \
    X(MEANING, "meaning", "what the letter means")                                                 \
    X(DATE, "date", "when it was observed")                                                        \
    X(FINDINGS, "findings", "the findings: what was seen, what it means, what to do")              \
    X(OPEN, "open", "what was not observed")                                                       \
    X(POLICY, "policy", "the grading policy")                                                      \
    X(LANGUAGE, "language", "the language's code")

enum letter_place {
#define X(constant, name, meaning) LETTER_##constant,
    LETTER_PLACE_TABLE(X)
#undef X
        LETTER_PLACE_COUNT
};

/* What fills the places; each is text that needs no more escaping, NULL for nothing. */
struct letter_values {
    const char *texts[LETTER_PLACE_COUNT];
};

/* False where a place has a name that is not in the table, or is not closed, with its line. */
bool letter_template_check(const char *text, size_t *out_line, char *out_problem,
                           size_t problem_size);

/* Writes a template that was checked, filled in. */
void letter_template_write(FILE *stream, const char *text, const struct letter_values *values);

#endif
