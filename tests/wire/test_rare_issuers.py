#!/usr/bin/env python3
"""Real servers whose certificate is good but comes from a CA with a key that our TLS library lacks:
Ed448, brainpool, secp256k1, RSA-PSS. OpenSSL verifies each chain.
"""
import contextlib
import sys

import runner
from enforced_lab import tlsa
from lab import Lab, codes
from pki import RARE_KEYS
from stacks import Missing, SServer
from suite_witness import s_client

KINDS = ("ed448", "brainpool", "secp256k1", "rsa-pss")
# This host has a TLSA record of the leaf's key, which authenticates it without its issuers.
WITH_DANE = "ed448-below"
PLAIN = "healthy"


class World:
    def __init__(self, lab):
        self.lab = lab
        self.servers = {}
        roots = []
        for kind in KINDS:
            roots.append(lab.pki.authority_of_key(kind + "-root", RARE_KEYS[kind]))
            lab.pki.authority_of_key(kind + "-ca", RARE_KEYS[kind], issuer="root")
            self.add(kind, issuer=kind + "-root", send=())
            self.add(kind + "-below", issuer=kind + "-ca", send=(kind + "-ca",))
        self.add(PLAIN)
        leaf = self.servers[WITH_DANE].leaf
        lab.dns.add(f"_{lab.port}._tcp.{self.servers[WITH_DANE].host}",
                    tlsa(3, 1, 1, leaf.certificate))
        with open(lab.pki.root_file, "a", encoding="ascii") as trusted:
            for path in roots:
                with open(path, encoding="ascii") as stream:
                    trusted.write(stream.read())
        self.results = None

    def add(self, name, **more):
        leaf = self.lab.pki.leaf(name, [f"mx.{name}.stack.test"], **more)
        server = SServer(self.lab, name, 10 + len(self.servers), leaf, {})
        self.lab.dns.add(server.host, "A " + server.address)
        self.servers[name] = server

    def scan(self):
        hosts = "".join(server.host + "\n" for server in self.servers.values())
        self.results = self.lab.scan(hosts, "--hosts")

    def each(self):
        for name, server in self.servers.items():
            yield name, server, self.results.endpoint(server.host)


def test_openssl_verifies_each_chain(world):
    differ = runner.Differences()
    for name, server, _ in world.each():
        text = s_client(server.address, server.tls, False, "-CAfile", world.lab.pki.root_file,
                        "-verify_hostname", server.host, "-cipher", "ALL:@SECLEVEL=0")
        differ.equal(name, "Verify return code: 0 (ok)" in text, True)
    differ.check()


def test_whether_such_a_chain_is_trusted_is_unknown_and_no_fault(world):
    differ = runner.Differences()
    for name, _, record in world.each():
        certificate = record["certificate"]
        expected = ("yes", None) if name == PLAIN else ("unknown", "unsupported_algorithm")
        differ.equal(f"{name} trusted",
                     (certificate["trusted"], certificate.get("trusted_reason")), expected)
        differ.equal(f"{name} problems", certificate["problems"], [])
        differ.equal(f"{name} handshake", record["starttls"]["handshake"], "yes")
        differ.equal(f"{name} finding", "trust_unknown" in codes(record),
                     name not in (PLAIN, WITH_DANE))
    differ.check()


def test_no_letter_is_given_that_rests_on_it(world):
    """The host with DANE has a letter, because DANE-EE needs no issuer (RFC 7672 section 3.1.1)."""
    differ = runner.Differences()
    for name, _, record in world.each():
        if name == WITH_DANE:
            differ.equal(f"{name} DANE", record["dane"]["status"], "valid")
        differ.within(name, record["grade"], ("A", "A+") if name in (PLAIN, WITH_DANE) else ("U",))
    differ.check()


if __name__ == "__main__":
    with Lab() as the_lab:
        the_world = World(the_lab)
        with contextlib.ExitStack() as stack:
            stack.enter_context(the_lab.dns)
            try:
                for each_server in the_world.servers.values():
                    stack.enter_context(each_server)
            except Missing as why:
                print(f"0 passed, 0 failed, 1 skipped: {why}")
                sys.exit(0)
            the_world.scan()
            sys.exit(runner.run(sys.modules[__name__], the_world))
