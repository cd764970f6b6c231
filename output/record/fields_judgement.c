/* What a judged endpoint or domain says of its judgement. */
#include "output/record/field_rows.h"
#include "output/record/record_parts.h"

/* ---- What is accepted ---- */

#define RECORD struct accepted

static const struct record_field accepted[] = {
    STRING("until", until, "The last day that it is accepted, in UTC.", SHAPE("day"), NULLABLE),
    TEXT("reason", reason, "Why it is accepted.", CUT_AT(LINE_TEXT_MAX), NULLABLE),
    TEXT("by", by, "Who has accepted it.", CUT_AT(NAME_TEXT_MAX), NULLABLE),
};

const struct record_object record_of_accepted = {
    .name = "accepted",
    .title = "accepted",
    .sentence = "That somebody lives with a finding, by a line of the file of `--accept`. "
                "[accepting.md](accepting.md) says which findings a line is about.",
    FIELDS(accepted),
};

#undef RECORD
#define RECORD struct accepted_grade

static const struct record_field accepted_grade[] = {
    ENUM("grade", enum grade, grade, grade, "The letter; A at best."),
    STRING("until", until,
           "The last day that it holds, in UTC: when the first of the acceptances ends that it "
           "rests on.",
           SHAPE("day"), NULLABLE),
};

const struct record_object record_of_accepted_grade = {
    .name = "accepted_grade",
    .title = "accepted_grade",
    .sentence = "The letter that is left where the findings that are accepted do not count. Absent "
                "where that is `grade`.",
    FIELDS(accepted_grade),
};

#undef RECORD

/* ---- Findings ---- */

#define RECORD struct finding_place

static const struct record_field place[] = {
    STRING("host", host, "The host, as in the domain's `mx` or `services`.", CUT_AT(HOST_TEXT_MAX),
           NULLABLE),
    STRING("address", address, "The address; null where it is about the host as such.", NULLABLE),
    COUNT("port", port, "The port; null without an address.", NULLABLE),
};

static const struct record_object of_place = {
    .name = "finding_place",
    .title = "finding_place",
    .sentence = "Where a finding was seen. Host, address and port are those of an endpoint's line.",
    FIELDS(place),
};

#undef RECORD
#define RECORD struct finding

static bool has_places(const void *record)
{
    const struct finding *of_domain = record;
    return of_domain->num_places > 0;
}

static bool is_accepted(const void *record)
{
    const struct finding *rule = record;
    return rule->accepted.until != NULL;
}

static const struct record_field finding[] = {
    STRING("code", code, "The rule that fired; [policy.md](policy.md) explains each.",
           SHAPE("finding_code")),
    ENUM("severity", enum severity, severity, severity, "How bad it is."),
    STRING("detail", detail,
           "The evidence: what was seen; in a domain's record also where, the first eight places.",
           CUT_AT(LINE_TEXT_MAX), NULLABLE),
    OBJECTS("places", struct finding_place, places, num_places, of_place,
            "Of a domain's finding: where it was seen, the first 32 places. Absent where it is "
            "about the domain itself, in an endpoint's record, and in older files.",
            NULL_UNLESS_SAID(has_places), ABSENT),
    OBJECT("accepted", struct accepted, accepted, record_of_accepted,
           "Who has accepted it, until when and why; absent where nobody has.",
           NULL_UNLESS_SAID(is_accepted), ABSENT),
};

const struct record_object record_of_finding = {
    .name = "finding",
    .title = "finding",
    .sentence = "A rule of the grading policy that fired.",
    FIELDS(finding),
};

#undef RECORD

/* ---- Profiles ---- */

#define RECORD struct profile_verdict

/* Levels and rules are each profile's own, so that each has a table. */
#define PROFILE(array, profile)                                                                    \
    static const struct record_field array[] = {                                                   \
        STRING("level", level, "The level that the server reaches, or `unknown`.",                 \
               SHAPE(profile "_level")),                                                           \
        STRINGS("failed", failed, num_failed, "The rules that keep it from the best level.",       \
                SHAPE(profile "_rule")),                                                           \
        STRINGS("failed_levels", failed_levels, num_failed_levels,                                 \
                "The level that each rule in `failed` allows, in the same order.",                 \
                SHAPE(profile "_level"), ADDED),                                                   \
        STRINGS("open", open, num_open,                                                            \
                "The rules that could not be decided and might still lower the level.",            \
                SHAPE(profile "_rule")),                                                           \
    };                                                                                             \
    static const struct record_object of_##array = {                                               \
        .name = profile, .title = "profile", FIELDS(array)}

PROFILE(rfc9325, "rfc9325");
PROFILE(ncsc_nl, "ncsc_nl_2025_05");
PROFILE(mozilla, "mozilla");
PROFILE(pci_dss, "pci_dss");

#undef RECORD
#define RECORD struct endpoint_record

#define WAS_JUDGED(function, profile)                                                              \
    static bool function(const void *record)                                                       \
    {                                                                                              \
        const struct endpoint_record *endpoint = record;                                           \
        return endpoint->profiles[profile].level != NULL;                                          \
    }

WAS_JUDGED(has_rfc9325, PROFILE_RFC_9325)
WAS_JUDGED(has_ncsc_nl, PROFILE_NCSC_NL)
WAS_JUDGED(has_mozilla, PROFILE_MOZILLA)
WAS_JUDGED(has_pci_dss, PROFILE_PCI_DSS)

#define PROFILE_ROW(name, profile, array, is_judged, sentence)                                     \
    OBJECT(name, struct profile_verdict, profiles[profile], of_##array, sentence,                  \
           NULL_UNLESS_SAID(is_judged))

static const struct record_field profiles[] = {
    PROFILE_ROW("rfc9325", PROFILE_RFC_9325, rfc9325, has_rfc9325, "By RFC 9325 (BCP 195)."),
    PROFILE_ROW("ncsc_nl_2025_05", PROFILE_NCSC_NL, ncsc_nl, has_ncsc_nl,
                "By the TLS guidelines of the Dutch NCSC, of May 2025."),
    PROFILE_ROW("mozilla", PROFILE_MOZILLA, mozilla, has_mozilla,
                "By Mozilla's configurations for servers."),
    PROFILE_ROW("pci_dss", PROFILE_PCI_DSS, pci_dss, has_pci_dss, "By what PCI DSS asks of TLS."),
};

const struct record_object record_of_profiles = {
    .name = "profiles",
    .title = "profiles",
    .sentence = "Guidelines of others; null where nothing was graded.",
    FIELDS(profiles),
};
