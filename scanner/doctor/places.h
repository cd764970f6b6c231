/* The servers that the doctor calls: those that --host names, else the first ones of the list. */
#ifndef MXGRADE_SCANNER_PLACES_H
#define MXGRADE_SCANNER_PLACES_H

#include "io/base/hostname.h"
#include "scanner/doctor/examination.h"

#define PLACES_MAX 3

struct place {
    const struct hostname *host; /* a reference; NULL: the address alone was named */
    struct address address;
    uint16_t port;
};

struct places {
    struct place items[PLACES_MAX];
    size_t num_items;
    size_t num_named; /* hosts that were named or found, with an address or without */
};

/*
 * Finds servers that may be contacted, of as many networks as there are, and names none twice.
 * False with a sentence in out_error: the list cannot be read, or --host names no host.
 */
bool places_find(const struct examination *examination, struct places *out_places, char *out_error,
                 size_t error_size);
void places_fini(struct places *places);

#endif
