/*
 * Command lines by which a supplier sees a finding with software that is not ours: OpenSSL's
 * s_client, Postfix's posttls-finger, and dig. What is put into one is a name or an address that
 * was read as one, between single quotes.
 */
#ifndef MXGRADE_OUTPUT_LETTER_COMMANDS_H
#define MXGRADE_OUTPUT_LETTER_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/record/record.h"

#define LETTER_COMMANDS_MAX 3
#define LETTER_COMMAND_MAX  1024

/* Where a finding was seen. Texts are as records have them; what is none is NULL or 0. */
struct letter_scene {
    const char *domain;
    const char *host;
    const char *address;
    uint16_t port;
    bool implicit_tls;
    const char *service; /* "smtp", ... */
};

/* Returns how many there are, which may be none. */
size_t letter_commands(const char *code, const struct letter_scene *scene,
                       char out_commands[LETTER_COMMANDS_MAX][LETTER_COMMAND_MAX]);

/* Is a command known for findings of that code, where all of the scene is? */
bool letter_commands_has(const char *code);

#endif
