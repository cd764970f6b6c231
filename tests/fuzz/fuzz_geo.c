/*
 * A database of addresses, out of any bytes: it is refused with a sentence, or each look-up ends,
 * and what it gives is within its bounds.
 */
#include "io/base/geo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libmaxminddb 1.7 loses what it has read of metadata that turn out to be broken. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libmaxminddb";
}

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void look_up(const struct geo *geo, const char *text)
{
    struct address address;
    struct geo_record record;
    require(address_parse(text, &address));
    if (geo_look_up(geo, &address, &record)) {
        require(memchr(record.country, '\0', sizeof(record.country)) != NULL);
        size_t sum = 0;
        for (size_t i = 0; i < record.as_org_len; i++) {
            sum += (unsigned char)record.as_org[i];
        }
        require(sum <= record.as_org_len * 255); /* all of it can be read */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64], error[512] = "";
    int fd = memfd_create("mmdb", MFD_CLOEXEC);
    require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    const char *paths[] = {path};
    struct geo *geo = geo_new(paths, 1, error, sizeof(error));
    require((geo == NULL) == (error[0] != '\0'));
    if (geo != NULL) {
        look_up(geo, "127.0.0.1");
        look_up(geo, "127.200.3.4");
        look_up(geo, "192.0.2.1");
        look_up(geo, "2001:db8::1");
        geo_free(geo);
    }
    close(fd);
    return 0;
}
