#include "scanner/base/lookup.h"

enum outcome outcome_of_lookup(enum dns_outcome outcome)
{
    switch (outcome) {
    case DNS_OK:
        return OUTCOME_OK;
    case DNS_NODATA:
        return OUTCOME_DNS_NODATA;
    case DNS_NXDOMAIN:
        return OUTCOME_DNS_NXDOMAIN;
    case DNS_SERVFAIL:
        return OUTCOME_DNS_SERVFAIL;
    case DNS_REFUSED_:
        return OUTCOME_DNS_REFUSED;
    case DNS_TIMED_OUT:
        return OUTCOME_DNS_TIMEOUT;
    case DNS_BAD_ANSWER:
        return OUTCOME_DNS_MALFORMED;
    case DNS_SHORTAGE:
        return OUTCOME_LOCAL_ERROR;
    case DNS_CANCELLED:
        break;
    }
    return OUTCOME_INTERRUPTED;
}

bool lookup_may_pass(enum dns_outcome outcome, bool bogus)
{
    switch (outcome) {
    case DNS_SERVFAIL:
        return !bogus;
    case DNS_REFUSED_:
    case DNS_TIMED_OUT:
    case DNS_BAD_ANSWER:
        return true;
    case DNS_OK:
    case DNS_NODATA:
    case DNS_NXDOMAIN:
    case DNS_SHORTAGE:
    case DNS_CANCELLED:
        break;
    }
    return false;
}
