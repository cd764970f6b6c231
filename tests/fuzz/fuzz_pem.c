/*
 * A PEM file, out of any bytes: it gives certificates, or a sentence that says why there are none.
 */
#include "scanner/x509/pem_file.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64], error[512] = "";
    int fd = memfd_create("pem", MFD_CLOEXEC);
    require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct arena arena = {0};
    struct pem_list list;
    bool ok = pem_file_read(&arena, path, &list, error, sizeof(error));
    require(ok == (error[0] == '\0'));
    require(!ok || list.num_certificates > 0);
    for (size_t i = 0; ok && i < list.num_certificates; i++) {
        require(list.certificates[i].len <= size);
    }
    arena_free(&arena);
    close(fd);
    return 0;
}
