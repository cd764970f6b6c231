#include "scanner/engine/policy_fetch.h"

#include <errno.h>

#include "scanner/enforcement/mta_sts.h"
#include "scanner/engine/contact.h"
#include "scanner/engine/run.h"
#include "scanner/engine/worker.h"

void policy_fetches_init(struct policy_fetches *fetches, struct worker *worker)
{
    fetches->worker = worker;
    fetches->num_under_way = 0;
    TAILQ_INIT(&fetches->waiting);
}

static bool may_contact(void *user, const struct address *address)
{
    struct policy_fetch *fetch = user;
    enum outcome outcome = contact_check(fetch->fetches->worker->config, address);
    fetch->was_family_left_out |= outcome == OUTCOME_FAMILY_NOT_ASKED;
    return outcome == OUTCOME_OK;
}

/* RFC 8461 section 3.3: trusted, in its dates, for the policy host by DNS-ID. */
static void on_appraised(struct appraisal *appraisal, void *user)
{
    struct policy_fetch *fetch = user;
    fetch->appraisal = NULL;
    fetch->lacks_memory = appraisal->lacked_memory;
    fetch->was_dropped = appraisal->was_dropped;
    bool is_accepted = !appraisal->lacked_memory && !appraisal->was_dropped &&
                       certificate_is_valid(&appraisal->shown[0].certificate) == TRI_YES;
    appraisal_free(appraisal);
    https_get_judged(fetch->get, is_accepted);
}

static void judge(void *user, struct https_get *get, const struct tls_observed *observed)
{
    struct policy_fetch *fetch = user;
    struct worker *worker = fetch->fetches->worker;
    struct text certificates[CHAIN_CERTIFICATES_MAX];
    size_t num = 0;
    while (num < observed->num_certificates && num < CHAIN_CERTIFICATES_MAX) {
        certificates[num].bytes = (const char *)observed->certificates[num].bytes;
        certificates[num].len = observed->certificates[num].len;
        num++;
    }
    const struct chain *chain = chain_cache_add(worker->chain_cache, certificates, num);
    fetch->appraisal = chain != NULL ? appraisal_new(worker->chain_cache, fetch->host) : NULL;
    if (fetch->appraisal != NULL) {
        appraisal_add(fetch->appraisal, chain, NULL);
    }
    chain_release(worker->chain_cache, chain);
    if (fetch->appraisal == NULL) {
        fetch->lacks_memory = true;
        https_get_judged(get, false);
        return;
    }
    appraisal_start(fetch->appraisal, worker->run->pool, &worker->mailbox, on_appraised, fetch);
}

/* The verdict is not waited for any longer. */
static void drop_appraisal(struct policy_fetch *fetch)
{
    appraisal_free(fetch->appraisal);
    fetch->appraisal = NULL;
}

static void start_waiting(struct policy_fetches *fetches);

/* If the run leaves out the family of the policy host's address, the domain is not to blame: the
 * response becomes a network failure. Nor is it if a stop has dropped the appraisal. */
static struct https_response blame_rightly(const struct policy_fetch *fetch,
                                           const struct https_response *response)
{
    struct https_response corrected = *response;
    if (response->outcome == HTTPS_NOT_ALLOWED && fetch->was_family_left_out) {
        corrected.outcome = HTTPS_CONNECT;
        corrected.error = ENETUNREACH;
    }
    if (fetch->was_dropped) {
        corrected.outcome = HTTPS_LOCAL;
        corrected.error = ECANCELED;
    }
    return corrected;
}

static void on_response(void *user, const struct https_response *response)
{
    struct policy_fetch *fetch = user;
    struct policy_fetches *fetches = fetch->fetches;
    const struct https_response corrected = blame_rightly(fetch, response);
    drop_appraisal(fetch);
    fetch->get = NULL;
    fetch->fetches = NULL;
    fetches->num_under_way--;
    fetch->done(fetch, fetch->lacks_memory ? NULL : &corrected);
    start_waiting(fetches);
}

static void start_get(struct policy_fetch *fetch)
{
    const struct worker *worker = fetch->fetches->worker;
    const struct https_request request = {
        .shared = worker->conn_shared,
        .dns = worker->dns,
        .host = fetch->host,
        .path = MTA_STS_PATH,
        .port = worker->config->https_port,
        .seconds = worker->config->limits.https,
        .may_contact = may_contact,
        .judge = judge,
        .done = on_response,
        .user = fetch,
    };
    fetch->get = https_get_start(&request);
    if (fetch->get != NULL) {
        fetch->fetches->num_under_way++;
    } else {
        fetch->fetches = NULL;
        fetch->done(fetch, NULL);
    }
}

/* The first that wait take the places that are free. One that cannot start takes none. */
static void start_waiting(struct policy_fetches *fetches)
{
    struct policy_fetch *fetch;
    while (fetches->num_under_way < POLICY_FETCHES_MAX &&
           (fetch = TAILQ_FIRST(&fetches->waiting)) != NULL) {
        TAILQ_REMOVE(&fetches->waiting, fetch, link);
        start_get(fetch);
    }
}

void policy_fetch_start(struct policy_fetches *fetches, struct policy_fetch *fetch)
{
    fetch->fetches = fetches;
    fetch->lacks_memory = fetch->was_dropped = false;
    TAILQ_INSERT_TAIL(&fetches->waiting, fetch, link);
    start_waiting(fetches);
}

bool policy_fetch_is_waiting(const struct policy_fetch *fetch)
{
    return fetch->fetches != NULL && fetch->get == NULL;
}

void policy_fetch_cancel(struct policy_fetch *fetch)
{
    if (fetch->fetches == NULL) {
        return;
    }
    drop_appraisal(fetch);
    if (fetch->get != NULL) {
        https_get_cancel(fetch->get);
        fetch->get = NULL;
        fetch->fetches->num_under_way--;
    } else {
        TAILQ_REMOVE(&fetch->fetches->waiting, fetch, link);
    }
    fetch->fetches = NULL;
}
