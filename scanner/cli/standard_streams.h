/* Standard input, output and error, as whoever started the program left them: maybe closed. */
#ifndef MXGRADE_SCANNER_STANDARD_STREAMS_H
#define MXGRADE_SCANNER_STANDARD_STREAMS_H

#include <stdbool.h>

/*
 * Call before anything is opened. A stream that is closed stays unusable, but its number is taken:
 * otherwise the next file or socket would get it, and results or messages would be written there.
 * False with errno where that cannot be done.
 */
bool standard_streams_hold(void);

/* Call last. The exit status of a command, or 3 where standard output did not take all of it. */
int standard_streams_finish(int status);

#endif
