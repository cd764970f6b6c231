/*
 * Lack of memory inside BoringSSL. A call that lacks memory returns what it returns for a broken
 * certificate. So whoever calls the library asks here before a certificate is accused.
 */
#ifndef MXGRADE_IO_LIBRARY_MEMORY_H
#define MXGRADE_IO_LIBRARY_MEMORY_H

#include <stdbool.h>

/* True if one of this thread's calls has lacked memory since its errors were cleared. Clears them.
 */
bool library_lacked_memory(void);

#endif
