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

enum network_trouble network_trouble_of(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_CONNECT_TIMEOUT:
        return NETWORK_DROPS;
    case OUTCOME_CONNECT_REFUSED:
        return NETWORK_REFUSES;
    case OUTCOME_CONNECT_UNREACHABLE:
        return NETWORK_UNREACHABLE;
    case OUTCOME_PROXY_FAILED:
        return NETWORK_PROXY;
    case OUTCOME_BANNER_CLOSED:
    case OUTCOME_BANNER_RESET:
        return NETWORK_CLOSES;
    case OUTCOME_BANNER_TIMEOUT:
        return NETWORK_IS_SILENT;
    default:
        return NETWORK_FINE;
    }
}

bool network_may_be_lost(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_EHLO_TIMEOUT:
    case OUTCOME_EHLO_CLOSED:
    case OUTCOME_EHLO_RESET:
    case OUTCOME_STARTTLS_TIMEOUT:
    case OUTCOME_STARTTLS_CLOSED:
    case OUTCOME_STARTTLS_RESET:
    case OUTCOME_TLS_TIMEOUT:
    case OUTCOME_TLS_CLOSED:
    case OUTCOME_TLS_RESET:
    case OUTCOME_TARGET_TIMEOUT:
        return true;
    default:
        return network_trouble_of(outcome) != NETWORK_FINE;
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

static void clear(struct network_watch *watch)
{
    jury_clear(&watch->reach);
    watch->connected_since = (struct moment){0};
    watch->num_greeted++;
}

static bool has_witness_of(const struct network_watch *watch, uint64_t network)
{
    for (size_t i = 0; i < NETWORK_WITNESSES_MAX && i < watch->num_witnessed; i++) {
        if (watch->witness_networks[i] == network) {
            return true;
        }
    }
    return false;
}

void network_watch_greeted(struct network_watch *watch, const struct network_place *place)
{
    const struct juror juror = network_place_juror(watch, place);
    pthread_mutex_lock(&watch->mutex);
    clear(watch);
    watch->has_answered = true;
    if (!has_witness_of(watch, juror.network)) {
        size_t at = (size_t)(watch->num_witnessed++ % NETWORK_WITNESSES_MAX);
        watch->witnesses[at] = (struct network_witness){*place->address, place->port};
        watch->witness_networks[at] = juror.network;
    }
    pthread_mutex_unlock(&watch->mutex);
}

void network_watch_clear(struct network_watch *watch)
{
    pthread_mutex_lock(&watch->mutex);
    clear(watch);
    pthread_mutex_unlock(&watch->mutex);
}

void network_watch_believe(struct network_watch *watch)
{
    pthread_mutex_lock(&watch->mutex);
    watch->num_greeted++;
    pthread_mutex_unlock(&watch->mutex);
}

static void note_answer(struct network_watch *watch)
{
    pthread_mutex_lock(&watch->mutex);
    clear(watch);
    watch->has_answered = true;
    pthread_mutex_unlock(&watch->mutex);
}

void network_watch_ended(struct network_watch *watch, const struct network_place *place,
                         enum outcome outcome)
{
    enum network_trouble trouble = network_trouble_of(outcome);
    if (trouble == NETWORK_FINE) {
        /* What comes after a greeting says nothing new: the way may have been lost meanwhile. */
        if (outcome_phase(outcome) == PHASE_BANNER) {
            note_answer(watch);
        }
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
    verdict.is_unanswered = !watch->has_answered && verdict.num_votes == verdict.num_heard;
    verdict.is_in_trouble = jury_count(&watch->reach, CONNECTED) < verdict.num_heard;
    if (charge != CONNECTED && jury_is_verdict(&watch->reach, verdict.num_votes, JURY_ENOUGH)) {
        verdict.trouble = (enum network_trouble)charge;
    }
    pthread_mutex_unlock(&watch->mutex);
    return verdict;
}

uint64_t network_watch_num_greeted(struct network_watch *watch)
{
    pthread_mutex_lock(&watch->mutex);
    uint64_t num_greeted = watch->num_greeted;
    pthread_mutex_unlock(&watch->mutex);
    return num_greeted;
}

size_t network_watch_witnesses(struct network_watch *watch,
                               struct network_witness out_witnesses[NETWORK_WITNESSES_MAX])
{
    pthread_mutex_lock(&watch->mutex);
    size_t num = watch->num_witnessed < NETWORK_WITNESSES_MAX ? (size_t)watch->num_witnessed
                                                              : NETWORK_WITNESSES_MAX;
    for (size_t i = 0; i < num; i++) {
        out_witnesses[i] = watch->witnesses[i];
    }
    pthread_mutex_unlock(&watch->mutex);
    return num;
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
