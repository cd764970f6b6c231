/* Which hosts are scanned for a target, and how many addresses of each. */
#include <string.h>

#include "scanner/dialogue/service_smtp.h"
#include "scanner/engine/address_share.h"
#include "scanner/engine/host_request.h"
#include "scanner/engine/host_summary.h"
#include "scanner/engine/target_internal.h"

/* A host that is being scanned for a target; in the target's arena. */
struct host_wanted {
    struct target *target;
    struct target_mx *mx;
    bool is_of_mx; /* one of target->mx that mail goes to */
};

/*
 * All MX hosts are done, and there may be room for more addresses: those that have some left are
 * asked for again, with more. Their endpoints that are done are not scanned twice.
 */
static void ask_more(struct target *target)
{
    unsigned room = target->worker->config->max_addresses;
    target->search->has_asked_more = true;
    for (size_t i = 0; i < target->num_mx; i++) {
        const struct host_result *result = target->mx[i].result;
        size_t num_asked = result != NULL ? result->num_endpoints : 0;
        room -= num_asked < room ? (unsigned)num_asked : room;
    }
    for (size_t i = 0; i < target->num_mx && !target->lacks_memory; i++) {
        struct target_mx *mx = &target->mx[i];
        bool is_asked = mx->result != NULL && mx->result->num_endpoints > 0;
        unsigned more = is_asked ? address_share_more(&room, mx->result->num_left) : 0;
        if (more > 0) {
            unsigned most = (unsigned)mx->result->num_endpoints + more;
            host_summary_release(mx->result);
            mx->result = NULL;
            target_start_host(target, mx, &service_smtp, most);
        }
    }
}

static void on_host_done(struct once_request *asked)
{
    struct host_request *request = (struct host_request *)asked;
    const struct host_wanted *wanted = request->user;
    struct target *target = wanted->target;
    wanted->mx->result = request->result;
    request->result = NULL; /* the reference is ours now */
    if (asked->waiter.is_given_up) {
        target_note_failure(target, asked->waiter.failure);
    } else if (target->record == NULL) {
        target->is_service_done[wanted->mx - target->mx] = true;
    }
    host_request_free(request);
    if (wanted->is_of_mx && --target->search->mx_hosts_left == 0 &&
        !target->search->has_asked_more && !target->was_stopped && !target->lacks_memory) {
        ask_more(target);
    }
    target_part_ended(target);
}

/* Does it go by the domain's own name? Then hardly anybody else has it for an MX host. */
static bool is_own_host(const struct target *target, const struct hostname *host)
{
    return target->domain != NULL &&
           strcmp(hostname_organisation(target->domain), hostname_organisation(host)) == 0;
}

void target_start_host(struct target *target, struct target_mx *mx, const struct service *service,
                       unsigned max_addresses)
{
    struct host_wanted *wanted = arena_alloc(&target->arena, sizeof(*wanted));
    struct host_request *request = wanted != NULL
                                       ? host_request_new(target->worker, mx->host, mx->port,
                                                          service, max_addresses, target->turn)
                                       : NULL;
    if (request == NULL) {
        target->lacks_memory = true;
        return;
    }
    *wanted = (struct host_wanted){target, mx, target->record != NULL && service == &service_smtp};
    if (wanted->is_of_mx) {
        target->search->mx_hosts_left++;
    }
    request->is_implicit = mx->preference < 0;
    request->is_own = is_own_host(target, mx->host);
    request->num_siblings = target->num_mx > 0 ? (unsigned)target->num_mx - 1 : 0;
    request->asked.done = on_host_done;
    request->user = wanted;
    target_part_started(target);
    host_request_post(request);
}

/* There is no room for any of its addresses: it is not even looked up. */
static void leave_host(struct target *target, struct target_mx *mx)
{
    mx->result = host_summary_new(0);
    target->lacks_memory |= mx->result == NULL;
}

void target_start_hosts(struct target *target, struct target_mx *hosts, size_t num_hosts,
                        const struct service *service)
{
    const unsigned most = target->worker->config->max_addresses;
    size_t num = 0;
    for (size_t i = 0; i < num_hosts; i++) {
        num += hosts[i].host != NULL ? 1 : 0;
    }
    const unsigned share = address_share_first(most, num);
    num = 0;
    for (size_t i = 0; i < num_hosts; i++) {
        if (hosts[i].host == NULL) {
            continue;
        }
        if (num++ < most) {
            target_start_host(target, &hosts[i], service, share);
        } else {
            leave_host(target, &hosts[i]);
        }
    }
}
