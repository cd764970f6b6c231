#include "scanner/engine/name_watch.h"

#include <stdio.h>
#include <string.h>

/* Everyone votes for the same. */
#define MISSING 1

void name_watch_init(struct name_watch *watch, const struct table_seed *seed)
{
    *watch = (struct name_watch){.seed = seed};
    pthread_mutex_init(&watch->mutex, NULL);
}

void name_watch_fini(struct name_watch *watch)
{
    pthread_mutex_destroy(&watch->mutex);
}

/* ---- Zones ---- */

static size_t num_kept(const struct name_zones *zones)
{
    return zones->num < NAME_ZONES_MAX ? (size_t)zones->num : NAME_ZONES_MAX;
}

static bool has_zone(const struct name_zones *zones, const char *text)
{
    for (size_t i = 0; i < num_kept(zones); i++) {
        if (strcmp(zones->texts[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static void add_zone(struct name_zones *zones, const char *text)
{
    if (!has_zone(zones, text)) {
        snprintf(zones->texts[zones->num++ % NAME_ZONES_MAX], HOSTNAME_SIZE, "%s", text);
    }
}

static size_t copy_zones(const struct name_zones *zones,
                         char out_zones[NAME_ZONES_MAX][HOSTNAME_SIZE])
{
    memcpy(out_zones, zones->texts, sizeof(zones->texts));
    return num_kept(zones);
}

static const char *top_of(const struct hostname *name)
{
    const char *dot = strrchr(hostname_text(name), '.');
    return dot != NULL ? dot + 1 : hostname_text(name);
}

void name_watch_asked(struct name_watch *watch, const struct hostname *name)
{
    pthread_mutex_lock(&watch->mutex);
    if (watch->top.num < NAME_ZONES_MAX) {
        add_zone(&watch->top, top_of(name));
    }
    pthread_mutex_unlock(&watch->mutex);
}

size_t name_watch_zones(struct name_watch *watch, char out_zones[NAME_ZONES_MAX][HOSTNAME_SIZE])
{
    pthread_mutex_lock(&watch->mutex);
    size_t num = copy_zones(watch->resolved.num > 0 ? &watch->resolved : &watch->top, out_zones);
    pthread_mutex_unlock(&watch->mutex);
    return num;
}

bool name_watch_top(struct name_watch *watch, char out_zone[HOSTNAME_SIZE])
{
    pthread_mutex_lock(&watch->mutex);
    bool has_any = watch->top.num > 0;
    memcpy(out_zone, watch->top.texts[0], HOSTNAME_SIZE);
    pthread_mutex_unlock(&watch->mutex);
    return has_any;
}

/* ---- Votes ---- */

/* Networks have no part in it. */
static struct juror juror_of(const struct name_watch *watch, const struct hostname *name,
                             uint32_t turn)
{
    const char *organisation = hostname_organisation(name);
    return (struct juror){
        .provider = table_hash(watch->seed, organisation, strlen(organisation)),
        .line = (uint64_t)turn + 1,
    };
}

void name_watch_resolved(struct name_watch *watch, const struct hostname *name)
{
    pthread_mutex_lock(&watch->mutex);
    jury_clear(&watch->missing);
    watch->num_resolved++;
    add_zone(&watch->resolved, hostname_organisation(name));
    pthread_mutex_unlock(&watch->mutex);
}

void name_watch_missing(struct name_watch *watch, const struct hostname *name, uint32_t turn)
{
    const struct juror juror = juror_of(watch, name, turn);
    pthread_mutex_lock(&watch->mutex);
    jury_hear(&watch->missing, &juror, MISSING);
    pthread_mutex_unlock(&watch->mutex);
}

static void leads_to(struct name_watch *watch, struct jury *jury, const struct hostname *name,
                     uint32_t turn, const void *place, size_t len)
{
    const struct juror juror = juror_of(watch, name, turn);
    pthread_mutex_lock(&watch->mutex);
    jury_hear(jury, &juror, table_hash(watch->seed, place, len));
    pthread_mutex_unlock(&watch->mutex);
}

void name_watch_leads_to_host(struct name_watch *watch, const struct hostname *name, uint32_t turn,
                              const char *host)
{
    leads_to(watch, &watch->alike, name, turn, host, strlen(host));
}

void name_watch_leads_to_address(struct name_watch *watch, const struct hostname *name,
                                 uint32_t turn, const struct address *address, bool is_called)
{
    struct jury *jury = is_called ? &watch->alike : &watch->uncalled;
    leads_to(watch, jury, name, turn, address->bytes, address->family == 4 ? 4 : 16);
}

void name_watch_clear(struct name_watch *watch)
{
    pthread_mutex_lock(&watch->mutex);
    jury_clear(&watch->missing);
    jury_clear(&watch->alike);
    jury_clear(&watch->uncalled);
    watch->num_resolved++;
    pthread_mutex_unlock(&watch->mutex);
}

void name_watch_believe(struct name_watch *watch)
{
    pthread_mutex_lock(&watch->mutex);
    watch->num_resolved++;
    pthread_mutex_unlock(&watch->mutex);
}

void name_watch_clear_alike(struct name_watch *watch)
{
    pthread_mutex_lock(&watch->mutex);
    jury_clear(&watch->alike);
    pthread_mutex_unlock(&watch->mutex);
}

static size_t verdict_of(const struct jury *jury)
{
    uint64_t charge;
    size_t num = jury_leading(jury, &charge);
    return jury_is_verdict(jury, num, JURY_ENOUGH) ? num : 0;
}

struct name_verdict name_watch_verdict(struct name_watch *watch)
{
    pthread_mutex_lock(&watch->mutex);
    size_t num_uncalled = verdict_of(&watch->uncalled);
    const struct name_verdict verdict = {
        .num_missing = verdict_of(&watch->missing),
        .num_alike = num_uncalled > 0 ? num_uncalled : verdict_of(&watch->alike),
        .has_uncalled = num_uncalled > 0,
    };
    pthread_mutex_unlock(&watch->mutex);
    return verdict;
}

uint64_t name_watch_num_resolved(struct name_watch *watch)
{
    pthread_mutex_lock(&watch->mutex);
    uint64_t num_resolved = watch->num_resolved;
    pthread_mutex_unlock(&watch->mutex);
    return num_resolved;
}
