#include "benchmarks/fleet/peer_io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>

#define ENDLESS_TURN_LEN  (256 * 1024)
#define ENDLESS_PAUSE_MS  1
#define DISCARD_TURN_SIZE 4096

enum transfer { TRANSFER_SOME, TRANSFER_AGAIN, TRANSFER_END };

/* Sorts the outcome of SSL_read and SSL_write; the error queue must not leak into the next call. */
static enum transfer ssl_transfer(const struct peer *peer, int result)
{
    if (result > 0) {
        return TRANSFER_SOME;
    }
    int error = SSL_get_error(peer->ssl, result);
    ERR_clear_error();
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? TRANSFER_AGAIN
                                                                         : TRANSFER_END;
}

static enum transfer transfer_in(struct peer *peer, void *buffer, size_t size, size_t *out_len)
{
    if (peer->ssl != NULL) {
        int num = SSL_read(peer->ssl, buffer, (int)size);
        *out_len = num > 0 ? (size_t)num : 0;
        return ssl_transfer(peer, num);
    }
    ssize_t num = recv(peer->fd, buffer, size, 0);
    *out_len = num > 0 ? (size_t)num : 0;
    if (num > 0) {
        return TRANSFER_SOME;
    }
    return num < 0 && (errno == EAGAIN || errno == EINTR) ? TRANSFER_AGAIN : TRANSFER_END;
}

static enum transfer transfer_out(struct peer *peer, const void *bytes, size_t bytes_len,
                                  size_t *out_len)
{
    if (peer->ssl != NULL) {
        int num = SSL_write(peer->ssl, bytes, (int)bytes_len);
        *out_len = num > 0 ? (size_t)num : 0;
        return ssl_transfer(peer, num);
    }
    ssize_t num = send(peer->fd, bytes, bytes_len, MSG_NOSIGNAL);
    *out_len = num > 0 ? (size_t)num : 0;
    if (num >= 0) {
        return TRANSFER_SOME;
    }
    return errno == EAGAIN || errno == EINTR ? TRANSFER_AGAIN : TRANSFER_END;
}

/* Counts input that came out of turn. */
static void note_input(struct peer *peer)
{
    if (!peer->banner_done && !peer->pregreeted) {
        peer->pregreeted = true;
        stats_add(&peer->counts->pregreets);
    }
    if (peer->state == PEER_REPLY) {
        stats_add(peer->verb == VERB_STARTTLS ? &peer->counts->injected : &peer->counts->pipelined);
    }
}

bool peer_read(struct peer *peer)
{
    for (;;) {
        size_t room = sizeof peer->input - peer->input_len;
        size_t num;
        if (room == 0) {
            return memchr(peer->input, '\n', peer->input_len) != NULL;
        }
        switch (transfer_in(peer, peer->input + peer->input_len, room, &num)) {
        case TRANSFER_SOME:
            peer->input_len = (uint16_t)(peer->input_len + num);
            note_input(peer);
            break;
        case TRANSFER_AGAIN:
            return true;
        case TRANSFER_END:
            return false;
        }
    }
}

bool peer_discard(struct peer *peer, bool *out_any)
{
    char waste[DISCARD_TURN_SIZE];
    *out_any = false;
    for (;;) {
        ssize_t num = recv(peer->fd, waste, sizeof waste, 0);
        if (num <= 0) {
            return num < 0 && (errno == EAGAIN || errno == EINTR);
        }
        *out_any = true;
    }
}

void peer_drop_output(struct peer *peer)
{
    free(peer->output);
    peer->output = NULL;
}

enum peer_wait peer_queue(struct peer *peer, const void *bytes, size_t bytes_len,
                          enum peer_state then)
{
    peer_drop_output(peer);
    peer->output = malloc(bytes_len);
    if (peer->output == NULL) {
        return WAIT_GONE;
    }
    memcpy(peer->output, bytes, bytes_len);
    peer->output_len = bytes_len;
    peer->output_sent = 0;
    peer->then = then;
    peer->state = PEER_SEND;
    return WAIT_NEXT;
}

enum peer_wait peer_send(struct peer *peer)
{
    size_t turn_len = 0;
    while (peer->output_sent < peer->output_len) {
        size_t left = peer->output_len - peer->output_sent;
        size_t num;
        switch (transfer_out(peer, peer->output + peer->output_sent, peer->drip_ms > 0 ? 1 : left,
                             &num)) {
        case TRANSFER_SOME:
            break;
        case TRANSFER_AGAIN:
            return WAIT_EVENT;
        case TRANSFER_END:
            return WAIT_GONE;
        }
        peer->output_sent += num;
        turn_len += num;
        if (peer->endless && peer->output_sent == peer->output_len) {
            peer->output_sent = 0;
        }
        if (peer->drip_ms > 0 && peer->output_sent < peer->output_len) {
            return peer_sleep(peer, PEER_SEND, peer->drip_ms);
        }
        if (turn_len > ENDLESS_TURN_LEN) { /* a fast reader must not keep the others waiting */
            return peer_sleep(peer, PEER_SEND, ENDLESS_PAUSE_MS);
        }
    }
    peer_drop_output(peer);
    peer->state = peer->then;
    return WAIT_NEXT;
}
