/* The evidence of a server: one for all names, kept, and what it takes back of a record. */
#include "tests/replay/engine_scene.h"

#include "scanner/engine/ledger.h"
#include "scanner/evidence/facts.h"

static bool has_no_names(struct dns_responder *responder, const struct responder_query *query)
{
    build_start(&responder->build, query->id, DNS_BUILD_REPLY, query->name, query->type);
    return true;
}

static const struct observation without = {
    .outcome = OUTCOME_STARTTLS_NOT_ADVERTISED,
    .starttls_advertised = {.value = TRI_NO},
    .capabilities_at = {100},
};
static const struct observation with = {
    .outcome = OUTCOME_OK,
    .starttls_advertised = {.value = TRI_YES},
    .starttls_accepted = {.value = TRI_YES},
    .capabilities_at = {200},
};

static struct ledger *hold(struct engine_scene *scene, const char *text, uint16_t port)
{
    struct server_key server = {.port = port, .service = service_find("smtp", 4)};
    assert_true(address_parse(text, &server.address));
    return ledger_hold(&scene->worker.ledgers, &server);
}

static void each_server_has_one_for_all_its_names(void **state)
{
    struct engine_scene scene;
    (void)state;
    engine_scene_init(&scene, has_no_names);
    struct ledger *first = hold(&scene, "192.0.2.1", 25);
    struct ledger *again = hold(&scene, "192.0.2.1", 25);
    struct ledger *other_port = hold(&scene, "192.0.2.1", 26);
    assert_ptr_equal(first, again);
    assert_ptr_not_equal(first, other_port);
    ledger_add(first, &with, DIALOGUE_HANDSHAKE);
    ledger_release(first);
    ledger_release(again);
    ledger_release(other_port);
    first = hold(&scene, "192.0.2.1", 25);
    assert_int_equal(first->evidence.offer.num_with, 1); /* it was kept */
    ledger_release(first);
    engine_scene_fini(&scene);
}

static void what_takes_back_a_record_is_listed_once(void **state)
{
    struct engine_scene scene;
    struct endpoint_record record = {.outcome = OUTCOME_STARTTLS_NOT_ADVERTISED};
    (void)state;
    engine_scene_init(&scene, has_no_names);
    struct ledger *ledger = hold(&scene, "2001:db8::1", 25);
    ledger_add(ledger, &without, DIALOGUE_HANDSHAKE);
    ledger_add(ledger, &without, DIALOGUE_HANDSHAKE);
    server_evidence_count(&ledger->evidence, &record.votes);
    facts_apply(&record);
    assert_int_equal(record.starttls_advertised.value, TRI_NO);
    ledger_note_record(ledger, &record);
    ledger_add(ledger, &without, DIALOGUE_HANDSHAKE);
    assert_int_equal(revised_count(&scene.run.revised), 0);
    ledger_add(ledger, &with, DIALOGUE_HANDSHAKE);
    ledger_add(ledger, &with, DIALOGUE_HANDSHAKE);
    assert_int_equal(revised_count(&scene.run.revised), 1);
    assert_string_equal(scene.run.revised.items[0], "[2001:db8::1]:25");
    ledger_release(ledger);
    engine_scene_fini(&scene);
}

static void the_list_is_bounded(void **state)
{
    struct revised revised;
    struct address address;
    (void)state;
    revised_init(&revised);
    assert_true(address_parse("192.0.2.1", &address));
    for (unsigned i = 0; i < REVISED_MAX + 5; i++) {
        revised_add(&revised, &address, (uint16_t)(i + 1));
    }
    assert_int_equal(revised_count(&revised), REVISED_MAX);
    assert_string_equal(revised.items[1], "192.0.2.1:2");
    revised_fini(&revised);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_server_has_one_for_all_its_names),
        cmocka_unit_test(what_takes_back_a_record_is_listed_once),
        cmocka_unit_test(the_list_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
