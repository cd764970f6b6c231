/*
 * What a run was told to do. Filled by the options before any thread starts, const afterwards and
 * shared by all of them. Durations are seconds.
 */
#ifndef MXGRADE_SCANNER_CONFIG_H
#define MXGRADE_SCANNER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "io/base/address.h"
#include "io/base/shard.h"
#include "io/base/table.h"
#include "output/file/progress.h"
#include "scanner/base/ehlo_name.h"

#define CONFIG_LIST_MAX    64 /* of repeatable options */
#define CONFIG_DIGEST_SIZE 65 /* SHA-256 in hex, and a NUL */

struct exclude;
struct proxy;
struct source_addresses;

enum depth { DEPTH_QUICK, DEPTH_STANDARD, DEPTH_DEEP };

/* Which lines --only wants scanned although --since has their records. */
struct since_choice {
    bool changed, failed, unknown;
    double older_than; /* seconds; 0: however old they are */
};

struct config_texts {
    const char *items[CONFIG_LIST_MAX];
    size_t num_items;
    unsigned source; /* what they were read from: a file or the command line, counted */
};

struct config_text {
    SLIST_ENTRY(config_text) next;
    char text[];
};

struct config_prefixes {
    struct prefix *items; /* malloc'ed */
    size_t num_items;
};

/* How long each phase of a dialogue may take, absolutely: bytes that trickle in extend nothing. */
struct config_limits {
    double connect;
    double
        greeting; /* RFC 5321 section 4.5.3.2.1 allows five minutes; greeting delays are 5-30 s */
    double reply; /* to EHLO, STARTTLS, ... */
    double turn;  /* until our own handshakes leave room: not the server's fault, so not short */
    double handshake;
    double quit;   /* a courtesy, not worth waiting for */
    double target; /* one dialogue in all */
    double https;  /* one fetch of a policy in all */
};

enum config_notify { CONFIG_NOTIFY_NOW, CONFIG_NOTIFY_LATER, CONFIG_NOTIFY_ONLY };

/* What is made of the scan of a night. */
struct config_nights {
    const char *folder;
    unsigned keep;              /* nights */
    const char *notify_command; /* for a shell; NULL: nobody is told */
    double notify_seconds;      /* that it may take */
    enum config_notify notify;
};

struct config {
    /* input */
    const char *list;     /* file name or "-" */
    const char *column;   /* of the list, with the domains: name or number; NULL: find it */
    const char *encoding; /* of the list; NULL: find it out */
    const char *sheet;    /* of a list that is a workbook; NULL: the first */
    bool strict;          /* a line that cannot be used makes the run's end one of bad input */
    bool hosts;           /* the list holds hosts or addresses, no MX look-up */
    struct shard shard;   /* the part of the list that is scanned */
    bool resume;
    bool retry_unknown; /* with resume */
    const char *since;  /* an earlier file, from which records are taken over; NULL: none */
    const char *only_text;
    struct since_choice only; /* with since */
    /* output */
    const char *output;     /* NULL: standard output */
    bool output_is_private; /* of this process: it ends with it */
    const char *format;
    bool byte_order_mark; /* of CSV */
    enum progress_mode progress;
    struct config_nights nights; /* of "mxgrade nightly" */
    bool verbose;
    bool is_confined;          /* the command gives away what it does not need */
    const char *user;          /* that root becomes; NULL: it stays root */
    bool sandbox_is_off;       /* unless this was asked for */
    const char *metrics;       /* a file for the figures of the run; NULL: none */
    const char *history;       /* NULL: the run is not remembered */
    const char *policy_file;   /* NULL: the built-in weights */
    const char *accept_file;   /* what is accepted; NULL: nothing */
    const char *accept_sha256; /* of it, once it is read */
    const char *fail_on;       /* a grade's name; NULL: never */
    /* what is asked */
    enum depth depth;
    uint16_t port; /* 0: each service's own */
    const char *services;
    bool submission_on_mx; /* where no SRV record says better */
    uint16_t https_port;   /* of MTA-STS policies; 0: 443 */
    bool ipv4, ipv6;       /* families that are contacted; both are looked up */
    uint8_t unrouted;      /* 4 or 6: the family that has no route or source here; 0: none */
    struct ehlo_name ehlo; /* chosen once a run starts */
    struct config_texts source_texts;
    struct source_addresses *sources; /* what is called from; NULL: the routes choose */
    const char *proxy_url;
    struct proxy *proxy;           /* that connections go through; NULL: none */
    struct ehlo_name *source_ehlo; /* the name of each of them; NULL: all have that of `ehlo` */
    int64_t now;                   /* the time certificates are judged at */
    bool has_now;                  /* it was given */
    /* whom to trust and whom to leave alone */
    const char *resolver;        /* NULL: the system's */
    bool has_own_resolver;       /* `resolver` is one that this run has started */
    const char *resolver_config; /* of it; NULL: nothing on top */
    char resolver_config_sha256[CONFIG_DIGEST_SIZE]; /* found once a run starts */
    bool trust_ad;                                   /* the resolver's AD bit means something */
    struct config_texts canaries;                    /* names that must resolve */
    struct config_texts absent_canaries;             /* names that must not */
    const char *ca_file;
    char ca_file_sha256[CONFIG_DIGEST_SIZE];  /* found once a run starts; "": of no plain file */
    struct config_texts extra_ca;             /* files of more roots */
    char extra_ca_sha256[CONFIG_DIGEST_SIZE]; /* likewise; of several files that of their digests */
    struct config_texts geo;
    struct config_texts allow_net;
    struct config_prefixes allowed;
    const char *exclude_file;
    char exclude_sha256[CONFIG_DIGEST_SIZE]; /* likewise */
    struct exclude *exclude;                 /* NULL: none */
    /* pace */
    unsigned num_threads;
    unsigned concurrency;
    double rate; /* new connections a second, 0: no limit */
    unsigned per_address;
    unsigned max_addresses; /* of one domain, or of one service of it */
    unsigned per_provider;
    double provider_rate; /* new connections to one provider a second, 0: no limit */
    double dns_timeout;   /* of one try */
    unsigned dns_concurrency;
    bool own_descriptor_tables;
    double retry_wait; /* before the first retry; later ones wait four times as long */
    unsigned max_retries;
    struct config_limits limits;
    /* of the process */
    SLIST_HEAD(file_texts, config_text) file_texts; /* values of a configuration file, owned */
    struct table_seed seed;
};

#endif
