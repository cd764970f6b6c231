#include "scanner/engine/endpoint_watch.h"

#include "io/base/loop.h"
#include "scanner/engine/endpoint_internal.h"
#include "scanner/engine/run.h"
#include "scanner/x509/leaf_sight.h"

static struct network_place place_of(const struct endpoint *endpoint)
{
    return (struct network_place){&endpoint->summary.address, endpoint->summary.port,
                                  endpoint->host, scan_of(endpoint)->inquiry.request.turn};
}

/* Networks block outbound port 25, and not those of other services. */
static bool is_watched(const struct endpoint *endpoint, unsigned num_dialogues_ended)
{
    return num_dialogues_ended == 0 && endpoint->service->is_between_servers;
}

void endpoint_watch_progress(const struct endpoint *endpoint, enum session_progress progress)
{
    struct worker *worker = worker_of(endpoint);
    const struct network_place place = place_of(endpoint);
    if (!is_watched(endpoint, scan_of(endpoint)->inquiry.num_dialogues)) {
        return;
    }
    if (progress == SESSION_GREETED) {
        network_watch_greeted(&worker->run->watch, &place);
    } else {
        network_watch_connected(&worker->run->watch, &place, loop_now(worker->loop));
    }
}

void endpoint_watch_ended(const struct endpoint *endpoint)
{
    const struct name_inquiry *inquiry = &scan_of(endpoint)->inquiry;
    const struct network_place place = place_of(endpoint);
    if (is_watched(endpoint, inquiry->num_dialogues - 1)) {
        network_watch_ended(&worker_of(endpoint)->run->watch, &place, inquiry->result.outcome);
    }
}

void endpoint_watch_heard(const struct endpoint *endpoint, const struct observation *observation)
{
    struct interception *interception = worker_of(endpoint)->emitter->interception;
    const struct network_place place = place_of(endpoint);
    struct leaf_sight leaf;
    struct testimony testimony = {
        .greeting = observation->banner,
        .ehlo = observation->ehlo,
        .is_offered = observation->capabilities.starttls,
        .is_overwritten = observation->capabilities.starttls_stripped,
    };
    if (!endpoint->service->is_between_servers || !observation->has_capabilities ||
        !interception_listens(interception)) {
        return;
    }
    if (observation->chain != NULL) {
        leaf_sight_of(observation->chain, hostname_text_or_null(endpoint->host), &leaf);
        testimony.key = leaf.key;
        testimony.names_host = leaf.names_host;
    }
    interception_hear(interception, &place, &testimony);
}
