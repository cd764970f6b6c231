/* The languages of letters: the words for findings, questions and severities, and the two sheets.
 */
#ifndef MXGRADE_OUTPUT_LETTER_LANGUAGE_H
#define MXGRADE_OUTPUT_LETTER_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "output/record/record.h"

/* What is said of a finding. */
struct letter_words {
    const char *code;
    const char *title;
    const char *why;
    const char *remedy;
};

struct letter_table {
    const struct letter_words *rows;
    size_t num_rows;
};

extern const struct letter_table letter_german_words;

struct letter_language {
    const char *code;                 /* "en" */
    const struct letter_table *words; /* NULL: those of the policy */
    const char *const *questions;     /* by enum question; NULL: those of the records */
    const char *severities[SEVERITY_CRITICAL + 1];
    const char *grades[GRADE_COUNT];                     /* what a letter means */
    const char *seen, *means, *remedy, *source, *verify; /* labels */
    const char *nothing_open;
    const char *html; /* templates */
    const char *text;
};

/* The language of that code ("en", "de"), or NULL. */
const struct letter_language *letter_language_find(const char *code);

/* What the language says of a finding that the policy knows. */
struct letter_words letter_language_words(const struct letter_language *language,
                                          const struct finding_rule *rule);

/* What a question asks. */
const char *letter_language_question(const struct letter_language *language,
                                     enum question question);

#endif
