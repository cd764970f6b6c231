/*
 * Stapled OCSP responses: what each part of a response is worth, one respect at a time, and that
 * nothing but a whole response is read.
 */
#include "scanner/x509/certificate_staple.h"

#include "tests/unit/certificate_world.h"
#include "tests/unit/ocsp_maker.h"

#define OCSP(problem) OCSP_PROBLEM_BIT(OCSP_##problem)

/* The world of certificate_world.h and those who may sign responses in it, or may not. */
struct ocsp_world {
    struct world *world;
    struct made responder;   /* named by the intermediate */
    struct made rsa;         /* likewise, with an RSA key */
    struct made for_servers; /* of the intermediate, without the right */
    struct made any_purpose; /* anyExtendedKeyUsage is no right */
    struct made expired;
    struct made encipherer; /* its key usage does not let it sign */
    struct made of_root;    /* named by the root: not the leaf's issuer */
    struct made self_made;  /* named by nobody */
};

static struct made make_responder(const struct made *issuer, const char *usage, const char *ku,
                                  int to_day, enum maker_key kind)
{
    return make(&(struct recipe){.cn = "Responder",
                                 .issuer = issuer,
                                 .kind = kind,
                                 .from_day = -100,
                                 .to_day = to_day,
                                 .extensions = {{"extendedKeyUsage", usage}, {"keyUsage", ku}}});
}

static int setup_ocsp(void **state)
{
    void *inner = NULL;
    struct ocsp_world *ocsp = calloc(1, sizeof(*ocsp));
    (void)setup(&inner);
    ocsp->world = inner;
    const struct made *inter = &ocsp->world->inter;
    const char *sign = "digitalSignature";
    ocsp->responder = make_responder(inter, "OCSPSigning", sign, 100, MAKER_P256);
    ocsp->rsa = make_responder(inter, "OCSPSigning", sign, 100, MAKER_RSA2048);
    ocsp->for_servers = make_responder(inter, "serverAuth", sign, 100, MAKER_P256);
    ocsp->any_purpose = make_responder(inter, "anyExtendedKeyUsage", sign, 100, MAKER_P256);
    ocsp->expired = make_responder(inter, "OCSPSigning", sign, -1, MAKER_P256);
    ocsp->encipherer = make_responder(inter, "OCSPSigning", "keyAgreement", 100, MAKER_P256);
    ocsp->of_root = make_responder(&ocsp->world->root, "OCSPSigning", sign, 100, MAKER_P256);
    ocsp->self_made = make_responder(NULL, "OCSPSigning", sign, 100, MAKER_P256);
    *state = ocsp;
    return 0;
}

static int teardown_ocsp(void **state)
{
    struct ocsp_world *ocsp = *state;
    void *inner = ocsp->world;
    made_free(&ocsp->responder);
    made_free(&ocsp->rsa);
    made_free(&ocsp->for_servers);
    made_free(&ocsp->any_purpose);
    made_free(&ocsp->expired);
    made_free(&ocsp->encipherer);
    made_free(&ocsp->of_root);
    made_free(&ocsp->self_made);
    free(ocsp);
    return teardown(&inner);
}

/* The record of a chain with that staple; its texts are not for use. */
static struct certificate_record judge_staple(const struct trust_store *store,
                                              const struct made *const *made, size_t num,
                                              struct text staple)
{
    struct text certificates[8];
    struct certificate_record record = {0};
    const struct certificate_extras extras = {.ocsp_response = staple};
    assert_true(num <= 8);
    for (size_t i = 0; i < num; i++) {
        certificates[i] = made_text(made[i]);
    }
    struct chain_cache *cache = chain_cache_new(store, MAKER_NOW, 4);
    const struct chain *chain = chain_cache_get(cache, certificates, num);
    assert_non_null(chain);
    certificate_judge(chain, HOST, &record);
    certificate_staple_judge(chain, &extras, &record);
    chain_release(cache, chain);
    chain_cache_free(cache);
    return record;
}

static struct certificate_record judge_recipe(const struct ocsp_world *ocsp,
                                              const struct ocsp_recipe *recipe)
{
    const struct made *const chain[] = {&ocsp->world->leaf, &ocsp->world->inter};
    struct text der = ocsp_make(recipe);
    struct certificate_record record = judge_staple(ocsp->world->store, chain, 2, der);
    OPENSSL_free((char *)(uintptr_t)der.bytes);
    return record;
}

/* ---- One respect at a time ---- */

struct row {
    const char *name;
    struct ocsp_recipe recipe;
    enum ocsp_status status;
    enum tri fresh, signature;
    uint32_t problems;
    bool revoked;
};

static void check_row(const struct ocsp_world *ocsp, const struct row *row)
{
    print_message("%s\n", row->name);
    struct certificate_record record = judge_recipe(ocsp, &row->recipe);
    assert_int_equal(record.ocsp_staple.value, TRI_YES);
    assert_int_equal(record.ocsp.status, row->status);
    assert_int_equal(record.ocsp.fresh.value, row->fresh);
    assert_int_equal(record.ocsp.signature.value, row->signature);
    assert_int_equal(record.ocsp.problems, row->problems);
    assert_int_equal((record.problems & BIT(REVOKED)) != 0, row->revoked);
    assert_int_equal(record.problems & ~BIT(REVOKED), 0);
    assert_int_equal(certificate_is_valid(&record), row->revoked ? TRI_NO : TRI_YES);
}

#define ANSWER_IN(from, to, ...)                                                                   \
    {                                                                                              \
        .leaf = &world->leaf, .issuer = &world->inter, .this_day = (from), .next_day = (to),       \
        __VA_ARGS__                                                                                \
    }
#define ANSWER(...)   ANSWER_IN(-1, 6, __VA_ARGS__)
#define BY(made)      .signer = &(made)
#define BY_SENT(made) .signer = &(made), .certificates = {&(made)}
#define CHECK_ROWS(ocsp, rows)                                                                     \
    for (size_t i = 0; i < NUM(rows); i++) {                                                       \
        check_row(ocsp, &(rows)[i]);                                                               \
    }

static void status_and_signature_are_told_apart(void **state)
{
    const struct ocsp_world *ocsp = *state;
    const struct world *world = ocsp->world;
    const struct row rows[] = {
        {"good, by the issuer",
         {{ANSWER(.status = OCSP_STATUS_GOOD)}, BY(world->inter)},
         OCSP_STATUS_GOOD,
         TRI_YES,
         TRI_YES,
         0,
         false},
        {"good, by the issuer's key",
         {{ANSWER(.status = OCSP_STATUS_GOOD)}, BY(world->inter), .by_key = true},
         OCSP_STATUS_GOOD,
         TRI_YES,
         TRI_YES,
         0,
         false},
        {"good, by a responder of the issuer's",
         {{ANSWER(.status = OCSP_STATUS_GOOD)}, BY_SENT(ocsp->responder)},
         OCSP_STATUS_GOOD,
         TRI_YES,
         TRI_YES,
         0,
         false},
        {"good, by its responder's RSA key",
         {{ANSWER(.status = OCSP_STATUS_GOOD)}, BY_SENT(ocsp->rsa), .by_key = true},
         OCSP_STATUS_GOOD,
         TRI_YES,
         TRI_YES,
         0,
         false},
        {"the responder's certificate behind another",
         {{ANSWER(.status = OCSP_STATUS_GOOD)},
          .signer = &ocsp->responder,
          .certificates = {&ocsp->for_servers, &ocsp->responder}},
         OCSP_STATUS_GOOD,
         TRI_YES,
         TRI_YES,
         0,
         false},
        {"the responder does not know it",
         {{ANSWER(.status = OCSP_STATUS_UNKNOWN)}, BY(world->inter)},
         OCSP_STATUS_UNKNOWN,
         TRI_YES,
         TRI_YES,
         0,
         false},
        {"revoked",
         {{ANSWER(.status = OCSP_STATUS_REVOKED)}, BY(world->inter)},
         OCSP_STATUS_REVOKED,
         TRI_YES,
         TRI_YES,
         0,
         true},
        {"revoked, with a reason",
         {{ANSWER(.status = OCSP_STATUS_REVOKED, .reason = 1)}, BY_SENT(ocsp->responder)},
         OCSP_STATUS_REVOKED,
         TRI_YES,
         TRI_YES,
         0,
         true},
        {"a forged revocation is not believed",
         {{ANSWER(.status = OCSP_STATUS_REVOKED)}, BY(world->inter), .forged = true},
         OCSP_STATUS_REVOKED,
         TRI_YES,
         TRI_NO,
         OCSP(BAD_SIGNATURE),
         false},
        {"a stranger's revocation is not believed",
         {{ANSWER(.status = OCSP_STATUS_REVOKED)}, BY_SENT(world->foreign)},
         OCSP_STATUS_REVOKED,
         TRI_YES,
         TRI_NO,
         OCSP(UNAUTHORIZED_RESPONDER),
         false},
        {"in the issuer's name by another key",
         {{ANSWER(.status = OCSP_STATUS_GOOD)}, BY(world->foreign), .named = &world->inter},
         OCSP_STATUS_GOOD,
         TRI_YES,
         TRI_NO,
         OCSP(BAD_SIGNATURE),
         false},
    };
    CHECK_ROWS(ocsp, rows);
}

static void only_a_responder_of_the_issuer_may_sign_for_it(void **state)
{
    const struct ocsp_world *ocsp = *state;
    const struct world *world = ocsp->world;
    const uint32_t no_right = OCSP(UNAUTHORIZED_RESPONDER);
    const struct row rows[] = {
        {"without its certificate",
         {{ANSWER(.status = OCSP_STATUS_GOOD)}, BY(ocsp->responder)},
         OCSP_STATUS_GOOD,
         TRI_YES,
         TRI_NO,
         no_right,
         false},
        {"a server of the same issuer",
         {{ANSWER(.status = OCSP_STATUS_GOOD)}, BY_SENT(ocsp->for_servers)},
         OCSP_STATUS_GOOD,
         TRI_YES,
         TRI_NO,
         no_right,
         false},
        {"one for any purpose",
         {{ANSWER(.status = OCSP_STATUS_GOOD)}, BY_SENT(ocsp->any_purpose)},
         OCSP_STATUS_GOOD,
         TRI_YES,
         TRI_NO,
         no_right,
         false},
        {"one that has expired",
         {{ANSWER(.status = OCSP_STATUS_GOOD)}, BY_SENT(ocsp->expired)},
         OCSP_STATUS_GOOD,
         TRI_YES,
         TRI_NO,
         no_right,
         false},
        {"one whose key may not sign",
         {{ANSWER(.status = OCSP_STATUS_GOOD)}, BY_SENT(ocsp->encipherer)},
         OCSP_STATUS_GOOD,
         TRI_YES,
         TRI_NO,
         no_right,
         false},
        {"one of the root's",
         {{ANSWER(.status = OCSP_STATUS_GOOD)}, BY_SENT(ocsp->of_root)},
         OCSP_STATUS_GOOD,
         TRI_YES,
         TRI_NO,
         no_right,
         false},
        {"one of nobody's",
         {{ANSWER(.status = OCSP_STATUS_GOOD)}, BY_SENT(ocsp->self_made)},
         OCSP_STATUS_GOOD,
         TRI_YES,
         TRI_NO,
         no_right,
         false},
        {"the root itself",
         {{ANSWER(.status = OCSP_STATUS_GOOD)}, BY_SENT(world->root)},
         OCSP_STATUS_GOOD,
         TRI_YES,
         TRI_NO,
         no_right,
         false},
        {"a right signer whose signature is forged",
         {{ANSWER(.status = OCSP_STATUS_GOOD)}, BY_SENT(ocsp->responder), .forged = true},
         OCSP_STATUS_GOOD,
         TRI_YES,
         TRI_NO,
         OCSP(BAD_SIGNATURE),
         false},
    };
    CHECK_ROWS(ocsp, rows);
}

static void a_response_holds_from_this_update_to_next_update(void **state)
{
    const struct ocsp_world *ocsp = *state;
    const struct world *world = ocsp->world;
    const struct row rows[] = {
        {"from now on",
         {{ANSWER_IN(0, 6, .status = OCSP_STATUS_GOOD)}, BY(world->inter)},
         OCSP_STATUS_GOOD,
         TRI_YES,
         TRI_YES,
         0,
         false},
        {"from tomorrow on",
         {{ANSWER_IN(1, 6, .status = OCSP_STATUS_GOOD)}, BY(world->inter)},
         OCSP_STATUS_GOOD,
         TRI_NO,
         TRI_YES,
         OCSP(NOT_YET_VALID),
         false},
        {"until yesterday",
         {{ANSWER_IN(-7, -1, .status = OCSP_STATUS_GOOD)}, BY(world->inter)},
         OCSP_STATUS_GOOD,
         TRI_NO,
         TRI_YES,
         OCSP(STALE),
         false},
        {"without an end",
         {{ANSWER_IN(-1, 0, .status = OCSP_STATUS_GOOD)}, BY(world->inter)},
         OCSP_STATUS_GOOD,
         TRI_NO,
         TRI_YES,
         OCSP(NO_NEXT_UPDATE),
         false},
        {"what was revoked stays so",
         {{ANSWER_IN(-7, -1, .status = OCSP_STATUS_REVOKED)}, BY(world->inter)},
         OCSP_STATUS_REVOKED,
         TRI_NO,
         TRI_YES,
         OCSP(STALE),
         true},
        {"what is on hold is not valid",
         {{ANSWER(.status = OCSP_STATUS_REVOKED, .reason = OCSP_REASON_HOLD)}, BY(world->inter)},
         OCSP_STATUS_REVOKED,
         TRI_YES,
         TRI_YES,
         0,
         true},
        {"what was on hold may have come back",
         {{ANSWER_IN(-7, -1, .status = OCSP_STATUS_REVOKED, .reason = OCSP_REASON_HOLD)},
          BY(world->inter)},
         OCSP_STATUS_REVOKED,
         TRI_NO,
         TRI_YES,
         OCSP(STALE),
         false},
    };
    CHECK_ROWS(ocsp, rows);
}

static void only_an_answer_about_the_leaf_counts(void **state)
{
    const struct ocsp_world *ocsp = *state;
    const struct world *world = ocsp->world;
    const uint32_t other = OCSP(OTHER_CERTIFICATE);
    const struct row rows[] = {
        {"another serial number",
         {{ANSWER(.status = OCSP_STATUS_REVOKED, .other_serial = true)}, BY(world->inter)},
         OCSP_STATUS_NONE,
         TRI_UNKNOWN,
         TRI_UNKNOWN,
         other,
         false},
        {"another issuer",
         {{{.leaf = &world->leaf, .issuer = &world->root, .status = OCSP_STATUS_REVOKED}},
          BY(world->inter)},
         OCSP_STATUS_NONE,
         TRI_UNKNOWN,
         TRI_UNKNOWN,
         other,
         false},
        {"about the intermediate",
         {{{.leaf = &world->inter, .issuer = &world->root, .this_day = -1, .next_day = 1}},
          BY(world->root)},
         OCSP_STATUS_NONE,
         TRI_UNKNOWN,
         TRI_UNKNOWN,
         other,
         false},
        {"about nobody",
         {.signer = &world->inter},
         OCSP_STATUS_NONE,
         TRI_UNKNOWN,
         TRI_UNKNOWN,
         other,
         false},
        {"the second of two",
         {{ANSWER(.status = OCSP_STATUS_REVOKED, .other_serial = true),
           ANSWER(.status = OCSP_STATUS_GOOD)},
          BY(world->inter)},
         OCSP_STATUS_GOOD,
         TRI_YES,
         TRI_YES,
         0,
         false},
        {"the newer of two, first",
         {{ANSWER(.status = OCSP_STATUS_REVOKED), ANSWER_IN(-3, 6, .status = OCSP_STATUS_GOOD)},
          BY(world->inter)},
         OCSP_STATUS_REVOKED,
         TRI_YES,
         TRI_YES,
         0,
         true},
        {"the newer of two, last",
         {{ANSWER_IN(-3, 6, .status = OCSP_STATUS_GOOD), ANSWER(.status = OCSP_STATUS_REVOKED)},
          BY(world->inter)},
         OCSP_STATUS_REVOKED,
         TRI_YES,
         TRI_YES,
         0,
         true},
        {"hashes of SHA-256",
         {{ANSWER(.status = OCSP_STATUS_GOOD, .hash = EVP_sha256())}, BY(world->inter)},
         OCSP_STATUS_GOOD,
         TRI_YES,
         TRI_YES,
         0,
         false},
        {"hashes of SHA-512",
         {{ANSWER(.status = OCSP_STATUS_GOOD, .hash = EVP_sha512())}, BY(world->inter)},
         OCSP_STATUS_GOOD,
         TRI_YES,
         TRI_YES,
         0,
         false},
        {"hashes of a kind that is not known",
         {{ANSWER(.status = OCSP_STATUS_REVOKED, .hash = EVP_md5())}, BY(world->inter)},
         OCSP_STATUS_NONE,
         TRI_UNKNOWN,
         TRI_UNKNOWN,
         other,
         false},
    };
    CHECK_ROWS(ocsp, rows);
}

/* ---- What else is there, or is not ---- */

static void nobody_can_vouch_for_a_response_whose_issuer_is_missing(void **state)
{
    const struct ocsp_world *ocsp = *state;
    const struct world *world = ocsp->world;
    const struct made *const alone[] = {&world->leaf};
    const struct ocsp_recipe recipe = {{ANSWER(.status = OCSP_STATUS_REVOKED)}, BY(world->inter)};
    struct text der = ocsp_make(&recipe);
    struct certificate_record record = judge_staple(world->store, alone, 1, der);
    assert_int_equal(record.ocsp.status, OCSP_STATUS_REVOKED);
    assert_int_equal(record.ocsp.signature.value, TRI_UNKNOWN);
    assert_int_equal(record.ocsp.signature.reason, OUTCOME_NOT_TESTED);
    assert_int_equal(record.ocsp.problems, 0);
    assert_problems(record.problems, BIT(INCOMPLETE_CHAIN));
    OPENSSL_free((char *)(uintptr_t)der.bytes);
}

static void dates_and_timestamps_are_told(void **state)
{
    const struct ocsp_world *ocsp = *state;
    const struct world *world = ocsp->world;
    const struct ocsp_recipe recipe = {{ANSWER(.status = OCSP_STATUS_REVOKED, .with_sct = true)},
                                       BY(world->inter)};
    struct certificate_record record = judge_recipe(ocsp, &recipe);
    assert_true(record.ocsp.has_this_update && record.ocsp.has_next_update);
    assert_int_equal(record.ocsp.this_update, MAKER_NOW - MAKER_DAY);
    assert_int_equal(record.ocsp.next_update, MAKER_NOW + 6 * MAKER_DAY);
    assert_int_equal(record.ocsp.revoked_at, MAKER_NOW - 20 * MAKER_DAY);
    assert_int_equal(record.sct.value, TRI_YES);
    assert_int_equal(record.sct_sources, SCT_IN_OCSP_STAPLE);
}

static void without_a_staple_nothing_is_said_of_one(void **state)
{
    const struct ocsp_world *ocsp = *state;
    const struct world *world = ocsp->world;
    struct made promise = make(&(struct recipe){
        .cn = "Leaf",
        .issuer = &world->inter,
        .extensions = {SAN, EKU, AKI, {"1.3.6.1.5.5.7.1.24", "DER:30:03:02:01:05"}}});
    struct made other_feature = make(&(struct recipe){
        .cn = "Leaf",
        .issuer = &world->inter,
        .extensions = {SAN, EKU, AKI, {"1.3.6.1.5.5.7.1.24", "DER:30:03:02:01:11"}}});
    const struct {
        const struct made *leaf;
        bool must_staple;
    } rows[] = {{&world->leaf, false}, {&promise, true}, {&other_feature, false}};
    for (size_t i = 0; i < NUM(rows); i++) {
        const struct made *const chain[] = {rows[i].leaf, &world->inter};
        struct certificate_record record =
            judge_staple(world->store, chain, 2, (struct text){NULL, 0});
        assert_int_equal(record.ocsp_staple.value, TRI_NO);
        assert_int_equal(record.must_staple, rows[i].must_staple);
        assert_int_equal(record.ocsp.problems, 0);
        assert_int_equal(record.sct.value, TRI_NO);
        assert_problems(record.problems, 0);
        certificate_staple_unseen(&record); /* a handshake that was not made says no "no" */
        assert_int_equal(record.ocsp_staple.value, TRI_UNKNOWN);
        assert_int_equal(record.sct.value, TRI_UNKNOWN);
    }
    made_free(&promise);
    made_free(&other_feature);
}

/* ---- The reader ---- */

static void a_refusal_of_the_responder_is_no_answer(void **state)
{
    const struct ocsp_world *ocsp = *state;
    const struct made *const chain[] = {&ocsp->world->leaf, &ocsp->world->inter};
    static const char try_later[] = {0x30, 0x03, 0x0a, 0x01, 0x03};
    struct certificate_record record =
        judge_staple(ocsp->world->store, chain, 2, (struct text){try_later, sizeof(try_later)});
    assert_int_equal(record.ocsp_staple.value, TRI_YES);
    assert_int_equal(record.ocsp.status, OCSP_STATUS_NONE);
    assert_int_equal(record.ocsp.problems, OCSP(NOT_SUCCESSFUL));
}

static void nothing_but_a_whole_response_is_read(void **state)
{
    const struct ocsp_world *ocsp = *state;
    const struct world *world = ocsp->world;
    const struct ocsp_recipe recipe = {
        {ANSWER(.status = OCSP_STATUS_REVOKED, .reason = 1, .with_sct = true)},
        BY_SENT(ocsp->responder)};
    struct text der = ocsp_make(&recipe);
    struct ocsp_response response;
    char *copy = malloc(der.len + 1);
    assert_non_null(copy);
    memcpy(copy, der.bytes, der.len);
    copy[der.len] = 0;
    assert_true(ocsp_response_read(der, &response));
    assert_int_equal(response.num_certificates, 1);
    assert_false(ocsp_response_read((struct text){copy, der.len + 1}, &response));
    for (size_t len = 0; len < der.len; len++) {
        /* A copy of its own, so that the sanitizer sees a read behind it. */
        char *cut = malloc(len > 0 ? len : 1);
        assert_non_null(cut);
        memcpy(cut, der.bytes, len);
        assert_false(ocsp_response_read((struct text){cut, len}, &response));
        free(cut);
    }
    free(copy);
    OPENSSL_free((char *)(uintptr_t)der.bytes);
}

static void each_answer_is_found_and_too_much_is_refused(void **state)
{
    const struct ocsp_world *ocsp = *state;
    const struct world *world = ocsp->world;
    const struct ocsp_recipe recipe = {{ANSWER(.status = OCSP_STATUS_GOOD),
                                        ANSWER(.status = OCSP_STATUS_REVOKED),
                                        ANSWER(.status = OCSP_STATUS_UNKNOWN)},
                                       BY(world->inter)};
    static const enum ocsp_status expected[] = {OCSP_STATUS_GOOD, OCSP_STATUS_REVOKED,
                                                OCSP_STATUS_UNKNOWN};
    struct text der = ocsp_make(&recipe);
    struct ocsp_response response;
    struct ocsp_single single;
    size_t num = 0;
    assert_true(ocsp_response_read(der, &response));
    for (struct text cursor = response.singles; ocsp_response_next(&cursor, &single); num++) {
        assert_true(num < NUM(expected));
        assert_int_equal(single.status, expected[num]);
        assert_int_equal(single.has_sct, false);
    }
    assert_int_equal(num, NUM(expected));
    OPENSSL_free((char *)(uintptr_t)der.bytes);
    char *huge = calloc(1, OCSP_RESPONSE_MAX + 1);
    assert_non_null(huge);
    assert_false(ocsp_response_read((struct text){huge, OCSP_RESPONSE_MAX + 1}, &response));
    free(huge);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_and_signature_are_told_apart),
        cmocka_unit_test(only_a_responder_of_the_issuer_may_sign_for_it),
        cmocka_unit_test(a_response_holds_from_this_update_to_next_update),
        cmocka_unit_test(only_an_answer_about_the_leaf_counts),
        cmocka_unit_test(nobody_can_vouch_for_a_response_whose_issuer_is_missing),
        cmocka_unit_test(dates_and_timestamps_are_told),
        cmocka_unit_test(without_a_staple_nothing_is_said_of_one),
        cmocka_unit_test(a_refusal_of_the_responder_is_no_answer),
        cmocka_unit_test(nothing_but_a_whole_response_is_read),
        cmocka_unit_test(each_answer_is_found_and_too_much_is_refused),
    };
    return cmocka_run_group_tests_name("ocsp", tests, setup_ocsp, teardown_ocsp);
}
