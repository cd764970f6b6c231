/*
 * The rules that a ClientHello has to keep so that a refusal says something about the server: no
 * server may be asked for what its protocol version does not have.
 */
#include "io/tls/hello.h"

#include "io/tls/tls_names.h"

static bool has_duplicates(const uint16_t *values, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        for (size_t j = i + 1; j < num; j++) {
            if (values[i] == values[j]) {
                return true;
            }
        }
    }
    return false;
}

static bool contains(const uint16_t *values, size_t num, uint16_t value)
{
    for (size_t i = 0; i < num; i++) {
        if (values[i] == value) {
            return true;
        }
    }
    return false;
}

static bool list_is_good(const uint16_t *values, size_t num, size_t max)
{
    return num <= max && !has_duplicates(values, num);
}

static bool is_protocol_version(uint16_t version)
{
    return version >= 0x0300 && version <= 0x0304;
}

static bool offers(const struct hello_spec *spec, uint16_t version)
{
    return spec->num_versions > 0 ? contains(spec->versions, spec->num_versions, version)
                                  : spec->legacy_version >= version;
}

static bool versions_are_good(const struct hello_spec *spec)
{
    if (!list_is_good(spec->versions, spec->num_versions, HELLO_VERSIONS_MAX)) {
        return false;
    }
    uint16_t highest = 0;
    for (size_t i = 0; i < spec->num_versions; i++) {
        if (!is_protocol_version(spec->versions[i])) {
            return false;
        }
        highest = spec->versions[i] > highest ? spec->versions[i] : highest;
    }
    /* The legacy fields end at 1.2: RFC 8446 sections 4.1.2 and 5.1. */
    uint16_t legacy = highest > 0x0303 ? 0x0303 : highest;
    return spec->legacy_version >= 0x0300 && spec->legacy_version <= 0x0303 &&
           (spec->num_versions == 0 || spec->legacy_version == legacy) &&
           spec->record_version >= 0x0300 && spec->record_version <= spec->legacy_version;
}

/* A signalling value is a flag of the spec, and a suite of TLS 1.3 comes with TLS 1.3. */
static bool suites_are_good(const struct hello_spec *spec)
{
    bool tls13_suite = false, older_suite = false;

    if (spec->num_suites == 0 || !list_is_good(spec->suites, spec->num_suites, HELLO_SUITES_MAX)) {
        return false;
    }
    for (size_t i = 0; i < spec->num_suites; i++) {
        const struct tls_suite *suite = tls_suites_find(spec->suites[i]);
        if (spec->suites[i] == 0 || (suite && suite->kx == TLS_KX_SCSV)) {
            return false;
        }
        if (suite && suite->kx == TLS_KX_TLS13) {
            tls13_suite = true;
        } else {
            older_suite = true;
        }
    }
    bool tls13_only = spec->num_versions == 1 && spec->versions[0] == 0x0304;
    return tls13_suite == offers(spec, 0x0304) && (older_suite || tls13_only);
}

static bool can_make_share(uint16_t group)
{
    return group == TLS_GROUP_X25519 || group == TLS_GROUP_SECP256R1 ||
           group == TLS_GROUP_SECP384R1;
}

/* RFC 8446 section 4.2.8: each share belongs to an offered group, in the same order. */
static bool shares_are_good(const struct hello_spec *spec)
{
    if (spec->num_shares > HELLO_SHARES_MAX) {
        return false;
    }
    size_t group = 0;
    for (size_t i = 0; i < spec->num_shares; i++) {
        while (group < spec->num_groups && spec->groups[group] != spec->shares[i]) {
            group++;
        }
        if (group++ == spec->num_groups || !can_make_share(spec->shares[i])) {
            return false;
        }
    }
    return true;
}

static bool has_extensions(const struct hello_spec *spec)
{
    return spec->num_versions > 0 || spec->num_groups > 0 || spec->num_signatures > 0 ||
           spec->num_shares > 0 || spec->sni || spec->ems || spec->renegotiation_info ||
           spec->session_ticket || spec->status_request || spec->sct || spec->encrypt_then_mac ||
           spec->point_formats || spec->pad_to > 0;
}

/* What each version may and must carry. */
static bool extensions_fit_version(const struct hello_spec *spec)
{
    if (spec->legacy_version == 0x0300 && has_extensions(spec)) {
        return false;
    }
    if (offers(spec, 0x0304)) {
        /* RFC 8446 section 9.2; one compression method, null: section 4.1.2. */
        return spec->num_groups > 0 && spec->num_signatures > 0 && !spec->deflate;
    }
    /* signature_algorithms must not be offered before TLS 1.2: RFC 5246 section 7.4.1.4.1. */
    return spec->num_shares == 0 && (spec->num_signatures == 0 || offers(spec, 0x0303));
}

static bool sizes_are_good(const struct hello_spec *spec)
{
    return spec->pad_to <= HELLO_PAD_MAX &&
           (spec->fragment_len == 0 ||
            (spec->fragment_len >= HELLO_FRAGMENT_MIN && spec->fragment_len <= HELLO_FRAGMENT_MAX));
}

bool hello_is_consistent(const struct hello_spec *spec)
{
    return versions_are_good(spec) && suites_are_good(spec) &&
           list_is_good(spec->groups, spec->num_groups, HELLO_GROUPS_MAX) &&
           list_is_good(spec->signatures, spec->num_signatures, HELLO_SIGNATURES_MAX) &&
           shares_are_good(spec) && extensions_fit_version(spec) &&
           !(spec->renegotiation_info && spec->renegotiation_scsv) && sizes_are_good(spec);
}
