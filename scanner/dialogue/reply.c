#include "scanner/dialogue/reply.h"

#include <string.h>

void reply_keep_text(struct reply_reader *reply, const char *line, size_t len)
{
    if (reply->num_lines > 0 && reply->text_len < REPLY_TEXT_MAX) {
        reply->text[reply->text_len++] = '\n';
    }
    size_t room = REPLY_TEXT_MAX - reply->text_len;
    size_t kept = len < room ? len : room;
    memcpy(reply->text + reply->text_len, line, kept);
    reply->text_len += kept;
    reply->num_lines++;
}
