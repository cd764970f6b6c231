/*
 * A TLS server on mbedTLS with every suite that it has, old ones too: completes handshakes and
 * echoes nothing. Arguments: address, port, key file, chain file. For the wire tests alone.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>

static void serve(const mbedtls_ssl_config *config, mbedtls_net_context *client)
{
    unsigned char buffer[1024];
    mbedtls_ssl_context ssl;
    mbedtls_ssl_init(&ssl);
    if (mbedtls_ssl_setup(&ssl, config) == 0) {
        mbedtls_ssl_set_bio(&ssl, client, mbedtls_net_send, mbedtls_net_recv,
                            mbedtls_net_recv_timeout);
        if (mbedtls_ssl_handshake(&ssl) == 0) {
            while (mbedtls_ssl_read(&ssl, buffer, sizeof(buffer)) > 0) {
                mbedtls_ssl_write(&ssl, (const unsigned char *)"250 ok\r\n", 8);
            }
        }
    }
    mbedtls_ssl_free(&ssl);
    mbedtls_net_free(client);
}

/* Version 3, of Debian 13, wants randomness for it. */
static int read_key(mbedtls_pk_context *key, const char *path, mbedtls_ctr_drbg_context *random)
{
#if MBEDTLS_VERSION_MAJOR >= 3
    return mbedtls_pk_parse_keyfile(key, path, NULL, mbedtls_ctr_drbg_random, random);
#else
    (void)random;
    return mbedtls_pk_parse_keyfile(key, path, NULL);
#endif
}

int main(int argc, char **argv)
{
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    mbedtls_ssl_config config;
    mbedtls_x509_crt chain;
    mbedtls_pk_context key;
    mbedtls_net_context listener, client;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&random);
    mbedtls_ssl_config_init(&config);
    mbedtls_x509_crt_init(&chain);
    mbedtls_pk_init(&key);
    mbedtls_net_init(&listener);
    if (argc != 5 || mbedtls_x509_crt_parse_file(&chain, argv[4]) != 0 ||
        mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0) != 0 ||
        read_key(&key, argv[3], &random) != 0 ||
        mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT) != 0 ||
        mbedtls_ssl_conf_own_cert(&config, &chain, &key) != 0 ||
        mbedtls_net_bind(&listener, argv[1], argv[2], MBEDTLS_NET_PROTO_TCP) != 0) {
        return 1;
    }
    mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random);
    mbedtls_ssl_conf_read_timeout(&config, 5000);
    mbedtls_ssl_conf_ciphersuites(&config, mbedtls_ssl_list_ciphersuites());
#if MBEDTLS_VERSION_MAJOR < 3 /* which knows nothing older than TLS 1.2 */
    mbedtls_ssl_conf_min_version(&config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_1);
#endif
    for (;;) {
        mbedtls_net_init(&client);
        if (mbedtls_net_accept(&listener, &client, NULL, 0, NULL) == 0 && fork() == 0) {
            serve(&config, &client);
            _exit(0);
        }
        close(client.fd);
    }
}
