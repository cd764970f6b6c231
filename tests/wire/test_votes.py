#!/usr/bin/env python3
"""Every dialogue with a server votes: what a server does now and then gives no letter by chance, and
what it does because of our own probes is not held against it.
"""
import contextlib
import sys

import runner
from lab import Lab, codes
from turn_server import TurnServer, always

NUM_ALIKE = 40
NUM_NAMES = 6
LITTLE_KEY = "rsa768"
LITTLE = ["little0.test", "little1.test"]
LITTLE_ONCE = ["once0.test", "once1.test"]
WRONG = ["wrong0.test", "wrong1.test"]  # of their TLSA records
WRONG_ONCE = ["alone.test"]


def every_second(first):
    return lambda _, number: (number % 2 == 1) == first


def never(_server, _number):
    return False


def at_first(_server, number):
    """Nothing is said to anybody who calls after that."""
    if number > 1:
        raise ConnectionAbortedError
    return True


def until_provoked(server, _number):
    return not server.provoked


class World:
    def __init__(self, lab):
        self.lab = lab
        self.servers, self.last = [], 10
        for i in range(NUM_ALIKE):
            self.add([f"alike{i}.test"], every_second(i % 2 == 0))
        self.add(["never.test"], never)
        self.add_leaves()
        self.add(["digests.test"], always, "250-AUTH DIGEST-MD5 CRAM-MD5\r\n")
        self.add(["words.test"], always, "250-AUTH CRAM-MD5 PLAIN\r\n")
        self.shy = [f"shy{i}.test" for i in range(NUM_NAMES)]
        self.add(self.shy, until_provoked)
        self.results = None

    def add_leaves(self):
        """Two names of each server, with a leaf of its own each. The first one that is asked has the probes."""
        little = {host: [self.leaf(host, LITTLE_KEY)] for host in LITTLE}
        once = {host: [self.leaf("little-" + host, LITTLE_KEY, host), self.leaf(host, "rsa2048")]
                for host in LITTLE_ONCE}
        wrong = {host: [self.leaf(host, "ec")] for host in WRONG}
        for leaves in (little, once, wrong):
            self.add(list(leaves), always, leaves=leaves)
        self.add(WRONG_ONCE, at_first)
        for host in WRONG + WRONG_ONCE:
            self.lab.dns.add("_25._tcp." + host, "TLSA 3 1 1 " + 32 * "00")

    def leaf(self, name, key, host=None):
        return self.lab.pki.leaf(name, [host or name], key=key)

    def add(self, hosts, offers, keywords="", leaves=None):
        leaf = self.lab.pki.leaf("server-of-" + hosts[0], hosts)
        address = self.lab.address(self.last)
        self.last += 1
        for host in hosts:
            self.lab.dns.add(host, "A " + address)
        self.servers.append((hosts, TurnServer(address, self.lab.port, leaf, offers, keywords, leaves)))

    @contextlib.contextmanager
    def running(self):
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.lab.dns)
            for _, server in self.servers:
                stack.enter_context(server)
            yield

    def scan(self):
        hosts = "".join(host + "\n" for hosts, _ in self.servers for host in hosts)
        self.results = self.lab.scan(hosts, "--hosts", "--retry-wait", "1")

    def endpoint(self, host):
        return self.results.endpoint(host)


def test_a_server_that_offers_starttls_now_and_then_is_never_called_one_without(world):
    for i in range(NUM_ALIKE):
        record = world.endpoint(f"alike{i}.test")
        assert record["grade"] in ("A", "D"), (record["host"], record["grade"], codes(record))
        assert record["starttls"]["advertised"] == "yes", record["starttls"]


def test_now_and_then_is_d_or_stands_among_what_is_open(world):
    for i in range(NUM_ALIKE):
        record = world.endpoint(f"alike{i}.test")
        is_told = "starttls_inconsistent" in codes(record)
        assert is_told == (record["grade"] == "D"), (record["host"], record["grade"])
        assert is_told or "starttls" in record["open"], (record["host"], record["open"])


def test_those_that_were_seen_without_it_before_anything_was_provoked_are_all_d(world):
    for i in range(1, NUM_ALIKE, 2):
        record = world.endpoint(f"alike{i}.test")
        assert record["grade"] == "D" and record["inconsistent"], (record["host"], record["evidence"])
        offer = record["evidence"]["offer"]
        assert offer["with"] >= 2 and offer["without"] >= 2 and offer["seconds"] >= 10, offer


def test_no_name_is_accused_for_what_our_probes_of_its_server_provoked(world):
    for host in world.shy:
        record = world.endpoint(host)
        assert record["starttls"]["advertised"] == "yes", (host, record["starttls"])
        assert record["grade"] in ("A", "U"), (host, record["grade"], codes(record))


def test_a_server_without_starttls_is_f_by_two_dialogues(world):
    record = world.endpoint("never.test")
    assert (record["grade"], record["attempts"]) == ("F", 2), record
    assert record["evidence"]["offer"] == {"without": 2}, record["evidence"]


def attempts_of(world, hosts):
    return sorted(world.endpoint(host)["attempts"] for host in hosts)


def test_a_key_that_anybody_can_break_is_shown_by_two_dialogues(world):
    for host in LITTLE:
        record = world.endpoint(host)
        assert (record["grade"], record["open"]) == ("D", []), (host, record["grade"], record["open"])
        assert "rsa_below_1024" in codes(record), (host, codes(record))
    assert attempts_of(world, LITTLE)[-1] == 2, attempts_of(world, LITTLE)


def test_one_that_is_shown_once_accuses_nobody(world):
    for host in LITTLE_ONCE:
        record = world.endpoint(host)
        assert "rsa_below_1024" not in codes(record), (host, codes(record))
        assert record["grade"] == "C" and "certificate" in record["open"], (host, record["open"])
        assert record["evidence"]["certificate"]["key_alone"], record["evidence"]
    assert attempts_of(world, LITTLE_ONCE)[-1] == 2, attempts_of(world, LITTLE_ONCE)


def test_tlsa_records_that_do_not_match_are_seen_by_two_dialogues(world):
    for host in WRONG:
        record = world.endpoint(host)
        assert (record["grade"], record["dane"]["status"]) == ("D", "mismatch"), (host, record["dane"])
    assert attempts_of(world, WRONG)[-1] == 2, attempts_of(world, WRONG)


def test_one_dialogue_alone_says_nothing_of_them(world):
    record = world.endpoint(*WRONG_ONCE)
    assert (record["grade"], record["dane"]["status"]) == ("A", "unknown"), (record["grade"], record["dane"])
    assert "certificate" in record["open"] and record["evidence"]["certificate"]["dane_alone"], record


def test_a_login_before_tls_is_told_by_what_it_gives_away(world):
    """On an MX it costs points and no letter, whatever the mechanism."""
    for host, is_digest in (("digests.test", True), ("words.test", None)):
        record = world.endpoint(host)
        finding, = (f for f in record["findings"] if f["code"] == "login_before_tls_on_mx")
        assert record["grade"] == "A", (host, record["grade"], codes(record))
        assert record["evidence"].get("login_by_challenge") == is_digest, record["evidence"]
        assert ("do not send the password itself" in finding["detail"]) == bool(is_digest), finding


def test_mail_is_tried_where_it_can_only_go_in_clear(world):
    assert world.endpoint("never.test")["plaintext_mail"] == "accepted"


if __name__ == "__main__":
    with Lab() as the_lab:
        the_world = World(the_lab)
        with the_world.running():
            the_world.scan()
            sys.exit(runner.run(sys.modules[__name__], the_world))
