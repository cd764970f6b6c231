/*
 * The configuration of an unbound that validates DNSSEC for this process alone: on one port of the
 * loopback address, without any file of its own. Pure. See unbound.conf(5).
 */
#ifndef MXGRADE_IO_DNS_UNBOUND_CONFIG_H
#define MXGRADE_IO_DNS_UNBOUND_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

struct unbound_settings {
    uint16_t port;           /* of 127.0.0.1 */
    unsigned num_threads;    /* that the asker has */
    unsigned num_questions;  /* that are asked at once at most */
    uint64_t num_names;      /* domains that will be asked about, about; 0: nobody knows */
    bool has_ipv4, has_ipv6; /* there are routes to name servers */
    bool explains_failures;  /* each SERVFAIL gets a line of the log */
    const char *anchor;      /* records of the root's keys, a line each; NULL: none */
    const char *more;        /* configuration that comes on top; NULL: none */
};

/*
 * Writes the configuration. Sizes stand before `more`, so that it can change them; what this
 * process rests on stands behind it. Returns a text to be freed, or NULL on lack of memory.
 * *out_more_line is the number of the line at which `more` begins.
 */
char *unbound_config_text(const struct unbound_settings *settings, unsigned *out_more_line);

/* Does a configuration name a trust anchor of its own? */
bool unbound_config_has_anchor(const char *text);

/* Is there a record in the text of a file of trust anchors? */
bool unbound_config_is_anchor(const char *text);

#endif
