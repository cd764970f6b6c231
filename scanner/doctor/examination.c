#include "scanner/doctor/examination.h"

#include <stdarg.h>
#include <stdio.h>

double examination_left(const struct examination *examination, double most)
{
    double left = moment_between(clock_now(), examination->deadline);
    return left < 0 ? 0 : left < most ? left : most;
}

void finding_set(struct doctor_finding *finding, enum doctor_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    finding->status = status;
    (void)vsnprintf(finding->found, sizeof(finding->found), format, arguments);
    va_end(arguments);
}

void finding_advise(struct doctor_finding *finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(finding->remedy, sizeof(finding->remedy), format, arguments);
    va_end(arguments);
}
