#!/usr/bin/env python3
"""Services with one fault each, and nginx as a mail proxy: what is concluded from what they say.
test_services.py has those that are as they should be.
"""
import contextlib
import os
import sys

import runner
from lab import Lab, codes
from odd_services import Imap, OddServer, Pop3, Sieve, Silent, Submission
from processes import Process, Trouble, can_bind, free_port, wait_until
from service_witness import certificate_sha256, versions

FIRST = 20  # last part of the first address; each server has one of its own
NGINX_ADDRESSES = {"only": 10, "on": 11}  # by the value of its setting "starttls"
NGINX_PORTS = {"imap": 143, "imaps": 993, "pop3": 110, "pop3s": 995, "submission": 587}
GLUED = b"* CAPABILITY IMAP4rev1\r\n"

# name: (service, server, what the endpoint's record has)
ODD = {
    "imap-executes": ("imap", {"dialect": Imap(), "executes_buffered": True},
                      {"grade": "F", "commands": "yes", "codes": {"command_injection"}}),
    "pop3-refuses-inside": ("pop3", {"dialect": Pop3(), "executes_buffered": True},
                            {"grade": "F", "commands": "yes", "codes": {"command_injection"}}),
    "pop3-takes-inside": ("pop3", {"dialect": Pop3(noop=b"+OK\r\n"), "executes_buffered": True},
                          {"grade": "F", "commands": "yes", "codes": {"command_injection"}}),
    "sieve-executes": ("sieve", {"dialect": Sieve(), "executes_buffered": True},
                       {"grade": "F", "commands": "yes", "codes": {"command_injection"}}),
    "submission-executes": ("submission", {"dialect": Submission(), "executes_buffered": True},
                            {"grade": "F", "commands": "yes", "codes": {"command_injection"}}),
    "imap-forgets": ("imap", {"dialect": Imap()}, {"grade": "A", "commands": "no", "codes": set()}),
    "pop3-forgets": ("pop3", {"dialect": Pop3(noop=b"+OK\r\n")},
                     {"grade": "A", "commands": "no", "codes": set()}),
    "sieve-forgets": ("sieve", {"dialect": Sieve()},
                      {"grade": "A", "commands": "no", "codes": set()}),
    # The server sends one reply too many, also in a control dialogue, so no injected command caused
    # it.
    "submission-greets-again": ("submission", {"dialect": Submission(after=b"220 again\r\n")},
                                {"grade": "A", "commands": "no", "codes": set()}),
    "submission-confirms-tls": ("submission", {"dialect": Submission(after=b"250 tls ok\r\n")},
                                {"grade": "A", "commands": "no", "codes": set()}),
    "submission-quits-twice": ("submission",
                               {"dialect": Submission(goodbye=b"250 ok\r\n221 bye\r\n")},
                               {"grade": "A", "commands": "no", "codes": set()}),
    "pop3-greets-again": ("pop3", {"dialect": Pop3(after=b"+OK again\r\n")},
                          {"grade": "A", "commands": "no", "codes": set()}),
    "imap-injects": ("imap", {"dialect": Imap(), "injects": GLUED},
                     {"commands": "no", "responses": "yes", "codes": {"early_response_bytes"}}),
    "imap-without": ("imap", {"dialect": Imap(offers=False, login=True)},
                     {"outcome": "starttls_not_advertised", "grade": "F", "login": "yes",
                      "codes": {"no_starttls", "login_before_tls"}}),
    "imap-preauth": ("imap", {"dialect": Imap(greeting=b"* PREAUTH hello\r\n", refuses=True)},
                     {"outcome": "starttls_refused", "grade": "F", "login": "yes",
                      "codes": {"starttls_refused", "login_before_tls"}}),
    "imap-login": ("imap", {"dialect": Imap(login=True)},
                   {"grade": "C", "login": "yes", "codes": {"login_before_tls"}}),
    "pop3-without-capa": ("pop3", {"dialect": Pop3(has_capa=False)},
                          {"grade": "A", "advertised": "unknown", "login": "unknown",
                           "commands": "unknown", "codes": set()}),
    "pop3-without-either": ("pop3", {"dialect": Pop3(has_capa=False, offers=False)},
                            {"outcome": "starttls_not_advertised", "grade": "F",
                             "login": "unknown", "codes": {"no_starttls"}}),
    "sieve-literals": ("sieve", {"dialect": Sieve(literals=True)},
                       {"grade": "A", "login": "no", "responses": "no", "codes": set()}),
    "sieve-trickles": ("sieve", {"dialect": Sieve(literals=True), "one_byte_at_a_time": True},
                       {"grade": "A", "login": "no", "codes": set()}),
    "pop3-trickles": ("pop3", {"dialect": Pop3(), "one_byte_at_a_time": True},
                      {"grade": "A", "codes": set()}),
    "imaps-in-clear": ("imaps", {"dialect": Imap()},
                       {"outcome": "tls_plaintext", "grade": "F", "codes": {"no_starttls"}}),
    "imaps-busy": ("imaps", {"dialect": Imap(greeting=b"* BYE too many connections\r\n")},
                   {"outcome": "tls_plaintext", "grade": "U", "codes": set()}),
    "imaps-silent": ("imaps", {"dialect": Silent()},
                     {"outcome": "tls_timeout", "grade": "U", "codes": set()}),
    "pop3s-closed": ("pop3s", None, {"outcome": "connect_refused", "grade": "U", "codes": set()}),
}
# What every server of these lacks, and says nothing about what is tested here.
USUAL = {"no_post_quantum", "rsa_below_3072", "no_sct", "no_ocsp_staple"}

NGINX = """
load_module /usr/lib/nginx/modules/ngx_mail_module.so;
daemon off;
master_process off;
error_log {folder}/error.log info;
pid {folder}/nginx.pid;
events {{ worker_connections 512; }}
mail {{
  auth_http 127.0.0.1:9;
  ssl_certificate {leaf.chain};
  ssl_certificate_key {leaf.key};
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_ciphers ECDHE+AESGCM;
  {servers}
}}
"""


def nginx_servers(addresses):
    """One server for each service and address, as text."""
    for setting, address in addresses.items():
        for service, port in NGINX_PORTS.items():
            protocol = {"submission": "smtp"}.get(service, service.rstrip("s"))
            tls = "ssl" if service in ("imaps", "pop3s") else ""
            starttls = "" if tls else f"starttls {setting};"
            yield (f"server {{ listen {address}:{port} {tls}; protocol {protocol}; "
                   f"server_name {setting}.test; {protocol}_auth plain; {starttls} }}")


class World:
    def __init__(self, lab):
        self.lab = lab
        self.leaf = lab.pki.leaf("odd", ["*.odd.test", "only.nginx.test", "on.nginx.test"])
        self.servers = [self._odd(FIRST + at, *item) for at, item in enumerate(ODD.items())]
        self.nginx = {setting: lab.address(last) for setting, last in NGINX_ADDRESSES.items()}
        for setting, address in self.nginx.items():
            lab.dns.add(f"{setting}.nginx.test", "A " + address)
        lab.dns.add("_imap._tcp.twice.test", "SRV 20 1 1143 b.twice.test.",
                    "SRV 10 9 1143 c.twice.test.", "SRV 10 1 1143 a.twice.test.",
                    "SRV 20 2 1143 b.twice.test.", "SRV 5 0 0 b.twice.test.")
        self.odd = self.hosts = self.ports = self.order = None

    def _odd(self, last, name, row):
        service, arguments, _ = row
        address = self.lab.address(last)
        port = free_port(address)
        self.lab.dns.add(f"mx.{name}.odd.test", "A " + address)
        self.lab.dns.add(f"_{service}._tcp.{name}.odd.test", f"SRV 0 0 {port} {name}.odd.test.")
        self.lab.dns.add(f"{name}.odd.test", "A " + address)
        return None if arguments is None else OddServer(address, port, self.leaf, **arguments)

    @contextlib.contextmanager
    def running(self):
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.lab.dns)
            for server in self.servers:
                if server is not None:
                    stack.enter_context(server)
            stack.enter_context(self._nginx())
            yield

    @contextlib.contextmanager
    def _nginx(self):
        folder = os.path.join(self.lab.folder, "nginx")
        os.makedirs(folder)
        for address in self.nginx.values():
            if not all(can_bind(address, port) for port in NGINX_PORTS.values()):
                raise Trouble(f"the ports of mail services on {address} are taken")
        path = os.path.join(folder, "nginx.conf")
        with open(path, "w", encoding="ascii") as stream:
            stream.write(NGINX.format(folder=folder, leaf=self.leaf,
                                      servers="\n  ".join(nginx_servers(self.nginx))))
        process = Process("nginx", ["nginx", "-e", folder + "/error.log", "-c", path, "-p", folder],
                          folder)
        try:
            wait_until(lambda: self._answers(process), "nginx to answer")
            yield
        finally:
            process.stop()

    def _answers(self, process):
        process.check()
        return not any(can_bind(address, port) for address in self.nginx.values()
                       for port in NGINX_PORTS.values())

    def scan(self):
        names = "".join(name + ".odd.test\n" for name in ODD)
        self.odd = self.lab.scan(names, "--services", "submission,imap,imaps,pop3,pop3s,sieve",
                                 "--handshake-timeout", "4", "--retry-wait", "0.4")
        self.hosts = self.lab.scan("only.nginx.test\n" + self.nginx["on"] + "\n", "--hosts",
                                   "--services", ",".join(NGINX_PORTS), "--per-address", "8")
        port = self.servers[0].port
        text = f"{self.servers[0].address}:{port}\n"
        self.ports = [self.lab.scan(text, "--hosts", "--services", services, "--depth", "quick")
                      for services in ("imap", "imap,pop3")]
        self.order = self.lab.scan("twice.test\n", "--services", "imap", "--depth", "quick")

    def record(self, name):
        return self.odd.endpoint(name + ".odd.test")


def seen_of(record):
    """What the table of ODD may name, of an endpoint."""
    return {"outcome": record["outcome"], "grade": record["grade"],
            "commands": record["injection"]["commands"],
            "responses": record["injection"]["responses"],
            "login": record["login_before_tls"], "advertised": record["starttls"]["advertised"],
            "codes": codes(record) - USUAL}


def test_each_fault_is_seen_for_what_it_is(world):
    assert world.odd.status == 0, world.odd.errors
    differences = runner.Differences()
    for name, (service, _, expected) in ODD.items():
        record = world.record(name)
        seen = seen_of(record)
        differences.equal(f"{name} service", record["service"], service)
        for key, value in {"outcome": "ok", **expected}.items():
            differences.equal(f"{name} {key}", seen[key], value)
    differences.check()


def test_a_domain_of_services_alone_has_their_grade(world):
    differences = runner.Differences()
    for name, (service, _, _) in ODD.items():
        domain = world.odd.domain(name + ".odd.test")
        differences.equal(name, domain["grade"], world.record(name)["grade"])
        offered = [entry["service"] for entry in domain["services"] if entry["offered"] == "yes"]
        differences.equal(name + " services", offered, [service])
        differences.equal(name + " partial", domain["partial"], domain["grade"] == "U")
    differences.check()


def test_every_service_named_is_tried_on_each_host(world):
    assert world.hosts.status == 0, world.hosts.errors
    seen = {(record["host"] or record["address"], record["service"], record["port"])
            for record in world.hosts.endpoints}
    assert seen == {(host, service, port) for host in ("only.nginx.test", world.nginx["on"])
                    for service, port in NGINX_PORTS.items()}, seen
    assert {record["outcome"] for record in world.hosts.endpoints} == {"ok"}


def test_nginx_is_seen_as_openssl_sees_it(world):
    differences = runner.Differences()
    for record in world.hosts.endpoints:
        place = record["service"], record["address"], record["port"]
        differences.equal(f"{place} certificate", record["certificate"]["sha256"],
                          certificate_sha256(*place))
        for version, speaks in versions(*place).items():
            differences.equal(f"{place} {version}", record["tls"]["versions"][version], speaks)
    differences.check()


def test_nginx_offers_a_login_before_tls_unless_starttls_is_only(world):
    differences = runner.Differences()
    for record in world.hosts.endpoints:
        what = f"{record['address']} {record['service']}"
        if record["service"] in ("imaps", "pop3s"):
            differences.equal(what, record["login_before_tls"], "unknown")
            continue
        offers = record["address"] == world.nginx["on"]
        differences.equal(what, record["login_before_tls"], "yes" if offers else "no")
        differences.equal(what + " grade", record["grade"], "C" if offers else "A")
        differences.equal(what + " commands", record["injection"]["commands"], "no")
    differences.check()


def test_a_port_in_a_host_list_is_for_one_service(world):
    one, two = world.ports
    assert one.status == 0 and [record["port"] for record in one.endpoints] == [
        world.servers[0].port]
    assert not two.endpoints and "a port is of one service" in two.errors, two.errors


def test_srv_records_are_in_order_of_priority_and_each_place_there_once(world):
    entries = [(entry["host"], entry["port"])
               for entry in world.order.domain("twice.test")["services"]]
    assert entries == [("a.twice.test", 1143), ("c.twice.test", 1143), ("b.twice.test", 1143)]


def main():
    with Lab() as lab:
        world = World(lab)
        with world.running():
            world.scan()
            return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
