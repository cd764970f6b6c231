/*
 * Country and AS look-ups in small made-up databases, which tests/unit/data/make_loopback.sh
 * writes. Paths are relative to the root of the repository, where the tests are run.
 *
 * MXGRADE_TEST_MMDB may name a real database: what it says of 8.8.8.8 is checked then.
 */
#include "io/base/geo.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define LOOPBACK      "tests/unit/data/loopback.mmdb"
#define LOOPBACK_IPV4 "tests/unit/data/loopback_ipv4.mmdb"
#define FILE_MAX      8192

struct geo_case {
    const char *name;
    const char *address;
    const char *country;
    uint32_t asn;
    const char *as_org; /* NULL: not known */
};

static const struct geo_case one_database[] = {
    {"country and AS as GeoIP2 has them", "127.0.1.1", "DE", 64496, "Example Networks"},
    {"the registered country will do", "127.0.2.1", "FR", 64497, "Registered Only"},
    {"a flat country code is put in capitals", "127.0.3.255", "NL", 64498, "Flat Layout"},
    {"an AS number may be text", "127.0.4.0", "SE", 64499, "Text Number"},
    {"AS fields may stand under traits", "127.0.5.1", "CH", 64500, "Under Traits"},
    {"a country without an AS", "127.0.6.1", "AT", 0, NULL},
    {"an AS without a country", "127.0.7.1", "", 64501, "No Country"},
    {"ZZ and AS 0 mean nothing is known", "127.0.8.1", "", 0, NULL},
    {"an AS without a name", "127.0.9.1", "IT", 64502, NULL},
    {"an address outside all networks", "127.0.99.1", "", 0, NULL},
    {"an IPv6 address", "::1", "US", 64503, "Six"},
    {"an IPv6 network", "2001:db8:1::1", "JP", 64504, "Documentation"},
    {"an IPv6 address outside all networks", "2001:db9::1", "", 0, NULL},
};

static const struct geo_case ipv4_database[] = {
    {"an IPv4 address in an IPv4-only database", "127.0.1.1", "ES", 64510, "Second Database"},
    {"an IPv6 address in an IPv4-only database", "::1", "", 0, NULL},
    {"an IPv6 address that holds an IPv4 one", "::ffff:127.0.1.1", "", 0, NULL},
};

static const struct geo_case both_databases[] = {
    {"the first database goes before the second", "127.0.1.1", "DE", 64496, "Example Networks"},
    {"the second fills in the AS", "127.0.6.1", "AT", 64510, "Second Database"},
    {"the second fills in the country only", "127.0.7.1", "ES", 64501, "No Country"},
    {"the second fills in the name of the same AS", "127.0.9.1", "IT", 64502, "Late Name"},
    {"the second's name of another AS is not taken", "127.0.11.1", "IT", 64505, NULL},
    {"what the first does not know comes from the second", "127.0.10.1", "PT", 64511, "Only Here"},
    {"an IPv6 address beside an IPv4-only database", "::1", "US", 64503, "Six"},
};

static const struct geo_case both_databases_reversed[] = {
    {"the order of the files is the order of preference", "127.0.1.1", "ES", 64510,
     "Second Database"},
};

static struct address address_of(const char *text)
{
    struct address address = {.family = strchr(text, ':') == NULL ? 4 : 6};
    int family = address.family == 4 ? AF_INET : AF_INET6;
    assert_int_equal(inet_pton(family, text, address.bytes), 1);
    return address;
}

static struct geo *open_databases(const char *first, const char *second)
{
    const char *const paths[] = {first, second};
    char error[256] = "";
    struct geo *geo = geo_new(paths, second == NULL ? 1 : 2, error, sizeof(error));
    if (geo == NULL) {
        fail_msg("%s", error);
    }
    return geo;
}

static bool is_as_expected(const struct geo *geo, const struct geo_case *expected)
{
    struct address address = address_of(expected->address);
    struct geo_record found;
    bool known = geo_look_up(geo, &address, &found);
    size_t as_org_len = expected->as_org == NULL ? 0 : strlen(expected->as_org);
    return known == (expected->country[0] != '\0' || expected->asn != 0) &&
           strcmp(found.country, expected->country) == 0 && found.asn == expected->asn &&
           (found.as_org == NULL) == (expected->as_org == NULL) && found.as_org_len == as_org_len &&
           (as_org_len == 0 || memcmp(found.as_org, expected->as_org, as_org_len) == 0);
}

static void check(const char *first, const char *second, const struct geo_case *cases,
                  size_t num_cases)
{
    struct geo *geo = open_databases(first, second);
    for (size_t i = 0; i < num_cases; i++) {
        if (!is_as_expected(geo, &cases[i])) {
            fail_msg("%s: %s is not found as expected", cases[i].name, cases[i].address);
        }
    }
    geo_free(geo);
}

#define CHECK(first, second, cases) check(first, second, cases, sizeof(cases) / sizeof((cases)[0]))

static void every_layout_is_read(void **state)
{
    (void)state;
    CHECK(LOOPBACK, NULL, one_database);
}

static void an_ipv4_only_database_knows_no_ipv6(void **state)
{
    (void)state;
    CHECK(LOOPBACK_IPV4, NULL, ipv4_database);
}

static void each_field_comes_from_the_first_database_that_has_it(void **state)
{
    (void)state;
    CHECK(LOOPBACK, LOOPBACK_IPV4, both_databases);
    CHECK(LOOPBACK_IPV4, LOOPBACK, both_databases_reversed);
}

static void without_databases_nothing_is_known(void **state)
{
    (void)state;
    char error[64];
    struct address address = address_of("127.0.1.1");
    struct geo_record record;
    struct geo *geo = geo_new(NULL, 0, error, sizeof(error));
    assert_non_null(geo);
    assert_false(geo_look_up(geo, &address, &record));
    assert_null(record.as_org);
    geo_free(geo);
    geo_free(NULL);
}

/* ---- Files that cannot be used --------------------------------------------------------------- */

/* Tries to open `path` behind a good database; the message must name it and hold `expected`. */
static void assert_refused(const char *path, const char *expected)
{
    const char *const paths[] = {LOOPBACK, path};
    char error[256] = "";
    struct geo *geo = geo_new(paths, 2, error, sizeof(error));
    if (geo != NULL) {
        geo_free(geo);
        fail_msg("%s is taken", path);
    }
    if (strncmp(error, path, strlen(path)) != 0 || strstr(error, expected) == NULL) {
        fail_msg("%s: the message is \"%s\"", path, error);
    }
}

static void files_that_are_no_databases_are_refused_by_name(void **state)
{
    (void)state;
    assert_refused("tests/unit/data/nonexistent.mmdb", "No such file");
    assert_refused("tests/unit/data", "not a plain file");
    assert_refused("/dev/null", "not a plain file, or empty");
    assert_refused("tests/unit/data/make_loopback.sh", "not a MaxMind DB file");
}

static void a_short_error_buffer_is_not_overrun(void **state)
{
    (void)state;
    const char *const paths[] = {"tests/unit/data/nonexistent.mmdb"};
    char error[8];
    assert_null(geo_new(paths, 1, error, sizeof(error)));
    assert_string_equal(error, "tests/u");
}

static size_t read_database(uint8_t *out_bytes)
{
    FILE *file = fopen(LOOPBACK, "rb");
    assert_non_null(file);
    size_t len = fread(out_bytes, 1, FILE_MAX, file);
    fclose(file);
    assert_true(len > 0 && len < FILE_MAX);
    return len;
}

/* A temporary file; the path is the caller's to unlink. */
static void write_temporary(char *path, const uint8_t *bytes, size_t len)
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}

static void a_database_cut_short_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[FILE_MAX];
    size_t len = read_database(bytes);
    for (size_t cut = 1; cut < len; cut += len / 16) {
        char path[] = "/tmp/test_geo_XXXXXX";
        write_temporary(path, bytes, cut);
        assert_refused(path, "not a MaxMind DB file, or damaged");
        unlink(path);
    }
}

static void a_damaged_search_tree_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[FILE_MAX];
    size_t len = read_database(bytes);
    char path[] = "/tmp/test_geo_XXXXXX";
    memset(bytes + 60, 0xFF, 6); /* the eleventh node: both records lead far out of the file */
    write_temporary(path, bytes, len);
    assert_refused(path, "search tree is corrupt");
    unlink(path);
}

/* Whatever byte is damaged, opening and looking up end well: an error, or some answer. */
static void a_damaged_byte_does_no_harm(void **state)
{
    (void)state;
    uint8_t bytes[FILE_MAX];
    size_t len = read_database(bytes);
    unsigned refused = 0;
    for (size_t i = 0; i < len; i += 3) {
        char path[] = "/tmp/test_geo_XXXXXX";
        const char *const paths[] = {path};
        char error[256];
        bytes[i] ^= 0xFF;
        write_temporary(path, bytes, len);
        bytes[i] ^= 0xFF;
        struct geo *geo = geo_new(paths, 1, error, sizeof(error));
        refused += geo == NULL ? 1 : 0;
        for (size_t k = 0; geo != NULL && k < sizeof(one_database) / sizeof(one_database[0]); k++) {
            struct geo_record record;
            struct address address = address_of(one_database[k].address);
            (void)geo_look_up(geo, &address, &record);
            assert_true(strlen(record.country) == 0 || strlen(record.country) == 2);
            assert_true(record.as_org_len < len);
        }
        geo_free(geo);
        unlink(path);
    }
    assert_true(refused > 0);
}

/* ---- Threads, and a real database ------------------------------------------------------------ */

static void *look_up_in_thread(void *shared)
{
    const struct geo *geo = shared;
    uintptr_t wrong = 0;
    for (int round = 0; round < 100; round++) {
        for (size_t i = 0; i < sizeof(both_databases) / sizeof(both_databases[0]); i++) {
            wrong += is_as_expected(geo, &both_databases[i]) ? 0 : 1;
        }
    }
    return (void *)wrong;
}

static void threads_may_look_up_at_once(void **state)
{
    (void)state;
    pthread_t threads[3];
    struct geo *geo = open_databases(LOOPBACK, LOOPBACK_IPV4);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, look_up_in_thread, geo), 0);
    }
    for (size_t i = 0; i < 3; i++) {
        void *wrong = NULL;
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
    geo_free(geo);
}

static void a_real_database_knows_a_well_known_address(void **state)
{
    (void)state;
    const char *path = getenv("MXGRADE_TEST_MMDB");
    if (path == NULL || path[0] == '\0') {
        skip();
    }
    struct geo *geo = open_databases(path, NULL);
    struct address address = address_of("8.8.8.8");
    struct geo_record record;
    assert_true(geo_look_up(geo, &address, &record));
    assert_true(strcmp(record.country, "US") == 0 || record.asn == 15169);
    geo_free(geo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layout_is_read),
        cmocka_unit_test(an_ipv4_only_database_knows_no_ipv6),
        cmocka_unit_test(each_field_comes_from_the_first_database_that_has_it),
        cmocka_unit_test(without_databases_nothing_is_known),
        cmocka_unit_test(files_that_are_no_databases_are_refused_by_name),
        cmocka_unit_test(a_short_error_buffer_is_not_overrun),
        cmocka_unit_test(a_database_cut_short_is_refused),
        cmocka_unit_test(a_damaged_search_tree_is_refused),
        cmocka_unit_test(a_damaged_byte_does_no_harm),
        cmocka_unit_test(threads_may_look_up_at_once),
        cmocka_unit_test(a_real_database_knows_a_well_known_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
