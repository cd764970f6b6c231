/*
 * How a simulated mail host behaves, and what a scanner must conclude from it.
 *
 * One row a behaviour: the script the server follows, phase by phase, beside the expected
 * observation. A field left at zero is the ordinary case, so that a row shows only what is odd.
 */
#ifndef MXGRADE_FLEET_BEHAVIOUR_H
#define MXGRADE_FLEET_BEHAVIOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum greet_kind {
    GREET_NORMAL,
    GREET_SLOW,       /* after --slow-banner */
    GREET_MULTILINE,  /* 220- lines, then 220 */
    GREET_STRICT,     /* 220- teaser, a pause, 220; 554 to whoever talks before the end */
    GREET_421,        /* always */
    GREET_421_ONCE,   /* the first connection to the address only */
    GREET_421_RATE,   /* while more than --rate-connections are open to the address */
    GREET_450,        /* temporary refusal */
    GREET_554,        /* permanent refusal */
    GREET_HTTP,       /* another protocol's reply */
    GREET_BINARY,     /* bytes that are no text */
    GREET_SILENCE,    /* never a byte */
    GREET_TARPIT,     /* a byte a second, no line end */
    GREET_ENDLESS,    /* 220- lines without end */
    GREET_CLOSE,      /* closed at once */
    GREET_RESET,      /* reset at once */
    GREET_CLOSE_LINE, /* closed in the middle of the first line */
};

enum ehlo_kind {
    EHLO_NORMAL,
    EHLO_NO_STARTTLS,
    EHLO_STRIPPED,  /* 250-XXXXXXXA, as some firewalls rewrite it */
    EHLO_LOWERCASE, /* 250-starttls */
    EHLO_LAST,      /* STARTTLS is the last line of the list */
    EHLO_LONG,      /* 200 lines */
    EHLO_LONG_LINE, /* a line far over the 512 octets of RFC 5321 section 4.5.3.1.5 */
    EHLO_421,
    EHLO_450,
    EHLO_HELO_ONLY, /* EHLO 502, HELO 250 */
    EHLO_554,       /* both */
    EHLO_502,       /* likewise: the server knows neither command */
    EHLO_SILENCE,
    EHLO_SILENCE_INSIDE, /* the one in TLS is never answered */
    EHLO_GARBAGE,
    EHLO_CLOSE,
    EHLO_RESET,
};

enum starttls_kind {
    STARTTLS_NORMAL,
    STARTTLS_554,
    STARTTLS_502,
    STARTTLS_454,
    STARTTLS_454_ONCE, /* on the first connection to the address only */
    STARTTLS_421,
    STARTTLS_SILENCE,
    STARTTLS_SILENCE_AFTER_220_ONCE, /* on the first connection to the address only */
    STARTTLS_GARBAGE,
    STARTTLS_CLOSE,
    STARTTLS_RESET,
    STARTTLS_EARLY_BYTES, /* "250 injected" glued to the 220, then TLS */
    STARTTLS_KEEPS_INPUT, /* commands sent behind STARTTLS are executed inside TLS (CVE-2011-0411)
                           */
};

/* What happens between the 220 and the first TLS byte of the server. */
enum tls_kind {
    TLS_REAL,
    TLS_CLOSE,     /* closed right after the 220 */
    TLS_RESET,     /* reset when the hello comes */
    TLS_SILENCE,   /* the hello is never answered */
    TLS_GARBAGE,   /* random bytes */
    TLS_PLAINTEXT, /* "500 unrecognised" */
    TLS_ALERT,     /* a fatal alert, see .alert */
    TLS_BROKEN,    /* a handshake record that holds nonsense */
};

/* Hellos that a server with a real TLS stack treats badly. */
enum hello_rule {
    HELLO_ANY,
    HELLO_CLOSE_TLS13,  /* closes if TLS 1.3 is offered: version intolerance */
    HELLO_CLOSE_OLD,    /* closes without an alert if nothing newer than TLS 1.1 is offered */
    HELLO_SILENT_LARGE, /* drops hellos over HELLO_LARGE_LEN: post-quantum intolerance */
    HELLO_SILENT_LATER, /* drops hellos of TLS 1.3 without AES-128: those that come second, when a
                           scanner looks for all suites by leaving out what was found */
    HELLO_TURNS,        /* another certificate on every second connection, self-signed; half of the
                           hosts begin with it */
    HELLO_TWO_LEAVES,   /* an ECDSA leaf for those who can take it, otherwise an RSA leaf */
};

#define HELLO_LARGE_LEN 1200

enum certificate_kind {
    CERTIFICATE_OK, /* issued by the root, for the host's name */
    CERTIFICATE_WITH_INTERMEDIATE,
    CERTIFICATE_INCOMPLETE, /* issued by the intermediate, which is not sent */
    CERTIFICATE_EXPIRED,
    CERTIFICATE_NOT_YET_VALID,
    CERTIFICATE_WRONG_NAME,
    CERTIFICATE_WILDCARD,
    CERTIFICATE_CN_ONLY,
    CERTIFICATE_SELF_SIGNED,
    CERTIFICATE_UNTRUSTED_ROOT, /* another root, which is sent */
    CERTIFICATE_RSA2048,
    CERTIFICATE_RSA1024,
    CERTIFICATE_SHA1,
    CERTIFICATE_BAD_PURPOSE, /* clientAuth only */
    CERTIFICATE_RSA_WILDCARD,
    CERTIFICATE_COSTLY, /* under several intermediates with P-521 keys: milliseconds to verify */
    CERTIFICATE_KIND_COUNT
};

enum client_certificate_kind { CLIENT_CERT_NOT_ASKED, CLIENT_CERT_REQUESTED, CLIENT_CERT_REQUIRED };

enum plain_mail_kind { PLAIN_MAIL_ACCEPTED, PLAIN_MAIL_530 };

struct behaviour {
    const char *name;
    unsigned weight; /* in the default mix */
    /* the script */
    enum greet_kind greet;
    enum ehlo_kind ehlo;
    enum starttls_kind starttls;
    enum tls_kind tls;
    enum hello_rule hello;
    enum certificate_kind certificate;
    enum client_certificate_kind client_certificate;
    enum plain_mail_kind plain_mail;
    uint8_t alert;        /* of TLS_ALERT */
    uint16_t min_version; /* 0: TLS 1.2 */
    uint16_t max_version; /* 0: TLS 1.3 */
    const char *ciphers;  /* BoringSSL's cipher string for TLS 1.2 and older, NULL: its default */
    const char *groups;   /* NULL: its default */
    uint32_t drip_ms;     /* one byte per segment with this pause, 0: whole replies */
    bool lone_lf;         /* lines end in LF alone */
    bool requiretls;      /* RFC 8689 keyword inside TLS */
    /* the expected observation, in the words of the records */
    const char *outcome;
    const char *advertised; /* yes, no, unknown */
    const char *accepted;
    const char *handshake;
    const char *problems; /* certificate problem codes, separated by commas; NULL */
    const char *weak;     /* weak suite classes accepted, separated by commas; NULL */
    const char *grade;    /* of an endpoint of its own, "" where it depends */
};

size_t behaviour_count(void);

const struct behaviour *behaviour_at(size_t index);

/* The row's place in the table. */
size_t behaviour_index(const struct behaviour *behaviour);

/* False if there is no such name. */
bool behaviour_find(const char *name, size_t *out_index);

/* The oldest and newest version that the behaviour's TLS speaks; false if it never speaks TLS. */
bool behaviour_versions(const struct behaviour *behaviour, uint16_t *out_min, uint16_t *out_max);

/* It answers each hello with an alert that says no to what was offered (RFC 8446 section 6.2). */
bool behaviour_refuses_every_version(const struct behaviour *behaviour);

#endif
