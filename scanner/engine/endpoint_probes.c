#include "scanner/engine/endpoint_probes.h"

#include <stddef.h>
#include <stdlib.h>

static void ask(struct endpoint_question *question, bool is_of_name, struct server_waiter *waiter)
{
    const struct session_request *request = &question->inquiry->request;
    const struct server_question asked = {
        .server = {.address = request->address, .port = request->port, .service = request->service},
        .turn = request->turn,
        .lag = request->lag,
        .host = request->host,
        .sni = request->sni, /* whose second leaf is looked for */
        .is_of_name = is_of_name,
        .handshake = &question->inquiry->result,
    };
    server_ask(question->servers, &asked, waiter);
}

static void give_up(struct endpoint_question *question, const struct once_waiter *waiter)
{
    question->failure = waiter->failure;
    question->done(question, NULL);
}

static void tell(struct endpoint_question *question)
{
    const struct server_waiter *server = &question->of_server;
    const struct server_waiter *name = &question->of_name;
    /* The probes were made under the name of the endpoint that caused them. */
    const struct server_facts *of_name = server->connections > 0 ? server->facts : NULL;
    const struct endpoint_probes probes = {
        .facts = server->facts,
        .of_name = of_name,
        .others = name->is_holding ? name->facts : of_name,
        .connections = server->connections + name->connections,
    };
    question->done(question, &probes);
}

static void on_facts_of_name(struct once_waiter *waiter)
{
    struct endpoint_question *question =
        (struct endpoint_question *)((char *)waiter - offsetof(struct endpoint_question, of_name));
    if (waiter->is_given_up) {
        give_up(question, waiter);
        return;
    }
    server_hold(&question->of_name);
    tell(question);
}

/* The server ended the handshake by an alert, and whether another library could go on under this
 * name was not asked: the probes were made under another name. */
static bool wants_facts_of_name(const struct endpoint_question *question)
{
    const struct observation *handshake = &question->inquiry->result;
    const struct server_waiter *server = &question->of_server;
    return handshake->outcome == OUTCOME_TLS_ALERT && handshake->lack == NULL &&
           (server->connections == 0 || !plan_others_are_asked(server->facts));
}

static void on_facts(struct once_waiter *waiter)
{
    struct endpoint_question *question =
        (struct endpoint_question *)((char *)waiter -
                                     offsetof(struct endpoint_question, of_server));
    if (waiter->is_given_up) {
        give_up(question, waiter);
        return;
    }
    server_hold(&question->of_server);
    if (!wants_facts_of_name(question)) {
        tell(question);
        return;
    }
    question->of_name.waiter.ready = on_facts_of_name;
    ask(question, true, &question->of_name);
}

struct endpoint_question *endpoint_question_new(struct once *servers,
                                                const struct name_inquiry *inquiry,
                                                endpoint_question_callback done, void *user)
{
    struct endpoint_question *question = malloc(sizeof(*question));
    if (question != NULL) {
        *question = (struct endpoint_question){
            .inquiry = inquiry,
            .servers = servers,
            .done = done,
            .user = user,
            .of_server.waiter.ready = on_facts,
        };
    }
    return question;
}

void endpoint_question_ask(struct endpoint_question *question)
{
    ask(question, false, &question->of_server);
}

void endpoint_question_free(struct endpoint_question *question)
{
    if (question != NULL) {
        server_release(&question->of_name);
        server_release(&question->of_server);
        free(question);
    }
}
