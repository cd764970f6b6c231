/*
 * Whatever the dialogues with a server have shown, no two fields of a record contradict each other:
 * random observations, with the seed of what fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scanner/evidence/facts.h"
#include "scanner/evidence/name_evidence.h"
#include "scanner/grading/endpoint_verdict.h"

#define RUNS      20000
#define DIALOGUES 5

struct scene {
    struct endpoint_record record;
    struct certificate_record certificate;
    struct judgement judgement;
    struct endpoint_summary summary;
    struct policy policy;
    struct arena arena;
    unsigned seed;
};

static bool one_in(int num)
{
    return rand() % num == 0;
}

/* ---- What was seen ---- */

static struct observation random_dialogue(void)
{
    static const enum outcome outcomes[] = {
        OUTCOME_OK,
        OUTCOME_CONNECT_TIMEOUT,
        OUTCOME_STARTTLS_NOT_ADVERTISED,
        OUTCOME_TURNED_AWAY,
        OUTCOME_STARTTLS_REFUSED,
        OUTCOME_STARTTLS_4XX,
        OUTCOME_TLS_ALERT,
        OUTCOME_TLS_CLOSED,
        OUTCOME_TLS_PLAINTEXT,
        OUTCOME_TLS_TIMEOUT,
        OUTCOME_TLS_CLIENT_CERTIFICATE,
        OUTCOME_BANNER_421,
        OUTCOME_LOCAL_ERROR,
        OUTCOME_OK,
    };
    struct observation observation = {
        .outcome = outcomes[rand() % (int)(sizeof(outcomes) / sizeof(outcomes[0]))],
        .capabilities_at = {1 + rand() % 90},
    };
    enum outcome outcome = observation.outcome;
    bool is_tls = outcome_phase(outcome) == PHASE_TLS || outcome == OUTCOME_OK;
    if (outcome == OUTCOME_STARTTLS_NOT_ADVERTISED) {
        observation.starttls_advertised.value = TRI_NO;
    } else if (is_tls || outcome_phase(outcome) == PHASE_STARTTLS) {
        observation.starttls_advertised.value = TRI_YES;
    }
    if (is_tls) {
        observation.starttls_accepted.value = TRI_YES;
        observation.starttls_handshake.value =
            outcome == OUTCOME_OK          ? TRI_YES
            : outcome == OUTCOME_TLS_ALERT ? TRI_NO
            : outcome == OUTCOME_TLS_PLAINTEXT || outcome == OUTCOME_TLS_CLIENT_CERTIFICATE
                ? TRI_NO
                : TRI_UNKNOWN;
        observation.provoked_at.seconds = one_in(2) ? observation.capabilities_at.seconds + 1 : 0;
    } else if (outcome == OUTCOME_STARTTLS_REFUSED) {
        observation.starttls_accepted.value = TRI_NO;
    } else if (outcome == OUTCOME_STARTTLS_4XX) {
        observation.reply.code = 454;
    }
    return observation;
}

static void random_tls(struct scene *scene, const struct observation *last)
{
    struct tls_facts *tls = &scene->record.tls;
    scene->record.has_tls = last->starttls_accepted.value == TRI_YES;
    for (unsigned i = 0; scene->record.has_tls && i < TLS_VERSION_COUNT; i++) {
        tls->versions[i].value = (enum tri)(rand() % 3);
    }
    for (unsigned i = 0; scene->record.has_tls && i < WEAK_CLASS_COUNT; i++) {
        tls->weak[i].value = one_in(8) ? TRI_YES : one_in(3) ? TRI_UNKNOWN : TRI_NO;
        tls->weak_evidence[i] = "a suite";
    }
    if (last->starttls_handshake.value == TRI_YES) {
        tls->version = one_in(2) ? TLS_1_3 : TLS_1_2;
        tls->versions[tls->version].value = TRI_YES;
        scene->record.tls_cipher_id = tls->version == TLS_1_3 ? 0x1301 : 0xc02b;
        tls->cipher = "a suite";
        scene->certificate = (struct certificate_record){
            .key = "ECDSA P-256",
            .key_bits = 256,
            .days_left = 60,
            .trusted.value = (enum tri)(rand() % 3),
            .name_match.value = TRI_YES,
            .weakest_signature = "ecdsa-with-SHA256",
        };
        scene->record.certificate = &scene->certificate;
    }
    scene->record.no_common_suite = last->outcome == OUTCOME_TLS_ALERT && one_in(4);
    scene->record.lack = scene->record.no_common_suite ? "it takes something rare" : NULL;
    scene->record.refusal_open = last->outcome == OUTCOME_TLS_ALERT && one_in(4);
}

static void make(struct scene *scene, unsigned seed)
{
    struct server_evidence server = {0};
    struct name_evidence name = {0};
    struct observation last = {0};
    memset(scene, 0, sizeof(*scene));
    srand(seed);
    scene->seed = seed;
    for (int i = rand() % DIALOGUES; i >= 0; i--) {
        struct observation observation = random_dialogue();
        bool is_mine = i == 0 || one_in(2); /* else of another name */
        server_evidence_add(&server, &observation, DIALOGUE_HANDSHAKE);
        if (is_mine) {
            name_evidence_add(&name, &observation, false);
            last = observation;
        }
    }
    struct endpoint_record *record = &scene->record;
    record->host = "mx.example.org";
    record->outcome = last.outcome;
    record->is_between_servers = true;
    record->dane = one_in(4) ? DANE_VALID : DANE_NONE;
    record->injection_commands.value = (enum tri)(rand() % 3);
    random_tls(scene, &last);
    server_evidence_count(&server, &record->votes);
    record->votes.handshake = (struct handshake_votes){
        name.num_completed, name.num_failed, name.num_unclear, name.num_certificate_wanted};
    facts_apply(record);
    policy_init(&scene->policy);
    judgement_init(&scene->judgement, &scene->policy, &scene->arena);
    endpoint_verdict(&scene->judgement, record, &scene->summary);
}

/* ---- What must hold ---- */

static bool has(const struct scene *scene, enum finding_code code)
{
    return finding_set_has(&scene->judgement.set, code);
}

#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fail_msg("seed %u: %s; outcome %s, grade %s", scene->seed, #condition,                 \
                     outcome_name(scene->record.outcome), grade_name(scene->record.grade));        \
        }                                                                                          \
    } while (0)

#define FOLLOWS(premise, conclusion) HOLDS(!(premise) || (conclusion))

static void check_letter(const struct scene *scene)
{
    const struct endpoint_record *record = &scene->record;
    enum grade cap = scene->judgement.cap;
    FOLLOWS(record->grade == GRADE_F, cap == GRADE_F);
    FOLLOWS(record->grade == GRADE_D, cap == GRADE_D);
    FOLLOWS(cap == GRADE_F && record->outcome != OUTCOME_LOCAL_ERROR, record->grade == GRADE_F);
    FOLLOWS(record->grade == GRADE_A_PLUS, record->open == 0 && cap == GRADE_U);
    FOLLOWS(record->grade == GRADE_U || record->grade == GRADE_F, record->open == 0);
    FOLLOWS(record->grade == GRADE_A, record->starttls_handshake.value == TRI_YES);
    FOLLOWS(record->grade == GRADE_B, record->starttls_handshake.value == TRI_YES);
}

static void check_answers(const struct scene *scene)
{
    const struct endpoint_record *record = &scene->record;
    enum tri encrypts = scene->summary.starttls;
    FOLLOWS(record->starttls_handshake.value == TRI_YES,
            encrypts == TRI_YES || has(scene, FINDING_CLIENT_CERTIFICATE_REQUIRED));
    FOLLOWS(has(scene, FINDING_NO_STARTTLS), encrypts == TRI_NO);
    FOLLOWS(has(scene, FINDING_STARTTLS_REFUSED), encrypts == TRI_NO);
    FOLLOWS(has(scene, FINDING_HANDSHAKE_REFUSED), encrypts == TRI_NO);
    FOLLOWS(encrypts == TRI_NO, record->grade == GRADE_F || record->grade == GRADE_D);
    FOLLOWS(record->outcome == OUTCOME_LOCAL_ERROR, record->grade == GRADE_U && encrypts != TRI_NO);
    FOLLOWS(has(scene, FINDING_NO_COMMON_SUITE), encrypts == TRI_YES);
    FOLLOWS(has(scene, FINDING_ONLY_ANONYMOUS), encrypts == TRI_YES);
}

static void check_findings(const struct scene *scene)
{
    const struct endpoint_record *record = &scene->record;
    enum tri advertised = record->starttls_advertised.value;
    enum tri accepted = record->starttls_accepted.value;
    enum tri handshake = record->starttls_handshake.value;
    HOLDS(has(scene, FINDING_NO_STARTTLS) == (advertised == TRI_NO));
    FOLLOWS(advertised == TRI_NO, accepted != TRI_YES && handshake != TRI_YES);
    FOLLOWS(accepted == TRI_NO, handshake != TRI_YES);
    FOLLOWS(record->inconsistent, advertised == TRI_YES);
    HOLDS(has(scene, FINDING_STARTTLS_INCONSISTENT) == record->inconsistent);
    FOLLOWS(has(scene, FINDING_HANDSHAKE_REFUSED), handshake == TRI_NO);
    FOLLOWS(record->no_common_suite, handshake != TRI_NO);
    FOLLOWS(record->refusal_open, handshake != TRI_NO);
    FOLLOWS(handshake == TRI_YES && record->has_tls && record->tls.cipher != NULL,
            record->tls.versions[record->tls.version].value == TRI_YES);
}

static void no_two_fields_of_a_record_contradict_each_other(void **state)
{
    static struct scene scene;
    (void)state;
    for (unsigned seed = 0; seed < RUNS; seed++) {
        make(&scene, seed);
        check_letter(&scene);
        check_answers(&scene);
        check_findings(&scene);
        arena_free(&scene.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_two_fields_of_a_record_contradict_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
