/*
 * What a STARTTLS handshake costs at least: the system calls from connect to close and BoringSSL's
 * handshake, with no grading, no chain, no list, no output and nothing kept. Whoever scans a host
 * cannot do with less, so every other figure is shown beside this one.
 *
 *   floor ADDRESSES PORT IN_FLIGHT [ROOTS]
 *
 * ADDRESSES: a file with an IPv4 address a line. With ROOTS, a PEM file, BoringSSL verifies the
 * chain too, in each handshake anew. Prints how many handshakes were completed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#define EVENTS_MAX 256

enum state { CONNECT, GREETING, EHLO, STARTTLS, HANDSHAKE, EHLO_TLS, QUIT };

struct dialogue {
    int fd;
    enum state state;
    SSL *ssl;
};

struct floor {
    FILE *addresses;
    uint16_t port;
    int epoll;
    SSL_CTX *context;
    unsigned in_flight;
    unsigned completed;
};

static enum ssl_verify_result_t accept_any(SSL *ssl, uint8_t *out_alert)
{
    (void)ssl;
    (void)out_alert;
    return ssl_verify_ok;
}

static bool start_next(struct floor *floor)
{
    char line[64];
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(floor->port)};
    if (fgets(line, sizeof line, floor->addresses) == NULL) {
        return false;
    }
    line[strcspn(line, "\n")] = '\0';
    struct dialogue *dialogue = calloc(1, sizeof *dialogue);
    if (dialogue == NULL || inet_pton(AF_INET, line, &at.sin_addr) != 1) {
        free(dialogue);
        return true;
    }
    dialogue->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = dialogue};
    if (dialogue->fd < 0 ||
        (connect(dialogue->fd, (struct sockaddr *)&at, sizeof at) != 0 && errno != EINPROGRESS) ||
        epoll_ctl(floor->epoll, EPOLL_CTL_ADD, dialogue->fd, &event) != 0) {
        perror("connect");
        exit(1);
    }
    floor->in_flight++;
    return true;
}

static void finish(struct floor *floor, struct dialogue *dialogue)
{
    SSL_free(dialogue->ssl);
    close(dialogue->fd);
    free(dialogue);
    floor->in_flight--;
    start_next(floor);
}

static void say(const struct dialogue *dialogue, const char *text)
{
    size_t len = strlen(text);
    ssize_t sent = dialogue->ssl != NULL ? SSL_write(dialogue->ssl, text, (int)len)
                                         : send(dialogue->fd, text, len, 0);
    if (sent != (ssize_t)len) {
        perror("send");
        exit(1);
    }
}

static bool start_tls(struct floor *floor, struct dialogue *dialogue)
{
    dialogue->ssl = SSL_new(floor->context);
    return dialogue->ssl != NULL && SSL_set_fd(dialogue->ssl, dialogue->fd) == 1 &&
           SSL_set_tlsext_host_name(dialogue->ssl, "mx0.fleet.test") == 1;
}

/* A reply is taken to be whole when it has come: enough for the fleet's healthy hosts. */
static ssize_t receive(struct dialogue *dialogue)
{
    char buffer[4096];
    if (dialogue->ssl != NULL) {
        return SSL_read(dialogue->ssl, buffer, sizeof buffer);
    }
    return recv(dialogue->fd, buffer, sizeof buffer, 0);
}

/* True while the dialogue goes on. */
static bool step_handshake(struct floor *floor, struct dialogue *dialogue)
{
    int result = SSL_connect(dialogue->ssl);
    if (result == 1) {
        floor->completed++;
        dialogue->state = EHLO_TLS;
        say(dialogue, "EHLO floor.example.org\r\n");
        return true;
    }
    int error = SSL_get_error(dialogue->ssl, result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

static bool on_reply(struct floor *floor, struct dialogue *dialogue)
{
    switch (dialogue->state) {
    case GREETING:
        say(dialogue, "EHLO floor.example.org\r\n");
        dialogue->state = EHLO;
        return true;
    case EHLO:
        say(dialogue, "STARTTLS\r\n");
        dialogue->state = STARTTLS;
        return true;
    case STARTTLS:
        dialogue->state = HANDSHAKE;
        return start_tls(floor, dialogue) && step_handshake(floor, dialogue);
    case EHLO_TLS:
        say(dialogue, "QUIT\r\n");
        dialogue->state = QUIT;
        return true;
    default:
        return false;
    }
}

static bool on_event(struct floor *floor, struct dialogue *dialogue)
{
    if (dialogue->state == CONNECT) {
        dialogue->state = GREETING;
    }
    for (;;) {
        if (dialogue->state == HANDSHAKE) {
            if (!step_handshake(floor, dialogue)) {
                return false;
            }
            if (dialogue->state == HANDSHAKE) {
                return true;
            }
        }
        ssize_t len = receive(dialogue);
        if (len <= 0) {
            bool again = dialogue->ssl != NULL
                             ? SSL_get_error(dialogue->ssl, (int)len) == SSL_ERROR_WANT_READ
                             : len < 0 && errno == EAGAIN;
            return again;
        }
        if (!on_reply(floor, dialogue)) {
            return false;
        }
    }
}

static SSL_CTX *make_context(const char *roots)
{
    SSL_CTX *context = SSL_CTX_new(roots != NULL ? TLS_method() : TLS_with_buffers_method());
    if (context == NULL) {
        return NULL;
    }
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    if (roots == NULL) {
        SSL_CTX_set_custom_verify(context, SSL_VERIFY_PEER, accept_any);
        return context;
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_load_verify_locations(context, roots, NULL) != 1) {
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

int main(int argc, char **argv)
{
    struct epoll_event events[EVENTS_MAX];
    if (argc != 4 && argc != 5) {
        fprintf(stderr, "usage: floor ADDRESSES PORT IN_FLIGHT [ROOTS]\n");
        return 2;
    }
    struct floor floor = {.addresses = fopen(argv[1], "re"),
                          .port = (uint16_t)atoi(argv[2]),
                          .epoll = epoll_create1(EPOLL_CLOEXEC),
                          .context = make_context(argc == 5 ? argv[4] : NULL)};
    if (floor.addresses == NULL || floor.epoll < 0 || floor.context == NULL) {
        perror(argv[1]);
        return 1;
    }
    for (int i = 0; i < atoi(argv[3]) && start_next(&floor); i++) {}
    while (floor.in_flight > 0) {
        int num = epoll_wait(floor.epoll, events, EVENTS_MAX, 60000);
        if (num <= 0) {
            fprintf(stderr, "floor: %u dialogues give no sign of life\n", floor.in_flight);
            return 1;
        }
        for (int i = 0; i < num; i++) {
            if (!on_event(&floor, events[i].data.ptr)) {
                finish(&floor, events[i].data.ptr);
            }
        }
    }
    printf("%u handshakes\n", floor.completed);
    fclose(floor.addresses);
    SSL_CTX_free(floor.context);
    return 0;
}
