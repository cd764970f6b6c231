#include "io/dns/dns_upstreams.h"

/* A resolver that failed so often in a row seems dead; one question now and then tells if it is. */
#define FAILURES_UNTIL_DEAD 3
#define RECHECK_MS          5000

bool dns_upstreams_init(struct dns_upstreams *upstreams, struct ev_loop *loop, const char *servers,
                        unsigned timeout_ms)
{
    struct dns_server list[DNS_RESOLVERS_MAX];
    size_t num_servers = dns_server_list(servers, list);
    *upstreams = (struct dns_upstreams){0};
    for (size_t i = 0; i < num_servers; i++) {
        struct dns_resolver *resolver = dns_resolver_new(loop, &list[i], timeout_ms);
        if (resolver == NULL) {
            dns_upstreams_fini(upstreams);
            return false;
        }
        upstreams->all[upstreams->num_all++].resolver = resolver;
    }
    return num_servers > 0;
}

void dns_upstreams_fini(struct dns_upstreams *upstreams)
{
    for (size_t i = 0; i < upstreams->num_all; i++) {
        dns_resolver_free(upstreams->all[i].resolver);
    }
    upstreams->num_all = 0;
}

void dns_upstreams_cancel_all(struct dns_upstreams *upstreams)
{
    for (size_t i = 0; i < upstreams->num_all; i++) {
        dns_resolver_cancel_all(upstreams->all[i].resolver);
    }
}

static bool seems_dead(const struct dns_upstream *upstream, int64_t now_ms)
{
    return upstream->failures >= FAILURES_UNTIL_DEAD && now_ms < upstream->recheck_ms;
}

bool dns_upstreams_choose(struct dns_upstreams *upstreams, const uint8_t tries[DNS_RESOLVERS_MAX],
                          unsigned max_tries, int64_t now_ms, size_t *out_index)
{
    unsigned best_rank = UINT8_MAX + 1;
    for (size_t i = 0; i < upstreams->num_all; i++) {
        bool last_resort = upstreams->num_all > 1 && seems_dead(&upstreams->all[i], now_ms);
        unsigned limit = last_resort ? 1 : max_tries;
        unsigned rank = last_resort ? UINT8_MAX : tries[i];
        if (tries[i] < limit && rank < best_rank) {
            best_rank = rank;
            *out_index = i;
        }
    }
    if (best_rank > UINT8_MAX) {
        return false;
    }
    struct dns_upstream *chosen = &upstreams->all[*out_index];
    if (chosen->failures >= FAILURES_UNTIL_DEAD && now_ms >= chosen->recheck_ms) {
        chosen->recheck_ms = now_ms + RECHECK_MS;
    }
    return true;
}

void dns_upstreams_note(struct dns_upstreams *upstreams, size_t index, bool answered,
                        int64_t now_ms)
{
    struct dns_upstream *upstream = &upstreams->all[index];
    upstream->failures = answered ? 0 : upstream->failures + 1;
    if (upstream->failures == FAILURES_UNTIL_DEAD) {
        upstream->recheck_ms = now_ms + RECHECK_MS;
    }
}
