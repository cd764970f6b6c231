#include "scanner/evidence/server_evidence.h"

#include <string.h>

#include "scanner/evidence/vote.h"

/* In place of the 220, or in clear behind it. */
bool server_evidence_is_busy(const struct observation *observation)
{
    struct text text = observation->reply.text;
    bool is_refused = observation->outcome == OUTCOME_STARTTLS_4XX ||
                      observation->outcome == OUTCOME_TLS_PLAINTEXT;
    return is_refused && observation->starttls_handshake.value != TRI_YES &&
           (observation->reply.code == 454 ||
            (text.len >= 4 && memcmp(text.bytes, "454 ", 4) == 0));
}

static void add_busy(struct command_tally *tally, struct moment moment)
{
    uint32_t second = (uint32_t)moment.seconds;
    if (tally->num_busy == 0 || second < tally->first_busy) {
        tally->first_busy = second;
    }
    if (tally->num_busy == 0 || second > tally->last_busy) {
        tally->last_busy = second;
    }
    vote_add(&tally->num_busy);
}

static void add_command(struct command_tally *tally, const struct observation *observation)
{
    if (server_evidence_is_busy(observation)) {
        add_busy(tally, observation->capabilities_at);
    } else if (observation->starttls_accepted.value == TRI_YES) {
        vote_add(&tally->num_accepted);
    } else if (observation->starttls_accepted.value == TRI_NO) {
        vote_add(&tally->num_refused);
    }
}

static void add_injection(struct injection_tally *tally, const struct observation *observation,
                          enum dialogue_kind kind)
{
    enum tri extra = observation->extra_reply.value;
    switch (observation->injection_commands.value) { /* known only where a command was glued */
    case TRI_YES:
        vote_add(&tally->num_answered);
        return;
    case TRI_NO:
        vote_add(&tally->num_ignored);
        return;
    case TRI_UNKNOWN:
        break;
    }
    if (kind == DIALOGUE_CONTROL) {
        vote_add(extra == TRI_YES  ? &tally->num_control_extra
                 : extra == TRI_NO ? &tally->num_control_plain
                                   : &tally->num_control_unclear);
    } else if (kind == DIALOGUE_GLUED) {
        vote_add(&tally->num_control_unclear);
    }
}

/* Where the replies got out of step, what was read as the reply to MAIL FROM may be another. */
static bool is_taken_only_in_tls(const struct observation *observation)
{
    return observation->is_mail_refused && observation->is_mail_taken_in_tls &&
           observation->extra_reply.value == TRI_NO;
}

static void add_mail(struct server_evidence *evidence, const struct observation *observation)
{
    if (observation->plaintext_mail == PLAINTEXT_MAIL_ACCEPTED) {
        vote_add(&evidence->num_mail_accepted);
    } else if (observation->plaintext_mail == PLAINTEXT_MAIL_REFUSED) {
        vote_add(&evidence->num_mail_refused);
    } else if (is_taken_only_in_tls(observation)) {
        vote_add(&evidence->num_mail_refused);
        vote_add(&evidence->num_mail_only_in_tls);
    } else if (observation->is_mail_refused) {
        vote_add(&evidence->num_mail_denied);
    }
}

void server_evidence_add(struct server_evidence *evidence, const struct observation *observation,
                         enum dialogue_kind kind)
{
    starttls_tally_add(&evidence->offer, observation);
    add_command(&evidence->command, observation);
    add_injection(&evidence->injection, observation, kind);
    add_mail(evidence, observation);
    evidence->has_tests |= observation->has_tests;
    if (kind == DIALOGUE_OFFER) {
        vote_add(&evidence->num_offer_checks);
    }
    if (kind == DIALOGUE_MAIL) {
        vote_add(&evidence->num_mail_checks);
    }
    if (kind != DIALOGUE_HANDSHAKE && kind != DIALOGUE_LEAF) {
        vote_add(&evidence->num_connections);
        evidence->open_seconds +=
            observation->timings.total > 0 ? (float)observation->timings.total / 1000 : 0;
    }
}

void server_evidence_wait(struct server_evidence *evidence, struct moment now, double seconds)
{
    if (moment_between(now, evidence->waits_until) <= 0) {
        vote_add(&evidence->num_waits);
        evidence->waits_until = moment_after(now, seconds);
    }
}

_Static_assert(OUTCOME_COUNT <= UINT8_MAX, "an outcome has no room in given_up_for");

void server_evidence_give_up(struct server_evidence *evidence, enum outcome outcome)
{
    evidence->given_up_for = (uint8_t)outcome;
}

void server_evidence_count(const struct server_evidence *evidence, struct endpoint_votes *out_votes)
{
    const struct command_tally *command = &evidence->command;
    starttls_tally_count(&evidence->offer, &out_votes->offer);
    out_votes->command = (struct command_votes){
        .accepted = command->num_accepted,
        .refused = command->num_refused,
        .busy = command->num_busy,
        .seconds = command->num_busy > 0 ? command->last_busy - command->first_busy : 0,
    };
}
