#include "output/report/report_island.h"

#include <libdeflate.h>
#include <openssl/base64.h>
#include <stdlib.h>

#define PACK_LEVEL 6 /* of 12; levels above cost several times as much for a few percent */
/* A multiple of 3, so that only the last piece has padding. */
#define PIECE           (3 * 4096)
#define BASE64_LEN(len) (((len) + 2) / 3 * 4)

struct report_packer {
    struct libdeflate_compressor *compressor;
    uint8_t *packed;
    size_t packed_size; /* room */
};

struct report_packer *report_packer_new(void)
{
    struct report_packer *packer = malloc(sizeof(*packer));
    if (packer == NULL) {
        return NULL;
    }
    *packer = (struct report_packer){.compressor = libdeflate_alloc_compressor(PACK_LEVEL)};
    if (packer->compressor == NULL) {
        free(packer);
        return NULL;
    }
    return packer;
}

void report_packer_free(struct report_packer *packer)
{
    if (packer != NULL) {
        libdeflate_free_compressor(packer->compressor);
        free(packer->packed);
        free(packer);
    }
}

static bool make_room(struct report_packer *packer, size_t size)
{
    if (size > packer->packed_size) {
        uint8_t *packed = realloc(packer->packed, size);
        if (packed == NULL) {
            return false;
        }
        packer->packed = packed;
        packer->packed_size = size;
    }
    return true;
}

static void put_base64(FILE *page, const uint8_t *bytes, size_t len)
{
    uint8_t text[BASE64_LEN(PIECE) + 1];
    for (size_t done = 0; done < len; done += PIECE) {
        size_t piece = len - done < PIECE ? len - done : PIECE;
        size_t text_len = EVP_EncodeBlock(text, bytes + done, piece);
        fwrite(text, 1, text_len, page);
    }
}

bool report_island_write(struct report_packer *packer, FILE *page, const char *name, size_t number,
                         struct text json)
{
    if (json.bytes == NULL ||
        !make_room(packer, libdeflate_zlib_compress_bound(packer->compressor, json.len))) {
        return false;
    }
    size_t len = libdeflate_zlib_compress(packer->compressor, json.bytes, json.len, packer->packed,
                                          packer->packed_size);
    fprintf(page, "<script type=\"text/x-packed-json\" id=\"%s%zu\">", name, number);
    put_base64(page, packer->packed, len);
    fputs("</script>\n", page);
    return ferror(page) == 0;
}

bool report_island_put_value(FILE *stream, const struct json_writer *value)
{
    struct text json = json_writer_text(value);
    return json.bytes != NULL && fwrite_unlocked(json.bytes, 1, json.len, stream) == json.len;
}
