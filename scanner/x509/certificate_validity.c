#include "scanner/x509/certificate_validity.h"

#include <limits.h>
#include <stddef.h>

#include "io/base/calendar.h"

unsigned certificate_validity_days(int64_t not_before, int64_t not_after)
{
    if (not_after < not_before) {
        return 0;
    }
    int64_t days = (not_after - not_before) / CALENDAR_DAY + 1;
    return days > INT_MAX ? INT_MAX : (unsigned)days;
}

unsigned certificate_validity_limit(int64_t not_before)
{
    /* Ballots 193, SC31 and SC081v3. */
    static const struct {
        int64_t issued_from;
        unsigned days;
    } limits[] = {
        {1868227200, 47},  /* 2029-03-15 */
        {1805068800, 100}, /* 2027-03-15 */
        {1773532800, 200}, /* 2026-03-15 */
        {1598918400, 398}, /* 2020-09-01 */
        {1519862400, 825}, /* 2018-03-01 */
    };
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        if (not_before >= limits[i].issued_from) {
            return limits[i].days;
        }
    }
    return 0;
}
