#include "scanner/queue/queue_job.h"

#include <stdio.h>
#include <string.h>

struct queue_key queue_key(const char *job, const char *part)
{
    struct queue_key key;
    (void)snprintf(key.text, sizeof(key.text), QUEUE_PREFIX "job:%.*s%s", QUEUE_NAME_MAX, job,
                   part);
    return key;
}

struct queue_key queue_source_key(const char *source)
{
    struct queue_key key;
    (void)snprintf(key.text, sizeof(key.text), QUEUE_PREFIX "source:%.*s", QUEUE_NAME_MAX, source);
    return key;
}

bool queue_is_name(const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        bool is_fine = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'z') ||
                       (text[i] >= 'A' && text[i] <= 'Z') ||
                       (i > 0 && strchr("._-", text[i]) != NULL);
        if (!is_fine) {
            return false;
        }
    }
    return len > 0 && len <= QUEUE_NAME_MAX;
}

bool queue_read_number(const redisReply *reply, uint64_t *out_number)
{
    if (reply != NULL && reply->type == REDIS_REPLY_INTEGER && reply->integer >= 0) {
        *out_number = (uint64_t)reply->integer;
        return true;
    }
    uint64_t number = 0;
    if (reply == NULL || reply->type != REDIS_REPLY_STRING || reply->len == 0 || reply->len > 15) {
        return false;
    }
    for (size_t i = 0; i < (size_t)reply->len; i++) {
        if (reply->str[i] < '0' || reply->str[i] > '9') {
            return false;
        }
        number = number * 10 + (uint64_t)(reply->str[i] - '0');
    }
    *out_number = number;
    return true;
}

static const char *text_of(const redisReply *reply, const char *name, struct arena *arena,
                           const char *otherwise)
{
    const redisReply *value = redis_reply_value(reply, name);
    /* A text with a NUL in it is none of ours. */
    if (value == NULL || strlen(value->str) != (size_t)value->len) {
        return otherwise;
    }
    return arena_copy(arena, value->str, (size_t)value->len);
}

bool queue_job_read(const redisReply *reply, struct arena *arena, struct queue_job *out_job)
{
    *out_job = (struct queue_job){
        .status = text_of(reply, "status", arena, NULL),
        .policy = text_of(reply, "policy", arena, NULL),
        .options = text_of(reply, "options", arena, NULL),
        .list = text_of(reply, "list", arena, ""),
        .sha256 = text_of(reply, "sha256", arena, ""),
        .owner = text_of(reply, "owner", arena, ""),
        .run = text_of(reply, "run", arena, NULL),
    };
    out_job->is_whole = queue_read_number(redis_reply_value(reply, "lines"), &out_job->lines);
    bool has_chunks = queue_read_number(redis_reply_value(reply, "chunks"), &out_job->chunks);
    return out_job->status != NULL && out_job->policy != NULL && out_job->options != NULL &&
           has_chunks && !arena->has_failed && out_job->lines <= QUEUE_LINES_MAX;
}
