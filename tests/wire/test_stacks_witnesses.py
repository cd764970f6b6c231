#!/usr/bin/env python3
"""What a deep scan says of servers on different TLS stacks, beside what sslscan, GnuTLS's client
and, of session tickets, OpenSSL's say of the same server. test_stacks.py has the other witnesses.
"""
import sys

import runner
import ticket_witness
from gnutls_witness import CURVES, GROUPS_TLS13, VERSIONS, Gnutls
from lab import Lab
from sslscan_witness import Sslscan
from stacks_world import World, check_suites


def needed_curve(record):
    """An ECDSA certificate of a curve that was not offered is of no use (RFC 8422 section 5.1)."""
    return "secp256r1" if record["certificate"]["key"] == "ECDSA P-256" else None


class AskedWorld(World):
    """With what each witness says, by server."""

    def ask_witnesses(self):
        self.gnutls = self.ask(lambda server: Gnutls(
            *self.way_to(server), needed_curve(self.deep.endpoint(server.host))))
        everybody = len(self.running_stacks)  # it is a wait, no work
        self.tickets = {
            client: self.ask(lambda server, sees=sees: sees(*self.way_to(server)), everybody)
            for client, sees in (("openssl", ticket_witness.openssl_sees),
                                 ("gnutls", ticket_witness.gnutls_sees))}
        self.sslscan = self.ask(lambda server: None if "strict" in server.knows else Sslscan(
            *self.way_to(server), server.host, curves="one_record" not in server.knows))

    def each(self):
        """(server, record of the deep scan)."""
        for server in self.running_stacks:
            yield server, self.deep.endpoint(server.host)

    def each_with_sslscan(self):
        """Without those that are too strict for its hellos: they have more than 300 suites below TLS
        1.3, and x25519 shares of random bytes, half of which are no key of a client's."""
        for server, record in self.each():
            if "strict" not in server.knows:
                yield server, record, self.sslscan[server.name]

    def each_with_gnutls(self):
        for server, record in self.each():
            yield server, record, self.gnutls[server.name]


def test_versions_are_those_that_sslscan_sees(world):
    differences = runner.Differences()
    for server, record, seen in world.each_with_sslscan():
        for version, speaks in record["tls"]["versions"].items():
            differences.equal(f"{server.name} {version}", speaks, seen.versions[version])
    differences.check()


def test_versions_are_those_that_gnutls_sees(world):
    differences = runner.Differences()
    for server, record, seen in world.each_with_gnutls():
        for version in VERSIONS:
            differences.equal(f"{server.name} {version}", record["tls"]["versions"][version],
                              seen.versions[version])
    differences.check()


def test_suites_are_those_that_sslscan_gets(world):
    """Of SSLv3 it asks for none: what only that version has would be missing."""
    differences = runner.Differences()
    for server, record, seen in world.each_with_sslscan():
        check_suites(differences, server, record, record["tls"]["suites"], seen.suites)
    differences.check()


def test_groups_are_those_that_sslscan_gets(world):
    differences = runner.Differences()
    for server, record, seen in world.each_with_sslscan():
        listed = {name for name in record["tls"]["groups"] or () if "MLKEM" not in name}
        differences.equal(f"{server.name}: groups", sorted(listed), sorted(seen.groups))
    differences.check()


def test_groups_are_those_that_gnutls_gets(world):
    differences = runner.Differences()
    for server, record, seen in world.each_with_gnutls():
        listed = {name for name in record["tls"]["groups"] or () if name in GROUPS_TLS13}
        seen.look_again(listed)
        differences.equal(f"{server.name}: groups", sorted(listed), sorted(seen.groups))
    differences.check()


def test_curves_of_tls12_are_those_that_sslscan_gets(world):
    """It offers each alone, which is enough for an ECDSA certificate of the same curve only."""
    differences = runner.Differences()
    for server, record, seen in world.each_with_sslscan():
        if "one_record" in server.knows:
            continue  # it sees none
        listed = set(record["tls"]["groups_tls12"] or ())
        if needed_curve(record):
            listed &= {needed_curve(record)}
        differences.equal(f"{server.name}: curves", sorted(listed), sorted(seen.curves))
    differences.check()


def test_curves_of_tls12_are_those_that_gnutls_gets(world):
    differences = runner.Differences()
    for server, record, seen in world.each_with_gnutls():
        listed = {name for name in record["tls"]["groups_tls12"] or () if name in CURVES}
        differences.equal(f"{server.name}: curves", sorted(listed), sorted(seen.curves))
    differences.check()


def test_the_size_of_dh_primes_is_what_sslscan_sees(world):
    differences = runner.Differences()
    for server, record, seen in world.each_with_sslscan():
        differences.equal(f"{server.name}: DH bits", record["tls"]["dh_bits"], seen.dh_bits)
    differences.check()


def test_certificates_are_those_that_sslscan_gets(world):
    differences = runner.Differences()
    for server, record, seen in world.each_with_sslscan():
        certificate = record["certificate"]
        differences.equal(server.name, certificate["sha256"], seen.sha256)
        bits = certificate["key_bits"] if certificate["key"] == "RSA" else None
        differences.equal(server.name + " bits", bits, seen.rsa_bits)
    differences.check()


def test_chains_are_those_that_gnutls_gets(world):
    differences = runner.Differences()
    for server, record, seen in world.each_with_gnutls():
        certificate = record["certificate"]
        differences.equal(server.name, certificate["sha256"], seen.chain[0])
        differences.equal(server.name + " length", certificate["chain_length"], len(seen.chain))
    differences.check()


def test_extended_master_secret_and_renegotiation_are_what_gnutls_sees(world):
    differences = runner.Differences()
    for server, record, seen in world.each_with_gnutls():
        if record["tls"]["versions"]["TLSv1.2"] == "yes":
            differences.equal(server.name + " EMS", record["tls"]["ems"], seen.ems)
            differences.equal(server.name + " renegotiation",
                              record["tls"]["secure_renegotiation"], seen.secure_renegotiation)
    differences.check()


def test_who_lets_sslscan_renegotiate_securely_is_said_to_be_secure(world):
    lets = [(server, record) for server, record, seen in world.each_with_sslscan()
            if seen.renegotiates]
    assert lets, "nobody lets it"
    differences = runner.Differences()
    for server, record in lets:
        differences.equal(server.name, record["tls"]["secure_renegotiation"], "yes")
    differences.check()


def test_session_tickets_are_given_out_where_openssl_and_gnutls_get_one(world):
    """But for a server that has nothing in common with the scanner: it has seen no handshake."""
    differences = runner.Differences()
    verdicts = set()
    for server, record in world.each():
        for client, seen in world.tickets.items():
            expected = "unknown" if record["no_common_suite"] else seen[server.name]
            differences.equal(f"{server.name} {client}", record["tls"]["tickets"], expected)
            verdicts.add(expected)
    differences.check()
    assert {"yes", "no"} <= verdicts, verdicts


def main():
    with Lab() as lab:
        world = AskedWorld(lab)
        with world.running():
            world.scan_deeply()
            world.ask_witnesses()
            return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
