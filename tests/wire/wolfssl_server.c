/*
 * A TLS server on wolfSSL: completes handshakes one after another and echoes nothing.
 * Arguments: address, port, key file, chain file. For the wire tests alone.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

static int listen_at(const char *address, int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    inet_pton(AF_INET, address, &at.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    return bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(fd, 64) == 0 ? fd : -1;
}

static void serve(WOLFSSL_CTX *context, int fd)
{
    char buffer[1024];
    const struct timeval limit = {.tv_sec = 5};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    WOLFSSL *ssl = wolfSSL_new(context);
    if (ssl != NULL && wolfSSL_set_fd(ssl, fd) == WOLFSSL_SUCCESS &&
        wolfSSL_accept(ssl) == WOLFSSL_SUCCESS) {
        while (wolfSSL_read(ssl, buffer, sizeof(buffer)) > 0) {
            wolfSSL_write(ssl, "250 ok\r\n", 8);
        }
    }
    wolfSSL_free(ssl);
    close(fd);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    wolfSSL_Init();
    WOLFSSL_CTX *context = wolfSSL_CTX_new(wolfSSLv23_server_method());
    int listener = argc == 5 ? listen_at(argv[1], atoi(argv[2])) : -1;
    if (context == NULL || listener < 0 ||
        wolfSSL_CTX_use_PrivateKey_file(context, argv[3], WOLFSSL_FILETYPE_PEM) !=
            WOLFSSL_SUCCESS ||
        wolfSSL_CTX_use_certificate_chain_file(context, argv[4]) != WOLFSSL_SUCCESS) {
        return 1;
    }
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0 && fork() == 0) {
            serve(context, fd);
            _exit(0);
        }
        close(fd);
    }
}
