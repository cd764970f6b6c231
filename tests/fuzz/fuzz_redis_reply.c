/*
 * Replies of a Redis server, out of any bytes: however they are cut, the bounds say the same, and
 * what they let by makes the reader of hiredis neither crash nor allocate without end. The first
 * byte of the input chooses the size of the pieces.
 */
#include "io/redis/redis_bounds.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static bool are_within(const uint8_t *data, size_t size, size_t piece)
{
    struct redis_bounds bounds;
    redis_bounds_init(&bounds);
    for (size_t at = 0; at < size; at += piece) {
        size_t len = size - at < piece ? size - at : piece;
        if (redis_bounds_feed(&bounds, data + at, len) != NULL) {
            return false;
        }
    }
    return true;
}

static void read_replies(const uint8_t *data, size_t size)
{
    redisReader *reader = redisReaderCreate();
    require(reader != NULL);
    void *reply = NULL;
    if (redisReaderFeed(reader, (const char *)data, size) == REDIS_OK) {
        while (redisReaderGetReply(reader, &reply) == REDIS_OK && reply != NULL) {
            freeReplyObject(reply);
            reply = NULL;
        }
    }
    redisReaderFree(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    size_t piece = 1 + data[0] % 17;
    bool is_within = are_within(data + 1, size - 1, size);
    require(are_within(data + 1, size - 1, piece) == is_within);
    if (is_within) {
        read_replies(data + 1, size - 1);
    }
    return 0;
}
