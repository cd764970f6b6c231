#include "scanner/engine/endpoint_internal.h"

#include <stdlib.h>
#include <string.h>

#include "io/base/loop.h"
#include "io/net/source_addresses.h"
#include "io/tls/tls_names.h"
#include "scanner/enforcement/leaf_names.h"
#include "scanner/evidence/facts.h"
#include "scanner/grading/endpoint_verdict.h"
#include "scanner/engine/run.h"

#define PREFIX_TEXT_MAX (ADDRESS_TEXT_MAX + sizeof("/24"))

/* Whose limits it shares: the organisation of its name, or the network of a bare address. */
static const char *provider_of(const struct endpoint *endpoint, char text[PREFIX_TEXT_MAX])
{
    if (endpoint->host != NULL) {
        return hostname_organisation(endpoint->host);
    }
    bool is_ipv4 = endpoint->summary.address.family == 4;
    struct prefix prefix = prefix_around(&endpoint->summary.address, is_ipv4 ? 24 : 48);
    address_format(&prefix.base, text);
    memcpy(text + strlen(text), is_ipv4 ? "/24" : "/48", sizeof("/24"));
    return text;
}

/* What a record borrows of its endpoint's identity. */
struct identity_texts {
    char address[ADDRESS_TEXT_MAX];
    char source[ADDRESS_TEXT_MAX];
    char provider[PREFIX_TEXT_MAX];
};

/* Where it was called from, if it was called and the routes did not choose that. */
static const char *source_of(const struct endpoint *endpoint, char text[ADDRESS_TEXT_MAX])
{
    const struct source_addresses *sources = worker_of(endpoint)->config->sources;
    if (sources == NULL || scan_of(endpoint)->inquiry.num_dialogues == 0) {
        return NULL;
    }
    size_t index = source_addresses_index(sources, &endpoint->summary.address);
    address_format(&sources->items[index], text);
    return text;
}

static void fill_identity(struct endpoint *endpoint, struct endpoint_record *record,
                          struct identity_texts *texts)
{
    const struct endpoint_scan *scan = scan_of(endpoint);
    if (endpoint->summary.address.family != 0) {
        address_format(&endpoint->summary.address, texts->address);
        record->address = texts->address;
    }
    record->source = source_of(endpoint, texts->source);
    record->host = hostname_text_or_null(endpoint->host);
    record->family = endpoint->summary.address.family;
    record->port = endpoint->summary.port;
    record->service = endpoint->service->name;
    record->provider = provider_of(endpoint, texts->provider);
    record->started = scan->inquiry.started;
    record->attempts = scan->inquiry.num_dialogues;
}

static void fill_observation(const struct endpoint *endpoint, struct endpoint_record *record)
{
    const struct endpoint_scan *scan = scan_of(endpoint);
    const struct observation *result = &scan->inquiry.result;
    record->outcome = result->outcome;
    record->outcome_detail = result->detail;
    record->reply = result->reply;
    record->banner = result->banner;
    record->esmtp = result->esmtp;
    bool works = result->starttls_handshake.value == TRI_YES;
    record->tls13_intolerant = works && scan->inquiry.request.without_tls13;
    record->sni_intolerant = works && endpoint->host != NULL && scan->inquiry.request.sni == NULL;
    record->timings = result->timings;
    record->timings.total =
        (int32_t)(loop_since(worker_of(endpoint)->loop, scan->opened) * 1000 + 0.5);
    if (result->starttls_accepted.value == TRI_YES) {
        record->injection_responses.value = result->early_bytes > 0 ? TRI_YES : TRI_NO;
    }
    record->is_between_servers = endpoint->service->is_between_servers;
    if (result->has_capabilities) {
        record->login_before_tls.value = result->capabilities.auth ? TRI_YES : TRI_NO;
        record->login_by_challenge = result->esmtp.value == TRI_YES && result->capabilities.auth &&
                                     !result->capabilities.auth_in_clear;
    }
    if (result->has_capabilities_tls) {
        record->starttls_in_tls.value = result->capabilities_tls.starttls ? TRI_YES : TRI_NO;
        record->requiretls.value = result->capabilities_tls.requiretls ? TRI_YES : TRI_NO;
    }
}

/* What all dialogues say together, those under other names of the server too. */
static void fill_facts(const struct endpoint *endpoint, struct endpoint_record *record)
{
    const struct endpoint_scan *scan = scan_of(endpoint);
    const struct observation *result = &scan->inquiry.result;
    record->implicit_tls = endpoint->service->implicit_tls;
    record->starttls_advertised = result->starttls_advertised;
    record->starttls_accepted = result->starttls_accepted;
    enum outcome reason = result->outcome != OUTCOME_OK ? result->outcome : OUTCOME_NOT_TESTED;
    record->injection_commands.reason = reason;
    if (scan->ledger != NULL) {
        server_evidence_count(&scan->ledger->evidence, &record->votes);
        record->injection_commands = facts_injected(&scan->ledger->evidence.injection, reason);
        record->plaintext_mail = facts_plaintext_mail(&scan->ledger->evidence);
        record->mail_only_in_tls = record->plaintext_mail == PLAINTEXT_MAIL_REFUSED &&
                                   scan->ledger->evidence.num_mail_only_in_tls > 0;
    }
    record->votes.handshake = (struct handshake_votes){
        scan->inquiry.name.num_completed, scan->inquiry.name.num_failed,
        scan->inquiry.name.num_unclear, scan->inquiry.name.num_certificate_wanted};
    facts_apply(record);
}

/* IANA numbers by their names, those without one in hexadecimal; fewer on lack of memory. */
static struct name_list name_numbers(struct arena *arena, const uint16_t *numbers, size_t num,
                                     const char *(*name_of)(uint16_t number))
{
    const char **names = arena_alloc(arena, num * sizeof(*names));
    struct name_list list = {names, 0};
    for (size_t i = 0; names != NULL && i < num; i++) {
        const char *name = name_of(numbers[i]);
        names[list.num] = name != NULL ? name : arena_format(arena, "0x%04x", numbers[i]);
        list.num += names[list.num] != NULL;
    }
    return list;
}

static void mark_cut(struct tls_facts *tls, enum tls_list list, bool is_cut)
{
    tls->cut_lists |= (unsigned)is_cut << list;
}

static void fill_lists(struct arena *arena, const struct server_facts *facts, struct tls_facts *tls)
{
    tls->has_lists = true;
    tls->cut_lists = plan_cut_lists(facts);
    tls->groups = facts->deep->groups;
    tls->num_groups = facts->deep->num_groups;
    tls->curves = facts->deep->curves;
    tls->num_curves = facts->deep->num_curves;
    tls->suites = facts->deep->suites;
    tls->num_suites = facts->deep->num_suites;
    tls->num_suites_tls13 = facts->deep->num_suites_tls13;
    tls->group_names = name_numbers(arena, tls->groups, tls->num_groups, tls_names_group);
    tls->curve_names = name_numbers(arena, tls->curves, tls->num_curves, tls_names_group);
    tls->suite_names = name_numbers(arena, tls->suites, tls->num_suites, tls_names_suite);
    mark_cut(tls, TLS_LIST_GROUPS, tls->group_names.num < tls->num_groups);
    mark_cut(tls, TLS_LIST_CURVES, tls->curve_names.num < tls->num_curves);
    mark_cut(tls, TLS_LIST_SUITES, tls->suite_names.num < tls->num_suites);
}

static void fill_tls(struct endpoint_scan *scan, const struct server_facts *facts,
                     struct endpoint_record *record)
{
    const struct observation *result = &scan->inquiry.result;
    struct tls_facts *tls = &record->tls;
    record->has_tls = result->starttls_accepted.value == TRI_YES;
    if (!record->has_tls) {
        return; /* what is known of the server is not printed, and so may not be judged either */
    }
    memcpy(tls->versions, facts->versions, sizeof(tls->versions));
    memcpy(tls->version_evidence, facts->evidence, sizeof(tls->version_evidence));
    memcpy(tls->weak, facts->weak, sizeof(tls->weak));
    memcpy(tls->weak_evidence, facts->weak_evidence, sizeof(tls->weak_evidence));
    tls->dh_bits = facts->dh_bits;
    tls->dh_group = facts->dh_prime != NULL ? facts->dh_prime->name : NULL;
    tls->post_quantum = facts->post_quantum;
    tls->post_quantum_group = facts->post_quantum_group;
    tls->large_hello_intolerant = facts->large_hello_intolerant;
    tls->preference = facts->preference;
    if (facts->deep != NULL) {
        fill_lists(&scan->inquiry.arena, facts, tls);
    }
    tls->compression = facts->compression;
    tls->ems = facts->ems;
    tls->secure_renegotiation = facts->secure_renegotiation;
    tls->client_certificate = result->client_certificate;
    if (result->starttls_handshake.value == TRI_YES) {
        tls->has_version = true;
        tls->version = (enum tls_version)(TLS_SSL3 + (result->tls_version - 0x0300));
        if (tls->versions[tls->version].value != TRI_YES) { /* refused under another name */
            tls->versions[tls->version] = (struct verdict){.value = TRI_YES};
            tls->version_evidence[tls->version] = "the handshake under this name";
        }
        record->tls_cipher_id = result->tls_cipher;
        tls->cipher = tls_names_suite(result->tls_cipher);
        tls->group = result->tls_group != 0 ? tls_names_group(result->tls_group) : NULL;
        tls->tickets.value = result->session_ticket ? TRI_YES : TRI_NO;
    }
}

/*
 * A server that takes only what our library lacks has TLS, only nothing in common with an
 * up-to-date library. The handshake that others could make was not seen, so it is unknown. The
 * proof is a choice of the server's, in the handshake itself or in the answer to a hello of ours.
 */
static void note_common_ground(const struct endpoint *endpoint, struct endpoint_record *record)
{
    struct endpoint_scan *scan = scan_of(endpoint);
    const struct endpoint_probes *probes = &scan->findings->probes;
    const struct observation *result = &scan->inquiry.result;
    const struct server_facts *others = probes->others;
    bool is_refused =
        result->starttls_handshake.value == TRI_NO && record->outcome == OUTCOME_TLS_ALERT;
    const char *lack = is_refused && others != NULL ? others->lack : NULL;
    record->lack = result->lack != NULL ? result->lack : lack;
    record->no_common_suite = record->lack != NULL;
    /* Where the handshake broke off, the hellos of the probes may say no to all of TLS. */
    bool is_asked =
        is_refused ? others != NULL && plan_others_are_asked(others) : probes->of_name != NULL;
    bool would_accuse = is_refused || (result->starttls_handshake.value == TRI_UNKNOWN &&
                                       facts_refuses_every_version(record));
    record->refusal_open = would_accuse && !record->no_common_suite && !is_asked;
}

/*
 * The probes used the name of the endpoint that caused them. They speak for another name too where
 * that was shown one of the same chains: a server that tells names apart has other certificates for
 * each.
 */
static bool is_shown_the_same(const struct leaf_tally *mine, const struct server_facts *facts)
{
    for (size_t i = 0; i < mine->num_sights; i++) {
        const struct chain *chain = mine->sights[i].chain;
        if (leaf_tally_has(&facts->first_leaf, chain) ||
            leaf_tally_has(&facts->flight_leaves, chain)) {
            return true;
        }
    }
    return false;
}

/* Every dialogue that was shown a certificate under this name votes, the probes' too. */
static void gather_leaves(const struct endpoint *endpoint, const struct endpoint_probes *probes,
                          struct leaf_tally *out_leaves)
{
    const struct leaf_tally *mine = scan_of(endpoint)->inquiry.leaves;
    if (mine != NULL) {
        leaf_tally_borrow(out_leaves, mine);
    }
    if (probes->others != NULL && probes->others != probes->of_name) {
        leaf_tally_borrow(out_leaves, &probes->others->flight_leaves);
    }
    if (probes->of_name != NULL) {
        leaf_tally_borrow(out_leaves, &probes->of_name->flight_leaves);
    } else if (is_shown_the_same(out_leaves, probes->facts)) {
        leaf_tally_borrow(out_leaves, &probes->facts->first_leaf);
        leaf_tally_borrow(out_leaves, &probes->facts->flight_leaves);
    }
}

_Static_assert(APPRAISAL_CHAINS_MAX >= LEAF_TALLY_MAX, "every leaf is appraised");

static struct appraisal *order_appraisal(const struct endpoint *endpoint,
                                         const struct leaf_tally *leaves)
{
    const struct endpoint_scan *scan = scan_of(endpoint);
    const struct worker *worker = worker_of(endpoint);
    struct appraisal *appraisal = appraisal_new(worker->chain_cache, endpoint->host);
    if (appraisal != NULL) {
        for (size_t i = 0; i < leaves->num_sights; i++) {
            appraisal_add(appraisal, leaves->sights[i].chain, &leaves->sights[i].extras);
        }
        appraisal->dane_memory = worker->run->dane_memory;
        appraisal->tlsa = scan->dane != NULL ? scan->dane->set : NULL;
        appraisal->tlsa_base = scan->dane != NULL ? scan->dane->base : NULL;
    }
    return appraisal;
}

bool endpoint_findings_make(struct endpoint *endpoint, const struct endpoint_probes *probes)
{
    struct endpoint_findings *findings = calloc(1, sizeof(*findings));
    scan_of(endpoint)->findings = findings;
    if (findings == NULL) {
        return false;
    }
    if (probes != NULL) {
        findings->probes = *probes;
    } else {
        plan_unprobed(&findings->unprobed, &scan_of(endpoint)->inquiry.result);
        findings->probes.facts = &findings->unprobed;
    }
    gather_leaves(endpoint, &findings->probes, &findings->leaves);
    findings->appraisal = order_appraisal(endpoint, &findings->leaves);
    return findings->appraisal != NULL;
}

bool endpoint_findings_renew(struct endpoint *endpoint)
{
    struct endpoint_findings *findings = scan_of(endpoint)->findings;
    appraisal_free(findings->appraisal);
    findings->leaves = (struct leaf_tally){.num_sights = 0};
    gather_leaves(endpoint, &findings->probes, &findings->leaves);
    findings->appraisal = order_appraisal(endpoint, &findings->leaves);
    return findings->appraisal != NULL;
}

void endpoint_findings_free(struct endpoint_findings *findings)
{
    if (findings != NULL) {
        appraisal_free(findings->appraisal);
        free(findings);
    }
}

static void count_leaves(struct endpoint_findings *findings)
{
    const struct appraisal *appraisal = findings->appraisal;
    const uint32_t smallest_anchor = DANE_PROBLEM_BIT(DANE_PROBLEM_ANCHOR_KEY_BELOW_1024);
    struct leaf_vote votes[LEAF_TALLY_MAX];
    for (size_t i = 0; i < appraisal->num_shown; i++) {
        votes[i] = (struct leaf_vote){
            .certificate = &appraisal->shown[i].certificate,
            .dane = appraisal->tlsa != NULL ? appraisal->shown[i].dane.status : DANE_UNKNOWN,
            .has_smallest_anchor = (appraisal->shown[i].dane.problems & smallest_anchor) != 0,
            .num_dialogues = findings->leaves.sights[i].num_dialogues,
        };
    }
    leaf_votes_count(votes, appraisal->num_shown, &findings->leaf_verdict);
    findings->leaf_verdict.votes.left_out = findings->leaves.num_left_out;
}

bool endpoint_findings_are_lone(struct endpoint *endpoint)
{
    struct endpoint_findings *findings = scan_of(endpoint)->findings;
    count_leaves(findings);
    const struct certificate_votes *votes = &findings->leaf_verdict.votes;
    return votes->dane_alone || votes->key_alone;
}

static void fill_certificates(const struct endpoint *endpoint, struct endpoint_record *record)
{
    struct endpoint_findings *findings = scan_of(endpoint)->findings;
    const struct leaf_verdict *verdict = &findings->leaf_verdict;
    const struct appraisal_chain *shown = findings->appraisal->shown;
    count_leaves(findings);
    record->votes.certificate = verdict->votes;
    if (verdict->num_shown > 0) {
        record->certificate = &shown[verdict->first].certificate;
    }
    if (verdict->num_shown > 1) {
        record->certificate2 = &shown[verdict->second].certificate;
    }
}

/*
 * Any leaf may be what a sender gets, so all have to match. What is shown in a handshake that
 * nobody can complete matches nothing.
 */
static void match_all(const struct endpoint *endpoint, enum tri encrypts,
                      struct dane_result *out_result)
{
    const struct endpoint_findings *findings = scan_of(endpoint)->findings;
    const struct appraisal *appraisal = findings->appraisal;
    if (encrypts == TRI_NO || appraisal->num_shown == 0) {
        dane_match(appraisal->tlsa, NULL, &appraisal->tlsa_base, 1, out_result);
        return;
    }
    *out_result = appraisal->shown[findings->leaf_verdict.by].dane;
    out_result->status = findings->leaf_verdict.dane;
}

/* Another name of the certificate might be one that only the asker knows. */
static bool lacks_only_the_name(const struct dane_result *result)
{
    const uint32_t name = DANE_PROBLEM_BIT(DANE_PROBLEM_NAME_MISMATCH);
    const uint32_t others = DANE_PROBLEM_BIT(DANE_PROBLEM_ANCHOR_PATH_INVALID) |
                            DANE_PROBLEM_BIT(DANE_PROBLEM_EXPIRED) |
                            DANE_PROBLEM_BIT(DANE_PROBLEM_NOT_YET_VALID);
    return result->status == DANE_MISMATCH && (result->problems & name) != 0 &&
           (result->problems & others) == 0;
}

static void name_problems(struct arena *arena, uint32_t problems, struct endpoint_record *record)
{
    const char **names = arena_alloc(arena, DANE_PROBLEM_COUNT * sizeof(*names));
    record->dane_problems = names;
    for (unsigned i = 0; names != NULL && i < DANE_PROBLEM_COUNT; i++) {
        if ((problems & DANE_PROBLEM_BIT(i)) != 0) {
            names[record->num_dane_problems++] = dane_problem_name(i);
        }
    }
}

/*
 * A host without TLS contradicts its usable records as a wrong certificate does: mail may not be
 * sent to it (RFC 7672 section 2.2).
 */
static void fill_dane(struct endpoint *endpoint, struct endpoint_record *record)
{
    const struct host_dane *dane = scan_of(endpoint)->dane;
    if (dane == NULL || dane->set == NULL) {
        record->dane = dane != NULL ? dane->status : DANE_UNKNOWN;
        record->dane_bogus = dane != NULL ? dane->bogus : NULL;
        return;
    }
    struct dane_result result;
    enum tri encrypts = endpoint_encrypts(record);
    match_all(endpoint, encrypts, &result);
    record->dane_records = (unsigned)dane->set->num_records;
    record->dane_base = dane->base;
    record->tlsa = tlsa_set_texts(dane->set, &scan_of(endpoint)->inquiry.arena, &record->num_tlsa);
    bool is_unseen =
        encrypts == TRI_UNKNOWN || (record->no_common_suite && record->certificate == NULL);
    if (is_unseen && result.status != DANE_UNUSABLE) {
        return; /* nothing was seen to match */
    }
    record->dane = result.status;
    if (lacks_only_the_name(&result) && record->certificate != NULL) {
        endpoint->summary.leaf_names =
            leaf_names_new(record->certificate->names, record->certificate->num_names);
    }
    const struct certificate_votes *votes = &record->votes.certificate;
    if (record->dane == DANE_UNKNOWN && (votes->dane_mixed || votes->dane_alone)) {
        return; /* its problems would read as those of a mismatch */
    }
    record->dane_matched = result.matched != NULL ? tlsa_record_name(result.matched) : NULL;
    name_problems(&scan_of(endpoint)->inquiry.arena, result.problems, record);
}

static void fill_origin(const struct endpoint *endpoint, struct endpoint_record *record,
                        struct geo_record *geo)
{
    if (worker_of(endpoint)->geo == NULL) {
        return;
    }
    geo_look_up(worker_of(endpoint)->geo, &endpoint->summary.address, geo);
    record->country = geo->country[0] != '\0' ? geo->country : NULL;
    record->asn = geo->asn;
    record->as_org = (struct text){geo->as_org, geo->as_org_len};
}

/* Judges the record once more, as it is if the resolver is blamed, and sends the line of both.
 * False on lack of memory: there is no line. */
static bool emit_in_doubt(struct endpoint *endpoint, const struct endpoint_record *record)
{
    struct arena *arena = &scan_of(endpoint)->inquiry.arena;
    struct endpoint_record doubted = *record;
    struct judgement judgement;
    judgement_init(&judgement, &worker_of(endpoint)->run->policy, arena);
    endpoint_verdict_in_doubt(&judgement, &doubted, &endpoint->summary);
    if (arena->has_failed) {
        return false;
    }
    emit_endpoint_or(worker_of(endpoint)->emitter, record, &doubted);
    return true;
}

bool endpoint_record(struct endpoint *endpoint)
{
    struct endpoint_scan *scan = scan_of(endpoint);
    const struct endpoint_probes *probes = &scan->findings->probes;
    struct endpoint_record record = {0};
    struct geo_record geo = {0};
    struct judgement judgement;
    struct identity_texts texts;
    fill_identity(endpoint, &record, &texts);
    record.connections = scan->inquiry.num_dialogues + probes->connections;
    fill_observation(endpoint, &record);
    fill_tls(scan, probes->facts, &record);
    note_common_ground(endpoint, &record);
    fill_facts(endpoint, &record);
    fill_certificates(endpoint, &record);
    fill_dane(endpoint, &record);
    fill_origin(endpoint, &record, &geo);
    judgement_init(&judgement, &worker_of(endpoint)->run->policy, &scan->inquiry.arena);
    endpoint_verdict(&judgement, &record, &endpoint->summary);
    if (scan->inquiry.arena.has_failed) {
        return false; /* a part of the record is missing */
    }
    if (scan->ledger != NULL) {
        ledger_note_record(scan->ledger, &record);
    }
    if (record.dane == DANE_BOGUS) {
        return emit_in_doubt(endpoint, &record);
    }
    emit_endpoint(worker_of(endpoint)->emitter, &record);
    return true;
}
