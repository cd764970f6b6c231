#include "io/workbook/shared_strings.h"

#include <stdlib.h>
#include <string.h>

#define BYTES_FIRST 4096u
#define ENDS_FIRST  256u

void shared_strings_fini(struct shared_strings *strings)
{
    free(strings->bytes);
    free(strings->ends);
    *strings = (struct shared_strings){.bytes = NULL};
}

bool shared_strings_add(struct shared_strings *strings, const char *bytes, size_t len)
{
    if (len > SHARED_BYTES_MAX - strings->len) {
        return false;
    }
    if (len > strings->capacity - strings->len) {
        size_t capacity = strings->capacity * 2 + BYTES_FIRST + len;
        char *larger = realloc(strings->bytes, capacity);
        if (larger == NULL) {
            return false;
        }
        strings->bytes = larger;
        strings->capacity = capacity;
    }
    memcpy(strings->bytes + strings->len, bytes, len);
    strings->len += len;
    return true;
}

bool shared_strings_end(struct shared_strings *strings)
{
    if (strings->num == SHARED_STRINGS_MAX) {
        return false;
    }
    if (strings->num == strings->max_num) {
        size_t max_num = strings->max_num * 2 + ENDS_FIRST;
        uint32_t *larger = realloc(strings->ends, max_num * sizeof(*larger));
        if (larger == NULL) {
            return false;
        }
        strings->ends = larger;
        strings->max_num = max_num;
    }
    strings->ends[strings->num++] = (uint32_t)strings->len;
    return true;
}

bool shared_strings_get(const struct shared_strings *strings, uint64_t number,
                        const char **out_bytes, size_t *out_len)
{
    if (number >= strings->num) {
        return false;
    }
    size_t start = number > 0 ? strings->ends[number - 1] : 0;
    *out_bytes = strings->bytes != NULL ? strings->bytes + start : "";
    *out_len = strings->ends[number] - start;
    return true;
}
