/*
 * DNS questions on a libev loop: one `struct dns` per loop, used by that loop's thread
 * only. Questions are coalesced while in flight and answers cached for the run (bounded); the
 * number in flight is bounded and the rest wait: addresses and TLSA go first, then TXT and CAA take
 * turns with all others. TCP is used on truncation. No search list, no hosts file. The AD bit is
 * set in the question and read from the answer (RFC 6840 section 5.7).
 *
 * Names in answers are lower case without the trailing dot; "" is the root. Bytes of a label other
 * than letters, digits and "-_*+/=" are written as \DDD (RFC 1035 section 5.1), so no name can pass
 * for another one; a message with a name longer than DNS_NAME_MAX in this form is DNS_BAD_ANSWER.
 *
 * Several resolvers: each question goes to the first that seems alive. After a time-out, or
 * SERVFAIL, REFUSED or a malformed answer, the next one is asked; the outcome is then the most
 * telling one (SERVFAIL before REFUSED before malformed before time-out). NXDOMAIN and NODATA are
 * believed from the first that says so. A question that fails everywhere may be asked once more
 * after some seconds (`again_ms`), and its asker may have it asked late once more (dns_put_off()).
 */
#ifndef MXGRADE_IO_DNS_H
#define MXGRADE_IO_DNS_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "io/base/address.h"

#define DNS_NAME_MAX 256 /* presentation form, NUL included */
/*
 * What a resolver can have under way, and how many small datagrams its socket buffer holds; the
 * threads of a process ask the same one, so both are for all of them together. A default unbound
 * works on 1024 names, or 512 (num-queries-per-thread). Its buffer is 212,992 bytes, of which such
 * a datagram takes 832, and what has been read already may hold a quarter (udp_rmem_release()):
 * 192.
 */
#define DNS_MAX_IN_FLIGHT 500
#define DNS_MAX_UNREAD    180

#define DNS_RECORDS_MAX 256 /* records kept of one answer; more are dropped and `truncated` set */

enum dns_type {
    DNS_A = 1,
    DNS_CNAME = 5,
    DNS_SOA = 6,
    DNS_PTR = 12,
    DNS_MX = 15,
    DNS_TXT = 16,
    DNS_AAAA = 28,
    DNS_SRV = 33,
    DNS_TLSA = 52,
    DNS_CAA = 257
};

enum dns_outcome {
    DNS_OK,     /* at least one record of the type asked */
    DNS_NODATA, /* NOERROR without such a record */
    DNS_NXDOMAIN,
    DNS_SERVFAIL,   /* from every resolver asked: broken or bogus */
    DNS_REFUSED_,   /* REFUSED, NOTIMP, FORMERR, or any other error rcode */
    DNS_TIMED_OUT,  /* also: nothing listens at any resolver's address */
    DNS_BAD_ANSWER, /* unparsable, or a CNAME loop */
    DNS_SHORTAGE,   /* of memory or descriptors here: nothing is known of the name */
    DNS_CANCELLED   /* the dns was freed or stopped */
};

/* The failure is this machine's and not the DNS's: it says nothing of the name. */
static inline bool dns_is_our_failure(enum dns_outcome outcome)
{
    return outcome == DNS_SHORTAGE || outcome == DNS_CANCELLED;
}

struct dns_record {
    uint32_t ttl;
    union {
        struct address address; /* A, AAAA */
        struct {
            uint16_t preference;
            const char *host; /* lower case, no trailing dot; "" is the root (null MX) */
        } mx;
        struct {
            uint16_t priority, weight, port;
            const char *host;
        } srv;
        const char *host; /* PTR, CNAME */
        struct {
            const uint8_t *bytes; /* TXT: strings joined. SOA, TLSA, CAA: RDATA as is. */
            size_t len;
        } data;
    };
};

struct dns_answer {
    enum dns_outcome outcome;
    bool authentic;        /* AD bit: only as good as the resolver and the path to it */
    bool bogus;            /* with DNS_SERVFAIL: DNSSEC validation failed (RFC 8914), if told so */
    bool is_kept;          /* of an earlier question: nobody was asked now */
    bool truncated;        /* more than DNS_RECORDS_MAX records */
    bool aliased;          /* the name asked for is a CNAME */
    const char *canonical; /* the name at the end of the CNAME chain (the question's if none) */
    uint32_t ttl;          /* the lowest of the records and the CNAMEs before them; or 0 */
    const struct dns_record *records;
    size_t num_records;
};

/* The answer is borrowed: valid during the call only. Never called from within dns_ask(). */
typedef void (*dns_callback)(void *user, const struct dns_answer *answer);

/*
 * Someone who waits for an answer. The caller embeds it in what the answer is for, leaves it alone,
 * and keeps it until the callback, which may ask again with it. So asking takes no memory that may
 * be lacking.
 */
struct dns_waiter {
    STAILQ_ENTRY(dns_waiter) link;
    dns_callback callback;
    void *user;
    enum dns_outcome outcome; /* to be told where there is no question to wait for */
};

struct dns;

struct dns_options {
    const char *servers;    /* "127.0.0.1:5353,[::1]:53", at most 8; NULL: those of resolv.conf */
    unsigned timeout_ms;    /* of one try; 0: 3000 */
    unsigned tries;         /* per server; 0: 3 */
    unsigned max_in_flight; /* 0: DNS_MAX_IN_FLIGHT, right for one thread only */
    unsigned max_unread;    /* of these, sent a moment ago; 0: DNS_MAX_UNREAD, likewise */
    unsigned max_cached;    /* answers kept; 0: 20000 */
    unsigned again_ms;      /* after so long a question that failed is asked again; 0: never */
};

struct dns_stats {
    uint64_t asked;      /* calls of dns_ask() */
    uint64_t questions;  /* of them, those that were sent to a resolver */
    uint64_t tries;      /* of them, the first included; in each the message may go out twice */
    uint64_t answered;   /* of the questions: with records, or with "there is none" */
    uint64_t failed;     /* of the questions: in any other way, at least the first time */
    uint64_t from_cache; /* answered from the cache or by joining a question in flight */
    uint64_t busy_ms;    /* sum of question durations, milliseconds */
};

/* NULL on lack of memory or if `servers` cannot be parsed. Call ares_library_init() first
 * in main. The loop must outlive the dns. */
struct dns *dns_new(struct ev_loop *loop, const struct dns_options *options);

/*
 * Every pending callback gets DNS_CANCELLED, then everything is freed. NULL is fine. Not from a
 * callback; and a callback that is told DNS_CANCELLED must not ask again.
 */
void dns_free(struct dns *dns);

/*
 * Asks for `name` (A-label form; a trailing dot is ignored; case is folded) and type. The callback
 * is called exactly once, later, from the loop; on lack of memory with DNS_SHORTAGE. A name that
 * cannot be in the DNS (empty label, too long, a byte that would need an escape) is DNS_NXDOMAIN
 * without asking.
 */
void dns_ask(struct dns *dns, struct dns_waiter *waiter, const char *name, enum dns_type type,
             dns_callback callback, void *user);

/*
 * The same, without validation by the resolver (CD, RFC 4035 section 3.2.2): what name servers
 * hold, be it bogus. So a bogus answer is told from a lame server where the resolver does not say.
 * Asked once only; `authentic` means nothing.
 */
void dns_ask_unchecked(struct dns *dns, struct dns_waiter *waiter, const char *name,
                       enum dns_type type, dns_callback callback, void *user);

/*
 * The same as dns_ask(), late: once dns_ask_late_now() is called, but no sooner than
 * DNS_AGAIN_LATE_PAUSES times `again_ms` from now. For a question that failed, whose asker can
 * wait. One that is already asked by others is joined.
 */
void dns_put_off(struct dns *dns, struct dns_waiter *waiter, const char *name, enum dns_type type,
                 dns_callback callback, void *user);
void dns_ask_late_now(struct dns *dns);

/* How many questions are under way. */
unsigned dns_num_asking(const struct dns *dns);

/* How many questions have been put off and wait. */
size_t dns_num_put_off(const struct dns *dns);

/* From now on nothing is asked. Every question that has no answer yet, and whoever asks anew, gets
 * DNS_CANCELLED, later. Not from a callback. */
void dns_stop(struct dns *dns);

const struct dns_stats *dns_stats(const struct dns *dns);

/*
 * Parses a raw DNS message as an answer to (name, type): follows the CNAME chain inside the answer
 * section, keeps the records of the type at its end. Pure; for dns.c, tests and the fuzzer.
 * Memory is one malloc'ed block; release it with dns_answer_free().
 */
struct dns_answer *dns_answer_parse(const uint8_t *message, size_t len, const char *name,
                                    enum dns_type type);
void dns_answer_free(struct dns_answer *answer);

const char *dns_outcome_name(enum dns_outcome outcome);

#endif
