/*
 * A spotless endpoint to judge, and the ways to change it in one respect. Included by one test
 * program each, so everything is static.
 */
#ifndef MXGRADE_TESTS_JUDGE_SCENE_H
#define MXGRADE_TESTS_JUDGE_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scanner/grading/judge.h"

static const struct verdict yes = {.value = TRI_YES};
static const struct verdict no = {.value = TRI_NO};
static const struct verdict unknown = {.value = TRI_UNKNOWN, .reason = OUTCOME_TLS_TIMEOUT};
static const struct verdict unsupported = {.value = TRI_UNKNOWN,
                                           .reason = OUTCOME_UNSUPPORTED_ALGORITHM};

/* A record and what it points to. */
struct scene {
    struct endpoint_record record;
    struct certificate_record certificate;
    struct certificate_record certificate2;
};

/* A server with nothing to be found: TLS 1.2 and 1.3, all that is weak refused. */
static inline void make_spotless(struct scene *scene)
{
    memset(scene, 0, sizeof(*scene));
    struct endpoint_record *record = &scene->record;
    record->host = "mx.example.org";
    record->address = "192.0.2.1";
    record->family = 4;
    record->port = 25;
    record->service = "smtp";
    record->outcome = OUTCOME_OK;
    record->attempts = 1;
    record->esmtp = record->starttls_advertised = record->starttls_accepted = yes;
    record->starttls_handshake = yes;
    record->starttls_in_tls = record->login_before_tls = no;
    record->injection_commands = record->injection_responses = no;
    record->has_tls = true;
    record->tls_cipher_id = 0x1301;
    record->certificate = &scene->certificate;
    struct tls_facts *tls = &record->tls;
    tls->version = TLS_1_3;
    tls->cipher = "TLS_AES_128_GCM_SHA256";
    for (unsigned i = 0; i < TLS_VERSION_COUNT; i++) {
        tls->versions[i] = i >= TLS_1_2 ? yes : no;
    }
    for (unsigned i = 0; i < WEAK_CLASS_COUNT; i++) {
        tls->weak[i] = no;
    }
    tls->post_quantum = tls->ems = tls->secure_renegotiation = yes;
    tls->compression = no;
    tls->client_certificate = CLIENT_CERTIFICATE_NONE;
    scene->record.is_between_servers = true;
    static const uint16_t suites[] = {0xc02b}; /* ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 */
    tls->suites = suites;
    tls->num_suites = 1;
    scene->certificate.key = "ECDSA P-256";
    scene->certificate.key_bits = 256;
    scene->certificate.days_left = 60;
    scene->certificate.trusted = scene->certificate.name_match = yes;
    scene->certificate.weakest_signature = "ecdsa-with-SHA256";
}

static inline const struct policy *builtin(void)
{
    static struct policy policy;
    if (policy.name[0] == '\0') {
        policy_init(&policy);
    }
    return &policy;
}

/* The record borrows its findings from the judgement. */
static inline void judge(struct scene *scene, struct judgement *judgement, struct arena *arena)
{
    judgement_init(judgement, builtin(), arena);
    judge_endpoint(judgement, &scene->record);
}

static inline void without_tls(struct scene *scene, enum outcome outcome)
{
    struct endpoint_record *record = &scene->record;
    record->outcome = outcome;
    record->has_tls = false;
    record->certificate = NULL;
    record->tls_cipher_id = 0;
    record->starttls_handshake = (struct verdict){TRI_UNKNOWN, outcome};
    if (outcome_phase(outcome) != PHASE_TLS) {
        record->starttls_accepted = record->starttls_handshake;
    }
}

#define CHANGE(name_, statement)                                                                   \
    static inline void name_(struct scene *scene)                                                  \
    {                                                                                              \
        statement;                                                                                 \
    }

#define PROBLEM(problem)                                                                           \
    scene->certificate.problems |= CERTIFICATE_PROBLEM_BIT(CERTIFICATE_##problem)

CHANGE(nothing, (void)scene)

CHANGE(no_starttls, without_tls(scene, OUTCOME_STARTTLS_NOT_ADVERTISED);
       scene->record.starttls_advertised = no)

#endif
