/*
 * Chains against TLSA records: which of them match, and what is said where none does. Each case has
 * the chain that a server sends and the records that its host publishes.
 */
#include "scanner/enforcement/dane_memory.h"

#include <openssl/sha.h>

#include "scanner/x509/certificate_der.h"
#include "scanner/x509/chain.h"
#include "scanner/x509/name_constraints.h"
#include "tests/unit/certificate_world.h"

#undef BIT
#define BIT(problem)  DANE_PROBLEM_BIT(DANE_PROBLEM_##problem)
#define TLSA(problem) TLSA_PROBLEM_BIT(TLSA_##problem)

#define SENT_MAX    6
#define RECORDS_MAX 6
#define DATA_MAX    4096

#define EXAMINED_PATHS 16 /* so many at most */

/* A certificate by the name that cases call it. */
struct actor {
    const char *name;
    const struct made *made;
};

struct dane_case {
    const char *what;
    const char *sent;    /* "leaf inter root", as the server does; "": no certificate was seen */
    const char *records; /* "3 1 1 leaf, 2 0 1 nobody", as the host publishes */
    const char *name;    /* NULL: HOST */
    enum dane_status status;
    const char *matched; /* "3 1 1", NULL */
    uint32_t problems;
};

static const struct made *find(const struct actor *cast, const char *name, size_t len)
{
    for (const struct actor *actor = cast; actor->name != NULL; actor++) {
        if (strlen(actor->name) == len && memcmp(actor->name, name, len) == 0) {
            return actor->made;
        }
    }
    fail_msg("nobody is called %.*s", (int)len, name);
    return NULL;
}

/* ---- Records to order ---- */

static size_t fill(int matching, struct text selected, uint8_t *out)
{
    const uint8_t *bytes = (const uint8_t *)selected.bytes;
    switch (matching) {
    case TLSA_SHA256:
        SHA256(bytes, selected.len, out);
        return SHA256_DIGEST_LENGTH;
    case TLSA_SHA512:
        SHA512(bytes, selected.len, out);
        return SHA512_DIGEST_LENGTH;
    default:
        assert_true(selected.len <= DATA_MAX);
        memcpy(out, bytes, selected.len);
        return selected.len;
    }
}

/* `told`: "3 1 1 leaf"; "nobody" is no certificate's name. */
static struct dns_record record_of(const struct actor *cast, const char *told, size_t len,
                                   uint8_t *storage)
{
    struct text selected = {"nobody's", 8};
    const char *about = told + 6;
    size_t about_len = len - 6;
    if (about_len != 6 || memcmp(about, "nobody", 6) != 0) {
        struct certificate_der der;
        certificate_der_read(made_text(find(cast, about, about_len)), &der);
        selected = told[2] == '1' ? der.spki : der.whole;
    }
    for (size_t i = 0; i < 3; i++) {
        storage[i] = (uint8_t)(told[2 * i] - '0');
    }
    return (struct dns_record){.data = {storage, 3 + fill(storage[2], selected, storage + 3)}};
}

static struct tlsa_set *set_of(const struct actor *cast, const char *records)
{
    uint8_t storage[RECORDS_MAX][DATA_MAX + 3];
    struct dns_record list[RECORDS_MAX];
    size_t num = 0;
    for (const char *at = records; *at != '\0'; at += strspn(at, ", ")) {
        size_t len = strcspn(at, ",");
        assert_true(num < RECORDS_MAX);
        list[num] = record_of(cast, at, len, storage[num]);
        num++;
        at += len;
    }
    struct tlsa_set *set = tlsa_set_new(list, num);
    assert_non_null(set);
    return set;
}

/* ---- Chains to order ---- */

static struct chain *chain_of(const struct world *world, const struct actor *cast, const char *sent)
{
    struct text certificates[SENT_MAX];
    uint8_t digest[CHAIN_DIGEST_LEN];
    size_t num = 0;
    for (const char *at = sent; *at != '\0'; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        assert_true(num < SENT_MAX);
        certificates[num++] = made_text(find(cast, at, len));
        at += len;
    }
    if (num == 0) {
        return NULL;
    }
    chain_digest_of(certificates, num, digest);
    struct chain *chain = chain_new(MAKER_NOW, certificates, num, digest);
    assert_non_null(chain);
    assert_true(chain_fill(chain, world->store));
    return chain;
}

static void assert_bits(uint32_t found, uint32_t expected)
{
    for (unsigned i = 0; i < DANE_PROBLEM_COUNT; i++) {
        if (((found ^ expected) >> i & 1) != 0) {
            fail_msg("%s: %s", dane_problem_name(i), (found >> i & 1) != 0 ? "found" : "not found");
        }
    }
}

static void check(const struct world *world, const struct actor *cast,
                  const struct dane_case *cases, size_t num_cases)
{
    for (size_t i = 0; i < num_cases; i++) {
        print_message("%s\n", cases[i].what);
        const char *name = cases[i].name != NULL ? cases[i].name : HOST;
        struct tlsa_set *set = set_of(cast, cases[i].records);
        struct chain *chain = chain_of(world, cast, cases[i].sent);
        struct dane_result result;
        dane_match(set, chain, &name, 1, &result);
        assert_string_equal(dane_status_name(result.status), dane_status_name(cases[i].status));
        if (cases[i].matched != NULL) {
            assert_non_null(result.matched);
            assert_string_equal(tlsa_record_name(result.matched), cases[i].matched);
        } else {
            assert_null(result.matched);
        }
        assert_bits(result.problems, cases[i].problems);
        chain_free(chain);
        free(set);
    }
}

/* ---- DANE-EE ---- */

static void an_end_entity_record_looks_at_the_leaf_alone(void **state)
{
    const struct world *world = *state;
    struct made expired = make(&(struct recipe){.cn = "Old",
                                                .issuer = &world->inter,
                                                .from_day = -100,
                                                .to_day = -10,
                                                .extensions = {SAN, EKU, KU, AKI}});
    struct made client = make(&(struct recipe){.cn = "Client",
                                               .issuer = &world->inter,
                                               .extensions = {{"extendedKeyUsage", "clientAuth"}}});
    struct made alone = make(&(struct recipe){.cn = "nobody.example.net"});
    struct made renewed =
        make(&(struct recipe){.cn = "Renewed", .key = alone.key, .from_day = -1, .to_day = 300});
    const struct actor cast[] = {{"leaf", &world->leaf},
                                 {"inter", &world->inter},
                                 {"root", &world->root},
                                 {"foreign", &world->foreign},
                                 {"expired", &expired},
                                 {"client", &client},
                                 {"alone", &alone},
                                 {"renewed", &renewed},
                                 {NULL, NULL}};
    const struct dane_case cases[] = {
        {"3 1 1", "leaf inter", "3 1 1 leaf", NULL, DANE_VALID, "3 1 1", BIT(NO_ROLLOVER_SPARE)},
        {"3 1 2", "leaf inter", "3 1 2 leaf", NULL, DANE_VALID, "3 1 2", BIT(NO_ROLLOVER_SPARE)},
        {"3 0 1", "leaf inter", "3 0 1 leaf", NULL, DANE_VALID, "3 0 1", BIT(NO_ROLLOVER_SPARE)},
        {"3 0 2", "leaf inter", "3 0 2 leaf", NULL, DANE_VALID, "3 0 2", BIT(NO_ROLLOVER_SPARE)},
        {"3 1 0", "leaf inter", "3 1 0 leaf", NULL, DANE_VALID, "3 1 0", BIT(NO_ROLLOVER_SPARE)},
        {"3 0 0", "leaf inter", "3 0 0 leaf", NULL, DANE_VALID, "3 0 0", BIT(NO_ROLLOVER_SPARE)},
        {"the leaf without its chain", "leaf", "3 1 1 leaf", NULL, DANE_VALID, "3 1 1",
         BIT(NO_ROLLOVER_SPARE)},
        {"a leaf that has expired", "expired inter", "3 1 1 expired", NULL, DANE_VALID, "3 1 1",
         BIT(NO_ROLLOVER_SPARE)},
        {"a leaf for another name", "leaf inter", "3 1 1 leaf", "mx.example.net", DANE_VALID,
         "3 1 1", BIT(NO_ROLLOVER_SPARE)},
        {"a leaf for clients", "client inter", "3 0 1 client", NULL, DANE_VALID, "3 0 1",
         BIT(NO_ROLLOVER_SPARE)},
        {"a self-signed leaf of nobody's name", "alone", "3 1 1 alone", NULL, DANE_VALID, "3 1 1",
         BIT(NO_ROLLOVER_SPARE)},
        {"a renewed leaf with the same key under 3 1 1", "renewed", "3 1 1 alone", NULL, DANE_VALID,
         "3 1 1", BIT(NO_ROLLOVER_SPARE)},
        {"a renewed leaf with the same key under 3 0 1", "renewed", "3 0 1 alone", NULL,
         DANE_MISMATCH, NULL, 0},
        {"3 1 1 of another key", "leaf inter", "3 1 1 alone", NULL, DANE_MISMATCH, NULL, 0},
        {"3 0 1 of another leaf", "leaf inter", "3 0 1 alone", NULL, DANE_MISMATCH, NULL, 0},
        {"3 1 1 of the issuer's key", "leaf inter", "3 1 1 inter", NULL, DANE_MISMATCH, NULL, 0},
        {"a digest that fits nobody", "leaf inter", "3 1 1 nobody", NULL, DANE_MISMATCH, NULL, 0},
        {"no certificate at all", "", "3 1 1 leaf", NULL, DANE_MISMATCH, NULL, BIT(NO_CERTIFICATE)},
    };
    check(world, cast, cases, NUM(cases));
    struct made *all[] = {&expired, &client, &alone, &renewed};
    for (size_t i = 0; i < NUM(all); i++) {
        made_free(all[i]);
    }
}

/* ---- DANE-TA ---- */

static void an_anchor_record_wants_the_anchor_sent_and_the_path_sound(void **state)
{
    const struct world *world = *state;
    struct made private_leaf = make(&(struct recipe){
        .cn = "Leaf", .issuer = &world->foreign, .extensions = {SAN, EKU, KU, AKI}});
    struct made impostor = make(&(struct recipe){.cn = "Inter", .extensions = {CA, SIGN, SKI}});
    struct made alone = make(&(struct recipe){.cn = HOST, .extensions = {SAN}});
    const struct actor cast[] = {{"leaf", &world->leaf},
                                 {"inter", &world->inter},
                                 {"root", &world->root},
                                 {"foreign", &world->foreign},
                                 {"private_leaf", &private_leaf},
                                 {"impostor", &impostor},
                                 {"alone", &alone},
                                 {NULL, NULL}};
    const struct dane_case cases[] = {
        {"2 0 1 of the root", "leaf inter root", "2 0 1 root", NULL, DANE_VALID, "2 0 1", 0},
        {"2 1 1 of the root", "leaf inter root", "2 1 1 root", NULL, DANE_VALID, "2 1 1", 0},
        {"2 0 2 of the root", "leaf inter root", "2 0 2 root", NULL, DANE_VALID, "2 0 2", 0},
        {"2 1 2 of the root", "leaf inter root", "2 1 2 root", NULL, DANE_VALID, "2 1 2", 0},
        {"2 1 1 of the intermediate", "leaf inter", "2 1 1 inter", NULL, DANE_VALID, "2 1 1", 0},
        {"2 0 1 of the intermediate, root sent", "leaf inter root", "2 0 1 inter", NULL, DANE_VALID,
         "2 0 1", 0},
        {"certificates in the wrong order", "leaf root inter", "2 0 1 root", NULL, DANE_VALID,
         "2 0 1", 0},
        {"a root that no store has", "private_leaf foreign", "2 0 1 foreign", NULL, DANE_VALID,
         "2 0 1", 0},
        {"a wildcard name", "leaf inter root", "2 0 1 root", "a.wild.example.org", DANE_VALID,
         "2 0 1", 0},
        {"2 0 1 of a root that is not sent", "leaf inter", "2 0 1 root", NULL, DANE_MISMATCH, NULL,
         BIT(ANCHOR_NOT_SENT)},
        {"2 1 1 of a root that is not sent", "leaf inter", "2 1 1 root", NULL, DANE_MISMATCH, NULL,
         BIT(ANCHOR_NOT_SENT)},
        {"2 0 0: the record is the anchor", "leaf inter", "2 0 0 root", NULL, DANE_VALID, "2 0 0",
         0},
        {"2 0 0 of the intermediate, leaf alone sent", "leaf", "2 0 0 inter", NULL, DANE_VALID,
         "2 0 0", 0},
        {"2 0 0 of the root without the intermediate", "leaf", "2 0 0 root", NULL, DANE_MISMATCH,
         NULL, BIT(ANCHOR_PATH_INVALID)},
        {"2 1 0: the record is the anchor's key", "leaf inter", "2 1 0 root", NULL, DANE_VALID,
         "2 1 0", 0},
        {"2 1 0 of the intermediate's key, leaf alone sent", "leaf", "2 1 0 inter", NULL,
         DANE_VALID, "2 1 0", 0},
        {"2 1 0 of a key that signed nothing sent", "leaf inter", "2 1 0 foreign", NULL,
         DANE_MISMATCH, NULL, BIT(ANCHOR_NOT_SENT)},
        {"an anchor sent that is not the leaf's issuer", "leaf inter foreign", "2 0 1 foreign",
         NULL, DANE_MISMATCH, NULL, BIT(ANCHOR_PATH_INVALID)},
        {"an impostor of the issuer's name", "leaf impostor", "2 0 1 impostor", NULL, DANE_MISMATCH,
         NULL, BIT(ANCHOR_PATH_INVALID)},
        {"the leaf is no anchor", "leaf inter root", "2 1 1 leaf", NULL, DANE_MISMATCH, NULL,
         BIT(ANCHOR_NOT_SENT)},
        {"a self-signed leaf is no anchor", "alone", "2 0 1 alone", NULL, DANE_MISMATCH, NULL,
         BIT(ANCHOR_NOT_SENT)},
        {"a self-signed leaf sent twice is no anchor", "alone alone", "2 0 1 alone", NULL,
         DANE_MISMATCH, NULL, BIT(ANCHOR_NOT_SENT)},
        {"a self-signed leaf in full is no anchor", "alone", "2 0 0 alone", NULL, DANE_MISMATCH,
         NULL, BIT(ANCHOR_NOT_SENT)},
        {"no certificate at all", "", "2 0 1 root", NULL, DANE_MISMATCH, NULL, BIT(NO_CERTIFICATE)},
    };
    check(world, cast, cases, NUM(cases));
    struct made *all[] = {&private_leaf, &impostor, &alone};
    for (size_t i = 0; i < NUM(all); i++) {
        made_free(all[i]);
    }
}

static void an_anchor_record_looks_at_names_dates_and_purpose(void **state)
{
    const struct world *world = *state;
    struct made expired = make(&(struct recipe){.cn = "Old",
                                                .issuer = &world->root,
                                                .from_day = -100,
                                                .to_day = -10,
                                                .extensions = {SAN, EKU, KU, AKI}});
    struct made early = make(&(struct recipe){.cn = "Early",
                                              .issuer = &world->root,
                                              .from_day = 10,
                                              .to_day = 100,
                                              .extensions = {SAN, EKU, KU, AKI}});
    struct made old_inter = make(&(struct recipe){.cn = "Old inter",
                                                  .issuer = &world->root,
                                                  .from_day = -100,
                                                  .to_day = -10,
                                                  .extensions = {CA, SIGN, SKI, AKI}});
    struct made under_old = make(
        &(struct recipe){.cn = "Leaf", .issuer = &old_inter, .extensions = {SAN, EKU, KU, AKI}});
    struct made client =
        make(&(struct recipe){.cn = "Client",
                              .issuer = &world->root,
                              .extensions = {SAN, {"extendedKeyUsage", "clientAuth"}}});
    struct made no_ca =
        make(&(struct recipe){.cn = "No CA", .issuer = &world->root, .extensions = {SKI, AKI}});
    struct made under_no_ca =
        make(&(struct recipe){.cn = "Leaf", .issuer = &no_ca, .extensions = {SAN, EKU, KU, AKI}});
    struct made by_cn =
        make(&(struct recipe){.cn = HOST, .issuer = &world->root, .extensions = {EKU}});
    struct made by_cn_and_ip =
        make(&(struct recipe){.cn = HOST,
                              .issuer = &world->root,
                              .extensions = {{"subjectAltName", "IP:192.0.2.1"}, EKU}});
    struct made cn_beside_san =
        make(&(struct recipe){.cn = HOST,
                              .issuer = &world->root,
                              .extensions = {{"subjectAltName", "DNS:other.example.org"}, EKU}});
    const struct actor cast[] = {{"leaf", &world->leaf},
                                 {"inter", &world->inter},
                                 {"root", &world->root},
                                 {"foreign", &world->foreign},
                                 {"expired", &expired},
                                 {"early", &early},
                                 {"old_inter", &old_inter},
                                 {"under_old", &under_old},
                                 {"client", &client},
                                 {"no_ca", &no_ca},
                                 {"under_no_ca", &under_no_ca},
                                 {"by_cn", &by_cn},
                                 {"by_cn_and_ip", &by_cn_and_ip},
                                 {"cn_beside_san", &cn_beside_san},
                                 {NULL, NULL}};
    const struct dane_case cases[] = {
        {"another name", "leaf inter root", "2 0 1 root", "mx.example.net", DANE_MISMATCH, NULL,
         BIT(NAME_MISMATCH)},
        {"a wildcard stands for one label", "leaf inter root", "2 0 1 root", "a.b.wild.example.org",
         DANE_MISMATCH, NULL, BIT(NAME_MISMATCH)},
        {"an expired leaf", "expired root", "2 0 1 root", NULL, DANE_MISMATCH, NULL, BIT(EXPIRED)},
        {"an early leaf", "early root", "2 0 1 root", NULL, DANE_MISMATCH, NULL,
         BIT(NOT_YET_VALID)},
        {"an expired intermediate", "under_old old_inter root", "2 0 1 root", NULL, DANE_MISMATCH,
         NULL, BIT(EXPIRED)},
        {"an expired leaf of another name", "expired root", "2 0 1 root", "mx.example.net",
         DANE_MISMATCH, NULL, BIT(EXPIRED) | BIT(NAME_MISMATCH)},
        {"a leaf for clients", "client root", "2 0 1 root", NULL, DANE_MISMATCH, NULL,
         BIT(ANCHOR_PATH_INVALID)},
        {"an issuer that is no CA", "under_no_ca no_ca root", "2 0 1 root", NULL, DANE_MISMATCH,
         NULL, BIT(ANCHOR_PATH_INVALID)},
        {"a common name where there is no subjectAltName", "by_cn root", "2 0 1 root", NULL,
         DANE_VALID, "2 0 1", 0},
        {"a common name beside an address", "by_cn_and_ip root", "2 0 1 root", NULL, DANE_VALID,
         "2 0 1", 0},
        {"a common name beside another DNS name", "cn_beside_san root", "2 0 1 root", NULL,
         DANE_MISMATCH, NULL, BIT(NAME_MISMATCH)},
    };
    check(world, cast, cases, NUM(cases));
    struct made *all[] = {&expired, &early, &old_inter,   &under_old,    &client,
                          &no_ca,   &by_cn, &under_no_ca, &by_cn_and_ip, &cn_beside_san};
    for (size_t i = 0; i < NUM(all); i++) {
        made_free(all[i]);
    }
}

/* RFC 7672 section 3.2.2: the TLSA base domain or the domain that the mail is for. */
static void any_of_the_reference_names_will_do(void **state)
{
    const struct world *world = *state;
    const struct actor cast[] = {
        {"leaf", &world->leaf}, {"inter", &world->inter}, {"root", &world->root}, {NULL, NULL}};
    const char *const names[] = {"example.net", HOST};
    struct dane_result result;
    struct chain *chain = chain_of(world, cast, "leaf inter root");
    struct tlsa_set *set = set_of(cast, "2 0 1 root");
    dane_match(set, chain, names, 2, &result);
    assert_int_equal(result.status, DANE_VALID);
    dane_match(set, chain, names, 1, &result);
    assert_int_equal(result.status, DANE_MISMATCH);
    dane_match(set, chain, names, 0, &result);
    assert_int_equal(result.status, DANE_MISMATCH);
    free(set);
    chain_free(chain);
}

/* RFC 7672 section 3.1.2: nobody but the record vouches for an anchor, so that its key counts. */
static void the_key_of_an_anchor_is_looked_at(void **state)
{
    const struct world *world = *state;
    struct made small =
        make(&(struct recipe){.cn = "Small", .kind = MAKER_RSA1024, .extensions = {CA, SIGN, SKI}});
    struct made strong = make(&(struct recipe){
        .cn = "Strong", .kind = MAKER_RSA2048, .issuer = &small, .extensions = {CA, SIGN, SKI}});
    struct made leaf =
        make(&(struct recipe){.cn = "Leaf", .issuer = &strong, .extensions = {SAN, EKU, AKI}});
    const struct actor cast[] = {
        {"leaf", &leaf}, {"strong", &strong}, {"small", &small}, {NULL, NULL}};
    const struct dane_case cases[] = {
        {"a small anchor", "leaf strong small", "2 0 1 small", NULL, DANE_VALID, "2 0 1",
         BIT(WEAK_ANCHOR_KEY)},
        {"in full", "leaf strong", "2 0 0 small", NULL, DANE_VALID, "2 0 0", BIT(WEAK_ANCHOR_KEY)},
        {"its key alone", "leaf strong", "2 1 0 small", NULL, DANE_VALID, "2 1 0",
         BIT(WEAK_ANCHOR_KEY)},
        {"a strong anchor below it", "leaf strong small", "2 0 1 strong", NULL, DANE_VALID, "2 0 1",
         0},
        {"both, the small one first", "leaf strong small", "2 0 1 small, 2 0 1 strong", NULL,
         DANE_VALID, "2 0 1", 0},
    };
    check(world, cast, cases, NUM(cases));
    made_free(&small);
    made_free(&strong);
    made_free(&leaf);
}

/* ---- Several records ---- */

static void one_record_that_matches_is_enough(void **state)
{
    const struct world *world = *state;
    const struct actor cast[] = {{"leaf", &world->leaf},
                                 {"inter", &world->inter},
                                 {"root", &world->root},
                                 {"foreign", &world->foreign},
                                 {NULL, NULL}};
    const struct dane_case cases[] = {
        {"this key and the next", "leaf inter", "3 1 1 leaf, 3 1 1 nobody", NULL, DANE_VALID,
         "3 1 1", 0},
        {"the key before and this", "leaf inter", "3 1 1 nobody, 3 1 1 leaf", NULL, DANE_VALID,
         "3 1 1", 0},
        {"this key and an anchor that is not sent", "leaf", "3 1 1 leaf, 2 1 1 root", NULL,
         DANE_VALID, "3 1 1", 0},
        {"a wrong leaf and the right anchor", "leaf inter", "3 1 1 nobody, 2 1 1 inter", NULL,
         DANE_VALID, "2 1 1", 0},
        {"an anchor that is not sent and one that is", "leaf inter", "2 0 1 root, 2 0 1 inter",
         NULL, DANE_VALID, "2 0 1", 0},
        {"the same key twice over is no spare", "leaf inter", "3 1 1 leaf, 3 0 1 leaf", NULL,
         DANE_VALID, "3 1 1", BIT(NO_ROLLOVER_SPARE)},
        {"an anchor and a leaf, both wrong", "leaf inter", "3 1 1 foreign, 2 1 1 foreign", NULL,
         DANE_MISMATCH, NULL, BIT(ANCHOR_NOT_SENT)},
    };
    check(world, cast, cases, NUM(cases));
}

static void a_weak_digest_does_not_count_beside_a_strong_one(void **state)
{
    const struct world *world = *state;
    const struct actor cast[] = {{"leaf", &world->leaf},
                                 {"inter", &world->inter},
                                 {"root", &world->root},
                                 {"foreign", &world->foreign},
                                 {NULL, NULL}};
    const struct dane_case cases[] = {
        {"the weak one right, the strong one wrong", "leaf inter", "3 1 1 leaf, 3 1 2 nobody", NULL,
         DANE_MISMATCH, NULL, 0},
        {"the weak one wrong, the strong one right", "leaf inter", "3 1 1 nobody, 3 1 2 leaf", NULL,
         DANE_VALID, "3 1 2", BIT(NO_ROLLOVER_SPARE)},
        {"a strong one of another selector", "leaf inter", "3 1 1 leaf, 3 0 2 nobody", NULL,
         DANE_VALID, "3 1 1", 0},
        {"a strong one of another usage", "leaf inter", "3 1 1 leaf, 2 1 2 nobody", NULL,
         DANE_VALID, "3 1 1", 0},
        {"full data is no digest", "leaf inter", "3 1 0 leaf, 3 1 2 nobody", NULL, DANE_VALID,
         "3 1 0", 0},
    };
    check(world, cast, cases, NUM(cases));
}

static void records_that_cannot_be_used_leave_tls_without_a_name(void **state)
{
    const struct world *world = *state;
    const struct actor cast[] = {{"leaf", &world->leaf},
                                 {"inter", &world->inter},
                                 {"root", &world->root},
                                 {"foreign", &world->foreign},
                                 {NULL, NULL}};
    const struct dane_case cases[] = {
        {"PKIX usages alone", "leaf inter", "1 1 1 leaf, 0 0 1 inter", NULL, DANE_UNUSABLE, NULL,
         TLSA(USAGE_PKIX)},
        {"an unknown usage alone", "leaf inter", "4 1 1 leaf", NULL, DANE_UNUSABLE, NULL,
         TLSA(UNKNOWN_USAGE)},
        {"no certificate, and nothing to hold against it", "", "1 1 1 leaf", NULL, DANE_UNUSABLE,
         NULL, TLSA(USAGE_PKIX)},
        {"PKIX beside DANE that matches", "leaf inter", "1 1 1 leaf, 3 1 1 leaf", NULL, DANE_VALID,
         "3 1 1", TLSA(USAGE_PKIX) | BIT(NO_ROLLOVER_SPARE)},
        {"PKIX that would match beside DANE that does not", "leaf inter",
         "1 1 1 leaf, 3 1 1 nobody", NULL, DANE_MISMATCH, NULL, TLSA(USAGE_PKIX)},
    };
    check(world, cast, cases, NUM(cases));
}

/* What matches may be among the records that were left out. */
static void a_set_that_was_cut_accuses_nobody(void **state)
{
    const struct world *world = *state;
    const struct actor cast[] = {
        {"leaf", &world->leaf}, {"foreign", &world->foreign}, {NULL, NULL}};
    static const struct {
        const char *records;
        enum dane_status whole, cut;
    } cases[] = {{"3 1 1 leaf", DANE_VALID, DANE_VALID},
                 {"3 1 1 foreign", DANE_MISMATCH, DANE_UNKNOWN},
                 {"1 1 1 leaf", DANE_UNUSABLE, DANE_UNKNOWN}};
    struct chain *chain = chain_of(world, cast, "leaf");
    for (size_t i = 0; i < NUM(cases); i++) {
        struct tlsa_set *set = set_of(cast, cases[i].records);
        struct dane_result result;
        dane_match(set, chain, NULL, 0, &result);
        assert_int_equal(result.status, cases[i].whole);
        set->problems |= TLSA_PROBLEM_BIT(TLSA_TOO_MANY_RECORDS);
        dane_match(set, chain, NULL, 0, &result);
        assert_int_equal(result.status, cases[i].cut);
        free(set);
    }
    chain_free(chain);
}

static void a_leaf_that_cannot_be_parsed_still_has_a_digest(void **state)
{
    const struct world *world = *state;
    uint8_t noise[] = {0x30, 0x03, 0x02, 0x01, 0x00};
    const struct made broken = {.der = noise, .len = sizeof(noise)};
    const struct actor cast[] = {{"leaf", &world->leaf}, {"inter", &world->inter},
                                 {"root", &world->root}, {"foreign", &world->foreign},
                                 {"broken", &broken},    {NULL, NULL}};
    const struct dane_case cases[] = {
        {"its certificate", "broken", "3 0 1 broken", NULL, DANE_VALID, "3 0 1",
         BIT(NO_ROLLOVER_SPARE)},
        {"a key that it does not have", "broken", "3 1 1 leaf", NULL, DANE_MISMATCH, NULL, 0},
        {"an anchor of somebody else", "broken root", "2 0 1 root", NULL, DANE_MISMATCH, NULL,
         BIT(ANCHOR_PATH_INVALID) | BIT(NAME_MISMATCH)},
    };
    check(world, cast, cases, NUM(cases));
}

/* A sound certificate that cannot be parsed once more, as when memory has run out since. */
static void lack_of_memory_accuses_nobody(void **state)
{
    const struct world *world = *state;
    const char *name = HOST;
    const struct actor cast[] = {
        {"leaf", &world->leaf}, {"inter", &world->inter}, {"root", &world->root}, {NULL, NULL}};
    struct tlsa_set *set = set_of(cast, "2 0 1 root");
    struct chain *chain = chain_of(world, cast, "leaf inter root");
    struct dane_result result;
    chain->kept.members[1].der.whole.len--;
    dane_match(set, chain, &name, 1, &result);
    assert_string_equal(dane_status_name(result.status), dane_status_name(DANE_UNKNOWN));
    assert_null(result.matched);
    chain_free(chain);
    free(set);
}

/* ---- What costs too much ---- */

/* "kind:HOST" and so many names that nobody has. */
static void list_names(char *out, size_t size, const char *first, const char *kind, unsigned num)
{
    size_t len = (size_t)snprintf(out, size, "%s%s", kind, first);
    for (unsigned i = 0; i < num; i++) {
        len += (size_t)snprintf(out + len, size - len, ",%sn%u.example", kind, i);
        assert_true(len < size);
    }
}

static char many_names[20000], many_constraints[20000];

struct slow {
    struct made root, inter, old, leaf;
};

/* The leaf's names times the root's constraints are more than are compared. */
static void slow_init(struct slow *slow)
{
    const unsigned num = 400;
    assert_true(num * num > NAME_CONSTRAINTS_COMPARISONS_MAX);
    list_names(many_names, sizeof(many_names), HOST, "DNS:", num);
    list_names(many_constraints, sizeof(many_constraints), HOST, "permitted;DNS:", num);
    slow->root = make(
        &(struct recipe){.cn = "Slow",
                         .from_day = -1000,
                         .to_day = 3000,
                         .extensions = {CA, SIGN, SKI, {"nameConstraints", many_constraints}}});
    slow->inter = make(&(struct recipe){
        .cn = "Middle", .issuer = &slow->root, .extensions = {CA, SIGN, SKI, AKI}});
    slow->old = make(&(struct recipe){.cn = "Middle",
                                      .issuer = &slow->root,
                                      .key = slow->inter.key,
                                      .from_day = -100,
                                      .to_day = -1,
                                      .extensions = {CA, SIGN, SKI, AKI}});
    slow->leaf = make(&(struct recipe){.cn = "Leaf",
                                       .issuer = &slow->inter,
                                       .extensions = {{"subjectAltName", many_names}, EKU, AKI}});
}

static void slow_fini(struct slow *slow)
{
    made_free(&slow->root);
    made_free(&slow->inter);
    made_free(&slow->old);
    made_free(&slow->leaf);
}

static void what_is_too_much_to_compare_stays_unknown_but_for_its_dates(void **state)
{
    const struct world *world = *state;
    struct slow slow;
    slow_init(&slow);
    const struct actor cast[] = {{"leaf", &slow.leaf},
                                 {"inter", &slow.inter},
                                 {"old", &slow.old},
                                 {"root", &slow.root},
                                 {NULL, NULL}};
    const struct dane_case cases[] = {
        {"in its dates", "leaf inter root", "2 0 1 root", NULL, DANE_UNKNOWN, NULL, 0},
        {"every path out of date", "leaf old root", "2 0 1 root", NULL, DANE_MISMATCH, NULL,
         BIT(EXPIRED)},
        {"one of two", "leaf old inter root", "2 0 1 root", NULL, DANE_UNKNOWN, NULL, 0},
        {"the leaf itself", "leaf inter root", "3 0 1 leaf", NULL, DANE_VALID, "3 0 1",
         BIT(NO_ROLLOVER_SPARE)},
    };
    check(world, cast, cases, NUM(cases));
    slow_fini(&slow);
}

/* The same without TLSA: a store that has the root. */
static void trust_in_what_is_too_much_to_compare_is_unknown(void **state)
{
    (void)state;
    struct slow slow;
    slow_init(&slow);
    const struct made *roots[] = {&slow.root};
    struct trust_store *store = make_store(roots, 1);
    const struct made *good[] = {&slow.leaf, &slow.inter};
    const struct made *old[] = {&slow.leaf, &slow.old};
    struct result result = judge_at(store, MAKER_NOW, HOST, good, 2);
    assert_int_equal(result.record.trusted.value, TRI_UNKNOWN);
    assert_int_equal(result.record.trusted.reason, OUTCOME_CHAIN_TOO_LONG);
    assert_int_equal(result.problems, 0);
    result = judge_at(store, MAKER_NOW, HOST, old, 2);
    assert_int_equal(result.record.trusted.value, TRI_UNKNOWN);
    assert_int_equal(result.problems, CERTIFICATE_PROBLEM_BIT(CERTIFICATE_EXPIRED));
    trust_store_free(store);
    slow_fini(&slow);
}

/* A path out of date that comes first is no reason to leave the good one unseen. */
static void paths_in_their_dates_are_looked_into_first(void **state)
{
    const struct world *world = *state;
    struct made old[EXAMINED_PATHS + 4];
    const struct made *sent[EXAMINED_PATHS + 7] = {&world->leaf};
    for (size_t i = 0; i < NUM(old); i++) {
        old[i] = make(&(struct recipe){.cn = "Inter",
                                       .issuer = &world->root,
                                       .key = world->inter.key,
                                       .from_day = -100 - (int)i,
                                       .to_day = -1,
                                       .extensions = {CA, SIGN, SKI, AKI}});
        sent[1 + i] = &old[i];
    }
    struct result result = judge_at(world->store, MAKER_NOW, HOST, sent, 1 + NUM(old));
    assert_int_equal(result.record.trusted.value, TRI_YES);
    assert_int_equal(result.problems, CERTIFICATE_PROBLEM_BIT(CERTIFICATE_EXPIRED));
    sent[1 + NUM(old)] = &world->inter;
    result = judge_at(world->store, MAKER_NOW, HOST, sent, 2 + NUM(old));
    assert_int_equal(result.record.trusted.value, TRI_YES);
    assert_int_equal(result.problems, 0);
    for (size_t i = 0; i < NUM(old); i++) {
        made_free(&old[i]);
    }
}

static void without_time_nothing_is_followed_and_nobody_accused(void **state)
{
    const struct world *world = *state;
    const char *name = HOST;
    const struct actor cast[] = {{"leaf", &world->leaf},
                                 {"inter", &world->inter},
                                 {"root", &world->root},
                                 {"foreign", &world->foreign},
                                 {NULL, NULL}};
    const struct {
        const char *records;
        enum dane_status with_time, without;
    } cases[] = {
        {"2 0 1 root", DANE_VALID, DANE_UNKNOWN},
        {"2 0 1 foreign", DANE_MISMATCH, DANE_UNKNOWN}, /* it was not even looked for */
        {"3 0 1 leaf", DANE_VALID, DANE_VALID},
        {"3 0 1 inter", DANE_MISMATCH, DANE_MISMATCH},
    };
    for (size_t i = 0; i < NUM(cases); i++) {
        struct chain *chain = chain_of(world, cast, "leaf inter root");
        struct tlsa_set *set = set_of(cast, cases[i].records);
        struct dane_result result;
        dane_match(set, chain, &name, 1, &result);
        assert_int_equal(result.status, cases[i].with_time);
        chain->seconds = 2 * WORK_SECONDS; /* the chain alone has taken it all */
        dane_match(set, chain, &name, 1, &result);
        assert_int_equal(result.status, cases[i].without);
        free(set);
        chain_free(chain);
    }
}

static void without_time_a_path_that_was_not_followed_may_be_good(void **state)
{
    const struct world *world = *state;
    const struct actor cast[] = {
        {"leaf", &world->leaf}, {"foreign", &world->foreign}, {NULL, NULL}};
    struct chain *chain = chain_of(world, cast, "foreign");
    struct member_list sent;
    struct chain_verdict verdict;
    const struct work_limit none = {0.}, some = work_limit_after(3600.);
    assert_true(chain_open(chain, &sent));
    assert_true(chain_verify(world->store, &sent, false, MAKER_NOW, &none, &verdict));
    assert_int_equal(verdict.trusted, TRI_UNKNOWN);
    assert_int_equal(verdict.why_unknown, OUTCOME_CHAIN_TOO_LONG);
    assert_true(chain_verify(world->store, &sent, false, MAKER_NOW, &some, &verdict));
    assert_int_equal(verdict.trusted, TRI_NO);
    chain_close(&sent);
    chain_free(chain);
}

/* ---- What is remembered ---- */

static void verdicts_are_remembered_by_all_that_they_rest_on(void **state)
{
    const struct world *world = *state;
    const struct actor cast[] = {{"leaf", &world->leaf},
                                 {"inter", &world->inter},
                                 {"root", &world->root},
                                 {"foreign", &world->foreign},
                                 {NULL, NULL}};
    static const struct {
        const char *sent, *records, *name;
        enum dane_status status;
        size_t num_kept; /* afterwards */
    } cases[] = {
        {"leaf inter root", "2 0 1 root", HOST, DANE_VALID, 1},
        {"leaf inter root", "2 0 1 root", HOST, DANE_VALID, 1},
        {"leaf inter root", "2 0 1 root", "example.net", DANE_MISMATCH, 2},
        {"leaf inter root", "2 0 1 root", "example.net", DANE_MISMATCH, 2}, /* a no as well */
        {"leaf inter root", "2 0 1 foreign", HOST, DANE_MISMATCH, 3},
        {"leaf inter", "2 0 1 root", HOST, DANE_MISMATCH, 4},
        {"leaf inter root", "3 0 1 leaf", HOST, DANE_VALID, 4}, /* it costs a digest */
        {"leaf inter root", "2 0 1 foreign, 2 0 1 root", HOST, DANE_VALID, 4}, /* the oldest goes */
        {"leaf inter root", "2 0 1 foreign, 2 0 1 root", HOST, DANE_VALID, 4},
    };
    struct dane_memory *memory = dane_memory_new(4);
    for (size_t i = 0; i < NUM(cases); i++) {
        struct chain *chain = chain_of(world, cast, cases[i].sent);
        struct tlsa_set *set = set_of(cast, cases[i].records);
        struct dane_result result;
        dane_memory_match(memory, set, chain, &cases[i].name, 1, &result);
        assert_int_equal(result.status, cases[i].status);
        assert_int_equal(dane_memory_count(memory), cases[i].num_kept);
        assert_true((result.matched != NULL) == (result.status == DANE_VALID));
        if (result.matched != NULL) {
            assert_true(result.matched == &set->records[set->num_records - 1]);
        }
        free(set);
        chain_free(chain);
    }
    dane_memory_free(memory);
}

/* What is remembered is told, whatever the chain would come to now. */
static void what_is_remembered_costs_nothing_more(void **state)
{
    const struct world *world = *state;
    const char *name = HOST;
    const struct actor cast[] = {
        {"leaf", &world->leaf}, {"inter", &world->inter}, {"root", &world->root}, {NULL, NULL}};
    struct chain *chain = chain_of(world, cast, "leaf inter root");
    struct tlsa_set *set = set_of(cast, "2 0 1 root");
    struct dane_memory *memory = dane_memory_new(4);
    struct dane_result result;
    chain->kept.members[1].der.whole.len--; /* as when memory runs out: that is not kept */
    dane_memory_match(memory, set, chain, &name, 1, &result);
    assert_int_equal(result.status, DANE_UNKNOWN);
    assert_int_equal(dane_memory_count(memory), 0);
    chain->kept.members[1].der.whole.len++;
    dane_memory_match(memory, set, chain, &name, 1, &result);
    assert_int_equal(result.status, DANE_VALID);
    chain->seconds = 2 * WORK_SECONDS; /* else there would be no time for it */
    dane_memory_match(memory, set, chain, &name, 1, &result);
    assert_int_equal(result.status, DANE_VALID);
    dane_memory_free(memory);
    free(set);
    chain_free(chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_end_entity_record_looks_at_the_leaf_alone),
        cmocka_unit_test(an_anchor_record_wants_the_anchor_sent_and_the_path_sound),
        cmocka_unit_test(an_anchor_record_looks_at_names_dates_and_purpose),
        cmocka_unit_test(the_key_of_an_anchor_is_looked_at),
        cmocka_unit_test(any_of_the_reference_names_will_do),
        cmocka_unit_test(one_record_that_matches_is_enough),
        cmocka_unit_test(a_weak_digest_does_not_count_beside_a_strong_one),
        cmocka_unit_test(records_that_cannot_be_used_leave_tls_without_a_name),
        cmocka_unit_test(a_set_that_was_cut_accuses_nobody),
        cmocka_unit_test(a_leaf_that_cannot_be_parsed_still_has_a_digest),
        cmocka_unit_test(lack_of_memory_accuses_nobody),
        cmocka_unit_test(what_is_too_much_to_compare_stays_unknown_but_for_its_dates),
        cmocka_unit_test(trust_in_what_is_too_much_to_compare_is_unknown),
        cmocka_unit_test(paths_in_their_dates_are_looked_into_first),
        cmocka_unit_test(without_time_nothing_is_followed_and_nobody_accused),
        cmocka_unit_test(without_time_a_path_that_was_not_followed_may_be_good),
        cmocka_unit_test(verdicts_are_remembered_by_all_that_they_rest_on),
        cmocka_unit_test(what_is_remembered_costs_nothing_more),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
