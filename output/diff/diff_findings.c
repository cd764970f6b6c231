#include "output/diff/diff_findings.h"

#include <string.h>

const char *diff_finding_state_name(enum diff_finding_state state)
{
    static const char *const names[DIFF_FINDING_STATE_COUNT] = {
        [DIFF_OPENED] = "opened",
        [DIFF_CLOSED] = "closed",
        [DIFF_FINDING_NOT_OBSERVED] = "not_observed",
        [DIFF_FINDING_OBSERVED_AGAIN] = "observed_again",
        [DIFF_FINDING_ACCEPTED] = "accepted",
        [DIFF_ACCEPTANCE_ENDED] = "acceptance_ended",
    };
    return names[state];
}

/* ---- Could it be seen? ---- */

/* A name that does not exist has no addresses to observe; any other failure hides some. */
static bool hides_addresses(const struct mx_record *mx)
{
    return mx->num_endpoints == 0 && mx->outcome != OUTCOME_DNS_NXDOMAIN &&
           mx->outcome != OUTCOME_DNS_NODATA;
}

/*
 * Does the record say that mail can only go there in clear, and did the server say otherwise later
 * in the same run? Then the record shows what the server said at first, and no more.
 */
static bool is_taken_back(const struct diff_side *side, const struct endpoint_record *endpoint)
{
    bool accuses = endpoint->starttls_advertised.value == TRI_NO ||
                   endpoint->starttls_accepted.value == TRI_NO;
    return accuses && result_file_revises(side->file, endpoint->address, endpoint->port);
}

static bool has_taken_back(const struct diff_side *side)
{
    for (size_t i = 0; i < side->num_endpoints; i++) {
        if (is_taken_back(side, side->endpoints[i])) {
            return true;
        }
    }
    return false;
}

/* What of the side without the finding has to be looked at for it. */
struct looked_at {
    size_t num_seen;    /* addresses that have it on the one side and show that they have it not */
    size_t num_unseen;  /* ... or show nothing */
    size_t num_bearers; /* addresses that have it */
    size_t num_taken_back; /* ... by records that their own run takes back */
    size_t num_hidden; /* hosts that have it on the one side and no known address on the other */
    size_t num_new_unseen; /* addresses that only the other side has, and that show nothing */
};

static void look_at_bearers(struct looked_at *looked, const struct finding_sight *sight,
                            const struct diff_side *with, const struct diff_side *without,
                            const char *code)
{
    for (size_t i = 0; i < with->num_endpoints; i++) {
        const struct endpoint_record *bearer = with->endpoints[i];
        if (!diff_has_finding(bearer->findings, bearer->num_findings, code)) {
            continue;
        }
        looked->num_bearers++;
        looked->num_taken_back += is_taken_back(with, bearer);
        const struct endpoint_record *same = diff_side_same_endpoint(without, bearer);
        const struct mx_record *mx = diff_side_mx(without, bearer->host);
        if (same != NULL) {
            bool shows = sight->endpoint_shows(code, same) && !is_taken_back(without, same) &&
                         !sight->may_be_chance(code, bearer);
            *(shows ? &looked->num_seen : &looked->num_unseen) += 1;
        } else if (mx != NULL && hides_addresses(mx)) {
            looked->num_hidden++;
        }
    }
}

static void look_at_new_addresses(struct looked_at *looked, const struct finding_sight *sight,
                                  const struct diff_side *with, const struct diff_side *without,
                                  const char *code)
{
    for (size_t i = 0; i < without->num_endpoints; i++) {
        const struct endpoint_record *endpoint = without->endpoints[i];
        looked->num_new_unseen += diff_side_same_endpoint(with, endpoint) == NULL &&
                                  !sight->endpoint_shows(code, endpoint);
    }
}

/* Does the finding of a domain follow from what an address was said to lack? */
static bool is_behind_an_answer(const struct finding_sight *sight, const char *code)
{
    return sight->is_behind(code, ANSWER_OPPORTUNISTIC) || sight->is_behind(code, ANSWER_DANE) ||
           sight->is_behind(code, ANSWER_MTA_STS);
}

/*
 * The finding is on one side: is its absence on the other an observation? Of the addresses that
 * have it, those still there must show it. If none is, the addresses in their place must. A finding
 * whose own run takes it back tells nothing of the other run.
 */
static bool absence_is_seen(const struct finding_sight *sight, struct diff_side *with,
                            struct diff_side *without, const char *code)
{
    struct looked_at looked = {0};
    if (without->domain->mail == MAIL_UNKNOWN) {
        return false;
    }
    diff_side_load(with);
    diff_side_load(without);
    look_at_bearers(&looked, sight, with, without, code);
    if (looked.num_bearers == 0) {
        bool is_consequence =
            is_behind_an_answer(sight, code) && (has_taken_back(with) || has_taken_back(without));
        return !is_consequence && sight->domain_shows(code, without->domain);
    }
    if (looked.num_taken_back == looked.num_bearers || looked.num_unseen > 0 ||
        looked.num_hidden > 0) {
        return false;
    }
    if (looked.num_seen > 0) {
        return true;
    }
    look_at_new_addresses(&looked, sight, with, without, code);
    return looked.num_new_unseen == 0;
}

/* ---- Comparing ---- */

static void take_missing(struct diff_findings *out, const struct finding_sight *sight,
                         struct diff_side *with, struct diff_side *without,
                         enum diff_finding_state seen, enum diff_finding_state unseen)
{
    const struct domain_record *domain = with->domain, *other = without->domain;
    for (size_t i = 0; i < domain->num_findings && out->num_items < DIFF_FINDINGS_MAX; i++) {
        const char *code = domain->findings[i].code;
        if (code == NULL || diff_has_finding(other->findings, other->num_findings, code) ||
            sight->is_marker(code) || !sight->domain_saw(code, domain)) {
            continue;
        }
        out->items[out->num_items++] = (struct diff_finding){
            &domain->findings[i], absence_is_seen(sight, with, without, code) ? seen : unseen};
    }
}

static bool is_accepted(const struct finding *finding)
{
    return finding->accepted.until != NULL;
}

static const struct finding *find_finding(const struct domain_record *domain, const char *code)
{
    for (size_t i = 0; i < domain->num_findings; i++) {
        if (domain->findings[i].code != NULL && strcmp(domain->findings[i].code, code) == 0) {
            return &domain->findings[i];
        }
    }
    return NULL;
}

/* Findings that both have, and only one accepts. */
static void take_acceptances(struct diff_findings *out, const struct finding_sight *sight,
                             const struct domain_record *before, const struct domain_record *after)
{
    for (size_t i = 0; i < after->num_findings && out->num_items < DIFF_FINDINGS_MAX; i++) {
        const struct finding *now = &after->findings[i];
        const struct finding *earlier = now->code != NULL && !sight->is_marker(now->code)
                                            ? find_finding(before, now->code)
                                            : NULL;
        if (earlier == NULL || is_accepted(now) == is_accepted(earlier)) {
            continue;
        }
        out->items[out->num_items++] = is_accepted(now)
                                           ? (struct diff_finding){now, DIFF_FINDING_ACCEPTED}
                                           : (struct diff_finding){earlier, DIFF_ACCEPTANCE_ENDED};
    }
}

void diff_findings_compare(struct diff_findings *out, const struct finding_sight *sight,
                           struct diff_side *before, struct diff_side *after)
{
    out->num_items = 0;
    take_missing(out, sight, after, before, DIFF_OPENED, DIFF_FINDING_OBSERVED_AGAIN);
    take_missing(out, sight, before, after, DIFF_CLOSED, DIFF_FINDING_NOT_OBSERVED);
    take_acceptances(out, sight, before->domain, after->domain);
}

bool diff_findings_have(const struct diff_findings *findings, enum diff_finding_state state)
{
    for (size_t i = 0; i < findings->num_items; i++) {
        if (findings->items[i].state == state) {
            return true;
        }
    }
    return false;
}

bool diff_findings_behind(const struct diff_findings *findings, const struct finding_sight *sight,
                          enum diff_finding_state state, enum record_answer answer)
{
    for (size_t i = 0; i < findings->num_items; i++) {
        const struct diff_finding *item = &findings->items[i];
        if (item->state == state && sight->is_behind(item->finding->code, answer)) {
            return true;
        }
    }
    return false;
}

bool diff_findings_have_open(const struct diff_findings *findings, enum diff_finding_state state)
{
    for (size_t i = 0; i < findings->num_items; i++) {
        if (findings->items[i].state == state && !is_accepted(findings->items[i].finding)) {
            return true;
        }
    }
    return false;
}

bool diff_findings_are_accepted(const struct diff_findings *findings, enum diff_finding_state state)
{
    return diff_findings_have(findings, state) && !diff_findings_have_open(findings, state);
}

bool diff_findings_behind_are_accepted(const struct diff_findings *findings,
                                       const struct finding_sight *sight,
                                       enum diff_finding_state state, enum record_answer answer)
{
    bool found = false;
    for (size_t i = 0; i < findings->num_items; i++) {
        const struct diff_finding *item = &findings->items[i];
        if (item->state != state || !sight->is_behind(item->finding->code, answer)) {
            continue;
        }
        if (!is_accepted(item->finding)) {
            return false;
        }
        found = true;
    }
    return found;
}
