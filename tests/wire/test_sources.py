#!/usr/bin/env python3
"""Scans from several addresses of this machine: who is called from where and under which name, how
fast, and what is left out or refused.
"""
import contextlib
import os
import re
import socket
import sys
import threading

import runner
from fleet import Fleet, grades
from lab import Lab, Results

FIRST, SECOND = "127.0.1.1", "127.0.1.2"
NAMES = {FIRST: "first.out.test", SECOND: "second.out.test"}
BOTH = ("--source", FIRST, "--source", SECOND)
# Of the pace: hosts of one provider, and new connections that it gets in a second.
HOSTS, RATE = 100, 20
SLACK = RATE // 2  # so many more may be counted in a window, by when they arrive
SETUPS = 6


class World:
    def __init__(self, lab, fleet, calls):
        self.lab, self.fleet, self.calls = lab, fleet, calls
        self.list = fleet.list()
        self.postfix = {}
        names = [f"mx{number}.mail.test" for number in range(SETUPS)]
        leaf = lab.pki.leaf("leaf", names)
        for number, name in enumerate(names):
            address = lab.address(10 + number)
            self.postfix[address] = lab.postfix.add(f"mx{number}", address, name, [leaf])
            lab.dns.add(name, "A " + address)
            lab.dns.add("mail.test", f"MX 10 {name}.")
        for address, name in NAMES.items():
            lab.dns.add(".".join(reversed(address.split("."))) + ".in-addr.arpa", f"PTR {name}.")

    def scan(self, *options):
        """The results, and (milliseconds, client, server) of each connection that the fleet saw."""
        with contextlib.suppress(FileNotFoundError):
            os.truncate(self.calls, 0)
        results = self.fleet.scan(self.list, "--depth", "quick", *options)
        assert results.status == 0, results.errors
        with open(self.calls, encoding="ascii") as stream:
            calls = [line.split() for line in stream]
        return results, [(int(when), client, server) for when, client, server in calls]


def span(calls):
    return (calls[-1][0] - calls[0][0]) / 1000


def test_a_server_is_called_from_one_source_and_all_sources_are_used(world):
    plain, _ = world.scan()
    results, calls = world.scan(*BOTH)
    sources = {}
    for _, client, server in calls:
        sources.setdefault(server, set()).add(client)
    differ = runner.Differences()
    differ.equal("the sources", set().union(*sources.values()), {FIRST, SECOND})
    differ.equal("servers that were called from both",
                 [server for server, clients in sources.items() if len(clients) > 1], [])
    for record in results.endpoints:
        differ.equal(f"the source of {record['address']}", {record.get("source")},
                     sources.get(record["address"]))
    differ.equal("what differs in grade",
                 set(grades(results).items()) ^ set(grades(plain).items()), set())
    differ.equal("the option", results.runs[0]["options"]["source"], f"{FIRST},{SECOND}")
    differ.equal("a source without --source", [r for r in plain.endpoints if "source" in r], [])
    differ.check()


def test_two_sources_are_twice_as_fast_and_each_as_polite(world):
    spans = {}
    for options in (BOTH[:2], BOTH):
        _, calls = world.scan("--provider-rate", str(RATE), *options)
        for source in {client for _, client, _ in calls}:
            own = [when for when, client, _ in calls if client == source]
            busiest = max(sum(begin <= when < begin + 2000 for when in own) for begin in own)
            assert busiest <= 2 * RATE + SLACK, f"{busiest} connections from {source} in 2 s"
            assert len(own) <= RATE * (own[-1] - own[0]) / 1000 + SLACK, (len(own), own[0], own[-1])
        assert len(calls) >= HOSTS, len(calls)
        spans[len(options)] = span(calls)
    assert spans[4] < 0.75 * spans[2], spans


def test_each_source_greets_with_its_own_name(world):
    mark = world.lab.postfix.log_mark()
    results = world.lab.scan("mail.test\n", "--depth", "quick", "no-ehlo", *BOTH)
    assert results.status == 0, results.errors
    greeted = set()
    for address, setup in world.postfix.items():
        lines = "\n".join(world.lab.postfix.log_lines(setup, mark))
        pairs = set(re.findall(r"EHLO from unknown\[([^]]*)\].* helo=<([^>]*)>", lines))
        assert len(pairs) == 1, (address, pairs)
        greeted |= pairs
    assert greeted <= set(NAMES.items()), greeted
    assert results.runs[0]["options"]["ehlo"] == ",".join(NAMES.values()), results.runs[0]


def test_the_name_that_is_given_is_that_of_all_sources(world):
    mark = world.lab.postfix.log_mark()
    world.lab.scan("mail.test\n", "--depth", "quick", "--ehlo", "given.example.org", *BOTH)
    for setup in world.postfix.values():
        lines = "\n".join(world.lab.postfix.log_lines(setup, mark))
        assert set(re.findall(r"helo=<([^>]*)>", lines)) == {"given.example.org"}, lines


class Witness:
    """A server at ::1 that takes nobody, and notes where they come from."""

    def __enter__(self):
        self.peers = []
        self.listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, peer = self.listener.accept()
                with client:
                    self.peers.append(peer[0])
                    client.sendall(b"554 nobody is taken here\r\n")


def scan_of_ipv6(world, witness, *options):
    listed = world.fleet.write("hosts.txt", f"[::1]:{witness.port}\n")
    status, output, errors = world.fleet.run("--hosts", "--max-retries", "0", *options, listed)
    assert status == 0, errors
    return Results(status, errors, output)


def test_a_family_without_a_source_is_left_out_and_told_once(world):
    with Witness() as witness:
        results = scan_of_ipv6(world, witness, *BOTH)
        record = next(r for r in results.endpoints if r["address"] == "::1")
        told = (record["outcome"], record["outcome_detail"], record["connections"],
                record["grade"], "source" in record)
        assert told == ("family_not_asked", "no --source", 0, "U", False), record
        assert not witness.peers, witness.peers
        six = scan_of_ipv6(world, witness, *BOTH, "--source", "::1")
        record = next(r for r in six.endpoints if r["address"] == "::1")
        assert (record["outcome"], record["source"]) == ("banner_5xx", "::1"), record
        assert witness.peers and set(witness.peers) == {"::1"}, witness.peers


def test_the_notice_of_a_family_without_a_source(world):
    results = world.lab.scan("both.test\n", "--depth", "quick", *BOTH)
    assert results.errors.count("no --source is an IPv6 address") == 1, results.errors
    summary = results.summaries[0]
    assert (summary["unrouted_family"], summary["addresses_unrouted"]) == ("ipv6", 1), summary
    told = {(r["family"], r["outcome"]) for r in results.endpoints}
    assert told == {(4, "ok"), (6, "family_not_asked")}, told
    quiet = world.lab.scan("both.test\n", "--depth", "quick", "-4", *BOTH)
    assert "no --source" not in quiet.errors, quiet.errors


def test_sources_that_cannot_be_are_refused(world):
    differ = runner.Differences()
    for arguments, words in (
            (("--source", "192.0.2.77"), "--source 192.0.2.77: this machine does not have that"),
            (("--source", FIRST, "--source", FIRST), f"--source {FIRST}: given twice"),
            (("--source", "0.0.0.0"), "--source 0.0.0.0: not the address of one machine"),
            (("--source", "mx.example.org"), "--source mx.example.org: not an address"),
            (("--source", FIRST, "-6"), "no --source is of the family that -6 asks for"),
            (("--source", "::1", "-4"), "no --source is of the family that -4 asks for")):
        status, output, errors = world.fleet.run(*arguments, world.list)
        differ.equal(f"{arguments}: the status", (status, output), (2, b""))
        differ.equal(f"{arguments}: {words!r} in {errors!r}", words in errors, True)
    differ.check()


def main():
    with Lab() as lab, contextlib.ExitStack() as stack:
        calls = os.path.join(lab.folder, "calls")
        fleet = stack.enter_context(Fleet("--hosts", str(HOSTS), "--mix", "single=1,ok_tls12_13=1",
                                          serve=("--calls", calls)))
        world = World(lab, fleet, calls)
        lab.dns.add("both.test", "MX 10 mx.both.test.")
        lab.dns.add("mx.both.test", "A " + lab.address(10), "AAAA 2606:4700::25")
        stack.enter_context(lab.running())
        return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
