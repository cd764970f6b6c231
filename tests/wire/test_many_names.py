#!/usr/bin/env python3
"""Scans many host names on four addresses. Each name has a handshake of its own, and what concerns
the server is asked once per address, so that no name is left ungraded because of the others.

usage: test_many_names.py [NAMES]

`make torture` takes 5,000 names.
"""
import collections
import contextlib
import sys

import runner
from fleet import Fleet
from fleet import EHLO as FLEET_EHLO
from lab import Lab, codes

NUM_NAMES = int(sys.argv[1]) if len(sys.argv) > 1 else 500
NUM_ADDRESSES = 4
PROBES_MAX = 12  # about a server, at standard depth
SECONDS = 240
HEALTHY = "ok_tls12_13"  # a behaviour of the fleet


def name_of(number):
    return f"h{number}.plain.test"


class World:
    def __init__(self, lab, fleet):
        self.lab, self.fleet = lab, fleet
        # The addresses of four healthy hosts. Their certificates name none of our names.
        self.addresses = [row["address"] for row in fleet.expect().endpoints.values()][:NUM_ADDRESSES]
        for number in range(NUM_NAMES):
            lab.dns.add(name_of(number), "A " + self.address_of(number))
        self.results = self.stats = None

    def address_of(self, number):
        return self.addresses[number % NUM_ADDRESSES]

    def scan(self):
        text = "".join(name_of(number) + "\n" for number in range(NUM_NAMES))
        self.results = self.fleet.scan(
            self.fleet.write("names.txt", text), "--hosts", "--resolver", self.lab.dns.resolver,
            "--ehlo", FLEET_EHLO, "--per-address", "50", "--dns-timeout", "10",
            "--handshake-timeout", "20", "--reply-timeout", "20", "--banner-timeout", "20",
            "--target-timeout", "60", seconds=SECONDS)
        _, self.stats = self.fleet.stats()


def test_every_name_is_graded_alike(world):
    records = world.results.endpoints
    assert len(records) == NUM_NAMES, len(records)
    seen = collections.Counter((record["grade"], record["outcome"], tuple(sorted(codes(record))),
                                tuple(record["open"])) for record in records)
    assert len(seen) == 1, seen
    (grade, outcome, found, is_open), = seen
    # All that is wrong is the certificate's name.
    assert (grade, outcome) == ("C", "ok") and "name_mismatch" in found and is_open == (), seen


def test_a_name_costs_one_handshake_and_a_server_one_set_of_questions(world):
    differ = runner.Differences()
    by_address = collections.defaultdict(list)
    for record in world.results.endpoints:
        by_address[record["address"]].append(record)
    for address, records in by_address.items():
        connections = sorted(record["connections"] for record in records)
        differ.equal(f"{address}: all but one cost a connection", set(connections[:-1]), {1})
        differ.equal(f"{address}: {connections[-1]} for the server, too many",
                     connections[-1] > 1 + PROBES_MAX, False)
        differ.equal(f"{address}: attempts", {record["attempts"] for record in records}, {1})
        differ.equal(f"{address}: connections that came",
                     world.stats[address]["connections"], sum(connections))
    differ.equal("addresses", len(by_address), NUM_ADDRESSES)
    differ.check()


def main():
    with contextlib.ExitStack() as stack:
        lab = stack.enter_context(Lab())
        fleet = stack.enter_context(Fleet("--hosts", "4", "--mix", f"{HEALTHY}=1,single=1"))
        world = World(lab, fleet)
        stack.enter_context(lab.dns)
        world.scan()
        sys.exit(runner.run(sys.modules[__name__], world))


if __name__ == "__main__":
    main()
