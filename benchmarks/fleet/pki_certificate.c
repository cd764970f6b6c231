#include "benchmarks/fleet/pki_certificate.h"

#include <time.h>

#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#define SERIAL_LEN 16 /* RFC 5280 section 4.1.2.2 allows 20 octets */

static bool set_serial(X509 *certificate)
{
    uint8_t bytes[SERIAL_LEN];
    RAND_bytes(bytes, sizeof bytes);
    bytes[0] &= 0x7f;
    bytes[0] |= 0x40;
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool ok =
        number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return ok;
}

static bool set_validity(X509 *certificate, int from_days, int to_days)
{
    time_t now = time(NULL);
    return X509_time_adj_ex(X509_getm_notBefore(certificate), from_days, 0, &now) != NULL &&
           X509_time_adj_ex(X509_getm_notAfter(certificate), to_days, 0, &now) != NULL;
}

static bool add_basic_constraints(X509 *certificate, bool authority)
{
    BASIC_CONSTRAINTS *constraints = BASIC_CONSTRAINTS_new();
    if (constraints == NULL) {
        return false;
    }
    constraints->ca = authority ? 0xff : 0;
    bool ok = X509_add1_ext_i2d(certificate, NID_basic_constraints, constraints, 1, 0) == 1;
    BASIC_CONSTRAINTS_free(constraints);
    return ok;
}

/* Bits 0 and 2 of KeyUsage are digitalSignature and keyEncipherment, 5 and 6 sign (RFC 5280). */
static bool add_key_usage(X509 *certificate, bool authority)
{
    ASN1_BIT_STRING *usage = ASN1_BIT_STRING_new();
    bool ok = usage != NULL && ASN1_BIT_STRING_set_bit(usage, authority ? 5 : 0, 1) &&
              ASN1_BIT_STRING_set_bit(usage, authority ? 6 : 2, 1) &&
              X509_add1_ext_i2d(certificate, NID_key_usage, usage, 1, 0) == 1;
    ASN1_BIT_STRING_free(usage);
    return ok;
}

static bool add_purpose(X509 *certificate, int purpose)
{
    EXTENDED_KEY_USAGE *usages = sk_ASN1_OBJECT_new_null();
    bool ok = usages != NULL && sk_ASN1_OBJECT_push(usages, OBJ_nid2obj(purpose)) > 0 &&
              X509_add1_ext_i2d(certificate, NID_ext_key_usage, usages, 0, 0) == 1;
    sk_ASN1_OBJECT_free(usages); /* the objects are the library's constants */
    return ok;
}

static bool push_dns_name(GENERAL_NAMES *names, const char *name)
{
    GENERAL_NAME *entry = GENERAL_NAME_new();
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();
    if (entry == NULL || text == NULL || !ASN1_STRING_set(text, name, -1)) {
        GENERAL_NAME_free(entry);
        ASN1_IA5STRING_free(text);
        return false;
    }
    GENERAL_NAME_set0_value(entry, GEN_DNS, text);
    if (sk_GENERAL_NAME_push(names, entry) == 0) {
        GENERAL_NAME_free(entry);
        return false;
    }
    return true;
}

static bool add_names(X509 *certificate, const char *const names[2])
{
    GENERAL_NAMES *list = GENERAL_NAMES_new();
    bool ok = list != NULL;
    for (unsigned i = 0; i < 2 && ok && names[i] != NULL; i++) {
        ok = push_dns_name(list, names[i]);
    }
    ok = ok && X509_add1_ext_i2d(certificate, NID_subject_alt_name, list, 0, 0) == 1;
    GENERAL_NAMES_free(list);
    return ok;
}

static bool set_issuer(X509 *certificate, const struct certificate_plan *plan)
{
    X509 *issuer = plan->issuer != NULL ? plan->issuer : certificate;
    return X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1;
}

X509 *certificate_make(const struct certificate_plan *plan)
{
    X509 *certificate = X509_new();
    if (certificate == NULL) {
        return NULL;
    }
    X509_NAME *subject = X509_get_subject_name(certificate);
    bool ok = X509_set_version(certificate, 2) && set_serial(certificate) &&
              X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                         (const uint8_t *)plan->subject, -1, -1, 0) &&
              set_issuer(certificate, plan) &&
              set_validity(certificate, plan->from_days, plan->to_days) &&
              X509_set_pubkey(certificate, plan->key) &&
              add_basic_constraints(certificate, plan->authority) &&
              add_key_usage(certificate, plan->authority) &&
              (plan->purpose == NID_undef || add_purpose(certificate, plan->purpose)) &&
              (plan->names[0] == NULL || add_names(certificate, plan->names)) &&
              X509_sign(certificate, plan->issuer_key, plan->digest) > 0;
    if (!ok) {
        X509_free(certificate);
        return NULL;
    }
    return certificate;
}
