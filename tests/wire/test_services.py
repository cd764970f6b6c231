#!/usr/bin/env python3
"""The services that people's mail programs use, on a real Dovecot and a real Postfix: found by SRV
records, spoken to each in its own way, compared with what openssl s_client sees.
"""
import contextlib
import os
import sys

import runner
from dovecot import Dovecot
from lab import Lab, codes
from postfix import Postfix
from processes import free_port
from service_witness import IMPLICIT, certificate_sha256, versions

ALL = "submission,submissions,imap,imaps,pop3,pop3s,sieve"


class World:
    """careful.test offers logins inside TLS only; careless.test in clear, and old versions too."""

    def __init__(self, lab):
        self.lab = lab
        self.hosts = {"careful": lab.address(10), "careless": lab.address(11)}
        self.ports = {name: free_port(self.hosts["careful"]) for name in
                      ("imap", "imaps", "pop3", "pop3s", "sieve", "submission", "submissions")}
        self.leafs = {name: lab.pki.leaf(name, [f"mx.{name}.test"]) for name in self.hosts}
        self.dovecots = [
            Dovecot(lab.folder, "careful", self.hosts["careful"], self.leafs["careful"],
                    ports=self.ports),
            Dovecot(lab.folder, "careless", self.hosts["careless"], self.leafs["careless"],
                    login_before_tls=True, oldest="TLSv1", ports=self.ports),
        ]
        self.postfixes = {name: self._postfix(name) for name in ("submission", "submissions")}
        for name, address in self.hosts.items():
            lab.dns.add(f"mx.{name}.test", "A " + address)
            lab.dns.add(f"{name}.test", f"MX 10 mx.{name}.test.")
            for service, port in self.ports.items():
                if (name, service) != ("careless", "submission"):
                    lab.dns.add(f"_{service}._tcp.{name}.test",
                                f"SRV 0 1 {port} mx.{name}.test.")
        lab.dns.add("_imap._tcp.none.test", "SRV 0 0 0 .")
        lab.dns.add("none.test", "MX 10 mx.careful.test.")
        self.results = self.with_mx = None

    def _postfix(self, service):
        postfix = Postfix(os.path.join(self.lab.folder, service), self.ports[service])
        wrapper = "yes" if service == "submissions" else "no"
        for name, address in self.hosts.items():
            auth = {"smtpd_sasl_auth_enable": "yes", "smtpd_sasl_type": "dovecot",
                    "smtpd_sasl_path": os.path.join(self.lab.folder, name, "run/auth-client"),
                    "smtpd_tls_auth_only": "yes" if name == "careful" else "no"}
            postfix.add(name, address, f"mx.{name}.test", [self.leafs[name]],
                        smtpd_tls_wrappermode=wrapper, smtpd_tls_protocols=">=TLSv1.2",
                        smtpd_tls_mandatory_protocols=">=TLSv1.2", **auth)
        return postfix

    @contextlib.contextmanager
    def running(self):
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.lab.dns)
            for server in (*self.dovecots, *self.postfixes.values()):
                stack.enter_context(server)
            yield

    def scan(self):
        self.results = self.lab.scan("careful.test\ncareless.test\nnone.test\n", "--services", ALL,
                                     "--per-address", "8")
        self.with_mx = self.lab.scan("careless.test\nnone.test\n", "--services", "submission",
                                     "--submission-on-mx", "--depth", "quick")

    def endpoint(self, name, service):
        found = [record for record in self.results.endpoints
                 if record["host"] == f"mx.{name}.test" and record["service"] == service]
        assert len(found) == 1, f"{len(found)} endpoints of {name} {service}"
        return found[0]

    def observed(self):
        """Every endpoint that there has to be: (name, service, record)."""
        for name in self.hosts:
            for service in self.ports:
                if (name, service) != ("careless", "submission"):
                    yield name, service, self.endpoint(name, service)

    def place(self, name, service):
        return service, self.hosts[name], self.ports[service]


def test_every_service_is_found_by_its_srv_record(world):
    assert world.results.status == 0, world.results.errors
    seen = {(record["host"], record["service"], record["port"])
            for record in world.results.endpoints}
    expected = {(f"mx.{name}.test", service, world.ports[service])
                for name, service, _ in world.observed()}
    assert seen == expected, seen ^ expected


def test_each_dialogue_ends_in_tls(world):
    differences = runner.Differences()
    for name, service, record in world.observed():
        what = f"{name} {service}"
        differences.equal(what + " outcome", record["outcome"], "ok")
        differences.equal(what + " handshake", record["starttls"]["handshake"], "yes")
        advertised = None if service in IMPLICIT else "yes"
        differences.equal(what + " advertised", record["starttls"]["advertised"], advertised)
    differences.check()


def test_versions_are_those_that_openssl_sees(world):
    differences = runner.Differences()
    for name, service, record in world.observed():
        for version, speaks in versions(*world.place(name, service)).items():
            differences.equal(f"{name} {service} {version}", record["tls"]["versions"][version],
                              speaks)
    differences.check()


def test_certificates_are_those_that_openssl_gets(world):
    differences = runner.Differences()
    for name, service, record in world.observed():
        differences.equal(f"{name} {service}", record["certificate"]["sha256"],
                          certificate_sha256(*world.place(name, service)))
        differences.equal(f"{name} {service} trusted", record["certificate"]["trusted"], "yes")
        differences.equal(f"{name} {service} name", record["certificate"]["name_match"], "yes")
    differences.check()


def test_a_login_before_tls_is_seen_where_it_is_offered_and_caps_at_c(world):
    differences = runner.Differences()
    for name, service, record in world.observed():
        what = f"{name} {service}"
        if service in IMPLICIT:
            differences.equal(what, record["login_before_tls"], "unknown")
            continue
        offered = name == "careless"
        differences.equal(what, record["login_before_tls"], "yes" if offered else "no")
        differences.equal(what + " finding", "login_before_tls" in codes(record), offered)
        if offered:
            differences.equal(what + " grade", record["grade"], "C")
    differences.check()


def test_no_command_from_before_tls_is_executed_after_it(world):
    for name, service, record in world.observed():
        expected = "unknown" if service in IMPLICIT else "no"
        assert record["injection"]["commands"] == expected, (name, service, record["injection"])


def test_a_domain_lists_its_services_and_is_graded_by_them(world):
    careful = world.results.domain("careful.test")
    assert {entry["service"] for entry in careful["services"]} == set(world.ports)
    assert {entry["offered"] for entry in careful["services"]} == {"yes"}
    assert careful["grade"] == "A", careful["grade"]
    assert careful["mx"] == [] and careful["opportunistic_tls"] == "unknown"
    careless = world.results.domain("careless.test")
    assert careless["grade"] == "C" and "login_before_tls" in codes(careless)


def test_a_service_that_is_said_not_to_be_there_is_told_from_one_without_a_record(world):
    services = {entry["service"]: entry
                for entry in world.results.domain("none.test")["services"]}
    assert services["imap"]["offered"] == "no" and services["imap"]["host"] is None
    assert services["pop3"]["offered"] == "unknown"
    assert services["pop3"]["lookup"] in ("dns_nodata", "dns_nxdomain")
    assert world.results.domain("none.test")["grade"] == "U"


def test_submission_is_looked_for_on_the_mx_hosts_only_when_asked(world):
    found = {record["host"] for record in world.with_mx.endpoints
             if record["service"] == "submission"}
    assert found == {"mx.careless.test", "mx.careful.test"}, found
    assert {record["port"] for record in world.with_mx.endpoints} == {587}


def test_no_login_is_ever_tried(world):
    for dovecot in world.dovecots:
        with open(os.path.join(dovecot.folder, "log"), encoding="utf-8") as stream:
            text = stream.read()
        assert "auth attempts" not in text.replace("no auth attempts", ""), text
        assert "Panic" not in text and "Fatal" not in text, text


def main():
    with Lab() as lab:
        world = World(lab)
        with world.running():
            world.scan()
            return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
