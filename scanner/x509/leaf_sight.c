#include "scanner/x509/leaf_sight.h"

#include <openssl/sha.h>

#include "scanner/x509/certificate_der.h"
#include "scanner/x509/certificate_dn.h"
#include "scanner/x509/certificate_name.h"

void leaf_sight_of(const struct chain *chain, const char *host, struct leaf_sight *out_sight)
{
    struct certificate_der leaf;
    const struct text whole = chain_certificate(chain, 0);
    certificate_der_read(whole, &leaf);
    const struct text key = leaf.spki.bytes != NULL ? leaf.spki : whole;
    SHA256((const uint8_t *)key.bytes, key.len, out_sight->key);
    out_sight->names_host =
        host != NULL && (certificate_name_list_has(leaf.subject_alt_name, host) ||
                         certificate_dn_common_name_is(leaf.subject, host));
}
