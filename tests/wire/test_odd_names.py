#!/usr/bin/env python3
"""Names that the DNS may hold and that are no host names, where a mail host is looked for: the alias
of an MX host ends at one. A real resolver vouches for TLSA records there, and the servers say which
name they were asked for.
"""
import contextlib
import ssl
import sys

import runner
from enforced_lab import tlsa
from lab import Lab
from starttls_front import Front


class Named(Front):
    """A TLS server behind STARTTLS that keeps the names of SNI; None: there was none."""

    def __init__(self, address, port, leaf):
        super().__init__(address, port, None)
        self.names = set()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(leaf.chain, leaf.key)
        self.context.sni_callback = lambda _socket, name, _context: self.names.add(name)

    def go_on(self, client):
        with contextlib.suppress(OSError):
            with self.context.wrap_socket(client, server_side=True) as inside:
                for line in inside.makefile("rb"):
                    is_end = line.strip().upper() == b"QUIT"
                    inside.sendall(b"221 bye\r\n" if is_end else b"250 front.test\r\n")
                    if is_end:
                        return


# The first label of the name at the end of the alias, as a zone file has it, and its text in the
# DANE fields; whether it may be the label of a host name; and what DANE says: a name with a byte
# that would need an escape is not asked about.
ENDS = (("plain", "plain", True, "valid"), ("under_score", "under_score", True, "valid"),
        ("x+y", "x+y", False, "valid"), ("st*r", "st*r", False, "valid"),
        ("a=b", "a=b", False, "valid"), ("-dash", "-dash", False, "valid"),
        ("xn--0", "xn--0", False, "valid"),
        ("sp\\032ace", None, False, "none"), ("nul\\000", None, False, "none"),
        ("h\\195\\164", None, False, "none"))


class World:
    def __init__(self, lab):
        self.lab = lab
        self.leaf = lab.pki.leaf("named", ["*.names.test"])
        self.servers = []
        for number, (label, _, _, _) in enumerate(ENDS):
            address = lab.address(10 + number)
            end = f"{label}.names.test"
            lab.dns.add(f"d{number}.test", f"MX 10 mx{number}.names.test.")
            lab.dns.add(f"mx{number}.names.test", f"CNAME {end}.")
            lab.dns.add(end, "A " + address)
            lab.dns.add(f"_{lab.port}._tcp.{end}", tlsa(3, 1, 1, self.leaf.certificate))
            self.servers.append(Named(address, lab.port, self.leaf))
        lab.postfix.add("other", lab.address(100), "other.test")
        self.results = None

    def scan(self):
        names = "".join(f"d{number}.test\n" for number in range(len(ENDS)))
        with contextlib.ExitStack() as stack:
            for server in self.servers:
                stack.enter_context(server)
            self.results = self.lab.scan(names, "--retry-wait", "0.3")

    def cases(self):
        for number, (label, text, is_host, dane) in enumerate(ENDS):
            host = f"mx{number}.names.test"
            yield (label, host, text and text + ".names.test", is_host, dane,
                   self.results.endpoint(host), self.servers[number])


def test_the_scan_ends_without_complaint(world):
    assert world.results.status == 0, f"status {world.results.status}: {world.results.errors}"
    assert "Sanitizer" not in world.results.errors, world.results.errors


def test_every_host_is_scanned_and_graded_whatever_its_alias_ends_at(world):
    differ = runner.Differences()
    for label, _, _, _, dane, endpoint, _ in world.cases():
        differ.equal(f"{label} outcome", endpoint["outcome"], "ok")
        differ.equal(f"{label} TLS 1.2", endpoint["tls"]["versions"]["TLSv1.2"], "yes")
        differ.equal(f"{label} grade", endpoint["grade"], "A+" if dane == "valid" else "A")
    differ.check()


def test_tlsa_records_count_under_any_name_and_are_told_with_it(world):
    differ = runner.Differences()
    for label, _, end, _, dane, endpoint, _ in world.cases():
        differ.equal(f"{label} dane", endpoint["dane"]["status"], dane)
        differ.equal(f"{label} base", endpoint["dane"]["base"], end)
    differ.check()


def test_sni_has_the_name_of_the_records_where_it_is_a_host_name_and_that_of_the_mx_else(world):
    """RFC 7672 section 8.1 and RFC 6066 section 3; in the handshake and in the hellos by hand."""
    differ = runner.Differences()
    for label, host, end, is_host, _, _, server in world.cases():
        differ.equal(f"{label} SNI", server.names - {None}, {end if is_host else host})
    differ.check()


if __name__ == "__main__":
    with Lab() as the_lab:
        the_world = World(the_lab)
        with the_lab.running():
            the_world.scan()
            sys.exit(runner.run(sys.modules[__name__], the_world))
