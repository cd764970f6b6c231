#include "io/dns/dns_questions.h"

#include <stdlib.h>
#include <string.h>

struct key {
    const char *name;
    enum dns_type type;
    bool unchecked;
};

struct dns_question *dns_queue_pop(struct dns_queue *queue)
{
    struct dns_question *question = STAILQ_FIRST(queue);
    if (question != NULL) {
        STAILQ_REMOVE_HEAD(queue, queued);
    }
    return question;
}

void dns_questions_init(struct dns_questions *questions)
{
    *questions = (struct dns_questions){.seed = table_seed_random()};
    STAILQ_INIT(&questions->kept);
}

void dns_questions_fini(struct dns_questions *questions)
{
    table_fini(&questions->table);
}

static bool is_question(const struct table_node *node, const void *key)
{
    const struct dns_question *question = (const struct dns_question *)node;
    const struct key *wanted = key;
    return question->type == wanted->type && question->unchecked == wanted->unchecked &&
           strcmp(question->name, wanted->name) == 0;
}

static uint64_t hash_of(const struct dns_questions *questions, const struct key *key)
{
    uint64_t hash = table_hash(&questions->seed, key->name, strlen(key->name));
    return hash + (uint64_t)key->type * UINT64_C(0x9e3779b97f4a7c15); /* spreads the types */
}

struct dns_question *dns_questions_find(const struct dns_questions *questions, const char *name,
                                        enum dns_type type, bool unchecked)
{
    const struct key key = {name, type, unchecked};
    return (struct dns_question *)table_find(&questions->table, hash_of(questions, &key),
                                             is_question, &key);
}

struct dns_question *dns_questions_add(struct dns_questions *questions, const char *name,
                                       enum dns_type type, bool unchecked)
{
    const struct key key = {name, type, unchecked};
    size_t name_len = strlen(name) + 1;
    struct dns_question *question = calloc(1, sizeof(*question) + name_len);
    if (question == NULL) {
        return NULL;
    }
    question->outcome = DNS_TIMED_OUT;
    question->type = type;
    question->unchecked = unchecked;
    STAILQ_INIT(&question->waiters);
    memcpy(question->name, name, name_len);
    if (!table_insert(&questions->table, &question->node, hash_of(questions, &key))) {
        free(question);
        return NULL;
    }
    return question;
}

void dns_questions_remove(struct dns_questions *questions, struct dns_question *question)
{
    table_remove(&questions->table, &question->node);
}

void dns_questions_keep(struct dns_questions *questions, struct dns_question *question)
{
    STAILQ_INSERT_TAIL(&questions->kept, question, kept);
    questions->num_kept++;
}

static struct dns_question *take_oldest(struct dns_questions *questions)
{
    struct dns_question *question = STAILQ_FIRST(&questions->kept);
    STAILQ_REMOVE_HEAD(&questions->kept, kept);
    questions->num_kept--;
    return question;
}

/* Those that are passed over become the newest: each is looked at once. */
void dns_questions_trim(struct dns_questions *questions, size_t max_kept)
{
    size_t num_looks = questions->num_kept;
    while (questions->num_kept > max_kept && num_looks-- > 0) {
        struct dns_question *question = take_oldest(questions);
        if (question->to_be_told) {
            dns_questions_keep(questions, question);
        } else {
            table_remove(&questions->table, &question->node);
            dns_question_free(question);
        }
    }
}

/* The kept ones are in a list besides. */
struct dns_question *dns_questions_take_any(struct dns_questions *questions)
{
    if (questions->num_kept == 0) {
        return (struct dns_question *)table_take_any(&questions->table);
    }
    struct dns_question *question = take_oldest(questions);
    table_remove(&questions->table, &question->node);
    return question;
}

void dns_question_free(struct dns_question *question)
{
    dns_answer_free(question->answer);
    free(question);
}
