#!/usr/bin/env python3
"""Scans mail hosts with IPv6 addresses, once with -4 and once from a machine without a route for
IPv6. That machine is a network namespace (unshare) that has a default route for IPv4 only.
"""
import ctypes
import os
import subprocess
import sys

import runner
from lab import Lab, codes

CLONE_NEWNET = 0x40000000
SOMEWHERE = "2606:4700::25"  # a public address; nothing is sent there

BOTH, SIX, IMPLIED = "both.test", "six.test", "implied.test"
LIST = "".join(name + "\n" for name in (BOTH, SIX, IMPLIED))


def own_network():
    """Moves this process into a network with a route for IPv4 only. False if that is not
    allowed."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        return False
    for command in ("link set lo up", "route add default dev lo"):
        subprocess.run(["ip", *command.split()], check=True)
    return True


class World:
    def __init__(self, lab, has_own_network):
        self.lab = lab
        self.has_own_network = has_own_network
        address = lab.address(10)
        leaf = lab.pki.leaf("leaf", ["mx.both.test"])
        lab.postfix.add("both", address, "mx.both.test", [leaf])
        lab.dns.add(BOTH, "MX 10 mx.both.test.")
        lab.dns.add("mx.both.test", "A " + address, "AAAA " + SOMEWHERE)
        lab.dns.add(SIX, "MX 10 mx.six.test.")
        lab.dns.add("mx.six.test", "AAAA " + SOMEWHERE)
        lab.dns.add(IMPLIED, "AAAA " + SOMEWHERE)


def check_left_out(results, detail):
    """IPv6 addresses have records but no connections, and the domains are judged by their other
    addresses."""
    differ = runner.Differences()
    left_out = [(record["host"], record["outcome"], record["outcome_detail"], record["connections"])
                for record in results.endpoints if record["family"] == 6]
    differ.equal("left out", sorted(left_out),
                 [(host, "family_not_asked", detail, 0)
                  for host in ("implied.test", "mx.both.test", "mx.six.test")])
    both = results.domain(BOTH)
    differ.equal("both", (both["grade"], both["partial"], both["opportunistic_tls"],
                          both["mx"][0]["outcome"], "mx_unobserved" in codes(both)),
                 ("B", False, "yes", "ok", False))
    for name, mail in ((SIX, "mx"), (IMPLIED, "implicit")):
        record = results.domain(name)
        differ.equal(name, (record["grade"], record["mail"], record["opportunistic_tls"],
                            [mx["outcome"] for mx in record["mx"]],
                            codes(record) & {"no_mail_service", "mx_dangling", "mx_unobserved"}),
                     ("U", mail, "unknown", ["family_not_asked"], set()))
        differ.equal(f"why {name}", "leaves out" in record["opportunistic_reason"], True)
    differ.check()


def test_what_4_leaves_out_is_no_lack_of_mail(world):
    results = world.lab.scan(LIST, "-4")
    assert results.status == 0, results.errors
    check_left_out(results, "-4")
    summary = results.summaries[0]
    assert (summary["unrouted_family"], summary["addresses_unrouted"]) == (None, 0), summary
    assert "no route" not in results.errors, results.errors


def test_a_machine_without_a_route_for_ipv6_says_so_once(world):
    if not world.has_own_network:
        raise runner.Skip("a network of its own is not allowed here")
    results = world.lab.scan(LIST)
    assert results.status == 0, results.errors
    check_left_out(results, "no route")
    summary = results.summaries[0]
    assert (summary["unrouted_family"], summary["addresses_unrouted"]) == ("ipv6", 3), summary
    assert results.errors.count("no route for IPv6") == 1, results.errors


def test_a_list_without_such_addresses_brings_no_notice(world):
    results = world.lab.scan("nothing-here.test\n")
    assert "no route" not in results.errors, results.errors


def main():
    has_own_network = os.geteuid() == 0 and own_network()
    with Lab() as lab:
        world = World(lab, has_own_network)
        with lab.running():
            return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
