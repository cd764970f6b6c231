/* Is the clock right? Certificates are judged by it, and so are signatures in the DNS. */
#include "io/base/calendar.h"
#include "io/base/clock.h"
#include "scanner/base/version.h"
#include "scanner/doctor/checks.h"

/* No program is used for so long. */
#define DAYS_OF_USE (20 * 365)

static void set_wrong(struct doctor_finding *finding, const char *shown, const char *relation)
{
    finding_set(finding, DOCTOR_FAILED,
                "the clock says %s, %s this program was made (" MXGRADE_DATE
                "); certificates and DNSSEC are judged by it",
                shown, relation);
    finding_advise(finding, "set it, and have it kept by NTP");
}

void check_clock(struct examination *examination, struct doctor_finding *finding)
{
    char shown[CALENDAR_TEXT_MAX + 1] = "a year past 9999";
    int64_t made;
    int64_t now = (int64_t)clock_wall();
    (void)examination;
    size_t len = calendar_write((double)now, false, shown);
    shown[len > 0 ? len : sizeof("a year past 9999") - 1] = '\0';
    (void)calendar_read(MXGRADE_DATE "T00:00:00Z", &made);
    if (now < made - CALENDAR_DAY) {
        set_wrong(finding, shown, "before");
    } else if (now > made + (int64_t)DAYS_OF_USE * CALENDAR_DAY) {
        set_wrong(finding, shown, "20 years after");
    } else if (clock_keeping() == CLOCK_NOT_KEPT) {
        finding_set(finding, DOCTOR_WARNING, "the clock says %s, and nothing keeps it right",
                    shown);
        finding_advise(finding, "run an NTP client such as systemd-timesyncd or chrony");
    } else {
        finding_set(finding, DOCTOR_FINE, "the clock says %s%s", shown,
                    clock_keeping() == CLOCK_IS_KEPT ? ", and is kept right" : "");
    }
}
