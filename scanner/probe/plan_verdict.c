#include "scanner/probe/plan_rules.h"

void plan_say(struct server_facts *facts, enum tls_version version, bool value,
              const char *evidence)
{
    if (facts->versions[version].value == TRI_UNKNOWN) {
        facts->versions[version].value = value ? TRI_YES : TRI_NO;
        facts->evidence[version] = evidence;
    }
}

void plan_answer(struct verdict *verdict, bool value)
{
    if (verdict->value == TRI_UNKNOWN) {
        verdict->value = value ? TRI_YES : TRI_NO;
    }
}

void plan_leave_open(struct verdict *verdict, enum outcome reason)
{
    if (verdict->value == TRI_UNKNOWN) {
        verdict->reason = reason;
    }
}

bool plan_is_open(const struct verdict *verdict)
{
    return verdict->value == TRI_UNKNOWN && verdict->reason == OUTCOME_NOT_TESTED;
}

bool plan_is_hang_up(enum outcome reason)
{
    return reason == OUTCOME_TLS_CLOSED || reason == OUTCOME_TLS_RESET ||
           reason == OUTCOME_TLS_ALERT;
}

bool plan_has(const struct server_facts *facts, enum tls_version version)
{
    return facts->versions[version].value == TRI_YES;
}

bool plan_lacks(const struct server_facts *facts, enum tls_version version)
{
    return facts->versions[version].value == TRI_NO;
}

bool plan_has_any(const struct server_facts *facts)
{
    for (unsigned i = 0; i < TLS_VERSION_COUNT; i++) {
        if (plan_has(facts, (enum tls_version)i)) {
            return true;
        }
    }
    return false;
}

bool plan_is_tls13_only(const struct server_facts *facts)
{
    return plan_has(facts, TLS_1_3) && plan_lacks(facts, TLS_1_2) && plan_lacks(facts, TLS_1_1) &&
           plan_lacks(facts, TLS_1_0) && plan_lacks(facts, TLS_SSL3);
}

bool plan_oldest_beside_tls12(const struct server_facts *facts, enum hello_version *out_version)
{
    static const enum hello_version hellos[] = {
        [TLS_SSL3] = HELLO_SSL3, [TLS_1_0] = HELLO_TLS1_0, [TLS_1_1] = HELLO_TLS1_1};
    for (unsigned i = TLS_SSL3; plan_has(facts, TLS_1_2) && i < TLS_1_2; i++) {
        if (plan_has(facts, (enum tls_version)i)) {
            *out_version = hellos[i];
            return true;
        }
    }
    return false;
}

bool plan_version_of_wire(uint16_t wire, enum tls_version *out_version)
{
    /* 0x0300 is SSLv3, 0x0301 TLS 1.0, and so on: RFC 8446 appendix D. */
    if (wire < 0x0300 || wire > 0x0304) {
        return false;
    }
    *out_version = (enum tls_version)(TLS_SSL3 + (wire - 0x0300));
    return true;
}

void plan_version_seen(struct server_facts *facts, uint16_t wire)
{
    enum tls_version version;
    if (plan_version_of_wire(wire, &version)) {
        facts->versions[version] = (struct verdict){.value = TRI_YES};
        facts->evidence[version] = "ServerHello";
    }
}
