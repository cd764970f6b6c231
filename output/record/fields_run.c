#include "output/record/field_rows.h"

#define RECORD struct run_record

static bool has_since(const void *record)
{
    const struct run_record *run = record;
    return run->since > 0;
}

static const struct record_field fields[] = {
    CONSTANT("type", "run", "The kind of line."),
    RUN_ROW(id, "The id of the run, 128 random bits, which each of its records has too; null in a "
                "file that an older program began, or that was joined from several runs."),
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
    INSTANT("since", since,
            "With `--since`: when the run began from whose file records were taken over. Absent "
            "otherwise.",
            NULL_UNLESS_SAID(has_since), ABSENT),
};

const struct record_object record_of_run = {
    .name = "run",
    .title = "run (the first line)",
    .sentence = "The first line: what was asked.",
    FIELDS(fields),
};

#undef RECORD
#define RECORD struct run_void_record

static const struct record_field void_fields[] = {
    CONSTANT("type", "run_void", "The kind of line."),
    RUN_ROW(run, "The id of the run that is void."),
    ENUM("reason", enum void_reason, reason, void_reason, "Why the run is void.", NULLABLE),
    STRING("detail", detail, "What was seen, and in how many networks."),
    COUNT("records_kept", records_kept,
          "How many records at the beginning of the file still count: the run record, or all that "
          "an earlier start of the run wrote. Those behind them are void."),
    INSTANT("time", time, "When it was known."),
};

const struct record_object record_of_run_void = {
    .name = "run_void",
    .title = "run_void (where something on the way spoke for the servers)",
    .sentence = "The records of this run say nothing of the servers that they name. Every command "
                "that reads the file shows them as U with the outcome `intercepted`, and "
                "`--resume` cuts them off and asks for their lines again.",
    FIELDS(void_fields),
};
