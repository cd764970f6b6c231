/*
 * A small world of certificates and the asking for verdicts in it, shared by the tests of
 * certificates: a root in a store, an intermediate, a leaf, and a root that nobody trusts.
 */
#ifndef MXGRADE_TESTS_CERTIFICATE_WORLD_H
#define MXGRADE_TESTS_CERTIFICATE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "output/record/record_enum.h"
#include "tests/unit/certificate_maker.h"

#define HOST "mx.example.org"
#define SAN                                                                                        \
    {                                                                                              \
        "subjectAltName", "DNS:" HOST ",DNS:*.wild.example.org,IP:192.0.2.25,IP:2001:db8::25"      \
    }
#define EKU                                                                                        \
    {                                                                                              \
        "extendedKeyUsage", "serverAuth"                                                           \
    }
#define KU                                                                                         \
    {                                                                                              \
        "keyUsage", "critical,digitalSignature"                                                    \
    }
#define AKI                                                                                        \
    {                                                                                              \
        "authorityKeyIdentifier", "keyid"                                                          \
    }
#define SKI                                                                                        \
    {                                                                                              \
        "subjectKeyIdentifier", "hash"                                                             \
    }
#define CA                                                                                         \
    {                                                                                              \
        "basicConstraints", "critical,CA:TRUE"                                                     \
    }
#define SIGN                                                                                       \
    {                                                                                              \
        "keyUsage", "critical,keyCertSign,cRLSign"                                                 \
    }

#define BIT(problem) CERTIFICATE_PROBLEM_BIT(CERTIFICATE_##problem)

struct world {
    struct made root;
    struct made inter;
    struct made leaf;
    struct made foreign; /* a root that is not in the store */
    struct trust_store *store;
};

static inline int setup(void **state)
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
    world->leaf = make(
        &(struct recipe){.cn = "Leaf", .issuer = &world->inter, .extensions = {SAN, EKU, KU, AKI}});
    const struct made *roots[] = {&world->root};
    world->store = make_store(roots, 1);
    *state = world;
    return 0;
}

static inline int teardown(void **state)
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

static inline void copy_text(char *out, size_t size, struct text text)
{
    assert_true(text.len < size);
    if (text.len > 0) {
        memcpy(out, text.bytes, text.len);
    }
    out[text.len] = '\0';
}

static inline void copy_string(char *out, size_t size, const char *string)
{
    snprintf(out, size, "%s", string != NULL ? string : "");
}

static inline struct result judge_texts(const struct trust_store *store, int64_t now,
                                        const char *host, const struct text *certificates,
                                        size_t num)
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

static inline struct result judge_at(const struct trust_store *store, int64_t now, const char *host,
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

static inline void assert_problems(uint32_t found, uint32_t expected)
{
    for (unsigned i = 0; i < CERTIFICATE_PROBLEM_COUNT; i++) {
        if (((found ^ expected) >> i & 1) != 0) {
            fail_msg("%s: %s", record_enum_name(&record_certificate_problem, i),
                     (found >> i & 1) != 0 ? "found" : "not found");
        }
    }
}

static inline void assert_trusted(const struct result *result, bool trusted)
{
    assert_int_equal(result->record.trusted.value, trusted ? TRI_YES : TRI_NO);
}

/* Whether it is trusted was not decided, for this reason. */
static inline void assert_open(const struct result *result, enum outcome reason)
{
    assert_int_equal(result->record.trusted.value, TRI_UNKNOWN);
    assert_int_equal(result->record.trusted.reason, reason);
}

/* Replaces each occurrence of one run of bytes by another of the same length. */
static inline size_t replace(uint8_t *bytes, size_t len, const void *from, const void *to,
                             size_t run)
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

#endif
