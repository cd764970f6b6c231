#!/usr/bin/env python3
"""Names of one server of which some are refused in TLS, by its choice of context for each. A refusal
of one name is judged by what the server says under that name: keys may depend on it.
"""
import contextlib
import ssl
import sys

import runner
from lab import Lab, codes
from pki import RARE_KEYS
from turn_server import TurnServer, always

WHOLE, RARE = ("whole.names.test", "whole.shut.test"), "rare.names.test"
SHUT = [f"shut{i}.names.test" for i in range(8)]
PROBES_MAX = 12  # about a server, at standard depth, under all its names


class NameServer(TurnServer):
    """`contexts` are those of names; None refuses by an alert."""

    def __init__(self, address, port, leaf, contexts):
        super().__init__(address, port, leaf, always)
        self.contexts = contexts
        # A context that is chosen by name chooses no version.
        self.context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.context.sni_callback = self.choose

    def choose(self, connection, name, _context):
        context = self.contexts.get(name, self.context)
        if context is None:
            return ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE
        connection.context = context
        return None


def rare_context(pki):
    """A key that our TLS library lacks, and others have."""
    leaf = pki.leaf_of_key("rare", [RARE], RARE_KEYS["ed448"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf.chain, leaf.key)
    return context


def test_the_name_that_has_all_is_judged_by_it(world):
    for host in WHOLE:
        record = world.endpoint(host)
        assert (record["grade"], record["starttls"]["handshake"]) == ("A", "yes"), record["findings"]


def test_what_others_have_is_asked_for_under_the_refused_name(world):
    record = world.endpoint(RARE)
    assert (record["grade"], record["starttls"]["handshake"]) == ("D", "unknown"), record["findings"]
    finding, = (f for f in record["findings"] if f["code"] == "no_common_suite")
    assert "Ed448" in finding["detail"], finding


def test_a_name_is_refused_only_if_it_was_asked_about(world):
    """What the budget leaves unasked is unknown. Some are asked and some are not."""
    differ, seen = runner.Differences(), set()
    for host in SHUT:
        record = world.endpoint(host)
        is_open = record["evidence"].get("refusal_open", False)
        seen.add(is_open)
        differ.equal(host, (record["grade"], record["starttls"]["handshake"],
                            "handshake_refused" in codes(record)),
                     ("U", "unknown", False) if is_open else ("F", "no", True))
        differ.equal(f"{host}: dialogues that the server ended",
                     record["evidence"]["handshake"]["failed"] >= 2, True)
    differ.equal("some are open, others are not", seen, {True, False})
    differ.check()


def test_the_names_share_the_budget_of_the_server(world):
    for server in world.servers:
        probes = sum(record["connections"] - record["attempts"] for record in world.results.endpoints
                     if record["address"] == server.address)
        assert probes <= PROBES_MAX, (server.address, probes)


class World:
    def __init__(self, lab):
        self.lab, self.results = lab, None
        leaf = lab.pki.leaf("names", [*WHOLE, *SHUT])
        self.servers = [NameServer(lab.address(10), lab.port, leaf, {RARE: rare_context(lab.pki)}),
                        NameServer(lab.address(11), lab.port, leaf, dict.fromkeys(SHUT))]
        self.names = {WHOLE[0]: 0, RARE: 0, WHOLE[1]: 1, **dict.fromkeys(SHUT, 1)}
        for host, number in self.names.items():
            lab.dns.add(host, "A " + self.servers[number].address)

    @contextlib.contextmanager
    def running(self):
        with self.lab.dns, self.servers[0], self.servers[1]:
            yield

    def scan(self):
        # The names that are refused take two dialogues, a second apart: others are probed first.
        hosts = "".join(host + "\n" for host in self.names)
        self.results = self.lab.scan(hosts, "--hosts", "--retry-wait", "1", "--per-address", "20")

    def endpoint(self, host):
        return self.results.endpoint(host)


if __name__ == "__main__":
    with Lab() as the_lab:
        the_world = World(the_lab)
        with the_world.running():
            the_world.scan()
            sys.exit(runner.run(sys.modules[__name__], the_world))
