/*
 * The verdict on a chain: trust through whatever a server sends, dates, keys, signatures, purpose
 * and constraints; each alone and beside others, both ways.
 */
#include "scanner/x509/certificate.h"

#include "scanner/x509/trust_store.h"
#include "tests/unit/certificate_world.h"

/* ---- A healthy chain ---- */

static void a_healthy_chain_has_no_problem_and_its_fields_are_right(void **state)
{
    struct world *world = *state;
    struct result result = JUDGE(world, HOST, &world->leaf, &world->inter);
    const struct certificate_record *record = &result.record;
    assert_problems(result.problems, 0);
    assert_trusted(&result, true);
    assert_true(record->name_checked);
    assert_int_equal(record->name_match.value, TRI_YES);
    assert_string_equal(result.subject, "CN=Leaf");
    assert_string_equal(result.issuer, "CN=Inter");
    assert_int_equal(record->num_names, 4);
    assert_string_equal(result.names[0], HOST);
    assert_string_equal(result.names[1], "*.wild.example.org");
    assert_string_equal(result.names[2], "192.0.2.25");
    assert_string_equal(result.names[3], "2001:db8::25");
    assert_true(record->has_validity);
    assert_true(record->not_before == MAKER_NOW - 10 * MAKER_DAY);
    assert_true(record->not_after == MAKER_NOW + 90 * MAKER_DAY);
    assert_int_equal(record->days_left, 90);
    assert_string_equal(result.key, "ECDSA P-256");
    assert_int_equal(record->key_bits, 256);
    assert_string_equal(result.signature, "ecdsa-with-SHA256");
    assert_string_equal(result.weakest, "ecdsa-with-SHA256");
    assert_int_equal(record->smallest_rsa_bits, 0);
    assert_int_equal(record->chain_length, 2);
    uint8_t digest[32];
    unsigned len;
    assert_true(X509_digest(world->leaf.x509, EVP_sha256(), digest, &len));
    assert_memory_equal(record->sha256, digest, 32);
    uint8_t *spki = NULL;
    int spki_len = i2d_PUBKEY(world->leaf.key, &spki);
    assert_true(spki_len > 0);
    assert_true(EVP_Digest(spki, (size_t)spki_len, digest, &len, EVP_sha256(), NULL));
    assert_memory_equal(record->spki_sha256, digest, 32);
    OPENSSL_free(spki);
}

static void a_judgement_leaves_staple_and_sct_alone(void **state)
{
    struct world *world = *state;
    struct text leaf = made_text(&world->leaf);
    struct chain_cache *cache = chain_cache_new(world->store, MAKER_NOW, 4);
    const struct chain *chain = chain_cache_get(cache, &leaf, 1);
    struct certificate_record record = {.ocsp_staple = {.value = TRI_YES},
                                        .sct = {.value = TRI_NO}};
    certificate_judge(chain, NULL, &record);
    assert_int_equal(record.ocsp_staple.value, TRI_YES);
    assert_int_equal(record.sct.value, TRI_NO);
    assert_false(record.name_checked);
    chain_release(cache, chain);
    chain_cache_free(cache);
}

static void order_duplicates_strangers_and_the_root_do_not_hurt(void **state)
{
    struct world *world = *state;
    struct made sub = make(
        &(struct recipe){.cn = "Sub", .issuer = &world->inter, .extensions = {CA, SIGN, SKI, AKI}});
    struct made leaf =
        make(&(struct recipe){.cn = "Deep", .issuer = &sub, .extensions = {SAN, EKU, KU, AKI}});
    struct result results[] = {
        JUDGE(world, HOST, &leaf, &sub, &world->inter),
        JUDGE(world, HOST, &leaf, &world->inter, &sub),
        JUDGE(world, HOST, &leaf, &sub, &world->inter, &world->root),
        JUDGE(world, HOST, &leaf, &world->root, &world->inter, &sub),
        JUDGE(world, HOST, &leaf, &sub, &sub, &leaf, &world->inter, &world->inter),
        JUDGE(world, HOST, &leaf, &world->foreign, &sub, &world->leaf, &world->inter),
    };
    for (size_t i = 0; i < NUM(results); i++) {
        assert_problems(results[i].problems, 0);
        assert_trusted(&results[i], true);
    }
    made_free(&sub);
    made_free(&leaf);
}

static void of_forty_certificates_the_first_thirty_two_count(void **state)
{
    struct world *world = *state;
    const struct made *sent[40];
    for (size_t i = 0; i < 40; i++) {
        sent[i] = &world->foreign;
    }
    sent[0] = &world->leaf;
    sent[31] = &world->inter;
    struct result result = judge_at(world->store, MAKER_NOW, HOST, sent, 40);
    assert_problems(result.problems, 0);
    assert_int_equal(result.record.chain_length, 40);
    sent[31] = &world->foreign;
    sent[32] = &world->inter;
    result = judge_at(world->store, MAKER_NOW, HOST, sent, 40);
    /* The issuer may be among those that nobody looked at. */
    assert_problems(result.problems, 0);
    assert_open(&result, OUTCOME_CHAIN_TOO_LONG);
    sent[0] = &world->foreign; /* which has signed itself, whatever follows */
    result = judge_at(world->store, MAKER_NOW, HOST, sent, 40);
    assert_problems(result.problems, BIT(SELF_SIGNED) | BIT(NAME_MISMATCH) | BIT(BAD_PURPOSE));
    assert_trusted(&result, false);
}

/* ---- Trust ---- */

static void chains_without_a_trusted_root_are_told_apart(void **state)
{
    struct world *world = *state;
    struct made self = make(&(struct recipe){.cn = "Self", .extensions = {SAN}});
    struct made stray =
        make(&(struct recipe){.cn = "Stray", .issuer = &world->foreign, .extensions = {SAN, AKI}});
    struct {
        const char *name;
        struct result result;
        uint32_t problems;
    } cases[] = {
        {"self-signed", JUDGE(world, HOST, &self), BIT(SELF_SIGNED)},
        {"self-signed with strangers", JUDGE(world, HOST, &self, &world->inter), BIT(SELF_SIGNED)},
        {"its root sent", JUDGE(world, HOST, &stray, &world->foreign), BIT(UNTRUSTED_ROOT)},
        {"its root not sent", JUDGE(world, HOST, &stray), BIT(INCOMPLETE_CHAIN)},
        {"another root sent", JUDGE(world, HOST, &world->leaf, &world->foreign),
         BIT(INCOMPLETE_CHAIN)},
        {"the intermediate not sent", JUDGE(world, HOST, &world->leaf), BIT(INCOMPLETE_CHAIN)},
        {"only the root sent", JUDGE(world, HOST, &world->leaf, &world->root),
         BIT(INCOMPLETE_CHAIN)},
    };
    for (size_t i = 0; i < NUM(cases); i++) {
        print_message("%s\n", cases[i].name);
        assert_problems(cases[i].result.problems, cases[i].problems);
        assert_trusted(&cases[i].result, false);
    }
    made_free(&self);
    made_free(&stray);
}

static void a_self_signed_leaf_in_the_store_is_trusted(void **state)
{
    static const struct recipe recipes[] = {
        {.cn = "Self", .extensions = {SAN}},
        {.cn = "Self", .extensions = {SAN, KU}},
        {.cn = "Self", .extensions = {SAN, CA}},
    };
    (void)state;
    for (size_t i = 0; i < NUM(recipes); i++) {
        struct made self = make(&recipes[i]);
        const struct made *list[] = {&self};
        struct trust_store *store = make_store(list, 1);
        struct result result = judge_at(store, MAKER_NOW, HOST, list, 1);
        assert_problems(result.problems, 0);
        assert_trusted(&result, true);
        trust_store_free(store);
        made_free(&self);
    }
}

/* The same certificate with a bit of its signature turned. */
static struct text corrupt(const struct made *made, char *buffer, size_t size)
{
    assert_true(made->len <= size);
    memcpy(buffer, made->der, made->len);
    buffer[made->len - 4] ^= 1;
    return (struct text){buffer, made->len};
}

static void a_corrupted_signature_is_never_trusted(void **state)
{
    struct world *world = *state;
    char leaf[4096], inter[4096];
    struct made self = make(&(struct recipe){.cn = "Self", .extensions = {SAN}});
    char broken_self[4096];
    const struct text broken_leaf[] = {corrupt(&world->leaf, leaf, sizeof(leaf)),
                                       made_text(&world->inter)};
    const struct text broken_inter[] = {made_text(&world->leaf),
                                        corrupt(&world->inter, inter, sizeof(inter))};
    const struct text alone[] = {corrupt(&self, broken_self, sizeof(broken_self))};
    struct result results[] = {
        judge_texts(world->store, MAKER_NOW, HOST, broken_leaf, 2),
        judge_texts(world->store, MAKER_NOW, HOST, broken_inter, 2),
        judge_texts(world->store, MAKER_NOW, HOST, alone, 1),
    };
    for (size_t i = 0; i < NUM(results); i++) {
        assert_problems(results[i].problems, BIT(UNTRUSTED_ROOT));
        assert_trusted(&results[i], false);
    }
    made_free(&self);
}

static void a_trusted_way_is_found_beside_an_untrusted_one(void **state)
{
    struct world *world = *state;
    struct made by_foreign = make(&(struct recipe){
        .cn = "Cross", .issuer = &world->foreign, .extensions = {CA, SIGN, SKI, AKI}});
    struct made by_root = make(&(struct recipe){.cn = "Cross",
                                                .issuer = &world->root,
                                                .key = by_foreign.key,
                                                .extensions = {CA, SIGN, SKI, AKI}});
    struct made old = make(&(struct recipe){.cn = "Cross",
                                            .issuer = &world->root,
                                            .key = by_foreign.key,
                                            .from_day = -100,
                                            .to_day = -1,
                                            .extensions = {CA, SIGN, SKI, AKI}});
    struct made leaf =
        make(&(struct recipe){.cn = "Leaf", .issuer = &by_root, .extensions = {SAN, EKU, AKI}});
    struct result results[] = {
        JUDGE(world, HOST, &leaf, &by_foreign, &by_root),
        JUDGE(world, HOST, &leaf, &by_root, &by_foreign),
        JUDGE(world, HOST, &leaf, &by_foreign, &world->foreign, &by_root),
        JUDGE(world, HOST, &leaf, &old, &by_root),
    };
    for (size_t i = 0; i < NUM(results); i++) {
        assert_problems(results[i].problems, 0);
        assert_trusted(&results[i], true);
    }
    struct result only_foreign = JUDGE(world, HOST, &leaf, &by_foreign, &world->foreign);
    assert_problems(only_foreign.problems, BIT(UNTRUSTED_ROOT));
    struct result only_old = JUDGE(world, HOST, &leaf, &old);
    assert_problems(only_old.problems, BIT(EXPIRED));
    assert_trusted(&only_old, true);
    made_free(&by_foreign);
    made_free(&by_root);
    made_free(&old);
    made_free(&leaf);
}

static void of_several_valid_ways_the_one_without_weakness_counts(void **state)
{
    struct world *world = *state;
    struct made strong = make(
        &(struct recipe){.cn = "Twin", .issuer = &world->root, .extensions = {CA, SIGN, SKI, AKI}});
    struct made weak = make(&(struct recipe){.cn = "Twin",
                                             .issuer = &world->root,
                                             .key = strong.key,
                                             .digest = EVP_sha1(),
                                             .extensions = {CA, SIGN, SKI, AKI}});
    struct made old = make(&(struct recipe){.cn = "Twin",
                                            .issuer = &world->root,
                                            .key = strong.key,
                                            .from_day = -100,
                                            .to_day = -1,
                                            .extensions = {CA, SIGN, SKI, AKI}});
    struct made leaf =
        make(&(struct recipe){.cn = "Leaf", .issuer = &strong, .extensions = {SAN, EKU, AKI}});
    struct result results[] = {
        JUDGE(world, HOST, &leaf, &weak, &strong),
        JUDGE(world, HOST, &leaf, &strong, &weak),
        JUDGE(world, HOST, &leaf, &old, &weak, &strong),
    };
    for (size_t i = 0; i < NUM(results); i++) {
        assert_problems(results[i].problems, 0);
        assert_trusted(&results[i], true);
    }
    /* One that is weak is better than one that is out of date. */
    struct result lesser[] = {JUDGE(world, HOST, &leaf, &old, &weak),
                              JUDGE(world, HOST, &leaf, &weak, &old)};
    for (size_t i = 0; i < NUM(lesser); i++) {
        assert_problems(lesser[i].problems, BIT(WEAK_SIGNATURE));
        assert_trusted(&lesser[i], true);
    }
    made_free(&strong);
    made_free(&weak);
    made_free(&old);
    made_free(&leaf);
}

static void a_namesake_of_the_issuer_does_not_hide_it(void **state)
{
    struct world *world = *state;
    struct made twins[3];
    for (size_t i = 0; i < NUM(twins); i++) {
        twins[i] =
            make(&(struct recipe){.cn = "Twin", .issuer = &world->root, .extensions = {CA, SIGN}});
    }
    struct made leaf =
        make(&(struct recipe){.cn = "Leaf", .issuer = &twins[2], .extensions = {SAN, EKU}});
    struct result found = JUDGE(world, HOST, &leaf, &twins[0], &twins[1], &twins[2]);
    assert_problems(found.problems, 0);
    struct result missing = JUDGE(world, HOST, &leaf, &twins[0], &twins[1]);
    assert_problems(missing.problems, BIT(UNTRUSTED_ROOT));
    assert_trusted(&missing, false);
    made_free(&leaf);
    for (size_t i = 0; i < NUM(twins); i++) {
        made_free(&twins[i]);
    }
}

static void a_root_that_is_cross_signed_by_a_stranger_ends_the_path(void **state)
{
    struct world *world = *state;
    struct made cross = make(&(struct recipe){.cn = "Root",
                                              .issuer = &world->foreign,
                                              .key = world->root.key,
                                              .from_day = -100,
                                              .to_day = -1,
                                              .extensions = {CA, SIGN, SKI, AKI}});
    struct result result = JUDGE(world, HOST, &world->leaf, &world->inter, &cross, &world->foreign);
    assert_problems(result.problems, 0);
    made_free(&cross);
}

static void a_maze_of_namesakes_is_left_in_bounded_time(void **state)
{
    struct world *world = *state;
    struct made hall[31];
    const struct made *sent[32];
    /* All of them have the one name and sign each other: the number of paths is astronomic. */
    for (size_t i = 0; i < NUM(hall); i++) {
        hall[i] = make(&(struct recipe){
            .cn = "Hall", .issuer = i > 0 ? &hall[i - 1] : NULL, .extensions = {CA, SIGN}});
        sent[i + 1] = &hall[i];
    }
    struct made leaf =
        make(&(struct recipe){.cn = "Leaf", .issuer = &hall[30], .extensions = {SAN}});
    sent[0] = &leaf;
    struct result result = judge_at(world->store, MAKER_NOW, HOST, sent, 32);
    assert_open(&result, OUTCOME_CHAIN_TOO_LONG);
    assert_problems(result.problems, 0);
    made_free(&leaf);
    for (size_t i = 0; i < NUM(hall); i++) {
        made_free(&hall[i]);
    }
}

/* ---- Dates ---- */

static void dates_are_judged_apart_from_trust(void **state)
{
    struct world *world = *state;
    struct result late = JUDGE_DAY(world, 91, HOST, &world->leaf, &world->inter);
    assert_problems(late.problems, BIT(EXPIRED));
    assert_trusted(&late, true);
    assert_int_equal(late.record.days_left, -1);
    struct result early = JUDGE_DAY(world, -11, HOST, &world->leaf, &world->inter);
    assert_problems(early.problems, BIT(NOT_YET_VALID));
    assert_trusted(&early, true);
    struct result both = JUDGE_DAY(world, 2000, "x.example", &world->leaf);
    assert_problems(both.problems, BIT(EXPIRED) | BIT(INCOMPLETE_CHAIN) | BIT(NAME_MISMATCH));
}

static void the_first_and_the_last_second_are_valid(void **state)
{
    struct world *world = *state;
    const struct made *chain[] = {&world->leaf, &world->inter};
    int64_t first = MAKER_NOW - 10 * MAKER_DAY;
    int64_t last = MAKER_NOW + 90 * MAKER_DAY;
    assert_problems(judge_at(world->store, first - 1, HOST, chain, 2).problems, BIT(NOT_YET_VALID));
    assert_problems(judge_at(world->store, first, HOST, chain, 2).problems, 0);
    struct result at_end = judge_at(world->store, last, HOST, chain, 2);
    assert_problems(at_end.problems, 0);
    assert_int_equal(at_end.record.days_left, 0);
    struct result behind = judge_at(world->store, last + 1, HOST, chain, 2);
    assert_problems(behind.problems, BIT(EXPIRED));
    assert_int_equal(behind.record.days_left, -1);
}

static void an_intermediate_out_of_date_shows(void **state)
{
    struct world *world = *state;
    struct made inter = make(&(struct recipe){.cn = "Brief",
                                              .issuer = &world->root,
                                              .from_day = -20,
                                              .to_day = 5,
                                              .extensions = {CA, SIGN, SKI, AKI}});
    struct made leaf =
        make(&(struct recipe){.cn = "Leaf", .issuer = &inter, .extensions = {SAN, EKU, AKI}});
    struct result good = JUDGE(world, HOST, &leaf, &inter);
    assert_problems(good.problems, 0);
    struct result bad = JUDGE_DAY(world, 6, HOST, &leaf, &inter);
    assert_problems(bad.problems, BIT(EXPIRED));
    assert_true(bad.record.days_left > 0);
    made_free(&inter);
    made_free(&leaf);
}

/* ---- The chain's other answers and the store ---- */

static void a_chain_gives_back_what_was_sent(void **state)
{
    struct world *world = *state;
    const struct text sent[] = {made_text(&world->leaf), made_text(&world->inter)};
    struct chain_cache *cache = chain_cache_new(world->store, MAKER_NOW, 4);
    const struct chain *chain = chain_cache_get(cache, sent, 2);
    struct text spki;
    assert_int_equal(chain_num_certificates(chain), 2);
    for (size_t i = 0; i < 2; i++) {
        struct text certificate = chain_certificate(chain, i);
        assert_int_equal(certificate.len, sent[i].len);
        assert_memory_equal(certificate.bytes, sent[i].bytes, sent[i].len);
    }
    assert_null(chain_certificate(chain, 2).bytes);
    assert_false(chain_was_cut(chain));
    assert_false(chain_has_embedded_sct(chain));
    assert_true(chain_leaf_spki(chain, &spki));
    assert_int_equal(spki.len, 91);
    chain_release(cache, chain);
    chain_cache_free(cache);
}

static void embedded_timestamps_are_seen(void **state)
{
    struct world *world = *state;
    struct made leaf =
        make(&(struct recipe){.cn = "x",
                              .issuer = &world->inter,
                              .extensions = {SAN, {"1.3.6.1.4.1.11129.2.4.2", "DER:04:02:00:00"}}});
    struct text text = made_text(&leaf);
    struct chain_cache *cache = chain_cache_new(world->store, MAKER_NOW, 4);
    const struct chain *chain = chain_cache_get(cache, &text, 1);
    assert_true(chain_has_embedded_sct(chain));
    chain_release(cache, chain);
    chain_cache_free(cache);
    made_free(&leaf);
}

static void a_store_that_cannot_be_loaded_says_why(void **state)
{
    (void)state;
    static const char *const paths[] = {"/nonexistent/roots.pem", "/dev/null", "/proc/self/exe"};
    for (size_t i = 0; i < NUM(paths); i++) {
        char error[256] = "";
        assert_null(trust_store_new(paths[i], error, sizeof(error)));
        assert_non_null(strstr(error, paths[i]));
        assert_true(strlen(error) > strlen(paths[i]) + 4);
    }
    trust_store_free(NULL);
}

static void a_store_counts_its_roots(void **state)
{
    struct world *world = *state;
    const struct made *list[] = {&world->root, &world->foreign, &world->inter};
    struct trust_store *store = make_store(list, 3);
    assert_int_equal(trust_store_num_roots(store), 2);
    /* The intermediate of the file helps, but is no root. */
    const struct made *sent[] = {&world->leaf};
    assert_problems(judge_at(store, MAKER_NOW, HOST, sent, 1).problems, 0);
    trust_store_free(store);
    const struct made *without_root[] = {&world->foreign, &world->inter};
    store = make_store(without_root, 2);
    assert_problems(judge_at(store, MAKER_NOW, HOST, sent, 1).problems, BIT(INCOMPLETE_CHAIN));
    trust_store_free(store);
}

/* Loads the roots of a file of one certificate, made in memory, beside those that are there. */
static bool add_root(struct trust_store *store, const struct made *root)
{
    char path[64];
    char error[256] = "";
    int fd = memfd_create("root", 0);
    assert_true(fd >= 0);
    FILE *file = fdopen(dup(fd), "w");
    assert_non_null(file);
    assert_true(PEM_write_X509(file, root->x509));
    assert_int_equal(fclose(file), 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    bool ok = trust_store_add_roots(store, path, error, sizeof(error));
    close(fd);
    return ok;
}

static void more_roots_are_trusted_beside_those_that_are_there(void **state)
{
    struct world *world = *state;
    const struct made *first[] = {&world->foreign};
    struct trust_store *store = make_store(first, 1);
    const struct made *sent[] = {&world->leaf, &world->inter};
    assert_problems(judge_at(store, MAKER_NOW, HOST, sent, 2).problems, BIT(INCOMPLETE_CHAIN));
    assert_true(add_root(store, &world->root));
    assert_int_equal(trust_store_num_roots(store), 2);
    assert_problems(judge_at(store, MAKER_NOW, HOST, sent, 2).problems, 0);
    trust_store_free(store);
}

/* Of a file without any self-signed certificate each one is a root, whatever was loaded before. */
static void an_anchor_that_is_not_self_signed_is_a_root_too(void **state)
{
    struct world *world = *state;
    const struct made *first[] = {&world->foreign, &world->inter};
    struct trust_store *store = make_store(first, 2);
    const struct made *sent[] = {&world->leaf};
    assert_problems(judge_at(store, MAKER_NOW, HOST, sent, 1).problems, BIT(INCOMPLETE_CHAIN));
    assert_true(add_root(store, &world->inter));
    assert_int_equal(trust_store_num_roots(store), 2);
    assert_problems(judge_at(store, MAKER_NOW, HOST, sent, 1).problems, 0);
    trust_store_free(store);
}

static void more_roots_that_cannot_be_loaded_say_why(void **state)
{
    struct world *world = *state;
    static const char *const paths[] = {"/nonexistent/roots.pem", "/dev/null", "/proc/self/exe"};
    const struct made *first[] = {&world->root};
    struct trust_store *store = make_store(first, 1);
    for (size_t i = 0; i < NUM(paths); i++) {
        char error[256] = "";
        assert_false(trust_store_add_roots(store, paths[i], error, sizeof(error)));
        assert_non_null(strstr(error, paths[i]));
        assert_true(strlen(error) > strlen(paths[i]) + 4);
    }
    assert_int_equal(trust_store_num_roots(store), 1);
    trust_store_free(store);
}

/* Only the system's roots are those of public CAs, which have promised a limit of validity. */
static void more_roots_are_not_public(void **state)
{
    struct world *world = *state;
    char error[256] = "";
    struct trust_store *store = trust_store_new(NULL, error, sizeof(error));
    if (store == NULL) {
        skip(); /* this machine has no bundle */
    }
    assert_true(add_root(store, &world->root));
    const struct member_list *roots = trust_store_roots(store);
    assert_true(trust_store_is_public(store, &roots->members[0]));
    assert_true(trust_store_is_public(store, &roots->members[roots->num_members - 2]));
    assert_false(trust_store_is_public(store, &roots->members[roots->num_members - 1]));
    const struct made *sent[] = {&world->leaf, &world->inter};
    struct result result = judge_at(store, MAKER_NOW, HOST, sent, 2);
    assert_problems(result.problems, 0);
    assert_int_equal(result.record.validity_limit, 0);
    trust_store_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_chain_has_no_problem_and_its_fields_are_right),
        cmocka_unit_test(a_judgement_leaves_staple_and_sct_alone),
        cmocka_unit_test(order_duplicates_strangers_and_the_root_do_not_hurt),
        cmocka_unit_test(of_forty_certificates_the_first_thirty_two_count),
        cmocka_unit_test(chains_without_a_trusted_root_are_told_apart),
        cmocka_unit_test(a_self_signed_leaf_in_the_store_is_trusted),
        cmocka_unit_test(a_corrupted_signature_is_never_trusted),
        cmocka_unit_test(a_trusted_way_is_found_beside_an_untrusted_one),
        cmocka_unit_test(of_several_valid_ways_the_one_without_weakness_counts),
        cmocka_unit_test(a_namesake_of_the_issuer_does_not_hide_it),
        cmocka_unit_test(a_root_that_is_cross_signed_by_a_stranger_ends_the_path),
        cmocka_unit_test(a_maze_of_namesakes_is_left_in_bounded_time),
        cmocka_unit_test(dates_are_judged_apart_from_trust),
        cmocka_unit_test(the_first_and_the_last_second_are_valid),
        cmocka_unit_test(an_intermediate_out_of_date_shows),
        cmocka_unit_test(a_chain_gives_back_what_was_sent),
        cmocka_unit_test(embedded_timestamps_are_seen),
        cmocka_unit_test(a_store_that_cannot_be_loaded_says_why),
        cmocka_unit_test(a_store_counts_its_roots),
        cmocka_unit_test(more_roots_are_trusted_beside_those_that_are_there),
        cmocka_unit_test(an_anchor_that_is_not_self_signed_is_a_root_too),
        cmocka_unit_test(more_roots_that_cannot_be_loaded_say_why),
        cmocka_unit_test(more_roots_are_not_public),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
