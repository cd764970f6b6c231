/*
 * All mail hosts of one process: accepts connections to any address of 127/8 and seats each as a
 * peer of the host that lives there.
 */
#ifndef MXGRADE_FLEET_SMTP_SERVER_H
#define MXGRADE_FLEET_SMTP_SERVER_H

#include <stdbool.h>
#include <sys/queue.h>

#include <openssl/ssl.h>

#include "benchmarks/fleet/loop.h"
#include "benchmarks/fleet/options.h"
#include "benchmarks/fleet/pki.h"
#include "benchmarks/fleet/stats.h"

struct peer;

struct smtp_server {
    struct loop *loop;
    const struct options *options;
    const struct stats *stats;
    struct pki *pki;
    int listen_fd;
    int calls_fd; /* -1: nobody wants to know who called */
    struct watcher watcher;
    struct timer resume; /* accepting again after descriptors ran out */
    LIST_HEAD(, peer) peers;
    SSL_CTX *contexts[OPTIONS_BEHAVIOURS_MAX]; /* made when first needed */
};

/* The socket is listening and non-blocking; it stays the caller's, as does the rest. */
bool smtp_server_init(struct smtp_server *server, struct loop *loop, const struct options *options,
                      const struct stats *stats, struct pki *pki, int listen_fd);

void smtp_server_fini(struct smtp_server *server);

/* NULL if memory is short. */
SSL_CTX *smtp_server_context(struct smtp_server *server, const struct behaviour *behaviour);

#endif
