/*
 * The real session on a real worker's loop against a scripted server on loopback, and what must
 * come of it: one struct session_case for each dialogue. Included by one test program each, so
 * everything is static.
 */
#ifndef MXGRADE_TESTS_SESSION_SCENE_H
#define MXGRADE_TESTS_SESSION_SCENE_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>

#include <ares.h>
#include <cmocka.h>

#include "scanner/cli/options.h"
#include "scanner/engine/run.h"
#include "scanner/dialogue/session.h"
#include "tests/unit/certificate_maker.h"
#include "tests/unit/named.h"
#include "tests/unit/scripted_peer.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))
#define HOST       "mx.example.org"

/* Everything that one dialogue needs. */
struct scene {
    struct config config;
    struct run run;
    struct worker worker;
    struct trust_store *store;
    struct made certificate;
    struct peer peer;
    struct session_request request;
    struct hello_spec hello;
    struct arena arena;
    struct observation result;
    struct gate_pass other; /* of another session's handshake */
    unsigned num_reports;
};

struct session_case {
    const char *name;
    const char *service; /* NULL: smtp */
    const char *script[PEER_STEPS_MAX];
    enum outcome outcome;
    const char *verdicts; /* ESMTP; STARTTLS advertised, accepted, handshake: y, n, ? */
    unsigned code;        /* of the last refusal; 0: none */
    const char *text;     /* likewise; NULL: not looked at */
    size_t early_bytes;
    void (*arrange)(struct scene *scene);
    void (*look)(const struct observation *result);
};

static inline void scene_init(struct scene *scene)
{
    char error[256] = "";
    memset(scene, 0, sizeof(*scene));
    config_init(&scene->config);
    scene->config.ehlo = ehlo_name_of_host(named("client.example.net"));
    scene->config.resolver = "127.0.0.1:1"; /* nobody asks it */
    scene->config.num_threads = 1;
    scene->config.limits = (struct config_limits){.connect = 30,
                                                  .greeting = 30,
                                                  .reply = 30,
                                                  .turn = 30,
                                                  .handshake = 30,
                                                  .quit = 30,
                                                  .target = 60};
    scene->certificate =
        make(&(struct recipe){.cn = HOST, .extensions = {{"subjectAltName", "DNS:" HOST}}});
    scene->store = make_store((const struct made *const[]){&scene->certificate}, 1);
    scene->run.config = &scene->config;
    scene->run.chain_cache = chain_cache_new(scene->store, MAKER_NOW, 8);
    assert_true(worker_init(&scene->worker, &scene->run, 0, error, sizeof(error)));
    scene->peer.context = SSL_CTX_new(TLS_method());
    assert_true(SSL_CTX_use_certificate(scene->peer.context, scene->certificate.x509));
    assert_true(SSL_CTX_use_PrivateKey(scene->peer.context, scene->certificate.key));
    assert_true(SSL_CTX_set_min_proto_version(scene->peer.context, TLS1_VERSION));
    scene->request = (struct session_request){
        .service = service_find("smtp", 4), .host = named(HOST), .sni = named(HOST)};
    assert_true(address_parse("127.0.0.1", &scene->request.address));
}

static inline void scene_fini(struct scene *scene)
{
    worker_fini(&scene->worker);
    chain_cache_free(scene->run.chain_cache);
    trust_store_free(scene->store);
    made_free(&scene->certificate);
    arena_free(&scene->arena);
    config_fini(&scene->config);
}

static inline void on_report(struct session *session, void *user)
{
    struct scene *scene = user;
    (void)session;
    scene->num_reports++;
    ev_break(scene->worker.loop, EVBREAK_ALL);
}

static inline void assert_verdicts(const struct observation *result, const char *expected)
{
    static const char letters[] = {[TRI_UNKNOWN] = '?', [TRI_NO] = 'n', [TRI_YES] = 'y'};
    const struct verdict *verdicts[] = {&result->esmtp, &result->starttls_advertised,
                                        &result->starttls_accepted, &result->starttls_handshake};
    char found[NUM(verdicts) + 1] = "";
    for (size_t i = 0; i < NUM(verdicts); i++) {
        found[i] = letters[verdicts[i]->value];
        if (verdicts[i]->value == TRI_UNKNOWN) {
            assert_int_equal(verdicts[i]->reason, result->outcome);
        }
    }
    assert_string_equal(found, expected);
}

static inline void assert_result(const struct observation *result,
                                 const struct session_case *expected)
{
    assert_string_equal(outcome_name(result->outcome), outcome_name(expected->outcome));
    assert_verdicts(result, expected->verdicts);
    if (expected->text != NULL) {
        assert_int_equal(result->reply.text.len, strlen(expected->text));
        assert_memory_equal(result->reply.text.bytes, expected->text, strlen(expected->text));
    }
    assert_int_equal(result->early_bytes, expected->early_bytes);
    assert_true(result->timings.total >= 0);
}

static inline void play(void **state)
{
    const struct session_case *expected = *state;
    struct scene *scene = malloc(sizeof(*scene));
    scene_init(scene);
    scene->peer.script = expected->script;
    bool has_peer = expected->script[0] != NULL;
    if (has_peer) {
        assert_true(peer_start(&scene->peer));
    }
    scene->request.port = has_peer ? scene->peer.port : 25;
    if (expected->service != NULL) {
        scene->request.service = service_find(expected->service, strlen(expected->service));
    }
    if (expected->arrange != NULL) {
        expected->arrange(scene);
    }
    struct session *session = session_new(&scene->worker.dialogues, &scene->request, &scene->arena,
                                          &scene->result, on_report, scene);
    assert_non_null(session);
    assert_true(session_is_waiting(session));
    ev_run(scene->worker.loop, 0);
    assert_int_equal(scene->num_reports, 1);
    assert_int_equal(counter_read(&scene->worker.dialogues.counters.in_flight), 0);
    const struct observation *result = &scene->result;
    assert_false(session_is_waiting(session));
    if (has_peer) {
        peer_stop(&scene->peer);
        assert_string_equal(scene->peer.problem, "");
    }
    assert_result(result, expected);
    if (expected->code != 0 || expected->text != NULL) {
        assert_int_equal(result->reply.code, expected->code);
    }
    if (expected->look != NULL) {
        expected->look(result);
    }
    if (result->chain != NULL) {
        chain_release(scene->run.chain_cache, result->chain);
    }
    session_free(session);
    if (!has_peer) {
        SSL_CTX_free(scene->peer.context);
    }
    scene_fini(scene);
    free(scene);
}

/* What dialogues need of the process. */
static inline void scene_libraries_init(void)
{
    signal(SIGPIPE, SIG_IGN); /* BoringSSL's socket BIO writes without MSG_NOSIGNAL */
    ares_library_init(ARES_LIB_INIT_ALL);
}

#endif
