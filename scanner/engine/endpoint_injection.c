/*
 * Before a server is accused of executing a command that came before TLS (CVE-2011-0411), two more
 * dialogues: a control without the glued command, in which the extra reply must not come, and one
 * more with it, in which it must. Some servers greet again inside TLS, or answer QUIT twice.
 */
#include <stdlib.h>

#include "scanner/engine/endpoint_internal.h"

struct injection_check {
    struct endpoint *endpoint;
    endpoint_injection_confirmed confirmed;
    struct session *session;
    struct session_request request;
    struct observation result;
    bool is_control;
};

static void drop_dialogue(struct injection_check *check)
{
    session_free(check->session);
    check->session = NULL;
    if (check->result.chain != NULL) {
        chain_release(worker_of(check->endpoint)->chain_cache, check->result.chain);
        check->result.chain = NULL;
    }
}

void endpoint_injection_end(struct endpoint_scan *scan)
{
    if (scan->injection != NULL) {
        drop_dialogue(scan->injection);
        free(scan->injection);
        scan->injection = NULL;
    }
}

bool endpoint_injection_is_waiting(const struct endpoint_scan *scan)
{
    return scan->injection != NULL && scan->injection->session != NULL &&
           session_is_waiting(scan->injection->session);
}

static void finish(struct injection_check *check, struct verdict verdict)
{
    struct endpoint *endpoint = check->endpoint;
    endpoint_injection_confirmed confirmed = check->confirmed;
    endpoint_injection_end(scan_of(endpoint));
    confirmed(endpoint, verdict);
}

static void on_done(struct session *session, void *user);

/* False on lack of memory. */
static bool start(struct injection_check *check, bool is_control)
{
    struct endpoint *endpoint = check->endpoint;
    check->is_control = is_control;
    check->request.test_plaintext = !is_control;
    check->session = session_new(&worker_of(endpoint)->dialogues, &check->request,
                                 &scan_of(endpoint)->arena, &check->result, on_done, check);
    return check->session != NULL;
}

/* What the dialogue did not show, it does not decide. */
static struct verdict undecided(const struct observation *result)
{
    struct verdict verdict = {TRI_UNKNOWN, OUTCOME_NOT_TESTED};
    if (result->outcome != OUTCOME_OK) {
        verdict.reason = result->outcome;
    }
    return verdict;
}

static void on_done(struct session *session, void *user)
{
    (void)session;
    struct injection_check *check = user;
    struct endpoint *endpoint = check->endpoint;
    enum tri extra_reply = check->result.extra_reply.value;
    struct verdict open = undecided(&check->result);
    bool was_control = check->is_control;
    scan_of(endpoint)->attempts++;
    drop_dialogue(check);
    if (extra_reply == TRI_UNKNOWN) {
        finish(check, open);
    } else if (!was_control) {
        /* Two dialogues agree, or they decide nothing. */
        finish(check, extra_reply == TRI_YES ? (struct verdict){TRI_YES, OUTCOME_OK} : open);
    } else if (extra_reply == TRI_YES) {
        /* As many replies with the command as without: it got none. */
        finish(check, (struct verdict){TRI_NO, OUTCOME_OK});
    } else if (!start(check, false)) {
        finish(check, (struct verdict){TRI_UNKNOWN, OUTCOME_LOCAL_ERROR});
    }
}

void endpoint_injection_confirm(struct endpoint *endpoint, endpoint_injection_confirmed confirmed)
{
    const struct verdict no_memory = {TRI_UNKNOWN, OUTCOME_LOCAL_ERROR};
    struct endpoint_scan *scan = scan_of(endpoint);
    struct injection_check *check = malloc(sizeof(*check));
    if (check == NULL) {
        confirmed(endpoint, no_memory);
        return;
    }
    *check = (struct injection_check){
        .endpoint = endpoint, .confirmed = confirmed, .request = scan->request};
    scan->injection = check;
    if (!start(check, true)) {
        finish(check, no_memory);
    }
}
