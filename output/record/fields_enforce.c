#include "output/record/field_rows.h"

/* ---- Would mail be delivered? ---- */

#define RECORD struct enforce_answer

static const struct record_field answer[] = {
    ENUM("level", enum enforce_level, level, enforce_level, "What is demanded."),
    ENUM("delivers", enum tri, delivers, verdict, "Whether every MX would take mail then."),
    BOOLEAN(
        "others_deliver", others_deliver,
        "True beside `no` where some addresses would take it, so that it waits only while these "
        "are down."),
    STRING("reason", reason, "Why not, or why that is not known.", NULLABLE),
};

static const struct record_object of_answer = {
    .name = "enforce_answer",
    .title = "enforce_answer",
    .sentence = "Whether mail would be delivered if a level were demanded.",
    FIELDS(answer),
};

/* ---- A domain ---- */

#undef RECORD
#define RECORD struct enforce_record

static bool has_stale(const void *record)
{
    const struct enforce_record *enforce = record;
    return enforce->stale > 0;
}

static const struct record_field enforce[] = {
    CONSTANT("type", "enforce", "The kind of line."),
    STRING("domain", domain, "The domain in A-label form."),
    TEXT("input", input, "The line of the list as it was given.", CUT_AT(INPUT_TEXT_MAX), NULLABLE),
    COUNT("line", line, "Its number in the list, counted from 1."),
    COLUMNS("input_fields", fields, num_fields, "The list's other columns, by their names."),
    BOOLEAN("takes_mail", takes_mail, "False where the domain says that it takes no mail."),
    ENUM("level", enum enforce_level, level, enforce_level,
         "The strongest level at which every MX was seen to take mail."),
    STRINGS("names", names, num_names,
            "What certificates are held to at that level: names, and `*.name` for those below."),
    ENUM("names_from", enum enforce_names, names_from, enforce_names, "Who vouches for the names.",
         NULLABLE),
    BOOLEAN("without_sni", without_sni,
            "True where a sender must not name the server in the handshake (SNI)."),
    INSTANT("stale", stale,
            "When the MTA-STS policy must be fetched again; null at other levels than `mta-sts`.",
            NULL_UNLESS_SAID(has_stale)),
    OBJECTS("answers", struct enforce_answer, answers, num_answers, of_answer,
            "Each level above `none`, the weakest first."),
    STRINGS("notes", notes, num_notes,
            "What the answers do not rest on, such as addresses that were not asked."),
};

const struct record_object record_of_enforce = {
    .name = "enforce",
    .title = "enforce (a line of mxgrade enforce)",
    .sentence = "How a sender can be held to TLS towards a domain. No result file has such lines.",
    FIELDS(enforce),
};

#undef RECORD
#define RECORD struct would_fail_record

static const struct record_field would_fail[] = {
    CONSTANT("type", "would_fail", "The kind of line."),
    STRING("domain", domain, "The domain in A-label form."),
    TEXT("input", input, "The line of the list as it was given.", CUT_AT(INPUT_TEXT_MAX), NULLABLE),
    COUNT("line", line, "Its number in the list, counted from 1."),
    COLUMNS("input_fields", fields, num_fields, "The list's other columns, by their names."),
    ENUM("level", enum enforce_level, answer.level, enforce_level, "What would be demanded."),
    ENUM("delivers", enum tri, answer.delivers, verdict,
         "`no` where mail would fail, `unknown` where that could not be seen."),
    BOOLEAN("others_deliver", answer.others_deliver,
            "True beside `no` where other addresses of the domain would take the mail."),
    STRING("reason", answer.reason, "Why mail to it would bounce.", NULLABLE),
};

const struct record_object record_of_would_fail = {
    .name = "would_fail",
    .title = "would_fail (a line of mxgrade enforce --would-fail)",
    .sentence = "A domain to which mail would fail if a level were demanded. No result file has "
                "such lines.",
    FIELDS(would_fail),
};
