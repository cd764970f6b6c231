/*
 * How many addresses of each host are asked, where a domain has more of them than --max-addresses:
 * at least one of each host, then as many as there is room for, in the order of preference. Pure.
 */
#ifndef MXGRADE_SCANNER_ADDRESS_SHARE_H
#define MXGRADE_SCANNER_ADDRESS_SHARE_H

#include <stddef.h>

/*
 * How many addresses of each of `num_hosts` hosts are asked at first, when nobody knows yet how
 * many they have. It is a power of two, ADDRESS_SHARE_FIRST at most, so that domains that share a
 * host mostly ask the same of it. With more hosts than addresses that may be asked it is 1, and
 * only the first `most` hosts are asked. `most` is 1 or more.
 */
#define ADDRESS_SHARE_FIRST 8
unsigned address_share_first(unsigned most, size_t num_hosts);

/*
 * The next host in the order of preference has `num_left` addresses that were not asked. Returns
 * how many of these may be asked as well, and takes them off the `room`.
 */
unsigned address_share_more(unsigned *room, size_t num_left);

#endif
