/* zstd frames of a test: made and undone whole. */
#ifndef MXGRADE_TESTS_ZSTD_TEXT_H
#define MXGRADE_TESTS_ZSTD_TEXT_H

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

/* Appends `text` as a frame of its own; returns the length so far. */
static inline size_t zstd_add_frame(char *packed, size_t used, size_t size, const char *text,
                                    size_t len)
{
    size_t frame_len = ZSTD_compress(packed + used, size - used, text, len, 3);
    assert_false(ZSTD_isError(frame_len));
    return used + frame_len;
}

/* All frames, with a NUL behind; the caller frees it. Every frame must be whole. */
static inline char *zstd_text(const char *packed, size_t packed_len, size_t *out_len,
                              unsigned *out_num_frames)
{
    size_t size = 1u << 20;
    char *text = malloc(size);
    assert_non_null(text);
    *out_len = 0;
    *out_num_frames = 0;
    while (packed_len > 0) {
        size_t frame_len = ZSTD_findFrameCompressedSize(packed, packed_len);
        assert_false(ZSTD_isError(frame_len));
        size_t len = ZSTD_decompress(text + *out_len, size - 1 - *out_len, packed, frame_len);
        assert_false(ZSTD_isError(len));
        *out_len += len;
        *out_num_frames += 1;
        packed += frame_len;
        packed_len -= frame_len;
    }
    text[*out_len] = '\0';
    return text;
}

#endif
