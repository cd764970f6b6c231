#include "scanner/x509/name_constraints.h"

#include <string.h>
#include <strings.h>

#include <openssl/bytestring.h>

/* GeneralName, RFC 5280 section 4.2.1.6 */
#define TAG_DNS_NAME   (CBS_ASN1_CONTEXT_SPECIFIC | 2)
#define TAG_IP_ADDRESS (CBS_ASN1_CONTEXT_SPECIFIC | 7)

#define TAG_PERMITTED (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 0)
#define TAG_EXCLUDED  (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 1)

struct general_name {
    unsigned tag;
    struct text value;
};

static CBS cbs_of(struct text text)
{
    CBS cbs;
    CBS_init(&cbs, (const uint8_t *)text.bytes, text.len);
    return cbs;
}

static bool get_general_name(CBS *cbs, struct general_name *out_name)
{
    CBS value;
    if (!CBS_get_any_asn1(cbs, &value, &out_name->tag)) {
        return false;
    }
    out_name->value = (struct text){(const char *)CBS_data(&value), CBS_len(&value)};
    return true;
}

/* ---- A name and a constraint of the same kind ---- */

/* `base` is address and mask: as long as twice the address, or it is of the other family. */
static bool is_address_within(struct text address, struct text base)
{
    if (base.len != address.len * 2) {
        return false;
    }
    for (size_t i = 0; i < address.len; i++) {
        if (((address.bytes[i] ^ base.bytes[i]) & base.bytes[address.len + i]) != 0) {
            return false;
        }
    }
    return true;
}

static bool has_suffix(struct text name, struct text suffix)
{
    return name.len >= suffix.len &&
           strncasecmp(name.bytes + name.len - suffix.len, suffix.bytes, suffix.len) == 0;
}

/*
 * The base itself and whatever has labels before it. A base that begins with a dot is not of this
 * profile but wide-spread; it leaves out the name itself.
 */
static bool is_name_within(struct text name, struct text base)
{
    if (base.len == 0) {
        return true;
    }
    if (!has_suffix(name, base)) {
        return false;
    }
    return name.len == base.len || base.bytes[0] == '.' ||
           name.bytes[name.len - base.len - 1] == '.';
}

static bool is_wildcard(struct text name)
{
    return name.len > 2 && name.bytes[0] == '*' && name.bytes[1] == '.';
}

/* Does a wildcard, among others, stand for the base? That has one label more than what follows. */
static bool may_stand_for(struct text wildcard, struct text base)
{
    struct text rest = {wildcard.bytes + 1, wildcard.len - 1}; /* with its dot */
    return base.len > rest.len && has_suffix(base, rest) &&
           memchr(base.bytes, '.', base.len - rest.len) == NULL;
}

static bool is_within(const struct general_name *name, struct text base, bool is_exclusion)
{
    if (name->tag == TAG_IP_ADDRESS) {
        return is_address_within(name->value, base);
    }
    return is_name_within(name->value, base) ||
           (is_exclusion && is_wildcard(name->value) && may_stand_for(name->value, base));
}

/* A label has to be there before and behind each dot; else what is the name's parent? */
static bool is_well_formed(const struct general_name *name)
{
    if (name->tag == TAG_IP_ADDRESS) {
        return name->value.len == 4 || name->value.len == 16;
    }
    bool is_label_empty = true;
    for (size_t i = 0; i < name->value.len; i++) {
        bool is_dot = name->value.bytes[i] == '.';
        if (is_dot && is_label_empty) {
            return false;
        }
        is_label_empty = is_dot;
    }
    return !is_label_empty;
}

/* ---- Lists of them ---- */

struct matches {
    bool any_of_kind;
    bool any_within;
};

/* `subtrees` is what is inside GeneralSubtrees; one that is broken is BoringSSL's to refuse. */
static struct matches match(const struct general_name *name, CBS subtrees, bool is_exclusion)
{
    struct matches matches = {false, false};
    CBS subtree;
    struct general_name base;
    while (CBS_get_asn1(&subtrees, &subtree, CBS_ASN1_SEQUENCE) &&
           get_general_name(&subtree, &base)) {
        if (base.tag == name->tag) {
            matches.any_of_kind = true;
            matches.any_within = matches.any_within || is_within(name, base.value, is_exclusion);
        }
    }
    return matches;
}

static void check_name(enum name_constraints_verdict *verdict, const struct general_name *name,
                       CBS permitted, CBS excluded)
{
    bool is_known_kind = name->tag == TAG_DNS_NAME || name->tag == TAG_IP_ADDRESS;
    struct general_name asked = *name;
    if (!is_known_kind) {
        asked.value = (struct text){NULL, 0};
    }
    struct matches wanted = match(&asked, permitted, false);
    struct matches forbidden = match(&asked, excluded, true);
    bool is_constrained = wanted.any_of_kind || forbidden.any_of_kind;
    if (!is_constrained) {
        return;
    }
    if (!is_known_kind) {
        *verdict = *verdict == NAME_CONSTRAINTS_OBEYED ? NAME_CONSTRAINTS_UNDECIDED : *verdict;
    } else if (!is_well_formed(name) || (wanted.any_of_kind && !wanted.any_within) ||
               forbidden.any_within) {
        *verdict = NAME_CONSTRAINTS_VIOLATED;
    }
}

static bool get_subtrees(struct text constraints, CBS *out_permitted, CBS *out_excluded)
{
    CBS cbs = cbs_of(constraints);
    CBS inner;
    CBS_init(out_permitted, NULL, 0); /* what is left out is not set */
    CBS_init(out_excluded, NULL, 0);
    return CBS_get_asn1(&cbs, &inner, CBS_ASN1_SEQUENCE) &&
           CBS_get_optional_asn1(&inner, out_permitted, NULL, TAG_PERMITTED) &&
           CBS_get_optional_asn1(&inner, out_excluded, NULL, TAG_EXCLUDED);
}

static void check_names(enum name_constraints_verdict *verdict, struct text names,
                        struct text constraints)
{
    CBS permitted;
    CBS excluded;
    struct general_name name;
    if (!get_subtrees(constraints, &permitted, &excluded)) {
        return; /* BoringSSL refuses it */
    }
    for (CBS cbs = cbs_of(names);
         *verdict != NAME_CONSTRAINTS_VIOLATED && get_general_name(&cbs, &name);) {
        check_name(verdict, &name, permitted, excluded);
    }
}

/* Which of a path's certificates the constraints of those above bind: RFC 5280 section 6.1.3 (b),
 * one that an authority gave itself is not bound. */
static bool is_bound(const struct chain_path *path, size_t index)
{
    return index == 0 || !certificate_der_is_self_issued(&path->members[index]->der);
}

static uint64_t count_elements(CBS list)
{
    uint64_t num = 0;
    CBS element;
    while (CBS_get_any_asn1(&list, &element, NULL)) {
        num++;
    }
    return num;
}

/* BoringSSL compares the parts of the subject as well. */
static uint64_t count_names(const struct certificate_der *der)
{
    CBS subject = cbs_of(der->subject);
    CBS parts;
    uint64_t num = count_elements(cbs_of(der->subject_alt_name)) + 1;
    return CBS_get_asn1(&subject, &parts, CBS_ASN1_SEQUENCE) ? num + count_elements(parts) : num;
}

bool name_constraints_are_too_many(const struct chain_path *path)
{
    uint64_t num_comparisons = 0;
    uint64_t num_names = 0; /* below the member */
    for (size_t i = 0; i < path->num_members; i++) {
        const struct certificate_der *der = &path->members[i]->der;
        CBS permitted;
        CBS excluded;
        if (num_names > 0 && der->name_constraints.bytes != NULL &&
            get_subtrees(der->name_constraints, &permitted, &excluded)) {
            num_comparisons += num_names * (count_elements(permitted) + count_elements(excluded));
        }
        num_names += is_bound(path, i) ? count_names(der) : 0;
    }
    return num_comparisons > NAME_CONSTRAINTS_COMPARISONS_MAX;
}

enum name_constraints_verdict name_constraints_check(const struct chain_path *path)
{
    enum name_constraints_verdict verdict = NAME_CONSTRAINTS_OBEYED;
    for (size_t i = 0; i < path->num_members; i++) {
        if (!is_bound(path, i)) {
            continue;
        }
        for (size_t j = i + 1; j < path->num_members; j++) {
            struct text constraints = path->members[j]->der.name_constraints;
            if (constraints.bytes != NULL) {
                check_names(&verdict, path->members[i]->der.subject_alt_name, constraints);
            }
        }
    }
    return verdict;
}
