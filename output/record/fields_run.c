#include "output/record/field_rows.h"

#define RECORD struct run_record

static const struct record_field fields[] = {
    CONSTANT("type", "run", "The kind of line."),
    COUNT("schema_version", schema_version, "The version of the format that the file is in."),
    STRING("version", version, "The version of the program."),
    POLICY_ROWS,
    STRING("list", list, "The list as it was named; `-` is standard input.",
           CUT_AT(INPUT_TEXT_MAX)),
    STRING("list_sha256", list_sha256,
           "A digest of the list; null where it is not a plain file, such as standard input.",
           SHAPE("sha256"), NULLABLE),
    OPTIONS("options", options, num_options,
            "The options that shape results, and the SHA-256 of what a file that they name says; "
            "`--resume` wants them unchanged."),
    INSTANT("started", started, "When the run began."),
    TIME("now", now, "The time that certificates are judged at."),
};

const struct record_object record_of_run = {
    .name = "run",
    .title = "run (the first line)",
    .sentence = "The first line: what was asked.",
    FIELDS(fields),
};
