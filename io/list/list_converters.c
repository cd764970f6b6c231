#include "io/list/list_converters.h"

/* All but UTF-8, UTF-16 and UTF-32, whose code is in the C library itself. */
static const char *const names[] = {
    "BIG5",         "EUC-JP",       "EUC-KR",       "EUC-TW",       "GB18030",
    "IBM852",       "IBM855",       "IBM862",       "IBM865",       "IBM866",
    "ISO-2022-CN",  "ISO-2022-JP",  "ISO-2022-KR",  "ISO-8859-1",   "ISO-8859-10",
    "ISO-8859-11",  "ISO-8859-13",  "ISO-8859-15",  "ISO-8859-16",  "ISO-8859-2",
    "ISO-8859-3",   "ISO-8859-4",   "ISO-8859-5",   "ISO-8859-6",   "ISO-8859-7",
    "ISO-8859-8",   "ISO-8859-9",   "JOHAB",        "KOI8-R",       "MAC-CENTRALEUROPE",
    "MAC-CYRILLIC", "SHIFT_JIS",    "TIS-620",      "UHC",          "VISCII",
    "WINDOWS-1250", "WINDOWS-1251", "WINDOWS-1252", "WINDOWS-1253", "WINDOWS-1254",
    "WINDOWS-1255", "WINDOWS-1256", "WINDOWS-1257", "WINDOWS-1258"};

_Static_assert(sizeof(names) / sizeof(names[0]) <= LIST_CONVERTERS_MAX, "there is room for each");

void list_converters_hold(struct list_converters *converters)
{
    converters->num = 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        iconv_t converter = iconv_open("UTF-8", names[i]);
        if (converter != (iconv_t)-1) {
            converters->held[converters->num++] = converter;
        }
    }
}

void list_converters_release(struct list_converters *converters)
{
    for (size_t i = 0; i < converters->num; i++) {
        iconv_close(converters->held[i]);
    }
    converters->num = 0;
}
