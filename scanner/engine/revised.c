#include "scanner/engine/revised.h"

#include <stdio.h>
#include <string.h>

void revised_init(struct revised *revised)
{
    memset(revised, 0, sizeof(*revised));
    pthread_mutex_init(&revised->lock, NULL);
}

void revised_fini(struct revised *revised)
{
    pthread_mutex_destroy(&revised->lock);
}

void revised_add(struct revised *revised, const struct address *address, uint16_t port)
{
    char text[ADDRESS_TEXT_MAX];
    address_format(address, text);
    pthread_mutex_lock(&revised->lock);
    if (revised->num < REVISED_MAX) {
        char *item = revised->texts[revised->num];
        snprintf(item, sizeof(revised->texts[0]), address->family == 6 ? "[%s]:%u" : "%s:%u", text,
                 port);
        revised->items[revised->num++] = item;
    }
    pthread_mutex_unlock(&revised->lock);
}

size_t revised_count(struct revised *revised)
{
    pthread_mutex_lock(&revised->lock);
    size_t num = revised->num;
    pthread_mutex_unlock(&revised->lock);
    return num;
}
