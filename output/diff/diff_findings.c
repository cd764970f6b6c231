#include "output/diff/diff_findings.h"

#include <string.h>

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

/* What is not here needs no more than that the endpoint, or the domain, was graded. */
const struct diff_basis diff_bases[] = {
    {"no_esmtp", "esmtp", NULL},
    {"early_response_bytes", "injection.responses", NULL},
    {"command_injection", "injection.commands", NULL},
    {"plaintext_mail_refused", "plaintext_mail", NULL},
    {"plaintext_mail_accepted", "plaintext_mail", NULL},
    {"starttls_in_tls", "starttls.offered_in_tls", NULL},
    {"login_before_tls_on_mx", "login_before_tls", NULL},
    {"login_before_tls", "login_before_tls", NULL},
    {"ssl2", "tls.versions.SSLv2", NULL},
    {"ssl3", "tls.versions.SSLv3", NULL},
    {"tls10", "tls.versions.TLSv1.0", NULL},
    {"tls11", "tls.versions.TLSv1.1", NULL},
    {"no_tls12", "tls.versions.TLSv1.2", NULL},
    {"no_tls13", "tls.versions.TLSv1.3", NULL},
    {"null_suite", "weak:NULL", NULL},
    {"only_anonymous_suites", "weak:anonymous", NULL},
    {"only_broken_suites", "weak:NULL", NULL},
    {"dh_below_1024", "weak:small_DH", NULL},
    {"anonymous_suite", "weak:anonymous", NULL},
    {"export_suite", "weak:export", NULL},
    {"des_suite", "weak:DES", NULL},
    {"rc4_suite", "weak:RC4", NULL},
    {"3des_suite", "weak:3DES", NULL},
    {"static_rsa_suite", "weak:static_RSA", NULL},
    {"static_dh_suite", "weak:static_DH", NULL},
    {"small_dh", "weak:small_DH", NULL},
    {"tls_compression", "tls.compression", NULL},
    {"pq_intolerant", "tls.post_quantum", NULL},
    {"no_post_quantum", "tls.post_quantum", NULL},
    {"no_forward_secrecy", "tls.cipher", NULL},
    {"no_aead", "tls.cipher", NULL},
    {"no_extended_master_secret", "tls.ems", NULL},
    {"no_secure_renegotiation", "tls.secure_renegotiation", NULL},
    {"client_certificate_requested", "tls.client_certificate", NULL},
    {"no_certificate", "starttls.handshake", NULL},
    {"self_signed", "certificate", NULL},
    {"untrusted_root", "certificate", NULL},
    {"incomplete_chain", "certificate", NULL},
    {"expired", "certificate", NULL},
    {"not_yet_valid", "certificate", NULL},
    {"name_mismatch", "certificate", NULL},
    {"cn_only", "certificate", NULL},
    {"rsa_below_1024", "certificate", NULL},
    {"weak_key", "certificate", NULL},
    {"rsa_below_3072", "certificate", NULL},
    {"md5_signature", "certificate", NULL},
    {"sha1_signature", "certificate", NULL},
    {"bad_purpose", "certificate", NULL},
    {"constraint_violation", "certificate", NULL},
    {"unparsable_certificate", "certificate", NULL},
    {"invalid_key", "certificate", NULL},
    {"trust_unknown", "certificate", NULL},
    {"ocsp_revoked", "certificate.ocsp_staple", NULL},
    {"ocsp_staple_stale", "certificate.ocsp_staple", NULL},
    {"ocsp_staple_useless", "certificate.ocsp_staple", NULL},
    {"must_staple_missing", "certificate.ocsp_staple", NULL},
    {"no_ocsp_staple", "certificate.ocsp_staple", NULL},
    {"no_sct", "certificate.sct", NULL},
    {"chain_untidy", "certificate", NULL},
    {"root_sent", "certificate", NULL},
    {"long_validity", "certificate", NULL},
    {"dane_authenticates", "dane.status", NULL},
    {"dane_mismatch", "dane.status", "dane.status"},
    {"dane_unusable", "dane.status", "dane.status"},
    {"dane_bogus", "dane.status", "dane.status"},
    {"dane_no_spare", "dane.status", "dane.status"},
    {"dane_partial", NULL, "dane.status"},
    {"null_mx", NULL, "mail"},
    {"null_mx_beside_others", NULL, "mail"},
    {"implicit_mx", NULL, "mail"},
    {"no_mail_service", NULL, "mail"},
    {"no_such_domain", NULL, "mail"},
    {"mx_is_address", NULL, "mail"},
    {"mx_invalid", NULL, "mail"},
    {"mx_is_cname", NULL, "whole"},
    {"mx_dangling", NULL, "whole"},
    {"mx_not_public", NULL, "whole"},
    {"starttls_on_some", NULL, "whole"},
    {"mta_sts_broken", NULL, "whole"},
    {"mta_sts_would_break", NULL, "whole"},
    {"mta_sts_invalid", NULL, "mta_sts.status"},
    {"mta_sts_testing", NULL, "mta_sts.status"},
    {"mta_sts_off", NULL, "mta_sts.status"},
    {"no_mta_sts", NULL, "mta_sts.status"},
    {"tls_rpt_invalid", NULL, "tls_rpt.status"},
    {"no_tls_rpt", NULL, "tls_rpt.status"},
    {"no_enforcement", NULL, "enforced_tls"},
};
const size_t diff_num_bases = NUM(diff_bases);

bool diff_finding_is_marker(const char *code)
{
    static const char *const markers[] = {"mx_unobserved", "dns_failure", "enforcement_unknown",
                                          "dane_temperror"};
    for (size_t i = 0; i < NUM(markers); i++) {
        if (strcmp(markers[i], code) == 0) {
            return true;
        }
    }
    return false;
}

const char *diff_finding_state_name(enum diff_finding_state state)
{
    static const char *const names[DIFF_FINDING_STATE_COUNT] = {
        [DIFF_OPENED] = "opened",
        [DIFF_CLOSED] = "closed",
        [DIFF_FINDING_NOT_OBSERVED] = "not_observed",
        [DIFF_FINDING_OBSERVED_AGAIN] = "observed_again",
    };
    return names[state];
}

static const struct diff_basis *basis_of(const char *code)
{
    static const struct diff_basis graded = {NULL, NULL, NULL};
    for (size_t i = 0; i < diff_num_bases; i++) {
        if (strcmp(diff_bases[i].code, code) == 0) {
            return &diff_bases[i];
        }
    }
    return &graded;
}

/* ---- Could it be seen? ---- */

static bool has_text(const json_t *array, const char *text)
{
    size_t i;
    json_t *item;
    json_array_foreach(array, i, item)
    {
        if (json_is_string(item) && strcmp(json_string_value(item), text) == 0) {
            return true;
        }
    }
    return false;
}

static bool endpoint_shows(const json_t *endpoint, const char *path)
{
    if (!diff_is_graded(endpoint)) {
        return false;
    }
    if (path == NULL) {
        return true;
    }
    if (strncmp(path, "weak:", 5) == 0) {
        const json_t *tls = json_object_get(endpoint, "tls");
        return json_is_object(tls) && !has_text(json_object_get(tls, "weak_unknown"), path + 5);
    }
    return diff_is_known(endpoint, path);
}

static bool is_mta_sts(const char *path)
{
    return strncmp(path, "mta_sts.", 8) == 0;
}

static bool is_enforcement(const char *path)
{
    return strcmp(path, "enforced_tls") == 0;
}

static bool domain_shows(const struct diff_side *side, const char *path)
{
    if (path == NULL) {
        return diff_is_graded(side->domain);
    }
    if (strcmp(path, "whole") == 0) {
        return diff_is_known(side->domain, "mail") &&
               !json_is_true(json_object_get(side->domain, "partial"));
    }
    if (is_enforcement(path) && !diff_is_graded(side->domain)) {
        return false; /* the lack of it is only a finding where there is something to enforce */
    }
    if (is_enforcement(path) || is_mta_sts(path)) {
        return diff_is_known(side->domain, path) && diff_side_knows_mta_sts(side);
    }
    return diff_is_known(side->domain, path);
}

/* A name that does not exist has no addresses to observe; any other failure hides some. */
static bool hides_addresses(const json_t *mx)
{
    const char *outcome = diff_string(mx, "outcome");
    return json_array_size(json_object_get(mx, "endpoints")) == 0 && outcome != NULL &&
           strcmp(outcome, "dns_nxdomain") != 0 && strcmp(outcome, "dns_nodata") != 0;
}

/* What of the side without the finding has to be looked at for it. */
struct sight {
    size_t num_seen;     /* addresses that have it on the one side and show that they have it not */
    size_t num_unseen;   /* ... or show nothing */
    size_t num_bearers;  /* addresses that have it */
    size_t num_hidden;   /* hosts that have it on the one side and no known address on the other */
    size_t num_new_seen; /* addresses that only the other side has */
    size_t num_new_unseen;
};

static void look_for_bearers(struct sight *sight, const struct diff_side *with,
                             const struct diff_side *without, const char *code, const char *path)
{
    for (size_t i = 0; i < with->num_endpoints; i++) {
        const json_t *bearer = with->endpoints[i];
        if (!diff_has_finding(bearer, code)) {
            continue;
        }
        sight->num_bearers++;
        const json_t *same = diff_side_same_endpoint(without, bearer);
        const json_t *mx = diff_side_mx(without, diff_string(bearer, "host"));
        if (same != NULL) {
            *(endpoint_shows(same, path) ? &sight->num_seen : &sight->num_unseen) += 1;
        } else if (mx != NULL && hides_addresses(mx)) {
            sight->num_hidden++;
        }
    }
}

static void look_at_new_addresses(struct sight *sight, const struct diff_side *with,
                                  const struct diff_side *without, const char *path)
{
    for (size_t i = 0; i < without->num_endpoints; i++) {
        const json_t *endpoint = without->endpoints[i];
        if (diff_side_same_endpoint(with, endpoint) == NULL) {
            *(endpoint_shows(endpoint, path) ? &sight->num_new_seen : &sight->num_new_unseen) += 1;
        }
    }
}

/*
 * The finding is on one side: is its absence on the other an observation? Of the addresses that
 * have it, those still there must show it. If none is, the addresses in their place must.
 */
static bool absence_is_seen(struct diff_side *with, struct diff_side *without, const char *code)
{
    const struct diff_basis *basis = basis_of(code);
    struct sight sight = {0};
    if (!diff_is_known(without->domain, "mail")) {
        return false;
    }
    diff_side_load(with);
    diff_side_load(without);
    look_for_bearers(&sight, with, without, code, basis->endpoint);
    if (sight.num_bearers == 0) {
        return basis->endpoint != NULL && basis->domain == NULL
                   ? diff_is_graded(without->domain) && domain_shows(without, "whole")
                   : domain_shows(without, basis->domain);
    }
    if (sight.num_unseen > 0 || sight.num_hidden > 0) {
        return false;
    }
    if (sight.num_seen > 0) {
        return true;
    }
    look_at_new_addresses(&sight, with, without, basis->endpoint);
    return sight.num_new_unseen == 0;
}

/* Said of what was not observed itself, it is no evidence. */
static bool presence_is_seen(const struct diff_side *side, const char *code)
{
    const char *path = basis_of(code)->domain;
    bool needs_policy = path != NULL && (is_mta_sts(path) || is_enforcement(path));
    return !needs_policy || domain_shows(side, path);
}

/* ---- Comparing ---- */

static void take_missing(struct diff_findings *out, struct diff_side *with,
                         struct diff_side *without, enum diff_finding_state seen,
                         enum diff_finding_state unseen)
{
    size_t i;
    json_t *finding;
    json_array_foreach(json_object_get(with->domain, "findings"), i, finding)
    {
        const char *code = diff_string(finding, "code");
        if (code == NULL || out->num_items == DIFF_FINDINGS_MAX || diff_finding_is_marker(code) ||
            diff_has_finding(without->domain, code) || !presence_is_seen(with, code)) {
            continue;
        }
        out->items[out->num_items++] = (struct diff_finding){
            finding, code, absence_is_seen(with, without, code) ? seen : unseen};
    }
}

void diff_findings_compare(struct diff_findings *out, struct diff_side *before,
                           struct diff_side *after)
{
    out->num_items = 0;
    take_missing(out, after, before, DIFF_OPENED, DIFF_FINDING_OBSERVED_AGAIN);
    take_missing(out, before, after, DIFF_CLOSED, DIFF_FINDING_NOT_OBSERVED);
}

bool diff_findings_any(const struct diff_findings *findings, enum diff_finding_state state,
                       const char *const *codes)
{
    for (size_t i = 0; i < findings->num_items; i++) {
        for (size_t k = 0; findings->items[i].state == state && codes[k] != NULL; k++) {
            if (strcmp(findings->items[i].code, codes[k]) == 0) {
                return true;
            }
        }
    }
    return false;
}
