/* Which questions without an answer a letter rests on: what is `open`, and that A+ needs none. */
#include "tests/unit/judge_scene.h"

#define UNKNOWN_VERSION(name, version) CHANGE(name, scene->record.tls.versions[version] = unknown)
#define UNKNOWN_CLASS(name, class)     CHANGE(name, scene->record.tls.weak[class] = unknown)

CHANGE(starttls_open, scene->record.starttls_accepted = unknown)
CHANGE(starttls_contested, scene->record.votes.offer.with = 3;
       scene->record.votes.offer.unclear = 1)
CHANGE(starttls_agreed, scene->record.votes.offer.with = 3)
CHANGE(trust_not_known, scene->certificate.trusted = unknown)
UNKNOWN_VERSION(tls13_open, TLS_1_3)
UNKNOWN_VERSION(tls12_open_beside_tls13, TLS_1_2)
UNKNOWN_VERSION(tls11_open, TLS_1_1)
UNKNOWN_VERSION(tls10_open, TLS_1_0)
UNKNOWN_VERSION(ssl3_open, TLS_SSL3)
UNKNOWN_VERSION(ssl2_open_beside_tls13, TLS_SSL2)
CHANGE(ssl2_open, scene->record.tls.versions[TLS_SSL2] = unknown;
       scene->record.tls.versions[TLS_1_3] = no)
UNKNOWN_CLASS(null_open, WEAK_NULL)
UNKNOWN_CLASS(anonymous_open, WEAK_ANON)
UNKNOWN_CLASS(export_open, WEAK_EXPORT)
UNKNOWN_CLASS(des_open, WEAK_DES)
UNKNOWN_CLASS(rc4_open, WEAK_RC4)
UNKNOWN_CLASS(triple_des_open, WEAK_3DES)
UNKNOWN_CLASS(static_rsa_open, WEAK_STATIC_RSA)
UNKNOWN_CLASS(static_dh_open, WEAK_STATIC_DH)
UNKNOWN_CLASS(dh_open, WEAK_SMALL_DH)
CHANGE(compression_open, scene->record.tls.compression = unknown)
CHANGE(ems_open, scene->record.tls.ems = unknown)
CHANGE(ems_without_tls12, scene->record.tls.ems = unknown; scene->record.tls.versions[TLS_1_2] = no)
CHANGE(renegotiation_open, scene->record.tls.secure_renegotiation = unknown)
CHANGE(injection_open, scene->record.injection_commands = unknown)
CHANGE(post_quantum_open, scene->record.tls.post_quantum = unknown)
CHANGE(login_open_on_mx, scene->record.login_before_tls = unknown)
CHANGE(login_open, scene->record.login_before_tls = unknown;
       scene->record.is_between_servers = false)
CHANGE(key_alone, scene->record.votes.certificate.key_alone = true)
CHANGE(chain_left_out, scene->record.votes.certificate.left_out = 1)
CHANGE(mismatch_alone, scene->record.dane = DANE_UNKNOWN; scene->record.dane_matched = NULL;
       scene->record.votes.certificate.dane_alone = true)
CHANGE(mismatch_alone_of_submission, mismatch_alone(scene);
       scene->record.is_between_servers = false)
CHANGE(mismatch_without_tls, mismatch_alone(scene); scene->record.dane = DANE_MISMATCH)
CHANGE(of_c, PROBLEM(EXPIRED); scene->record.tls.versions[TLS_1_0] = unknown;
       scene->record.tls.weak[WEAK_NULL] = unknown; scene->record.tls.weak[WEAK_RC4] = unknown)
CHANGE(of_f, no_starttls(scene); scene->record.tls.weak[WEAK_NULL] = unknown)

/* The names of the questions that are open, with blanks between. */
static const char *open_names(uint32_t open, struct arena *arena)
{
    static const char *const names[] = {
#define X(constant, name, meaning) name,
        QUESTION_TABLE(X)
#undef X
    };
    const char *text = "";
    for (unsigned i = 0; i < QUESTION_COUNT; i++) {
        if ((open & QUESTION_BIT(i)) != 0) {
            text = arena_format(arena, "%s%s%s", text, *text != '\0' ? " " : "", names[i]);
        }
    }
    return text;
}

static void what_was_not_answered_is_open_if_it_could_lower_the_letter(void **state)
{
    static const struct {
        void (*change)(struct scene *scene);
        const char *open;
        enum grade grade;
    } rows[] = {
        {nothing, "", GRADE_A_PLUS},
        {starttls_open, "starttls", GRADE_A},
        {starttls_contested, "starttls", GRADE_A},
        {starttls_agreed, "", GRADE_A_PLUS},
        {trust_not_known, "", GRADE_A_PLUS}, /* DANE needs no trust */
        {tls13_open, "tls13", GRADE_A},
        {tls12_open_beside_tls13, "", GRADE_A_PLUS},
        {tls11_open, "tls11", GRADE_A},
        {tls10_open, "tls10", GRADE_A},
        {ssl3_open, "ssl3", GRADE_A},
        {ssl2_open_beside_tls13, "", GRADE_A_PLUS},
        {ssl2_open, "ssl2", GRADE_A},
        {null_open, "null_suites", GRADE_A},
        {anonymous_open, "", GRADE_A_PLUS},
        {export_open, "export_suites", GRADE_A},
        {des_open, "des_suites", GRADE_A},
        {rc4_open, "rc4_suites", GRADE_A},
        {triple_des_open, "3des_suites", GRADE_A},
        {static_rsa_open, "static_rsa", GRADE_A},
        {static_dh_open, "static_dh", GRADE_A},
        {dh_open, "dh_size", GRADE_A},
        {compression_open, "compression", GRADE_A},
        {ems_open, "extended_master_secret", GRADE_A},
        {ems_without_tls12, "", GRADE_A_PLUS},
        {renegotiation_open, "secure_renegotiation", GRADE_A},
        {injection_open, "injection", GRADE_A},
        {post_quantum_open, "", GRADE_A_PLUS},
        {login_open_on_mx, "", GRADE_A_PLUS},
        {login_open, "login_before_tls", GRADE_A},
        {key_alone, "certificate", GRADE_A},
        {chain_left_out, "certificate", GRADE_A},
        {mismatch_alone, "certificate", GRADE_A},
        {mismatch_alone_of_submission, "", GRADE_A},
        {mismatch_without_tls, "", GRADE_D},
        {of_f, "", GRADE_F},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scene scene;
        struct judgement judgement;
        struct arena arena = {0};
        make_spotless(&scene);
        scene.record.dane = DANE_VALID;
        scene.record.dane_matched = "3 1 1";
        rows[i].change(&scene);
        judge(&scene, &judgement, &arena);
        const char *open = open_names(scene.record.open, &arena);
        if (strcmp(open, rows[i].open) != 0 || scene.record.grade != rows[i].grade) {
            fail_msg("row %zu: %s, open: %s", i, grade_name(scene.record.grade), open);
        }
        arena_free(&arena);
    }
}

/* Without DANE a letter of C cannot be lowered by what caps at B. */
static void only_what_would_lower_the_letter_is_open(void **state)
{
    struct scene scene;
    struct judgement judgement;
    struct arena arena = {0};
    (void)state;
    make_spotless(&scene);
    of_c(&scene);
    judge(&scene, &judgement, &arena);
    assert_int_equal(scene.record.grade, GRADE_C);
    assert_string_equal(open_names(scene.record.open, &arena), "null_suites");
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_not_answered_is_open_if_it_could_lower_the_letter),
        cmocka_unit_test(only_what_would_lower_the_letter_is_open),
    };
    return cmocka_run_group_tests_name("coverage", tests, NULL, NULL);
}
