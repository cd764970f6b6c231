#include "scanner/engine/network_watch.h"

/* A charge beside those of enum network_trouble: it may still greet. */
#define CONNECTED 100

void network_watch_init(struct network_watch *watch, const struct table_seed *seed,
                        const struct geo *geo)
{
    *watch = (struct network_watch){.seed = seed, .geo = geo};
    pthread_mutex_init(&watch->mutex, NULL);
}

void network_watch_fini(struct network_watch *watch)
{
    pthread_mutex_destroy(&watch->mutex);
}

/* What an end says of the way to the server. Fine: the server has answered, in whatever way. */
static enum network_trouble trouble_of(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_CONNECT_TIMEOUT:
        return NETWORK_DROPS;
    case OUTCOME_CONNECT_REFUSED:
        return NETWORK_REFUSES;
    case OUTCOME_CONNECT_UNREACHABLE:
        return NETWORK_UNREACHABLE;
    case OUTCOME_BANNER_CLOSED:
    case OUTCOME_BANNER_RESET:
        return NETWORK_CLOSES;
    case OUTCOME_BANNER_TIMEOUT:
        return NETWORK_IS_SILENT;
    default:
        return NETWORK_FINE;
    }
}

struct juror network_place_juror(const struct network_watch *watch,
                                 const struct network_place *place)
{
    struct geo_record record = {0};
    if (watch->geo != NULL) {
        geo_look_up(watch->geo, place->address, &record);
    }
    return jury_juror(watch->seed, place->address, record.asn, place->host,
                      (uint64_t)place->turn + 1);
}

void network_watch_connected(struct network_watch *watch, const struct network_place *place,
                             struct moment now)
{
    const struct juror juror = network_place_juror(watch, place);
    pthread_mutex_lock(&watch->mutex);
    jury_hear(&watch->reach, &juror, CONNECTED);
    if (watch->connected_since.seconds == 0 &&
        jury_count(&watch->reach, CONNECTED) >= JURY_ENOUGH) {
        watch->connected_since = now;
    }
    pthread_mutex_unlock(&watch->mutex);
}

void network_watch_greeted(struct network_watch *watch)
{
    pthread_mutex_lock(&watch->mutex);
    jury_dismiss(&watch->reach);
    pthread_mutex_unlock(&watch->mutex);
}

void network_watch_ended(struct network_watch *watch, const struct network_place *place,
                         enum outcome outcome)
{
    enum network_trouble trouble = trouble_of(outcome);
    if (outcome_phase(outcome) == PHASE_LOCAL) {
        return; /* this says nothing of the network */
    }
    if (trouble == NETWORK_FINE) {
        network_watch_greeted(watch);
        return;
    }
    const struct juror juror = network_place_juror(watch, place);
    pthread_mutex_lock(&watch->mutex);
    jury_hear(&watch->reach, &juror, trouble);
    pthread_mutex_unlock(&watch->mutex);
}

struct network_verdict network_watch_verdict(struct network_watch *watch)
{
    struct network_verdict verdict = {.trouble = NETWORK_FINE};
    uint64_t charge;
    pthread_mutex_lock(&watch->mutex);
    verdict.num_votes = jury_leading(&watch->reach, &charge);
    verdict.num_heard = watch->reach.num_votes;
    verdict.is_unanswered = !watch->reach.is_dismissed && verdict.num_votes == verdict.num_heard;
    if (charge != CONNECTED && jury_is_verdict(&watch->reach, verdict.num_votes, JURY_ENOUGH)) {
        verdict.trouble = (enum network_trouble)charge;
    }
    pthread_mutex_unlock(&watch->mutex);
    return verdict;
}

bool network_watch_is_silent(struct network_watch *watch, struct moment now)
{
    pthread_mutex_lock(&watch->mutex);
    size_t count =
        jury_count(&watch->reach, CONNECTED) + jury_count(&watch->reach, NETWORK_IS_SILENT);
    bool is_silent = watch->connected_since.seconds != 0 &&
                     moment_between(watch->connected_since, now) >= NETWORK_SILENCE_SECONDS &&
                     jury_is_verdict(&watch->reach, count, JURY_ENOUGH);
    pthread_mutex_unlock(&watch->mutex);
    return is_silent;
}
