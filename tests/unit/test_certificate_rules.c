/*
 * Rules about single certificates of a chain: strength of keys and signatures, purpose,
 * constraints; and that none hides another.
 */
#include "scanner/x509/certificate.h"

#include "tests/unit/certificate_world.h"

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

static void an_md5_signature_is_weak_and_leaves_trust_open(void **state)
{
    (void)state;
    static const uint8_t md5[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04};
    static const uint8_t md2[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x02};
    struct made root =
        make(&(struct recipe){.cn = "Root", .kind = MAKER_RSA2048, .extensions = {CA, SIGN, SKI}});
    /* Signed with MD5 in earnest, so that a library which still knows it finds nothing wrong. */
    struct made leaf = make(&(struct recipe){
        .cn = "Leaf", .issuer = &root, .digest = EVP_md5(), .extensions = {SAN, EKU, AKI}});
    const struct made *roots[] = {&root};
    struct trust_store *store = make_store(roots, 1);
    struct text text = made_text(&leaf);
    struct result result = judge_texts(store, MAKER_NOW, HOST, &text, 1);
    assert_problems(result.problems, BIT(WEAK_SIGNATURE));
    assert_open(&result, OUTCOME_UNSUPPORTED_ALGORITHM);
    assert_string_equal(result.weakest, "md5WithRSAEncryption");
    assert_int_equal(replace(leaf.der, leaf.len, md5, md2, sizeof(md2)), 2);
    result = judge_texts(store, MAKER_NOW, HOST, &text, 1);
    assert_problems(result.problems, BIT(WEAK_SIGNATURE));
    assert_open(&result, OUTCOME_UNSUPPORTED_ALGORITHM);
    assert_string_equal(result.weakest, "md2WithRSAEncryption");
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

/* ---- What the library cannot compute, and what is no key ---- */

/* A store with a copy of the root whose key is on a curve that BoringSSL lacks, as brainpool is. */
static struct trust_store *store_of_another_curve(const struct made *root)
{
    static const uint8_t p256[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    static const uint8_t other[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x55};
    assert_int_equal(replace(root->der, root->len, p256, other, sizeof(other)), 1);
    const uint8_t *cursor = root->der;
    struct made odd = {.x509 = d2i_X509(NULL, &cursor, (long)root->len)};
    const struct made *roots[] = {&odd};
    struct trust_store *store = make_store(roots, 1);
    X509_free(odd.x509);
    return store;
}

static void a_ca_key_of_another_kind_leaves_trust_open(void **state)
{
    (void)state;
    struct made root = make(&(struct recipe){.cn = "Odd", .extensions = {CA, SIGN, SKI}});
    struct made leaf =
        make(&(struct recipe){.cn = "Leaf", .issuer = &root, .extensions = {SAN, EKU, AKI}});
    struct made late = make(&(struct recipe){.cn = "Leaf",
                                             .issuer = &root,
                                             .from_day = -20,
                                             .to_day = -10,
                                             .extensions = {SAN, EKU, AKI}});
    struct made client =
        make(&(struct recipe){.cn = "Leaf",
                              .issuer = &root,
                              .extensions = {SAN, {"extendedKeyUsage", "clientAuth"}, AKI}});
    struct trust_store *store = store_of_another_curve(&root);
    const struct made *one[] = {&leaf};
    struct result result = judge_at(store, MAKER_NOW, HOST, one, 1);
    assert_problems(result.problems, 0);
    assert_open(&result, OUTCOME_UNSUPPORTED_ALGORITHM);
    one[0] = &late;
    result = judge_at(store, MAKER_NOW, HOST, one, 1);
    assert_problems(result.problems, BIT(EXPIRED));
    assert_open(&result, OUTCOME_UNSUPPORTED_ALGORITHM);
    one[0] = &client; /* no library would take that one */
    result = judge_at(store, MAKER_NOW, HOST, one, 1);
    assert_problems(result.problems, BIT(BAD_PURPOSE));
    assert_trusted(&result, false);
    trust_store_free(store);
    made_free(&root);
    made_free(&leaf);
    made_free(&late);
    made_free(&client);
}

/* A valid certificate of a key with which everybody can sign. */
static void an_rsa_exponent_of_one_is_no_key(void **state)
{
    struct world *world = *state;
    EVP_PKEY *honest = maker_key(MAKER_RSA2048);
    const BIGNUM *n = RSA_get0_n(EVP_PKEY_get0_RSA(honest));
    RSA *rsa = RSA_new();
    EVP_PKEY *key = EVP_PKEY_new();
    BIGNUM *one = BN_new();
    assert_true(BN_set_word(one, 1) && RSA_set0_key(rsa, BN_dup(n), one, NULL) &&
                EVP_PKEY_assign_RSA(key, rsa));
    struct made leaf = make(&(struct recipe){
        .cn = "Leaf", .issuer = &world->inter, .key = key, .extensions = {SAN, EKU, AKI}});
    struct result result = JUDGE(world, HOST, &leaf, &world->inter);
    assert_problems(result.problems, BIT(INVALID_KEY));
    assert_trusted(&result, false);
    EVP_PKEY_free(honest);
    EVP_PKEY_free(key);
    made_free(&leaf);
}

static void a_point_off_its_curve_is_no_key(void **state)
{
    struct world *world = *state;
    struct made self = make(&(struct recipe){.cn = "Self", .extensions = {SAN}});
    static const uint8_t head[] = {0x03, 0x42, 0x00, 0x04}; /* BIT STRING, uncompressed point */
    uint8_t *point = memmem(self.der, self.len, head, sizeof(head));
    assert_non_null(point);
    point[sizeof(head)] ^= 1;
    struct text text = made_text(&self);
    struct result result = judge_texts(world->store, MAKER_NOW, HOST, &text, 1);
    assert_int_equal(result.problems & BIT(INVALID_KEY), BIT(INVALID_KEY));
    assert_trusted(&result, false);
    made_free(&self);
}

/* ---- Extensions ---- */

static void an_extension_may_stand_there_once_only(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *second; /* the first is 1.2.3.4 */
        uint32_t problems;
    } cases[] = {{"1.2.3.5", 0}, {"1.2.3.4", BIT(UNPARSABLE)}};
    for (size_t i = 0; i < NUM(cases); i++) {
        struct made leaf = make(&(struct recipe){
            .cn = "Leaf",
            .issuer = &world->inter,
            .extensions = {SAN, EKU, AKI, {"1.2.3.4", "DER:0500"}, {cases[i].second, "DER:0500"}}});
        struct made inter = make(&(struct recipe){
            .cn = "Inter",
            .issuer = &world->root,
            .key = world->inter.key,
            .extensions = {CA, SIGN, SKI, {"1.2.3.4", "DER:0500"}, {cases[i].second, "DER:0500"}}});
        struct result of_leaf = JUDGE(world, HOST, &leaf, &world->inter);
        assert_problems(of_leaf.problems, cases[i].problems);
        assert_trusted(&of_leaf, cases[i].problems == 0);
        struct result of_issuer = JUDGE(world, HOST, &world->leaf, &inter);
        assert_problems(of_issuer.problems, cases[i].problems);
        assert_trusted(&of_issuer, cases[i].problems == 0);
        made_free(&leaf);
        made_free(&inter);
    }
}

/* RFC 5280 sections 4.2.1.4, 4.2.1.5, 4.2.1.11, 4.2.1.14 and 6.1. */
static void a_policy_that_the_chain_demands_has_to_be_there(void **state)
{
    struct world *world = *state;
#define DEMAND                                                                                     \
    {                                                                                              \
        "2.5.29.36", "critical,DER:3003800100"                                                     \
    }
#define POLICY(oid)                                                                                \
    {                                                                                              \
        "2.5.29.32", "DER:300730050603" oid                                                        \
    }
#define ANY_POLICY                                                                                 \
    {                                                                                              \
        "2.5.29.32", "DER:300830060604551d2000"                                                    \
    }
#define MAPPING(from, to)                                                                          \
    {                                                                                              \
        "2.5.29.33", "DER:300c300a0603" from "0603" to                                             \
    }
#define NO_EXTENSION                                                                               \
    {                                                                                              \
        NULL, NULL                                                                                 \
    }
    static const struct {
        const char *name;
        struct {
            const char *name;
            const char *value;
        } inter[3], leaf[2];
        bool is_valid;
    } cases[] = {
        {"demanded and absent", {DEMAND, POLICY("2a0304")}, {NO_EXTENSION}, false},
        {"demanded and named", {DEMAND, POLICY("2a0304")}, {POLICY("2a0304")}, true},
        {"another one named", {DEMAND, POLICY("2a0304")}, {POLICY("2a0305")}, false},
        {"any policy of the issuer", {DEMAND, ANY_POLICY}, {POLICY("2a0305")}, true},
        {"any policy of the leaf", {DEMAND, POLICY("2a0304")}, {ANY_POLICY}, true},
        {"any policy, inhibited",
         {DEMAND, POLICY("2a0304"), {"2.5.29.54", "DER:020100"}},
         {ANY_POLICY},
         false},
        {"mapped",
         {DEMAND, POLICY("2a0304"), MAPPING("2a0304", "2a0309")},
         {POLICY("2a0309")},
         true},
        {"mapped away",
         {DEMAND, POLICY("2a0304"), MAPPING("2a0304", "2a0309")},
         {POLICY("2a0304")},
         false},
        {"mapped from nothing",
         {DEMAND, POLICY("2a0304"), MAPPING("2a0307", "2a0309")},
         {POLICY("2a0309")},
         false},
        {"demanded two certificates further down",
         {{"2.5.29.36", "DER:3003800102"}},
         {NO_EXTENSION},
         true},
        {"demanded by the leaf itself", {NO_EXTENSION}, {{"2.5.29.36", "DER:3003800100"}}, false},
        {"nothing demanded", {POLICY("2a0304")}, {POLICY("2a0305")}, true},
        {"a constraint that cannot be read",
         {{"2.5.29.36", "critical,DER:0500"}},
         {POLICY("2a0304")},
         false},
    };
    for (size_t i = 0; i < NUM(cases); i++) {
        struct recipe of_inter = {.cn = "Inter",
                                  .issuer = &world->root,
                                  .key = world->inter.key,
                                  .extensions = {CA, SIGN, SKI, AKI}};
        struct recipe of_leaf = {
            .cn = "Leaf", .issuer = &world->inter, .extensions = {SAN, EKU, AKI}};
        for (size_t k = 0; k < NUM(cases[i].inter); k++) {
            of_inter.extensions[4 + k].name = cases[i].inter[k].name;
            of_inter.extensions[4 + k].value = cases[i].inter[k].value;
        }
        for (size_t k = 0; k < NUM(cases[i].leaf); k++) {
            of_leaf.extensions[3 + k].name = cases[i].leaf[k].name;
            of_leaf.extensions[3 + k].value = cases[i].leaf[k].value;
        }
        struct made inter = make(&of_inter);
        struct made leaf = make(&of_leaf);
        struct result result = JUDGE(world, HOST, &leaf, &inter);
        print_message("%s\n", cases[i].name);
        assert_trusted(&result, cases[i].is_valid);
        if (cases[i].is_valid) {
            assert_problems(result.problems, 0);
        } else {
            assert_true((result.problems & (BIT(CONSTRAINT_VIOLATION) | BIT(UNPARSABLE))) != 0);
        }
        made_free(&inter);
        made_free(&leaf);
    }
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
    struct made powerless = make(
        &(struct recipe){.cn = "I", .issuer = &world->foreign, .extensions = {CA, KU, SKI, AKI}});
    struct made under =
        make(&(struct recipe){.cn = "Leaf", .issuer = &powerless, .extensions = {SAN, AKI}});
    struct result unauthorised = JUDGE(world, HOST, &under, &powerless, &world->foreign);
    assert_problems(unauthorised.problems, BIT(UNTRUSTED_ROOT) | BIT(CONSTRAINT_VIOLATION));
    made_free(&powerless);
    made_free(&under);
    struct made self =
        make(&(struct recipe){.cn = HOST, .extensions = {{"extendedKeyUsage", "clientAuth"}}});
    struct result alone = JUDGE(world, HOST, &self);
    assert_problems(alone.problems,
                    BIT(SELF_SIGNED) | BIT(BAD_PURPOSE) | BIT(NAME_MISMATCH) | BIT(CN_ONLY));
    made_free(&client);
    made_free(&self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weak_keys_and_signatures_show_wherever_they_are),
        cmocka_unit_test(a_root_may_be_small_and_signed_with_sha1),
        cmocka_unit_test(an_md5_signature_is_weak_and_leaves_trust_open),
        cmocka_unit_test(keys_that_the_library_does_not_know_have_a_name),
        cmocka_unit_test(a_ca_key_of_another_kind_leaves_trust_open),
        cmocka_unit_test(an_rsa_exponent_of_one_is_no_key),
        cmocka_unit_test(a_point_off_its_curve_is_no_key),
        cmocka_unit_test(an_extension_may_stand_there_once_only),
        cmocka_unit_test(a_policy_that_the_chain_demands_has_to_be_there),
        cmocka_unit_test(purposes_and_constraints_are_told_apart),
        cmocka_unit_test(purposes_show_also_where_the_chain_leads_nowhere),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
