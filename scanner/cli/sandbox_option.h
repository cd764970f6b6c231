/* --sandbox, of the commands that read result files. */
#ifndef MXGRADE_SCANNER_SANDBOX_OPTION_H
#define MXGRADE_SCANNER_SANDBOX_OPTION_H

#include "io/sandbox/sandbox.h"
#include "scanner/cli/option_rule.h"

/* A row of an option table; `offset` is that of a struct sandbox_options in the settings. */
#define SANDBOX_OPTION_OF_READERS(offset_of_options)                                               \
    {                                                                                              \
        "sandbox", 0, "WHAT", OPTION_OFF,                                                          \
            (offset_of_options) + offsetof(struct sandbox_options, is_off), NULL,                  \
            "on: give up all files but those named, new programs and sockets before reading "      \
            "(docs/security.md); off: keep them",                                                  \
            .standard = "on", .words = "on off"                                                    \
    }

#endif
