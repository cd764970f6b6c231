#include "scanner/evidence/lack.h"

#include "io/tls/tls_names.h"
#include "scanner/x509/leaf_use.h"

/* RFC 9325 sections 4.2 and 4.5 recommend these, and every TLS library has them. */
#define SUITE_ADVICE "allow ECDHE suites with AES-GCM"
#define GROUP_ADVICE "allow x25519 and secp256r1"
#define KEY_ADVICE   "use a certificate with an RSA key (rsaEncryption) or ECDSA P-256"

/* Suites with finite-field DH are the most frequent cause, so the text names them. */
static const char *kind_of_suite(const struct tls_suite *suite)
{
    return suite != NULL && suite->kx == TLS_KX_DHE ? "finite-field DH in the suite "
                                                    : "the suite ";
}

static const char *text_of_number(struct arena *arena, const char *kind, const char *name,
                                  uint16_t number, const char *advice)
{
    return name != NULL ? arena_format(arena, "it takes %s%s: %s", kind, name, advice)
                        : arena_format(arena, "it takes %s0x%04x: %s", kind, number, advice);
}

/* *out_text is NULL if nothing is lacking. False on lack of memory. */
static bool find_in_choice(struct arena *arena, const struct tls_choice *choice,
                           const char **out_text)
{
    const struct tls_suite *suite = tls_suites_find(choice->suite);
    switch (tls_library_lack(choice)) {
    case TLS_LACK_VERSION:
        *out_text =
            text_of_number(arena, "the version ", choice->version == 0x0300 ? "SSLv3" : NULL,
                           choice->version, "allow TLS 1.2 and 1.3");
        break;
    case TLS_LACK_SUITE:
        *out_text = text_of_number(arena, kind_of_suite(suite), suite != NULL ? suite->name : NULL,
                                   choice->suite, SUITE_ADVICE);
        break;
    case TLS_LACK_GROUP:
        *out_text = text_of_number(arena, "the group ", tls_names_group(choice->group),
                                   choice->group, GROUP_ADVICE);
        break;
    case TLS_LACK_SIGNATURE:
        *out_text = text_of_number(arena, "signatures of ", tls_library_signer(choice->signature),
                                   choice->signature, KEY_ADVICE);
        break;
    case TLS_LACK_NONE:
        *out_text = NULL;
        return true;
    }
    return *out_text != NULL;
}

/* The key is looked at before the signature, because an unusual key is the cause of an unusual
 * signature. */
bool lack_find(struct arena *arena, const struct tls_choice *choice, struct text leaf,
               struct lack *out_lack)
{
    enum leaf_use use = LEAF_IS_USABLE;
    const char *key = NULL;
    *out_lack = (struct lack){.text = NULL};
    if (leaf.bytes != NULL && !leaf_use_find(arena, leaf, &use, &key)) {
        return false;
    }
    if (use == LEAF_IS_OF_OTHERS) {
        out_lack->text = arena_format(arena, LACK_KEY_TEXT("%s"), key);
        return out_lack->text != NULL;
    }
    out_lack->is_leaf_unreadable = use == LEAF_IS_OF_NOBODY;
    return find_in_choice(arena, choice, &out_lack->text);
}
