#include "scanner/evidence/facts.h"

enum fact facts_offered(const struct offer_votes *votes)
{
    if (votes->with == 0) {
        return votes->without >= 2 ? FACT_NO : FACT_UNKNOWN;
    }
    bool is_mixed =
        votes->with >= 2 && votes->without >= 2 && votes->seconds >= FACTS_MIXED_SECONDS;
    return is_mixed ? FACT_MIXED : FACT_YES;
}

bool facts_offer_is_open(const struct offer_votes *votes)
{
    return votes->with > 0 && votes->without + votes->unclear > 0 &&
           facts_offered(votes) != FACT_MIXED;
}

enum fact facts_accepted(const struct command_votes *votes)
{
    if (votes->accepted > 0) {
        return FACT_YES;
    }
    /* 454 may pass, so that it takes two of them far enough apart: RFC 3207 section 4. */
    bool is_lasting = votes->busy >= 2 && votes->seconds >= FACTS_BUSY_SECONDS;
    if (votes->busy == 0 ? votes->refused >= 2 : is_lasting) {
        return FACT_NO;
    }
    return FACT_UNKNOWN;
}

/* Under the endpoint's own name. */
static enum fact facts_completed(const struct handshake_votes *votes)
{
    if (votes->completed > 0) {
        return FACT_YES;
    }
    return votes->failed >= 2 ? FACT_NO : FACT_UNKNOWN;
}

bool facts_certificate_required(const struct endpoint_record *record)
{
    return record->outcome == OUTCOME_TLS_CLIENT_CERTIFICATE &&
           record->votes.handshake.certificate_wanted >= 2;
}

struct verdict facts_injected(const struct injection_tally *tally, enum outcome reason)
{
    if (tally->num_ignored > 0 || tally->num_control_extra > 0) {
        return (struct verdict){.value = TRI_NO};
    }
    if (tally->num_answered >= 2 && tally->num_control_plain > 0) {
        return (struct verdict){.value = TRI_YES};
    }
    return (struct verdict){.value = TRI_UNKNOWN, .reason = reason};
}

enum plaintext_mail facts_plaintext_mail(const struct server_evidence *evidence)
{
    if (evidence->num_mail_accepted > 0) {
        return PLAINTEXT_MAIL_ACCEPTED;
    }
    return evidence->num_mail_refused > 0 ? PLAINTEXT_MAIL_REFUSED : PLAINTEXT_MAIL_UNKNOWN;
}

static void apply(struct verdict *verdict, enum fact fact, enum outcome reason)
{
    switch (fact) {
    case FACT_YES:
    case FACT_MIXED:
        *verdict = (struct verdict){.value = TRI_YES};
        break;
    case FACT_NO:
        *verdict = (struct verdict){.value = TRI_NO};
        break;
    case FACT_UNKNOWN:
        *verdict = (struct verdict){TRI_UNKNOWN, reason};
        break;
    }
}

bool facts_refuses_every_version(const struct endpoint_record *record)
{
    bool all_refused = record->has_tls;
    for (unsigned i = TLS_1_0; i < TLS_VERSION_COUNT; i++) {
        all_refused = all_refused && record->tls.versions[i].value == TRI_NO;
    }
    return all_refused;
}

/* Where another library could go on with what ours lacks, a refusal is none. Where nobody asked for
 * that under this name, it may be none: another name's suites and keys prove nothing. */
static enum fact completed(const struct endpoint_record *record)
{
    enum fact fact = facts_completed(&record->votes.handshake);
    if (fact == FACT_YES) {
        return FACT_YES;
    }
    if (record->no_common_suite || record->refusal_open) {
        return FACT_UNKNOWN;
    }
    return facts_refuses_every_version(record) ? FACT_NO : fact;
}

/* Where this machine failed, a name has no verdict of its own to set beside what others saw. */
static enum fact without_accusation(const struct endpoint_record *record, enum fact fact)
{
    return fact == FACT_NO && record->outcome == OUTCOME_LOCAL_ERROR ? FACT_UNKNOWN : fact;
}

void facts_apply(struct endpoint_record *record)
{
    enum outcome reason = record->outcome != OUTCOME_OK ? record->outcome : OUTCOME_NOT_TESTED;
    enum fact offered = facts_offered(&record->votes.offer);
    if (!record->implicit_tls) {
        enum fact accepted = facts_accepted(&record->votes.command);
        apply(&record->starttls_advertised, without_accusation(record, offered), reason);
        apply(&record->starttls_accepted, without_accusation(record, accepted), reason);
    }
    apply(&record->starttls_handshake, without_accusation(record, completed(record)), reason);
    record->inconsistent = offered == FACT_MIXED;
}
