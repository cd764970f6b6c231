/*
 * The real session on a real worker's loop against a scripted server, in simulated time, and what
 * must come of it: one struct session_case for each dialogue. Included by one test program each, so
 * everything is static.
 */
#ifndef MXGRADE_TESTS_SESSION_SCENE_H
#define MXGRADE_TESTS_SESSION_SCENE_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>

#include <ares.h>
#include <cmocka.h>

#include "scanner/cli/scan_options.h"
#include "scanner/engine/run.h"
#include "scanner/dialogue/session.h"
#include "tests/replay/replay_clock.h"
#include "tests/replay/replay_peer.h"
#include "tests/unit/certificate_maker.h"
#include "tests/unit/named.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))
#define HOST       "mx.example.org"
#define ADDRESS    "192.0.2.25"
#define PORT       25

/* Seconds, each another number, so that it shows which one has passed. */
#define CONNECT_LIMIT   11
#define GREETING_LIMIT  12
#define REPLY_LIMIT     13
#define TURN_LIMIT      14
#define HANDSHAKE_LIMIT 15
#define QUIT_LIMIT      16
#define TARGET_LIMIT    60

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
    double seconds; /* that it takes */
    void (*arrange)(struct scene *scene);
    void (*look)(const struct observation *result);
};

static inline void scene_init(struct scene *scene)
{
    char error[256] = "";
    memset(scene, 0, sizeof(*scene));
    config_init(&scene->config);
    /* By another seed, a network and a provider may come to share a rate once in a while. */
    scene->config.seed = (struct table_seed){{1, 2}};
    scene->config.ehlo = ehlo_name_of_host(named("client.example.net"));
    scene->config.resolver = "127.0.0.1:1"; /* nobody asks it */
    scene->config.num_threads = 1;
    scene->config.limits = (struct config_limits){.connect = CONNECT_LIMIT,
                                                  .greeting = GREETING_LIMIT,
                                                  .reply = REPLY_LIMIT,
                                                  .turn = TURN_LIMIT,
                                                  .handshake = HANDSHAKE_LIMIT,
                                                  .quit = QUIT_LIMIT,
                                                  .target = TARGET_LIMIT};
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
        .service = service_find("smtp", 4), .port = PORT, .host = named(HOST), .sni = named(HOST)};
    assert_true(address_parse(ADDRESS, &scene->request.address));
    scene->peer.place.address = scene->request.address;
    scene->peer.place.port = PORT;
}

static inline void scene_fini(struct scene *scene)
{
    worker_fini(&scene->worker);
    SSL_CTX_free(scene->peer.context);
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
    assert_in_range(result->timings.total, expected->seconds * 1000, expected->seconds * 1000 + 2);
}

/* Plays a dialogue to its end, and what the server still has to do of its script. */
static inline struct session *play_dialogue(struct scene *scene)
{
    struct session *session = session_new(&scene->worker.dialogues, &scene->request, &scene->arena,
                                          &scene->result, on_report, scene);
    assert_non_null(session);
    assert_true(session_is_waiting(session));
    ev_run(scene->worker.loop, 0);
    assert_int_equal(scene->num_reports, 1);
    assert_int_equal(counter_read(&scene->worker.dialogues.counters.in_flight), 0);
    assert_false(session_is_waiting(session));
    replay_settle(scene->worker.loop);
    return session;
}

static inline void play(void **state)
{
    const struct session_case *expected = *state;
    struct scene *scene = malloc(sizeof(*scene));
    scene_init(scene);
    scene->peer.scripts[0] = expected->script;
    if (expected->service != NULL) {
        scene->request.service = service_find(expected->service, strlen(expected->service));
    }
    if (expected->arrange != NULL) {
        expected->arrange(scene);
    }
    peer_open(&scene->peer);
    struct session *session = play_dialogue(scene);
    const struct observation *result = &scene->result;
    peer_close(&scene->peer);
    assert_string_equal(scene->peer.problem, "");
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
