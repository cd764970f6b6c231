/*
 * Our hellos and our reading against other people's servers: OpenSSL's s_server and GnuTLS's
 * gnutls-serv, started on a free port and asked over loopback. What each must answer follows from
 * how it was started. Skipped where the tool is not installed.
 */
#include "io/tls/hello.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "tests/unit/named.h"
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/rand.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/tls/hello_reply.h"
#include "io/tls/tls_names.h"

#define ARGS_MAX      24
#define START_TRIES   20 /* each with another port, as somebody else may have taken the first */
#define START_WAIT_US 20000

/* Files the servers need, made once in a directory that is the working directory of the test. */
struct files {
    char directory[64];
    int old_directory;
};

struct server {
    pid_t pid;
    int input; /* kept open: s_server ends when its standard input does */
    uint16_t port;
};

/* ---- Processes ------------------------------------------------------------------------------- */

static pid_t start(const char *const *argv, int *out_input)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* no server outlives a test that fails */
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(ends[0], STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    close(ends[0]);
    *out_input = ends[1];
    return pid;
}

/* Runs a command to its end; false if it failed or is not installed. */
static bool run(const char *const *argv)
{
    int input, status = 0;
    pid_t pid = start(argv, &input);
    close(input);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

static bool is_installed(const char *tool)
{
    return RUN(tool, strcmp(tool, "openssl") == 0 ? "version" : "--version");
}

static void stop(struct server *server)
{
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    close(server->input);
}

/* ---- Sockets --------------------------------------------------------------------------------- */

/* An address of this process alone, so that its ports are nobody else's. */
static struct sockaddr_in loopback(uint16_t port)
{
    const in_addr_t address = 0x7f400000 | ((in_addr_t)getpid() & 0x3fffff);
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
}

static uint16_t free_port(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    close(fd);
    return ntohs(address.sin_port);
}

/* However long it takes to start; -1: it has ended. */
static int connect_when_ready(const struct server *server)
{
    struct sockaddr_in address = loopback(server->port);
    while (waitpid(server->pid, NULL, WNOHANG) == 0) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) {
            return fd;
        }
        close(fd);
        usleep(START_WAIT_US);
    }
    return -1;
}

/* Sends the hello and reads until the reply is settled or the server closes, however long that
 * takes. */
static void ask(int fd, const uint8_t *hello, size_t hello_len, struct hello_reply_reader *reader)
{
    uint8_t bytes[1000];

    assert_int_equal(send(fd, hello, hello_len, MSG_NOSIGNAL), hello_len);
    for (;;) {
        ssize_t got = recv(fd, bytes, sizeof bytes, 0);
        if (got <= 0 || hello_reply_feed(reader, bytes, (size_t)got) == HELLO_REPLY_DONE) {
            break;
        }
    }
    hello_reply_eof(reader);
    close(fd);
}

/* ---- Cases ----------------------------------------------------------------------------------- */

struct expected {
    enum hello_reply_kind kind;
    /* of a hello; 0, NULL: not looked at */
    uint16_t version;
    uint16_t suite;
    uint16_t group;
    unsigned dh_bits;
    const char *dh_prime;
    /* bits of HAS_* that must be set, and must not */
    unsigned has;
    unsigned has_not;
    uint8_t alert; /* 0: any */
};

enum {
    HAS_EMS = 1,
    HAS_RENEGOTIATION = 2,
    HAS_TICKET = 4,
    HAS_ETM = 8,
    HAS_SKE = 32,
    HAS_CERTIFICATE = 64,
    HAS_COMPLETE = 128,
    HAS_CUSTOM_DH = 256
};

/* A constructor's hello, changed. */
struct offer {
    enum hello_version version;
    unsigned classes;
    uint16_t group;
    void (*change)(struct hello_spec *spec);
};

struct live_case {
    const char *name;
    const char *arguments; /* after those that every server gets, separated by blanks */
    struct offer offer;
    struct expected expected;
};

static unsigned flags_of(const struct hello_reply *reply)
{
    return (reply->ems ? HAS_EMS : 0u) | (reply->renegotiation_info ? HAS_RENEGOTIATION : 0u) |
           (reply->session_ticket ? HAS_TICKET : 0u) | (reply->encrypt_then_mac ? HAS_ETM : 0u) |
           (reply->server_key_exchange ? HAS_SKE : 0u) |
           (reply->num_certificates > 0 ? HAS_CERTIFICATE : 0u) |
           (reply->flight_complete ? HAS_COMPLETE : 0u) |
           (reply->dh_bits > 0 && !reply->dh_prime ? HAS_CUSTOM_DH : 0u);
}

static void assert_expected(const struct hello_reply *reply, const struct expected *expected)
{
    assert_string_equal(hello_reply_kind_name(reply->kind), hello_reply_kind_name(expected->kind));
    if (expected->kind == HELLO_REPLY_ALERT && expected->alert) {
        assert_int_equal(reply->alert_description, expected->alert);
    }
    assert_null(reply->problem);
    if (expected->version) {
        assert_int_equal(reply->version, expected->version);
    }
    if (expected->suite) {
        assert_string_equal(tls_names_suite(reply->suite), tls_names_suite(expected->suite));
    }
    if (expected->group) {
        assert_string_equal(tls_names_group(reply->group), tls_names_group(expected->group));
    }
    if (expected->dh_bits) {
        assert_int_equal(reply->dh_bits, expected->dh_bits);
    }
    if (expected->dh_prime) {
        assert_non_null(reply->dh_prime);
        assert_string_equal(reply->dh_prime->name, expected->dh_prime);
    }
    assert_int_equal(flags_of(reply) & expected->has, expected->has);
    assert_int_equal(flags_of(reply) & expected->has_not, 0);
}

static void start_server(const char *const *base, const char *port_argument, const char *arguments,
                         struct server *out_server)
{
    const char *argv[ARGS_MAX];
    char port_text[32], text[256];
    size_t num = 0;

    out_server->port = free_port();
    struct sockaddr_in address = loopback(out_server->port);
    if (port_argument[1] == '-') {
        snprintf(port_text, sizeof port_text, "%u", out_server->port);
    } else {
        snprintf(port_text, sizeof port_text, "%s:%u", inet_ntoa(address.sin_addr),
                 out_server->port);
    }
    snprintf(text, sizeof text, "%s", arguments);
    while (*base) {
        argv[num++] = *base++;
    }
    argv[num++] = port_argument;
    argv[num++] = port_text;
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        assert_true(num < ARGS_MAX - 1);
        argv[num++] = word;
    }
    argv[num] = NULL;
    out_server->pid = start(argv, &out_server->input);
}

static int start_and_connect(const char *const *base, const char *port_argument,
                             const char *arguments, struct server *out_server)
{
    for (int i = 0; i < START_TRIES; i++) {
        start_server(base, port_argument, arguments, out_server);
        int fd = connect_when_ready(out_server);
        if (fd >= 0) {
            return fd;
        }
        close(out_server->input); /* it has ended, and was waited for */
    }
    fail_msg("the server does not start");
    return -1;
}

static struct hello_spec make_hello(const struct offer *offer)
{
    struct hello_spec spec = hello_for_version(offer->version, named("localhost"));
    if (offer->group) {
        assert_true(hello_for_groups(named("localhost"), &offer->group, 1, &spec));
    }
    if (offer->classes) {
        assert_true(
            hello_for_classes(offer->version, named("localhost"), offer->classes, 0, &spec));
    }
    if (offer->version == HELLO_SSL3) {
        spec.sni = NULL;
    }
    if (offer->change) {
        offer->change(&spec);
    }
    return spec;
}

static void post_quantum(struct hello_spec *spec)
{
    *spec = hello_for_post_quantum(named("localhost"));
}

/* A post-quantum group first and a share only for x25519, as browsers do it. */
static void hybrid_then_x25519(struct hello_spec *spec)
{
    spec->groups[0] = TLS_GROUP_X25519MLKEM768;
    spec->groups[1] = spec->shares[0] = TLS_GROUP_X25519;
    spec->num_groups = 2;
    spec->num_shares = 1;
}

static void padded(struct hello_spec *spec)
{
    spec->pad_to = HELLO_PAD_MAX;
}

static void in_small_records(struct hello_spec *spec)
{
    spec->pad_to = 1700;
    spec->fragment_len = HELLO_FRAGMENT_MIN;
}

static void fallback(struct hello_spec *spec)
{
    spec->fallback_scsv = true;
}

static void without_extensions(struct hello_spec *spec)
{
    spec->sni = NULL;
    spec->ems = spec->session_ticket = spec->encrypt_then_mac = spec->renegotiation_info = false;
}

static void ask_one(const struct live_case *c, int fd)
{
    uint8_t random[HELLO_RANDOM_LEN], hello[HELLO_BYTES_MAX];
    size_t hello_len;
    struct hello_reply_reader reader;
    const struct hello_spec spec = make_hello(&c->offer);

    RAND_bytes(random, sizeof random);
    assert_true(hello_write(&spec, random, hello, sizeof hello, &hello_len));
    hello_reply_init(&reader, true);
    ask(fd, hello, hello_len, &reader);
    assert_expected(&reader.reply, &c->expected);
    hello_reply_fini(&reader);
}

static void ask_all(const char *const *base, const char *port_argument,
                    const struct live_case *cases, size_t num)
{
    if (!is_installed(base[0])) {
        skip();
    }
    for (size_t i = 0; i < num; i++) {
        struct server server;
        print_message("           %s\n", cases[i].name);
        int fd = start_and_connect(base, port_argument, cases[i].arguments, &server);
        ask_one(&cases[i], fd);
        stop(&server);
    }
}

/* ---- The servers ----------------------------------------------------------------------------- */

#define ALL0 " -cipher ALL:eNULL:@SECLEVEL=0"
#define OFFER(...)                                                                                 \
    {                                                                                              \
        .version = HELLO_##__VA_ARGS__                                                             \
    }
#define HAS_COMMON (HAS_EMS | HAS_RENEGOTIATION | HAS_TICKET)
#define HAS_FLIGHT (HAS_SKE | HAS_CERTIFICATE | HAS_COMPLETE)
#define SERVER(...)                                                                                \
    {                                                                                              \
        .kind = HELLO_REPLY_SERVER_HELLO, __VA_ARGS__                                              \
    }
#define RETRY(...)                                                                                 \
    {                                                                                              \
        .kind = HELLO_REPLY_HELLO_RETRY_REQUEST, .version = 0x0304, __VA_ARGS__                    \
    }
#define ALERT(code)                                                                                \
    {                                                                                              \
        .kind = HELLO_REPLY_ALERT, .alert = code                                                   \
    }

static void openssl_answers_as_started(void **state)
{
    (void)state;
    static const char *const base[] = {"openssl", "s_server", "-cert", "rsa.pem",
                                       "-key",    "rsa.key",  NULL};
    static const struct live_case cases[] = {
        {"TLS 1.0 to a server of TLS 1.0", "-tls1" ALL0, OFFER(TLS1_0),
         SERVER(.version = 0x0301, .suite = 0xc014, .group = TLS_GROUP_X25519,
                .has = HAS_COMMON | HAS_ETM | HAS_FLIGHT)},
        {"TLS 1.2 to a server of TLS 1.0: it answers 1.0", "-tls1" ALL0, OFFER(TLS1_2),
         SERVER(.version = 0x0301, .suite = 0xc014)},
        {"TLS 1.1 to a server of TLS 1.1", "-tls1_1" ALL0, OFFER(TLS1_1),
         SERVER(.version = 0x0302)},
        {"TLS 1.0 to a server of TLS 1.2", "-tls1_2" ALL0, OFFER(TLS1_0),
         ALERT(TLS_ALERT_PROTOCOL_VERSION)},
        {"TLS 1.2 to a server of TLS 1.2", "-tls1_2", OFFER(TLS1_2),
         SERVER(.version = 0x0303, .suite = 0xc030, .group = TLS_GROUP_X25519,
                .has = HAS_COMMON | HAS_FLIGHT, .has_not = HAS_ETM)},
        {"TLS 1.3 to a server of TLS 1.2", "-tls1_2", OFFER(TLS1_3),
         ALERT(TLS_ALERT_PROTOCOL_VERSION)},
        {"SSLv3 to a server without it", "-tls1_2", OFFER(SSL3), ALERT(0)},
        {"TLS 1.2 to a server of TLS 1.3 too", "", OFFER(TLS1_2), SERVER(.version = 0x0303)},
        {"TLS 1.1 to a server of TLS 1.2 and 1.3", ALL0, OFFER(TLS1_1), SERVER(.version = 0x0302)},
        {"TLS_FALLBACK_SCSV to a server that has more", ALL0, OFFER(TLS1_1, .change = fallback),
         ALERT(TLS_ALERT_INAPPROPRIATE_FALLBACK)},
        {"TLS 1.3 to a server of TLS 1.3", "-tls1_3", OFFER(TLS1_3),
         SERVER(.version = 0x0304, .suite = 0x1302, .group = TLS_GROUP_X25519)},
        {"TLS 1.3 to a server with P-256 only", "-tls1_3 -groups P-256", OFFER(TLS1_3),
         SERVER(.version = 0x0304, .group = TLS_GROUP_SECP256R1)},
        {"TLS 1.3 to a server with P-384 only: it asks for the share", "-tls1_3 -groups P-384",
         OFFER(TLS1_3), RETRY(.group = TLS_GROUP_SECP384R1)},
        {"x448 without a share", "-tls1_3 -groups X25519:X448",
         OFFER(TLS1_3, .group = TLS_GROUP_X448), RETRY(.group = TLS_GROUP_X448)},
        {"ffdhe3072 without a share", "-tls1_3 -groups ffdhe3072",
         OFFER(TLS1_3, .group = TLS_GROUP_FFDHE3072), RETRY(.group = TLS_GROUP_FFDHE3072)},
        {"a group that the server lacks", "-tls1_3 -groups X25519",
         OFFER(TLS1_3, .group = TLS_GROUP_X448), ALERT(TLS_ALERT_HANDSHAKE_FAILURE)},
        {"post-quantum groups to a server without them", "-tls1_3 -groups X25519",
         OFFER(TLS1_3, .change = post_quantum), ALERT(TLS_ALERT_HANDSHAKE_FAILURE)},
        {"a hybrid group first, to a server that only has x25519", "-tls1_3 -groups X25519",
         OFFER(TLS1_3, .change = hybrid_then_x25519),
         SERVER(.version = 0x0304, .group = TLS_GROUP_X25519)},
        {"DHE with a prime of its own",
         "-tls1_2 -dhparam dh2048.pem -cipher DHE-RSA-AES256-GCM-SHA384", OFFER(TLS1_2),
         SERVER(.suite = 0x009f, .dh_bits = 2048, .has = HAS_FLIGHT | HAS_CUSTOM_DH)},
        {"DHE with a prime of RFC 3526",
         "-tls1_2 -dhparam modp2048.pem -cipher DHE-RSA-AES256-GCM-SHA384", OFFER(TLS1_2),
         SERVER(.suite = 0x009f, .dh_bits = 2048, .dh_prime = "RFC 3526 group 14")},
        {"DHE with a prime of RFC 7919 in TLS 1.0",
         "-tls1 -dhparam ffdhe3072.pem -cipher DHE:@SECLEVEL=0", OFFER(TLS1_0),
         SERVER(.version = 0x0301, .suite = 0x0039, .dh_bits = 3072, .dh_prime = "ffdhe3072",
                .group = TLS_GROUP_FFDHE3072)},
        {"static RSA: no key exchange message", "-tls1_2 -cipher AES256-GCM-SHA384", OFFER(TLS1_2),
         SERVER(.suite = 0x009d, .has = HAS_CERTIFICATE | HAS_COMPLETE, .has_not = HAS_SKE)},
        {"anonymous DH: no certificate",
         "-tls1_2 -cipher ADH-AES128-SHA:@SECLEVEL=0 -dhparam "
         "modp2048.pem",
         OFFER(TLS1_2, .classes = TLS_CLASS_ANON),
         SERVER(.suite = 0x0034, .dh_bits = 2048, .has = HAS_SKE | HAS_COMPLETE,
                .has_not = HAS_CERTIFICATE)},
        {"anonymous ECDH", "-tls1_2 -cipher AECDH-AES128-SHA:@SECLEVEL=0",
         OFFER(TLS1_2, .classes = TLS_CLASS_ANON),
         SERVER(.suite = 0xc018, .group = TLS_GROUP_X25519, .has_not = HAS_CERTIFICATE)},
        {"anonymous suites to a server without them", "-tls1_2",
         OFFER(TLS1_2, .classes = TLS_CLASS_ANON), ALERT(TLS_ALERT_HANDSHAKE_FAILURE)},
        {"no encryption", "-tls1_2 -cipher NULL-SHA256:@SECLEVEL=0",
         OFFER(TLS1_2, .classes = TLS_CLASS_NULL), SERVER(.suite = 0x003b)},
        {"a brainpool curve", "-tls1_2 -groups brainpoolP384r1", OFFER(TLS1_2),
         SERVER(.group = 0x001b)},
        {"a server that asks for a certificate", "-tls1_2 -Verify 1", OFFER(TLS1_2),
         SERVER(.has = HAS_COMPLETE)},
        {"no extension, no answer to it", "-tls1_2", OFFER(TLS1_2, .change = without_extensions),
         SERVER(.version = 0x0303, .has_not = HAS_COMMON | HAS_ETM)},
        {"a hello of 16 KB", "-tls1_2", OFFER(TLS1_2, .change = padded), SERVER(.version = 0x0303)},
        {"a hello in many small records", "-tls1_3", OFFER(TLS1_3, .change = in_small_records),
         SERVER(.version = 0x0304)},
        {"an ECDSA certificate beside the RSA one", "-tls1_2 -dcert ec.pem -dkey ec.key",
         OFFER(TLS1_2), SERVER(.suite = 0xc02c, .has = HAS_FLIGHT)},
    };
    ask_all(base, "-accept", cases, sizeof cases / sizeof cases[0]);
}

#define ONLY(version) "--priority NORMAL:-VERS-ALL:+VERS-" version

static void gnutls_answers_as_started(void **state)
{
    (void)state;
    static const char *const base[] = {
        "gnutls-serv", "--quiet",       "--echo",  "--x509certfile",
        "rsa.pem",     "--x509keyfile", "rsa.key", "--disable-client-cert",
        NULL};
    static const struct live_case cases[] = {
        {"TLS 1.0 to a server of TLS 1.0", ONLY("TLS1.0"), OFFER(TLS1_0),
         SERVER(.version = 0x0301, .has = HAS_EMS | HAS_RENEGOTIATION | HAS_FLIGHT)},
        {"TLS 1.1 to a server of TLS 1.1", ONLY("TLS1.1"), OFFER(TLS1_1),
         SERVER(.version = 0x0302)},
        {"TLS 1.2 to a server of TLS 1.2", ONLY("TLS1.2"), OFFER(TLS1_2),
         SERVER(.version = 0x0303, .has = HAS_EMS | HAS_RENEGOTIATION | HAS_FLIGHT)},
        {"TLS 1.3 to a server of TLS 1.2", ONLY("TLS1.2"), OFFER(TLS1_3), ALERT(0)},
        {"TLS 1.3 to a server of TLS 1.3", ONLY("TLS1.3"), OFFER(TLS1_3),
         SERVER(.version = 0x0304)},
        {"secp521r1 without a share", ONLY("TLS1.3"), OFFER(TLS1_3, .group = TLS_GROUP_SECP521R1),
         RETRY(.group = TLS_GROUP_SECP521R1)},
        {"post-quantum groups to a server without them", ONLY("TLS1.3"),
         OFFER(TLS1_3, .change = post_quantum), ALERT(0)},
        {"3DES", ONLY("TLS1.2") ":-CIPHER-ALL:+3DES-CBC", OFFER(TLS1_2, .classes = TLS_CLASS_3DES),
         SERVER(.version = 0x0303)},
        {"3DES to a server without it", ONLY("TLS1.2"), OFFER(TLS1_2, .classes = TLS_CLASS_3DES),
         ALERT(TLS_ALERT_HANDSHAKE_FAILURE)},
        {"RC4", ONLY("TLS1.2") ":-CIPHER-ALL:+ARCFOUR-128", OFFER(TLS1_2, .classes = TLS_CLASS_RC4),
         SERVER(.version = 0x0303)},
        {"anonymous DH", ONLY("TLS1.2") ":-KX-ALL:+ANON-DH",
         OFFER(TLS1_2, .classes = TLS_CLASS_ANON),
         SERVER(.has = HAS_SKE | HAS_COMPLETE, .has_not = HAS_CERTIFICATE)},
        {"DHE with a small prime", ONLY("TLS1.2") ":-KX-ALL:+DHE-RSA --dhparams dh1024.pem",
         OFFER(TLS1_2), SERVER(.dh_bits = 1024, .has = HAS_FLIGHT | HAS_CUSTOM_DH)},
    };
    ask_all(base, "--port", cases, sizeof cases / sizeof cases[0]);
}

static void a_server_without_sslv2_does_not_speak_it(void **state)
{
    (void)state;
    static const char *const base[] = {"openssl", "s_server", "-cert", "rsa.pem",
                                       "-key",    "rsa.key",  NULL};
    uint8_t challenge[HELLO_CHALLENGE_LEN] = {0}, hello[HELLO_SSL2_LEN];
    size_t len;
    struct server server;
    struct hello_reply_reader reader;

    if (!is_installed("openssl")) {
        skip();
    }
    int fd = start_and_connect(base, "-accept", "", &server);
    assert_true(hello_write_ssl2(challenge, hello, sizeof hello, &len));
    hello_reply_init(&reader, false);
    ask(fd, hello, len, &reader);
    assert_true(reader.reply.kind == HELLO_REPLY_ALERT || reader.reply.kind == HELLO_REPLY_NONE);
    hello_reply_fini(&reader);
    stop(&server);
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* Primes that are nobody else's: finding one takes a minute, so these were made before. */
static const char dh1024[] = "-----BEGIN DH PARAMETERS-----\n"
                             "MIGHAoGBAOh2d6hKt1kfqPkxY+xWm+M5UkH8WnzktN/qgBP4FySg+cAWyAUdxYoR\n"
                             "63F/jn4z0YfyUt8oouKgxzuicFfQLBeABvaH5DYQ0UGY6LVDCzYcPL/I2F6JzIQD\n"
                             "+mROqu1ROTLXcE9kH+Df0KFoOdXRGJBchLt0MKzy2PXHOfznkesnAgEC\n"
                             "-----END DH PARAMETERS-----\n";
static const char dh2048[] = "-----BEGIN DH PARAMETERS-----\n"
                             "MIIBCAKCAQEAuTCq+/NABRn5ubAh7pUK++MuiB8tRBUvDbN0uOVd9taxYjHBMpKz\n"
                             "6uqB2Kju6kpfqe3yzEcXkTX+Yak/Hhe3vAFSD5p4YNoZL1raT1gT1PIcjWAIgcGK\n"
                             "7c0K+4dd640WtQ1PV36p/OSch7sOQ2+mSIpsHCG3V2GjUN/oS27BOVA804nASl8u\n"
                             "aZSrUR/ws1cibihK4hqEfdfPUSEg/88IMsrXvHdFs9DkbeD6H0Zxu00PzBPzgcUG\n"
                             "s5yx1L/Lq7oCZkVmTjY1Tm6EHkAphLAI16RF5k0IqKqtFmHfDe6kdBLoDyyWE848\n"
                             "MWE4xmdai2p3ZxNBR2rs0kFpO88nwodMJwIBAg==\n"
                             "-----END DH PARAMETERS-----\n";

static bool write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    bool written = file && fputs(text, file) >= 0;
    return file && fclose(file) == 0 && written;
}

static bool make_files(void)
{
    return RUN("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
               "-keyout", "rsa.key", "-out", "rsa.pem") &&
           RUN("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
               "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost", "-keyout",
               "ec.key", "-out", "ec.pem") &&
           write_file("dh1024.pem", dh1024) && write_file("dh2048.pem", dh2048) &&
           RUN("openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:modp_2048",
               "-out", "modp2048.pem") &&
           RUN("openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe3072",
               "-out", "ffdhe3072.pem");
}

static int set_up(void **state)
{
    struct files *files = calloc(1, sizeof *files);
    if (!files) {
        return -1;
    }
    *state = files;
    snprintf(files->directory, sizeof files->directory, "/tmp/hello_live_XXXXXX");
    files->old_directory = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (files->old_directory < 0 || !mkdtemp(files->directory) || chdir(files->directory) != 0) {
        return -1;
    }
    return !is_installed("openssl") || make_files() ? 0 : -1;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"rsa.key",      "rsa.pem",      "ec.key",
                                        "ec.pem",       "dh1024.pem",   "dh2048.pem",
                                        "modp2048.pem", "ffdhe3072.pem"};
    struct files *files = *state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        unlink(names[i]);
    }
    int failed = fchdir(files->old_directory);
    close(files->old_directory);
    rmdir(files->directory);
    free(files);
    return failed;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_answers_as_started),
        cmocka_unit_test(gnutls_answers_as_started),
        cmocka_unit_test(a_server_without_sslv2_does_not_speak_it),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
