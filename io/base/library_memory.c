#include "io/base/library_memory.h"

#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <openssl/err.h>

/*
 * BoringSSL calls these in place of its own allocator if a program defines them (openssl/mem.h).
 * Its own does not always report that memory is lacking: a certificate whose list of extensions
 * found none is an error in ASN.1 to it.
 */
void *OPENSSL_memory_alloc(size_t size);
void OPENSSL_memory_free(void *memory);
size_t OPENSSL_memory_get_size(void *memory);

void *OPENSSL_memory_alloc(size_t size)
{
    /* Of nothing malloc() may give NULL, which would be taken for a lack of memory. */
    void *memory = malloc(size > 0 ? size : 1);
    if (memory == NULL) {
        OPENSSL_PUT_ERROR(CRYPTO, ERR_R_MALLOC_FAILURE);
    }
    return memory;
}

void OPENSSL_memory_free(void *memory)
{
    free(memory);
}

size_t OPENSSL_memory_get_size(void *memory)
{
    return malloc_usable_size(memory);
}

bool library_lacked_memory(void)
{
    bool has_lacked = false;
    uint32_t error;
    /* Functions that called the one that lacked memory report errors of their own after it. */
    while ((error = ERR_get_error()) != 0) {
        has_lacked |= ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
    }
    return has_lacked;
}
