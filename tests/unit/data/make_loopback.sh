#!/bin/sh
# Makes the databases of tests/unit/test_geo.c anew. Run from the root of the repository.
set -eu

data=tests/unit/data

perl tests/wire/make_mmdb.pl "$data/loopback.mmdb" \
    127.0.1.0/24 DE 64496 "Example Networks" \
    --layout registered 127.0.2.0/24 FR 64497 "Registered Only" \
    --layout flat 127.0.3.0/24 nl 64498 "Flat Layout" \
    --layout ipinfo 127.0.4.0/24 SE 64499 "Text Number" \
    --layout enterprise 127.0.5.0/24 CH 64500 "Under Traits" \
    --layout maxmind 127.0.6.0/24 AT "" "" \
    127.0.7.0/24 "" 64501 "No Country" \
    127.0.8.0/24 ZZ 0 "Nobody" \
    127.0.9.0/24 IT 64502 "" \
    127.0.11.0/24 IT 64505 "" \
    ::1/128 US 64503 "Six" \
    2001:db8::/32 JP 64504 "Documentation"

perl tests/wire/make_mmdb.pl --ip-version 4 "$data/loopback_ipv4.mmdb" \
    --layout ipinfo 127.0.1.0/24 ES 64510 "Second Database" \
    127.0.6.0/24 ES 64510 "Second Database" \
    127.0.7.0/24 ES 64510 "Second Database" \
    127.0.9.0/24 ES 64502 "Late Name" \
    127.0.10.0/24 PT 64511 "Only Here" \
    127.0.11.0/24 ES 64510 "Second Database"
