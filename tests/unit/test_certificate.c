/*
 * Certificates: each verdict alone and beside others, both ways; paths through whatever a server
 * sends; and bytes that are no certificate.
 */
#include "scanner/certificate.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "scanner/certificate_der.h"
#include "tests/unit/certificate_maker.h"

#include <openssl/bytestring.h>

#define HOST "mx.example.org"
#define SAN  {"subjectAltName", "DNS:" HOST ",DNS:*.wild.example.org,IP:192.0.2.25,IP:2001:db8::25"}
#define EKU  {"extendedKeyUsage", "serverAuth"}
#define KU   {"keyUsage", "critical,digitalSignature"}
#define AKI  {"authorityKeyIdentifier", "keyid"}
#define SKI  {"subjectKeyIdentifier", "hash"}
#define CA   {"basicConstraints", "critical,CA:TRUE"}
#define SIGN {"keyUsage", "critical,keyCertSign,cRLSign"}

#define BIT(problem) CERTIFICATE_PROBLEM_BIT(CERTIFICATE_##problem)

struct world {
    struct made root;
    struct made inter;
    struct made leaf;
    struct made foreign; /* a root that is not in the store */
    struct trust_store *store;
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    world->root = make(&(struct recipe){
        .cn = "Root", .from_day = -1000, .to_day = 3000, .extensions = {CA, SIGN, SKI}});
    world->foreign = make(&(struct recipe){
        .cn = "Foreign", .from_day = -1000, .to_day = 3000, .extensions = {CA, SIGN, SKI}});
    world->inter = make(&(struct recipe){.cn = "Inter",
                                         .issuer = &world->root,
                                         .from_day = -500,
                                         .to_day = 1000,
                                         .extensions = {CA, SIGN, SKI, AKI}});
    world->leaf = make(&(struct recipe){
        .cn = "Leaf", .issuer = &world->inter, .extensions = {SAN, EKU, KU, AKI}});
    const struct made *roots[] = {&world->root};
    world->store = make_store(roots, 1);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    made_free(&world->root);
    made_free(&world->inter);
    made_free(&world->leaf);
    made_free(&world->foreign);
    trust_store_free(world->store);
    free(world);
    return 0;
}

/* What came out, copied, since a record borrows from its chain. */
struct result {
    uint32_t problems;
    struct certificate_record record;
    char subject[512];
    char issuer[512];
    char names[16][128];
    size_t name_lens[16];
    char key[64];
    char signature[64];
    char weakest[64];
};

static void copy_text(char *out, size_t size, struct text text)
{
    assert_true(text.len < size);
    if (text.len > 0) {
        memcpy(out, text.bytes, text.len);
    }
    out[text.len] = '\0';
}

static void copy_string(char *out, size_t size, const char *string)
{
    snprintf(out, size, "%s", string != NULL ? string : "");
}

static struct result judge_texts(const struct trust_store *store, int64_t now, const char *host,
                                 const struct text *certificates, size_t num)
{
    struct result result = {0};
    struct chain_cache *cache = chain_cache_new(store, now, 4);
    const struct chain *chain = chain_cache_get(cache, certificates, num);
    assert_non_null(chain);
    certificate_judge(chain, host, &result.record);
    result.problems = result.record.problems;
    copy_text(result.subject, sizeof(result.subject), result.record.subject);
    copy_text(result.issuer, sizeof(result.issuer), result.record.issuer);
    for (size_t i = 0; i < result.record.num_names && i < 16; i++) {
        copy_text(result.names[i], sizeof(result.names[i]), result.record.names[i]);
        result.name_lens[i] = result.record.names[i].len;
    }
    copy_string(result.key, sizeof(result.key), result.record.key);
    copy_string(result.signature, sizeof(result.signature), result.record.signature);
    copy_string(result.weakest, sizeof(result.weakest), result.record.weakest_signature);
    chain_release(cache, chain);
    chain_cache_free(cache);
    return result;
}

static struct result judge_at(const struct trust_store *store, int64_t now, const char *host,
                              const struct made *const *made, size_t num)
{
    struct text certificates[64];
    assert_true(num <= 64);
    for (size_t i = 0; i < num; i++) {
        certificates[i] = made_text(made[i]);
    }
    return judge_texts(store, now, host, certificates, num);
}

#define NUM(array) (sizeof(array) / sizeof((array)[0]))
#define JUDGE(world, host, ...)                                                                    \
    judge_at((world)->store, MAKER_NOW, (host), (const struct made *const[]){__VA_ARGS__},         \
             NUM(((const struct made *const[]){__VA_ARGS__})))
#define JUDGE_DAY(world, day, host, ...)                                                           \
    judge_at((world)->store, MAKER_NOW + (int64_t)(day)*MAKER_DAY, (host),                         \
             (const struct made *const[]){__VA_ARGS__},                                            \
             NUM(((const struct made *const[]){__VA_ARGS__})))

static void assert_problems(uint32_t found, uint32_t expected)
{
    for (unsigned i = 0; i < CERTIFICATE_PROBLEM_COUNT; i++) {
        if (((found ^ expected) >> i & 1) != 0) {
            fail_msg("%s: %s", certificate_problem_name((enum certificate_problem)i),
                     (found >> i & 1) != 0 ? "found" : "not found");
        }
    }
}

static void assert_trusted(const struct result *result, bool trusted)
{
    assert_int_equal(result->record.trusted.value, trusted ? TRI_YES : TRI_NO);
}

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
    struct certificate_record record = {.ocsp_staple = {.value = TRI_YES}, .sct = {.value = TRI_NO}};
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
    struct made sub = make(&(struct recipe){
        .cn = "Sub", .issuer = &world->inter, .extensions = {CA, SIGN, SKI, AKI}});
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
    assert_problems(result.problems, BIT(INCOMPLETE_CHAIN));
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

static void a_root_that_is_cross_signed_by_a_stranger_ends_the_path(void **state)
{
    struct world *world = *state;
    struct made cross = make(&(struct recipe){.cn = "Root",
                                              .issuer = &world->foreign,
                                              .key = world->root.key,
                                              .from_day = -100,
                                              .to_day = -1,
                                              .extensions = {CA, SIGN, SKI, AKI}});
    struct result result =
        JUDGE(world, HOST, &world->leaf, &world->inter, &cross, &world->foreign);
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
    assert_trusted(&result, false);
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

static void times_are_read_in_every_form(void **state)
{
    static const struct {
        const char *text;
        unsigned tag;
        bool ok;
        int64_t seconds;
    } cases[] = {
        {"700101000000Z", CBS_ASN1_UTCTIME, true, 0},
        {"491231235959Z", CBS_ASN1_UTCTIME, true, 2524607999},
        {"500101000000Z", CBS_ASN1_UTCTIME, true, -631152000},
        {"000229120000Z", CBS_ASN1_UTCTIME, true, 951825600},
        {"0002291200Z", CBS_ASN1_UTCTIME, true, 951825600},
        {"000229120000+0130", CBS_ASN1_UTCTIME, true, 951820200},
        {"000229120000-0130", CBS_ASN1_UTCTIME, true, 951831000},
        {"99991231235959Z", CBS_ASN1_GENERALIZEDTIME, true, 253402300799},
        {"00000101000000Z", CBS_ASN1_GENERALIZEDTIME, true, -62167219200},
        {"20270115080000Z", CBS_ASN1_GENERALIZEDTIME, true, MAKER_NOW},
        {"010229120000Z", CBS_ASN1_UTCTIME, false, 0},
        {"001301120000Z", CBS_ASN1_UTCTIME, false, 0},
        {"000001120000Z", CBS_ASN1_UTCTIME, false, 0},
        {"000100120000Z", CBS_ASN1_UTCTIME, false, 0},
        {"000101240000Z", CBS_ASN1_UTCTIME, false, 0},
        {"000101006000Z", CBS_ASN1_UTCTIME, false, 0},
        {"000101000060Z", CBS_ASN1_UTCTIME, false, 0},
        {"000101000000", CBS_ASN1_UTCTIME, false, 0},
        {"000101000000ZZ", CBS_ASN1_UTCTIME, false, 0},
        {"000101000000+24", CBS_ASN1_UTCTIME, false, 0},
        {"20270115080000.5Z", CBS_ASN1_GENERALIZEDTIME, false, 0},
        {"", CBS_ASN1_UTCTIME, false, 0},
        {"Z", CBS_ASN1_UTCTIME, false, 0},
        {"today", CBS_ASN1_GENERALIZEDTIME, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < NUM(cases); i++) {
        struct text text = {cases[i].text, strlen(cases[i].text)};
        int64_t seconds = 0;
        bool ok = certificate_der_time(text, cases[i].tag, &seconds);
        if (ok != cases[i].ok || seconds != cases[i].seconds) {
            fail_msg("%s: %d, %lld", cases[i].text, ok, (long long)seconds);
        }
    }
}

/* ---- Keys and signatures ---- */

static void weak_keys_and_signatures_show_wherever_they_are(void **state)
{
    struct world *world = *state;
    struct made weak_inter = make(&(struct recipe){.cn = "Weak",
                                                   .issuer = &world->root,
                                                   .kind = MAKER_RSA1024,
                                                   .extensions = {CA, SIGN, SKI, AKI}});
    struct made sha1_inter = make(&(struct recipe){.cn = "Old",
                                                   .issuer = &world->root,
                                                   .digest = EVP_sha1(),
                                                   .extensions = {CA, SIGN, SKI, AKI}});
    struct made rsa = make(&(struct recipe){.cn = "Leaf",
                                            .issuer = &world->inter,
                                            .kind = MAKER_RSA2048,
                                            .extensions = {SAN, EKU, AKI}});
    struct made small = make(&(struct recipe){.cn = "Leaf",
                                              .issuer = &world->inter,
                                              .kind = MAKER_RSA1024,
                                              .extensions = {SAN, EKU, AKI}});
    struct made sha1 = make(&(struct recipe){.cn = "Leaf",
                                             .issuer = &world->inter,
                                             .digest = EVP_sha1(),
                                             .extensions = {SAN, EKU, AKI}});
    struct made under_weak = make(&(struct recipe){
        .cn = "Leaf", .issuer = &weak_inter, .kind = MAKER_P384, .extensions = {SAN, EKU, AKI}});
    struct made under_sha1 =
        make(&(struct recipe){.cn = "Leaf", .issuer = &sha1_inter, .extensions = {SAN, AKI}});
    struct {
        const char *name;
        struct result result;
        uint32_t problems;
        unsigned rsa_bits;
        const char *key;
        const char *weakest;
    } cases[] = {
        {"RSA 2048", JUDGE(world, HOST, &rsa, &world->inter), 0, 2048, "RSA", "ecdsa-with-SHA256"},
        {"RSA 1024", JUDGE(world, HOST, &small, &world->inter), BIT(WEAK_KEY), 1024, "RSA",
         "ecdsa-with-SHA256"},
        {"SHA-1", JUDGE(world, HOST, &sha1, &world->inter), BIT(WEAK_SIGNATURE), 0, "ECDSA P-256",
         "ecdsa-with-SHA1"},
        {"RSA 1024 above", JUDGE(world, HOST, &under_weak, &weak_inter), BIT(WEAK_KEY), 1024,
         "ECDSA P-384", "sha256WithRSAEncryption"},
        {"SHA-1 above", JUDGE(world, HOST, &under_sha1, &sha1_inter), BIT(WEAK_SIGNATURE), 0,
         "ECDSA P-256", "ecdsa-with-SHA1"},
        {"weak ones that are not of the path",
         JUDGE(world, HOST, &world->leaf, &world->inter, &weak_inter, &sha1_inter), 0, 0,
         "ECDSA P-256", "ecdsa-with-SHA256"},
    };
    for (size_t i = 0; i < NUM(cases); i++) {
        print_message("%s\n", cases[i].name);
        assert_problems(cases[i].result.problems, cases[i].problems);
        assert_trusted(&cases[i].result, true);
        assert_int_equal(cases[i].result.record.smallest_rsa_bits, cases[i].rsa_bits);
        assert_string_equal(cases[i].result.key, cases[i].key);
        assert_string_equal(cases[i].result.weakest, cases[i].weakest);
    }
    struct made *all[] = {&weak_inter, &sha1_inter, &rsa, &small, &sha1, &under_weak, &under_sha1};
    for (size_t i = 0; i < NUM(all); i++) {
        made_free(all[i]);
    }
}

static void a_root_may_be_small_and_signed_with_sha1(void **state)
{
    (void)state;
    struct made root = make(&(struct recipe){.cn = "Old root",
                                             .kind = MAKER_RSA1024,
                                             .digest = EVP_sha1(),
                                             .extensions = {CA, SIGN, SKI}});
    struct made leaf =
        make(&(struct recipe){.cn = "Leaf", .issuer = &root, .extensions = {SAN, EKU, AKI}});
    const struct made *roots[] = {&root};
    const struct made *sent[] = {&leaf, &root};
    struct trust_store *store = make_store(roots, 1);
    assert_problems(judge_at(store, MAKER_NOW, HOST, sent, 1).problems, 0);
    assert_problems(judge_at(store, MAKER_NOW, HOST, sent, 2).problems, 0);
    trust_store_free(store);
    made_free(&root);
    made_free(&leaf);
}

/* Replaces each occurrence of one run of bytes by another of the same length. */
static size_t replace(uint8_t *bytes, size_t len, const void *from, const void *to, size_t run)
{
    size_t count = 0;
    for (size_t i = 0; i + run <= len; i++) {
        if (memcmp(bytes + i, from, run) == 0) {
            memcpy(bytes + i, to, run);
            count++;
        }
    }
    return count;
}

static void an_md5_signature_is_weak_and_proves_nothing(void **state)
{
    (void)state;
    static const uint8_t sha256[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b};
    static const uint8_t md5[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04};
    struct made root = make(
        &(struct recipe){.cn = "Root", .kind = MAKER_RSA2048, .extensions = {CA, SIGN, SKI}});
    struct made leaf =
        make(&(struct recipe){.cn = "Leaf", .issuer = &root, .extensions = {SAN, EKU, AKI}});
    const struct made *roots[] = {&root};
    struct trust_store *store = make_store(roots, 1);
    assert_int_equal(replace(leaf.der, leaf.len, sha256, md5, sizeof(md5)), 2);
    struct text text = made_text(&leaf);
    struct result result = judge_texts(store, MAKER_NOW, HOST, &text, 1);
    assert_problems(result.problems, BIT(WEAK_SIGNATURE) | BIT(UNTRUSTED_ROOT));
    assert_trusted(&result, false);
    assert_string_equal(result.weakest, "md5WithRSAEncryption");
    trust_store_free(store);
    made_free(&root);
    made_free(&leaf);
}

static void keys_that_the_library_does_not_know_have_a_name(void **state)
{
    struct world *world = *state;
    static const struct {
        uint8_t curve[8];
        const char *key;
        unsigned bits;
        uint32_t problems;
    } cases[] = {
        {{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}, "ECDSA P-256", 256, 0},
        {{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01}, "ECDSA P-192", 192, BIT(WEAK_KEY)},
        {{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x55}, "ECDSA 1.2.840.10045.3.1.85", 256, 0},
    };
    for (size_t i = 0; i < NUM(cases); i++) {
        struct made self = make(&(struct recipe){.cn = "Self", .extensions = {SAN}});
        assert_int_equal(replace(self.der, self.len, cases[0].curve, cases[i].curve, 8), 1);
        struct text text = made_text(&self);
        struct result result = judge_texts(world->store, MAKER_NOW, HOST, &text, 1);
        assert_string_equal(result.key, cases[i].key);
        assert_int_equal(result.record.key_bits, cases[i].bits);
        assert_int_equal(result.problems & BIT(WEAK_KEY), cases[i].problems);
        assert_string_equal(result.subject, "CN=Self");
        made_free(&self);
    }
    struct made edwards = make(&(struct recipe){.cn = "Leaf",
                                                .issuer = &world->inter,
                                                .kind = MAKER_ED25519,
                                                .extensions = {SAN, EKU, AKI}});
    struct result result = JUDGE(world, HOST, &edwards, &world->inter);
    assert_problems(result.problems, 0);
    assert_string_equal(result.key, "Ed25519");
    static const uint8_t ed25519[] = {0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70};
    static const uint8_t ed448[] = {0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x71};
    assert_int_equal(replace(edwards.der, edwards.len, ed25519, ed448, sizeof(ed448)), 1);
    struct text text = made_text(&edwards);
    result = judge_texts(world->store, MAKER_NOW, HOST, &text, 1);
    assert_string_equal(result.key, "Ed448");
    made_free(&edwards);
}

/* ---- Purpose and constraints ---- */

static void purposes_and_constraints_are_told_apart(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *name;
        struct recipe inter; /* used if it has a name */
        struct recipe leaf;
        uint32_t problems;
    } cases[] = {
        {"no purposes named", {0}, {.extensions = {SAN}}, 0},
        {"any purpose", {0}, {.extensions = {SAN, {"extendedKeyUsage", "anyExtendedKeyUsage"}}}, 0},
        {"clients only",
         {0},
         {.extensions = {SAN, {"extendedKeyUsage", "clientAuth"}}},
         BIT(BAD_PURPOSE)},
        {"signing certificates only",
         {0},
         {.extensions = {SAN, {"keyUsage", "critical,keyCertSign"}}},
         BIT(BAD_PURPOSE)},
        {"any purpose, but signing certificates only",
         {0},
         {.extensions = {SAN,
                         {"extendedKeyUsage", "anyExtendedKeyUsage"},
                         {"keyUsage", "critical,keyCertSign"}}},
         BIT(BAD_PURPOSE)},
        {"an intermediate for servers",
         {.cn = "I", .extensions = {CA, SIGN, {"extendedKeyUsage", "serverAuth,clientAuth"}}},
         {.extensions = {SAN}},
         0},
        {"an intermediate for mail",
         {.cn = "I", .extensions = {CA, SIGN, {"extendedKeyUsage", "emailProtection"}}},
         {.extensions = {SAN}},
         BIT(BAD_PURPOSE)},
        {"an intermediate for any purpose",
         {.cn = "I", .extensions = {CA, SIGN, {"extendedKeyUsage", "anyExtendedKeyUsage"}}},
         {.extensions = {SAN}},
         0},
        {"an intermediate that is no CA",
         {.cn = "I", .extensions = {{"basicConstraints", "critical,CA:FALSE"}}},
         {.extensions = {SAN}},
         BIT(CONSTRAINT_VIOLATION)},
        {"an intermediate that may not sign",
         {.cn = "I", .extensions = {CA, {"keyUsage", "critical,digitalSignature"}}},
         {.extensions = {SAN}},
         BIT(CONSTRAINT_VIOLATION)},
        {"a name inside of the constraint",
         {.cn = "I",
          .extensions = {CA, SIGN, {"nameConstraints", "critical,permitted;DNS:example.org"}}},
         {.extensions = {{"subjectAltName", "DNS:" HOST}}},
         0},
        {"a name outside of the constraint",
         {.cn = "I",
          .extensions = {CA, SIGN, {"nameConstraints", "critical,permitted;DNS:example.net"}}},
         {.extensions = {{"subjectAltName", "DNS:" HOST}}},
         BIT(CONSTRAINT_VIOLATION)},
        {"an excluded name",
         {.cn = "I",
          .extensions = {CA, SIGN, {"nameConstraints", "critical,excluded;DNS:example.org"}}},
         {.extensions = {{"subjectAltName", "DNS:" HOST}}},
         BIT(CONSTRAINT_VIOLATION)},
        {"an unknown extension",
         {0},
         {.extensions = {SAN, {"1.3.6.1.4.1.99999.1", "DER:05:00"}}},
         0},
        {"an unknown critical extension",
         {0},
         {.extensions = {SAN, {"1.3.6.1.4.1.99999.1", "critical,DER:05:00"}}},
         BIT(CONSTRAINT_VIOLATION)},
        {"a path length without being a CA",
         {0},
         {.extensions = {SAN, {"basicConstraints", "critical,CA:FALSE,pathlen:0"}}},
         BIT(CONSTRAINT_VIOLATION)},
        {"both a purpose and a constraint",
         {0},
         {.extensions = {SAN,
                         {"extendedKeyUsage", "clientAuth"},
                         {"1.3.6.1.4.1.99999.1", "critical,DER:05:00"}}},
         BIT(CONSTRAINT_VIOLATION) | BIT(BAD_PURPOSE)},
        {"a broken extension",
         {0},
         {.extensions = {SAN, {"2.5.29.15", "DER:05:00"}}},
         BIT(UNPARSABLE)},
    };
    for (size_t i = 0; i < NUM(cases); i++) {
        struct recipe inter_recipe = cases[i].inter;
        struct recipe leaf_recipe = cases[i].leaf;
        bool has_inter = inter_recipe.cn != NULL;
        inter_recipe.issuer = &world->root;
        struct made inter = has_inter ? make(&inter_recipe) : (struct made){0};
        leaf_recipe.issuer = has_inter ? &inter : &world->inter;
        struct made leaf = make(&leaf_recipe);
        struct result result = JUDGE(world, HOST, &leaf, has_inter ? &inter : &world->inter);
        print_message("%s\n", cases[i].name);
        assert_problems(result.problems, cases[i].problems);
        assert_trusted(&result, cases[i].problems == 0);
        made_free(&leaf);
        if (has_inter) {
            made_free(&inter);
        }
    }
}

static void purposes_show_also_where_the_chain_leads_nowhere(void **state)
{
    struct world *world = *state;
    struct made client = make(&(struct recipe){.cn = "Leaf",
                                               .issuer = &world->foreign,
                                               .from_day = -20,
                                               .to_day = -10,
                                               .kind = MAKER_RSA1024,
                                               .extensions = {{"extendedKeyUsage", "clientAuth"}}});
    struct result incomplete = JUDGE(world, HOST, &client);
    assert_problems(incomplete.problems, BIT(INCOMPLETE_CHAIN) | BIT(BAD_PURPOSE) | BIT(EXPIRED) |
                                             BIT(WEAK_KEY) | BIT(NAME_MISMATCH));
    struct result foreign = JUDGE(world, HOST, &client, &world->foreign);
    assert_problems(foreign.problems, BIT(UNTRUSTED_ROOT) | BIT(BAD_PURPOSE) | BIT(EXPIRED) |
                                          BIT(WEAK_KEY) | BIT(NAME_MISMATCH));
    struct made self =
        make(&(struct recipe){.cn = HOST, .extensions = {{"extendedKeyUsage", "clientAuth"}}});
    struct result alone = JUDGE(world, HOST, &self);
    assert_problems(alone.problems,
                    BIT(SELF_SIGNED) | BIT(BAD_PURPOSE) | BIT(NAME_MISMATCH) | BIT(CN_ONLY));
    made_free(&client);
    made_free(&self);
}

/* ---- Names ---- */

static void names_match_as_rfc_9525_says(void **state)
{
    static const struct {
        const char *pattern;
        const char *host;
        bool match;
    } cases[] = {
        {"mx.example.org", "mx.example.org", true},
        {"MX.Example.ORG", "mx.example.org", true},
        {"mx.example.org", "MX.EXAMPLE.ORG", true},
        {"mx.example.org", "mx.example.net", false},
        {"example.org", "mx.example.org", false},
        {"mx.example.org", "example.org", false},
        {"*.example.org", "mx.example.org", true},
        {"*.example.org", "MX.EXAMPLE.ORG", true},
        {"*.EXAMPLE.org", "xn--mnchen-3ya.example.org", true},
        {"*.example.org", "example.org", false},
        {"*.example.org", ".example.org", false},
        {"*.example.org", "a.b.example.org", false},
        {"*.org", "example.org", true},
        {"*.org", "mx.example.org", false},
        {"*", "localhost", false},
        {"*.", "localhost.", false},
        {"*.", "localhost", false},
        {"m*.example.org", "mx.example.org", false},
        {"*x.example.org", "mx.example.org", false},
        {"mx.*.org", "mx.example.org", false},
        {"mx.example.*", "mx.example.org", false},
        {"*.*.org", "mx.example.org", false},
        {"**.example.org", "mx.example.org", false},
        {"*.example.org.", "mx.example.org", false},
        {"mx.example.org.", "mx.example.org", false},
        {"192.0.2.1", "192.0.2.1", false},
        {"*.0.2.1", "192.0.2.1", false},
        {"", "mx.example.org", false},
        {"mx.example.org", "", false},
        {"*.example.org", "*.example.org", true},
        {"_smtp.example.org", "_smtp.example.org", true},
        {"m\xc3\xbcnchen.example", "xn--mnchen-3ya.example", false},
    };
    (void)state;
    for (size_t i = 0; i < NUM(cases); i++) {
        bool match =
            certificate_name_matches(cases[i].pattern, strlen(cases[i].pattern), cases[i].host);
        if (match != cases[i].match) {
            fail_msg("%s for %s: %d", cases[i].pattern, cases[i].host, match);
        }
    }
    assert_false(certificate_name_matches("mx.example.org\0", 15, "mx.example.org"));
    assert_false(certificate_name_matches("mx.example.org\0.evil.example", 28, "mx.example.org"));
    assert_false(certificate_name_matches("*.example.org\0", 14, "mx.example.org"));
}

static void the_common_name_is_no_name(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *cn;
        const char *san;
        const char *host;
        uint32_t problems;
    } cases[] = {
        {HOST, NULL, HOST, BIT(NAME_MISMATCH) | BIT(CN_ONLY)},
        {"*.example.org", NULL, HOST, BIT(NAME_MISMATCH) | BIT(CN_ONLY)},
        {HOST, "DNS:other.example.org", HOST, BIT(NAME_MISMATCH) | BIT(CN_ONLY)},
        {HOST, "DNS:" HOST, HOST, 0},
        {"other", "DNS:" HOST, HOST, 0},
        {"other", NULL, HOST, BIT(NAME_MISMATCH)},
        {NULL, "DNS:" HOST, HOST, 0},
        {NULL, NULL, HOST, BIT(NAME_MISMATCH)},
        {"x", "IP:192.0.2.1", "192.0.2.1", 0},
        {"x", "IP:192.0.2.1", "192.0.2.2", BIT(NAME_MISMATCH)},
        {"x", "DNS:192.0.2.1", "192.0.2.1", BIT(NAME_MISMATCH)},
        {"192.0.2.1", NULL, "192.0.2.1", BIT(NAME_MISMATCH) | BIT(CN_ONLY)},
        {"x", "IP:2001:db8::1", "2001:DB8:0::1", 0},
        {"x", "email:a@mx.example.org,URI:https://mx.example.org", HOST, BIT(NAME_MISMATCH)},
        {"x", "DNS:" HOST, NULL, 0},
        {"x", "DNS:a.example,DNS:b.example,DNS:" HOST, HOST, 0},
    };
    for (size_t i = 0; i < NUM(cases); i++) {
        struct recipe recipe = {.cn = cases[i].cn, .issuer = &world->inter};
        if (cases[i].san != NULL) {
            recipe.extensions[0].name = "subjectAltName";
            recipe.extensions[0].value = cases[i].san;
        }
        struct made leaf = make(&recipe);
        struct result result = JUDGE(world, cases[i].host, &leaf, &world->inter);
        print_message("%s, %s for %s\n", cases[i].cn, cases[i].san, cases[i].host);
        assert_problems(result.problems, cases[i].problems);
        assert_int_equal(result.record.name_checked, cases[i].host != NULL);
        made_free(&leaf);
    }
}

static void a_nul_in_a_name_matches_nothing_and_is_kept(void **state)
{
    struct world *world = *state;
    /* SEQUENCE { [2] "mx.example.org\0.evil" } */
    struct made leaf = make(&(struct recipe){
        .cn = "x",
        .issuer = &world->inter,
        .extensions = {{"2.5.29.17", "DER:30:16:82:14:6d:78:2e:65:78:61:6d:70:6c:65:2e:6f:72:67:00:"
                                     "2e:65:76:69:6c"}}});
    struct result result = JUDGE(world, HOST, &leaf, &world->inter);
    assert_int_equal(result.record.name_match.value, TRI_NO);
    assert_true((result.problems & BIT(NAME_MISMATCH)) != 0);
    assert_int_equal(result.record.num_names, 1);
    assert_int_equal(result.name_lens[0], 20);
    assert_memory_equal(result.names[0], "mx.example.org\0.evil", 20);
    made_free(&leaf);
}

static void a_broken_list_of_names_matches_nothing(void **state)
{
    struct world *world = *state;
    static const char *const lists[] = {
        "DER:30:10:82:0e:6d:78:2e:65:78:61:6d:70:6c:65:2e:6f:72:67:00", /* more behind it */
        "DER:30:11:82:0e:6d:78:2e:65:78:61:6d:70:6c:65:2e:6f:72:67:82", /* half an entry */
        "DER:05:00",
    };
    for (size_t i = 0; i < NUM(lists); i++) {
        struct made leaf = make(&(struct recipe){
            .cn = "x", .issuer = &world->inter, .extensions = {{"2.5.29.17", lists[i]}}});
        struct result result = JUDGE(world, HOST, &leaf, &world->inter);
        assert_int_equal(result.record.name_match.value, TRI_NO);
        assert_true((result.problems & BIT(UNPARSABLE)) != 0);
        assert_trusted(&result, false);
        made_free(&leaf);
    }
}

static void more_names_than_are_kept_still_match(void **state)
{
    struct world *world = *state;
    char san[16 * 400];
    size_t len = 0;
    for (unsigned i = 0; i < 300; i++) {
        len += (size_t)snprintf(san + len, sizeof(san) - len, "DNS:h%u.example,", i);
    }
    snprintf(san + len, sizeof(san) - len, "DNS:" HOST);
    struct recipe recipe = {.cn = "x", .issuer = &world->inter};
    recipe.extensions[0].name = "subjectAltName";
    recipe.extensions[0].value = san;
    struct made leaf = make(&recipe);
    struct result result = JUDGE(world, HOST, &leaf, &world->inter);
    assert_problems(result.problems, 0);
    assert_int_equal(result.record.num_names, CERTIFICATE_NAMES_MAX);
    made_free(&leaf);
}

/* ---- Distinguished names ---- */

static void subjects_are_text_whatever_their_encoding(void **state)
{
    struct world *world = *state;
    static const struct {
        int type;
        const char *bytes;
        int len;
        const char *text;
    } cases[] = {
        {V_ASN1_UTF8STRING, "M\xc3\xbcller", 7, "CN=M\xc3\xbcller"},
        {V_ASN1_PRINTABLESTRING, "plain", 5, "CN=plain"},
        {V_ASN1_T61STRING, "M\xfcller", 6, "CN=M\xc3\xbcller"},
        {V_ASN1_BMPSTRING, "\0M\0\xfc\x20\xac", 6, "CN=M\xc3\xbc\xe2\x82\xac"},
        {V_ASN1_UTF8STRING, "a,b+c\"d\\e<f>g;h=i", 17, "CN=a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h=i"},
        {V_ASN1_UTF8STRING, " #x ", 4, "CN=\\ #x\\ "},
        {V_ASN1_UTF8STRING, "#x", 2, "CN=\\#x"},
        {V_ASN1_UTF8STRING, "a\0b\nc", 5, "CN=a\\00b\\0Ac"},
        {V_ASN1_UTF8STRING, "\xff\xfe", 2, "CN=\xff\xfe"},
        {V_ASN1_OCTET_STRING, "\x01\xab", 2, "CN=#040201AB"},
    };
    for (size_t i = 0; i < NUM(cases); i++) {
        X509 *x509 = X509_new();
        X509_NAME *name = X509_get_subject_name(x509);
        assert_true(X509_NAME_add_entry_by_NID(name, NID_commonName, V_ASN1_UTF8STRING,
                                               (const unsigned char *)"placeholder", 11, -1, 0));
        X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, 0);
        assert_true(X509_NAME_ENTRY_set_data(entry, cases[i].type,
                                             (const unsigned char *)cases[i].bytes, cases[i].len));
        assert_true(X509_set_issuer_name(x509, name));
        X509_set1_notBefore(x509, X509_get0_notBefore(world->leaf.x509));
        X509_set1_notAfter(x509, X509_get0_notAfter(world->leaf.x509));
        X509_set_pubkey(x509, world->leaf.key);
        assert_true(X509_sign(x509, world->leaf.key, EVP_sha256()) > 0);
        uint8_t *der = NULL;
        int len = i2d_X509(x509, &der);
        assert_true(len > 0);
        struct text text = {(const char *)der, (size_t)len};
        struct result result = judge_texts(world->store, MAKER_NOW, NULL, &text, 1);
        assert_string_equal(result.subject, cases[i].text);
        OPENSSL_free(der);
        X509_free(x509);
    }
}

/* ---- Bytes that are no certificate ---- */

static void what_cannot_be_parsed_is_a_problem_and_never_a_crash(void **state)
{
    struct world *world = *state;
    static const char *const garbage[] = {"", "x", "\x30", "\x30\x80", "\x30\x84\xff\xff\xff\xff",
                                          "\x30\x82\x01", "not a certificate at all"};
    for (size_t i = 0; i < NUM(garbage); i++) {
        struct text text = {garbage[i], strlen(garbage[i])};
        struct result result = judge_texts(world->store, MAKER_NOW, HOST, &text, 1);
        assert_true((result.problems & BIT(UNPARSABLE)) != 0);
        assert_trusted(&result, false);
        assert_false(result.record.has_validity);
    }
}

static void a_certificate_cut_off_tells_what_was_ahead_of_the_cut(void **state)
{
    struct world *world = *state;
    for (size_t len = 0; len < world->leaf.len; len++) {
        /* A copy of its own, so that the sanitizer sees a byte too far. */
        char *copy = malloc(len > 0 ? len : 1);
        memcpy(copy, world->leaf.der, len);
        const struct text chain[] = {{copy, len}, made_text(&world->inter)};
        struct result result = judge_texts(world->store, MAKER_NOW, HOST, chain, 2);
        assert_true((result.problems & BIT(UNPARSABLE)) != 0);
        assert_trusted(&result, false);
        if (len > world->leaf.len - 60) {
            assert_string_equal(result.subject, "CN=Leaf");
            assert_string_equal(result.issuer, "CN=Inter");
            assert_true(result.record.has_validity);
            assert_string_equal(result.key, "ECDSA P-256");
        }
        free(copy);
    }
}

static void a_certificate_with_any_byte_changed_is_never_trusted(void **state)
{
    struct world *world = *state;
    uint8_t *copy = malloc(world->leaf.len);
    for (size_t i = 0; i < world->leaf.len; i++) {
        memcpy(copy, world->leaf.der, world->leaf.len);
        copy[i] ^= 0x15;
        const struct text chain[] = {{(const char *)copy, world->leaf.len},
                                     made_text(&world->inter)};
        struct result result = judge_texts(world->store, MAKER_NOW, HOST, chain, 2);
        assert_trusted(&result, false);
        assert_true(result.problems != 0);
    }
    free(copy);
}

static void bytes_behind_a_certificate_make_it_unparsable(void **state)
{
    struct world *world = *state;
    char *longer = malloc(world->leaf.len + 1);
    memcpy(longer, world->leaf.der, world->leaf.len);
    longer[world->leaf.len] = 0;
    const struct text chain[] = {{longer, world->leaf.len + 1}, made_text(&world->inter)};
    struct result result = judge_texts(world->store, MAKER_NOW, HOST, chain, 2);
    assert_true((result.problems & BIT(UNPARSABLE)) != 0);
    assert_string_equal(result.subject, "CN=Leaf");
    free(longer);
}

static void a_month_thirteen_costs_the_dates_alone(void **state)
{
    struct world *world = *state;
    struct made self = make(&(struct recipe){.cn = "Self", .extensions = {SAN}});
    assert_true(replace(self.der, self.len, "270105", "271305", 6) == 1);
    struct text text = made_text(&self);
    struct result result = judge_texts(world->store, MAKER_NOW, HOST, &text, 1);
    assert_true((result.problems & BIT(UNPARSABLE)) != 0);
    assert_false(result.record.has_validity);
    assert_string_equal(result.subject, "CN=Self");
    assert_string_equal(result.key, "ECDSA P-256");
    assert_int_equal(result.record.name_match.value, TRI_YES);
    made_free(&self);
}

static void a_leaf_larger_than_any_chain_may_be_is_a_record_still(void **state)
{
    struct world *world = *state;
    size_t len = CHAIN_BYTES_MAX + 1;
    char *huge = calloc(1, len);
    const struct text chain[] = {{huge, len}, made_text(&world->inter)};
    struct result result = judge_texts(world->store, MAKER_NOW, HOST, chain, 2);
    assert_problems(result.problems, BIT(UNPARSABLE) | BIT(NAME_MISMATCH));
    assert_int_equal(result.record.chain_length, 2);
    uint8_t digest[32];
    unsigned digest_len;
    assert_true(EVP_Digest(huge, len, digest, &digest_len, EVP_sha256(), NULL));
    assert_memory_equal(result.record.sha256, digest, 32);
    free(huge);
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
    struct made leaf = make(&(struct recipe){
        .cn = "x",
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
        cmocka_unit_test(a_root_that_is_cross_signed_by_a_stranger_ends_the_path),
        cmocka_unit_test(a_maze_of_namesakes_is_left_in_bounded_time),
        cmocka_unit_test(dates_are_judged_apart_from_trust),
        cmocka_unit_test(the_first_and_the_last_second_are_valid),
        cmocka_unit_test(an_intermediate_out_of_date_shows),
        cmocka_unit_test(times_are_read_in_every_form),
        cmocka_unit_test(weak_keys_and_signatures_show_wherever_they_are),
        cmocka_unit_test(a_root_may_be_small_and_signed_with_sha1),
        cmocka_unit_test(an_md5_signature_is_weak_and_proves_nothing),
        cmocka_unit_test(keys_that_the_library_does_not_know_have_a_name),
        cmocka_unit_test(purposes_and_constraints_are_told_apart),
        cmocka_unit_test(purposes_show_also_where_the_chain_leads_nowhere),
        cmocka_unit_test(names_match_as_rfc_9525_says),
        cmocka_unit_test(the_common_name_is_no_name),
        cmocka_unit_test(a_nul_in_a_name_matches_nothing_and_is_kept),
        cmocka_unit_test(a_broken_list_of_names_matches_nothing),
        cmocka_unit_test(more_names_than_are_kept_still_match),
        cmocka_unit_test(subjects_are_text_whatever_their_encoding),
        cmocka_unit_test(what_cannot_be_parsed_is_a_problem_and_never_a_crash),
        cmocka_unit_test(a_certificate_cut_off_tells_what_was_ahead_of_the_cut),
        cmocka_unit_test(a_certificate_with_any_byte_changed_is_never_trusted),
        cmocka_unit_test(bytes_behind_a_certificate_make_it_unparsable),
        cmocka_unit_test(a_month_thirteen_costs_the_dates_alone),
        cmocka_unit_test(a_leaf_larger_than_any_chain_may_be_is_a_record_still),
        cmocka_unit_test(a_chain_gives_back_what_was_sent),
        cmocka_unit_test(embedded_timestamps_are_seen),
        cmocka_unit_test(a_store_that_cannot_be_loaded_says_why),
        cmocka_unit_test(a_store_counts_its_roots),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
