#include "scanner/engine/address_share.h"

unsigned address_share_first(unsigned most, size_t num_hosts)
{
    unsigned share = ADDRESS_SHARE_FIRST;
    while (share > 1 && share * num_hosts > most) {
        share /= 2;
    }
    return share;
}

unsigned address_share_more(unsigned *room, size_t num_left)
{
    unsigned more = num_left < *room ? (unsigned)num_left : *room;
    *room -= more;
    return more;
}
