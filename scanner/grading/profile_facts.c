#include "scanner/evidence/facts.h"
#include "scanner/grading/profile_facts.h"

int profile_unless(enum tri value, int bad)
{
    return value == TRI_NO ? 0 : value == TRI_YES ? bad : PROFILE_OPEN;
}

int profile_if(enum tri value, int bad)
{
    return value == TRI_YES ? 0 : value == TRI_NO ? bad : PROFILE_OPEN;
}

enum tri profile_version(const struct endpoint_record *record, enum tls_version version)
{
    return record->has_tls ? record->tls.versions[version].value : TRI_UNKNOWN;
}

enum tri profile_any_version(const struct endpoint_record *record, enum tls_version first,
                             enum tls_version last)
{
    enum tri any = TRI_NO;
    for (unsigned i = first; i <= last; i++) {
        enum tri value = profile_version(record, (enum tls_version)i);
        /* No library has both SSLv2 and TLS 1.3, so it was not asked for beside that. */
        if (i == TLS_SSL2 && value == TRI_UNKNOWN && profile_version(record, TLS_1_3) == TRI_YES) {
            value = TRI_NO;
        }
        if (value == TRI_YES) {
            return TRI_YES;
        }
        any = value == TRI_UNKNOWN ? TRI_UNKNOWN : any;
    }
    return any;
}

enum tri profile_weak(const struct endpoint_record *record, enum weak_class weak_class)
{
    return record->has_tls ? record->tls.weak[weak_class].value : TRI_UNKNOWN;
}

enum tri profile_has_old_tls(const struct endpoint_record *record)
{
    return profile_any_version(record, TLS_SSL3, TLS_1_2);
}

static bool is_cut(const struct tls_facts *tls, enum tls_list list)
{
    return (tls->cut_lists >> list & 1) != 0;
}

enum tri profile_any_suite(const struct endpoint_record *record,
                           bool (*is_bad)(const struct tls_suite *suite))
{
    const struct tls_facts *tls = &record->tls;
    for (size_t i = 0; i < tls->num_suites; i++) {
        const struct tls_suite *suite = tls_suites_find(tls->suites[i]);
        if (suite != NULL && is_bad(suite)) {
            return TRI_YES;
        }
    }
    const struct tls_suite *chosen = tls_suites_find(record->tls_cipher_id);
    if (record->tls_cipher_id != 0 && chosen != NULL && is_bad(chosen)) {
        return TRI_YES;
    }
    bool is_complete =
        (tls->num_suites > tls->num_suites_tls13 || profile_has_old_tls(record) == TRI_NO) &&
        !is_cut(tls, TLS_LIST_SUITES);
    return is_complete ? TRI_NO : TRI_UNKNOWN;
}

enum tri profile_has_tls(const struct endpoint_record *record)
{
    if (record->starttls_handshake.value == TRI_UNKNOWN && record->grade == GRADE_F) {
        return TRI_NO; /* it refused, in one of the ways that the policy calls F */
    }
    if (facts_certificate_required(record)) {
        return TRI_NO; /* a public server must not require it (RFC 3207 section 4) */
    }
    return record->starttls_handshake.value;
}

int profile_of_certificates(const struct endpoint_record *record,
                            int (*level)(const struct certificate_record *certificate))
{
    if (record->certificate == NULL) {
        return PROFILE_OPEN;
    }
    int first = level(record->certificate);
    if (record->certificate2 == NULL) {
        return first;
    }
    int second = level(record->certificate2);
    int worse = first > second ? first : second;
    bool is_open = first == PROFILE_OPEN || second == PROFILE_OPEN;
    return is_open && worse == 0 ? PROFILE_OPEN : worse;
}

static int worst_of(const uint16_t *groups, size_t num, int (*level)(uint16_t group))
{
    int worst = 0;
    for (size_t i = 0; i < num; i++) {
        int one = level(groups[i]);
        worst = one > worst ? one : worst;
    }
    return worst;
}

static bool is_on_a_curve(const struct tls_suite *suite)
{
    return suite->kx == TLS_KX_ECDHE || suite->kx == TLS_KX_ECDH_ANON;
}

int profile_of_groups(const struct endpoint_record *record, int (*level)(uint16_t group),
                      int bottom)
{
    const struct tls_facts *tls = &record->tls;
    int worst = worst_of(tls->groups, tls->num_groups, level);
    int worst_curve = worst_of(tls->curves, tls->num_curves, level);
    worst = worst_curve > worst ? worst_curve : worst;
    bool has_groups = tls->num_groups > 0 || profile_version(record, TLS_1_3) == TRI_NO;
    bool has_curves = tls->num_curves > 0 || profile_has_old_tls(record) == TRI_NO ||
                      profile_any_suite(record, is_on_a_curve) == TRI_NO;
    bool is_complete =
        has_groups && has_curves && !is_cut(tls, TLS_LIST_GROUPS) && !is_cut(tls, TLS_LIST_CURVES);
    return worst < bottom && !is_complete ? PROFILE_OPEN : worst;
}

int profile_unless_problem(const struct certificate_record *certificate,
                           enum certificate_problem problem, int bad)
{
    return (certificate->problems & CERTIFICATE_PROBLEM_BIT(problem)) != 0 ? bad : 0;
}
