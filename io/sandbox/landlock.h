/* Landlock by its system calls: the C library has no functions for them. */
#ifndef MXGRADE_IO_LANDLOCK_H
#define MXGRADE_IO_LANDLOCK_H

#include <stdbool.h>

#include "io/sandbox/sandbox.h"

/* The ABI of the kernel, or 0 where it has no Landlock or does not let us use it. */
int landlock_abi(void);

/* Makes rules that forbid all files, as far as that ABI can. Returns their descriptor, or -1. */
int landlock_begin(int abi, bool connects);

/* Adds what may be done with a place; see sandbox_allow(). */
void landlock_allow(int rules, int abi, const char *path, enum sandbox_access access);

/* Binds the calling thread and those that it makes. Closes the descriptor. */
bool landlock_enter(int rules);

#endif
