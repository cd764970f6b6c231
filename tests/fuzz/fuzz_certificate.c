/*
 * Chains from anyone: certificates of any bytes, each behind two bytes of length, judged against a
 * store with one root. Nothing may crash, every text must be whole, and what the verdicts say must
 * not contradict itself.
 */
#include "scanner/x509/certificate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/bytestring.h>

#define FUZZ_NOW INT64_C(1800000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* The root of the corpus; its key is thrown away. */
static const char root_pem[] = "-----BEGIN CERTIFICATE-----\n"
                               "MIIBTzCB96ADAgECAgECMAoGCCqGSM49BAMCMA8xDTALBgNVBAMMBFJvb3QwIBcN\n"
                               "MjYxMTIzMTY0MzA2WhgPMjEyNjEwMzAxNjQzMDZaMA8xDTALBgNVBAMMBFJvb3Qw\n"
                               "WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARxkFUGmHEJU59OugYAl/dbXHsVHOfv\n"
                               "7iRybESQG/M+IjTC1BkDlN6Lzlm4DylH9cn+2St4UxBmFwGqgAV9gyZ7o0IwQDAP\n"
                               "BgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwICBDAdBgNVHQ4EFgQUDLMjrkyV\n"
                               "QFLUWD4j/r/PV4tEFeMwCgYIKoZIzj0EAwIDRwAwRAIgBJ8FjXsJMDYPB9OkXUUk\n"
                               "vi/3/jpLLV6qt+sgWEVdIysCIDWBxQwAHhwwwHCO6e20tFC69962vxHWi1t51pLs\n"
                               "sqoC\n"
                               "-----END CERTIFICATE-----\n";

static struct trust_store *load_root(void)
{
    char path[64];
    char error[256];
    int fd = memfd_create("root", 0);
    REQUIRE(fd >= 0 && write(fd, root_pem, sizeof(root_pem) - 1) == sizeof(root_pem) - 1);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct trust_store *store = trust_store_new(path, error, sizeof(error));
    REQUIRE(store != NULL && trust_store_num_roots(store) == 1);
    close(fd);
    return store;
}

/* Touches every byte that a text claims, so that the sanitizer sees a wrong one. */
static unsigned sum(struct text text)
{
    unsigned total = 0;
    REQUIRE(text.bytes != NULL || text.len == 0);
    for (size_t i = 0; i < text.len; i++) {
        total += (unsigned char)text.bytes[i];
    }
    return total;
}

static bool has(const struct certificate_record *record, enum certificate_problem problem)
{
    return (record->problems & CERTIFICATE_PROBLEM_BIT(problem)) != 0;
}

static unsigned check_record(const struct certificate_record *record, bool has_name)
{
    unsigned total = sum(record->subject) + sum(record->issuer);
    for (size_t i = 0; i < record->num_names; i++) {
        total += sum(record->names[i]);
    }
    REQUIRE(record->num_sent <= CHAIN_CERTIFICATES_MAX);
    for (size_t i = 0; i < record->num_sent; i++) {
        total += sum(record->sent[i].subject);
    }
    REQUIRE((record->chain_notes & CHAIN_NOTE_BIT(CHAIN_CUT)) != 0
                ? record->num_sent < record->chain_length
                : record->num_sent == record->chain_length);
    REQUIRE(record->chain_length > 1 || (record->chain_notes & ~CHAIN_NOTE_BIT(CHAIN_CUT)) == 0);
    bool is_untrusted =
        has(record, CERTIFICATE_SELF_SIGNED) || has(record, CERTIFICATE_UNTRUSTED_ROOT) ||
        has(record, CERTIFICATE_INCOMPLETE_CHAIN) || has(record, CERTIFICATE_BAD_PURPOSE) ||
        has(record, CERTIFICATE_CONSTRAINT_VIOLATION);
    bool is_broken = has(record, CERTIFICATE_UNPARSABLE) || has(record, CERTIFICATE_INVALID_KEY);
    REQUIRE(record->trusted.value != TRI_YES || !is_untrusted);
    REQUIRE(record->trusted.value != TRI_NO || is_untrusted || is_broken);
    REQUIRE(record->trusted.value != TRI_UNKNOWN || (!has(record, CERTIFICATE_UNTRUSTED_ROOT) &&
                                                     !has(record, CERTIFICATE_INCOMPLETE_CHAIN)));
    REQUIRE(record->name_checked == has_name);
    REQUIRE(!has_name ||
            (record->name_match.value == TRI_YES) != has(record, CERTIFICATE_NAME_MISMATCH));
    REQUIRE(record->num_names <= CERTIFICATE_NAMES_MAX);
    REQUIRE(record->has_validity || has(record, CERTIFICATE_UNPARSABLE));
    return total;
}

static void judge(struct chain_cache *cache, const struct text *certificates, size_t num)
{
    static const char *const hosts[] = {"mx.example.org", "192.0.2.1", NULL};
    const struct chain *chain = chain_cache_get(cache, certificates, num);
    REQUIRE(chain != NULL);
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        struct certificate_record record = {0};
        certificate_judge(chain, hosts[i], &record);
        (void)check_record(&record, hosts[i] != NULL);
        REQUIRE(record.chain_length == num);
    }
    struct text spki;
    if (chain_leaf_spki(chain, &spki)) {
        (void)sum(spki);
    }
    for (size_t i = 0; i < chain_num_certificates(chain); i++) {
        struct text certificate = chain_certificate(chain, i);
        REQUIRE(certificate.len == certificates[i].len);
        (void)sum(certificate);
    }
    chain_release(cache, chain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct trust_store *store;
    struct text certificates[64];
    size_t num = 0;
    CBS cbs, certificate;
    if (store == NULL) {
        store = load_root();
    }
    CBS_init(&cbs, data, size);
    while (num < 64 && CBS_get_u16_length_prefixed(&cbs, &certificate)) {
        certificates[num++] =
            (struct text){(const char *)CBS_data(&certificate), CBS_len(&certificate)};
    }
    if (num == 0) {
        return 0;
    }
    struct chain_cache *cache = chain_cache_new(store, FUZZ_NOW, 1);
    REQUIRE(cache != NULL);
    judge(cache, certificates, num);
    chain_cache_free(cache);
    return 0;
}
