/*
 * The policy's table and the judging of an endpoint: a spotless record is changed in one respect at
 * a time, and exactly the findings of that respect must follow, with the letter they allow.
 */
#include "tests/unit/judge_scene.h"

#include "scanner/evidence/facts.h"
#include "scanner/grading/profile.h"

#include <ctype.h>
#include <stdio.h>

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

/* ---- One respect at a time ---- */

struct judge_case {
    const char *name;
    void (*change)(struct scene *scene);
    const char *findings; /* all of them, in the order of the table, with blanks between */
    enum grade grade;
};

CHANGE(lacked_here, scene->record.outcome = OUTCOME_LOCAL_ERROR)

static void refuse_versions(struct scene *scene)
{
    for (unsigned i = 0; i < TLS_VERSION_COUNT; i++) {
        scene->record.tls.versions[i] = no;
    }
    scene->record.starttls_handshake = no;
    scene->record.certificate = NULL;
    scene->record.tls_cipher_id = 0;
}

static void only_version(struct scene *scene, enum tls_version version)
{
    for (unsigned i = 0; i < TLS_VERSION_COUNT; i++) {
        scene->record.tls.versions[i] = i == version ? yes : no;
    }
}

CHANGE(no_starttls_once, without_tls(scene, OUTCOME_STARTTLS_NOT_ADVERTISED);
       scene->record.starttls_advertised = unknown)
CHANGE(untold, scene->record.starttls_advertised = no)
CHANGE(refused, without_tls(scene, OUTCOME_STARTTLS_REFUSED); scene->record.starttls_accepted = no)
CHANGE(refused_once, without_tls(scene, OUTCOME_STARTTLS_REFUSED))
CHANGE(stripped, without_tls(scene, OUTCOME_STARTTLS_STRIPPED);
       scene->record.starttls_advertised = unknown)
CHANGE(inconsistent, scene->record.inconsistent = true)
CHANGE(inconsistent_without, scene->record.inconsistent = true;
       scene->record.outcome = OUTCOME_STARTTLS_NOT_ADVERTISED)
CHANGE(all_refused, refuse_versions(scene); scene->record.outcome = OUTCOME_TLS_ALERT)
CHANGE(only_anonymous, refuse_versions(scene); scene->record.outcome = OUTCOME_TLS_ALERT;
       scene->record.tls.weak[WEAK_ANON] = yes;
       scene->record.tls.weak_evidence[WEAK_ANON] = "TLS_DH_anon_WITH_AES_256_GCM_SHA384")
CHANGE(only_export, refuse_versions(scene); scene->record.outcome = OUTCOME_TLS_ALERT;
       scene->record.tls.weak[WEAK_EXPORT] = yes)
CHANGE(all_but_one_refused, refuse_versions(scene); scene->record.outcome = OUTCOME_TLS_ALERT;
       scene->record.tls.versions[TLS_1_1] = unknown)
CHANGE(all_refused_and_ssl2, refuse_versions(scene); scene->record.outcome = OUTCOME_TLS_ALERT;
       scene->record.tls.versions[TLS_SSL2] = yes)
CHANGE(wants_certificate, scene->record.outcome = OUTCOME_TLS_CLIENT_CERTIFICATE;
       scene->record.votes.handshake.certificate_wanted = 2; scene->record.starttls_handshake = no;
       scene->record.tls.client_certificate = CLIENT_CERTIFICATE_REQUIRED)
CHANGE(nothing_in_common, scene->record.no_common_suite = true; scene->record.lack = "X448";
       scene->record.starttls_handshake = unknown; scene->record.outcome = OUTCOME_TLS_ALERT)
CHANGE(refused_behind_hello, scene->record.outcome = OUTCOME_TLS_ALERT;
       scene->record.starttls_handshake = no; scene->record.tls_cipher_id = 0;
       scene->record.certificate = NULL)
CHANGE(refused_in_words, refused_behind_hello(scene); scene->record.outcome = OUTCOME_TLS_PLAINTEXT)
CHANGE(refused_by_garbage, refused_behind_hello(scene); scene->record.outcome = OUTCOME_TLS_GARBAGE)
CHANGE(broken_off, refused_behind_hello(scene); scene->record.outcome = OUTCOME_TLS_CLOSED;
       scene->record.starttls_handshake = unknown)
CHANGE(tls13_intolerant, scene->record.tls13_intolerant = true)
CHANGE(sni_intolerant, scene->record.sni_intolerant = true)
CHANGE(early_bytes, scene->record.injection_responses = yes)
CHANGE(early_bytes_unknown, scene->record.injection_responses = unknown)
CHANGE(ssl2, scene->record.tls.versions[TLS_SSL2] = yes)
CHANGE(ssl3, scene->record.tls.versions[TLS_SSL3] = yes)
CHANGE(tls10, scene->record.tls.versions[TLS_1_0] = yes)
CHANGE(tls11, scene->record.tls.versions[TLS_1_1] = yes)
CHANGE(old_unknown, for (unsigned i = 0; i < TLS_1_2; i++) scene->record.tls.versions[i] = unknown)
CHANGE(new_unknown, scene->record.tls.versions[TLS_1_3] = unknown)
CHANGE(only_tls10, only_version(scene, TLS_1_0))
CHANGE(only_tls11, only_version(scene, TLS_1_1))
CHANGE(tls10_rest_unknown, only_version(scene, TLS_1_0);
       scene->record.tls.versions[TLS_1_2] = unknown)
CHANGE(only_tls12, only_version(scene, TLS_1_2))
CHANGE(only_tls13, only_version(scene, TLS_1_3))
CHANGE(weak_null, scene->record.tls.weak[WEAK_NULL] = yes)
CHANGE(weak_anon, scene->record.tls.weak[WEAK_ANON] = yes)
CHANGE(weak_export, scene->record.tls.weak[WEAK_EXPORT] = yes)
CHANGE(weak_des, scene->record.tls.weak[WEAK_DES] = yes)
CHANGE(weak_rc4, scene->record.tls.weak[WEAK_RC4] = yes)
CHANGE(weak_3des, scene->record.tls.weak[WEAK_3DES] = yes)
CHANGE(weak_static_rsa, scene->record.tls.weak[WEAK_STATIC_RSA] = yes)
CHANGE(weak_static_dh, scene->record.tls.weak[WEAK_STATIC_DH] = yes)
CHANGE(tiny_dh, scene->record.tls.weak[WEAK_SMALL_DH] = yes; scene->record.tls.dh_bits = 1023)
CHANGE(small_dh, scene->record.tls.weak[WEAK_SMALL_DH] = yes; scene->record.tls.dh_bits = 1024)
CHANGE(weak_unknown,
       for (unsigned i = 0; i < WEAK_CLASS_COUNT; i++) scene->record.tls.weak[i] = unknown)
CHANGE(compression, scene->record.tls.compression = yes)
CHANGE(large_hello, scene->record.tls.large_hello_intolerant = true)
CHANGE(no_pq, scene->record.tls.post_quantum = no)
CHANGE(pq_unknown, scene->record.tls.post_quantum = unknown)
CHANGE(commands, scene->record.injection_commands = yes)
CHANGE(commands_unknown, scene->record.injection_commands = unknown)
CHANGE(mail_refused, scene->record.plaintext_mail = PLAINTEXT_MAIL_REFUSED)
CHANGE(mail_only_in_tls, scene->record.plaintext_mail = PLAINTEXT_MAIL_REFUSED;
       scene->record.mail_only_in_tls = true)
CHANGE(mail_accepted, scene->record.plaintext_mail = PLAINTEXT_MAIL_ACCEPTED)
CHANGE(in_tls, scene->record.starttls_in_tls = yes)
CHANGE(login, scene->record.login_before_tls = yes)
CHANGE(login_by_challenge, scene->record.login_before_tls = yes;
       scene->record.login_by_challenge = true)
CHANGE(login_of_people, scene->record.login_before_tls = yes;
       scene->record.is_between_servers = false)
CHANGE(of_people, scene->record.is_between_servers = false)
CHANGE(of_people_without_starttls, without_tls(scene, OUTCOME_STARTTLS_NOT_ADVERTISED);
       scene->record.is_between_servers = false; scene->record.esmtp = unknown;
       scene->record.starttls_advertised = no)
CHANGE(of_people_in_clear, without_tls(scene, OUTCOME_TLS_PLAINTEXT);
       scene->record.is_between_servers = false; scene->record.implicit_tls = true;
       scene->record.starttls_handshake = no)
CHANGE(of_people_busy_in_clear, of_people_in_clear(scene);
       scene->record.starttls_handshake = unknown)
CHANGE(of_people_that_is_silent, without_tls(scene, OUTCOME_TLS_TIMEOUT);
       scene->record.is_between_servers = false; scene->record.has_tls = true;
       memset(&scene->record.tls, 0, sizeof(scene->record.tls)))
CHANGE(static_rsa_chosen, scene->record.tls_cipher_id = 0x009c;
       scene->record.tls.cipher = "TLS_RSA_WITH_AES_128_GCM_SHA256")
CHANGE(cbc_chosen, scene->record.tls_cipher_id = 0xc013;
       scene->record.tls.cipher = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA")
CHANGE(unknown_suite, scene->record.tls_cipher_id = 0xfafa)
CHANGE(no_ems, scene->record.tls.ems = no)
CHANGE(ems_unknown, scene->record.tls.ems = unknown)
CHANGE(no_renegotiation, scene->record.tls.secure_renegotiation = no)
CHANGE(renegotiation_unknown, scene->record.tls.secure_renegotiation = unknown)
CHANGE(no_certificate, scene->record.certificate = NULL)
CHANGE(certificate_but_no_handshake, scene->record.starttls_handshake = unknown;
       scene->record.outcome = OUTCOME_TLS_TIMEOUT)
CHANGE(self_signed, PROBLEM(SELF_SIGNED); scene->certificate.trusted = no)
CHANGE(untrusted, PROBLEM(UNTRUSTED_ROOT); scene->certificate.trusted = no)
CHANGE(incomplete, PROBLEM(INCOMPLETE_CHAIN); scene->certificate.trusted = no)
CHANGE(expired, PROBLEM(EXPIRED); scene->certificate.days_left = -3)
CHANGE(not_yet, PROBLEM(NOT_YET_VALID))
CHANGE(mismatch, PROBLEM(NAME_MISMATCH))
CHANGE(mismatch_and_cn, PROBLEM(NAME_MISMATCH); PROBLEM(CN_ONLY))
CHANGE(purpose, PROBLEM(BAD_PURPOSE); scene->certificate.trusted = no)
CHANGE(constraint, PROBLEM(CONSTRAINT_VIOLATION); scene->certificate.trusted = no)
CHANGE(invalid_key, PROBLEM(INVALID_KEY); scene->certificate.trusted = no)
CHANGE(trust_open, scene->certificate.trusted = unsupported)
CHANGE(trust_open_and_md5, scene->certificate.trusted = unsupported; PROBLEM(WEAK_SIGNATURE);
       scene->certificate.weakest_signature = "md5WithRSAEncryption")
CHANGE(unparsable, PROBLEM(UNPARSABLE); scene->certificate.trusted = no)
CHANGE(rsa_512, scene->certificate.smallest_rsa_bits = 512; PROBLEM(WEAK_KEY))
CHANGE(rsa_1023, scene->certificate.smallest_rsa_bits = 1023; PROBLEM(WEAK_KEY))
CHANGE(rsa_512_alone, rsa_512(scene); scene->record.votes.certificate.key_alone = true)
CHANGE(rsa_1024, scene->certificate.smallest_rsa_bits = 1024; PROBLEM(WEAK_KEY))
CHANGE(rsa_2048, scene->certificate.smallest_rsa_bits = 2048)
CHANGE(rsa_3071, scene->certificate.smallest_rsa_bits = 3071)
CHANGE(rsa_3072, scene->certificate.smallest_rsa_bits = 3072)
CHANGE(weak_ec, PROBLEM(WEAK_KEY))
CHANGE(md5, PROBLEM(WEAK_SIGNATURE); scene->certificate.weakest_signature = "md5WithRSAEncryption")
CHANGE(md2, PROBLEM(WEAK_SIGNATURE); scene->certificate.weakest_signature = "md2WithRSAEncryption")
CHANGE(sha1, PROBLEM(WEAK_SIGNATURE);
       scene->certificate.weakest_signature = "sha1WithRSAEncryption")
CHANGE(second_leaf_expired, scene->certificate2 = scene->certificate;
       scene->certificate2.problems = CERTIFICATE_PROBLEM_BIT(CERTIFICATE_EXPIRED);
       scene->record.certificate2 = &scene->certificate2)
CHANGE(leaves_vary, second_leaf_expired(scene); scene->record.votes.certificate.valid = 2;
       scene->record.votes.certificate.invalid = 1; scene->record.votes.certificate.mixed = true)
CHANGE(both_leaves_expired, PROBLEM(EXPIRED); scene->certificate2 = scene->certificate;
       scene->record.certificate2 = &scene->certificate2)
CHANGE(requested, scene->record.tls.client_certificate = CLIENT_CERTIFICATE_REQUESTED)
CHANGE(no_esmtp, without_tls(scene, OUTCOME_STARTTLS_NOT_ADVERTISED); scene->record.esmtp = no;
       scene->record.starttls_advertised = no)
CHANGE(bare_address, scene->record.host = NULL; PROBLEM(NAME_MISMATCH))

static void staple(struct scene *scene, enum ocsp_status status, uint32_t problems)
{
    scene->certificate.ocsp_staple = yes;
    scene->certificate.ocsp.status = status;
    scene->certificate.ocsp.problems = problems;
}

#define OCSP(problem) OCSP_PROBLEM_BIT(OCSP_##problem)
#define NOTE(note)    scene->certificate.chain_notes |= CHAIN_NOTE_BIT(CHAIN_##note)

CHANGE(staple_good, staple(scene, OCSP_STATUS_GOOD, 0); scene->certificate.must_staple = true)
CHANGE(staple_revoked, staple(scene, OCSP_STATUS_REVOKED, 0); PROBLEM(REVOKED))
CHANGE(staple_revoked_by_nobody, staple(scene, OCSP_STATUS_REVOKED, OCSP(BAD_SIGNATURE)))
CHANGE(staple_unknown, staple(scene, OCSP_STATUS_UNKNOWN, 0))
CHANGE(staple_stale, staple(scene, OCSP_STATUS_GOOD, OCSP(STALE)))
CHANGE(staple_stale_and_forged, staple(scene, OCSP_STATUS_GOOD, OCSP(STALE) | OCSP(BAD_SIGNATURE)))
CHANGE(staple_unparsable, staple(scene, OCSP_STATUS_NONE, OCSP(UNPARSABLE)))
CHANGE(staple_missing, scene->certificate.must_staple = true; scene->certificate.ocsp_staple = no)
CHANGE(staple_not_seen, scene->certificate.must_staple = true)
CHANGE(no_sct, scene->certificate.sct = no)
CHANGE(staple_not_promised, scene->certificate.ocsp_staple = no)
CHANGE(untidy, NOTE(EXTRA); NOTE(UNORDERED); NOTE(DUPLICATE); NOTE(CUT))
CHANGE(root_sent, NOTE(ROOT_INCLUDED))
static void wildcard(struct scene *scene, const char *name)
{
    static struct text names[2] = {{"mx.example.org", 14}};
    names[1] = (struct text){name, strlen(name)};
    scene->certificate.names = names;
    scene->certificate.num_names = 2;
}

CHANGE(wildcard_of_a_suffix, wildcard(scene, "*.co.uk"))
CHANGE(wildcard_of_a_suffix_by_rule, wildcard(scene, "*.anything.CK"))
CHANGE(wildcard_of_an_owner, wildcard(scene, "*.example.co.uk"))
CHANGE(wildcard_of_a_private_suffix, wildcard(scene, "*.github.io"))
CHANGE(wildcard_of_a_top_level, wildcard(scene, "*.uk"))
CHANGE(wildcard_of_no_list, wildcard(scene, "*.corp.internal"))
CHANGE(suffix_without_wildcard, wildcard(scene, "co.uk"))
CHANGE(long_validity, scene->certificate.validity_days = 399;
       scene->certificate.validity_limit = 398)
CHANGE(longest_validity, scene->certificate.validity_days = 398;
       scene->certificate.validity_limit = 398)
CHANGE(long_but_private, scene->certificate.validity_days = 3650)

static void match_dane(struct scene *scene, const char *record)
{
    scene->record.dane = DANE_VALID;
    scene->record.dane_matched = record;
}

static const char *const no_spare[] = {"no_rollover_spare"};

CHANGE(dane_valid, match_dane(scene, "3 1 1"))
CHANGE(leaves_vary_in_dane, leaves_vary(scene); match_dane(scene, "3 1 1"))
CHANGE(trust_open_and_dane, match_dane(scene, "3 1 1"); scene->certificate.trusted = unsupported)
CHANGE(dane_and_self_signed, match_dane(scene, "3 1 1"); PROBLEM(SELF_SIGNED);
       scene->certificate.trusted = no)
CHANGE(dane_ee_and_sha1, match_dane(scene, "3 1 1"); PROBLEM(WEAK_SIGNATURE);
       scene->certificate.weakest_signature = "sha1WithRSAEncryption")
CHANGE(dane_ta_and_sha1, match_dane(scene, "2 1 1"); PROBLEM(WEAK_SIGNATURE);
       scene->certificate.weakest_signature = "sha1WithRSAEncryption")
CHANGE(dane_and_weak_key, match_dane(scene, "3 1 1"); PROBLEM(WEAK_KEY))
CHANGE(dane_and_revoked, match_dane(scene, "3 1 1"); staple(scene, OCSP_STATUS_REVOKED, 0);
       PROBLEM(REVOKED))
CHANGE(dane_ta_and_root, match_dane(scene, "2 0 1"); NOTE(ROOT_INCLUDED))
CHANGE(dane_ee_and_root, match_dane(scene, "3 1 1"); NOTE(ROOT_INCLUDED))
CHANGE(dane_mismatch, scene->record.dane = DANE_MISMATCH)
CHANGE(dane_unusable, scene->record.dane = DANE_UNUSABLE)
CHANGE(dane_bogus, scene->record.dane = DANE_BOGUS)
CHANGE(dane_doubted, scene->record.dane = DANE_UNKNOWN;
       scene->record.dane_bogus = "A mx.example.org")
CHANGE(dane_temperror, scene->record.dane = DANE_TEMPERROR)
static const char *const weak_anchor[] = {"weak_anchor_key"};
static const char *const tiny_anchor[] = {"weak_anchor_key", "anchor_key_below_1024"};
CHANGE(dane_weak_anchor, match_dane(scene, "2 0 1"); scene->record.dane_problems = weak_anchor;
       scene->record.num_dane_problems = 1)
CHANGE(dane_tiny_anchor, match_dane(scene, "2 0 1"); scene->record.dane_problems = tiny_anchor;
       scene->record.num_dane_problems = 2)
CHANGE(dane_tiny_anchor_alone, dane_tiny_anchor(scene);
       scene->record.votes.certificate.key_alone = true)
CHANGE(dane_no_spare, match_dane(scene, "3 1 1"); scene->record.dane_problems = no_spare;
       scene->record.num_dane_problems = 1)

static const struct judge_case cases[] = {
    {"a spotless server has no findings and gets A", nothing, "", GRADE_A},
    {"no STARTTLS is F", no_starttls, "no_starttls", GRADE_F},
    {"STARTTLS refused is F", refused, "starttls_refused", GRADE_F},
    {"no STARTTLS in one dialogue", no_starttls_once, "", GRADE_U},
    {"STARTTLS accepted though it is not listed", untold, "", GRADE_A},
    {"STARTTLS refused in one dialogue", refused_once, "", GRADE_U},
    {"STARTTLS stripped on the way says nothing of the server", stripped, "starttls_stripped",
     GRADE_U},
    {"STARTTLS on some tries is D", inconsistent, "starttls_inconsistent", GRADE_D},
    {"STARTTLS on some tries is D, whichever the last", inconsistent_without,
     "starttls_inconsistent", GRADE_D},
    {"every version refused is F", all_refused, "handshake_refused no_tls13", GRADE_F},
    {"nothing but anonymous suites is D", only_anonymous,
     "no_tls13 anonymous_suite only_anonymous_suites no_dane", GRADE_D},
    {"nothing but exportable suites is F", only_export, "no_tls13 only_broken_suites export_suite",
     GRADE_F},
    {"a refused handshake is F, whatever one version would have done", all_but_one_refused,
     "handshake_refused no_tls13", GRADE_F},
    {"an alert behind a ServerHello is F, whatever version it chose", refused_behind_hello,
     "handshake_refused", GRADE_F},
    {"text after the 220 is F", refused_in_words, "handshake_refused", GRADE_F},
    {"garbage after the 220 is F", refused_by_garbage, "handshake_refused", GRADE_F},
    {"a handshake that broke off is not graded", broken_off, "", GRADE_U},
    {"every version but SSLv2 refused is F", all_refused_and_ssl2,
     "handshake_refused ssl2 no_tls12 no_tls13", GRADE_F},
    {"a certificate required from senders is F", wants_certificate, "client_certificate_required",
     GRADE_F},
    {"TLS, but nothing in common", nothing_in_common, "no_common_suite", GRADE_D},
    {"intolerance of TLS 1.3", tls13_intolerant, "tls13_intolerant", GRADE_A},
    {"intolerance of SNI", sni_intolerant, "sni_intolerant", GRADE_A},
    {"plain text behind the 220", early_bytes, "early_response_bytes", GRADE_A},
    {"unknown whether plain text was behind the 220", early_bytes_unknown, "", GRADE_A},
    {"SSLv2", ssl2, "ssl2", GRADE_F},
    {"SSLv3", ssl3, "ssl3", GRADE_C},
    {"TLS 1.0", tls10, "tls10", GRADE_B},
    {"TLS 1.1", tls11, "tls11", GRADE_B},
    {"unknown old versions cost nothing", old_unknown, "", GRADE_A},
    {"unknown TLS 1.3 costs nothing", new_unknown, "", GRADE_A},
    {"nothing but TLS 1.0 is D", only_tls10, "tls10 no_tls12 no_tls13", GRADE_D},
    {"nothing but TLS 1.1 is D", only_tls11, "tls11 no_tls12 no_tls13", GRADE_D},
    {"TLS 1.0, and TLS 1.2 unknown, is not D", tls10_rest_unknown, "tls10 no_tls13", GRADE_B},
    {"no TLS 1.3 beside TLS 1.2", only_tls12, "no_tls13", GRADE_A},
    {"TLS 1.3 alone is spotless", only_tls13, "", GRADE_A},
    {"NULL suites", weak_null, "null_suite", GRADE_D},
    {"anonymous suites", weak_anon, "anonymous_suite", GRADE_A},
    {"exportable suites", weak_export, "export_suite", GRADE_D},
    {"DES", weak_des, "des_suite", GRADE_C},
    {"RC4", weak_rc4, "rc4_suite", GRADE_C},
    {"3DES", weak_3des, "3des_suite", GRADE_B},
    {"static RSA", weak_static_rsa, "static_rsa_suite", GRADE_B},
    {"static DH", weak_static_dh, "static_dh_suite", GRADE_B},
    {"a small DH prime", small_dh, "small_dh", GRADE_B},
    {"a DH prime that can be broken", tiny_dh, "dh_below_1024", GRADE_C},
    {"unknown weak suites cost nothing", weak_unknown, "", GRADE_A},
    {"compression", compression, "tls_compression", GRADE_B},
    {"no answer to a large hello", large_hello, "pq_intolerant", GRADE_A},
    {"no post-quantum group", no_pq, "no_post_quantum", GRADE_A},
    {"unknown post-quantum group", pq_unknown, "", GRADE_A},
    {"commands carried into TLS", commands, "command_injection", GRADE_F},
    {"unknown whether commands are carried into TLS", commands_unknown, "", GRADE_A},
    {"mail without TLS refused", mail_refused, "plaintext_mail_refused", GRADE_A},
    {"mail refused without TLS, accepted inside", mail_only_in_tls, "plaintext_mail_refused",
     GRADE_A},
    {"mail without TLS accepted", mail_accepted, "plaintext_mail_accepted", GRADE_A},
    {"STARTTLS inside TLS", in_tls, "starttls_in_tls", GRADE_A},
    {"login before TLS where people log in", login_of_people, "login_before_tls", GRADE_C},
    {"a service that people log in to is A at best", of_people, "", GRADE_A},
    {"one without STARTTLS is F", of_people_without_starttls, "no_starttls", GRADE_F},
    {"one in clear where TLS begins with the first byte is F", of_people_in_clear, "no_starttls",
     GRADE_F},
    {"one that this machine lacked something for is not graded", lacked_here, "", GRADE_U},
    {"one that is busy, in clear, is not graded", of_people_busy_in_clear, "", GRADE_U},
    {"one with TLS from the first byte that does not answer is not graded",
     of_people_that_is_silent, "", GRADE_U},
    {"login before TLS", login, "login_before_tls_on_mx", GRADE_A},
    {"login by digests before TLS", login_by_challenge, "login_before_tls_on_mx", GRADE_A},
    {"a suite without forward secrecy is chosen", static_rsa_chosen, "no_forward_secrecy", GRADE_B},
    {"a CBC suite is chosen", cbc_chosen, "no_aead", GRADE_B},
    {"a suite that nobody knows is judged by nothing", unknown_suite, "", GRADE_A},
    {"no extended master secret", no_ems, "no_extended_master_secret", GRADE_A},
    {"unknown extended master secret", ems_unknown, "", GRADE_A},
    {"no secure renegotiation", no_renegotiation, "no_secure_renegotiation", GRADE_B},
    {"unknown secure renegotiation", renegotiation_unknown, "", GRADE_A},
    {"a handshake without a certificate", no_certificate, "no_certificate", GRADE_C},
    {"a certificate from a handshake that timed out", certificate_but_no_handshake, "", GRADE_U},
    {"self-signed", self_signed, "self_signed", GRADE_C},
    {"unknown root", untrusted, "untrusted_root", GRADE_C},
    {"incomplete chain", incomplete, "incomplete_chain", GRADE_C},
    {"expired", expired, "expired", GRADE_C},
    {"not yet valid", not_yet, "not_yet_valid", GRADE_C},
    {"another name", mismatch, "name_mismatch", GRADE_C},
    {"another name, but the CN", mismatch_and_cn, "name_mismatch cn_only", GRADE_C},
    {"not for servers", purpose, "bad_purpose", GRADE_C},
    {"against a constraint", constraint, "constraint_violation", GRADE_C},
    {"unparsable", unparsable, "unparsable_certificate", GRADE_C},
    {"trust that could not be decided is not graded", trust_open, "trust_unknown", GRADE_U},
    {"trust that could not be decided raises no C", trust_open_and_md5,
     "md5_signature trust_unknown", GRADE_C},
    {"DANE needs no trust", trust_open_and_dane, "dane_authenticates", GRADE_A_PLUS},
    {"a key that is none", invalid_key, "invalid_key", GRADE_C},
    {"RSA of 512 bits", rsa_512, "rsa_below_1024", GRADE_D},
    {"RSA of 1023 bits", rsa_1023, "rsa_below_1024", GRADE_D},
    {"a key that one dialogue alone was shown caps at no D", rsa_512_alone, "weak_key", GRADE_C},
    {"RSA of 1024 bits", rsa_1024, "weak_key", GRADE_C},
    {"RSA of 2048 bits", rsa_2048, "rsa_below_3072", GRADE_A},
    {"RSA of 3071 bits", rsa_3071, "rsa_below_3072", GRADE_A},
    {"RSA of 3072 bits", rsa_3072, "", GRADE_A},
    {"a weak key that is not RSA", weak_ec, "weak_key", GRADE_C},
    {"signed with MD5", md5, "md5_signature", GRADE_C},
    {"signed with MD2", md2, "md5_signature", GRADE_C},
    {"signed with SHA-1", sha1, "sha1_signature", GRADE_C},
    {"a good staple that was promised", staple_good, "", GRADE_A},
    {"revoked", staple_revoked, "ocsp_revoked", GRADE_C},
    {"a revocation that nobody has signed", staple_revoked_by_nobody, "ocsp_staple_useless",
     GRADE_A},
    {"a responder that does not know", staple_unknown, "ocsp_staple_useless", GRADE_A},
    {"a stale staple", staple_stale, "ocsp_staple_stale", GRADE_A},
    {"a stale and forged staple", staple_stale_and_forged, "ocsp_staple_stale ocsp_staple_useless",
     GRADE_A},
    {"a staple that is none", staple_unparsable, "ocsp_staple_useless", GRADE_A},
    {"a promised staple is missing", staple_missing, "must_staple_missing", GRADE_A},
    {"whether a promised staple is missing is unknown", staple_not_seen, "", GRADE_A},
    {"no staple", staple_not_promised, "no_ocsp_staple", GRADE_A},
    {"no signed timestamp", no_sct, "no_sct", GRADE_A},
    {"an untidy chain", untidy, "chain_untidy", GRADE_A},
    {"the root is sent", root_sent, "root_sent", GRADE_A},
    {"a day longer than a public CA may", long_validity, "long_validity", GRADE_A},
    {"a wildcard for a public suffix is a note", wildcard_of_a_suffix, "wildcard_public_suffix",
     GRADE_A},
    {"also where the suffix is one by a rule for all names below", wildcard_of_a_suffix_by_rule,
     "wildcard_public_suffix", GRADE_A},
    {"a wildcard of an owner is none", wildcard_of_an_owner, "", GRADE_A},
    {"nor one of a suffix that is somebody's own", wildcard_of_a_private_suffix, "", GRADE_A},
    {"nor one of a top-level domain, which matches nothing", wildcard_of_a_top_level, "", GRADE_A},
    {"nor one of a domain that no list has", wildcard_of_no_list, "", GRADE_A},
    {"nor the suffix itself", suffix_without_wildcard, "", GRADE_A},
    {"as long as a public CA may", longest_validity, "", GRADE_A},
    {"ten years of a CA that promised nothing", long_but_private, "", GRADE_A},
    {"the second leaf counts too", second_leaf_expired, "expired", GRADE_C},
    {"where dialogues disagree, the worse one counts", leaves_vary, "expired certificate_varies",
     GRADE_C},
    {"but not where DANE authenticates both", leaves_vary_in_dane, "dane_authenticates",
     GRADE_A_PLUS},
    {"what both leaves have is found once", both_leaves_expired, "expired", GRADE_C},
    {"a certificate requested from senders", requested, "client_certificate_requested", GRADE_A},
    {"HELO only", no_esmtp, "no_starttls no_esmtp", GRADE_F},
    {"no name to speak of", bare_address, "name_mismatch", GRADE_C},
    {"DANE makes it A+", dane_valid, "", GRADE_A_PLUS},
    {"DANE heals a revocation", dane_and_revoked, "dane_authenticates", GRADE_A_PLUS},
    {"DANE-TA wants its anchor sent", dane_ta_and_root, "", GRADE_A_PLUS},
    {"DANE-EE does not want the root", dane_ee_and_root, "root_sent", GRADE_A_PLUS},
    {"DANE takes the place of a public chain", dane_and_self_signed, "dane_authenticates",
     GRADE_A_PLUS},
    {"DANE-EE looks at no signature", dane_ee_and_sha1, "", GRADE_A_PLUS},
    {"DANE-TA looks at no signature either", dane_ta_and_sha1, "", GRADE_A_PLUS},
    {"DANE does not make a short key longer", dane_and_weak_key, "weak_key", GRADE_C},
    {"records that do not match", dane_mismatch, "dane_mismatch", GRADE_D},
    {"records that cannot be used", dane_unusable, "dane_unusable", GRADE_A},
    {"signatures that do not validate", dane_bogus, "dane_bogus", GRADE_D},
    {"signatures that the resolver is blamed for", dane_doubted, "dane_doubted", GRADE_A},
    {"a look-up that failed", dane_temperror, "dane_temperror", GRADE_A},
    {"a weak trust anchor of DANE", dane_weak_anchor, "weak_key", GRADE_C},
    {"a trust anchor of DANE that can be factored", dane_tiny_anchor, "rsa_below_1024", GRADE_D},
    {"one that one dialogue alone was shown", dane_tiny_anchor_alone, "weak_key", GRADE_C},
    {"no record for the next key", dane_no_spare, "dane_no_spare", GRADE_A_PLUS},
};

/* All findings of a set by the order of the table. */
static void list_findings(const struct finding_set *set, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        if (finding_set_has(set, (enum finding_code)i)) {
            used += (size_t)snprintf(out + used, size - used, "%s%s", used > 0 ? " " : "",
                                     policy_rule((enum finding_code)i)->code);
        }
    }
}

/* An MX host that shows TLS without DANE has one more, the last of an endpoint's. */
static void expect_findings(const struct judge_case *expected, const struct scene *scene, char *out,
                            size_t size)
{
    const struct endpoint_record *record = &scene->record;
    bool without_dane =
        (record->starttls_handshake.value == TRI_YES || record->certificate != NULL) &&
        record->dane != DANE_VALID && record->is_between_servers && expected->grade != GRADE_U;
    (void)snprintf(out, size, "%s%s%s", expected->findings,
                   expected->findings[0] != '\0' && without_dane ? " " : "",
                   without_dane ? "no_dane" : "");
}

static enum grade cap_of(const struct finding *finding)
{
    return policy_rule(policy_find(finding->code))->cap;
}

static void one_change_makes_exactly_its_findings(void **state)
{
    const struct judge_case *expected = *state;
    struct scene scene;
    struct judgement judgement;
    struct arena arena = {0};
    char found[2048], wanted[2048];
    make_spotless(&scene);
    expected->change(&scene);
    judge(&scene, &judgement, &arena);
    list_findings(&judgement.set, found, sizeof(found));
    expect_findings(expected, &scene, wanted, sizeof(wanted));
    assert_string_equal(found, wanted);
    assert_string_equal(grade_name(scene.record.grade), grade_name(expected->grade));
    assert_int_equal(scene.record.score,
                     policy_score(expected->grade, policy_deductions(builtin(), &judgement.set)));
    assert_int_equal(judgement.deductions, policy_deductions(builtin(), &judgement.set));
    /* The record has the same findings, each once, and none worse than the letter. */
    size_t num = 0;
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        num += finding_set_has(&judgement.set, (enum finding_code)i) ? 1 : 0;
    }
    assert_int_equal(scene.record.num_findings, num);
    for (size_t i = 0; i < num && scene.record.grade != GRADE_U; i++) {
        assert_true(cap_of(&scene.record.findings[i]) <= scene.record.grade);
    }
    arena_free(&arena);
}

/* The detail of the record's finding with that code. */
static const char *detail_of(const struct endpoint_record *record, const char *code)
{
    for (size_t i = 0; i < record->num_findings; i++) {
        if (strcmp(record->findings[i].code, code) == 0) {
            return record->findings[i].detail;
        }
    }
    return "no such finding";
}

static void a_finding_shows_what_the_server_answered(void **state)
{
    const struct {
        void (*change)(struct scene *scene);
        const char *detail, *words; /* what the record has; NULL */
        const char *code, *expected;
    } rows[] = {
        {refused_behind_hello, "alert 80 internal_error", NULL, "handshake_refused",
         "alert 80 internal_error"},
        {all_refused, "alert 0 close_notify", NULL, "handshake_refused", "alert 0 close_notify"},
        {refused_in_words, NULL, "502 what?", "handshake_refused",
         "plain text came where TLS should start"},
        {refused_by_garbage, NULL, NULL, "handshake_refused", "what came is neither TLS nor text"},
        {wants_certificate, "alert 116 certificate_required", NULL, "client_certificate_required",
         "alert 116 certificate_required"},
        {wants_certificate, NULL, "421 4.7.1 No client certificate presented",
         "client_certificate_required", "inside TLS: 421 4.7.1 No client certificate presented"},
        {nothing_in_common, "alert 40 handshake_failure", NULL, "no_common_suite", "X448"},
    };
    (void)state;
    for (size_t i = 0; i < NUM(rows); i++) {
        struct scene scene;
        struct judgement judgement;
        struct arena arena = {0};
        make_spotless(&scene);
        rows[i].change(&scene);
        scene.record.outcome_detail = rows[i].detail;
        if (rows[i].words != NULL) {
            scene.record.reply.text = (struct text){rows[i].words, strlen(rows[i].words)};
        }
        judge(&scene, &judgement, &arena);
        assert_string_equal(detail_of(&scene.record, rows[i].code), rows[i].expected);
        arena_free(&arena);
    }
}

static void who_wants_a_certificate_meets_no_profile(void **state)
{
    static const enum tri handshakes[] = {TRI_YES, TRI_NO}; /* refused in words, or by an alert */
    (void)state;
    for (size_t i = 0; i < NUM(handshakes); i++) {
        struct scene scene;
        struct judgement judgement;
        struct arena arena = {0};
        make_spotless(&scene);
        wants_certificate(&scene);
        scene.record.starttls_handshake.value = handshakes[i];
        judge(&scene, &judgement, &arena);
        judge_profiles(&scene.record, &arena);
        for (unsigned profile = 0; profile < PROFILE_COUNT; profile++) {
            const struct profile_table *table = profile_table((enum profile)profile);
            assert_string_equal(scene.record.profiles[profile].level,
                                table->levels[profile_worst(table)]);
        }
        arena_free(&arena);
    }
}

static void every_finding_of_an_endpoint_is_made_by_a_case(void **state)
{
    struct finding_set made = {{0}};
    (void)state;
    for (size_t i = 0; i < NUM(cases); i++) {
        struct scene scene;
        struct judgement judgement;
        struct arena arena = {0};
        make_spotless(&scene);
        cases[i].change(&scene);
        judge(&scene, &judgement, &arena);
        for (size_t word = 0; word < NUM(made.bits); word++) {
            made.bits[word] |= judgement.set.bits[word];
        }
        arena_free(&arena);
    }
    for (unsigned i = 0; i < FINDING_NULL_MX; i++) {
        if (!finding_set_has(&made, (enum finding_code)i)) {
            fail_msg("no case makes %s", policy_rule((enum finding_code)i)->code);
        }
    }
}

/* ---- Each rule of the policy is held by a case: another weight would be noticed ---- */

/* A case as it is, and with TLSA records that match, so that what costs the A+ shows. */
static void grade_case(const struct judge_case *row, bool with_dane, const struct policy *policy,
                       enum grade *out_grade, unsigned *out_score)
{
    struct scene scene;
    struct judgement judgement;
    struct arena arena = {0};
    make_spotless(&scene);
    enum dane_status spotless_dane = scene.record.dane;
    row->change(&scene);
    if (with_dane && scene.record.dane == spotless_dane) {
        match_dane(&scene, "3 1 1");
    }
    judgement_init(&judgement, policy, &arena);
    judge_endpoint(&judgement, &scene.record);
    *out_grade = scene.record.grade;
    *out_score = scene.record.score;
    arena_free(&arena);
}

static bool is_noticed(const struct policy *mutant)
{
    for (size_t i = 0; i < 2 * NUM(cases); i++) {
        enum grade grade, other_grade;
        unsigned score, other_score;
        grade_case(&cases[i / 2], i % 2, builtin(), &grade, &score);
        grade_case(&cases[i / 2], i % 2, mutant, &other_grade, &other_score);
        if (grade != other_grade || score != other_score) {
            return true;
        }
    }
    return false;
}

/* Caps that a rule might have and that would change no grade. */
static bool is_masked(enum finding_code code, enum grade cap)
{
    switch (code) {
    case FINDING_STARTTLS_STRIPPED:
        return cap != GRADE_F; /* a server that is not graded gets an F or nothing */
    case FINDING_TRUST_UNKNOWN:
    case FINDING_CN_ONLY:
    case FINDING_CERTIFICATE_VARIES:
        return cap <= GRADE_C; /* they stand beside another finding, which is C, or a U */
    case FINDING_DANE_UNUSABLE:
    case FINDING_DANE_TEMPERROR:
    case FINDING_DANE_DOUBTED:
        return cap <= GRADE_A; /* so is no_dane, which is A */
    default:
        return cap == GRADE_N || cap == GRADE_A_PLUS; /* they cap nothing */
    }
}

static void another_weight_of_any_rule_is_noticed(void **state)
{
    (void)state;
    assert_false(is_noticed(builtin()));
    for (unsigned i = 0; i < FINDING_NULL_MX; i++) {
        if (i == FINDING_NO_ESMTP) {
            continue; /* without extensions there is no STARTTLS: it is always beside an F */
        }
        struct policy mutant = *builtin();
        struct finding_rule *rule = &mutant.rules[i];
        for (unsigned cap = GRADE_U; cap < GRADE_COUNT; cap++) {
            *rule = builtin()->rules[i];
            if (cap == rule->cap || is_masked((enum finding_code)i, (enum grade)cap)) {
                continue;
            }
            rule->cap = (enum grade)cap;
            if (!is_noticed(&mutant)) {
                fail_msg("%s could have the cap %s", rule->code, grade_name(rule->cap));
            }
        }
        *rule = builtin()->rules[i];
        if (i == FINDING_STARTTLS_STRIPPED) {
            continue; /* it is never graded, so its points weigh nothing */
        }
        /* An F has used up its points already; a letter's band is coarse. */
        rule->deduction = rule->cap == GRADE_F ? 0 : rule->deduction + 15;
        if (!is_noticed(&mutant)) {
            fail_msg("nothing holds the deduction of %s", rule->code);
        }
    }
}

/* ---- The profiles that a rule says it touches are those that look at the same thing ---- */

static bool has_failed(const struct profile_verdict *verdict, const char *rule, const char *level)
{
    for (size_t i = 0; i < verdict->num_failed; i++) {
        if (strcmp(verdict->failed[i], rule) == 0 &&
            strcmp(verdict->failed_levels[i], level) == 0) {
            return true;
        }
    }
    return false;
}

/* Which profiles have a rule that fails here and did not, or not at that level, before. */
static unsigned newly_failing(const struct profile_verdict *before,
                              const struct profile_verdict *after)
{
    unsigned failing = 0;
    for (unsigned i = 0; i < PROFILE_COUNT; i++) {
        for (size_t k = 0; k < after[i].num_failed; k++) {
            if (!has_failed(&before[i], after[i].failed[k], after[i].failed_levels[k])) {
                failing |= PROFILE_BIT(i);
            }
        }
    }
    return failing;
}

static unsigned profiles_of(const struct finding_set *set)
{
    unsigned named = 0;
    for (unsigned code = 0; code < FINDING_COUNT; code++) {
        named |= finding_set_has(set, (enum finding_code)code)
                     ? policy_rule((enum finding_code)code)->profiles
                     : 0;
    }
    return named;
}

/* Where DANE authenticates, the policy asks less than the profiles do, and that is no fault. */
static void rules_name_the_profiles_that_they_touch(void **state)
{
    bool all = true;
    struct scene spotless;
    struct arena arena = {0};
    (void)state;
    make_spotless(&spotless);
    spotless.record.grade = GRADE_A;
    judge_profiles(&spotless.record, &arena);
    for (size_t i = 0; i < NUM(cases); i++) {
        struct scene scene;
        struct judgement judgement;
        make_spotless(&scene);
        cases[i].change(&scene);
        judge(&scene, &judgement, &arena);
        judge_profiles(&scene.record, &arena);
        unsigned failing = newly_failing(spotless.record.profiles, scene.record.profiles);
        unsigned named = profiles_of(&judgement.set);
        if (scene.record.grade != GRADE_U && scene.record.dane != DANE_VALID && named != failing) {
            print_error("%s: profiles named %x, failing %x\n", cases[i].name, named, failing);
            all = false;
        }
    }
    arena_free(&arena);
    assert_true(all);
}

/* ---- F is the server's own word, and what is unknown is not graded ---- */

static void how_the_last_dialogue_ended_gives_no_letter(void **state)
{
    (void)state;
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        struct endpoint_record record = {.host = "mx.example.org", .outcome = (enum outcome)i};
        struct arena arena = {0};
        struct judgement judgement;
        judgement_init(&judgement, builtin(), &arena);
        judge_endpoint(&judgement, &record);
        if (record.grade != GRADE_U || record.score != 0) {
            fail_msg("%s gets %s", outcome_name(record.outcome), grade_name(record.grade));
        }
        arena_free(&arena);
    }
}

/* All combinations of three answers to six versions, with a handshake that did not come about. */
static void an_unknown_version_makes_neither_d_nor_f(void **state)
{
    (void)state;
    for (unsigned number = 0; number < 3 * 3 * 3 * 3 * 3 * 3; number++) {
        struct endpoint_record record = {.outcome = OUTCOME_TLS_TIMEOUT, .has_tls = true};
        struct arena arena = {0};
        struct judgement judgement;
        bool all_refused = true;
        unsigned rest = number;
        for (unsigned i = 0; i < TLS_VERSION_COUNT; i++) {
            record.tls.versions[i].value = (enum tri)(rest % 3);
            rest /= 3;
            all_refused = all_refused && (i < TLS_1_0 || record.tls.versions[i].value == TRI_NO);
        }
        facts_apply(&record);
        judgement_init(&judgement, builtin(), &arena);
        judge_endpoint(&judgement, &record);
        const struct verdict *versions = record.tls.versions;
        bool has_ssl2 = versions[TLS_SSL2].value == TRI_YES;
        bool is_outdated =
            versions[TLS_1_2].value == TRI_NO && versions[TLS_1_3].value == TRI_NO &&
            (versions[TLS_SSL3].value == TRI_YES || versions[TLS_1_0].value == TRI_YES ||
             versions[TLS_1_1].value == TRI_YES);
        enum grade grade = all_refused || has_ssl2 ? GRADE_F : is_outdated ? GRADE_D : GRADE_U;
        assert_int_equal(record.grade, grade);
        arena_free(&arena);
    }
}

static void nothing_known_finds_nothing(void **state)
{
    struct endpoint_record record = {.has_tls = true};
    struct arena arena = {0};
    struct judgement judgement;
    (void)state;
    judgement_init(&judgement, builtin(), &arena);
    judge_endpoint(&judgement, &record);
    assert_int_equal(record.num_findings, 0);
    assert_int_equal(record.grade, GRADE_U);
    arena_free(&arena);
}

static void details_are_the_evidence(void **state)
{
    struct scene scene;
    struct judgement judgement;
    struct arena arena = {0};
    (void)state;
    make_spotless(&scene);
    scene.record.tls.versions[TLS_1_0] = yes;
    scene.record.tls.version_evidence[TLS_1_0] = "ServerHello";
    scene.record.tls.weak[WEAK_RC4] = yes;
    scene.record.tls.weak_evidence[WEAK_RC4] = "TLS_RSA_WITH_RC4_128_SHA";
    scene.record.tls.weak[WEAK_SMALL_DH] = yes;
    scene.record.tls.dh_bits = 1024;
    match_dane(&scene, "3 1 1");
    judge(&scene, &judgement, &arena);
    assert_int_equal(scene.record.num_findings, 3);
    assert_string_equal(scene.record.findings[0].detail, "ServerHello");
    assert_string_equal(scene.record.findings[1].detail, "TLS_RSA_WITH_RC4_128_SHA");
    assert_string_equal(scene.record.findings[2].detail, "1024 bits, a prime of its own");
    arena_free(&arena);
}

#define TEXT(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

static void assert_detail(const struct scene *scene, enum finding_code code, const char *detail)
{
    for (size_t i = 0; i < scene->record.num_findings; i++) {
        if (strcmp(scene->record.findings[i].code, policy_rule(code)->code) == 0) {
            assert_string_equal(scene->record.findings[i].detail, detail);
            return;
        }
    }
    fail_msg("%s was not found", policy_rule(code)->code);
}

static void details_name_the_certificate_that_is_meant(void **state)
{
    (void)state;
    const struct sent_certificate healthy[] = {
        {.subject = TEXT("CN=leaf"), .has_validity = true, .days_left = 60},
        {.subject = TEXT("CN=inter"), .has_validity = true, .days_left = 60}};
    struct sent_certificate sent[2];
    const struct {
        const char *name;
        unsigned which; /* has expired and has a weak key; 2: one that was not sent */
        const char *expired;
        const char *weak_key;
    } rows[] = {
        {"the leaf", 0, "-3 days left", "ECDSA P-256 256 bits"},
        {"the intermediate", 1, "-3 days left of CN=inter", "RSA 1024 bits, of CN=inter"},
        {"one from elsewhere", 2, "60 days left; its issuer has expired", "ECDSA P-256 256 bits"},
    };
    for (size_t i = 0; i < NUM(rows); i++) {
        struct scene scene;
        struct judgement judgement;
        struct arena arena = {0};
        make_spotless(&scene);
        memcpy(sent, healthy, sizeof(sent));
        if (rows[i].which < 2) {
            sent[rows[i].which].days_left = -3;
            sent[rows[i].which].has_weak_key = true;
            sent[rows[i].which].key = "RSA";
            sent[rows[i].which].key_bits = 1024;
        }
        scene.certificate.days_left = sent[0].days_left;
        scene.certificate.sent = sent;
        scene.certificate.num_sent = NUM(sent);
        scene.certificate.problems = CERTIFICATE_PROBLEM_BIT(CERTIFICATE_EXPIRED) |
                                     CERTIFICATE_PROBLEM_BIT(CERTIFICATE_WEAK_KEY);
        print_message("%s\n", rows[i].name);
        judge(&scene, &judgement, &arena);
        assert_detail(&scene, FINDING_EXPIRED, rows[i].expired);
        assert_detail(&scene, FINDING_WEAK_KEY, rows[i].weak_key);
        arena_free(&arena);
    }
}

static void details_list_notes_and_problems_of_a_staple(void **state)
{
    struct scene scene;
    struct judgement judgement;
    struct arena arena = {0};
    (void)state;
    make_spotless(&scene);
    untidy(&scene);
    staple_stale_and_forged(&scene);
    judge(&scene, &judgement, &arena);
    assert_detail(&scene, FINDING_OCSP_STALE, "stale");
    assert_detail(&scene, FINDING_OCSP_USELESS, "bad_signature");
    assert_detail(&scene, FINDING_CHAIN_UNTIDY,
                  "extra_certificate, unordered, duplicate_certificate, cut");
    arena_free(&arena);
}

/* ---- The table ---- */

static void every_rule_is_complete(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        const struct finding_rule *rule = policy_rule((enum finding_code)i);
        if (rule->code == NULL) {
            fail_msg("finding %u has no row", i);
        }
        for (const char *c = rule->code; *c != '\0'; c++) {
            assert_true(islower((unsigned char)*c) || isdigit((unsigned char)*c) || *c == '_');
        }
        assert_true(strlen(rule->code) > 2 && strlen(rule->title) > 10);
        assert_true(strlen(rule->remedy) > 8 && strlen(rule->source) > 6);
        assert_int_not_equal(rule->title[strlen(rule->title) - 1], '.');
        assert_null(strchr(rule->title, '\n'));
        assert_int_equal(policy_find(rule->code), i);
        for (unsigned k = 0; k < i; k++) {
            assert_string_not_equal(policy_rule((enum finding_code)k)->code, rule->code);
        }
    }
    assert_int_equal(policy_find("no_such_finding"), FINDING_COUNT);
    assert_int_equal(policy_find(""), FINDING_COUNT);
}

static void caps_deductions_and_severities_agree(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        const struct finding_rule *rule = policy_rule((enum finding_code)i);
        assert_true(rule->cap != GRADE_N && rule->cap != GRADE_A_PLUS && rule->cap < GRADE_COUNT);
        assert_true(rule->cap != GRADE_F || rule->severity == SEVERITY_CRITICAL);
        assert_true(rule->cap == GRADE_U || rule->deduction > 0);
        assert_true(rule->severity != SEVERITY_INFO || rule->cap == GRADE_U);
    }
}

static void scores_order_within_and_across_letters(void **state)
{
    static const enum grade letters[] = {GRADE_A_PLUS, GRADE_A, GRADE_B, GRADE_C, GRADE_D, GRADE_F};
    (void)state;
    for (size_t i = 0; i < NUM(letters); i++) {
        for (unsigned deductions = 0; deductions < 400; deductions++) {
            unsigned score = policy_score(letters[i], deductions);
            assert_in_range(score, 0, 100);
            assert_true(deductions == 0 || score <= policy_score(letters[i], deductions - 1));
        }
        if (i > 0) {
            assert_true(policy_score(letters[i], 0) < policy_score(letters[i - 1], 10000));
        }
    }
    assert_int_equal(policy_score(GRADE_A_PLUS, 0), 100);
    assert_int_equal(policy_score(GRADE_F, 10000), 0);
    assert_int_equal(policy_score(GRADE_U, 0), 0);
    assert_int_equal(policy_score(GRADE_N, 0), 0);
    assert_int_equal(policy_score(GRADE_A, 0), 94);
    assert_int_equal(policy_score(GRADE_A, 20), 85);
}

static void the_worse_letter_wins_and_u_never_does(void **state)
{
    static const enum grade order[] = {GRADE_A_PLUS, GRADE_A, GRADE_B, GRADE_C, GRADE_D, GRADE_F};
    (void)state;
    for (size_t i = 0; i < NUM(order); i++) {
        for (size_t k = 0; k < NUM(order); k++) {
            assert_int_equal(policy_worse(order[i], order[k]), order[i > k ? i : k]);
        }
        assert_int_equal(policy_worse(GRADE_U, order[i]), order[i]);
        assert_int_equal(policy_worse(order[i], GRADE_U), order[i]);
    }
    assert_int_equal(policy_worse(GRADE_U, GRADE_U), GRADE_U);
}

static void a_finding_is_added_once_and_the_lowest_cap_stays(void **state)
{
    struct arena arena = {0};
    struct judgement judgement;
    (void)state;
    judgement_init(&judgement, builtin(), &arena);
    assert_int_equal(judgement.cap, GRADE_U);
    judgement_add(&judgement, FINDING_EXPIRED, "%d days left", -5);
    judgement_add(&judgement, FINDING_EXPIRED, "%d days left", -6);
    judgement_add(&judgement, FINDING_TLS10, NULL);
    assert_int_equal(judgement.num_findings, 2);
    assert_string_equal(judgement.findings[0].detail, "-5 days left");
    assert_null(judgement.findings[1].detail);
    assert_int_equal(judgement.cap, GRADE_C);
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        judgement_add(&judgement, (enum finding_code)i, "%s", "x");
        assert_true(finding_set_has(&judgement.set, (enum finding_code)i));
    }
    assert_int_equal(judgement.num_findings, FINDING_COUNT);
    assert_int_equal(judgement.cap, GRADE_F);
    arena_free(&arena);
}

#define NUM_CASES NUM(cases)

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(a_finding_shows_what_the_server_answered),
        cmocka_unit_test(who_wants_a_certificate_meets_no_profile),
        cmocka_unit_test(every_finding_of_an_endpoint_is_made_by_a_case),
        cmocka_unit_test(another_weight_of_any_rule_is_noticed),
        cmocka_unit_test(rules_name_the_profiles_that_they_touch),
        cmocka_unit_test(how_the_last_dialogue_ended_gives_no_letter),
        cmocka_unit_test(an_unknown_version_makes_neither_d_nor_f),
        cmocka_unit_test(nothing_known_finds_nothing),
        cmocka_unit_test(details_are_the_evidence),
        cmocka_unit_test(details_name_the_certificate_that_is_meant),
        cmocka_unit_test(details_list_notes_and_problems_of_a_staple),
        cmocka_unit_test(every_rule_is_complete),
        cmocka_unit_test(caps_deductions_and_severities_agree),
        cmocka_unit_test(scores_order_within_and_across_letters),
        cmocka_unit_test(the_worse_letter_wins_and_u_never_does),
        cmocka_unit_test(a_finding_is_added_once_and_the_lowest_cap_stays),
    };
    struct CMUnitTest tests[NUM_CASES + NUM(others)];
    for (size_t i = 0; i < NUM_CASES; i++) {
        tests[i] = (struct CMUnitTest){.name = cases[i].name,
                                       .test_func = one_change_makes_exactly_its_findings,
                                       .initial_state = (void *)(uintptr_t)&cases[i]};
    }
    memcpy(tests + NUM_CASES, others, sizeof(others));
    return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
