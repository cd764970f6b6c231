#include "scanner/engine/outage.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/hex.h"

/* A suspicion that was refuted does not come back at once: controls are not repeated all the time.
 */
#define TRUSTED_SECONDS 10

/* Zones, or a name in two types, beside "localhost"; and the canaries in three types. */
#define QUESTIONS_MAX (1 + NAME_ZONES_MAX + 3 * 2 * CONFIG_LIST_MAX)

/* Which every resolver knows without asking others (RFC 6761 section 6.3). */
#define KNOWN_TO_ALL "localhost"

void outage_init(struct outage *outage, struct ev_loop *loop, const struct config *config,
                 const struct canaries *canaries, struct network_watch *network,
                 struct name_watch *names)
{
    *outage = (struct outage){
        .config = config, .loop = loop, .canaries = canaries, .network = network, .names = names};
}

static void end_controls(struct outage *outage)
{
    control_calls_free(outage->calls);
    control_names_free(outage->questions);
    outage->calls = NULL;
    outage->questions = NULL;
}

void outage_fini(struct outage *outage)
{
    end_controls(outage);
}

/* ---- What is suspected ---- */

/* The silence lasts from the last answer, or from the first question that got none after it. */
static void note_answers(struct outage *outage, const struct outage_sight *sight)
{
    bool is_idle = sight->dns_asking == 0 && sight->dns_failed == outage->failed_before;
    if (sight->dns_answered != outage->answered_before || is_idle) {
        outage->answered_before = sight->dns_answered;
        outage->failed_before = sight->dns_failed;
        outage->silent_since = sight->now;
    }
    outage->dns_failed = sight->dns_failed - outage->failed_before;
}

/* Everything else is done. */
static bool is_at_rest(const struct outage_sight *sight)
{
    return sight->is_all_in_doubt || sight->is_at_end;
}

/* At the end of a short list one question is enough to look at the resolver, if not to blame it. */
static bool suspects_resolver(const struct outage *outage, const struct outage_sight *sight)
{
    if (is_at_rest(sight) && sight->dns_answered == 0) {
        return outage->dns_failed > 0;
    }
    return outage->dns_failed >= DNS_DEAD_MIN &&
           moment_between(outage->silent_since, sight->now) >= DNS_SILENCE_SECONDS;
}

static enum outage_suspicion suspicion_of(struct outage *outage, const struct outage_sight *sight)
{
    outage->port = network_watch_verdict(outage->network);
    const struct name_verdict names = name_watch_verdict(outage->names);
    outage->num_organisations = names.num_missing > 0 ? names.num_missing : names.num_alike;
    if (outage->port.trouble != NETWORK_FINE) {
        return SUSPECT_PORT;
    }
    if (!is_at_rest(sight) && network_watch_is_silent(outage->network, sight->now)) {
        outage->port.trouble = NETWORK_IS_SILENT;
        outage->port.num_votes = outage->port.num_heard;
        return SUSPECT_SILENCE;
    }
    if (suspects_resolver(outage, sight)) {
        return SUSPECT_RESOLVER;
    }
    if (names.num_missing > 0) {
        return SUSPECT_MISSING;
    }
    if (names.num_alike > 0 && (outage->port.is_in_trouble || names.has_uncalled)) {
        return SUSPECT_ALIKE;
    }
    return is_at_rest(sight) ? SUSPECT_REST : SUSPECT_NOTHING;
}

/* ---- Controls ---- */

struct question_list {
    struct control_question items[QUESTIONS_MAX];
    size_t num;
};

/* A name that is too long for the DNS is not asked for. */
static void add_question(struct question_list *list, const char *name, enum dns_type type)
{
    struct control_question *question = &list->items[list->num];
    size_t len = strlen(name);
    if (len < sizeof(question->name)) {
        memcpy(question->name, name, len + 1);
        question->type = type;
        list->num++;
    }
}

/* Every zone has this record (RFC 1034 section 4.2.1), and a scan asks nobody else for it, so that
 * the answer is hardly one that the resolver has kept. */
static void add_zones(struct outage *outage, struct question_list *list)
{
    char zones[NAME_ZONES_MAX][HOSTNAME_SIZE];
    size_t num = name_watch_zones(outage->names, zones);
    for (size_t i = 0; i < num; i++) {
        add_question(list, zones[i], DNS_SOA);
    }
}

/* A name that nobody has. */
static void add_nobody(struct outage *outage, struct question_list *list)
{
    char zone[HOSTNAME_SIZE], label[2 * 10 + 1], name[sizeof(label) + sizeof(zone)];
    uint8_t bytes[10];
    RAND_bytes(bytes, sizeof(bytes));
    *hex_write(label, bytes, sizeof(bytes), HEX_LOWER) = '\0';
    if (name_watch_top(outage->names, zone)) {
        snprintf(name, sizeof(name), "%s.%s", label, zone);
        add_question(list, name, DNS_A);
        add_question(list, name, DNS_MX);
    }
}

static void add_canaries(const struct canaries *canaries, struct question_list *list)
{
    for (size_t i = 0; i < canaries->num_names; i++) {
        add_question(list, hostname_text(canaries->names[i]), DNS_A);
        add_question(list, hostname_text(canaries->names[i]), DNS_AAAA);
        add_question(list, hostname_text(canaries->names[i]), DNS_MX);
    }
}

static void add_questions(struct outage *outage, struct question_list *list)
{
    switch (outage->suspicion) {
    case SUSPECT_RESOLVER:
        add_question(list, KNOWN_TO_ALL, DNS_A);
        add_zones(outage, list);
        break;
    case SUSPECT_MISSING:
        add_zones(outage, list);
        break;
    case SUSPECT_ALIKE:
        add_nobody(outage, list);
        break;
    default:
        break;
    }
    size_t num = list->num;
    if (outage->suspicion != SUSPECT_REST || !outage->has_rested) {
        add_canaries(outage->canaries, list);
    }
    outage->num_canaries = list->num - num;
}

static void ask_controls(struct outage *outage)
{
    struct question_list *list = calloc(1, sizeof(*list));
    if (list == NULL) {
        return;
    }
    add_questions(outage, list);
    outage->num_questions = list->num;
    if (list->num > 0) {
        outage->questions =
            control_names_new(outage->loop, outage->config->resolver, list->items, list->num);
    }
    free(list);
}

static bool is_of_port(enum outage_suspicion suspicion)
{
    return suspicion == SUSPECT_PORT || suspicion == SUSPECT_SILENCE;
}

/* How often it was proved that what is suspected works. */
static uint64_t num_proofs(const struct outage *outage, const struct outage_sight *sight)
{
    switch (outage->suspicion) {
    case SUSPECT_PORT:
    case SUSPECT_SILENCE:
    case SUSPECT_ALIKE:
        return network_watch_num_greeted(outage->network);
    case SUSPECT_MISSING:
        return name_watch_num_resolved(outage->names);
    case SUSPECT_RESOLVER:
        return sight->dns_answered;
    default:
        return 0;
    }
}

static void start_controls(struct outage *outage, const struct network_witness *witnesses,
                           size_t num_witnesses, const struct outage_sight *sight)
{
    outage->proofs_before = num_proofs(outage, sight);
    if (is_of_port(outage->suspicion)) {
        outage->calls = control_calls_new(outage->loop, outage->config, witnesses, num_witnesses);
    } else {
        ask_controls(outage);
    }
}

static bool is_under_way(const struct outage *outage)
{
    return (outage->calls != NULL && control_calls_result(outage->calls) == CONTROL_CALLS_OPEN) ||
           (outage->questions != NULL && control_names_is_open(outage->questions));
}

/* ---- What they say ---- */

static bool is_answer(enum dns_outcome outcome)
{
    return outcome == DNS_OK || outcome == DNS_NODATA || outcome == DNS_NXDOMAIN;
}

/* Of the questions from `first` on, how many ended in one of the ways that `counts` says. */
static size_t count_answers(const struct outage *outage, size_t first,
                            bool (*counts)(enum dns_outcome outcome))
{
    const struct control_question *answers = control_names_answers(outage->questions);
    size_t num = 0;
    for (size_t i = first; i < outage->num_questions - outage->num_canaries; i++) {
        num += counts(answers[i].outcome) ? 1 : 0;
    }
    return num;
}

static bool is_ok(enum dns_outcome outcome)
{
    return outcome == DNS_OK;
}

static bool is_heard(enum dns_outcome outcome)
{
    return outcome != DNS_TIMED_OUT && outcome != DNS_BAD_ANSWER && !dns_is_our_failure(outcome);
}

static bool is_ours(enum dns_outcome outcome)
{
    return dns_is_our_failure(outcome);
}

static enum outage_state judge_resolver(struct outage *outage)
{
    if (count_answers(outage, 0, is_ours) > 0) {
        return OUTAGE_NONE;
    }
    if (count_answers(outage, 0, is_heard) == 0) {
        bool is_doubted = outage->dns_failed < DNS_DEAD_MIN;
        outage->num_doubted = is_doubted ? outage->dns_failed : 0;
        return is_doubted ? OUTAGE_NONE : OUTAGE_DNS_DEAD;
    }
    bool is_lost = count_answers(outage, 1, is_answer) == 0 && outage->dns_failed >= DNS_LOST_MIN;
    return is_lost ? OUTAGE_DNS_LOST : OUTAGE_NONE;
}

static enum outage_state judge_missing(struct outage *outage)
{
    return count_answers(outage, 0, is_ok) == 0 && count_answers(outage, 0, is_answer) > 0
               ? OUTAGE_NAMES_MISSING
               : OUTAGE_NONE;
}

static enum outage_state judge_alike(struct outage *outage)
{
    const struct control_question *answers = control_names_answers(outage->questions);
    if (count_answers(outage, 0, is_ok) == 0) {
        return OUTAGE_NONE;
    }
    snprintf(outage->detail, sizeof(outage->detail), "an address");
    if (answers[0].address.family != 0) {
        address_format(&answers[0].address, outage->detail);
    }
    return OUTAGE_NAMES_ALIKE;
}

/* One of the three questions for each canary. */
static bool is_resolved(const struct control_question *of_canary)
{
    return of_canary[0].outcome == DNS_OK || of_canary[1].outcome == DNS_OK ||
           of_canary[2].outcome == DNS_OK;
}

static enum outage_state judge_canaries(struct outage *outage)
{
    const struct control_question *answers = control_names_answers(outage->questions);
    size_t first = outage->num_questions - outage->num_canaries;
    for (size_t i = 0; i < outage->num_canaries; i += 3) {
        bool must_resolve = i < 3 * outage->canaries->num_present;
        const struct control_question *canary = &answers[first + i];
        if (is_resolved(canary) != must_resolve) {
            snprintf(outage->detail, sizeof(outage->detail), "%s %s", canary->name,
                     must_resolve ? "does not resolve" : "resolves");
            return OUTAGE_CANARY;
        }
    }
    return OUTAGE_NONE;
}

static enum outage_state judge_questions(struct outage *outage)
{
    enum outage_state state = OUTAGE_NONE;
    switch (outage->suspicion) {
    case SUSPECT_RESOLVER:
        state = judge_resolver(outage);
        break;
    case SUSPECT_MISSING:
        state = judge_missing(outage);
        break;
    case SUSPECT_ALIKE:
        state = judge_alike(outage);
        break;
    default:
        break;
    }
    return state != OUTAGE_NONE ? state : judge_canaries(outage);
}

/* Controls that were not made, for lack of memory, convict nobody. */
static enum outage_state judge_controls(struct outage *outage)
{
    if (outage->calls != NULL) {
        return control_calls_result(outage->calls) == CONTROL_CALLS_IN_VAIN ? OUTAGE_PORT
                                                                            : OUTAGE_NONE;
    }
    return outage->questions != NULL ? judge_questions(outage) : OUTAGE_NONE;
}

/* What was heard of what is not at fault counts no longer, and what waits to be believed is
 * believed. */
static void refute(struct outage *outage, const struct outage_sight *sight)
{
    if (outage->suspicion != SUSPECT_REST && outage->suspicion != SUSPECT_CANARY) {
        outage->trusted_until = moment_after(sight->now, TRUSTED_SECONDS);
    }
    switch (outage->suspicion) {
    case SUSPECT_PORT:
    case SUSPECT_SILENCE:
        network_watch_clear(outage->network);
        break;
    case SUSPECT_RESOLVER:
        outage->failed_before = sight->dns_failed;
        outage->silent_since = sight->now;
        break;
    case SUSPECT_MISSING:
    case SUSPECT_ALIKE:
        name_watch_clear(outage->names);
        break;
    case SUSPECT_REST:
        outage->has_rested = sight->is_at_end;
        network_watch_believe(outage->network);
        name_watch_believe(outage->names);
        break;
    case SUSPECT_CANARY:
    case SUSPECT_NOTHING:
        break;
    }
}

static enum outage_state hear_controls(struct outage *outage, const struct outage_sight *sight)
{
    bool is_proved_fine = num_proofs(outage, sight) != outage->proofs_before;
    if (!is_proved_fine && is_under_way(outage)) {
        return OUTAGE_SUSPECTED;
    }
    enum outage_state state = is_proved_fine ? OUTAGE_NONE : judge_controls(outage);
    end_controls(outage);
    if (state == OUTAGE_NONE) {
        refute(outage, sight);
    }
    return state;
}

/* ---- All together ---- */

static enum outage_state suspect(struct outage *outage, const struct outage_sight *sight)
{
    struct network_witness witnesses[NETWORK_WITNESSES_MAX];
    size_t num_witnesses = network_watch_witnesses(outage->network, witnesses);
    if (is_of_port(outage->suspicion) && num_witnesses == 0) {
        /* The votes alone decide, and silence may still end. */
        return outage->suspicion == SUSPECT_PORT ? OUTAGE_PORT : OUTAGE_SUSPECTED;
    }
    start_controls(outage, witnesses, num_witnesses, sight);
    return hear_controls(outage, sight);
}

void outage_begin(struct outage *outage, const struct outage_sight *sight)
{
    note_answers(outage, sight);
    outage->silent_since = sight->now;
    outage->suspicion = SUSPECT_CANARY;
    outage->state = suspect(outage, sight);
}

enum outage_state outage_look(struct outage *outage, const struct outage_sight *sight)
{
    if (outage_is_verdict(outage->state)) {
        return outage->state;
    }
    note_answers(outage, sight);
    uint64_t num_greeted = network_watch_num_greeted(outage->network);
    if (num_greeted != outage->greeted_before) {
        outage->greeted_before = num_greeted;
        name_watch_clear_alike(outage->names);
    }
    if (outage->calls != NULL || outage->questions != NULL) {
        outage->state = hear_controls(outage, sight);
        return outage->state;
    }
    bool is_trusted = moment_between(sight->now, outage->trusted_until) > 0 && !is_at_rest(sight);
    outage->suspicion = is_trusted ? SUSPECT_NOTHING : suspicion_of(outage, sight);
    outage->state = outage->suspicion != SUSPECT_NOTHING ? suspect(outage, sight) : OUTAGE_NONE;
    return outage->state;
}
