/*
 * The code of the C library that converts lists to UTF-8. It is loaded when an encoding is first
 * asked for, which a process that may map no code any more cannot do. So it is held before.
 */
#ifndef MXGRADE_IO_LIST_CONVERTERS_H
#define MXGRADE_IO_LIST_CONVERTERS_H

#include <iconv.h>
#include <stddef.h>

#define LIST_CONVERTERS_MAX 48

struct list_converters {
    iconv_t held[LIST_CONVERTERS_MAX];
    size_t num;
};

/* Loads what uchardet may find a list to be. An encoding that the C library lacks is left out. */
void list_converters_hold(struct list_converters *converters);

void list_converters_release(struct list_converters *converters);

#endif
