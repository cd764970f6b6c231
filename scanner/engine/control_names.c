#include "scanner/engine/control_names.h"

#include <stdlib.h>

#define TRY_MS 1000

struct control_names {
    struct dns *dns;
    struct control_question *questions;
    struct asking *askings; /* for each question */
    size_t num_open;
};

struct asking {
    struct dns_waiter waiter;
    struct control_names *control;
    struct control_question *question;
};

static void on_answer(void *user, const struct dns_answer *answer)
{
    struct asking *asking = user;
    struct control_question *question = asking->question;
    bool is_of_addresses = question->type == DNS_A || question->type == DNS_AAAA;
    question->outcome = answer->outcome;
    if (answer->outcome == DNS_OK && is_of_addresses) {
        question->address = answer->records[0].address;
    }
    asking->control->num_open--;
}

static bool make(struct control_names *control, struct ev_loop *loop, const char *servers,
                 size_t num_questions)
{
    const struct dns_options options = {
        .servers = servers, .timeout_ms = TRY_MS, .tries = CONTROL_NAMES_TRIES};
    control->questions = calloc(num_questions, sizeof(*control->questions));
    control->askings = calloc(num_questions, sizeof(*control->askings));
    control->dns = dns_new(loop, &options);
    return control->questions != NULL && control->askings != NULL && control->dns != NULL;
}

struct control_names *control_names_new(struct ev_loop *loop, const char *servers,
                                        const struct control_question *questions,
                                        size_t num_questions)
{
    struct control_names *control = calloc(1, sizeof(*control));
    if (control == NULL || !make(control, loop, servers, num_questions)) {
        control_names_free(control);
        return NULL;
    }
    control->num_open = num_questions;
    for (size_t i = 0; i < num_questions; i++) {
        control->questions[i] = questions[i];
        control->askings[i].control = control;
        control->askings[i].question = &control->questions[i];
        dns_ask(control->dns, &control->askings[i].waiter, questions[i].name, questions[i].type,
                on_answer, &control->askings[i]);
    }
    return control;
}

void control_names_free(struct control_names *control)
{
    if (control == NULL) {
        return;
    }
    dns_free(control->dns);
    free(control->askings);
    free(control->questions);
    free(control);
}

bool control_names_is_open(const struct control_names *control)
{
    return control->num_open > 0;
}

const struct control_question *control_names_answers(const struct control_names *control)
{
    return control->questions;
}
