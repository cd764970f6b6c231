/* Dialogues in which one allocation fails, a different one in each. */
#include "tests/replay/session_scene.h"

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FAILING_SPARES replay_is_turn_of_others
#include "tests/unit/failing_allocator.h"

static const char *const script[] = {"S:220 mx.example.org ESMTP\r\n",
                                     "C:EHLO client.example.net\r\n",
                                     "S:250-mx\r\n250 STARTTLS\r\n",
                                     "C:STARTTLS\r\n",
                                     "S:220 go\r\n",
                                     "tls",
                                     "C:EHLO client.example.net\r\n",
                                     "S:250 mx\r\n",
                                     "C:QUIT\r\n",
                                     "S:221 bye\r\n",
                                     "eof",
                                     "close",
                                     NULL};

/* Of a dialogue in which the allocation of that number fails. */
struct end {
    unsigned long num_failed;
    bool has_begun;
    enum outcome outcome;
    bool is_all_seen; /* banner, certificate, and what is said inside TLS */
};

static struct end play_without(unsigned long number)
{
    struct end end = {0};
    struct scene *scene = malloc(sizeof(*scene));
    scene_init(scene);
    scene->peer.scripts[0] = script;
    peer_open(&scene->peer);
    fail_allocations(number, 1);
    struct session *session = session_new(&scene->worker.dialogues, &scene->request, &scene->arena,
                                          &scene->result, on_report, scene);
    if (session != NULL) {
        ev_run(scene->worker.loop, 0);
    }
    end.num_failed = end_failing();
    end.has_begun = session != NULL;
    assert_int_equal(scene->num_reports, end.has_begun ? 1 : 0);
    end.outcome = scene->result.outcome;
    end.is_all_seen = scene->result.banner.len > 0 && scene->result.chain != NULL &&
                      scene->result.starttls_handshake.value == TRI_YES &&
                      scene->result.has_capabilities_tls;
    chain_release(scene->run.chain_cache, scene->result.chain);
    session_free(session);
    replay_settle(scene->worker.loop);
    peer_close(&scene->peer); /* it may complain of what did not come */
    scene_fini(scene);
    free(scene);
    return end;
}

static void a_dialogue_has_seen_all_or_says_that_memory_was_lacking(void **state)
{
    (void)state;
    struct end end = play_without(ULONG_MAX);
    assert_int_equal(end.outcome, OUTCOME_OK);
    assert_true(end.is_all_seen);
    unsigned long number = 0, num_short = 0;
    do {
        end = play_without(number);
        bool is_whole = end.outcome == OUTCOME_OK && end.is_all_seen;
        if (end.has_begun && !is_whole && end.outcome != OUTCOME_LOCAL_ERROR) {
            fail_msg("allocation %lu: %s", number, outcome_name(end.outcome));
        }
        num_short += end.outcome == OUTCOME_LOCAL_ERROR ? 1 : 0;
        number++;
    } while (end.num_failed > 0);
    print_message("%lu allocations, %lu dialogues that lacked memory\n", number - 1, num_short);
    assert_true(num_short > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dialogue_has_seen_all_or_says_that_memory_was_lacking),
    };
    scene_libraries_init();
    return cmocka_run_group_tests_name("session_memory", tests, NULL, NULL);
}
