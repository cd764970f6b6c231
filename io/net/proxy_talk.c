#include "io/net/proxy_talk.h"

#include <assert.h>
#include <string.h>

void proxy_talk_say(struct proxy_talk *talk, const void *bytes, size_t len)
{
    assert(len <= sizeof(talk->request));
    memcpy(talk->request, bytes, len);
    talk->request_len = len;
    talk->num_sent = 0;
}

void proxy_talk_break(struct proxy_talk *talk, enum proxy_trouble trouble, unsigned code)
{
    talk->state = PROXY_BROKEN;
    talk->fault = (struct proxy_fault){trouble, (uint16_t)code};
}

void proxy_talk_refuse(struct proxy_talk *talk, int error)
{
    talk->state = PROXY_NO_WAY;
    talk->error = error;
}
