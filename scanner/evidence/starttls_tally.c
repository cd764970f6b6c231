#include "scanner/evidence/starttls_tally.h"

#include <string.h>

#include "scanner/evidence/vote.h"

/* Never zero, which stands for never. */
static uint32_t second_of(struct moment moment)
{
    return moment.seconds >= 1 ? (uint32_t)moment.seconds : 1;
}

static void add_with(struct starttls_tally *tally, uint32_t second)
{
    if (tally->num_with == 0 || second < tally->first_with) {
        tally->first_with = second;
    }
    if (tally->num_with == 0 || second > tally->last_with) {
        tally->last_with = second;
    }
    vote_add(&tally->num_with);
}

/* Keeps the earliest seconds that differ, in order. */
static void add_without(struct starttls_tally *tally, uint32_t second)
{
    vote_add(&tally->num_without);
    size_t at = 0;
    while (at < tally->num_kept && tally->without[at] < second) {
        at++;
    }
    if (at == STARTTLS_TALLY_KEPT || (at < tally->num_kept && tally->without[at] == second)) {
        return;
    }
    if (tally->num_kept < STARTTLS_TALLY_KEPT) {
        tally->num_kept++;
    }
    memmove(&tally->without[at + 1], &tally->without[at],
            (tally->num_kept - at - 1) * sizeof(tally->without[0]));
    tally->without[at] = second;
}

void starttls_tally_add(struct starttls_tally *tally, const struct observation *observation)
{
    bool is_offered = observation->starttls_advertised.value == TRI_YES;
    /* Where the offer was overwritten on the way, the server has not said anything. */
    bool is_missing = observation->outcome == OUTCOME_STARTTLS_NOT_ADVERTISED;
    if (is_offered) {
        add_with(tally, second_of(observation->capabilities_at));
        uint32_t provoked = second_of(observation->provoked_at);
        if (observation->provoked_at.seconds > 0 &&
            (tally->provoked == 0 || provoked < tally->provoked)) {
            tally->provoked = provoked;
        }
    } else if (is_missing) {
        add_without(tally, second_of(observation->capabilities_at));
    }
}

/* Of a second in which both happened nobody knows which came first. */
static unsigned num_clean(const struct starttls_tally *tally)
{
    unsigned num = 0;
    while (num < tally->num_kept &&
           (tally->provoked == 0 || tally->without[num] < tally->provoked)) {
        num++;
    }
    return num;
}

void starttls_tally_count(const struct starttls_tally *tally, struct offer_votes *out_votes)
{
    unsigned clean = num_clean(tally);
    bool is_contested = tally->num_with > 0;
    *out_votes = (struct offer_votes){
        .with = tally->num_with,
        /* Beside dialogues with STARTTLS, those of one second count once: they may be one event. */
        .without = is_contested ? clean : tally->num_without,
    };
    if (is_contested && tally->num_kept > 0) {
        /* Of the seconds kept, those after the provocation; the rest of the dialogues beside. */
        out_votes->unclear = clean == tally->num_kept ? 0 : tally->num_without - clean;
    }
    if (is_contested && clean > 0) {
        uint32_t last_without = tally->without[clean - 1];
        uint32_t first =
            tally->first_with < tally->without[0] ? tally->first_with : tally->without[0];
        uint32_t last = tally->last_with > last_without ? tally->last_with : last_without;
        out_votes->seconds = last - first;
    }
}
