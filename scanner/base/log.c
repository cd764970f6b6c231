#include "scanner/base/log.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "io/base/utf8.h"
#include "scanner/base/config.h"

#define LOG_LINE_MAX 1024

/* Names of files and the words of servers stand in messages, and a terminal takes no commands from
 * them: controls (ECMA-48: C0, DEL, C1) and what is no UTF-8 become question marks. */
static void disarm(char *text)
{
    unsigned char *bytes = (unsigned char *)text;
    size_t len = strlen(text);
    size_t used;
    for (size_t i = 0; i < len; i += used) {
        size_t character_len = utf8_len(bytes + i, len - i);
        used = character_len > 0 ? character_len : 1;
        uint32_t character = character_len > 0 ? utf8_decode(bytes + i, character_len) : 0;
        if (character < 0x20 || (character >= 0x7f && character < 0xa0)) {
            memset(bytes + i, '?', used);
        }
    }
}

/* One write per line, so that threads do not mix within a line. */
__attribute__((format(printf, 2, 0))) static void write_line(const char *prefix, const char *format,
                                                             va_list arguments)
{
    char text[LOG_LINE_MAX];
    vsnprintf(text, sizeof(text), format, arguments);
    disarm(text);
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
