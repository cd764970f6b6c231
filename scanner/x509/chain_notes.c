#include "scanner/x509/chain_notes.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

_Static_assert(CHAIN_CERTIFICATES_MAX <= 32, "a certificate is a bit of a uint32_t here");

/* Certificates by their place in what was sent: bit 0 is the leaf. */
typedef uint32_t places;

static places bit(size_t place)
{
    return (places)1 << place;
}

/* By names and key identifiers alone: whether the signature is good is not a matter of order. */
static bool is_issuer_of(const struct chain_member *issuer, const struct chain_member *subject)
{
    if (issuer->x509 != NULL && subject->x509 != NULL) {
        int status = X509_check_issued(issuer->x509, subject->x509);
        ERR_clear_error();
        return status == X509_V_OK || status == X509_V_ERR_KEYUSAGE_NO_CERTSIGN ||
               status == X509_V_ERR_UNSPECIFIED; /* a broken extension; the names agree */
    }
    struct text wanted = subject->der.issuer;
    struct text name = issuer->der.subject;
    return name.bytes != NULL && wanted.bytes != NULL && name.len == wanted.len &&
           memcmp(name.bytes, wanted.bytes, name.len) == 0;
}

static places find_duplicates(const struct member_list *sent)
{
    places duplicates = 0;
    for (size_t i = 1; i < sent->num_members; i++) {
        for (size_t j = 0; j < i && (duplicates & bit(i)) == 0; j++) {
            if (chain_member_equal(&sent->members[i], &sent->members[j])) {
                duplicates |= bit(i);
            }
        }
    }
    return duplicates;
}

/* For each certificate which others it names as its issuers, duplicates aside. */
static void find_issuers(const struct member_list *sent, places duplicates, places *out_issuers)
{
    for (size_t i = 0; i < sent->num_members; i++) {
        out_issuers[i] = 0;
        for (size_t j = 1; j < sent->num_members; j++) {
            if (i != j && (duplicates & bit(j)) == 0 &&
                is_issuer_of(&sent->members[j], &sent->members[i])) {
                out_issuers[i] |= bit(j);
            }
        }
    }
}

/* What is reached from the leaf, issuer by issuer. */
static places find_relatives(const places *issuers, size_t num)
{
    places relatives = bit(0);
    for (size_t round = 0; round < num; round++) {
        for (size_t i = 0; i < num; i++) {
            relatives |= (relatives & bit(i)) != 0 ? issuers[i] : 0;
        }
    }
    return relatives;
}

/* Each but the leaf has to certify one that came before it. */
static bool is_ordered(const places *issuers, size_t num, places relatives)
{
    places certified = 0;
    for (size_t i = 0; i < num; i++) {
        if ((relatives & bit(i)) == 0) {
            continue;
        }
        if (i > 0 && (certified & bit(i)) == 0) {
            return false;
        }
        certified |= issuers[i];
    }
    return true;
}

uint32_t chain_notes_of(const struct member_list *sent)
{
    places issuers[CHAIN_CERTIFICATES_MAX];
    size_t num = sent->num_members;
    places duplicates = find_duplicates(sent);
    find_issuers(sent, duplicates, issuers);
    places relatives = find_relatives(issuers, num);
    uint32_t notes = duplicates != 0 ? CHAIN_NOTE_BIT(CHAIN_DUPLICATE) : 0;
    notes |= is_ordered(issuers, num, relatives) ? 0 : CHAIN_NOTE_BIT(CHAIN_UNORDERED);
    for (size_t i = 1; i < num; i++) {
        if ((duplicates & bit(i)) != 0) {
            continue;
        }
        if ((relatives & bit(i)) == 0) {
            notes |= CHAIN_NOTE_BIT(CHAIN_EXTRA);
        } else if (sent->members[i].is_self_issued) {
            notes |= CHAIN_NOTE_BIT(CHAIN_ROOT_INCLUDED);
        }
    }
    return notes;
}
