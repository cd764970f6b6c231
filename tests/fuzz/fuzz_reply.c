/*
 * What mail servers say, in every protocol and phase, cut into any pieces: a reply ends or goes on,
 * keeps no more text than there is room for, and reads alike however it was cut.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/line_reader.h"
#include "scanner/dialogue/service.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"smtp", "submission", "imap", "pop3", "sieve"};

struct outcome_of_reading {
    enum reply_status status;
    struct reply_reader reply;
    struct capabilities capabilities;
};

static void read_all(const struct service *service, enum dialogue_phase phase, const uint8_t *bytes,
                     size_t size, size_t piece, struct outcome_of_reading *out)
{
    struct line_reader lines = {0};
    memset(out, 0, sizeof(*out));
    out->status = REPLY_MORE;
    for (size_t at = 0; at < size && out->status == REPLY_MORE; at += piece) {
        const char *rest = (const char *)bytes + at, *line;
        size_t len = size - at < piece ? size - at : piece, line_len;
        while (out->status == REPLY_MORE &&
               line_reader_next(&lines, &rest, &len, &line, &line_len) == LINE_READY) {
            out->status =
                service->read_line(&out->reply, phase, line, line_len, &out->capabilities);
        }
    }
    line_reader_fini(&lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    const char *name = names[data[0] % (sizeof(names) / sizeof(names[0]))];
    const struct service *service = service_find(name, strlen(name));
    enum dialogue_phase phase = (enum dialogue_phase)(data[1] % DIALOGUE_PHASE_COUNT);
    struct outcome_of_reading whole, pieces;
    read_all(service, phase, data + 2, size - 2, size, &whole);
    read_all(service, phase, data + 2, size - 2, 1 + data[0] % 7, &pieces);
    if (whole.reply.text_len > REPLY_TEXT_MAX || whole.reply.joiner.len > LITERAL_JOINED_MAX ||
        whole.status != pieces.status || whole.reply.num_lines != pieces.reply.num_lines ||
        whole.reply.answers_injected != pieces.reply.answers_injected ||
        memcmp(&whole.capabilities, &pieces.capabilities, sizeof(whole.capabilities)) != 0) {
        abort();
    }
    return 0;
}
