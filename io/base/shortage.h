/* Errors of system calls that say that this machine lacks something, for now. */
#ifndef MXGRADE_IO_SHORTAGE_H
#define MXGRADE_IO_SHORTAGE_H

#include <errno.h>
#include <stdbool.h>

/* Descriptors, buffers of the kernel's, or memory. */
static inline bool is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* Of connect(): no local port is free towards that peer. It is so for a minute after as many
 * connections to it have ended. Of bind(): this machine has lost the address, which may come back.
 */
static inline bool is_port_shortage(int error)
{
    return error == EADDRNOTAVAIL;
}

#endif
