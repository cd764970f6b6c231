/*
 * A proxy that connections are made through: SOCKS5 (RFC 1928, with user and password by RFC 1929)
 * or HTTP CONNECT (RFC 9110 section 9.3.6). It is told addresses, never names: whom a run contacts
 * is decided here, by what our resolver says.
 */
#ifndef MXGRADE_IO_PROXY_H
#define MXGRADE_IO_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/base/address.h"

#define PROXY_HOST_SIZE   256
#define PROXY_SECRET_SIZE 256 /* RFC 1929 section 2: 255 bytes at most, and a NUL */
#define PROXY_URL_SIZE    (sizeof("socks5://[]:65535") + PROXY_HOST_SIZE)
#define PROXY_FAULT_SIZE  128

enum proxy_kind { PROXY_SOCKS5, PROXY_HTTP };

/* Immutable once it is found. */
struct proxy {
    enum proxy_kind kind;
    char host[PROXY_HOST_SIZE]; /* a name or an address */
    uint16_t port;
    struct address address; /* of the host; family 0: not looked up yet */
    bool has_user;
    char user[PROXY_SECRET_SIZE];
    char password[PROXY_SECRET_SIZE];
};

/* Reads socks5://[USER[:PASSWORD]@]HOST:PORT or http://... NULL, or what is wrong with it. */
const char *proxy_parse(const char *url, struct proxy *out_proxy);

/* Asks the system, which may take seconds, for the address of a host that is a name. NULL, or what
 * is wrong. */
const char *proxy_find(struct proxy *proxy);

/* The URL without user and password. */
void proxy_format(const struct proxy *proxy, char out_url[PROXY_URL_SIZE]);

/* What a proxy itself may do wrong. None of this says anything of the server behind it. */
enum proxy_trouble {
    PROXY_FINE,
    PROXY_UNREACHABLE, /* code: errno */
    PROXY_SILENT,
    PROXY_CLOSED,
    PROXY_MALFORMED,     /* what it said is not of its protocol */
    PROXY_WANTS_LOGIN,   /* it takes nobody without, or wants a kind that we lack */
    PROXY_REFUSED_LOGIN, /* user or password is wrong */
    PROXY_SAYS_SOCKS,    /* code: of RFC 1928 section 6 */
    PROXY_SAYS_HTTP      /* code: the status */
};

/* All zero: none. */
struct proxy_fault {
    enum proxy_trouble trouble : 8;
    uint16_t code;
};

/* "the proxy refused user and password", ... */
void proxy_fault_text(const struct proxy_fault *fault, char out_text[PROXY_FAULT_SIZE]);

#endif
