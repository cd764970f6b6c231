/*
 * External profiles: what level which observation allows and by which rules, that the unknown is
 * never a "met", and that no rule of any table could be taken away without a case that notices.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "io/tls/tls_names.h"
#include "io/tls/tls_suites.h"
#include "scanner/grading/policy.h"
#include "scanner/grading/profile.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))
#define DAY        (24 * 60 * 60)

#define VERDICT_MAX 512

static const struct verdict yes = {.value = TRI_YES};
static const struct verdict no = {.value = TRI_NO};
static const struct verdict unknown = {.value = TRI_UNKNOWN};

struct scene {
    struct endpoint_record record;
    struct certificate_record certificate;
    struct certificate_record certificate2;
    uint16_t suites[4];
    uint16_t groups[4];
    uint16_t curves[4];
};

/* A deep scan of a server that fits the best level of every profile. */
static void make_best(struct scene *scene)
{
    memset(scene, 0, sizeof(*scene));
    struct endpoint_record *record = &scene->record;
    struct tls_facts *tls = &record->tls;
    record->host = "mx.example.org";
    record->grade = GRADE_A;
    record->has_tls = true;
    record->starttls_handshake = yes;
    record->certificate = &scene->certificate;
    record->tls_cipher_id = 0x1302; /* TLS_AES_256_GCM_SHA384 */
    for (unsigned i = 0; i < TLS_VERSION_COUNT; i++) {
        tls->versions[i] = i == TLS_1_3 ? yes : no;
    }
    for (unsigned i = 0; i < WEAK_CLASS_COUNT; i++) {
        tls->weak[i] = no;
    }
    tls->post_quantum = yes;
    scene->groups[0] = 0x11ec; /* X25519MLKEM768 */
    tls->groups = scene->groups;
    tls->num_groups = 1;
    scene->certificate.key = "ECDSA P-256";
    scene->certificate.key_bits = 256;
    scene->certificate.weakest_signature = "ecdsa-with-SHA256";
    scene->certificate.has_validity = true;
    scene->certificate.not_after = 90 * DAY;
    scene->certificate.trusted = yes;
}

static void offer_tls12(struct scene *scene, uint16_t suite)
{
    struct tls_facts *tls = &scene->record.tls;
    tls->versions[TLS_1_2] = yes;
    tls->ems = tls->secure_renegotiation = yes;
    tls->compression = no;
    scene->suites[0] = suite;
    tls->suites = scene->suites;
    tls->num_suites = 1;
    scene->curves[0] = 0x11ec; /* no rule objects to it, so that each case is about one thing */
    tls->curves = scene->curves;
    tls->num_curves = 1;
}

#define CHANGE(name_, statement)                                                                   \
    static void name_(struct scene *scene)                                                         \
    {                                                                                              \
        statement;                                                                                 \
    }

#define PROBLEM(problem)                                                                           \
    scene->certificate.problems |= CERTIFICATE_PROBLEM_BIT(CERTIFICATE_##problem)

CHANGE(nothing, (void)scene)
CHANGE(tls12, offer_tls12(scene, 0xc02b))      /* ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 */
CHANGE(cbc_sha256, offer_tls12(scene, 0xc023)) /* ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 */
CHANGE(cbc_sha1, offer_tls12(scene, 0xc009))   /* ECDHE_ECDSA_WITH_AES_128_CBC_SHA */
CHANGE(shallow, offer_tls12(scene, 0xc02b); scene->record.tls.num_suites = 0;
       scene->record.tls.num_groups = 0; scene->record.tls.num_curves = 0)
CHANGE(tls11, offer_tls12(scene, 0xc02b); scene->record.tls.versions[TLS_1_1] = yes)
CHANGE(tls11_unknown, offer_tls12(scene, 0xc02b); scene->record.tls.versions[TLS_1_1] = unknown)
CHANGE(ssl3, offer_tls12(scene, 0xc02b); scene->record.tls.versions[TLS_SSL3] = yes)
CHANGE(ssl2_not_asked, scene->record.tls.versions[TLS_SSL2] = unknown)
CHANGE(rc4, offer_tls12(scene, 0xc02b); scene->record.tls.weak[WEAK_RC4] = yes)
CHANGE(triple_des, offer_tls12(scene, 0xc02b); scene->record.tls.weak[WEAK_3DES] = yes)
CHANGE(anonymous, offer_tls12(scene, 0xc02b); scene->record.tls.weak[WEAK_ANON] = yes)
CHANGE(dh_1024, offer_tls12(scene, 0xc02b); scene->record.tls.weak[WEAK_SMALL_DH] = yes;
       scene->record.tls.dh_bits = 1024)
CHANGE(dh_3072, offer_tls12(scene, 0xc02b); scene->record.tls.dh_bits = 3072;
       scene->record.tls.dh_group = "ffdhe3072")
CHANGE(dh_own, offer_tls12(scene, 0xc02b); scene->record.tls.dh_bits = 3072)
CHANGE(no_ems, offer_tls12(scene, 0xc02b); scene->record.tls.ems = no)
CHANGE(compresses, offer_tls12(scene, 0xc02b); scene->record.tls.compression = yes)
CHANGE(no_renegotiation, offer_tls12(scene, 0xc02b); scene->record.tls.secure_renegotiation = no)
CHANGE(dh_512, dh_1024(scene); scene->record.tls.dh_bits = 512)
CHANGE(static_rsa_chosen, offer_tls12(scene, 0x009c); scene->record.tls_cipher_id = 0x009c;
       scene->record.tls.weak[WEAK_STATIC_RSA] = yes)
CHANGE(weak_null, offer_tls12(scene, 0xc02b); scene->record.tls.weak[WEAK_NULL] = yes)
CHANGE(weak_export, offer_tls12(scene, 0xc02b); scene->record.tls.weak[WEAK_EXPORT] = yes)
CHANGE(weak_des, offer_tls12(scene, 0xc02b); scene->record.tls.weak[WEAK_DES] = yes)
CHANGE(only_tls10, offer_tls12(scene, 0xc014); scene->record.tls.versions[TLS_1_0] = yes;
       scene->record.tls.versions[TLS_1_2] = scene->record.tls.versions[TLS_1_3] = no)
CHANGE(camellia, offer_tls12(scene, 0xc086)) /* ECDHE_ECDSA_WITH_CAMELLIA_128_GCM_SHA256 */
CHANGE(ccm, offer_tls12(scene, 0xc0ac))      /* ECDHE_ECDSA_WITH_AES_128_CCM */
CHANGE(ccm_8, offer_tls12(scene, 0xc0ae))    /* ECDHE_ECDSA_WITH_AES_128_CCM_8 */
CHANGE(dhe_gcm, offer_tls12(scene, 0x009e))  /* DHE_RSA_WITH_AES_128_GCM_SHA256 */
CHANGE(aes_128_of_13, scene->record.tls_cipher_id = 0x1301)
CHANGE(ccm_8_of_13, scene->record.tls_cipher_id = 0x1305)
CHANGE(sni_intolerant, scene->record.sni_intolerant = true)
CHANGE(not_yet_valid, PROBLEM(NOT_YET_VALID))
CHANGE(revoked, PROBLEM(REVOKED))
CHANGE(no_hybrid, scene->record.tls.post_quantum = no)

static void add_group(struct scene *scene, uint16_t group)
{
    scene->groups[scene->record.tls.num_groups++] = group;
}

static void use_key(struct scene *scene, const char *name, unsigned rsa_bits)
{
    scene->certificate.key = name;
    scene->certificate.smallest_rsa_bits = rsa_bits;
}

CHANGE(x25519, add_group(scene, 0x001d))
CHANGE(p521, add_group(scene, 0x0019))
CHANGE(p224, add_group(scene, 0x0015))
CHANGE(secp256k1, add_group(scene, 0x0016))
CHANGE(ffdhe2048, add_group(scene, 0x0100))
CHANGE(ffdhe3072, add_group(scene, 0x0101))
CHANGE(no_groups, scene->record.tls.num_groups = 0)
CHANGE(x25519_of_12, offer_tls12(scene, 0xc02b); scene->curves[0] = 0x001d)
CHANGE(p192_of_12, offer_tls12(scene, 0xc02b); scene->curves[0] = 0x0013)
CHANGE(curves_unknown, offer_tls12(scene, 0xc02b); scene->record.tls.num_curves = 0)
CHANGE(no_curves, offer_tls12(scene, 0x009e); scene->record.tls.num_curves = 0) /* DHE */
CHANGE(tls13_suites_alone, offer_tls12(scene, 0x1302); scene->record.tls.num_suites_tls13 = 1)
CHANGE(suites_cut, offer_tls12(scene, 0xc02b); scene->record.tls.cut_lists = 1u << TLS_LIST_SUITES)
CHANGE(suites_cut_behind_the_worst, offer_tls12(scene, 0xc0ae);
       scene->record.tls.cut_lists = 1u << TLS_LIST_SUITES)
CHANGE(suites_of_tls13_cut, scene->record.tls.cut_lists = 1u << TLS_LIST_SUITES)
CHANGE(groups_cut, scene->record.tls.cut_lists = 1u << TLS_LIST_GROUPS)
CHANGE(groups_cut_behind_a_poor_one, add_group(scene, 0x0015);
       scene->record.tls.cut_lists = 1u << TLS_LIST_GROUPS)
CHANGE(groups_cut_behind_the_worst, add_group(scene, 0x0016);
       scene->record.tls.cut_lists = 1u << TLS_LIST_GROUPS)
CHANGE(curves_cut, offer_tls12(scene, 0xc02b); scene->record.tls.cut_lists = 1u << TLS_LIST_CURVES)
CHANGE(rsa_2048, use_key(scene, "RSA", 2048))
CHANGE(rsa_3072, use_key(scene, "RSA", 3072))
CHANGE(rsa_1024, use_key(scene, "RSA", 1024); PROBLEM(WEAK_KEY))
CHANGE(key_ed25519, use_key(scene, "Ed25519", 0))
CHANGE(key_p521, use_key(scene, "ECDSA P-521", 0))
CHANGE(key_p224, use_key(scene, "ECDSA P-224", 0))
CHANGE(key_secp256k1, use_key(scene, "ECDSA secp256k1", 0))
CHANGE(second_leaf, scene->certificate2 = scene->certificate;
       scene->record.certificate2 = &scene->certificate2)
CHANGE(second_leaf_1024, second_leaf(scene); scene->certificate2.key = "RSA";
       scene->certificate2.smallest_rsa_bits = 1024;
       scene->certificate2.problems = CERTIFICATE_PROBLEM_BIT(CERTIFICATE_WEAK_KEY))
CHANGE(second_leaf_expired, second_leaf(scene);
       scene->certificate2.problems = CERTIFICATE_PROBLEM_BIT(CERTIFICATE_EXPIRED))
CHANGE(sha224, scene->certificate.weakest_signature = "ecdsa-with-SHA224")
CHANGE(sha1, PROBLEM(WEAK_SIGNATURE);
       scene->certificate.weakest_signature = "sha1WithRSAEncryption")
CHANGE(a_year, scene->certificate.not_after = 366 * DAY)
CHANGE(two_years, scene->certificate.not_after = 731 * DAY)
CHANGE(expired, PROBLEM(EXPIRED))
CHANGE(untrusted, scene->certificate.trusted = no)
CHANGE(trust_unknown, scene->certificate.trusted = unknown)
CHANGE(not_observed, memset(&scene->record, 0, sizeof(scene->record)))
CHANGE(refused, scene->record.has_tls = false; scene->record.certificate = NULL;
       scene->record.starttls_handshake = unknown; scene->record.grade = GRADE_F;
       scene->record.tls_cipher_id = 0)

struct profile_case {
    const char *name;
    void (*change)(struct scene *scene);
    /* RFC 9325, NCSC-NL, Mozilla, PCI DSS: the level, the rules that failed (with the level that
       they allow where that is another), and those left open */
    const char *verdicts[PROFILE_COUNT];
};

static const struct profile_case cases[] = {
    {"the best there is", nothing, {"met", "sufficient key", "modern", "met"}},
    {"x25519 in TLS 1.2",
     x25519_of_12,
     {"met", "sufficient versions suites groups key", "intermediate versions suites", "met"}},
    {"a curve of 192 bits in TLS 1.2",
     p192_of_12,
     {"met", "insufficient versions=sufficient suites=sufficient groups key=sufficient",
      "none versions=intermediate suites=intermediate groups", "met"}},
    {"curves of TLS 1.2 not listed",
     curves_unknown,
     {"met", "unknown versions=sufficient suites=sufficient key=sufficient ?groups",
      "unknown versions=intermediate suites=intermediate ?groups", "met"}},
    {"no curves in TLS 1.2",
     no_curves,
     {"met", "phase_out versions=sufficient suites key=sufficient", "intermediate versions suites",
      "met"}},
    {"suites of TLS 1.3 listed alone",
     tls13_suites_alone,
     {"met", "unknown versions=sufficient key=sufficient ?suites",
      "unknown versions=intermediate ?suites", "met"}},
    {"a list of suites that is not whole",
     suites_cut,
     {"met", "unknown versions=sufficient key=sufficient ?suites",
      "unknown versions=intermediate ?suites", "met"}},
    {"one with the worst already in it",
     suites_cut_behind_the_worst,
     {"met", "insufficient versions=sufficient suites key=sufficient",
      "none versions=intermediate suites", "met"}},
    {"a list of the suites of TLS 1.3 that is not whole",
     suites_of_tls13_cut,
     {"met", "unknown key=sufficient ?suites", "unknown ?suites", "met"}},
    {"a list of groups that is not whole",
     groups_cut,
     {"met", "unknown key=sufficient ?groups", "unknown ?groups", "met"}},
    {"one with a poor group, behind which may be worse",
     groups_cut_behind_a_poor_one,
     {"met", "unknown key=sufficient ?groups", "none groups", "met"}},
    {"one with the worst group already in it",
     groups_cut_behind_the_worst,
     {"met", "insufficient groups key=sufficient", "none groups", "met"}},
    {"a list of curves that is not whole",
     curves_cut,
     {"met", "unknown versions=sufficient suites=sufficient key=sufficient ?groups",
      "unknown versions=intermediate suites=intermediate ?groups", "met"}},
    {"TLS 1.2 beside it",
     tls12,
     {"met", "sufficient versions suites key", "intermediate versions suites", "met"}},
    {"CBC with SHA-256",
     cbc_sha256,
     {"met", "phase_out versions=sufficient suites key=sufficient",
      "old versions=intermediate suites", "met"}},
    {"CBC with SHA-1",
     cbc_sha1,
     {"met", "insufficient versions=sufficient suites key=sufficient",
      "old versions=intermediate suites", "met"}},
    {"Camellia",
     camellia,
     {"met", "phase_out versions=sufficient suites key=sufficient",
      "none versions=intermediate suites", "met"}},
    {"CCM",
     ccm,
     {"met", "sufficient versions suites key", "none versions=intermediate suites", "met"}},
    {"CCM with a short tag",
     ccm_8,
     {"met", "insufficient versions=sufficient suites key=sufficient",
      "none versions=intermediate suites", "met"}},
    {"DHE",
     dhe_gcm,
     {"met", "phase_out versions=sufficient suites key=sufficient", "intermediate versions suites",
      "met"}},
    {"AES-128 of TLS 1.3", aes_128_of_13, {"met", "sufficient suites key", "modern", "met"}},
    {"CCM with a short tag, of TLS 1.3",
     ccm_8_of_13,
     {"met", "insufficient suites key=sufficient", "none suites", "met"}},
    {"static RSA is chosen",
     static_rsa_chosen,
     {"not_met forward_secrecy",
      "insufficient versions=sufficient weak_suites suites key=sufficient",
      "old versions=intermediate weak_suites suites", "met"}},
    {"a scan that did not list suites and groups",
     shallow,
     {"met", "unknown versions=sufficient key=sufficient ?suites ?groups",
      "unknown versions=intermediate ?suites ?groups", "met"}},
    {"TLS 1.1",
     tls11,
     {"not_met no_tls10_tls11", "insufficient versions suites=sufficient key=sufficient",
      "old versions suites=intermediate", "not_met no_early_tls"}},
    {"TLS 1.1 unknown",
     tls11_unknown,
     {"unknown ?no_tls10_tls11", "unknown suites=sufficient key=sufficient ?versions",
      "unknown suites=intermediate ?versions", "unknown ?no_early_tls"}},
    {"nothing but TLS 1.0",
     only_tls10,
     {"not_met no_tls10_tls11 tls12_or_newer", "insufficient versions suites key=sufficient",
      "old versions suites", "not_met no_early_tls tls12_or_newer"}},
    {"SSLv3",
     ssl3,
     {"not_met no_ssl", "insufficient versions suites=sufficient key=sufficient",
      "none versions suites=intermediate", "not_met no_early_tls"}},
    {"SSLv2 not asked beside TLS 1.3", ssl2_not_asked, {"met", "sufficient key", "modern", "met"}},
    {"NULL",
     weak_null,
     {"not_met no_null_suites",
      "insufficient versions=sufficient weak_suites suites=sufficient key=sufficient",
      "none versions=intermediate weak_suites suites=intermediate", "not_met strong_suites"}},
    {"export",
     weak_export,
     {"not_met no_export_suites",
      "insufficient versions=sufficient weak_suites suites=sufficient key=sufficient",
      "none versions=intermediate weak_suites suites=intermediate", "not_met strong_suites"}},
    {"DES",
     weak_des,
     {"not_met no_des_suites",
      "insufficient versions=sufficient weak_suites suites=sufficient key=sufficient",
      "none versions=intermediate weak_suites suites=intermediate", "not_met strong_suites"}},
    {"RC4",
     rc4,
     {"not_met no_rc4_suites",
      "insufficient versions=sufficient weak_suites suites=sufficient key=sufficient",
      "none versions=intermediate weak_suites suites=intermediate", "not_met strong_suites"}},
    {"3DES",
     triple_des,
     {"met", "insufficient versions=sufficient weak_suites suites=sufficient key=sufficient",
      "old versions=intermediate weak_suites suites=intermediate", "met"}},
    {"anonymous suites",
     anonymous,
     {"met", "insufficient versions=sufficient weak_suites suites=sufficient key=sufficient",
      "none versions=intermediate weak_suites suites=intermediate", "not_met strong_suites"}},
    {"DH of 512 bits",
     dh_512,
     {"not_met dh_2048",
      "insufficient versions=sufficient suites=sufficient finite_field key=sufficient",
      "none versions=intermediate suites=intermediate dh_size", "not_met strong_dh"}},
    {"DH of 1024 bits",
     dh_1024,
     {"not_met dh_2048",
      "insufficient versions=sufficient suites=sufficient finite_field key=sufficient",
      "old versions=intermediate suites=intermediate dh_size", "not_met strong_dh"}},
    {"DH of 3072 bits",
     dh_3072,
     {"met", "phase_out versions=sufficient suites=sufficient finite_field key=sufficient",
      "intermediate versions suites dh_size", "met"}},
    {"a DH prime of its own",
     dh_own,
     {"met", "insufficient versions=sufficient suites=sufficient finite_field key=sufficient",
      "intermediate versions suites dh_size", "met"}},
    {"no extended master secret",
     no_ems,
     {"not_met extended_master_secret",
      "insufficient versions=sufficient suites=sufficient key=sufficient extended_master_secret",
      "intermediate versions suites", "met"}},
    {"no secure renegotiation",
     no_renegotiation,
     {"not_met secure_renegotiation",
      "insufficient versions=sufficient suites=sufficient key=sufficient secure_renegotiation",
      "intermediate versions suites", "met"}},
    {"compression",
     compresses,
     {"met", "insufficient versions=sufficient suites=sufficient key=sufficient compression",
      "intermediate versions suites", "met"}},
    {"SNI is not understood",
     sni_intolerant,
     {"not_met server_name", "sufficient key", "modern", "met"}},
    {"no hybrid group", no_hybrid, {"met", "sufficient post_quantum key", "modern", "met"}},
    {"groups not listed",
     no_groups,
     {"met", "unknown key=sufficient ?groups", "unknown ?groups", "met"}},
    {"x25519", x25519, {"met", "sufficient groups key", "modern", "met"}},
    {"P-521", p521, {"met", "sufficient groups key", "none groups", "met"}},
    {"P-224", p224, {"met", "phase_out groups key=sufficient", "none groups", "met"}},
    {"secp256k1", secp256k1, {"met", "insufficient groups key=sufficient", "none groups", "met"}},
    {"ffdhe2048", ffdhe2048, {"met", "insufficient groups key=sufficient", "modern", "met"}},
    {"ffdhe3072", ffdhe3072, {"met", "phase_out groups key=sufficient", "modern", "met"}},
    {"RSA of 1024 bits",
     rsa_1024,
     {"not_met key_2048", "insufficient key", "none key", "not_met strong_key"}},
    {"RSA of 2048 bits", rsa_2048, {"met", "phase_out key", "intermediate key", "met"}},
    {"RSA of 3072 bits", rsa_3072, {"met", "sufficient key", "intermediate key", "met"}},
    {"an Ed25519 key", key_ed25519, {"met", "good", "none key", "met"}},
    {"a key on P-521", key_p521, {"met", "sufficient key", "none key", "met"}},
    {"a key on P-224", key_p224, {"met", "phase_out key", "none key", "met"}},
    {"a key on secp256k1", key_secp256k1, {"met", "insufficient key", "none key", "met"}},
    {"two leaves", second_leaf, {"met", "sufficient key", "modern", "met"}},
    {"the second leaf has a short key",
     second_leaf_1024,
     {"not_met key_2048", "insufficient key", "none key", "not_met strong_key"}},
    {"the second leaf has expired",
     second_leaf_expired,
     {"met", "sufficient key", "modern", "not_met certificate_valid"}},
    {"a SHA-224 signature", sha224, {"met", "phase_out key=sufficient signature", "modern", "met"}},
    {"a SHA-1 signature",
     sha1,
     {"not_met sha2_signatures", "insufficient key=sufficient signature", "none signature", "met"}},
    {"valid for a year", a_year, {"met", "sufficient key", "intermediate lifetime", "met"}},
    {"valid for two years", two_years, {"met", "sufficient key", "none lifetime", "met"}},
    {"expired", expired, {"met", "sufficient key", "modern", "not_met certificate_valid"}},
    {"not yet valid",
     not_yet_valid,
     {"met", "sufficient key", "modern", "not_met certificate_valid"}},
    {"revoked", revoked, {"met", "sufficient key", "modern", "not_met certificate_valid"}},
    {"untrusted", untrusted, {"met", "sufficient key", "modern", "not_met certificate_valid"}},
    {"trust unknown",
     trust_unknown,
     {"met", "sufficient key", "modern", "unknown ?certificate_valid"}},
    {"TLS refused", refused, {"not_met tls", "insufficient tls", "none tls", "not_met tls"}},
    {"TLS not observed",
     not_observed,
     {"unknown ?tls ?no_ssl ?no_tls10_tls11 ?tls12_or_newer ?no_null_suites ?no_rc4_suites "
      "?no_export_suites ?no_des_suites ?forward_secrecy ?dh_2048 ?key_2048 ?sha2_signatures "
      "?secure_renegotiation ?extended_master_secret ?server_name",
      "unknown ?tls ?versions ?weak_suites ?suites ?finite_field ?groups ?post_quantum ?key "
      "?signature ?extended_master_secret ?secure_renegotiation ?compression",
      "unknown ?tls ?versions ?weak_suites ?suites ?dh_size ?groups ?key ?lifetime ?signature",
      "unknown ?tls ?no_early_tls ?tls12_or_newer ?strong_suites ?strong_dh ?strong_key "
      "?certificate_valid"}},
};

static void write_verdict(const struct profile_verdict *verdict, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "%s", verdict->level);
    for (size_t i = 0; i < verdict->num_failed; i++) {
        used += (size_t)snprintf(out + used, size - used, " %s", verdict->failed[i]);
        if (strcmp(verdict->failed_levels[i], verdict->level) != 0) {
            used += (size_t)snprintf(out + used, size - used, "=%s", verdict->failed_levels[i]);
        }
    }
    for (size_t i = 0; i < verdict->num_open; i++) {
        used += (size_t)snprintf(out + used, size - used, " ?%s", verdict->open[i]);
    }
}

/* What a table says of a case. */
static void judge_case(const struct profile_case *row, const struct profile_table *table, char *out,
                       size_t size)
{
    struct scene scene;
    struct arena arena = {0};
    struct profile_verdict verdict;
    make_best(&scene);
    row->change(&scene);
    profile_judge(table, &scene.record, &arena, &verdict);
    write_verdict(&verdict, out, size);
    arena_free(&arena);
}

static void each_observation_has_its_level_and_rules(void **state)
{
    bool all = true;
    (void)state;
    for (size_t i = 0; i < NUM(cases); i++) {
        for (unsigned k = 0; k < PROFILE_COUNT; k++) {
            char seen[VERDICT_MAX];
            judge_case(&cases[i], profile_table((enum profile)k), seen, sizeof(seen));
            if (strcmp(seen, cases[i].verdicts[k]) != 0) {
                all = false;
                print_error("%s, %s: \"%s\", expected \"%s\"\n", cases[i].name,
                            profile_name((enum profile)k), seen, cases[i].verdicts[k]);
            }
        }
    }
    assert_true(all);
}

/* ---- Suites, groups and keys, by name: what is not listed has the worst level ---- */

struct named {
    const char *name;
    const char *ncsc_nl;
    const char *mozilla;
};

static const struct named suites_named[] = {
    {"TLS_AES_256_GCM_SHA384", "good", "modern"},
    {"TLS_CHACHA20_POLY1305_SHA256", "good", "modern"},
    {"TLS_AES_128_GCM_SHA256", "sufficient", "modern"},
    {"TLS_AES_128_CCM_SHA256", "sufficient", "none"},
    {"TLS_AES_128_CCM_8_SHA256", "insufficient", "none"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "sufficient", "intermediate"},
    {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "sufficient", "intermediate"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "sufficient", "intermediate"},
    {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "sufficient", "intermediate"},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "sufficient", "intermediate"},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "sufficient", "intermediate"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CCM", "sufficient", "none"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_CCM", "sufficient", "none"},
    {"TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "phase_out", "intermediate"},
    {"TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "phase_out", "intermediate"},
    {"TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "phase_out", "intermediate"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "phase_out", "old"},
    {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "phase_out", "old"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", "phase_out", "old"},
    {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "phase_out", "old"},
    {"TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", "phase_out", "old"},
    {"TLS_DHE_RSA_WITH_AES_256_CBC_SHA256", "phase_out", "old"},
    {"TLS_ECDHE_RSA_WITH_CAMELLIA_256_GCM_SHA384", "phase_out", "none"},
    {"TLS_ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256", "phase_out", "none"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "insufficient", "old"},
    {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "insufficient", "old"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "insufficient", "old"},
    {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "insufficient", "old"},
    {"TLS_RSA_WITH_AES_128_GCM_SHA256", "insufficient", "old"},
    {"TLS_RSA_WITH_AES_256_GCM_SHA384", "insufficient", "old"},
    {"TLS_RSA_WITH_AES_128_CBC_SHA256", "insufficient", "old"},
    {"TLS_RSA_WITH_AES_256_CBC_SHA256", "insufficient", "old"},
    {"TLS_RSA_WITH_AES_128_CBC_SHA", "insufficient", "old"},
    {"TLS_RSA_WITH_AES_256_CBC_SHA", "insufficient", "old"},
    {"TLS_RSA_WITH_3DES_EDE_CBC_SHA", "insufficient", "old"},
    {"TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "insufficient", "none"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "insufficient", "none"},
    {"TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", "insufficient", "none"},
    {"TLS_ECDHE_RSA_WITH_RC4_128_SHA", "insufficient", "none"},
    {"TLS_ECDHE_ECDSA_WITH_NULL_SHA", "insufficient", "none"},
    {"TLS_DH_anon_WITH_AES_128_GCM_SHA256", "insufficient", "none"},
    {"TLS_DHE_DSS_WITH_AES_128_GCM_SHA256", "insufficient", "none"},
    {"TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256", "insufficient", "none"},
    {"TLS_DHE_PSK_WITH_AES_128_GCM_SHA256", "insufficient", "none"},
    {"TLS_RSA_WITH_SEED_CBC_SHA", "insufficient", "none"},
    {"TLS_SM4_GCM_SM3", "insufficient", "none"},
};

static const struct named groups_named[] = {
    {"X25519MLKEM768", "good", "modern"},
    {"SecP256r1MLKEM768", "good", "none"},
    {"SecP384r1MLKEM1024", "good", "none"},
    {"secp256r1", "sufficient", "modern"},
    {"secp384r1", "sufficient", "modern"},
    {"x25519", "sufficient", "modern"},
    {"secp521r1", "sufficient", "none"},
    {"x448", "sufficient", "none"},
    {"brainpoolP256r1", "sufficient", "none"},
    {"brainpoolP384r1", "sufficient", "none"},
    {"brainpoolP512r1", "sufficient", "none"},
    {"brainpoolP256r1tls13", "sufficient", "none"},
    {"brainpoolP384r1tls13", "sufficient", "none"},
    {"brainpoolP512r1tls13", "sufficient", "none"},
    {"secp224r1", "phase_out", "none"},
    {"ffdhe2048", "insufficient", "modern"},
    {"ffdhe3072", "phase_out", "modern"},
    {"ffdhe4096", "phase_out", "modern"},
    {"ffdhe6144", "phase_out", "modern"},
    {"ffdhe8192", "phase_out", "modern"},
};

static const struct named keys_named[] = {
    {"Ed25519", "good", "none"},
    {"Ed448", "good", "none"},
    {"RSA", "sufficient", "intermediate"},
    {"ECDSA P-256", "sufficient", "modern"},
    {"ECDSA P-384", "sufficient", "modern"},
    {"ECDSA P-521", "sufficient", "none"},
    {"ECDSA brainpoolP256r1", "sufficient", "none"},
    {"ECDSA brainpoolP384r1", "sufficient", "none"},
    {"ECDSA brainpoolP512r1", "sufficient", "none"},
    {"ECDSA P-224", "phase_out", "none"},
    {"ECDSA secp256k1", "insufficient", "none"},
    {"ECDSA explicit curve", "insufficient", "none"},
};

/* The level that one rule allows. */
static const char *level_by(const struct profile_table *table, const char *rule,
                            const struct endpoint_record *record)
{
    for (size_t i = 0; i < table->num_rules; i++) {
        if (strcmp(table->rules[i].code, rule) == 0) {
            int level = table->rules[i].level(record);
            return level == PROFILE_OPEN ? "unknown" : table->levels[level];
        }
    }
    fail_msg("there is no rule %s", rule);
    return NULL;
}

static void expect_levels(const struct scene *scene, const char *rule, const char *name,
                          const struct named *row)
{
    const char *ncsc_nl = level_by(&profile_ncsc_nl, rule, &scene->record);
    const char *mozilla = level_by(&profile_mozilla, rule, &scene->record);
    if (strcmp(ncsc_nl, row->ncsc_nl) != 0 || strcmp(mozilla, row->mozilla) != 0) {
        fail_msg("%s: NCSC-NL %s, Mozilla %s", name, ncsc_nl, mozilla);
    }
}

static const struct named *find_named(const struct named *rows, size_t num, const char *name)
{
    static const struct named unnamed = {NULL, "insufficient", "none"};
    for (size_t i = 0; i < num; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return &unnamed;
}

static void each_suite_has_its_level(void **state)
{
    size_t num_suites, num_found = 0;
    const struct tls_suite *all = tls_suites_all(&num_suites);
    (void)state;
    for (size_t i = 0; i < num_suites; i++) {
        struct scene scene;
        const struct named *row = find_named(suites_named, NUM(suites_named), all[i].name);
        make_best(&scene);
        if (all[i].kx == TLS_KX_TLS13) {
            scene.record.tls_cipher_id = all[i].code;
        } else {
            offer_tls12(&scene, all[i].code);
        }
        num_found += row->name != NULL;
        /* Of Camellia and ARIA, which NCSC-NL names by the dozen, the list has samples. */
        if (row->name != NULL ||
            (all[i].cipher != TLS_CIPHER_CAMELLIA && all[i].cipher != TLS_CIPHER_ARIA &&
             all[i].mode != TLS_MODE_CCM)) {
            expect_levels(&scene, "suites", all[i].name, row);
        }
    }
    assert_int_equal(num_found, NUM(suites_named));
}

static void each_group_has_its_level(void **state)
{
    size_t num_groups, num_found = 0;
    const struct tls_group *all = tls_names_all_groups(&num_groups);
    (void)state;
    for (size_t i = 0; i < num_groups; i++) {
        struct scene scene;
        const struct named *row = find_named(groups_named, NUM(groups_named), all[i].name);
        make_best(&scene);
        scene.groups[0] = all[i].code;
        num_found += row->name != NULL;
        expect_levels(&scene, "groups", all[i].name, row);
    }
    assert_int_equal(num_found, NUM(groups_named));
}

static void each_key_has_its_level(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM(keys_named); i++) {
        struct scene scene;
        make_best(&scene);
        use_key(&scene, keys_named[i].name, strcmp(keys_named[i].name, "RSA") == 0 ? 4096 : 0);
        expect_levels(&scene, "key", keys_named[i].name, &keys_named[i]);
    }
}

static void sizes_have_their_bounds(void **state)
{
    static const struct {
        unsigned bits;
        const char *dh; /* of Mozilla */
        const char *key;
        const char *ncsc_nl_key;
    } rows[] = {
        {1023, "none", "none", "insufficient"},
        {1024, "old", "none", "insufficient"},
        {2047, "old", "none", "insufficient"},
        {2048, "intermediate", "intermediate", "phase_out"},
        {3071, "intermediate", "intermediate", "phase_out"},
        {3072, "intermediate", "intermediate", "sufficient"},
    };
    (void)state;
    for (size_t i = 0; i < NUM(rows); i++) {
        struct scene scene;
        make_best(&scene);
        use_key(&scene, "RSA", rows[i].bits);
        scene.record.tls.dh_bits = rows[i].bits;
        if (rows[i].bits < 2048) {
            scene.certificate.problems = CERTIFICATE_PROBLEM_BIT(CERTIFICATE_WEAK_KEY);
        }
        assert_string_equal(level_by(&profile_mozilla, "dh_size", &scene.record), rows[i].dh);
        assert_string_equal(level_by(&profile_mozilla, "key", &scene.record), rows[i].key);
        assert_string_equal(level_by(&profile_ncsc_nl, "key", &scene.record), rows[i].ncsc_nl_key);
    }
}

/* ---- Mutants: a rule that never fails, never leaves open, or says another level ---- */

static int (*original)(const struct endpoint_record *record);

static int never_fails(const struct endpoint_record *record)
{
    int level = original(record);
    return level > 0 ? 0 : level;
}

static int never_open(const struct endpoint_record *record)
{
    int level = original(record);
    return level == PROFILE_OPEN ? 0 : level;
}

static int never_passes(const struct endpoint_record *record)
{
    int level = original(record);
    return level == 0 ? 1 : level;
}

static bool is_noticed(const struct profile_table *mutant, enum profile profile)
{
    for (size_t i = 0; i < NUM(cases); i++) {
        char seen[VERDICT_MAX];
        judge_case(&cases[i], mutant, seen, sizeof(seen));
        if (strcmp(seen, cases[i].verdicts[profile]) != 0) {
            return true;
        }
    }
    return false;
}

static void every_rule_of_every_profile_is_held_by_a_case(void **state)
{
    static const struct {
        const char *name;
        int (*level)(const struct endpoint_record *record);
    } mutations[] = {{"never fails", never_fails},
                     {"is never open", never_open},
                     {"never passes", never_passes}};
    (void)state;
    for (unsigned i = 0; i < PROFILE_COUNT; i++) {
        const struct profile_table *table = profile_table((enum profile)i);
        for (size_t k = 0; k < table->num_rules; k++) {
            for (size_t m = 0; m < NUM(mutations); m++) {
                struct profile_table mutant = *table;
                original = table->rules[k].level;
                mutant.rules[k].level = mutations[m].level;
                if (!is_noticed(&mutant, (enum profile)i)) {
                    print_error("nothing notices that %s of %s %s\n", table->rules[k].code,
                                profile_name((enum profile)i), mutations[m].name);
                    fail();
                }
            }
        }
    }
}

/* Nothing known: nothing is met, and nothing is held against the server. */
static void what_is_unknown_is_neither_met_nor_failed(void **state)
{
    struct endpoint_record record = {.grade = GRADE_A, .has_tls = true};
    struct arena arena = {0};
    (void)state;
    judge_profiles(&record, &arena);
    for (unsigned i = 0; i < PROFILE_COUNT; i++) {
        assert_string_equal(record.profiles[i].level, "unknown");
    }
    arena_free(&arena);
}

static void an_endpoint_that_is_not_graded_has_no_levels(void **state)
{
    struct endpoint_record record = {.grade = GRADE_U};
    struct arena arena = {0};
    (void)state;
    judge_profiles(&record, &arena);
    for (unsigned i = 0; i < PROFILE_COUNT; i++) {
        assert_null(record.profiles[i].level);
    }
    arena_free(&arena);
}

static void tables_are_whole(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PROFILE_COUNT; i++) {
        const struct profile_table *table = profile_table((enum profile)i);
        assert_in_range(table->num_rules, 1, PROFILE_RULES_MAX);
        for (size_t k = 0; k < table->num_rules; k++) {
            assert_non_null(table->rules[k].code);
            assert_non_null(table->rules[k].level);
            assert_non_null(table->rules[k].source);
        }
        assert_true(table->num_rules == PROFILE_RULES_MAX ||
                    table->rules[table->num_rules].code == NULL);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_observation_has_its_level_and_rules),
        cmocka_unit_test(each_suite_has_its_level),
        cmocka_unit_test(each_group_has_its_level),
        cmocka_unit_test(each_key_has_its_level),
        cmocka_unit_test(sizes_have_their_bounds),
        cmocka_unit_test(every_rule_of_every_profile_is_held_by_a_case),
        cmocka_unit_test(what_is_unknown_is_neither_met_nor_failed),
        cmocka_unit_test(an_endpoint_that_is_not_graded_has_no_levels),
        cmocka_unit_test(tables_are_whole),
    };
    return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
