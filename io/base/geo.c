/*
 * Which field of which layout means what is in the tables below; the code knows no vendor. A field
 * that is there but makes no sense (a country "ZZ", an AS number 0, damaged data) counts as
 * missing.
 */
#include "io/base/geo.h"

#include <errno.h>
#include <maxminddb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_MAX 2 /* levels of the deepest path */
#define ASN_MAX  UINT32_MAX

/* The keys that lead to a value, outermost first; the last pointer is always NULL. */
typedef const char *const key_path[KEYS_MAX + 1];

/* Where a database's country is, best first. The registered country is where the network's owner is
 * at home, and all that is known of some networks. */
static key_path country_paths[] = {
    {"country", "iso_code"}, /* GeoIP2, GeoLite2, DB-IP */
    {"country_code"},        /* ip-location-db, IPinfo Lite */
    {"country"},             /* IPinfo */
    {"registered_country", "iso_code"},
};

static key_path asn_paths[] = {
    {"autonomous_system_number"},           /* GeoLite2 ASN, GeoIP2 ISP, DB-IP, ip-location-db */
    {"traits", "autonomous_system_number"}, /* GeoIP2 Enterprise */
    {"asn"},                                /* IPinfo: "AS15169" */
};

static key_path as_org_paths[] = {
    {"autonomous_system_organization"},
    {"traits", "autonomous_system_organization"},
    {"as_name"}, /* IPinfo Lite */
    {"name"},    /* IPinfo ASN */
};

#define NUM_PATHS(paths) (sizeof(paths) / sizeof((paths)[0]))

struct geo {
    size_t num_databases;
    MMDB_s databases[];
};

/* ---- Opening --------------------------------------------------------------------------------- */

/* Whether every record of the search tree leads to a node, to data, or nowhere. Look-ups would see
 * a broken one too, but one by one, hours into a run. */
static int check_tree(const MMDB_s *database)
{
    for (uint32_t i = 0; i < database->metadata.node_count; i++) {
        MMDB_search_node_s node;
        int status = MMDB_read_node(database, i, &node);
        if (status != MMDB_SUCCESS) {
            return status;
        }
        if (node.left_record_type == MMDB_RECORD_TYPE_INVALID ||
            node.right_record_type == MMDB_RECORD_TYPE_INVALID) {
            return MMDB_CORRUPT_SEARCH_TREE_ERROR;
        }
    }
    return MMDB_SUCCESS;
}

static int open_database(const char *path, MMDB_s *out_database)
{
    int status = MMDB_open(path, MMDB_MODE_MMAP, out_database);
    if (status != MMDB_SUCCESS) {
        return status;
    }
    status = check_tree(out_database);
    if (status != MMDB_SUCCESS) {
        MMDB_close(out_database);
    }
    return status;
}

static void describe(const char *path, int status, int error, char *out_error, size_t error_size)
{
    bool unreadable = status == MMDB_FILE_OPEN_ERROR || status == MMDB_IO_ERROR;
    if (unreadable && (error == ENODEV || error == EINVAL)) {
        /* What mapping a directory, a device or nothing at all gives. */
        snprintf(out_error, error_size, "%s: not a plain file, or empty", path);
    } else if (unreadable) {
        snprintf(out_error, error_size, "%s: cannot be read: %s", path, strerror(error));
    } else if (status == MMDB_OUT_OF_MEMORY_ERROR) {
        snprintf(out_error, error_size, "%s: out of memory", path);
    } else {
        snprintf(out_error, error_size, "%s: not a MaxMind DB file, or damaged: %s", path,
                 MMDB_strerror(status));
    }
}

struct geo *geo_new(const char *const *paths, size_t num, char *out_error, size_t error_size)
{
    struct geo *geo = NULL;
    if (num <= (SIZE_MAX - sizeof(*geo)) / sizeof(geo->databases[0])) {
        geo = malloc(sizeof(*geo) + num * sizeof(geo->databases[0]));
    }
    if (geo == NULL) {
        snprintf(out_error, error_size, "out of memory");
        return NULL;
    }
    geo->num_databases = 0;
    for (size_t i = 0; i < num; i++) {
        errno = 0;
        int status = open_database(paths[i], &geo->databases[i]);
        if (status != MMDB_SUCCESS) {
            describe(paths[i], status, errno, out_error, error_size);
            geo_free(geo);
            return NULL;
        }
        geo->num_databases++;
    }
    return geo;
}

void geo_free(struct geo *geo)
{
    if (geo == NULL) {
        return;
    }
    for (size_t i = 0; i < geo->num_databases; i++) {
        MMDB_close(&geo->databases[i]);
    }
    free(geo);
}

/* ---- Reading a record ------------------------------------------------------------------------ */

static bool find_value(const MMDB_entry_s *entry, const key_path *path,
                       MMDB_entry_data_s *out_value)
{
    MMDB_entry_s start = *entry;
    return MMDB_aget_value(&start, out_value, *path) == MMDB_SUCCESS && out_value->has_data;
}

static bool is_text(const MMDB_entry_data_s *value)
{
    return value->type == MMDB_DATA_TYPE_UTF8_STRING && value->data_size > 0;
}

static char capital_letter(char byte)
{
    if (byte >= 'a' && byte <= 'z') {
        return (char)(byte - 'a' + 'A');
    }
    return byte >= 'A' && byte <= 'Z' ? byte : '\0';
}

static bool read_country(const MMDB_entry_data_s *value, struct geo_record *out_record)
{
    if (!is_text(value) || value->data_size != 2) {
        return false;
    }
    char code[sizeof(out_record->country)] = {capital_letter(value->utf8_string[0]),
                                              capital_letter(value->utf8_string[1])};
    if (code[0] == '\0' || code[1] == '\0' || strcmp(code, "ZZ") == 0) {
        return false;
    }
    memcpy(out_record->country, code, sizeof(code));
    return true;
}

/* "AS15169" or "15169"; 0 for anything else. */
static uint64_t number_in_text(const char *bytes, size_t len)
{
    uint64_t number = 0;
    size_t i = 0;
    if (len > 2 && capital_letter(bytes[0]) == 'A' && capital_letter(bytes[1]) == 'S') {
        i = 2;
    }
    for (; i < len; i++) {
        if (bytes[i] < '0' || bytes[i] > '9' || number > ASN_MAX) {
            return 0;
        }
        number = number * 10 + (uint64_t)(bytes[i] - '0');
    }
    return number;
}

static bool read_asn(const MMDB_entry_data_s *value, struct geo_record *out_record)
{
    uint64_t number = 0;
    switch (value->type) {
    case MMDB_DATA_TYPE_UINT16:
        number = value->uint16;
        break;
    case MMDB_DATA_TYPE_UINT32:
        number = value->uint32;
        break;
    case MMDB_DATA_TYPE_UINT64:
        number = value->uint64;
        break;
    case MMDB_DATA_TYPE_UTF8_STRING:
        number = number_in_text(value->utf8_string, value->data_size);
        break;
    default:
        break;
    }
    if (number == 0 || number > ASN_MAX) {
        return false;
    }
    out_record->asn = (uint32_t)number;
    return true;
}

static bool read_as_org(const MMDB_entry_data_s *value, struct geo_record *out_record)
{
    if (!is_text(value)) {
        return false;
    }
    out_record->as_org = value->utf8_string;
    out_record->as_org_len = value->data_size;
    return true;
}

/* Tries the paths in turn until one holds a value that can be read. */
static bool read_first(const MMDB_entry_s *entry, const key_path *paths, size_t num_paths,
                       bool (*read)(const MMDB_entry_data_s *, struct geo_record *),
                       struct geo_record *out_record)
{
    for (size_t i = 0; i < num_paths; i++) {
        MMDB_entry_data_s value;
        if (find_value(entry, &paths[i], &value) && read(&value, out_record)) {
            return true;
        }
    }
    return false;
}

/* Adds what the entry has of the fields that are still missing. */
static void add_fields(const MMDB_entry_s *entry, struct geo_record *record)
{
    struct geo_record found = {0};
    if (record->country[0] == '\0') {
        read_first(entry, country_paths, NUM_PATHS(country_paths), read_country, record);
    }
    if (record->asn != 0 && record->as_org != NULL) {
        return;
    }
    /* A "name" is an organisation's only beside an AS number, and only that AS number's. */
    if (!read_first(entry, asn_paths, NUM_PATHS(asn_paths), read_asn, &found) ||
        (record->asn != 0 && record->asn != found.asn)) {
        return;
    }
    record->asn = found.asn;
    read_first(entry, as_org_paths, NUM_PATHS(as_org_paths), read_as_org, record);
}

bool geo_look_up(const struct geo *geo, const struct address *address,
                 struct geo_record *out_record)
{
    struct sockaddr_storage sockaddr;
    *out_record = (struct geo_record){0};
    (void)address_to_sockaddr(address, 0, &sockaddr);
    for (size_t i = 0; i < geo->num_databases; i++) {
        const MMDB_s *database = &geo->databases[i];
        int status = MMDB_SUCCESS;
        /* An IPv6 address in an IPv4-only database gives an error, that is: nothing. */
        MMDB_lookup_result_s result =
            MMDB_lookup_sockaddr(database, (const struct sockaddr *)&sockaddr, &status);
        if (status == MMDB_SUCCESS && result.found_entry) {
            add_fields(&result.entry, out_record);
        }
    }
    return out_record->country[0] != '\0' || out_record->asn != 0;
}
