#include "scanner/probe/weak_suites.h"

#include "io/tls/tls_suites.h"

/* In the order in which they are offered: what is worst first, as clients' order may decide. */
static const uint16_t candidates[] = {
    /* no encryption */
    0x0001, 0x0002, 0x003b, 0xc006, 0xc010, 0xc015,
    /* exportable: 40 and 56 bits */
    0x0003, 0x0006, 0x0008, 0x0014, 0x0017, 0x0019, 0x0062, 0x0064,
    /* anonymous */
    0x0034, 0x003a, 0x006c, 0x006d, 0x00a6, 0x00a7, 0xc018, 0xc019, 0x0018, 0x001b, 0xc017, 0x0046,
    0x0089,
    /* DES */
    0x0009, 0x0015,
    /* RC4 */
    0x0004, 0x0005, 0xc007, 0xc011,
    /* 3DES */
    0x000a, 0x0016, 0xc008, 0xc012,
    /* static RSA */
    0x009d, 0x009c, 0x003d, 0x003c, 0x0035, 0x002f, 0xc09d, 0xc09c, 0x0084, 0x0041, 0x0096, 0x0007,
    /* static DH and ECDH */
    0xc02e, 0xc032, 0xc005, 0xc00f, 0x0030, 0x0031,
    /* ephemeral DH */
    0x009f, 0x009e, 0xccaa, 0x006b, 0x0067, 0x0039, 0x0033, 0xc09f, 0x0032};

_Static_assert(sizeof(candidates) / sizeof(candidates[0]) <= HELLO_SUITES_MAX,
               "servers are known to ignore what comes after 64 suites");

unsigned weak_suites_classes(uint16_t code)
{
    const struct tls_suite *suite = tls_suites_find(code);
    if (suite == NULL) {
        return 0;
    }
    unsigned classes = tls_suites_classes(suite) & 0xffu;
    if (suite->kx == TLS_KX_DHE && classes == 0) {
        classes = WEAK_SUITES_DHE;
    }
    return classes;
}

size_t weak_suites_offer(unsigned wanted, uint16_t out_suites[HELLO_SUITES_MAX])
{
    size_t num = 0;
    for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
        if ((weak_suites_classes(candidates[i]) & wanted) != 0) {
            out_suites[num++] = candidates[i];
        }
    }
    return num;
}
