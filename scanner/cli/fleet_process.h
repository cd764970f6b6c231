/*
 * The fleet simulator as a child process: found beside the program, started on free loopback ports,
 * ended with it.
 */
#ifndef MXGRADE_SCANNER_FLEET_PROCESS_H
#define MXGRADE_SCANNER_FLEET_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct fleet_process {
    pid_t pid; /* 0: not running */
    char program[4096];
    char resolver[32]; /* "127.0.0.1:PORT" */
    uint16_t port;     /* of SMTP on every address of 127/8 */
};

/*
 * Starts it and waits until it listens. `ca_file` is where it writes its root certificate. False
 * with a sentence in out_error.
 */
bool fleet_process_start(struct fleet_process *fleet, const char *ca_file, char *out_error,
                         size_t error_size);

/* Opens a pipe from `fleet expect`: what a scanner must find, as JSON lines. NULL if that fails. */
FILE *fleet_process_expect(const struct fleet_process *fleet);

/* Ends it and waits for it; idempotent. */
void fleet_process_stop(struct fleet_process *fleet);

#endif
