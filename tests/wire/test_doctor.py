#!/usr/bin/env python3
"""`mxgrade doctor` on machines that are fit, and on machines each of which lacks one thing: in a network
namespace with a Postfix, a validating unbound over signed zones, resolvers that lie, and rules of
nftables in the way.
"""
import concurrent.futures
import contextlib
import ctypes
import json
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time

import network_world
import runner
from fleet import FACTOR, preload
from lab import MXGRADE, Lab
from network_world import A, NXDOMAIN, address
from processes import free_port

HERE = os.path.dirname(os.path.abspath(__file__))
CLONE_NEWNET = 0x40000000
# The address that servers see, and its name. The next one has a PTR name that leads elsewhere, the
# third one has none.
OWN, NAMED_WRONGLY, NAMELESS = "203.0.113.7", "203.0.113.8", "203.0.113.9"
NAME, OTHER_NAME = "scanner.test", "other.test"
SOA = 6
SECONDS = 15


def command(text):
    subprocess.run(text.split(), check=True)


def own_network():
    """A network of this process's own, where OWN leads to the world and IPv6 leads nowhere."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise SystemExit("a network of its own is not allowed here")
    command("ip link set lo up")
    for own in (OWN, NAMED_WRONGLY, NAMELESS):
        command(f"ip address add {own}/32 dev lo")
    command(f"ip route add default dev lo src {OWN}")


class Finding:
    def __init__(self, status, text):
        self.status, self.text = status, text

    def __repr__(self):
        return f"{self.status}: {self.text}"


class Report:
    """What a doctor said, by subject."""

    def __init__(self, status, output, errors, seconds):
        self.status, self.output, self.errors, self.seconds = status, output, errors, seconds
        rows = [line.split(None, 2) for line in output.splitlines()]
        self.findings = {subject: Finding(status, text) for status, subject, text in rows}

    def __getitem__(self, subject):
        return self.findings[subject]

    def check(self, subject, status, *words):
        finding = self[subject]
        assert finding.status == status, f"{subject} is {finding}\n{self.output}"
        for word in words:
            assert word in finding.text, f"{word!r} is not in {finding}"


class World:
    def __init__(self, lab):
        self.lab = lab
        leaf = lab.pki.leaf("leaf", ["mx1.test"])
        for number in (1, 2):
            name = f"mx{number}.test"
            lab.postfix.add(f"mx{number}", lab.address(9 + number), name, [leaf])
            lab.dns.add(name, "A " + lab.address(9 + number))
            lab.dns.add(f"d{number}.test", f"MX 10 {name}.")
        lab.dns.add(NAME, "A " + OWN, "A " + NAMELESS)
        lab.dns.add(OTHER_NAME, "A " + lab.address(10))
        lab.dns.add("7.113.0.203.in-addr.arpa", f"PTR {NAME}.")
        lab.dns.add("8.113.0.203.in-addr.arpa", f"PTR {OTHER_NAME}.")
        self.list = self.write("list.txt", "d1.test\nno such line\nd2.test\n")
        self.clean_list = self.write("clean.txt", "d1.test\n")

    def write(self, name, text):
        path = os.path.join(self.lab.folder, name)
        with open(path, "w", encoding="ascii") as stream:
            stream.write(text)
        return path

    def run(self, *arguments, **more):
        began = time.monotonic()
        done = subprocess.run([MXGRADE, "doctor", *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60 * FACTOR, check=False,
                              **more)
        return done, time.monotonic() - began

    def options(self):
        return ["--resolver", self.lab.dns.resolver, "--allow-net", self.lab.network + ".0/24",
                "--allow-net", "203.0.113.0/24", "-4", "--ehlo", NAME]

    def doctor(self, *arguments, **more):
        done, seconds = self.run(*self.options(), *arguments, **more)
        assert done.returncode in (0, 1, 3), done.stderr
        return Report(done.returncode, done.stdout, done.stderr, seconds)


def scan(world, *arguments, **more):
    """What a scan says on stderr."""
    out = os.path.join(world.lab.folder, "out.jsonl")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(out)
    done = subprocess.run([MXGRADE, "scan", world.clean_list, *world.options(), "--ca-file",
                           world.lab.pki.root_file, "--depth", "quick", "-o", out, *arguments],
                          capture_output=True, text=True, timeout=60 * FACTOR, check=False, **more)
    return done.stderr


def sentence_of(finding):
    """What comes before the advice."""
    return finding.text.partition("; ")[0]


# ---- A machine that is fit


def test_a_fit_machine_is_fit(world):
    mark = {setup: world.lab.postfix.log_mark() for setup in world.lab.postfix.setups}
    report = world.doctor(world.list)
    assert report.status == 0, report.output
    for subject in ("resolver", "nxdomain", "dnssec", "name", "port_25", "descriptors",
                    "local_ports"):
        report.check(subject, "fine")
    report.check("port_25", "fine", "2 of 2 servers greeted", "mx1.test [", "220 ")
    report.check("name", "fine", f"{OWN} is called {NAME}, which leads back to it")
    report.check("ipv6", "not_asked", "-4")
    assert len(report.findings) == 12 and report.errors == "", report.output
    assert report.seconds < SECONDS
    # It asked of each server no more than its greeting and EHLO, under its name.
    for setup, since in mark.items():
        lines = world.lab.postfix.log_lines(setup, since)
        # The laboratory itself asked whether Postfix is up, by a QUIT alone.
        ends = [line.partition("] ")[2] for line in lines if "disconnect from" in line]
        assert [end for end in ends if end != "quit=1 commands=1"] == \
            ["ehlo=1 quit=1 commands=2"], lines
        assert any(f"helo=<{NAME}>" in line for line in lines), lines


def test_json_has_the_same(world):
    done, _ = world.run(*world.options(), world.list, "--json")
    words, _ = world.run(*world.options(), world.list)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    shown = [f"{record['status']:9} {record['subject']:12} {record['found']}" +
             (f"; {record['remedy']}" if record["remedy"] else "") for record in records]
    without_time = [re.sub(r"[0-9T:-]+Z|\d+ MB|\d+ local ports", "", line)
                    for line in ("\n".join(shown), words.stdout.rstrip())]
    assert without_time[0] == without_time[1], done.stdout + words.stdout
    assert {record["type"] for record in records} == {"doctor"}


def test_nobody_is_called_without_a_list(world):
    report = world.doctor()
    assert report.status == 0, report.output
    report.check("port_25", "not_asked", "LIST", "--host")


def test_a_list_of_a_file_is_taken(world):
    config = world.write("doctor.conf", f"list = {world.list}\n")
    world.doctor("--config", config).check("port_25", "fine", "2 of 2")


def test_hosts_are_called_in_place_of_the_list(world):
    host = f"mx2.test:{world.lab.port}"
    report = world.doctor(world.list, "--host", host, "--host", world.lab.address(11))
    report.check("port_25", "fine", "1 of 1 servers greeted", "mx2.test")


def test_who_is_excluded_is_not_called(world):
    exclude = world.write("exclude.txt", f"{world.lab.network}.0/24\n")
    report = world.doctor(world.list, "--exclude", exclude)
    report.check("port_25", "unknown", "of 2 hosts none has an address that may be contacted")
    assert report.status == 3, report.output


def test_usage_is_told(world):
    for arguments, words in ((["--host", "!"], "--host !"), (["/nothing/here"], "/nothing/here"),
                             (["--resolver", "x"], "--resolver x"), (["--canary", "!"], "--canary"),
                             (["--what"], "--what")):
        done, _ = world.run(*arguments)
        assert done.returncode == 2 and words in done.stderr, (arguments, done.stderr)


# ---- The port


@contextlib.contextmanager
def filtered(rule):
    command("nft add table inet doctor")
    try:
        subprocess.run(["nft", "add chain inet doctor out { type filter hook output priority 0; }"],
                       check=True)
        subprocess.run(["nft", f"add rule inet doctor out {rule}"], check=True)
        yield
    finally:
        command("nft delete table inet doctor")


def check_blocked(world, rule, *words):
    with filtered(rule.format(port=world.lab.port)):
        report = world.doctor(world.list)
    report.check("port_25", "failed", "none of the servers that were called (2) greeted", *words,
                 f"outbound port {world.lab.port}")
    assert report.status == 1, report.output
    assert report.seconds < SECONDS, report.seconds


def check_silence(world):
    box = Middlebox(world.lab.address(31), lambda connection: connection.recv(512))
    report = world.doctor("--host", box.address)
    report.check("port_25", "failed", "gave no greeting in time")
    assert report.seconds < SECONDS, report.seconds


def test_silence_is_waited_for_no_longer_than_told(world):
    """Of a port that drops everything, and of a server that does not greet, both at once."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        silence = pool.submit(check_silence, world)
        check_blocked(world, "tcp dport {port} drop", "did not answer at all")
        silence.result()


def test_a_port_that_is_rejected(world):
    check_blocked(world, "tcp dport {port} reject with tcp reset", "refused the connection")


def test_a_port_that_is_prohibited(world):
    check_blocked(world, "tcp dport {port} reject with icmpx admin-prohibited", "cannot be reached")


class Middlebox:
    """Answers in place of a server, as `speak(connection)` does."""

    def __init__(self, address, speak):
        self.socket = socket.create_server((address, free_port(address)))
        self.address = f"{address}:{self.socket.getsockname()[1]}"
        self.speak = speak
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection = self.socket.accept()[0]
                with connection:
                    self.speak(connection)


def without_starttls(connection):
    connection.sendall(b"220-one\r\n220 two ESMTP\r\n")
    connection.recv(512)
    connection.sendall(b"250-two\r\n250-XXXXXXXA\r\n250 HELP\r\n")
    connection.recv(512)


def test_what_only_accepts_or_speaks_something_else(world):
    for speak, words in ((lambda _: None, "closed it without a greeting"),
                         (lambda c: (c.sendall(b"SSH-2.0-x\r\n"), c.recv(512)),
                          "does not speak SMTP")):
        box = Middlebox(world.lab.address(30), speak)
        world.doctor("--host", box.address).check("port_25", "failed", words)


def test_an_offer_of_starttls_that_nobody_makes(world):
    hosts = []
    for last in (32, 33):
        hosts += ["--host", Middlebox(world.lab.address(last), without_starttls).address]
    report = world.doctor(*hosts)
    report.check("port_25", "warning", "2 servers answered, and none offers STARTTLS")
    assert report.status == 0, report.output


# ---- The resolver


@contextlib.contextmanager
def resolver(answer):
    """One that answers by a function: its address."""
    port = free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", port))
        server.settimeout(0.1)
        is_over = threading.Event()
        protocol = network_world.Dns(answer)
        protocol.transport = server

        def serve():
            while not is_over.is_set():
                with contextlib.suppress(OSError):
                    protocol.datagram_received(*server.recvfrom(2048))

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            is_over.set()
            thread.join()


ROOT = [(SOA, b"\0" * 22)]


def honest(name, kind):
    return (ROOT if kind == SOA else []) if name == "" else NXDOMAIN


def liar(name, kind):
    return ROOT if name == "" and kind == SOA else [address("127.0.0.1")] if kind == A else []


def test_a_resolver_that_lies_about_names(world):
    with resolver(liar) as place:
        report = world.doctor("--resolver", place)
    report.check("resolver", "fine")
    report.check("nxdomain", "failed", ".invalid, a name that nobody has")
    assert report.status == 1, report.output


def test_a_resolver_that_lies_about_a_name_of_the_user(world):
    with resolver(lambda name, kind: liar(name, kind) if name == "gone.test" else
                  honest(name, kind)) as place:
        world.doctor("--resolver", place, "--canary-absent", "never.test").check("nxdomain", "fine")
        report = world.doctor("--resolver", place, "--canary-absent", "gone.test")
    report.check("nxdomain", "failed", "gone.test, a name that nobody has")


def test_a_resolver_that_does_not_validate(world):
    with resolver(honest) as place:
        report = world.doctor("--resolver", place)
    report.check("dnssec", "failed", f"{place} does not validate", "--resolver own")
    report.check("nxdomain", "fine")
    assert report.status == 1, report.output


def test_a_resolver_whose_word_could_be_forged(world):
    place = f"{OWN}:{world.lab.dns.port}"
    world.doctor("--resolver", place).check("dnssec", "failed", "not on this machine", "--trust-ad")
    world.doctor("--resolver", place, "--trust-ad").check("dnssec", "fine", "validates")


def test_a_resolver_that_is_not_there(world):
    report = world.doctor("--resolver", f"127.0.0.1:{free_port()}", world.list)
    report.check("resolver", "failed", "does not answer", "--resolver")
    for subject in ("nxdomain", "dnssec", "name", "port_25"):
        report.check(subject, "unknown")
    assert report.status == 1 and report.seconds < SECONDS, report.output


def test_a_resolver_that_is_silent(world):
    with resolver(lambda *_: None) as place:
        report = world.doctor("--resolver", place, world.list)
    report.check("resolver", "failed", "does not answer")
    assert report.seconds < SECONDS, report.seconds


def test_a_resolver_without_a_way_to_the_world(world):
    with resolver(lambda *_: network_world.SERVFAIL) as place:
        report = world.doctor("--resolver", place)
    report.check("resolver", "failed", "knows nothing of the DNS's root (servfail)")
    report.check("nxdomain", "unknown")


def test_a_name_that_must_be_there(world):
    world.doctor("--canary", "d1.test", "--canary", "mx1.test").check("resolver", "fine")
    world.doctor("--canary", "d1.test", "--canary", "missing.test").check(
        "resolver", "failed", "missing.test")


# ---- The name


def name_of(world, source, *options):
    command(f"ip route replace default dev lo src {source}")
    try:
        return world.doctor(*options)
    finally:
        command(f"ip route replace default dev lo src {OWN}")


def test_a_name_that_leads_elsewhere(world):
    report = name_of(world, NAMED_WRONGLY)
    report.check("name", "failed", f"{NAMED_WRONGLY} has the PTR name {OTHER_NAME}",
                 "does not lead back to it")
    assert report.status == 1, report.output


def test_an_address_without_a_name(world):
    name_of(world, NAMELESS).check("name", "failed", f"{NAMELESS} has no PTR name")


def test_a_greeting_that_is_not_the_name(world):
    world.doctor("--ehlo", OTHER_NAME).check("name", "failed", f'greeting as "{OTHER_NAME}"', OWN,
                                             NAME)
    world.doctor("--ehlo", "machine.lan").check("name", "failed", "it is not a public name")


def test_each_source_has_a_name_of_its_own(world):
    both = ("--source", OWN, "--source", NAMED_WRONGLY)
    done, seconds = world.run("--resolver", world.lab.dns.resolver, "--allow-net",
                              "203.0.113.0/24", "-4", *both[:2])
    Report(done.returncode, done.stdout, done.stderr, seconds).check("name", "fine", OWN, NAME)
    world.doctor(*both).check("name", "failed", f"{NAMED_WRONGLY} has the PTR name {OTHER_NAME}")
    with socket.create_server((world.lab.address(34), 0)) as server:
        port = server.getsockname()[1]
        called = threading.Thread(target=lambda: world.doctor(
            "--source", NAMELESS, "--host", f"{world.lab.address(34)}:{port}"))
        called.start()
        connection, peer = server.accept()
        connection.close()
        called.join()
    assert peer[0] == NAMELESS, peer


def test_an_address_that_servers_do_not_see(world):
    def at(*options):
        done, seconds = world.run("--resolver", world.lab.dns.resolver, "-4", *options)
        return Report(done.returncode, done.stdout, done.stderr, seconds)
    at("--ehlo", NAME).check("name", "fine", "cannot be told here")
    at("--ehlo", OTHER_NAME).check("name", "failed", f'greeting as "{OTHER_NAME}"', "no address")
    at("--ehlo", "machine.lan").check("name", "failed", "it is not a public name")


# ---- The machine


def test_a_machine_without_ipv6(world):
    options = [option for option in world.options() if option != "-4"]
    done, seconds = world.run(*options)
    report = Report(done.returncode, done.stdout, done.stderr, seconds)
    report.check("ipv6", "warning", "no route for IPv6", "-4")
    assert report.status == 0, report.output
    command("ip address add 2001:db8::7/128 dev lo")
    command("ip -6 route add default dev lo")
    done, seconds = world.run(*options)
    Report(done.returncode, done.stdout, done.stderr, seconds).check("ipv6", "fine")
    command("ip -6 route delete default dev lo")
    command("ip address delete 2001:db8::7/128 dev lo")


def limit_files():
    resource.setrlimit(resource.RLIMIT_NOFILE, (500, 500))


def test_few_descriptors(world):
    report = world.doctor("--threads", "1", preexec_fn=limit_files)
    report.check("descriptors", "failed", "500 open files are allowed: 300 connections at once "
                 "instead of 10000", "ulimit -n")
    assert report.status == 1, report.output
    world.doctor("--threads", "1", "--concurrency", "300", preexec_fn=limit_files).check(
        "descriptors", "fine")
    world.doctor("--threads", "2", "--concurrency", "600", preexec_fn=limit_files).check(
        "descriptors", "fine", "for each thread")
    # A scan says it in the same words, once.
    errors = scan(world, "--threads", "1", preexec_fn=limit_files)
    assert errors.count(report["descriptors"].text) == 1, errors


def test_a_scan_on_a_fit_machine_says_nothing_of_it(world):
    errors = scan(world)
    assert errors == "", errors


def test_few_local_ports(world):
    path = "/proc/sys/net/ipv4/ip_local_port_range"
    with open(path, encoding="ascii") as stream:
        before = stream.read()
    with open(path, "w", encoding="ascii") as stream:
        stream.write("50000 50099")
    try:
        report = world.doctor()
        errors = scan(world)
    finally:
        with open(path, "w", encoding="ascii") as stream:
            stream.write(before)
    report.check("local_ports", "failed", "100 of the local ports 50000 to 50099 are free",
                 "ip_local_port_range")
    assert errors.count("of the local ports 50000 to 50099 are free") == 1, errors


def test_local_ports_that_are_taken(world):
    before = int(re.match(r"\d+", world.doctor()["local_ports"].text).group())
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            assert server.getsockname()[1] > 32767
        after = int(re.match(r"\d+", world.doctor()["local_ports"].text).group())
    assert after <= before - 50 + 5, (before, after)


@contextlib.contextmanager
def small_disk(size):
    with tempfile.TemporaryDirectory(prefix="mxgrade-wire.") as folder:
        command(f"mount -t tmpfs -o size={size} tmpfs {folder}")
        try:
            yield folder
        finally:
            command(f"umount {folder}")


def test_a_small_disk(world):
    many = world.write("many.txt", "".join(f"d{number}.test\n" for number in range(1, 1001)))
    with small_disk("2m") as folder:
        out = os.path.join(folder, "results.jsonl")
        report = world.doctor(many, "-o", out)
        world.doctor(many, "-o", out + ".zst").check("disk", "fine")
        world.doctor(world.list, "-o", out).check("disk", "fine", "2 MB of room")
        world.doctor(many, "-o", os.path.join(folder, "no", "where")).check(
            "disk", "unknown", "No such file")
        world.doctor(many, "--shard", "1/10", "-o", out).check("disk", "fine", "take 1 MB")
    report.check("disk", "failed", f"2 MB of room for {out}, and the results may take 10 MB",
                 "--output")
    assert report.status == 1, report.output


def test_a_full_disk_is_said_by_a_scan_too(world):
    many = world.write("many.txt", "d1.test\n" * 1000)
    with small_disk("64k") as folder:
        out = os.path.join(folder, "results.jsonl")
        done = subprocess.run([MXGRADE, "scan", many, *world.options(), "--depth", "quick", "-o",
                               out], capture_output=True, text=True, timeout=60 * FACTOR,
                              check=False)
    assert done.stderr.count(f"there are 0 MB of room for {out}") == 1, done.stderr


def test_a_clock_that_is_wrong(world):
    environment = preload(os.path.join(HERE, "wall_clock_step.c"), world.lab.folder)
    for years, words in ((-10, "before this program was made"), (30, "20 years after")):
        report = world.doctor(env=dict(environment, WALL_STEP=str(years * 365 * 86400)))
        report.check("clock", "failed", words)
        assert report.status == 1, report.output


def main():
    own_network()
    with Lab() as lab:
        lab.dns.interfaces = ("127.0.0.1", OWN)
        world = World(lab)
        with lab.running():
            return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
