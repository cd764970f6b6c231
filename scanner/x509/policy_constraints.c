#include "scanner/x509/policy_constraints.h"

#include <string.h>

#include <openssl/bytestring.h>

#define TAG_REQUIRE_EXPLICIT_POLICY (CBS_ASN1_CONTEXT_SPECIFIC | 0)
#define TAG_INHIBIT_POLICY_MAPPING  (CBS_ASN1_CONTEXT_SPECIFIC | 1)

static const uint8_t oid_any_policy[] = {0x55, 0x1d, 0x20, 0x00};

/* Policies that are valid at one level. `has_any`: every other one too. */
struct policy_set {
    CBS oids[POLICIES_MAX];
    size_t num_oids;
    bool has_any;
};

/* The state variables of RFC 5280 section 6.1.2 that matter here. */
struct policy_state {
    struct policy_set valid;
    size_t explicit_policy; /* certificates left until a policy is demanded */
    size_t policy_mapping;
    size_t inhibit_any_policy;
};

static CBS cbs_of(struct text text)
{
    CBS cbs;
    CBS_init(&cbs, (const uint8_t *)text.bytes, text.len);
    return cbs;
}

static bool is_any_policy(const CBS *oid)
{
    return CBS_mem_equal(oid, oid_any_policy, sizeof(oid_any_policy)) == 1;
}

static bool set_has(const struct policy_set *set, const CBS *oid)
{
    for (size_t i = 0; i < set->num_oids; i++) {
        if (CBS_mem_equal(&set->oids[i], CBS_data(oid), CBS_len(oid)) == 1) {
            return true;
        }
    }
    return false;
}

/* False where there is no room. */
static bool set_add(struct policy_set *set, const CBS *oid)
{
    if (set_has(set, oid)) {
        return true;
    }
    if (set->num_oids == POLICIES_MAX) {
        return false;
    }
    set->oids[set->num_oids++] = *oid;
    return true;
}

static void set_remove(struct policy_set *set, const CBS *oid)
{
    for (size_t i = 0; i < set->num_oids; i++) {
        if (CBS_mem_equal(&set->oids[i], CBS_data(oid), CBS_len(oid)) == 1) {
            set->oids[i] = set->oids[--set->num_oids];
            return;
        }
    }
}

static bool set_is_empty(const struct policy_set *set)
{
    return set->num_oids == 0 && !set->has_any;
}

/* RFC 5280 section 6.1.3 (d) and (e). */
static bool apply_policies(struct policy_state *state, const struct certificate_der *der,
                           bool may_have_any)
{
    struct policy_set next = {.num_oids = 0};
    CBS cbs = cbs_of(der->policies);
    CBS policies;
    bool names_any = false;
    if (der->policies.bytes == NULL) {
        state->valid = next;
        return true;
    }
    if (!CBS_get_asn1(&cbs, &policies, CBS_ASN1_SEQUENCE) || CBS_len(&cbs) != 0) {
        return false;
    }
    while (CBS_len(&policies) > 0) {
        CBS information;
        CBS oid;
        if (!CBS_get_asn1(&policies, &information, CBS_ASN1_SEQUENCE) ||
            !CBS_get_asn1(&information, &oid, CBS_ASN1_OBJECT)) {
            return false;
        }
        if (is_any_policy(&oid)) {
            names_any = true;
        } else if ((state->valid.has_any || set_has(&state->valid, &oid)) &&
                   !set_add(&next, &oid)) {
            return false;
        }
    }
    if (names_any && may_have_any) {
        next.has_any = state->valid.has_any;
        for (size_t i = 0; i < state->valid.num_oids; i++) {
            if (!set_add(&next, &state->valid.oids[i])) {
                return false;
            }
        }
    }
    state->valid = next;
    return true;
}

/* RFC 5280 section 6.1.4 (a) and (b). */
static bool apply_mappings(struct policy_state *state, const struct certificate_der *der)
{
    const struct policy_set valid = state->valid;
    CBS cbs = cbs_of(der->policy_mappings);
    CBS mappings;
    if (der->policy_mappings.bytes == NULL) {
        return true;
    }
    if (!CBS_get_asn1(&cbs, &mappings, CBS_ASN1_SEQUENCE) || CBS_len(&cbs) != 0) {
        return false;
    }
    /* What is mapped no longer stands for itself, unless something is mapped to it. */
    for (CBS rest = mappings; CBS_len(&rest) > 0;) {
        CBS mapping;
        CBS from;
        CBS to;
        if (!CBS_get_asn1(&rest, &mapping, CBS_ASN1_SEQUENCE) ||
            !CBS_get_asn1(&mapping, &from, CBS_ASN1_OBJECT) ||
            !CBS_get_asn1(&mapping, &to, CBS_ASN1_OBJECT) || is_any_policy(&from) ||
            is_any_policy(&to)) {
            return false;
        }
        set_remove(&state->valid, &from);
    }
    while (state->policy_mapping > 0 && CBS_len(&mappings) > 0) {
        CBS mapping;
        CBS from;
        CBS to;
        if (!CBS_get_asn1(&mappings, &mapping, CBS_ASN1_SEQUENCE) ||
            !CBS_get_asn1(&mapping, &from, CBS_ASN1_OBJECT) ||
            !CBS_get_asn1(&mapping, &to, CBS_ASN1_OBJECT)) {
            return false;
        }
        if ((valid.has_any || set_has(&valid, &from)) && !set_add(&state->valid, &to)) {
            return false;
        }
    }
    return true;
}

static void lower(size_t *counter, uint64_t limit)
{
    if (limit < *counter) {
        *counter = (size_t)limit;
    }
}

/* False where it cannot be read. */
static bool lower_by_field(CBS *sequence, unsigned tag, size_t *counter)
{
    CBS number;
    int is_present;
    uint64_t value = 0;
    if (!CBS_get_optional_asn1(sequence, &number, &is_present, tag)) {
        return false;
    }
    if (!is_present) {
        return true;
    }
    /* More certificates than any path has are as good as no limit. */
    if (CBS_len(&number) == 0 || CBS_len(&number) > 8 || (CBS_data(&number)[0] & 0x80) != 0) {
        return CBS_len(&number) > 8;
    }
    while (CBS_len(&number) > 0) {
        uint8_t byte;
        (void)CBS_get_u8(&number, &byte);
        value = value << 8 | byte;
    }
    lower(counter, value);
    return true;
}

/* RFC 5280 section 6.1.4 (i) and (j). */
static bool apply_constraints(struct policy_state *state, const struct certificate_der *der)
{
    CBS cbs = cbs_of(der->policy_constraints);
    CBS sequence;
    uint64_t skip;
    if (der->policy_constraints.bytes != NULL &&
        (!CBS_get_asn1(&cbs, &sequence, CBS_ASN1_SEQUENCE) || CBS_len(&cbs) != 0 ||
         !lower_by_field(&sequence, TAG_REQUIRE_EXPLICIT_POLICY, &state->explicit_policy) ||
         !lower_by_field(&sequence, TAG_INHIBIT_POLICY_MAPPING, &state->policy_mapping) ||
         CBS_len(&sequence) != 0)) {
        return false;
    }
    cbs = cbs_of(der->inhibit_any_policy);
    if (der->inhibit_any_policy.bytes != NULL) {
        if (!CBS_get_asn1_uint64(&cbs, &skip)) {
            return false;
        }
        lower(&state->inhibit_any_policy, skip);
    }
    return true;
}

static void count_down(size_t *counter)
{
    *counter -= *counter > 0 ? 1 : 0;
}

/* RFC 5280 section 6.1.4: from one certificate to the next below. */
static bool prepare_next(struct policy_state *state, const struct certificate_der *der)
{
    if (!apply_mappings(state, der)) {
        return false;
    }
    if (!certificate_der_is_self_issued(der)) {
        count_down(&state->explicit_policy);
        count_down(&state->policy_mapping);
        count_down(&state->inhibit_any_policy);
    }
    return apply_constraints(state, der);
}

static bool demands_a_policy(const struct chain_path *path, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        if (path->members[i]->der.policy_constraints.bytes != NULL) {
            return true;
        }
    }
    return false;
}

bool policy_constraints_obeyed(const struct chain_path *path)
{
    /* A trust anchor is a name and a key: its extensions bind nobody (RFC 5280 section 6.1.1). */
    size_t num = path->num_members - (path->end >= CHAIN_PATH_FOREIGN_ROOT ? 1 : 0);
    if (!demands_a_policy(path, num)) {
        return true;
    }
    struct policy_state state = {.valid.has_any = true,
                                 .explicit_policy = num + 1,
                                 .policy_mapping = num + 1,
                                 .inhibit_any_policy = num + 1};
    for (size_t i = num; i > 0; i--) {
        const struct certificate_der *der = &path->members[i - 1]->der;
        bool is_leaf = i == 1;
        bool may_have_any =
            state.inhibit_any_policy > 0 || (!is_leaf && certificate_der_is_self_issued(der));
        if (!apply_policies(&state, der, may_have_any) ||
            (state.explicit_policy == 0 && set_is_empty(&state.valid)) ||
            (!is_leaf && !prepare_next(&state, der))) {
            return false;
        }
    }
    /* RFC 5280 section 6.1.5 (a) and (b): the leaf itself may demand one, with no certificate
     * left to skip. */
    count_down(&state.explicit_policy);
    struct policy_state last = state;
    if (num > 0 && !apply_constraints(&last, &path->members[0]->der)) {
        return false;
    }
    bool is_demanded = state.explicit_policy == 0 || last.explicit_policy == 0;
    return !is_demanded || !set_is_empty(&state.valid);
}
