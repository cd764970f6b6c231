#include "scanner/base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "scanner/base/config.h"

#define LOG_LINE_MAX 1024

/* One write per line, so that threads do not mix within a line. */
__attribute__((format(printf, 2, 0))) static void write_line(const char *prefix, const char *format,
                                                             va_list arguments)
{
    char text[LOG_LINE_MAX];
    vsnprintf(text, sizeof(text), format, arguments);
    fprintf(stderr, "%s%s\n", prefix, text);
}

void log_message(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_line("mxgrade: ", format, arguments);
    va_end(arguments);
}

void log_trace(const struct config *config, const char *format, ...)
{
    if (!config->verbose) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    write_line("mxgrade: trace: ", format, arguments);
    va_end(arguments);
}
