/* The strongest level that a sender can demand of a domain, one change of a spotless domain after
 * the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "output/record/record_enum.h"
#include "scanner/grading/enforce.h"
#include "scanner/grading/enforce_names.h"

#include "tests/unit/failing_allocator.h"
#include "tests/unit/named.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))
#define NOW        1796000000
#define SCANNED    (NOW - 3600)

static const struct verdict yes = {.value = TRI_YES};
static const struct verdict no = {.value = TRI_NO};
static const struct verdict unknown = {.value = TRI_UNKNOWN, .reason = OUTCOME_TLS_TIMEOUT};

/* A domain with two MX hosts, one address each, at which everything is right; the hosts belong to
 * somebody else, and their names are not signed. */
struct scene {
    struct domain_record record;
    struct mx_record mx[2];
    struct mx_endpoint places[2];
    struct endpoint_record endpoints[2];
    struct certificate_record certificates[2];
    struct text names[2];
    const struct endpoint_record *of_first[1], *of_second[1];
    struct enforce_host hosts[2];
    const char *patterns[1];
    const struct hostname *domain;
    enum enforce_sender sender;
    struct arena arena;
    struct enforce_record out;
};

static struct text text_of(const char *text)
{
    return (struct text){text, strlen(text)};
}

static void make_endpoint(struct scene *scene, unsigned i)
{
    struct endpoint_record *endpoint = &scene->endpoints[i];
    struct certificate_record *certificate = &scene->certificates[i];
    endpoint->outcome = OUTCOME_OK;
    endpoint->starttls_advertised = endpoint->starttls_accepted = yes;
    endpoint->starttls_handshake = yes;
    endpoint->has_tls = endpoint->tls.has_version = true;
    endpoint->tls.version = TLS_1_3;
    endpoint->tls.versions[TLS_1_2] = endpoint->tls.versions[TLS_1_3] = yes;
    endpoint->tls.cipher = "TLS_AES_128_GCM_SHA256";
    endpoint->tls.secure_renegotiation = yes;
    endpoint->dane = DANE_NONE;
    endpoint->certificate = certificate;
    certificate->trusted = certificate->name_match = yes;
    certificate->name_checked = certificate->has_validity = true;
    certificate->not_after = NOW + 86400;
    certificate->names = &scene->names[i];
    certificate->num_names = 1;
}

static void name_host(struct scene *scene, unsigned i, const char *name)
{
    scene->hosts[i].name = named(name);
    scene->mx[i].host = text_of(name);
    scene->names[i] = text_of(name);
}

static void make_spotless(struct scene *scene)
{
    memset(scene, 0, sizeof(*scene));
    scene->domain = named("example.org");
    scene->record.domain = "example.org";
    scene->record.mail = MAIL_MX;
    scene->record.dnssec = no;
    scene->record.mx = scene->mx;
    scene->record.num_mx = 2;
    scene->record.dane = DANE_NONE;
    scene->record.mta_sts = (struct mta_sts_record){.status = MTA_STS_NONE, .max_age = -1};
    scene->of_first[0] = &scene->endpoints[0];
    scene->of_second[0] = &scene->endpoints[1];
    for (unsigned i = 0; i < 2; i++) {
        make_endpoint(scene, i);
        scene->places[i] = (struct mx_endpoint){
            .address = i == 0 ? "192.0.2.1" : "192.0.2.2", .port = 25, .outcome = OUTCOME_OK};
        scene->mx[i].endpoints = &scene->places[i];
        scene->mx[i].num_endpoints = 1;
        scene->mx[i].outcome = OUTCOME_OK;
        scene->hosts[i].mx = &scene->mx[i];
        scene->hosts[i].endpoints = i == 0 ? scene->of_first : scene->of_second;
    }
    name_host(scene, 0, "mx1.provider.example");
    name_host(scene, 1, "mx2.provider.example");
}

static void decide(struct scene *scene)
{
    const struct enforce_input input = {scene->domain, &scene->record, scene->hosts, SCANNED, NOW};
    assert_true(enforce_decide(&input, scene->sender, &scene->arena, &scene->out));
}

/* ---- Changes ---- */

typedef void change(struct scene *scene);

static void nothing(struct scene *scene)
{
    (void)scene;
}

static void signed_mx(struct scene *scene)
{
    scene->record.dnssec = yes;
}

static void own_hosts(struct scene *scene)
{
    name_host(scene, 0, "example.org");
    name_host(scene, 1, "b.mx.example.org");
}

static void alike_hosts(struct scene *scene)
{
    name_host(scene, 0, "notexample.org");
    name_host(scene, 1, "b.mx.example.org");
}

static void names_of_domain(struct scene *scene)
{
    for (unsigned i = 0; i < 2; i++) {
        scene->certificates[i].name_match = no;
        scene->certificates[i].problems = CERTIFICATE_PROBLEM_BIT(CERTIFICATE_NAME_MISMATCH);
        scene->names[i] = text_of(i == 0 ? "EXAMPLE.org" : "*.example.org");
    }
}

static void half_the_names_of_domain(struct scene *scene)
{
    names_of_domain(scene);
    scene->names[1] = text_of("*.notexample.org");
}

static void with_policy(struct scene *scene)
{
    scene->patterns[0] = "*.Provider.example";
    scene->record.mta_sts = (struct mta_sts_record){.status = MTA_STS_ENFORCE,
                                                    .mode = "enforce",
                                                    .max_age = 86400,
                                                    .mx = scene->patterns,
                                                    .num_mx = 1};
}

static void with_policy_in_testing(struct scene *scene)
{
    with_policy(scene);
    scene->record.mta_sts.status = MTA_STS_TESTING;
}

static void with_policy_of_yesterday(struct scene *scene)
{
    with_policy(scene);
    scene->record.mta_sts.max_age = 3599;
}

static void with_policy_of_all(struct scene *scene)
{
    with_policy(scene);
    scene->patterns[0] = "*.example";
}

static void with_policy_not_had(struct scene *scene)
{
    scene->record.mta_sts.status = MTA_STS_UNKNOWN;
}

static void with_policy_and_no_name(struct scene *scene)
{
    with_policy(scene);
    scene->certificates[1].name_match = no;
}

static void with_dane(struct scene *scene)
{
    scene->record.dane = DANE_VALID;
    scene->record.dnssec = yes;
    for (unsigned i = 0; i < 2; i++) {
        scene->endpoints[i].dane = DANE_VALID;
        scene->endpoints[i].dane_matched = "3 1 1";
        scene->certificates[i].trusted = no;
    }
}

static void with_dane_and_policy(struct scene *scene)
{
    with_policy(scene);
    scene->record.dane = DANE_VALID;
}

static void with_partial_dane(struct scene *scene)
{
    scene->record.dane = DANE_PARTIAL;
}

static void with_dane_not_had(struct scene *scene)
{
    scene->record.dane = DANE_TEMPERROR;
}

static void with_dane_and_no_sni(struct scene *scene)
{
    with_dane(scene);
    scene->endpoints[0].sni_intolerant = true;
}

static void with_dane_by_an_ended_anchor(struct scene *scene)
{
    with_dane(scene);
    scene->endpoints[1].dane_matched = "2 1 1";
    scene->certificates[1].not_after = NOW - 1;
}

static void one_without_sni(struct scene *scene)
{
    scene->endpoints[0].sni_intolerant = true;
}

static void all_without_sni(struct scene *scene)
{
    scene->endpoints[0].sni_intolerant = scene->endpoints[1].sni_intolerant = true;
}

static void self_signed(struct scene *scene)
{
    scene->certificates[1].trusted = no;
}

static void not_judged(struct scene *scene)
{
    scene->certificates[1].trusted = unknown;
}

static void expired(struct scene *scene)
{
    scene->certificates[1].problems = CERTIFICATE_PROBLEM_BIT(CERTIFICATE_EXPIRED);
}

static void ended_since(struct scene *scene)
{
    scene->certificates[1].not_after = NOW - 1;
}

static void revoked(struct scene *scene)
{
    scene->certificates[1].problems = CERTIFICATE_PROBLEM_BIT(CERTIFICATE_REVOKED);
}

static void weak_key(struct scene *scene)
{
    scene->certificates[1].problems = CERTIFICATE_PROBLEM_BIT(CERTIFICATE_WEAK_KEY);
}

static void cn_only(struct scene *scene)
{
    scene->certificates[1].problems = CERTIFICATE_PROBLEM_BIT(CERTIFICATE_CN_ONLY);
}

static void other_name(struct scene *scene)
{
    scene->certificates[1].name_match = no;
}

static void second_leaf_self_signed(struct scene *scene)
{
    static const struct certificate_record second = {.trusted = {.value = TRI_NO}};
    scene->endpoints[1].certificate2 = &second;
}

static void mixed_certificates(struct scene *scene)
{
    scene->endpoints[1].votes.certificate.mixed = true;
}

static void no_certificate(struct scene *scene)
{
    scene->endpoints[1].certificate = NULL;
}

static void only_tls10(struct scene *scene)
{
    struct tls_facts *tls = &scene->endpoints[1].tls;
    tls->version = TLS_1_0;
    tls->versions[TLS_1_2] = tls->versions[TLS_1_3] = no;
}

static void only_tls10_with_dane(struct scene *scene)
{
    with_dane(scene);
    only_tls10(scene);
}

static void only_ssl3(struct scene *scene)
{
    only_tls10(scene);
    scene->endpoints[1].tls.version = TLS_SSL3;
}

static void only_tls12(struct scene *scene)
{
    struct tls_facts *tls = &scene->endpoints[1].tls;
    tls->version = TLS_1_2;
    tls->versions[TLS_1_3] = no;
    tls->cipher = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
}

static void no_renegotiation(struct scene *scene)
{
    only_tls12(scene);
    scene->endpoints[1].tls.secure_renegotiation = no;
}

static void no_renegotiation_beside_tls13(struct scene *scene)
{
    scene->endpoints[1].tls.secure_renegotiation = no;
}

static void only_3des(struct scene *scene)
{
    only_tls12(scene);
    scene->endpoints[1].tls.cipher = "TLS_RSA_WITH_3DES_EDE_CBC_SHA";
}

static void small_dh(struct scene *scene)
{
    only_tls12(scene);
    scene->endpoints[1].tls.cipher = "TLS_RSA_WITH_AES_128_CBC_SHA";
    scene->endpoints[1].tls.weak[WEAK_SMALL_DH] = yes;
    scene->endpoints[1].tls.dh_bits = 1024;
}

static void tiny_dh(struct scene *scene)
{
    small_dh(scene);
    scene->endpoints[1].tls.dh_bits = 768;
}

static void tiny_key(struct scene *scene)
{
    scene->certificates[1].smallest_rsa_bits = 768;
}

static void broken_digest(struct scene *scene)
{
    scene->certificates[1].problems = CERTIFICATE_PROBLEM_BIT(CERTIFICATE_WEAK_SIGNATURE);
}

static void small_dh_beside_ecdhe(struct scene *scene)
{
    only_tls12(scene);
    scene->endpoints[1].tls.weak[WEAK_SMALL_DH] = yes;
}

static void tls13_intolerant(struct scene *scene)
{
    only_tls12(scene);
    scene->endpoints[1].tls13_intolerant = true;
}

static void large_hello_intolerant(struct scene *scene)
{
    scene->endpoints[1].tls.large_hello_intolerant = true;
}

static void no_starttls(struct scene *scene)
{
    scene->endpoints[1].starttls_advertised = no;
    scene->endpoints[1].starttls_accepted = scene->endpoints[1].starttls_handshake =
        (struct verdict){.value = TRI_UNKNOWN};
    scene->endpoints[1].has_tls = false;
    scene->endpoints[1].certificate = NULL;
}

static void refused_starttls(struct scene *scene)
{
    no_starttls(scene);
    scene->endpoints[1].starttls_advertised = yes;
    scene->endpoints[1].starttls_accepted = no;
}

static void failed_handshake(struct scene *scene)
{
    refused_starttls(scene);
    scene->endpoints[1].starttls_accepted = yes;
    scene->endpoints[1].starttls_handshake = no;
}

static void anonymous(struct scene *scene)
{
    struct endpoint_record *endpoint = &scene->endpoints[1];
    endpoint->starttls_handshake = no;
    endpoint->certificate = NULL;
    endpoint->tls.weak[WEAK_ANON] = yes;
}

static void now_and_then(struct scene *scene)
{
    scene->endpoints[1].inconsistent = true;
}

static void wants_certificate(struct scene *scene)
{
    failed_handshake(scene);
    scene->endpoints[1].votes.handshake.certificate_wanted = 2;
    scene->endpoints[1].votes.handshake.failed = 2;
    scene->endpoints[1].outcome = OUTCOME_TLS_CLIENT_CERTIFICATE;
}

static void no_common_suite(struct scene *scene)
{
    scene->endpoints[1].no_common_suite = true;
    scene->endpoints[1].starttls_handshake = unknown;
}

static void unseen(struct scene *scene, enum outcome outcome)
{
    scene->endpoints[1] = (struct endpoint_record){.outcome = outcome};
    scene->places[1].outcome = scene->mx[1].outcome = outcome;
}

static void turned_away(struct scene *scene)
{
    unseen(scene, OUTCOME_TURNED_AWAY);
}

static void intercepted(struct scene *scene)
{
    unseen(scene, OUTCOME_INTERCEPTED);
}

static void proxy_failed(struct scene *scene)
{
    unseen(scene, OUTCOME_PROXY_FAILED);
}

static void silent(struct scene *scene)
{
    unseen(scene, OUTCOME_CONNECT_TIMEOUT);
}

static void all_silent(struct scene *scene)
{
    silent(scene);
    scene->endpoints[0] = scene->endpoints[1];
    scene->places[0].outcome = OUTCOME_CONNECT_REFUSED;
}

static void not_asked(struct scene *scene)
{
    unseen(scene, OUTCOME_FAMILY_NOT_ASKED);
    scene->record.open = QUESTION_BIT(QUESTION_IPV6);
}

static void dangling(struct scene *scene)
{
    unseen(scene, OUTCOME_DNS_NXDOMAIN);
}

static void dangling_without_data(struct scene *scene)
{
    unseen(scene, OUTCOME_DNS_NODATA);
}

static void policy_host_silent(struct scene *scene)
{
    scene->record.mta_sts =
        (struct mta_sts_record){.status = MTA_STS_FETCH_FAILED, .may_be_the_network = true};
}

static void policy_refused(struct scene *scene)
{
    scene->record.mta_sts.status = MTA_STS_FETCH_FAILED;
}

static void policy_of_this_second(struct scene *scene)
{
    with_policy(scene);
    scene->record.mta_sts.max_age = 3600;
}

static void with_dane_by_an_anchor(struct scene *scene)
{
    with_dane(scene);
    scene->endpoints[1].dane_matched = "2 1 1";
}

static void with_dane_by_an_ended_leaf(struct scene *scene)
{
    with_dane(scene);
    scene->certificates[1].not_after = NOW - 1;
}

static void with_policy_and_one_without_sni(struct scene *scene)
{
    with_policy(scene);
    one_without_sni(scene);
}

static void refused_later(struct scene *scene)
{
    no_starttls(scene);
    scene->places[1].outcome = OUTCOME_CONNECT_TIMEOUT;
}

static void anonymous_without_tls(struct scene *scene)
{
    failed_handshake(scene);
    scene->endpoints[1].tls.weak[WEAK_ANON] = no;
    scene->endpoints[1].has_tls = true;
}

static void versions_unknown(struct scene *scene)
{
    struct tls_facts *tls = &scene->endpoints[1].tls;
    tls->has_version = false;
    tls->versions[TLS_1_2] = tls->versions[TLS_1_3] = unknown;
}

static void versions_refused(struct scene *scene)
{
    struct tls_facts *tls = &scene->endpoints[1].tls;
    tls->has_version = false;
    for (unsigned i = 0; i < TLS_VERSION_COUNT; i++) {
        tls->versions[i] = no;
    }
}

static void small_key_of_level_1(struct scene *scene)
{
    scene->certificates[1].smallest_rsa_bits = 1024;
}

static void look_up_failed(struct scene *scene)
{
    scene->mx[1].num_endpoints = 0;
    scene->mx[1].outcome = OUTCOME_DNS_TIMEOUT;
}

static void record_missing(struct scene *scene)
{
    scene->of_second[0] = NULL;
}

/* Postfix would take the name for a strategy: postconf(5), smtp_tls_verify_cert_match. */
static void host_called_hostname(struct scene *scene)
{
    name_host(scene, 1, "hostname");
}

static void null_mx(struct scene *scene)
{
    scene->record.mail = MAIL_NULL_MX;
    scene->record.num_mx = 0;
}

static void mx_unknown(struct scene *scene)
{
    scene->record.mail = MAIL_UNKNOWN;
    scene->record.dns_outcome = OUTCOME_DNS_SERVFAIL;
    scene->record.num_mx = 0;
}

/* ---- The table ---- */

/* What becomes of it, and a part of why the level above (or another one) does not hold. */
static const struct {
    change *change;
    const char *name;
    enum enforce_level level;
    const char *names; /* with blanks between */
    enum enforce_level other;
    const char *why;
} cases[] = {
    {nothing, "nothing", ENFORCE_VERIFY, "mx1.provider.example mx2.provider.example",
     ENFORCE_SECURE, "not signed"},
    {signed_mx, "signed_mx", ENFORCE_SECURE, "mx1.provider.example mx2.provider.example",
     ENFORCE_DANE, "no TLSA"},
    {own_hosts, "own_hosts", ENFORCE_SECURE, "example.org b.mx.example.org", ENFORCE_MTA_STS,
     "no MTA-STS policy"},
    {alike_hosts, "alike_hosts", ENFORCE_VERIFY, "notexample.org b.mx.example.org", ENFORCE_SECURE,
     "not signed"},
    {names_of_domain, "names_of_domain", ENFORCE_SECURE, "example.org *.example.org",
     ENFORCE_VERIFY, "(192.0.2.1) has a certificate for another name"},
    {half_the_names_of_domain, "half_the_names_of_domain", ENFORCE_ENCRYPT, "", ENFORCE_SECURE,
     "another name"},
    {with_policy, "with_policy", ENFORCE_MTA_STS, "*.provider.example", ENFORCE_DANE, "no TLSA"},
    {with_policy_in_testing, "with_policy_in_testing", ENFORCE_VERIFY,
     "mx1.provider.example mx2.provider.example", ENFORCE_MTA_STS, "mode testing"},
    {with_policy_of_yesterday, "with_policy_of_yesterday", ENFORCE_VERIFY,
     "mx1.provider.example mx2.provider.example", ENFORCE_MTA_STS, "longer ago"},
    {with_policy_of_all, "with_policy_of_all", ENFORCE_VERIFY,
     "mx1.provider.example mx2.provider.example", ENFORCE_MTA_STS, "names no host"},
    {with_policy_not_had, "with_policy_not_had", ENFORCE_VERIFY,
     "mx1.provider.example mx2.provider.example", ENFORCE_MTA_STS, "could not be had"},
    {with_policy_and_no_name, "with_policy_and_no_name", ENFORCE_ENCRYPT, "", ENFORCE_MTA_STS,
     "another name"},
    {with_dane, "with_dane", ENFORCE_DANE, "", ENFORCE_VERIFY, "no trusted CA"},
    {with_dane_and_policy, "with_dane_and_policy", ENFORCE_DANE, "", ENFORCE_SECURE, "not signed"},
    {with_partial_dane, "with_partial_dane", ENFORCE_VERIFY,
     "mx1.provider.example mx2.provider.example", ENFORCE_DANE, "not every MX host"},
    {with_dane_not_had, "with_dane_not_had", ENFORCE_VERIFY,
     "mx1.provider.example mx2.provider.example", ENFORCE_DANE, "could not be looked up"},
    {with_dane_and_no_sni, "with_dane_and_no_sni", ENFORCE_ENCRYPT, "", ENFORCE_DANE,
     "must not be named"},
    {with_dane_by_an_ended_anchor, "with_dane_by_an_ended_anchor", ENFORCE_ENCRYPT, "",
     ENFORCE_DANE, "ended since"},
    {one_without_sni, "one_without_sni", ENFORCE_ENCRYPT, "", ENFORCE_VERIFY, "must not be named"},
    {all_without_sni, "all_without_sni", ENFORCE_VERIFY,
     "mx1.provider.example mx2.provider.example", ENFORCE_SECURE, "not signed"},
    {self_signed, "self_signed", ENFORCE_ENCRYPT, "", ENFORCE_VERIFY,
     "mx2.provider.example (192.0.2.2) has a certificate that no trusted CA has issued"},
    {not_judged, "not_judged", ENFORCE_ENCRYPT, "", ENFORCE_VERIFY, "could not be judged"},
    {expired, "expired", ENFORCE_ENCRYPT, "", ENFORCE_VERIFY, "out of its dates"},
    {ended_since, "ended_since", ENFORCE_ENCRYPT, "", ENFORCE_VERIFY, "ended since the scan"},
    {revoked, "revoked", ENFORCE_ENCRYPT, "", ENFORCE_VERIFY, "revoked"},
    {weak_key, "weak_key", ENFORCE_VERIFY, "mx1.provider.example mx2.provider.example",
     ENFORCE_SECURE, "not signed"},
    {cn_only, "cn_only", ENFORCE_ENCRYPT, "", ENFORCE_VERIFY, "another name"},
    {other_name, "other_name", ENFORCE_ENCRYPT, "", ENFORCE_VERIFY, "another name"},
    {second_leaf_self_signed, "second_leaf_self_signed", ENFORCE_ENCRYPT, "", ENFORCE_VERIFY,
     "no trusted CA"},
    {mixed_certificates, "mixed_certificates", ENFORCE_ENCRYPT, "", ENFORCE_VERIFY,
     "several machines"},
    {no_certificate, "no_certificate", ENFORCE_ENCRYPT, "", ENFORCE_VERIFY,
     "without a certificate"},
    {only_tls12, "only_tls12", ENFORCE_VERIFY, "mx1.provider.example mx2.provider.example",
     ENFORCE_SECURE, "not signed"},
    {only_tls10, "only_tls10", ENFORCE_ENCRYPT, "", ENFORCE_VERIFY, "no TLS 1.2"},
    {only_tls10_with_dane, "only_tls10_with_dane", ENFORCE_ENCRYPT, "", ENFORCE_DANE, "no TLS 1.2"},
    {only_ssl3, "only_ssl3", ENFORCE_NONE, "", ENFORCE_ENCRYPT, "SSL alone"},
    {anonymous, "anonymous", ENFORCE_ENCRYPT, "", ENFORCE_VERIFY, "without a certificate alone"},
    {no_renegotiation, "no_renegotiation", ENFORCE_NONE, "", ENFORCE_ENCRYPT,
     "lacks secure renegotiation"},
    {no_renegotiation_beside_tls13, "no_renegotiation_beside_tls13", ENFORCE_VERIFY,
     "mx1.provider.example mx2.provider.example", ENFORCE_SECURE, "not signed"},
    {only_3des, "only_3des", ENFORCE_NONE, "", ENFORCE_ENCRYPT, "OpenSSL 3 lacks"},
    {small_dh, "small_dh", ENFORCE_VERIFY, "mx1.provider.example mx2.provider.example",
     ENFORCE_SECURE, "not signed"},
    {tiny_dh, "tiny_dh", ENFORCE_ENCRYPT, "", ENFORCE_VERIFY, "below 1024"},
    {tiny_key, "tiny_key", ENFORCE_ENCRYPT, "", ENFORCE_VERIFY, "below 1024"},
    {broken_digest, "broken_digest", ENFORCE_ENCRYPT, "", ENFORCE_VERIFY, "broken digest"},
    {small_dh_beside_ecdhe, "small_dh_beside_ecdhe", ENFORCE_VERIFY,
     "mx1.provider.example mx2.provider.example", ENFORCE_SECURE, "not signed"},
    {tls13_intolerant, "tls13_intolerant", ENFORCE_NONE, "", ENFORCE_ENCRYPT, "TLS 1.3 is offered"},
    {large_hello_intolerant, "large_hello_intolerant", ENFORCE_NONE, "", ENFORCE_ENCRYPT,
     "OpenSSL 3.5"},
    {no_starttls, "no_starttls", ENFORCE_NONE, "", ENFORCE_ENCRYPT, "does not offer STARTTLS"},
    {refused_starttls, "refused_starttls", ENFORCE_NONE, "", ENFORCE_ENCRYPT, "refuses it"},
    {failed_handshake, "failed_handshake", ENFORCE_NONE, "", ENFORCE_ENCRYPT,
     "ends each handshake"},
    {now_and_then, "now_and_then", ENFORCE_NONE, "", ENFORCE_ENCRYPT, "at some times only"},
    {wants_certificate, "wants_certificate", ENFORCE_NONE, "", ENFORCE_ENCRYPT,
     "shows a certificate"},
    {no_common_suite, "no_common_suite", ENFORCE_NONE, "", ENFORCE_ENCRYPT, "nothing was tried"},
    {turned_away, "turned_away", ENFORCE_NONE, "", ENFORCE_ENCRYPT, "turns this scanner away"},
    {intercepted, "intercepted", ENFORCE_NONE, "", ENFORCE_ENCRYPT, "the run is void"},
    {proxy_failed, "proxy_failed", ENFORCE_NONE, "", ENFORCE_ENCRYPT, "the proxy did not"},
    {silent, "silent", ENFORCE_VERIFY, "mx1.provider.example mx2.provider.example", ENFORCE_SECURE,
     "not signed"},
    {all_silent, "all_silent", ENFORCE_NONE, "", ENFORCE_ENCRYPT, "none of its mail hosts"},
    {not_asked, "not_asked", ENFORCE_VERIFY, "mx1.provider.example mx2.provider.example",
     ENFORCE_SECURE, "not signed"},
    {dangling, "dangling", ENFORCE_VERIFY, "mx1.provider.example", ENFORCE_SECURE, "not signed"},
    {look_up_failed, "look_up_failed", ENFORCE_NONE, "", ENFORCE_ENCRYPT, "no DNS answer"},
    {record_missing, "record_missing", ENFORCE_NONE, "", ENFORCE_ENCRYPT, "no record in the file"},
    {host_called_hostname, "host_called_hostname", ENFORCE_ENCRYPT, "", ENFORCE_VERIFY,
     "one label"},
    {dangling_without_data, "dangling_without_data", ENFORCE_VERIFY, "mx1.provider.example",
     ENFORCE_SECURE, "not signed"},
    {policy_host_silent, "policy_host_silent", ENFORCE_VERIFY,
     "mx1.provider.example mx2.provider.example", ENFORCE_MTA_STS, "could not be fetched"},
    {policy_refused, "policy_refused", ENFORCE_VERIFY, "mx1.provider.example mx2.provider.example",
     ENFORCE_MTA_STS, "could not be fetched"},
    {policy_of_this_second, "policy_of_this_second", ENFORCE_MTA_STS, "*.provider.example",
     ENFORCE_DANE, "no TLSA"},
    {with_dane_by_an_anchor, "with_dane_by_an_anchor", ENFORCE_DANE, "", ENFORCE_VERIFY,
     "no trusted CA"},
    {with_dane_by_an_ended_leaf, "with_dane_by_an_ended_leaf", ENFORCE_DANE, "", ENFORCE_VERIFY,
     "no trusted CA"},
    {with_policy_and_one_without_sni, "with_policy_and_one_without_sni", ENFORCE_ENCRYPT, "",
     ENFORCE_MTA_STS, "must not be named"},
    {refused_later, "refused_later", ENFORCE_NONE, "", ENFORCE_ENCRYPT, "does not offer STARTTLS"},
    {anonymous_without_tls, "anonymous_without_tls", ENFORCE_NONE, "", ENFORCE_ENCRYPT,
     "ends each handshake"},
    {versions_unknown, "versions_unknown", ENFORCE_NONE, "", ENFORCE_ENCRYPT, "which versions"},
    {versions_refused, "versions_refused", ENFORCE_NONE, "", ENFORCE_ENCRYPT, "SSL alone"},
    {small_key_of_level_1, "small_key_of_level_1", ENFORCE_VERIFY,
     "mx1.provider.example mx2.provider.example", ENFORCE_SECURE, "not signed"},
    {null_mx, "null_mx", ENFORCE_NONE, "", ENFORCE_ENCRYPT, "takes no mail"},
    {mx_unknown, "mx_unknown", ENFORCE_NONE, "", ENFORCE_ENCRYPT, "SERVFAIL"},
};

static const char *join(const struct enforce_record *out, char text[512])
{
    text[0] = '\0';
    for (size_t i = 0; i < out->num_names; i++) {
        strncat(text, i > 0 ? " " : "", 2);
        strncat(text, out->names[i], 200);
    }
    return text;
}

static void each_change_has_its_level_its_names_and_its_reason(void **state)
{
    char names[512];
    (void)state;
    for (size_t i = 0; i < NUM(cases); i++) {
        struct scene scene;
        make_spotless(&scene);
        cases[i].change(&scene);
        decide(&scene);
        const struct enforce_answer *other = &scene.out.answers[cases[i].other - 1];
        const char *why = other->reason != NULL ? other->reason : "";
        if (scene.out.level != cases[i].level || strcmp(join(&scene.out, names), cases[i].names) ||
            other->delivers == TRI_YES || strstr(why, cases[i].why) == NULL) {
            fail_msg("%s: %s, names \"%s\", %s because \"%s\"", cases[i].name,
                     enforce_level_name(scene.out.level), names,
                     record_enum_name(&record_verdict, other->delivers), why);
        }
        arena_free(&scene.arena);
    }
}

/* What could not be seen is unknown, and never a failure of the domain's. */
static void what_was_not_seen_is_unknown(void **state)
{
    static change *const unseen_ones[] = {turned_away, intercepted,    proxy_failed,
                                          all_silent,  look_up_failed, record_missing,
                                          null_mx,     mx_unknown,     no_common_suite};
    (void)state;
    for (size_t i = 0; i < NUM(unseen_ones); i++) {
        struct scene scene;
        make_spotless(&scene);
        unseen_ones[i](&scene);
        decide(&scene);
        for (size_t k = 0; k < ENFORCE_VERIFY; k++) {
            assert_int_equal(scene.out.answers[k].delivers, TRI_UNKNOWN);
        }
        arena_free(&scene.arena);
    }
}

/* Of look-ups and fetches: an unknown is told from a no. */
static void what_may_be_there_is_unknown_and_what_is_not_is_no(void **state)
{
    static const struct {
        change *change;
        enum enforce_level level;
        enum tri delivers;
    } answers[] = {
        {with_policy_not_had, ENFORCE_MTA_STS, TRI_UNKNOWN},
        {policy_host_silent, ENFORCE_MTA_STS, TRI_UNKNOWN},
        {policy_refused, ENFORCE_MTA_STS, TRI_NO},
        {nothing, ENFORCE_MTA_STS, TRI_NO},
        {with_dane_not_had, ENFORCE_DANE, TRI_UNKNOWN},
        {nothing, ENFORCE_DANE, TRI_NO},
        {with_partial_dane, ENFORCE_DANE, TRI_NO},
        {versions_unknown, ENFORCE_ENCRYPT, TRI_UNKNOWN},
        {versions_refused, ENFORCE_ENCRYPT, TRI_NO},
        {not_judged, ENFORCE_VERIFY, TRI_UNKNOWN},
        {self_signed, ENFORCE_VERIFY, TRI_NO},
    };
    (void)state;
    for (size_t i = 0; i < NUM(answers); i++) {
        struct scene scene;
        make_spotless(&scene);
        answers[i].change(&scene);
        decide(&scene);
        assert_int_equal(scene.out.answers[answers[i].level - 1].delivers, answers[i].delivers);
        arena_free(&scene.arena);
    }
}

static void servers_that_must_not_be_named_are_told(void **state)
{
    struct scene scene;
    (void)state;
    make_spotless(&scene);
    decide(&scene);
    assert_false(scene.out.without_sni);
    arena_free(&scene.arena);
    make_spotless(&scene);
    all_without_sni(&scene);
    decide(&scene);
    assert_true(scene.out.without_sni);
    arena_free(&scene.arena);
}

static void a_failure_outweighs_what_was_not_seen(void **state)
{
    struct scene scene;
    (void)state;
    make_spotless(&scene);
    turned_away(&scene);
    scene.endpoints[0].inconsistent = true;
    decide(&scene);
    assert_int_equal(scene.out.answers[0].delivers, TRI_NO);
    arena_free(&scene.arena);
}

/* ---- Senders ---- */

static void senders_that_can_demand_less_are_given_less(void **state)
{
    static const struct {
        change *change;
        enum enforce_sender sender;
        enum enforce_level level;
        const char *names;
    } of_senders[] = {
        {with_policy, ENFORCE_BY_EXIM, ENFORCE_MTA_STS, "*.provider.example"},
        {names_of_domain, ENFORCE_BY_EXIM, ENFORCE_ENCRYPT, ""},
        {signed_mx, ENFORCE_BY_EXIM, ENFORCE_SECURE, "mx1.provider.example mx2.provider.example"},
        {with_dane, ENFORCE_BY_EXIM, ENFORCE_DANE, ""},
        {with_dane, ENFORCE_BY_GOOGLE, ENFORCE_ENCRYPT, ""},
        {signed_mx, ENFORCE_BY_GOOGLE, ENFORCE_VERIFY, "mx1.provider.example mx2.provider.example"},
        {no_starttls, ENFORCE_BY_GOOGLE, ENFORCE_NONE, ""},
        {with_dane, ENFORCE_BY_EXCHANGE, ENFORCE_ENCRYPT, ""},
        {signed_mx, ENFORCE_BY_EXCHANGE, ENFORCE_SECURE, "*.provider.example"},
        {own_hosts, ENFORCE_BY_EXCHANGE, ENFORCE_VERIFY, ""},
        {nothing, ENFORCE_BY_EXCHANGE, ENFORCE_VERIFY, ""},
        {names_of_domain, ENFORCE_BY_EXCHANGE, ENFORCE_ENCRYPT, ""},
        {no_starttls, ENFORCE_BY_EXCHANGE, ENFORCE_NONE, ""},
        {only_tls10, ENFORCE_BY_EXIM, ENFORCE_NONE, ""},
        {small_dh, ENFORCE_BY_EXIM, ENFORCE_NONE, ""},
        {small_dh_beside_ecdhe, ENFORCE_BY_GOOGLE, ENFORCE_VERIFY,
         "mx1.provider.example mx2.provider.example"},
        {anonymous, ENFORCE_BY_EXIM, ENFORCE_NONE, ""},
        {weak_key, ENFORCE_BY_EXIM, ENFORCE_ENCRYPT, ""},
        {no_certificate, ENFORCE_BY_EXIM, ENFORCE_ENCRYPT, ""},
    };
    char names[512];
    (void)state;
    for (size_t i = 0; i < NUM(of_senders); i++) {
        struct scene scene;
        make_spotless(&scene);
        of_senders[i].change(&scene);
        scene.sender = of_senders[i].sender;
        decide(&scene);
        assert_int_equal(scene.out.level, of_senders[i].level);
        assert_string_equal(join(&scene.out, names), of_senders[i].names);
        arena_free(&scene.arena);
    }
}

/* ---- What is beside the level ---- */

static void names_say_who_vouches_for_them_and_policies_when_they_end(void **state)
{
    static const struct {
        change *change;
        enum enforce_names from;
        double stale;
    } from[] = {{nothing, ENFORCE_NAMES_UNSIGNED_MX, 0},
                {signed_mx, ENFORCE_NAMES_SIGNED_MX, 0},
                {own_hosts, ENFORCE_NAMES_DOMAIN, 0},
                {names_of_domain, ENFORCE_NAMES_DOMAIN, 0},
                {with_policy, ENFORCE_NAMES_POLICY, SCANNED + 86400},
                {with_dane_and_policy, ENFORCE_NAMES_NONE, 0},
                {self_signed, ENFORCE_NAMES_NONE, 0}};
    (void)state;
    for (size_t i = 0; i < NUM(from); i++) {
        struct scene scene;
        make_spotless(&scene);
        from[i].change(&scene);
        decide(&scene);
        assert_int_equal(scene.out.names_from, from[i].from);
        assert_true(scene.out.stale == from[i].stale);
        arena_free(&scene.arena);
    }
}

static void notes_tell_of_what_was_not_asked(void **state)
{
    static const struct {
        change *change;
        const char *note;
    } notes[] = {{not_asked, "not asked: the IPv6 addresses, which this run leaves out"},
                 {silent, "took no connection: mx2.provider.example (192.0.2.2)"}};
    struct scene scene;
    (void)state;
    for (size_t i = 0; i < NUM(notes); i++) {
        make_spotless(&scene);
        notes[i].change(&scene);
        decide(&scene);
        assert_int_equal(scene.out.num_notes, 1);
        assert_string_equal(scene.out.notes[0], notes[i].note);
        arena_free(&scene.arena);
    }
    make_spotless(&scene);
    scene.mx[0].addresses_left = 3;
    decide(&scene);
    assert_string_equal(scene.out.notes[0], "3 addresses of mx1.provider.example were not asked");
    arena_free(&scene.arena);
}

/* Three places are named; that there are more is said. */
static void of_many_places_three_are_named(void **state)
{
    struct scene scene;
    (void)state;
    for (size_t num = 3; num <= 4; num++) {
        struct mx_endpoint places[4];
        const struct endpoint_record *endpoints[4];
        make_spotless(&scene);
        no_starttls(&scene);
        for (size_t i = 0; i < num; i++) {
            places[i] = scene.places[1];
            endpoints[i] = &scene.endpoints[1];
        }
        scene.mx[1].endpoints = places;
        scene.mx[1].num_endpoints = num;
        scene.hosts[1].endpoints = endpoints;
        decide(&scene);
        const char *place = "mx2.provider.example (192.0.2.2) does not offer STARTTLS";
        char expected[512];
        snprintf(expected, sizeof(expected), "%s; %s; %s%s", place, place, place,
                 num > 3 ? "; ..." : "");
        assert_string_equal(scene.out.answers[0].reason, expected);
        arena_free(&scene.arena);
    }
}

static void who_would_fail_is_who_does_not_deliver_and_takes_mail(void **state)
{
    struct scene scene;
    struct enforce_answer answer;
    (void)state;
    make_spotless(&scene);
    decide(&scene);
    assert_false(enforce_would_fail(&scene.out, ENFORCE_VERIFY, &answer));
    assert_true(enforce_would_fail(&scene.out, ENFORCE_DANE, &answer));
    assert_int_equal(answer.delivers, TRI_NO);
    assert_false(answer.others_deliver);
    arena_free(&scene.arena);
    make_spotless(&scene);
    no_starttls(&scene);
    scene.mx[0].dane = DANE_VALID;
    scene.record.dane = DANE_PARTIAL;
    decide(&scene);
    assert_true(enforce_would_fail(&scene.out, ENFORCE_ENCRYPT, &answer));
    assert_true(answer.delivers == TRI_NO && answer.others_deliver);
    assert_true(enforce_would_fail(&scene.out, ENFORCE_DANE, &answer));
    assert_true(answer.delivers == TRI_NO && answer.others_deliver);
    arena_free(&scene.arena);
    make_spotless(&scene);
    no_starttls(&scene);
    scene.endpoints[0] = scene.endpoints[1];
    decide(&scene);
    assert_true(enforce_would_fail(&scene.out, ENFORCE_ENCRYPT, &answer));
    assert_true(answer.delivers == TRI_NO && !answer.others_deliver);
    arena_free(&scene.arena);
    make_spotless(&scene);
    null_mx(&scene);
    decide(&scene);
    assert_false(enforce_would_fail(&scene.out, ENFORCE_ENCRYPT, &answer));
    arena_free(&scene.arena);
}

/* Whichever allocation fails: it is told, or the answer is the whole one. */
static void without_memory_nothing_is_decided(void **state)
{
    static change *const changes[] = {with_policy, names_of_domain, no_starttls, silent, not_asked};
    (void)state;
    for (size_t i = 0; i < NUM(changes); i++) {
        unsigned long num_failed = 1, num = 0;
        for (; num_failed > 0; num++) {
            struct scene scene;
            make_spotless(&scene);
            changes[i](&scene);
            const struct enforce_input input = {scene.domain, &scene.record, scene.hosts, SCANNED,
                                                NOW};
            fail_allocations(num, 1);
            bool ok = enforce_decide(&input, ENFORCE_BY_ANY, &scene.arena, &scene.out);
            num_failed = end_failing();
            assert_true(ok == (num_failed == 0));
            arena_free(&scene.arena);
        }
        assert_in_range(num, 3, 1000);
    }
}

/* ---- Names ---- */

static void what_is_no_name_is_not_taken(void **state)
{
    static const char *const others[] = {
        "",          "hostname",      "nexthop",  "dot-nexthop", ".example.org", "a.example\nb.c",
        "a.b c.d",   "a.b'c.d",       "*",        "*.",          "*.example",    "a.*.example.org",
        "*.*.a.bc",  "a.b:hostname",  "a.b\"c.d", "${a}.b.c",    "a.b#c.d",      "a;b.example.org",
        "192.0.2.1", "a.b`c.example", "$(a).b.cd"};
    struct arena arena = {0};
    (void)state;
    for (size_t i = 0; i < NUM(others); i++) {
        struct enforce_name_list names = {.arena = &arena};
        enforce_names_add(&names, others[i]);
        assert_int_equal(names.num, 0);
        assert_true(names.has_other);
    }
    arena_free(&arena);
}

static void a_name_is_taken_once(void **state)
{
    struct arena arena = {0};
    struct enforce_name_list names = {.arena = &arena};
    (void)state;
    enforce_names_add(&names, "MX.example.org.");
    enforce_names_add(&names, "mx.example.org");
    enforce_names_add(&names, "*.Example.org");
    assert_int_equal(names.num, 2);
    assert_string_equal(names.items[0], "mx.example.org");
    assert_string_equal(names.items[1], "*.example.org");
    assert_false(names.has_other);
    arena_free(&arena);
}

static void one_name_for_all_is_nobodys_public_suffix(void **state)
{
    static const char *const all[][4] = {
        /* the names, and what stands for all */
        {"mx.example.org", NULL, NULL, "mx.example.org"},
        {"a.example.org", "b.example.org", NULL, "*.example.org"},
        {"a.example.org", "*.example.org", NULL, "*.example.org"},
        {"a.example.org", "b.example.net", NULL, ""},
        {"a.co.uk", "b.co.uk", NULL, ""},
        {"example.org", "example2.org", NULL, ""},
        {NULL, NULL, NULL, ""},
    };
    struct arena arena = {0};
    (void)state;
    for (size_t i = 0; i < NUM(all); i++) {
        struct enforce_name_list names = {.arena = &arena};
        for (size_t k = 0; k < 3 && all[i][k] != NULL; k++) {
            enforce_names_add(&names, all[i][k]);
        }
        assert_string_equal(enforce_names_in_one(&names), all[i][3]);
    }
    arena_free(&arena);
}

static void an_address_that_is_none_is_not_named(void **state)
{
    struct arena arena = {0};
    (void)state;
    assert_string_equal(enforce_place_text(&arena, "a.b", "2001:DB8::1", "c"),
                        "a.b (2001:db8::1) c");
    assert_string_equal(enforce_place_text(&arena, "a.b", "192.0.2.1\nx", NULL), "a.b");
    assert_string_equal(enforce_place_text(&arena, "a.b", NULL, NULL), "a.b");
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_has_its_level_its_names_and_its_reason),
        cmocka_unit_test(what_was_not_seen_is_unknown),
        cmocka_unit_test(what_may_be_there_is_unknown_and_what_is_not_is_no),
        cmocka_unit_test(servers_that_must_not_be_named_are_told),
        cmocka_unit_test(a_failure_outweighs_what_was_not_seen),
        cmocka_unit_test(senders_that_can_demand_less_are_given_less),
        cmocka_unit_test(names_say_who_vouches_for_them_and_policies_when_they_end),
        cmocka_unit_test(notes_tell_of_what_was_not_asked),
        cmocka_unit_test(of_many_places_three_are_named),
        cmocka_unit_test(who_would_fail_is_who_does_not_deliver_and_takes_mail),
        cmocka_unit_test(without_memory_nothing_is_decided),
        cmocka_unit_test(what_is_no_name_is_not_taken),
        cmocka_unit_test(a_name_is_taken_once),
        cmocka_unit_test(one_name_for_all_is_nobodys_public_suffix),
        cmocka_unit_test(an_address_that_is_none_is_not_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
