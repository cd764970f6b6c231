/*
 * The sheet for one supplier, as HTML and as text. It says what the records say and no more: each
 * finding with what was seen, its meaning, its remedy and its source, and what was not observed.
 */
#ifndef MXGRADE_OUTPUT_LETTER_SHEET_H
#define MXGRADE_OUTPUT_LETTER_SHEET_H

#include <stdbool.h>
#include <stdio.h>

#include "output/file/result_file.h"
#include "output/letters/letter_language.h"

/* output/ decides nothing: the caller knows the policy. NULL where it does not know the code. */
typedef const struct finding_rule *letter_rule_of(const char *code);

struct letter_source {
    const struct result_file *file; /* opened with its endpoints; borrowed, as all here */
    const struct letter_language *language;
    letter_rule_of *rule_of;
    const char *html; /* templates that letter_template_check() has passed */
    const char *text;
};

/* False on lack of memory; what the stream does not take shows in ferror(). */
bool letter_sheet_html(const struct letter_source *source, const struct domain_record *domain,
                       FILE *stream);
bool letter_sheet_text(const struct letter_source *source, const struct domain_record *domain,
                       FILE *stream);

#endif
