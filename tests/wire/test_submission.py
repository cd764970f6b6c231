#!/usr/bin/env python3
"""Postfix where people's mail programs look for it, submission at 587 and with TLS from the first
byte at 465, and beside them its port for servers: compared with openssl s_client, and what its EHLO
offers before and inside TLS with what Python's own SMTP client reads there.
"""
import contextlib
import os
import sys

import runner
from dovecot import Dovecot
from ehlo_witness import offers
from lab import Lab, codes
from postfix import LEVEL_0, Postfix
from processes import Trouble, can_bind, free_port
from service_witness import certificate_sha256, versions
from stacks import Nginx

SERVICES = {"submission": 587, "submissions": 465}
LOGIN = {"smtpd_sasl_auth_enable": "yes", "smtpd_sasl_type": "dovecot"}

# Of each service; the certificate is the healthy one.
SETUPS = {
    # As Debian's master.cf has its entries of submission and smtps.
    "debian": {**LOGIN, "smtpd_tls_security_level": "encrypt", "smtpd_tls_auth_only": "yes",
               "smtpd_tls_mandatory_protocols": ">=TLSv1.2"},
    "careless": {**LOGIN, **LEVEL_0, "smtpd_tls_auth_only": "no"},
    "no_login": {"smtpd_tls_protocols": ">=TLSv1.3"},
}


class World:
    def __init__(self, lab):
        self.lab = lab
        self.ports = {"smtp": lab.port, **SERVICES}
        self.addresses = {name: lab.address(10 + at) for at, name in enumerate(SETUPS)}
        leaf = lab.pki.leaf("leaf", [self.host(name) for name in SETUPS])
        # Postfix asks it which logins there are.
        ports = {name: free_port() for name in ("imap", "imaps", "pop3", "pop3s", "sieve")}
        self.dovecot = Dovecot(lab.folder, "logins", "127.0.0.1", leaf, ports=ports)
        self.postfixes = [self._postfix(service, leaf) for service in self.ports]
        # A server that says REQUIRETLS, which this Postfix does not know.
        self.nginx = Nginx(lab, "nginx", 30, lab.pki.leaf("nginx", ["mx.nginx.stack.test"]), {})
        lab.dns.add(self.nginx.host, "A " + self.nginx.address)
        for name, address in self.addresses.items():
            lab.dns.add(self.host(name), "A " + address)
        self.results = self.proxy = None
        self.offers = {}

    @staticmethod
    def host(name):
        return f"mx.{name.replace('_', '-')}.test"

    def _postfix(self, service, leaf):
        postfix = Postfix(os.path.join(self.lab.folder, "postfix-" + service), self.ports[service])
        path = os.path.join(self.dovecot.folder, "run/auth-client")
        wrapper = "yes" if service == "submissions" else "no"
        for name, parameters in SETUPS.items():
            postfix.add(name, self.addresses[name], self.host(name), [leaf], smtpd_sasl_path=path,
                        smtpd_tls_wrappermode=wrapper, **parameters)
        return postfix

    @contextlib.contextmanager
    def running(self):
        for address in self.addresses.values():
            if not all(can_bind(address, port) for port in SERVICES.values()):
                raise Trouble(f"the ports of submission on {address} are taken")
        with contextlib.ExitStack() as stack:
            for server in (self.lab.dns, self.dovecot, *self.postfixes, self.nginx):
                stack.enter_context(server)
            yield

    def scan(self):
        names = "".join(self.host(name) + "\n" for name in SETUPS)
        self.results = self.lab.scan(names, "--hosts", "--services", ",".join(self.ports),
                                     "--per-address", "8")
        self.proxy = self.lab.scan(self.nginx.host + "\n", "--hosts")

    def ask_witness(self):
        self.offers = {place: offers(*place) for place, _ in self.observed()}

    def observed(self):
        """((service, address, port), record) of every endpoint that there has to be."""
        for name, address in self.addresses.items():
            for service, port in self.ports.items():
                found = [record for record in self.results.endpoints
                         if (record["host"], record["service"]) == (self.host(name), service)]
                assert len(found) == 1, f"{len(found)} endpoints of {name} {service}"
                yield (service, address, port), found[0]
        yield ("smtp", self.nginx.address, self.lab.port), self.proxy.endpoint(self.nginx.host)


def said(offers_of_a_reply, keyword):
    """Nothing was said where there was nobody to ask."""
    if offers_of_a_reply is None:
        return "unknown"
    return "yes" if keyword in offers_of_a_reply else "no"


def test_every_dialogue_ends_in_tls_at_its_own_port(world):
    assert world.results.status == 0, world.results.errors
    differences = runner.Differences()
    for place, record in world.observed():
        differences.equal(f"{place}", (record["outcome"], record["starttls"]["handshake"],
                                       record["port"]), ("ok", "yes", place[2]))
    differences.check()


def test_versions_are_those_that_openssl_sees(world):
    differences = runner.Differences()
    seen_of_all = set()
    for place, record in world.observed():
        seen = versions(*place)
        seen_of_all.add(tuple(seen.items()))
        for version, speaks in seen.items():
            differences.equal(f"{place} {version}", record["tls"]["versions"][version], speaks)
    differences.check()
    assert len(seen_of_all) == len(SETUPS), seen_of_all  # the set-ups really differ


def test_certificates_are_those_that_openssl_gets(world):
    differences = runner.Differences()
    for place, record in world.observed():
        certificate = record["certificate"]
        differences.equal(f"{place}", certificate["sha256"], certificate_sha256(*place))
        differences.equal(f"{place} is good", (certificate["trusted"], certificate["name_match"]),
                          ("yes", "yes"))
    differences.check()


def test_a_login_before_tls_is_what_ehlo_in_clear_offers(world):
    differences = runner.Differences()
    verdicts = set()
    for place, record in world.observed():
        expected = said(world.offers[place].in_clear, "auth")
        verdicts.add(expected)
        differences.equal(f"{place}", record["login_before_tls"], expected)
        code = "login_before_tls_on_mx" if place[0] == "smtp" else "login_before_tls"
        differences.equal(f"{place} finding", code in codes(record), expected == "yes")
    differences.check()
    assert verdicts == {"yes", "no", "unknown"}, verdicts


def test_logins_are_offered_inside_tls_to_those_who_are_to_use_them(world):
    """So that their absence before TLS is the server's choice."""
    for place, _ in world.observed():
        offered = said(world.offers[place].in_tls, "auth")
        logs_in = place[1] in (world.addresses["debian"], world.addresses["careless"])
        assert offered == ("yes" if logs_in else "no"), place


def test_starttls_is_advertised_where_ehlo_says_so(world):
    differences = runner.Differences()
    for place, record in world.observed():
        seen = world.offers[place]
        advertised = said(seen.in_clear, "starttls") if seen.in_clear is not None else None
        differences.equal(f"{place}", record["starttls"]["advertised"], advertised)
        differences.equal(f"{place} in TLS", record["starttls"]["offered_in_tls"],
                          said(seen.in_tls, "starttls"))
    differences.check()


def test_requiretls_is_what_ehlo_inside_tls_says(world):
    differences = runner.Differences()
    verdicts = set()
    for place, record in world.observed():
        expected = said(world.offers[place].in_tls, "requiretls")
        verdicts.add(expected)
        differences.equal(f"{place}", record["requiretls"], expected)
    differences.check()
    assert verdicts == {"yes", "no"}, verdicts


def main():
    with Lab() as lab:
        world = World(lab)
        with world.running():
            world.scan()
            world.ask_witness()
            return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
