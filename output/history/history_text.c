#include "output/history/history_text.h"

#include <inttypes.h>
#include <string.h>

#include "io/base/calendar.h"
#include "io/base/hex.h"
#include "output/record/record_enum.h"
#include "output/record/text_safe.h"

#define TEXT_MAX    512 /* bytes of a foreign text that are shown */
#define DIGEST_SEEN 8   /* bytes of a digest */

/* ---- Pieces ---- */

static void put_time(const struct history_text *out, double seconds)
{
    char time[CALENDAR_TEXT_MAX];
    size_t len = calendar_write(seconds, false, time);
    fprintf(out->stream, "%-20.*s", (int)len, time);
}

static void put_day(const struct history_text *out, bool is_known, int64_t seconds)
{
    char time[CALENDAR_TEXT_MAX];
    size_t len = is_known ? calendar_write((double)seconds, false, time) : 0;
    if (len > 10) {
        fprintf(out->stream, "%.10s", time);
    } else {
        fputs("unknown   ", out->stream);
    }
}

static void put_text(const struct history_text *out, const char *text)
{
    text_safe_write(out->stream, text, strlen(text), TEXT_MAX, out->utf8);
}

/* First and last seen, in how many runs, and whether still. */
static void put_span(const struct history_text *out, const struct history_span *span)
{
    fputs("  ", out->stream);
    put_time(out, span->first_seen);
    fputs("  ", out->stream);
    put_time(out, span->last_seen);
    fprintf(out->stream, " %s %5" PRIu64 "  ", span->is_current ? "now " : "gone", span->num_runs);
}

#define SPAN_HEAD "  first seen            last seen                  runs  "

/* ---- A domain ---- */

static void put_change(const struct history_text *out, const struct history_change *change)
{
    fputs("  ", out->stream);
    put_time(out, change->seen);
    if (!change->is_listed) {
        fputs("  not in the list\n", out->stream);
        return;
    }
    char score[16] = "";
    if (change->grade != GRADE_U && change->grade != GRADE_N) {
        snprintf(score, sizeof(score), "%u", change->score);
    }
    fprintf(out->stream,
            "  %-2s %3s  mail %-8s  opportunistic %-8s enforced %-8s DANE %s, MTA-STS %s\n",
            grade_name(change->grade), score, record_enum_name(&record_mail_kind, change->mail),
            record_enum_name(&record_opportunistic_tls, change->opportunistic),
            record_enum_name(&record_enforced_tls, change->enforced),
            record_enum_name(&record_dane_status, change->dane),
            record_enum_name(&record_mta_sts_status, change->mta_sts));
}

static void put_findings(const struct history_text *out, const struct history_past *past)
{
    fputs("\nfindings\n" SPAN_HEAD "severity  finding\n", out->stream);
    for (const struct history_finding *finding = STAILQ_FIRST(&past->findings); finding != NULL;
         finding = STAILQ_NEXT(finding, next)) {
        put_span(out, &finding->span);
        fprintf(out->stream, "%-8s  ", severity_name(finding->severity));
        put_text(out, finding->code);
        putc('\n', out->stream);
    }
}

static void put_certificate(const struct history_text *out, const struct history_certificate *item)
{
    char digest[2 * DIGEST_SEEN];
    struct text issuer = item->certificate.issuer;
    hex_write(digest, item->certificate.sha256, DIGEST_SEEN, HEX_LOWER);
    put_span(out, &item->span);
    put_day(out, item->certificate.has_validity, item->certificate.not_after);
    fprintf(out->stream, "  %.*s  ", (int)sizeof(digest), digest);
    text_safe_write(out->stream, issuer.bytes != NULL ? issuer.bytes : "", issuer.len, TEXT_MAX,
                    out->utf8);
    fputs("\n      on ", out->stream);
    put_text(out, item->host);
    fprintf(out->stream, ":%u\n", item->port);
}

static void put_certificates(const struct history_text *out, const struct history_past *past)
{
    fputs("\ncertificates\n" SPAN_HEAD "ends        SHA-256           issuer\n", out->stream);
    for (const struct history_certificate *item = STAILQ_FIRST(&past->certificates); item != NULL;
         item = STAILQ_NEXT(item, next)) {
        put_certificate(out, item);
    }
}

void history_text_past(const struct history_text *out, const struct history_past *past)
{
    put_text(out, past->domain);
    fprintf(out->stream, "\n  in %" PRIu64 " of %" PRIu64 " runs, from ", past->span.num_runs,
            past->num_runs);
    put_time(out, past->span.first_seen);
    fputs(" to ", out->stream);
    put_time(out, past->span.last_seen);
    fputs("\n\ngrade\n", out->stream);
    for (const struct history_change *change = STAILQ_FIRST(&past->changes); change != NULL;
         change = STAILQ_NEXT(change, next)) {
        put_change(out, change);
    }
    if (!STAILQ_EMPTY(&past->findings)) {
        put_findings(out, past);
    }
    if (!STAILQ_EMPTY(&past->certificates)) {
        put_certificates(out, past);
    }
}

/* ---- Runs ---- */

static uint64_t enforced_of(const struct summary_record *summary)
{
    return summary->enforced[ENFORCED_DANE] + summary->enforced[ENFORCED_MTA_STS] +
           summary->enforced[ENFORCED_BOTH];
}

static void put_run(const struct history_text *out, const struct history_run *run)
{
    const struct summary_record *summary = &run->summary;
    static const enum grade letters[] = {GRADE_A_PLUS, GRADE_A, GRADE_B, GRADE_C,
                                         GRADE_D,      GRADE_F, GRADE_U, GRADE_N};
    fprintf(out->stream, "%5" PRId64 "  ", run->key.id);
    put_time(out, history_seconds(run->key.at));
    fprintf(out->stream, " %7" PRIu64, summary->domains);
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
        fprintf(out->stream, " %6" PRIu64, summary->domain_grades[letters[i]]);
    }
    fprintf(out->stream, " %13" PRIu64 " %8" PRIu64 "\n", summary->opportunistic[OPPORTUNISTIC_YES],
            enforced_of(summary));
}

void history_text_runs(const struct history_text *out, const struct history_runs *runs)
{
    fputs("  run  began                domains     A+      A      B      C      D      F      U"
          "      N opportunistic enforced\n",
          out->stream);
    for (size_t i = 0; i < runs->num_items; i++) {
        put_run(out, &runs->items[i]);
    }
}
