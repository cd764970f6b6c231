#include "scanner/engine/run_id.h"

#include <openssl/rand.h>

#include "io/base/hex.h"

void run_id_new(char out_id[RUN_ID_LEN + 1])
{
    uint8_t bits[RUN_ID_LEN / 2];
    RAND_bytes(bits, sizeof(bits));
    *hex_write(out_id, bits, sizeof(bits), HEX_LOWER) = '\0';
}
