/* Votes are counted to 255; more would change nothing. */
#ifndef MXGRADE_SCANNER_VOTE_H
#define MXGRADE_SCANNER_VOTE_H

#include <stdint.h>

static inline void vote_add(uint8_t *count)
{
    if (*count < UINT8_MAX) {
        (*count)++;
    }
}

#endif
