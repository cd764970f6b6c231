/* The table of texts that a workbook's cells name by number (ECMA-376 part 1 section 18.4), bounded
 * in number and bytes. */
#ifndef MXGRADE_IO_SHARED_STRINGS_H
#define MXGRADE_IO_SHARED_STRINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHARED_STRINGS_MAX (4u << 20)
#define SHARED_BYTES_MAX   (128u << 20)

struct shared_strings {
    char *bytes; /* one text behind the other */
    size_t len;
    size_t capacity;
    uint32_t *ends; /* where each one ends */
    size_t num;
    size_t max_num;
};

void shared_strings_fini(struct shared_strings *strings);

/* Adds bytes to the text that is not ended yet. False: out of bounds, or of memory. */
bool shared_strings_add(struct shared_strings *strings, const char *bytes, size_t len);
/* Ends that text. Likewise. */
bool shared_strings_end(struct shared_strings *strings);

/* The text of a number; false: there is none. It is not NUL-terminated. */
bool shared_strings_get(const struct shared_strings *strings, uint64_t number,
                        const char **out_bytes, size_t *out_len);

#endif
