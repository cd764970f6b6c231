/* What standard output can show, for commands that write text for people. */
#ifndef MXGRADE_SCANNER_TERMINAL_H
#define MXGRADE_SCANNER_TERMINAL_H

#include <stdbool.h>

struct terminal {
    bool colour; /* a terminal that is not dumb, and nobody has set NO_COLOR */
    bool utf8;
    unsigned width;
};

/* Takes the locale's character set over from the environment. */
struct terminal terminal_of_stdout(void);

#endif
