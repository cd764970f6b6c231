/* External profiles: what level which observation allows, and that the unknown is never a "met". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "scanner/policy.h"
#include "scanner/profile.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))
#define DAY        (24 * 60 * 60)

static const struct verdict yes = {.value = TRI_YES};
static const struct verdict no = {.value = TRI_NO};
static const struct verdict unknown = {.value = TRI_UNKNOWN};

struct scene {
    struct endpoint_record record;
    struct certificate_record certificate;
    uint16_t suites[4];
    uint16_t groups[4];
    uint16_t curves[4];
};

/* A deep scan of a server that fits the best level of every profile. */
static void make_best(struct scene *scene)
{
    memset(scene, 0, sizeof(*scene));
    struct endpoint_record *record = &scene->record;
    struct tls_facts *tls = &record->tls;
    record->host = "mx.example.org";
    record->grade = GRADE_A;
    record->has_tls = true;
    record->starttls_handshake = yes;
    record->certificate = &scene->certificate;
    record->tls_cipher_id = 0x1302; /* TLS_AES_256_GCM_SHA384 */
    for (unsigned i = 0; i < TLS_VERSION_COUNT; i++) {
        tls->versions[i] = i == TLS_1_3 ? yes : no;
    }
    for (unsigned i = 0; i < WEAK_CLASS_COUNT; i++) {
        tls->weak[i] = no;
    }
    tls->post_quantum = yes;
    scene->groups[0] = 0x11ec; /* X25519MLKEM768 */
    scene->groups[1] = 0x001d;
    tls->groups = scene->groups;
    tls->num_groups = 2;
    scene->curves[0] = 0x001d;
    tls->curves = scene->curves;
    tls->num_curves = 1;
    scene->certificate.key = "ECDSA P-256";
    scene->certificate.key_bits = 256;
    scene->certificate.weakest_signature = "ecdsa-with-SHA256";
    scene->certificate.has_validity = true;
    scene->certificate.not_after = 90 * DAY;
    scene->certificate.trusted = yes;
}

static void offer_tls12(struct scene *scene, uint16_t suite)
{
    struct tls_facts *tls = &scene->record.tls;
    tls->versions[TLS_1_2] = yes;
    tls->ems = tls->secure_renegotiation = yes;
    tls->compression = no;
    scene->suites[0] = suite;
    tls->suites = scene->suites;
    tls->num_suites = 1;
}

#define CHANGE(name_, statement)                                                                   \
    static void name_(struct scene *scene)                                                         \
    {                                                                                              \
        statement;                                                                                 \
    }

#define PROBLEM(problem)                                                                           \
    scene->certificate.problems |= CERTIFICATE_PROBLEM_BIT(CERTIFICATE_##problem)

CHANGE(nothing, (void)scene)
CHANGE(tls12, offer_tls12(scene, 0xc02b))      /* ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 */
CHANGE(cbc_sha256, offer_tls12(scene, 0xc023)) /* ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 */
CHANGE(cbc_sha1, offer_tls12(scene, 0xc009))   /* ECDHE_ECDSA_WITH_AES_128_CBC_SHA */
CHANGE(shallow, offer_tls12(scene, 0xc02b); scene->record.tls.num_suites = 0;
       scene->record.tls.num_groups = 0; scene->record.tls.num_curves = 0)
CHANGE(tls11, offer_tls12(scene, 0xc02b); scene->record.tls.versions[TLS_1_1] = yes)
CHANGE(tls11_unknown, offer_tls12(scene, 0xc02b); scene->record.tls.versions[TLS_1_1] = unknown)
CHANGE(ssl3, offer_tls12(scene, 0xc02b); scene->record.tls.versions[TLS_SSL3] = yes)
CHANGE(ssl2_not_asked, scene->record.tls.versions[TLS_SSL2] = unknown)
CHANGE(rc4, offer_tls12(scene, 0xc02b); scene->record.tls.weak[WEAK_RC4] = yes)
CHANGE(triple_des, offer_tls12(scene, 0xc02b); scene->record.tls.weak[WEAK_3DES] = yes)
CHANGE(anonymous, offer_tls12(scene, 0xc02b); scene->record.tls.weak[WEAK_ANON] = yes)
CHANGE(dh_1024, offer_tls12(scene, 0xc02b); scene->record.tls.weak[WEAK_SMALL_DH] = yes;
       scene->record.tls.dh_bits = 1024)
CHANGE(dh_3072, offer_tls12(scene, 0xc02b); scene->record.tls.dh_bits = 3072;
       scene->record.tls.dh_group = "ffdhe3072")
CHANGE(dh_own, offer_tls12(scene, 0xc02b); scene->record.tls.dh_bits = 3072)
CHANGE(no_ems, offer_tls12(scene, 0xc02b); scene->record.tls.ems = no)
CHANGE(compresses, offer_tls12(scene, 0xc02b); scene->record.tls.compression = yes)
CHANGE(no_hybrid, scene->record.tls.post_quantum = no)
CHANGE(short_curve, scene->groups[1] = 0x0015)                                   /* secp224r1 */
CHANGE(short_curve_tls12, offer_tls12(scene, 0xc02b); scene->curves[0] = 0x0013) /* secp192r1 */
CHANGE(curves_unknown, offer_tls12(scene, 0xc02b); scene->record.tls.num_curves = 0)
CHANGE(no_curves, offer_tls12(scene, 0x009e); scene->record.tls.num_curves = 0) /* DHE */
CHANGE(tls13_suites_alone, offer_tls12(scene, 0x1302); scene->record.tls.num_suites_tls13 = 1)
CHANGE(rsa_2048, scene->certificate.key = "RSA"; scene->certificate.smallest_rsa_bits = 2048)
CHANGE(rsa_4096, scene->certificate.key = "RSA"; scene->certificate.smallest_rsa_bits = 4096)
CHANGE(rsa_1024, scene->certificate.key = "RSA"; scene->certificate.smallest_rsa_bits = 1024;
       PROBLEM(WEAK_KEY))
CHANGE(sha1, PROBLEM(WEAK_SIGNATURE);
       scene->certificate.weakest_signature = "sha1WithRSAEncryption")
CHANGE(a_year, scene->certificate.not_after = 366 * DAY)
CHANGE(two_years, scene->certificate.not_after = 731 * DAY)
CHANGE(expired, PROBLEM(EXPIRED))
CHANGE(untrusted, scene->certificate.trusted = no)
CHANGE(refused, scene->record.has_tls = false; scene->record.certificate = NULL;
       scene->record.starttls_handshake = unknown; scene->record.grade = GRADE_F;
       scene->record.tls_cipher_id = 0)

static const struct {
    const char *name;
    void (*change)(struct scene *scene);
    const char *levels[PROFILE_COUNT]; /* RFC 9325, NCSC-NL, Mozilla, PCI DSS */
} cases[] = {
    {"the best there is", nothing, {"met", "sufficient", "modern", "met"}},
    {"TLS 1.2 beside it", tls12, {"met", "sufficient", "intermediate", "met"}},
    {"CBC with SHA-256", cbc_sha256, {"met", "phase_out", "old", "met"}},
    {"CBC with SHA-1", cbc_sha1, {"met", "insufficient", "old", "met"}},
    {"a scan that did not list suites", shallow, {"met", "unknown", "unknown", "met"}},
    {"TLS 1.1", tls11, {"not_met", "insufficient", "old", "not_met"}},
    {"TLS 1.1 unknown", tls11_unknown, {"unknown", "unknown", "unknown", "unknown"}},
    {"SSLv3", ssl3, {"not_met", "insufficient", "none", "not_met"}},
    {"SSLv2 not asked beside TLS 1.3", ssl2_not_asked, {"met", "sufficient", "modern", "met"}},
    {"RC4", rc4, {"not_met", "insufficient", "none", "not_met"}},
    {"3DES", triple_des, {"met", "insufficient", "old", "met"}},
    {"anonymous suites", anonymous, {"met", "insufficient", "none", "not_met"}},
    {"DH of 1024 bits", dh_1024, {"not_met", "insufficient", "old", "met"}},
    {"DH of 3072 bits", dh_3072, {"met", "phase_out", "intermediate", "met"}},
    {"a DH prime of its own", dh_own, {"met", "insufficient", "intermediate", "met"}},
    {"no extended master secret", no_ems, {"not_met", "insufficient", "intermediate", "met"}},
    {"compression", compresses, {"met", "insufficient", "intermediate", "met"}},
    {"no hybrid group", no_hybrid, {"met", "sufficient", "modern", "met"}},
    {"a curve of 224 bits", short_curve, {"met", "phase_out", "modern", "met"}},
    {"a curve of 192 bits in TLS 1.2",
     short_curve_tls12,
     {"met", "insufficient", "intermediate", "met"}},
    {"curves of TLS 1.2 not listed", curves_unknown, {"met", "unknown", "intermediate", "met"}},
    {"no curves in TLS 1.2", no_curves, {"met", "phase_out", "intermediate", "met"}},
    {"suites of TLS 1.3 listed alone", tls13_suites_alone, {"met", "unknown", "unknown", "met"}},
    {"RSA of 2048 bits", rsa_2048, {"met", "phase_out", "intermediate", "met"}},
    {"RSA of 4096 bits", rsa_4096, {"met", "sufficient", "intermediate", "met"}},
    {"RSA of 1024 bits", rsa_1024, {"not_met", "insufficient", "none", "met"}},
    {"a SHA-1 signature", sha1, {"not_met", "insufficient", "none", "met"}},
    {"valid for a year", a_year, {"met", "sufficient", "intermediate", "met"}},
    {"valid for two years", two_years, {"met", "sufficient", "old", "met"}},
    {"expired", expired, {"met", "sufficient", "modern", "not_met"}},
    {"untrusted", untrusted, {"met", "sufficient", "modern", "not_met"}},
    {"TLS refused", refused, {"not_met", "insufficient", "none", "not_met"}},
};

static void each_observation_has_its_level(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM(cases); i++) {
        struct scene scene;
        struct arena arena = {0};
        make_best(&scene);
        cases[i].change(&scene);
        judge_profiles(&scene.record, &arena);
        for (unsigned k = 0; k < PROFILE_COUNT; k++) {
            const struct profile_verdict *verdict = &scene.record.profiles[k];
            if (strcmp(verdict->level, cases[i].levels[k]) != 0) {
                fail_msg("%s, %s: %s, expected %s", cases[i].name, profile_name((enum profile)k),
                         verdict->level, cases[i].levels[k]);
            }
            bool is_best = strcmp(verdict->level, profile_table((enum profile)k)->levels[0]) == 0;
            assert_true(!is_best || (verdict->num_failed == 0 && verdict->num_open == 0));
            assert_true(strcmp(verdict->level, "unknown") != 0 || verdict->num_open > 0);
        }
        arena_free(&arena);
    }
}

/* Nothing known: nothing is met, and nothing is held against the server. */
static void what_is_unknown_is_neither_met_nor_failed(void **state)
{
    struct endpoint_record record = {.grade = GRADE_A, .has_tls = true};
    struct arena arena = {0};
    (void)state;
    judge_profiles(&record, &arena);
    for (unsigned i = 0; i < PROFILE_COUNT; i++) {
        assert_string_equal(record.profiles[i].level, "unknown");
    }
    arena_free(&arena);
}

static void an_endpoint_that_is_not_graded_has_no_levels(void **state)
{
    struct endpoint_record record = {.grade = GRADE_U};
    struct arena arena = {0};
    (void)state;
    judge_profiles(&record, &arena);
    for (unsigned i = 0; i < PROFILE_COUNT; i++) {
        assert_null(record.profiles[i].level);
    }
    arena_free(&arena);
}

static void tables_are_whole(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PROFILE_COUNT; i++) {
        const struct profile_table *table = profile_table((enum profile)i);
        assert_in_range(table->num_rules, 1, PROFILE_RULES_MAX);
        for (size_t k = 0; k < table->num_rules; k++) {
            assert_non_null(table->rules[k].code);
            assert_non_null(table->rules[k].level);
            assert_non_null(table->rules[k].source);
        }
        assert_true(table->num_rules == PROFILE_RULES_MAX ||
                    table->rules[table->num_rules].code == NULL);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_observation_has_its_level),
        cmocka_unit_test(what_is_unknown_is_neither_met_nor_failed),
        cmocka_unit_test(an_endpoint_that_is_not_graded_has_no_levels),
        cmocka_unit_test(tables_are_whole),
    };
    return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
