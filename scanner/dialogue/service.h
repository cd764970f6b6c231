/*
 * What the engine must know of a mail protocol to reach TLS in it: a table of commands and one
 * function that reads a reply line by line. A new service is a new table (service_*.c) and a row in
 * service.c; the session that drives it does not change.
 */
#ifndef MXGRADE_SCANNER_SERVICE_H
#define MXGRADE_SCANNER_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/dialogue/reply.h"
#include "scanner/evidence/observation.h"

enum dialogue_phase {
    PHASE_OF_GREETING,
    PHASE_OF_CAPABILITIES, /* EHLO, CAPABILITY, CAPA */
    PHASE_OF_FALLBACK,     /* HELO */
    PHASE_OF_MAIL,         /* MAIL FROM without TLS; nothing is ever sent */
    PHASE_OF_RESET,        /* RSET takes it back */
    PHASE_OF_STARTTLS,
    PHASE_OF_QUIT,
    DIALOGUE_PHASE_COUNT
};

struct service {
    const char *name;
    const char *srv; /* under which label SRV records name it: RFC 6186, RFC 8314, RFC 5804; NULL */
    uint16_t port;
    bool capabilities_unasked; /* said in the greeting, and again after the handshake */
    bool starttls_untold;      /* who refuses to list capabilities may still have STARTTLS */
    bool implicit_tls;         /* TLS from the first byte */
    bool is_between_servers;   /* found by MX, and so what DANE and MTA-STS are about */
    /* Per phase; "%s" in the one for capabilities and the fallback stands for our own name. NULL:
     * there is none. */
    const char *commands[DIALOGUE_PHASE_COUNT];
    /* Glued to STARTTLS when it is tested whether the server executes inside TLS what came before
     * it (RFC 3207 section 6, CVE-2011-0411): harmless, and answered by one reply. NULL: not
     * tested. */
    const char *injected;
    enum reply_status (*read_line)(struct reply_reader *reply, enum dialogue_phase phase,
                                   const char *line, size_t len, struct capabilities *capabilities);
};

/* The service of that name ("smtp", ...), or NULL. */
const struct service *service_find(const char *name, size_t len);

#endif
