/*
 * Stapled OCSP responses from anyone: any bytes, judged for a leaf and its issuer, and for that
 * issuer, which has signed itself. Nothing may crash, every part that is found must lie in what was
 * given, and what the verdicts say must not contradict itself. The seeds were made by `openssl
 * ocsp`, for this leaf.
 */
#include "scanner/x509/certificate_staple.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "scanner/x509/ocsp_response.h"
#include "scanner/x509/pem_file.h"

#define FUZZ_NOW INT64_C(1800000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* Leaf, then root; the keys are thrown away. */
static const char chain_pem[] = "-----BEGIN CERTIFICATE-----\n"
                                "MIIBbjCCAROgAwIBAgICEAEwCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEUm9vdDAg\n"
                                "Fw0yNjExMjMxODM2MDVaGA8yMTI2MTAzMDE4MzYwNVowDzENMAsGA1UEAwwEbGVh\n"
                                "ZjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHm9YJ6QBqFm4bVk61m94+JupY2D\n"
                                "INy6W955nWkxiA7M0MX6pbO4HJBfjX8NY6eDR7utENUOaN3ayoZpjHuuPE2jXTBb\n"
                                "MBkGA1UdEQQSMBCCDm14LmV4YW1wbGUub3JnMB0GA1UdDgQWBBT5j4ugnVeIcqG8\n"
                                "oDzoj7i1BLv5bTAfBgNVHSMEGDAWgBTMwfYjC4OFaPnlsPAsLrskx74KDjAKBggq\n"
                                "hkjOPQQDAgNJADBGAiEAyrM+n59g0PN2aJqfs/43XYBWR1eywl6/hzFDWmN0IxAC\n"
                                "IQDeinkXMiVZTtCVaMi46srTGzHH8CKuG+iRseUrjcQvXA==\n"
                                "-----END CERTIFICATE-----\n"
                                "-----BEGIN CERTIFICATE-----\n"
                                "MIIBhTCCASugAwIBAgIUTCETpv50fYENoKHlsmXzurK0TjwwCgYIKoZIzj0EAwIw\n"
                                "DzENMAsGA1UEAwwEUm9vdDAgFw0yNjExMjMxODM2MDVaGA8yMTI2MTAzMDE4MzYw\n"
                                "NVowDzENMAsGA1UEAwwEUm9vdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHPz\n"
                                "OzCI5bDiU0PGxrIsM3Pk0MwXxLIep+TIJ92mYxEVzhcfUwNcTUmNQYFNDfhVGci0\n"
                                "C9/SzddS/0EBRmoG+JijYzBhMB0GA1UdDgQWBBTMwfYjC4OFaPnlsPAsLrskx74K\n"
                                "DjAfBgNVHSMEGDAWgBTMwfYjC4OFaPnlsPAsLrskx74KDjAPBgNVHRMBAf8EBTAD\n"
                                "AQH/MA4GA1UdDwEB/wQEAwIBBjAKBggqhkjOPQQDAgNIADBFAiAe25y9GmjRlqCB\n"
                                "4x+2r1XX6cJkUW99+rgc3HtU14aODQIhAOtvsuuBJMk3U5snsVD12RigpSlThmE5\n"
                                "RJBO/hSu7CF7\n"
                                "-----END CERTIFICATE-----\n";

struct world {
    struct arena arena;
    struct pem_list pem;
    struct trust_store *store;
    struct chain_cache *cache;
};

static const struct world *load_world(void)
{
    static struct world world;
    char path[64];
    char error[256];
    if (world.cache != NULL) {
        return &world;
    }
    int fd = memfd_create("chain", 0);
    REQUIRE(fd >= 0 && write(fd, chain_pem, sizeof(chain_pem) - 1) == sizeof(chain_pem) - 1);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    REQUIRE(pem_file_read(&world.arena, path, &world.pem, error, sizeof(error)));
    REQUIRE(world.pem.num_certificates == 2);
    world.store = trust_store_new(path, error, sizeof(error));
    REQUIRE(world.store != NULL);
    world.cache = chain_cache_new(world.store, FUZZ_NOW, 8);
    REQUIRE(world.cache != NULL);
    close(fd);
    return &world;
}

/* Touches every byte that a text claims, so that the sanitizer sees a wrong one. */
static unsigned touch(struct text text, struct text whole)
{
    unsigned total = 0;
    REQUIRE(text.bytes != NULL || text.len == 0);
    REQUIRE(text.bytes == NULL ||
            (text.bytes >= whole.bytes && text.bytes + text.len <= whole.bytes + whole.len));
    for (size_t i = 0; i < text.len; i++) {
        total += (unsigned char)text.bytes[i];
    }
    return total;
}

static void check_response(struct text der)
{
    struct ocsp_response response;
    struct ocsp_single single;
    size_t num_singles = 0;
    if (!ocsp_response_read(der, &response) || response.response_status != 0) {
        return;
    }
    REQUIRE(response.num_certificates <= OCSP_CERTIFICATES_MAX);
    REQUIRE((response.responder_name.bytes != NULL) != (response.responder_key_hash.bytes != NULL));
    (void)touch(response.tbs, der);
    (void)touch(response.signature_algorithm, der);
    (void)touch(response.signature, der);
    (void)touch(response.responder_name, der);
    (void)touch(response.responder_key_hash, der);
    for (size_t i = 0; i < response.num_certificates; i++) {
        (void)touch(response.certificates[i], der);
    }
    for (struct text cursor = response.singles; ocsp_response_next(&cursor, &single);) {
        REQUIRE(++num_singles <= OCSP_SINGLES_MAX);
        REQUIRE(single.status != OCSP_STATUS_NONE);
        (void)touch(single.hash_oid, der);
        (void)touch(single.issuer_name_hash, der);
        (void)touch(single.issuer_key_hash, der);
        (void)touch(single.serial, der);
    }
}

static void check_record(const struct certificate_record *record)
{
    const struct ocsp_record *ocsp = &record->ocsp;
    const uint32_t unread = OCSP_PROBLEM_BIT(OCSP_UNPARSABLE) |
                            OCSP_PROBLEM_BIT(OCSP_NOT_SUCCESSFUL) |
                            OCSP_PROBLEM_BIT(OCSP_OTHER_CERTIFICATE);
    bool is_revoked = (record->problems & CERTIFICATE_PROBLEM_BIT(CERTIFICATE_REVOKED)) != 0;
    REQUIRE(record->ocsp_staple.value == TRI_YES);
    REQUIRE((ocsp->status == OCSP_STATUS_NONE) == ((ocsp->problems & unread) != 0));
    REQUIRE((ocsp->status == OCSP_STATUS_NONE) == (ocsp->fresh.value == TRI_UNKNOWN));
    REQUIRE(!is_revoked ||
            (ocsp->status == OCSP_STATUS_REVOKED && ocsp->signature.value == TRI_YES));
    REQUIRE(ocsp->has_this_update == (ocsp->status != OCSP_STATUS_NONE));
}

static void judge(const struct world *world, const struct text *certificates, size_t num,
                  struct text der)
{
    const struct certificate_extras extras = {.ocsp_response = der};
    const struct chain *chain = chain_cache_get(world->cache, certificates, num);
    struct certificate_record record = {0};
    REQUIRE(chain != NULL);
    certificate_judge(chain, "mx.example.org", &record);
    certificate_staple_judge(chain, &extras, &record);
    check_record(&record);
    chain_release(world->cache, chain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct world *world = load_world();
    /* Not NULL, which would be no staple. */
    const struct text der = {size > 0 ? (const char *)data : "", size};
    const struct text *certificates = world->pem.certificates;
    check_response(der);
    judge(world, certificates, 2, der);     /* with its issuer */
    judge(world, certificates + 1, 1, der); /* the root as a leaf */
    return 0;
}
