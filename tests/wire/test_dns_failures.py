#!/usr/bin/env python3
"""Scans with a DNS that fails: a relay between the scanner and a real resolver answers some
questions with SERVFAIL, or not at all, once, twice or always. Other relays fail every question.
"""
import collections
import contextlib
import select
import socket
import sys
import threading

import runner
from lab import Lab, codes

NXDOMAIN, SERVFAIL, SILENT = 3, 2, None
TYPES = {"A": 1, "MX": 15, "TXT": 16, "AAAA": 28}
ALWAYS = 1000
BLOCKED_MIN = 50  # as many failed questions end a run


def question_of(message):
    """Returns (name, type, offset of the end of the question)."""
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode("ascii"))
        at += 1 + message[at]
    return ".".join(labels).lower(), int.from_bytes(message[at + 1:at + 3], "big"), at + 5


class Relay:
    """A DNS server. `fails` maps (name, type) to (how often the question fails, how). All other
    questions go to `upstream`, an (address, port). Without an upstream they fail as `otherwise`
    says.
    """

    def __init__(self, fails, upstream=None, otherwise=SERVFAIL):
        self.left = dict(fails)
        self.otherwise = otherwise
        self.upstream = upstream
        self.asked = collections.Counter()  # with validation
        self.asked_without = collections.Counter()  # CD, RFC 4035 section 3.2.2
        self.server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.server.bind(("127.0.0.1", 0))
        self.client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.waiting = {}  # {our id of a question: (the asker's id, the asker)}
        self.is_over = False
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join()
        self.server.close()
        self.client.close()

    @property
    def resolver(self):
        return f"127.0.0.1:{self.server.getsockname()[1]}"

    def _serve(self):
        while not self.is_over:
            ready, _, _ = select.select([self.server, self.client], [], [], 0.1)
            if self.server in ready:
                self._take(*self.server.recvfrom(4096))
            if self.client in ready:
                self._give(self.client.recv(65535))

    def _take(self, message, asker):
        name, number, end = question_of(message)
        times, how = self.left.get((name, number), (0, None))
        asked = self.asked_without if message[3] & 0x10 else self.asked
        asked[(name, number)] += 1
        if times > 0:
            self.left[(name, number)] = (times - 1, how)
        elif self.upstream is None:
            how = NXDOMAIN if name == "localhost" else self.otherwise
        else:
            key = len(self.waiting) & 0xffff
            self.waiting[key] = (message[:2], asker)
            self.client.sendto(key.to_bytes(2, "big") + message[2:], self.upstream)
            return
        if how is not SILENT:
            flags = (0x8180 | how).to_bytes(2, "big")
            self.server.sendto(message[:2] + flags + message[4:6] + bytes(6) + message[12:end],
                               asker)

    def _give(self, message):
        first, asker = self.waiting[int.from_bytes(message[:2], "big")]
        self.server.sendto(first + message[2:], asker)


# By domain: the questions that fail before the domain can be graded.
DOMAINS = {
    "once.test": {("once.test", "MX"): (1, SERVFAIL)},
    "twice.test": {("twice.test", "MX"): (2, SERVFAIL)},
    "hostonce.test": {("mx.hostonce.test", "A"): (1, SERVFAIL)},
    "hosttwice.test": {("mx.hosttwice.test", "A"): (2, SERVFAIL),
                       ("mx.hosttwice.test", "AAAA"): (2, SERVFAIL)},
    "hostmute.test": {("mx.hostmute.test", "A"): (3, SILENT)},  # fails all three tries
}
LOST = "never.test"


class World:
    def __init__(self, lab):
        self.lab = lab
        address = lab.address(10)
        hosts = ["mx." + domain for domain in DOMAINS]
        lab.postfix.add("good", address, hosts[0], [lab.pki.leaf("leaf", hosts)])
        for domain in (*DOMAINS, LOST):
            lab.dns.add(domain, f"MX 10 mx.{domain}.")
            lab.dns.add("mx." + domain, "A " + address)

    def scan(self, names, relay, *more):
        options = self.lab.options("--retry-wait", "1", "--dns-timeout", "0.5", *more)
        options[options.index("--resolver") + 1] = relay.resolver
        text = "".join(name + "\n" for name in names)
        with contextlib.ExitStack() as stack:
            saved = self.lab.options
            stack.callback(setattr, self.lab, "options", saved)
            self.lab.options = lambda *_: options
            return self.lab.scan(text)


def numbered(fails):
    return {(name, TYPES[kind]): value for (name, kind), value in fails.items()}


def test_one_failure_or_two_do_not_lose_a_domain(world):
    fails = {(LOST, "MX"): (ALWAYS, SERVFAIL)}
    for domain_fails in DOMAINS.values():
        fails.update(domain_fails)
    upstream = ("127.0.0.1", world.lab.dns.port)
    with Relay(numbered(fails), upstream) as relay:
        results = world.scan((*DOMAINS, LOST), relay)
        asked, without = relay.asked, relay.asked_without
    assert results.status == 0 and "DEAD" not in results.errors, (results.status, results.errors)
    differ = runner.Differences()
    for domain in DOMAINS:
        record = results.domain(domain)
        differ.equal(domain, (record["mail"], record["grade"], record["partial"],
                              record["opportunistic_tls"]), ("mx", "B", False, "yes"))
    lost = results.domain(LOST)
    differ.equal(LOST, (lost["mail"], lost["grade"], lost["dns"]["outcome"]),
                 ("unknown", "U", "dns_servfail"))
    differ.equal("finding", "dns_failure" in codes(lost), True)
    differ.equal("asked for what fails always", asked[(LOST, TYPES["MX"])], 3)
    # Each time it looks lame, and might be bogus: RFC 4035 section 5.5.
    differ.equal("asked for it without validation", without[(LOST, TYPES["MX"])], 2)
    differ.equal("asked for what failed once", asked[("once.test", TYPES["MX"])], 2)
    differ.check()


def test_a_resolver_that_answers_is_not_called_dead(world):
    differ = runner.Differences()
    for how in (SERVFAIL, SILENT):
        with Relay({}, otherwise=how) as relay:
            results = world.scan(("a.test", "b.test", "c.test"), relay)
        differ.equal(f"{how}: the status", (results.status, results.summaries[0]["dns_failed"]),
                     (0, False))
        differ.equal(f"{how}: errors", [line for line in results.errors.splitlines()
                                        if "DEAD" in line or "resolved none" in line], [])
    differ.check()


def test_one_that_resolves_nothing_ends_the_run(world):
    with Relay({}) as relay:
        results = world.scan([f"d{number}.test" for number in range(2 * BLOCKED_MIN)], relay)
    assert results.status == 3, results.errors
    assert results.summaries[0]["dns_failed"], results.summaries
    assert "DEAD" not in results.errors, results.errors
    assert results.errors.count("has resolved none of") == 1, results.errors


def main():
    with Lab() as lab:
        world = World(lab)
        with lab.running():
            return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
