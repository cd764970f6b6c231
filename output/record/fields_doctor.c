#include "output/record/field_rows.h"

#define RECORD struct doctor_record

static const struct record_field fields[] = {
    CONSTANT("type", "doctor", "The kind of line."),
    ENUM("subject", enum doctor_subject, subject, doctor_subject, "What was looked at."),
    ENUM("status", enum doctor_status, status, doctor_status, "What came of it."),
    STRING("found", found, "What was found, in words."),
    STRING("remedy", remedy, "What to do, in words; null where there is nothing to be done.",
           NULLABLE),
};

const struct record_object record_of_doctor = {
    .name = "doctor",
    .title = "doctor (a line of mxgrade doctor --json)",
    .sentence = "What a check of `mxgrade doctor` has found. No result file has such lines.",
    FIELDS(fields),
};
