/* The plan against servers that are described by what they have: what is asked, and concluded. */
#include "scanner/probe/plan.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/tls/tls_names.h"
#include "io/tls/tls_suites.h"
#include "scanner/evidence/lack.h"
#include "scanner/grading/coverage.h"
#include "scanner/grading/policy.h"
#include "scanner/probe/dialogue_plan.h"

#define STEPS_MAX 400 /* no plan is as long */
#define LIST_MAX  40

#define EXPORTABLE 0x0003 /* RSA_EXPORT_WITH_RC4_40_MD5 */

/* Lists end with a 0. */
struct model {
    uint16_t oldest, newest; /* versions as on the wire */
    uint16_t suites[LIST_MAX];
    uint16_t groups[LIST_MAX]; /* in TLS 1.3 */
    uint16_t curves[LIST_MAX]; /* in TLS 1.2 and older */
    bool prefers;              /* goes by the order of its own lists */
    bool hangs_up;             /* has no alert for a refusal */
    bool deflates;
    bool drops_large;                /* says nothing to a hello of two segments */
    bool drops_long;                 /* ... or of many suites */
    unsigned mute_from, mute_before; /* counted by connections: these get no answer */
    bool answers_off_list;           /* with a suite and group that nobody has */
    bool refuses_us;                 /* has ended the whole handshake by an alert ... */
    bool chose_before;               /* ... behind a ServerHello */
    bool takes_back;                 /* ends every flight by an alert behind the ServerHello */
    bool wants_ffdhe;                /* DHE only for a client that names a group of RFC 7919 */
    bool wants_curve;                /* RFC 9150 only for a client that names a curve, as wolfSSL */
    uint16_t signature;              /* in TLS 1.3: it has a key for this alone; 0: for any */
};

struct run {
    struct server_facts facts;
    struct plan_deep deep;
    struct arena arena;
    unsigned connections; /* without the handshake before */
    unsigned weak_asked;  /* of these, for weak suites */
    char lack[200];
};

static bool contains(const uint16_t *list, size_t max, uint16_t value)
{
    for (size_t i = 0; i < max && list[i] != 0; i++) {
        if (list[i] == value) {
            return true;
        }
    }
    return false;
}

static size_t length(const uint16_t *list)
{
    size_t len = 0;
    while (len < LIST_MAX && list[len] != 0) {
        len++;
    }
    return len;
}

/* What both have, by the server's order or the client's, from the `nth` on; 0: nothing. */
static uint16_t choose(const struct model *model, const uint16_t *mine, const uint16_t *offered,
                       size_t num_offered, size_t nth)
{
    size_t num_first = model->prefers ? length(mine) : num_offered;
    const uint16_t *first = model->prefers ? mine : offered;
    for (size_t i = 0; i < num_first; i++) {
        bool is_common = model->prefers ? contains(offered, num_offered, first[i])
                                        : contains(mine, LIST_MAX, first[i]);
        if (is_common && nth-- == 0) {
            return first[i];
        }
    }
    return 0;
}

static uint16_t choose_version(const struct model *model, const struct hello_spec *hello)
{
    if (contains(hello->versions, hello->num_versions, 0x0304)) {
        return model->newest == 0x0304 ? 0x0304 : 0;
    }
    uint16_t best = model->newest < 0x0303 ? model->newest : 0x0303;
    uint16_t version = hello->legacy_version < best ? hello->legacy_version : best;
    return version >= model->oldest ? version : 0;
}

static bool has_common_curve(const struct model *model, const struct hello_spec *hello)
{
    for (size_t i = 0; i < hello->num_groups; i++) {
        if (hello->groups[i] < TLS_GROUP_FFDHE2048 &&
            contains(model->groups, LIST_MAX, hello->groups[i])) {
            return true;
        }
    }
    return false;
}

/* Sets the group; false: this suite cannot be had. */
static bool choose_group(const struct model *model, const struct hello_spec *hello,
                         const struct tls_suite *suite, struct hello_reply *reply)
{
    const uint16_t *mine = suite->kx == TLS_KX_TLS13 ? model->groups : model->curves;
    if (suite->kx != TLS_KX_TLS13 && suite->kx != TLS_KX_ECDHE) {
        return suite->kx != TLS_KX_DHE || !model->wants_ffdhe ||
               contains(hello->groups, hello->num_groups, TLS_GROUP_FFDHE2048);
    }
    if (suite->auth == TLS_AUTH_ECDSA &&
        !contains(hello->groups, hello->num_groups, TLS_GROUP_SECP256R1)) {
        return false;
    }
    if (model->wants_curve && suite->kx == TLS_KX_TLS13 && suite->code >= 0xc000 &&
        !has_common_curve(model, hello)) {
        return false;
    }
    reply->group = choose(model, mine, hello->groups, hello->num_groups, 0);
    return reply->group != 0;
}

static bool answer(const struct model *model, const struct hello_spec *hello,
                   struct hello_reply *reply)
{
    bool is_tls13_hello = contains(hello->versions, hello->num_versions, 0x0304);
    reply->version = choose_version(model, hello);
    if (is_tls13_hello && model->signature != 0 &&
        !contains(hello->signatures, hello->num_signatures, model->signature)) {
        return false;
    }
    for (size_t nth = 0; reply->version != 0; nth++) {
        uint16_t code = choose(model, model->suites, hello->suites, hello->num_suites, nth);
        const struct tls_suite *suite = tls_suites_find(code);
        if (code == 0) {
            return false;
        }
        if (code == EXPORTABLE && reply->version > 0x0301) {
            continue; /* RFC 4346 section A.5 */
        }
        if (tls_suites_usable(suite, reply->version) && choose_group(model, hello, suite, reply)) {
            bool is_tls13 = suite->kx == TLS_KX_TLS13;
            reply->suite = code;
            reply->compression = hello->deflate && model->deflates && !is_tls13;
            reply->kind = is_tls13 && hello->num_shares == 0 ? HELLO_REPLY_HELLO_RETRY_REQUEST
                                                             : HELLO_REPLY_SERVER_HELLO;
            return true;
        }
    }
    return false;
}

static void ask(const struct model *model, unsigned num_before, const struct plan_step *step,
                struct observation *result, struct hello_reply *reply)
{
    *result = (struct observation){.outcome = OUTCOME_OK, .hello = reply};
    *reply = (struct hello_reply){.kind = HELLO_REPLY_NONE};
    bool is_hello = plan_step_kind(step) != PLAN_SSL2;
    if (num_before >= model->mute_from && num_before < model->mute_before) {
        result->outcome = OUTCOME_TLS_TIMEOUT;
        return;
    }
    /* ... which holds the offer to 64 suites, too. */
    assert_true(!is_hello || hello_is_consistent(&step->hello));
    bool is_dropped = (model->drops_large && step->hello.pad_to > 1000) ||
                      (model->drops_long && step->hello.num_suites > 16);
    if (is_hello && is_dropped) {
        result->outcome = OUTCOME_TLS_TIMEOUT;
    } else if (is_hello && answer(model, &step->hello, reply)) {
        bool has_flight = plan_step_kind(step) == PLAN_HELLO_FLIGHT;
        reply->flight_complete = has_flight && !model->takes_back;
        reply->alert = has_flight && model->takes_back;
        reply->alert_description = TLS_ALERT_INTERNAL_ERROR;
    } else if (model->answers_off_list) {
        reply->kind = HELLO_REPLY_SERVER_HELLO;
        reply->version = 0x0303;
        reply->suite = 0xfefe;
    } else if (model->hangs_up) {
        result->outcome = OUTCOME_TLS_CLOSED;
    } else {
        reply->kind = HELLO_REPLY_ALERT;
        reply->alert_description = TLS_ALERT_HANDSHAKE_FAILURE;
    }
}

/* What the server chooses in the handshake before the probes, where that is of TLS 1.3. */
static struct tls_choice choice_of_handshake(const struct model *model)
{
    static const uint16_t suites[] = {0x1301, 0x1302, 0x1303};
    struct hello_reply reply = {.kind = HELLO_REPLY_NONE};
    struct hello_spec hello = hello_for_version(HELLO_TLS1_3, NULL);
    memcpy(hello.suites, suites, sizeof(suites));
    hello.num_suites = 3;
    hello.num_groups = 3;
    answer(model, &hello, &reply);
    return (struct tls_choice){.version = reply.version, reply.suite, reply.group, 0};
}

static void begin_scan(const struct model *model, enum depth depth, struct run *run)
{
    struct observation result = {.starttls_handshake = {TRI_YES, OUTCOME_OK},
                                 .tls_version = model->newest,
                                 .choice = choice_of_handshake(model),
                                 .offered_tls13 = true};
    if (model->refuses_us) {
        result = (struct observation){.starttls_handshake = {TRI_NO, OUTCOME_OK},
                                      .outcome = OUTCOME_TLS_ALERT,
                                      .choice.version = model->chose_before ? 0x0303 : 0};
    }
    memset(run, 0, sizeof(*run));
    plan_init(&run->facts);
    run->facts.deep = depth == DEPTH_DEEP ? &run->deep : NULL;
    plan_learn_handshake(&run->facts, &result);
}

/* At most `budget` connections: what was asked only once then has no answer, as in server.c. */
static void scan_within(const struct model *model, enum depth depth, unsigned budget,
                        struct run *run)
{
    const struct plan_context context = {.depth = depth};
    struct plan_step step;
    struct hello_reply reply;
    struct observation result;
    begin_scan(model, depth, run);
    while (run->connections < budget && plan_next(&run->facts, &context, &step)) {
        unsigned attempts = 0;
        do {
            ask(model, run->connections, &step, &result, &reply);
            run->connections++;
            run->weak_asked += strcmp(plan_step_name(&step), "weak suites") == 0;
            assert_true(run->connections < STEPS_MAX);
        } while (!plan_learn(&run->facts, &run->arena, &step, &result, ++attempts) &&
                 run->connections < budget);
    }
    plan_conclude(&run->facts, OUTCOME_NOT_TESTED);
    snprintf(run->lack, sizeof(run->lack), "%s",
             run->facts.lack != NULL ? run->facts.lack : "nothing");
    arena_free(&run->arena);
}

/* Puts two questions at once where the plan allows it; the answers come in either order. */
static void scan_in_pairs(const struct model *model, bool second_first, struct run *run)
{
    const struct plan_context context = {.depth = DEPTH_STANDARD};
    struct plan_step steps[2];
    struct hello_reply replies[2];
    struct observation results[2];
    begin_scan(model, DEPTH_STANDARD, run);
    while (plan_next(&run->facts, &context, &steps[0])) {
        size_t num = plan_next_beside(&run->facts, &context, &steps[0], &steps[1]) ? 2 : 1;
        for (size_t i = 0; i < num; i++) {
            ask(model, run->connections++, &steps[i], &results[i], &replies[i]);
        }
        for (size_t i = 0; i < num; i++) {
            size_t k = second_first ? num - 1 - i : i;
            unsigned attempts = 0;
            while (!plan_learn(&run->facts, &run->arena, &steps[k], &results[k], ++attempts)) {
                ask(model, run->connections++, &steps[k], &results[k], &replies[k]);
            }
        }
        assert_true(run->connections < STEPS_MAX);
    }
    plan_conclude(&run->facts, OUTCOME_NOT_TESTED);
    arena_free(&run->arena);
}

static void scan(const struct model *model, enum depth depth, struct run *run)
{
    scan_within(model, depth, UINT_MAX, run);
}

/* The same members, whatever their order. */
static void assert_members(const uint16_t *seen, size_t num, const uint16_t *expected)
{
    assert_int_equal(num, length(expected));
    for (size_t i = 0; i < num; i++) {
        assert_true(contains(expected, LIST_MAX, seen[i]));
    }
}

static const struct model clean = {
    .oldest = 0x0303,
    .newest = 0x0304,
    .suites = {0x1302, 0x1301, 0xc030, 0xc02f, 0xcca8},
    .groups = {TLS_GROUP_X25519, TLS_GROUP_SECP256R1, TLS_GROUP_FFDHE2048},
    .curves = {TLS_GROUP_X25519, TLS_GROUP_SECP256R1, TLS_GROUP_SECP384R1},
    .prefers = true,
};

static void a_clean_server_costs_five_connections(void **state)
{
    struct run run;
    (void)state;
    scan(&clean, DEPTH_STANDARD, &run);
    assert_int_equal(run.connections, 4); /* and the handshake before */
    for (unsigned i = TLS_SSL3; i < TLS_VERSION_COUNT; i++) {
        assert_int_equal(run.facts.versions[i].value, i >= TLS_1_2 ? TRI_YES : TRI_NO);
    }
    for (unsigned i = 0; i < WEAK_CLASS_COUNT; i++) {
        assert_int_equal(run.facts.weak[i].value, TRI_NO);
    }
    assert_int_equal(run.facts.post_quantum.value, TRI_NO);
    assert_int_equal(run.facts.compression.value, TRI_NO);
}

/* Says the same of a server, by no more connections. */
static void assert_pairs_say_the_same(const struct model *model, bool second_first)
{
    struct run one_by_one, pairs;
    scan(model, DEPTH_STANDARD, &one_by_one);
    scan_in_pairs(model, second_first, &pairs);
    assert_int_equal(pairs.connections, one_by_one.connections);
    for (unsigned i = 0; i < TLS_VERSION_COUNT; i++) {
        assert_int_equal(pairs.facts.versions[i].value, one_by_one.facts.versions[i].value);
    }
    for (unsigned i = 0; i < WEAK_CLASS_COUNT; i++) {
        assert_int_equal(pairs.facts.weak[i].value, one_by_one.facts.weak[i].value);
    }
    assert_int_equal(pairs.facts.post_quantum.value, one_by_one.facts.post_quantum.value);
    assert_int_equal(pairs.facts.compression.value, one_by_one.facts.compression.value);
    assert_int_equal(pairs.facts.dh_bits, one_by_one.facts.dh_bits);
    assert_int_equal(pairs.facts.large_hello_intolerant, one_by_one.facts.large_hello_intolerant);
}

/* Every range of versions, beside what servers do to hellos, with strong suites and weak ones. */
static void two_questions_at_once_change_nothing_but_the_time(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 1u << 10; i++) {
        struct model model = clean;
        model.oldest = (uint16_t)(0x0300 + (i & 7) % 5);
        model.newest = (i & 8) != 0 ? 0x0304 : 0x0303;
        model.hangs_up = (i & 16) != 0;
        model.drops_large = (i & 32) != 0;
        model.deflates = (i & 64) != 0;
        if ((i & 128) != 0) {
            const uint16_t weak[] = {0x000a, 0x0005, 0x0009, EXPORTABLE, 0x002f};
            memcpy(&model.suites[5], weak, sizeof(weak));
        }
        model.prefers = (i & 256) != 0;
        if (model.oldest <= model.newest) {
            assert_pairs_say_the_same(&model, (i & 512) != 0);
        }
    }
}

static void assert_lists(const struct model *model)
{
    struct run run;
    scan(model, DEPTH_DEEP, &run);
    assert_members(run.deep.suites, run.deep.num_suites, model->suites);
    assert_members(run.deep.groups, run.deep.num_groups, model->groups);
    assert_members(run.deep.curves, run.deep.num_curves, model->curves);
    assert_int_equal(run.facts.preference, model->prefers ? PREFERENCE_SERVER : PREFERENCE_CLIENT);
}

static void a_deep_scan_lists_every_suite_and_group(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct model model = clean;
        model.prefers = (i & 1) != 0;
        model.hangs_up = (i & 2) != 0; /* who hangs up on one part of the offer may take the next */
        model.oldest = 0x0301;
        model.suites[5] = 0x0009; /* DES: not in TLS 1.2 */
        model.suites[6] = 0x000a;
        assert_lists(&model);
    }
}

static void suites_of_tls13_come_first_and_alone_where_there_is_nothing_older(void **state)
{
    struct run run;
    struct model model = {.oldest = 0x0304,
                          .newest = 0x0304,
                          .suites = {0x1301, 0x1303},
                          .groups = {TLS_GROUP_X25519}};
    (void)state;
    assert_lists(&model);
    scan(&clean, DEPTH_DEEP, &run);
    assert_int_equal(run.deep.num_suites_tls13, 2);
    assert_int_equal(run.deep.suites[0], 0x1302);
    assert_int_equal(run.deep.suites[1], 0x1301);
}

/* ---- Lists that were not finished ---- */

static void assert_whole_lists_are_whole(const struct model *model, const struct run *run)
{
    unsigned cut = plan_cut_lists(&run->facts);
    if ((cut & 1u << TLS_LIST_SUITES) == 0) {
        assert_members(run->deep.suites, run->deep.num_suites, model->suites);
    }
    if ((cut & 1u << TLS_LIST_GROUPS) == 0) {
        assert_members(run->deep.groups, run->deep.num_groups, model->groups);
    }
    if ((cut & 1u << TLS_LIST_CURVES) == 0) {
        assert_members(run->deep.curves, run->deep.num_curves, model->curves);
    }
}

/* Two connections are one question: asked, and asked once more. */
static void a_list_is_whole_unless_a_question_got_no_answer(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        struct run whole, run;
        unsigned ever_cut = 0;
        struct model model = clean;
        model.hangs_up = (i & 1) != 0;
        model.oldest = (i & 2) != 0 ? 0x0301 : 0x0303;
        model.suites[5] = (i & 2) != 0 ? 0x002f : 0;
        model.suites[6] = (i & 2) != 0 ? EXPORTABLE : 0; /* in TLS 1.0 only */
        scan(&model, DEPTH_DEEP, &whole);
        assert_int_equal(plan_cut_lists(&whole.facts), 0);
        assert_whole_lists_are_whole(&model, &whole);
        for (unsigned at = 0; at < whole.connections; at++) {
            model.mute_from = at;
            model.mute_before = (i & 4) != 0 ? UINT_MAX : at + 2;
            scan(&model, DEPTH_DEEP, &run);
            assert_whole_lists_are_whole(&model, &run);
            ever_cut |= plan_cut_lists(&run.facts);
        }
        assert_int_equal(ever_cut, (1u << TLS_LIST_COUNT) - 1);
    }
}

static void who_answers_nothing_has_no_whole_list(void **state)
{
    struct run run;
    struct model model = clean;
    (void)state;
    model.mute_before = UINT_MAX;
    scan(&model, DEPTH_DEEP, &run);
    assert_int_equal(run.deep.num_suites, 1); /* of the handshake */
    assert_int_equal(plan_cut_lists(&run.facts), (1u << TLS_LIST_COUNT) - 1);
}

static void a_list_that_ends_with_what_was_not_offered_is_not_whole(void **state)
{
    struct run run;
    struct model model = clean;
    (void)state;
    model.answers_off_list = true;
    for (unsigned i = 0; i < 2; i++) {
        scan(&model, DEPTH_DEEP, &run);
        assert_true((plan_cut_lists(&run.facts) & 1u << TLS_LIST_SUITES) != 0);
        model.newest = 0x0303;
    }
}

/* ---- What 40 connections are enough for ---- */

#define DEEP_BUDGET (PLAN_SERVER_CONNECTIONS_DEEP - 1) /* without the handshake before */

/* GnuTLS as packaged: Exim. */
static const struct model gnutls = {
    .oldest = 0x0301,
    .newest = 0x0304,
    .suites = {0x1302, 0x1303, 0x1301, 0x1304, 0xc030, 0xcca8, 0xc014, 0xc02f,
               0xc013, 0x009d, 0xc09d, 0x0035, 0x009c, 0xc09c, 0x002f, 0x009f,
               0xccaa, 0xc09f, 0x0039, 0x009e, 0xc09e, 0x0033},
    .groups = {TLS_GROUP_SECP256R1, TLS_GROUP_SECP384R1, TLS_GROUP_SECP521R1, TLS_GROUP_X25519,
               TLS_GROUP_X448, TLS_GROUP_FFDHE2048, TLS_GROUP_FFDHE3072, TLS_GROUP_FFDHE4096,
               TLS_GROUP_FFDHE6144, TLS_GROUP_FFDHE8192},
    .curves = {TLS_GROUP_SECP256R1, TLS_GROUP_SECP384R1, TLS_GROUP_SECP521R1, TLS_GROUP_X25519,
               TLS_GROUP_X448},
};

static void the_lists_of_a_stock_server_fit_into_the_budget(void **state)
{
    (void)state;
    struct run run;
    scan_within(&gnutls, DEPTH_DEEP, DEEP_BUDGET, &run);
    assert_int_equal(plan_cut_lists(&run.facts), 0);
    assert_whole_lists_are_whole(&gnutls, &run);
    assert_int_equal(run.facts.preference, PREFERENCE_CLIENT);
}

/* Each suite takes a connection, so a long list may be cut: nothing but this list is. */
static void of_a_server_with_many_suites_only_their_list_is_cut(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct run run;
        struct model model = gnutls;
        static const uint16_t more[] = {0x003d, 0x003c, 0x0084, 0x0041, 0x00c0, 0x00ba, 0xc028,
                                        0xc027, 0xc077, 0xc076, 0x006b, 0x0067, 0x0088, 0x0045};
        memcpy(model.suites + 22, more, sizeof(more));
        model.prefers = i != 0;
        scan_within(&model, DEPTH_DEEP, DEEP_BUDGET, &run);
        assert_int_equal(run.connections, DEEP_BUDGET);
        assert_int_equal(plan_cut_lists(&run.facts), 1u << TLS_LIST_SUITES);
        assert_true(run.deep.num_suites > 20);
        assert_whole_lists_are_whole(&model, &run);
        assert_int_equal(run.facts.preference,
                         model.prefers ? PREFERENCE_SERVER : PREFERENCE_CLIENT);
    }
}

/* Wherever the budget ends, no list is called whole that is not. */
static void a_list_that_the_budget_cut_is_not_whole(void **state)
{
    (void)state;
    for (unsigned budget = 0; budget < 60; budget++) {
        struct run run;
        scan_within(&gnutls, DEPTH_DEEP, budget, &run);
        assert_whole_lists_are_whole(&gnutls, &run);
    }
}

/* RFC 7919 section 4: DHE only for who names a group of theirs. */
static void dhe_is_asked_for_with_the_groups_of_rfc7919_where_there_is_none_without(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct model model = clean;
        model.suites[5] = 0x009e;
        model.suites[6] = 0xccaa;
        model.wants_ffdhe = (i & 1) != 0;
        model.prefers = (i & 2) != 0;
        assert_lists(&model);
    }
}

static uint32_t next_number(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* An answer that may be to this hello, or to any other. */
static void answer_at_random(const struct hello_spec *hello, uint32_t *seed,
                             struct observation *result, struct hello_reply *reply)
{
    static const enum hello_reply_kind kinds[] = {
        HELLO_REPLY_SERVER_HELLO,        HELLO_REPLY_SERVER_HELLO, HELLO_REPLY_SERVER_HELLO,
        HELLO_REPLY_HELLO_RETRY_REQUEST, HELLO_REPLY_ALERT,        HELLO_REPLY_NONE};
    size_t num_all;
    const struct tls_suite *all = tls_suites_all(&num_all);
    *reply = (struct hello_reply){.kind = kinds[next_number(seed) % 6], .version = 0x0303};
    reply->alert_description = TLS_ALERT_HANDSHAKE_FAILURE;
    reply->version = (uint16_t)(0x0300 + next_number(seed) % 5);
    reply->suite = next_number(seed) % 8 != 0 && hello->num_suites > 0
                       ? hello->suites[next_number(seed) % hello->num_suites]
                       : all[next_number(seed) % num_all].code;
    reply->group = next_number(seed) % 4 != 0 && hello->num_groups > 0
                       ? hello->groups[next_number(seed) % hello->num_groups]
                       : (uint16_t)(next_number(seed) % 64);
    *result = (struct observation){.outcome = OUTCOME_OK, .hello = reply};
    if (reply->kind == HELLO_REPLY_NONE) {
        result->outcome = next_number(seed) % 2 != 0 ? OUTCOME_TLS_CLOSED : OUTCOME_TLS_TIMEOUT;
    }
}

static void every_scan_of_a_server_that_answers_at_random_ends(void **state)
{
    const struct plan_context context = {.depth = DEPTH_DEEP};
    (void)state;
    for (uint32_t i = 0; i < 3000; i++) {
        struct run run;
        struct plan_step step;
        struct observation result;
        struct hello_reply reply;
        uint32_t seed = i;
        memset(&run, 0, sizeof(run));
        plan_init(&run.facts);
        run.facts.deep = &run.deep;
        while (plan_next(&run.facts, &context, &step)) {
            unsigned attempts = 0;
            do {
                assert_true(plan_step_kind(&step) == PLAN_SSL2 || hello_is_consistent(&step.hello));
                answer_at_random(&step.hello, &seed, &result, &reply);
                if (++run.connections == STEPS_MAX) {
                    fail_msg("seed %u: %s", i, plan_step_name(&step));
                }
            } while (!plan_learn(&run.facts, &run.arena, &step, &result, ++attempts));
        }
        plan_conclude(&run.facts, OUTCOME_NOT_TESTED);
        arena_free(&run.arena);
    }
}

/* ---- A budget that ends between a question and its repetition ---- */

static uint32_t open_questions(const struct run *run)
{
    struct policy policy;
    struct endpoint_record record = {.grade = GRADE_A, .has_tls = true};
    policy_init(&policy);
    memcpy(record.tls.versions, run->facts.versions, sizeof(record.tls.versions));
    memcpy(record.tls.weak, run->facts.weak, sizeof(record.tls.weak));
    return coverage_of_endpoint(&policy, &record);
}

/* It hangs up on weak suites, which twice is a refusal, and once is nothing. */
static void what_was_asked_only_once_when_the_budget_ended_stays_open(void **state)
{
    struct run whole, run;
    struct model model = clean;
    (void)state;
    model.hangs_up = true;
    scan(&model, DEPTH_STANDARD, &whole);
    assert_int_equal(whole.facts.weak[WEAK_RC4].value, TRI_NO);
    assert_int_equal(open_questions(&whole) & QUESTION_BIT(QUESTION_RC4_SUITES), 0);
    unsigned num_asked_once = 0;
    for (unsigned budget = 1; budget < whole.connections; budget++) {
        scan_within(&model, DEPTH_STANDARD, budget, &run);
        bool is_open = (open_questions(&run) & QUESTION_BIT(QUESTION_RC4_SUITES)) != 0;
        assert_int_equal(is_open, run.weak_asked < 2);
        assert_int_equal(run.facts.weak[WEAK_RC4].value, is_open ? TRI_UNKNOWN : TRI_NO);
        num_asked_once += run.weak_asked == 1;
    }
    assert_int_equal(num_asked_once, 1);
}

static void one_large_hello_without_an_answer_is_no_intolerance(void **state)
{
    struct run whole, run;
    struct model model = clean;
    (void)state;
    model.drops_large = true;
    scan(&model, DEPTH_STANDARD, &whole);
    assert_true(whole.facts.large_hello_intolerant);
    for (unsigned budget = 1; budget < whole.connections; budget++) {
        scan_within(&model, DEPTH_STANDARD, budget, &run);
        assert_int_equal(run.facts.large_hello_intolerant, budget + 1 == whole.connections);
        assert_int_equal(run.facts.post_quantum.value, TRI_UNKNOWN);
    }
}

/* What a list shows of one class says nothing of the question for all of them. */
static void without_an_answer_to_weak_suites_the_size_of_dh_stays_unknown(void **state)
{
    struct run run;
    struct model model = clean;
    (void)state;
    model.newest = model.oldest;
    model.suites[0] = 0x0030; /* DH_DSS_WITH_AES_128_CBC_SHA */
    model.suites[1] = 0x0033; /* DHE_RSA_WITH_AES_128_CBC_SHA */
    unsigned num_found = 0;
    for (unsigned at = 0; at < 10; at++) {
        model.mute_from = at;
        model.mute_before = at + 2;
        scan(&model, DEPTH_DEEP, &run);
        if (run.facts.weak[WEAK_RC4].value == TRI_UNKNOWN) {
            num_found++;
            assert_int_equal(run.facts.weak[WEAK_STATIC_DH].value, TRI_YES);
            assert_int_equal(run.facts.weak[WEAK_SMALL_DH].value, TRI_UNKNOWN);
        }
    }
    assert_true(num_found > 0);
}

/* The two suites found first are of different parts of the offer: neither order was shown. */
static void whose_preference_counts_does_not_hang_on_the_parts_of_the_offer(void **state)
{
    struct run run;
    struct model model = {.oldest = 0x0303,
                          .newest = 0x0303,
                          .suites = {0xc030, 0x002f},
                          .curves = {TLS_GROUP_X25519},
                          .prefers = true};
    (void)state;
    scan(&model, DEPTH_DEEP, &run);
    assert_int_equal(run.facts.preference, PREFERENCE_SERVER);
    model.prefers = false;
    scan(&model, DEPTH_DEEP, &run);
    assert_int_equal(run.facts.preference, PREFERENCE_CLIENT);
}

static void an_ecdsa_server_is_offered_the_curve_of_its_certificate_beside_the_others(void **state)
{
    struct run run;
    struct model model = clean;
    (void)state;
    model.suites[2] = 0xc02b; /* ECDHE_ECDSA alone in TLS 1.2 */
    model.suites[3] = 0xc02c;
    model.suites[4] = 0;
    model.prefers = false;
    assert_lists(&model);
    model.prefers = true; /* P-384 is behind P-256, and cannot be had without that */
    scan(&model, DEPTH_DEEP, &run);
    assert_int_equal(run.deep.num_curves, 2);
    assert_false(contains(run.deep.curves, run.deep.num_curves, TLS_GROUP_SECP384R1));
}

static void a_server_that_drops_large_hellos_is_asked_for_its_groups_in_a_small_one(void **state)
{
    struct run run;
    struct model model = clean;
    (void)state;
    model.groups[0] = TLS_GROUP_X25519MLKEM768;
    scan(&model, DEPTH_STANDARD, &run);
    assert_int_equal(run.facts.post_quantum.value, TRI_YES);
    assert_false(run.facts.large_hello_intolerant);
    model.drops_large = true;
    scan(&model, DEPTH_STANDARD, &run);
    assert_true(run.facts.large_hello_intolerant);
    assert_int_equal(run.facts.post_quantum.value, TRI_YES);
}

static void compression_is_seen_in_tls12(void **state)
{
    struct run run;
    struct model model = clean;
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        model.deflates = i != 0;
        scan(&model, DEPTH_STANDARD, &run);
        assert_int_equal(run.facts.compression.value, model.deflates ? TRI_YES : TRI_NO);
    }
}

static void there_is_no_compression_in_tls13(void **state)
{
    struct run run;
    struct model model = clean;
    (void)state;
    model.oldest = 0x0304;
    scan(&model, DEPTH_STANDARD, &run);
    assert_int_equal(run.facts.versions[TLS_1_2].value, TRI_NO);
    assert_int_equal(run.facts.compression.value, TRI_NO);
}

static void a_server_that_drops_long_lists_is_asked_for_tls12_with_a_short_one(void **state)
{
    struct run run;
    struct model model = clean;
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        model.drops_long = i != 0;
        scan(&model, DEPTH_STANDARD, &run);
        assert_int_equal(run.facts.versions[TLS_1_2].value, TRI_YES);
        /* What the long list would have shown with it is not claimed. */
        assert_int_equal(run.facts.compression.value, model.drops_long ? TRI_UNKNOWN : TRI_NO);
    }
}

static void tls12_is_asked_for_once_more_where_the_handshake_was_of_it(void **state)
{
    struct run run;
    struct model model = clean;
    (void)state;
    model.newest = 0x0303;
    model.deflates = true;
    scan(&model, DEPTH_STANDARD, &run);
    assert_int_equal(run.facts.compression.value, TRI_YES);
    assert_int_equal(run.facts.versions[TLS_1_3].value, TRI_NO);
}

/* All hellos about versions were refused, and yet the server speaks one. */
static void a_suite_that_nobody_should_take_shows_a_version_all_the_same(void **state)
{
    static const struct {
        uint16_t version, suite;
        enum tls_version seen;
    } rows[] = {
        {0x0303, 0x0034, TLS_1_2}, /* DH_anon_WITH_AES_128_CBC_SHA */
        {0x0303, 0x0002, TLS_1_2}, /* RSA_WITH_NULL_SHA */
        {0x0301, EXPORTABLE, TLS_1_0},
    };
    (void)state;
    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        struct run run;
        const struct model model = {
            .oldest = rows[i / 2].version,
            .newest = rows[i / 2].version,
            .suites = {rows[i / 2].suite},
            .refuses_us = true,
        };
        scan(&model, i % 2 == 0 ? DEPTH_STANDARD : DEPTH_DEEP, &run);
        for (unsigned k = TLS_1_0; k < TLS_VERSION_COUNT; k++) {
            assert_int_equal(run.facts.versions[k].value, k == rows[i / 2].seen ? TRI_YES : TRI_NO);
        }
        assert_true(run.connections < (i % 2 == 0 ? 12 : 40));
    }
}

/* Suites without encryption of TLS 1.3, and SSLv2 beside it. */
static void two_questions_are_asked_by_a_deep_scan_alone(void **state)
{
    struct run run;
    struct model model = clean;
    (void)state;
    model.suites[5] = 0xc0b4; /* RFC 9150 */
    scan(&model, DEPTH_STANDARD, &run);
    assert_int_equal(run.connections, 4);
    assert_int_equal(run.facts.weak[WEAK_NULL].value, TRI_NO); /* of older versions */
    assert_int_equal(run.facts.versions[TLS_SSL2].value, TRI_UNKNOWN);
    assert_int_equal(run.facts.versions[TLS_SSL2].reason, OUTCOME_NOT_TESTED);
    scan(&model, DEPTH_DEEP, &run);
    assert_int_equal(run.facts.weak[WEAK_NULL].value, TRI_YES);
    assert_int_equal(run.facts.versions[TLS_SSL2].value, TRI_NO);
}

static void a_suite_of_tls13_without_encryption_is_of_the_class_null(void **state)
{
    struct run run;
    struct model model = clean;
    (void)state;
    model.suites[5] = 0xc0b4; /* RFC 9150 */
    scan(&model, DEPTH_DEEP, &run);
    assert_int_equal(run.facts.weak[WEAK_NULL].value, TRI_YES);
    assert_string_equal(run.facts.weak_evidence[WEAK_NULL], "TLS_SHA256_SHA256");
}

/* Its curves are found before its suites of RFC 9150 are asked for. */
static void a_suite_of_tls13_that_takes_a_curve_is_found_behind_the_curves(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct run run;
        struct model model = {
            .oldest = 0x0304,
            .newest = 0x0304,
            .suites = {0x1301, 0x1302, 0x1303, 0x1304, 0xc0b4, 0xc0b5},
            .groups = {TLS_GROUP_X25519, TLS_GROUP_SECP256R1, TLS_GROUP_FFDHE2048,
                       TLS_GROUP_FFDHE3072, TLS_GROUP_FFDHE4096, TLS_GROUP_FFDHE6144,
                       TLS_GROUP_FFDHE8192},
            .prefers = (i & 1) != 0,
            .hangs_up = (i & 2) != 0,
            .wants_curve = true,
        };
        assert_lists(&model);
        scan(&model, DEPTH_DEEP, &run);
        assert_int_equal(plan_cut_lists(&run.facts), 0);
        assert_int_equal(run.facts.weak[WEAK_NULL].value, TRI_YES);
    }
}

/* ---- What other libraries could go on with ---- */

#define KEY(name) LACK_KEY_TEXT(name)

static void what_a_server_takes_and_we_lack_is_found_where_it_refuses_us(void **state)
{
    static const uint16_t x25519[LIST_MAX] = {TLS_GROUP_X25519};
    static const uint16_t x448[LIST_MAX] = {TLS_GROUP_X448};
    static const uint16_t brainpool[LIST_MAX] = {0x001f};
    static const uint16_t hybrid[LIST_MAX] = {TLS_GROUP_X25519MLKEM768, TLS_GROUP_X25519};
    static const struct {
        const char *name;
        uint16_t version, suite, signature;
        const uint16_t *groups;
        const char *lack; /* how it begins */
        enum tls_version shown;
    } cases[] = {
        {"DHE", 0x0303, 0x009f, 0, x25519, "it takes finite-field DH in the suite ", TLS_1_2},
        {"Camellia in CBC", 0x0303, 0xc077, 0, x25519, "it takes the suite ", TLS_1_2},
        {"Camellia in GCM", 0x0303, 0xc08b, 0, x25519,
         "it takes the suite TLS_ECDHE_RSA_WITH_CAMELLIA_256_GCM", TLS_1_2},
        {"ARIA with DHE", 0x0303, 0xc053, 0, x25519, "it takes finite-field DH ", TLS_1_2},
        {"CCM with a short tag", 0x0303, 0xc0a0, 0, x25519,
         "it takes the suite TLS_RSA_WITH_AES_128_CCM_8", TLS_1_2},
        {"RC4", 0x0303, 0x0005, 0, x25519, "it takes the suite ", TLS_1_2},
        {"x448 in TLS 1.2", 0x0303, 0xc02f, 0, x448, "it takes the group x448", TLS_1_2},
        {"x448 in TLS 1.3", 0x0304, 0x1301, 0, x448, "it takes the group x448", TLS_1_3},
        {"brainpool in TLS 1.3", 0x0304, 0x1301, 0, brainpool, "it takes the group brainpool",
         TLS_1_3},
        {"CCM in TLS 1.3", 0x0304, 0x1304, 0, x25519, "it takes the suite ", TLS_1_3},
        {"SM4 in TLS 1.3", 0x0304, 0x00c6, 0, x25519, "it takes the suite TLS_SM4", TLS_1_3},
        {"a key of Ed448", 0x0304, 0x1301, 0x0808, x25519, KEY("Ed448"), TLS_1_3},
        {"a key of RSA-PSS", 0x0304, 0x1301, 0x0809, x25519, KEY("RSA-PSS"), TLS_1_3},
        {"a key of Ed448 and a hybrid group besides", 0x0304, 0x1301, 0x0808, hybrid, KEY("Ed448"),
         TLS_1_3},
        {"a key on brainpool", 0x0304, 0x1301, 0x081b, x25519, KEY("ECDSA brainpool"), TLS_1_3},
        {"a key of ML-DSA", 0x0304, 0x1301, 0x0905, x25519, KEY("ML-DSA"), TLS_1_3},
        {"SSLv3", 0x0300, 0x0035, 0, x25519, "it takes the version SSLv3", TLS_SSL3},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct run run;
        struct model model = {.oldest = cases[i].version,
                              .newest = cases[i].version,
                              .suites = {cases[i].suite},
                              .signature = cases[i].signature,
                              .prefers = cases[i].groups == hybrid, /* as OpenSSL 3.5 does */
                              .refuses_us = true};
        memcpy(model.groups, cases[i].groups, sizeof(model.groups));
        memcpy(model.curves, cases[i].groups, sizeof(model.curves));
        scan(&model, DEPTH_STANDARD, &run);
        print_message("%s: %s, %u connections\n", cases[i].name, run.lack, run.connections);
        assert_memory_equal(run.lack, cases[i].lack, strlen(cases[i].lack));
        assert_int_equal(run.facts.versions[cases[i].shown].value, TRI_YES);
        assert_in_range(run.connections, 1, 11);
    }
}

static void nothing_else_proves_that_others_could_go_on(void **state)
{
    struct model ours = clean; /* it takes all that is ours, and refused us all the same */
    struct model nothing = {.oldest = 0x0304, .newest = 0x0304};
    struct model taken_back = {.oldest = 0x0301, .newest = 0x0303, .suites = {0x009f}};
    struct model unencrypted = {.oldest = 0x0303, .newest = 0x0303, .suites = {0x003b}};
    struct model anonymous = {.oldest = 0x0303, .newest = 0x0303, .suites = {0x0034}};
    struct model *const models[] = {&ours, &nothing, &taken_back, &unencrypted, &anonymous};
    (void)state;
    taken_back.takes_back = true;
    for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
        struct run run;
        models[i]->refuses_us = true;
        scan(models[i], DEPTH_STANDARD, &run);
        print_message("%zu: %u connections\n", i, run.connections);
        assert_string_equal(run.lack, "nothing");
    }
}

/* Asks about one name only: what it would take to finish the handshake. */
static unsigned ask_about_name(const struct model *model, unsigned budget, struct run *run)
{
    const struct plan_context context = {.depth = DEPTH_STANDARD, .only_others = true};
    struct observation result = {.starttls_handshake = {TRI_NO, OUTCOME_OK},
                                 .outcome = OUTCOME_TLS_ALERT};
    struct plan_step step;
    struct hello_reply reply;
    memset(run, 0, sizeof(*run));
    plan_init(&run->facts);
    plan_learn_handshake(&run->facts, &result);
    assert_false(plan_others_are_asked(&run->facts));
    while (run->connections < budget && plan_next(&run->facts, &context, &step)) {
        ask(model, run->connections++, &step, &result, &reply);
        assert_true(plan_learn(&run->facts, &run->arena, &step, &result, PLAN_TRIES));
    }
    snprintf(run->lack, sizeof(run->lack), "%s",
             run->facts.lack != NULL ? run->facts.lack : "nothing");
    arena_free(&run->arena);
    return run->connections;
}

static void a_name_is_asked_about_alone_until_its_refusal_is_settled(void **state)
{
    static const struct {
        const char *name;
        struct model model;
        const char *lack;
        unsigned connections;
    } cases[] = {
        {"nothing", {.oldest = 0x0304, .newest = 0x0304}, "nothing", 3},
        {"DHE",
         {.oldest = 0x0303, .newest = 0x0303, .suites = {0x009f}},
         "it takes finite-field",
         1},
        {"Camellia with ECDHE",
         {.oldest = 0x0303, .newest = 0x0303, .suites = {0xc08b}, .curves = {TLS_GROUP_X25519}},
         "it takes the suite",
         2},
        {"Ed448",
         {.oldest = 0x0304,
          .newest = 0x0304,
          .suites = {0x1301},
          .groups = {TLS_GROUP_X25519},
          .signature = 0x0808},
         KEY("Ed448"),
         5},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct run run;
        unsigned num = ask_about_name(&cases[i].model, UINT_MAX, &run);
        print_message("%s: %s, %u connections\n", cases[i].name, run.lack, num);
        assert_memory_equal(run.lack, cases[i].lack, strlen(cases[i].lack));
        assert_true(plan_others_are_asked(&run.facts));
        for (unsigned budget = 0; budget < num; budget++) {
            ask_about_name(&cases[i].model, budget, &run);
            assert_false(plan_others_are_asked(&run.facts));
        }
        assert_int_equal(num, cases[i].connections);
    }
}

/* A question of a list leaves out what our library has, so that what is chosen then proves nothing.
 */
static void what_a_deep_question_makes_a_server_choose_is_no_lack_of_ours(void **state)
{
    struct run standard, deep;
    struct model model = clean;
    (void)state;
    model.refuses_us = true;
    for (unsigned i = 0; i < 2; i++) {
        model.newest = i != 0 ? 0x0303 : 0x0304;
        model.curves[2] = TLS_GROUP_X448;
        scan(&model, DEPTH_STANDARD, &standard);
        scan(&model, DEPTH_DEEP, &deep);
        assert_true(deep.connections > standard.connections + 5);
        assert_true(contains(deep.deep.curves, deep.deep.num_curves, TLS_GROUP_X448));
        assert_string_equal(deep.lack, standard.lack);
    }
}

/* Who takes a hello of ours has what we have. Only a whole flight shows that it takes more. */
static void who_chose_from_our_offer_is_not_asked_for_what_is_rare(void **state)
{
    struct run chosen, refused;
    struct model model = {.oldest = 0x0304, .newest = 0x0304, .refuses_us = true};
    (void)state;
    scan(&model, DEPTH_STANDARD, &refused);
    model.chose_before = true;
    scan(&model, DEPTH_STANDARD, &chosen);
    assert_int_equal(refused.connections, chosen.connections + 2);
}

static void who_was_not_refused_is_asked_no_more_than_before(void **state)
{
    struct run run;
    struct model model = clean;
    (void)state;
    model.signature = 0x0808;
    scan(&model, DEPTH_STANDARD, &run);
    assert_int_equal(run.connections, 4);
    assert_string_equal(run.lack, "nothing");
}

static void cbc_is_not_all_where_any_aead_suite_is(void **state)
{
    static const uint16_t others[] = {0xc08b, 0xc07b, 0xc07d, 0xc061, 0xc051, 0xc053,
                                      0xc0a0, 0xc0a2, 0xc09c, 0x009c, 0xc030, 0xfefe};
    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct run run;
        struct model model = clean;
        model.newest = 0x0303;
        memset(model.suites, 0, sizeof(model.suites));
        model.suites[0] = 0xc027; /* ECDHE_RSA_WITH_AES_128_CBC_SHA256, which it prefers */
        model.suites[1] = others[i];
        scan(&model, DEPTH_STANDARD, &run);
        print_message("0x%04x\n", others[i]);
        assert_int_equal(run.facts.weak[WEAK_CBC_ONLY].value,
                         others[i] == 0xfefe ? TRI_YES : TRI_NO);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_server_costs_five_connections),
        cmocka_unit_test(two_questions_at_once_change_nothing_but_the_time),
        cmocka_unit_test(a_deep_scan_lists_every_suite_and_group),
        cmocka_unit_test(suites_of_tls13_come_first_and_alone_where_there_is_nothing_older),
        cmocka_unit_test(a_list_is_whole_unless_a_question_got_no_answer),
        cmocka_unit_test(who_answers_nothing_has_no_whole_list),
        cmocka_unit_test(a_list_that_ends_with_what_was_not_offered_is_not_whole),
        cmocka_unit_test(the_lists_of_a_stock_server_fit_into_the_budget),
        cmocka_unit_test(of_a_server_with_many_suites_only_their_list_is_cut),
        cmocka_unit_test(a_list_that_the_budget_cut_is_not_whole),
        cmocka_unit_test(dhe_is_asked_for_with_the_groups_of_rfc7919_where_there_is_none_without),
        cmocka_unit_test(every_scan_of_a_server_that_answers_at_random_ends),
        cmocka_unit_test(what_was_asked_only_once_when_the_budget_ended_stays_open),
        cmocka_unit_test(one_large_hello_without_an_answer_is_no_intolerance),
        cmocka_unit_test(without_an_answer_to_weak_suites_the_size_of_dh_stays_unknown),
        cmocka_unit_test(whose_preference_counts_does_not_hang_on_the_parts_of_the_offer),
        cmocka_unit_test(an_ecdsa_server_is_offered_the_curve_of_its_certificate_beside_the_others),
        cmocka_unit_test(a_server_that_drops_large_hellos_is_asked_for_its_groups_in_a_small_one),
        cmocka_unit_test(compression_is_seen_in_tls12),
        cmocka_unit_test(there_is_no_compression_in_tls13),
        cmocka_unit_test(a_server_that_drops_long_lists_is_asked_for_tls12_with_a_short_one),
        cmocka_unit_test(tls12_is_asked_for_once_more_where_the_handshake_was_of_it),
        cmocka_unit_test(two_questions_are_asked_by_a_deep_scan_alone),
        cmocka_unit_test(a_suite_that_nobody_should_take_shows_a_version_all_the_same),
        cmocka_unit_test(a_suite_of_tls13_without_encryption_is_of_the_class_null),
        cmocka_unit_test(a_suite_of_tls13_that_takes_a_curve_is_found_behind_the_curves),
        cmocka_unit_test(what_a_server_takes_and_we_lack_is_found_where_it_refuses_us),
        cmocka_unit_test(nothing_else_proves_that_others_could_go_on),
        cmocka_unit_test(a_name_is_asked_about_alone_until_its_refusal_is_settled),
        cmocka_unit_test(what_a_deep_question_makes_a_server_choose_is_no_lack_of_ours),
        cmocka_unit_test(who_chose_from_our_offer_is_not_asked_for_what_is_rare),
        cmocka_unit_test(who_was_not_refused_is_asked_no_more_than_before),
        cmocka_unit_test(cbc_is_not_all_where_any_aead_suite_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
