#!/usr/bin/env python3
"""Checks that the fleet simulator behaves as its own table (`fleet expect`) says.

usage: test_fleet.py [path of the fleet program]

A small scanner written against the standard library's sockets and OpenSSL calls every host of a
fleet that holds each behaviour and each DNS shape once, and compares what it sees with the table.
"""
import concurrent.futures
import json
import os
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
import warnings

warnings.simplefilter("ignore", DeprecationWarning)  # TLS 1.0 is old, that is why it is tested

FLEET = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("FLEET", "build/release/fleet")
WAIT = 2.0  # seconds that a reply may take; the slowest honest host takes a third of it
FLOOD = 64 * 1024
VERSIONS = {
    "TLSv1.0": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}
# X509_V_ERR_* of OpenSSL (x509_vfy.h) by our code for the problem. A leaf from an unknown issuer
# is "unable to get local issuer"; without the name in the subjectAltName it is a mismatch.
VERIFY_ERRORS = {
    "expired": {10},
    "not_yet_valid": {9},
    "name_mismatch": {62},
    "cn_only": {62},
    "self_signed": {18},
    "untrusted_root": {19},
    "incomplete_chain": {20},
    "weak_key": {66},
    "weak_signature": {68},
    "bad_purpose": {26},
}


class End(Exception):
    """The dialogue ended; args[0] is the outcome."""


class Checks:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def equal(self, name, seen, expected):
        self.true(name, seen == expected, f"saw {seen!r}, expected {expected!r}")

    def true(self, name, condition, detail=""):
        if condition:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {name}: {detail}")


class Fleet:
    """A running fleet on ports of its own."""

    def __init__(self, folder, *options):
        self.options = options
        self.ca_file = os.path.join(folder, "root.pem")
        self.intermediate_file = os.path.join(folder, "intermediate.pem")
        self.stats_file = os.path.join(folder, "stats.jsonl")
        command = [FLEET, "serve", "--port", "0", "--dns", "0", "--seconds", "300",
                   "--write-ca", self.ca_file, "--write-intermediate", self.intermediate_file,
                   "--stats", self.stats_file, "--slow-banner", "300:700", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        words = self.process.stdout.readline().split()
        if words[:2] != ["fleet:", "ready"]:
            raise SystemExit("the fleet did not start")
        self.dns_port = int(words[2].rsplit(":", 1)[1])
        self.port = int(words[3].split("=")[1])

    def expect(self):
        world = list(self.options)
        for name in ("--groups", "--processes", "--rtt", "--banner", "--dns-rtt"):
            if name in world:
                del world[world.index(name):world.index(name) + 2]
        text = subprocess.run([FLEET, "expect", *world], stdout=subprocess.PIPE, text=True,
                              check=True).stdout
        return [json.loads(line) for line in text.splitlines()]

    def stats(self):
        before = os.path.getmtime(self.stats_file) if os.path.exists(self.stats_file) else 0
        self.process.send_signal(signal.SIGUSR1)
        for _ in range(100):
            if os.path.exists(self.stats_file) and os.path.getmtime(self.stats_file) != before:
                break
            time.sleep(0.05)
        return read_lines(self.stats_file)

    def stop(self):
        self.process.terminate()
        self.process.stdout.close()
        return self.process.wait(timeout=20)


def read_lines(file):
    with open(file, encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


class Dialogue:
    """One connection, strictly by turns. Every way to end is an End with the scanner's word."""

    def __init__(self, address, port):
        self.phase = "banner"
        self.pending = b""
        self.secure = False
        try:
            self.socket = socket.create_connection((address, port), timeout=WAIT)
        except ConnectionResetError:
            raise End("banner_reset") from None

    def receive(self):
        """Some bytes, before the deadline of the reply."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise End(f"{self.phase}_timeout")
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(65536)
        except TimeoutError:
            raise End(f"{self.phase}_timeout") from None
        except ConnectionResetError:
            raise End(f"{self.phase}_reset") from None
        if not data:
            raise End(f"{self.phase}_closed")
        self.pending += data

    def reply(self):
        """One whole reply: (code, [texts])."""
        self.deadline = time.monotonic() + WAIT
        texts = []
        total = 0
        while True:
            while b"\n" not in self.pending:
                self.receive()
            line, self.pending = self.pending.split(b"\n", 1)
            line = line.rstrip(b"\r")
            total += len(line)
            if total > FLOOD:
                raise End("too_much_data")
            if len(line) < 3 or not line[:3].isdigit() or line[3:4] not in (b"", b" ", b"-"):
                raise End(f"{self.phase}_garbage")
            texts.append(line[4:].decode("ascii"))
            if line[3:4] != b"-":
                return int(line[:3]), texts

    def command(self, text):
        try:
            self.socket.sendall(text.encode() + b"\r\n")
        except (ConnectionResetError, BrokenPipeError):
            raise End(f"{self.phase}_reset") from None
        return self.reply()

    def refused(self, code):
        kind = "421" if code == 421 else f"{code // 100}xx"
        if self.phase == "starttls" and kind == "5xx":
            kind = "refused"
        raise End(f"{self.phase}_{kind}")

    def greet(self):
        code, _ = self.reply()
        if code != 220:
            self.refused(code)
        self.phase = "ehlo"
        code, texts = self.command("EHLO scanner.fleet.test")
        if 500 <= code < 600:
            code, texts = self.command("HELO scanner.fleet.test")
            texts = texts[:1]
        if code != 250:
            self.refused(code)
        return [text.upper() for text in texts[1:]]

    def starttls(self, behind=b""):
        self.phase = "starttls"
        code, _ = self.command("STARTTLS" + ("\r\n" + behind.decode() if behind else ""))
        if code != 220:
            self.refused(code)
        self.phase = "tls"

    def handshake(self, context, name):
        try:
            self.socket.settimeout(WAIT)
            self.socket = context.wrap_socket(self.socket, server_hostname=name)
        except ssl.SSLCertVerificationError:
            raise
        except ssl.SSLZeroReturnError:
            raise End("tls_closed") from None
        except ssl.SSLEOFError:
            raise End("tls_closed") from None
        except ssl.SSLError as error:
            raise End(tls_word(error)) from None
        except TimeoutError:
            raise End("tls_timeout") from None
        except ConnectionResetError:
            raise End("tls_reset") from None
        self.secure = True

    def quit(self):
        try:
            code, _ = self.command("QUIT")
        except ssl.SSLError as error:
            raise End(tls_word(error)) from None
        self.close()
        return code

    def close(self):
        self.socket.close()


def tls_word(error):
    reason = error.reason or ""
    if "CERTIFICATE_REQUIRED" in reason:
        return "tls_client_certificate"
    if "ALERT" in reason:
        return "tls_alert"
    if reason == "UNSUPPORTED_PROTOCOL":
        return "tls_other_version"  # the server chose one that was not offered
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST"):
        return "tls_plaintext"  # OpenSSL's word for whatever is no record
    return "tls_protocol_error"


def client_context(version=None, ciphers="ALL:@SECLEVEL=0"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = version or ssl.TLSVersion.TLSv1
    context.maximum_version = version or ssl.TLSVersion.TLSv1_3
    context.set_ciphers(ciphers)
    context.set_ecdh_curve("prime256v1")  # keeps OpenSSL 3.5 from a large hello
    return context


def talk_inside(dialogue, endpoint):
    """What follows the handshake."""
    is_silent = endpoint["behaviour"] == "silent_inside"
    try:
        dialogue.command("EHLO scanner.fleet.test")
    except End as end:
        if is_silent and end.args[0] == "tls_timeout":
            return
        raise
    if is_silent:
        raise End("inside_answered")
    if dialogue.quit() != 221:
        raise End("quit_refused")


def dialogue_to_tls(fleet, endpoint, context, name=None):
    dialogue = Dialogue(endpoint["address"], fleet.port)
    try:
        dialogue.greet()
        dialogue.starttls()
        dialogue.pending = b""
        dialogue.handshake(context, name or endpoint["host"])
        talk_inside(dialogue, endpoint)
        return True
    except (End, ssl.SSLError):
        dialogue.close()
        raise


def observe(fleet, endpoint):
    """(outcome, STARTTLS advertised) of one connection."""
    advertised = "unknown"
    dialogue = None
    try:
        dialogue = Dialogue(endpoint["address"], fleet.port)
        features = dialogue.greet()
        advertised = "yes" if any(f.split(" ")[0] == "STARTTLS" for f in features) else "no"
        if advertised == "no":
            dialogue.quit()
            stripped = any(f.startswith("XXX") for f in features)
            # A middlebox overwrote the keyword, so the server has not said that it has no STARTTLS.
            return ("starttls_stripped", "unknown") if stripped else ("starttls_not_advertised", "no")
        dialogue.starttls()
        dialogue.pending = b""
        dialogue.handshake(client_context(), endpoint["host"])
        try:
            talk_inside(dialogue, endpoint)
        except ssl.SSLError as error:
            return tls_word(error), advertised
        return "ok", advertised
    except End as end:
        return end.args[0], advertised
    finally:
        if dialogue:
            dialogue.close()


TRANSIENT = {"banner_421", "starttls_4xx", "tls_timeout"}


def check_outcome(fleet, endpoint, checks):
    outcome, advertised = observe(fleet, endpoint)
    if outcome in TRANSIENT and endpoint["outcome"] == "ok":
        checks.true(f"{endpoint['behaviour']}: fails only where the table says so",
                    endpoint["behaviour"].endswith(("_once", "_rate")))
        outcome, advertised = observe(fleet, endpoint)
    expected = {endpoint["outcome"]}
    if endpoint["behaviour"] == "garbage_after_220":
        expected = {"tls_plaintext"}  # the same to OpenSSL's eyes
    if endpoint["behaviour"] == "ehlo_554":
        expected = {"ehlo_5xx"}  # this client does not read the reason
    if endpoint["behaviour"] == "close_after_220":
        expected.add("tls_reset")
    if endpoint["behaviour"] == "tls13_hello_closed":
        expected = {"tls_closed"}  # to a hello with TLS 1.3 in it
    checks.true(f"{endpoint['behaviour']}: the outcome", outcome in expected,
                f"saw {outcome}, expected {expected}")
    checks.equal(f"{endpoint['behaviour']}: STARTTLS advertised", advertised,
                 endpoint["starttls"]["advertised"])


def check_versions(fleet, endpoint, checks):
    for name, version in VERSIONS.items():
        try:
            seen = "yes" if dialogue_to_tls(fleet, endpoint, client_context(version)) else "no"
        except End as end:
            seen = end.args[0]
            if seen in ("tls_alert", "tls_closed", "tls_other_version"):
                seen = "no"
        checks.equal(f"{endpoint['behaviour']}: {name}", seen, endpoint["versions"][name])


def context_for(fleet):
    """Python 3.13 and later demands the key identifiers that RFC 5280 asks of certificate issuers.
    The fleet's certificates have none, and mail clients accept them, so the strict check is
    switched off."""
    context = ssl.create_default_context(cafile=fleet.ca_file)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def check_certificate(fleet, endpoint, checks):
    context = context_for(fleet)
    context.hostname_checks_common_name = False
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ALL:@SECLEVEL=" + ("2" if {"weak_key", "weak_signature"} &
                                            set(endpoint["problems"]) else "0"))
    try:
        dialogue_to_tls(fleet, endpoint, context)
        seen = set()
    except ssl.SSLCertVerificationError as error:
        seen = {error.verify_code}
    expected = set()
    for problem in endpoint["problems"]:
        expected |= VERIFY_ERRORS[problem]
    checks.equal(f"{endpoint['behaviour']}: the certificate", seen, expected)


def check_endpoint(fleet, endpoint):
    checks = Checks()
    check_outcome(fleet, endpoint, checks)
    if endpoint["starttls"]["handshake"] == "yes":
        check_versions(fleet, endpoint, checks)
        if endpoint["versions"]["TLSv1.2"] == "yes":
            check_certificate(fleet, endpoint, checks)
    return checks


def by_behaviour(records):
    return {r["behaviour"]: r for r in records if r["type"] == "endpoint" and r["behaviour"]}


def check_ciphers(fleet, rows, checks):
    cases = [
        ("tls12_static_rsa takes a static RSA suite", "tls12_static_rsa", "AES128-SHA", True),
        ("tls12_static_rsa takes no ECDHE", "tls12_static_rsa", "ECDHE+AESGCM", False),
        ("tls12_cbc_only takes CBC", "tls12_cbc_only", "ECDHE-ECDSA-AES128-SHA", True),
        ("tls12_cbc_only takes no GCM", "tls12_cbc_only", "AESGCM", False),
        ("ok_tls12_13 takes no static RSA suite", "ok_tls12_13", "AES128-SHA", False),
        ("two_leaves shows an ECDSA leaf", "two_leaves", "aECDSA", True),
        ("two_leaves shows an RSA leaf", "two_leaves", "aRSA+ECDHE", True),
        ("ok_tls12_13 has no RSA leaf", "ok_tls12_13", "aRSA+ECDHE", False),
    ]
    for name, behaviour, ciphers, taken in cases:
        context = client_context(ssl.TLSVersion.TLSv1_2, ciphers + ":@SECLEVEL=0")
        try:
            seen = dialogue_to_tls(fleet, rows[behaviour], context)
        except End as end:
            seen = False if end.args[0] == "tls_alert" else end.args[0]
        checks.equal(name, seen, taken)


def check_odd_clients(fleet, rows, checks):
    def raw(behaviour, data, pause=0.0):
        with socket.create_connection((rows[behaviour]["address"], fleet.port), WAIT) as client:
            client.sendall(data)
            time.sleep(pause)
            received = b""
            try:
                while chunk := client.recv(4096):
                    received += chunk
            except (TimeoutError, ConnectionResetError):
                pass
            return received

    def after_220(behaviour, data):
        dialogue = Dialogue(rows[behaviour]["address"], fleet.port)
        dialogue.greet()
        dialogue.starttls()
        dialogue.socket.sendall(data)
        received = b""
        while chunk := dialogue.socket.recv(4096):
            received += chunk
        dialogue.close()
        return received

    said = raw("pregreet_strict", b"EHLO early.example\r\n")
    checks.true("a strict host answers 554 to who speaks first", b"\r\n554 " in said, said)

    hello = b"\x16\x03\x01\x00\x05hello"
    for behaviour, start in (("plaintext_after_220", b"500 "), ("tls_broken", b"\x16\x03\x03"),
                             ("tls_alert_40", b"\x15\x03\x01\x00\x02\x02\x28"),
                             ("tls_alert_70", b"\x15\x03\x01\x00\x02\x02\x46"),
                             ("tls_alert_80", b"\x15\x03\x01\x00\x02\x02\x50")):
        said = after_220(behaviour, hello)
        checks.true(f"{behaviour} answers a hello so", said.startswith(start), said)
    said = after_220("garbage_after_220", hello)
    checks.true("garbage_after_220 sends neither TLS nor text",
                len(said) == 300 and said[0] >= 0x80, said)

    behind = b"NOOP"
    for behaviour, executed in (("keeps_input", True), ("ok_tls12_13", False)):
        dialogue = Dialogue(rows[behaviour]["address"], fleet.port)
        dialogue.greet()
        dialogue.starttls(behind)
        dialogue.pending = b""
        dialogue.handshake(client_context(), rows[behaviour]["host"])
        dialogue.phase = "inside"
        dialogue.deadline = time.monotonic() + 0.7
        try:
            dialogue.receive()
        except End:
            pass
        checks.equal(f"{behaviour}: commands behind STARTTLS are executed",
                     dialogue.pending.startswith(b"250"), executed)
        dialogue.close()

    dialogue = Dialogue(rows["early_bytes"]["address"], fleet.port)
    dialogue.greet()
    dialogue.starttls()
    checks.true("early_bytes glues a line to the 220", dialogue.pending == b"250 injected\r\n",
                dialogue.pending)
    dialogue.close()

    large = client_context()
    large.set_alpn_protocols(["x" * 200 + str(i) for i in range(10)])
    try:
        dialogue_to_tls(fleet, rows["large_hello_dropped"], large)
        seen = "ok"
    except End as end:
        seen = end.args[0]
    checks.equal("large_hello_dropped is silent to a large hello", seen, "tls_timeout")

    dialogue = Dialogue(rows["plain_mail_530"]["address"], fleet.port)
    dialogue.greet()
    checks.equal("plain_mail_530 wants TLS before MAIL", dialogue.command("MAIL FROM:<>")[0], 530)
    dialogue.quit()

    dialogue = Dialogue(rows["requiretls"]["address"], fleet.port)
    checks.true("REQUIRETLS is not offered in clear", "REQUIRETLS" not in dialogue.greet())
    dialogue.starttls()
    dialogue.handshake(client_context(), rows["requiretls"]["host"])
    _, texts = dialogue.command("EHLO scanner.fleet.test")
    checks.true("REQUIRETLS is offered inside TLS", "REQUIRETLS" in texts, texts)
    checks.true("STARTTLS is not offered inside TLS", "STARTTLS" not in texts, texts)
    dialogue.quit()

    busy = [Dialogue(rows["banner_421_rate"]["address"], fleet.port) for _ in range(3)]
    codes = sorted(dialogue.reply()[0] for dialogue in busy)
    checks.equal("banner_421_rate takes two connections at once", codes, [220, 220, 421])
    for dialogue in busy:
        dialogue.close()


def check_counters(fleet, rows, checks):
    address = rows["p256_only"]["address"]

    def counts():
        for line in fleet.stats():
            if line.get("address") == address:
                return line
        return None

    before = counts()
    dialogue_to_tls(fleet, rows["p256_only"], client_context())
    with socket.create_connection((address, fleet.port), WAIT) as client:
        client.recv(1024)
        client.sendall(b"EHLO mx" + rows["p256_only"]["host"][2:].encode() + b"\r\nNOOP\r\n")
        time.sleep(0.3)
        client.sendall(b"RCPT TO:<x@y>\r\n")
        time.sleep(0.3)
    time.sleep(0.3)
    after = counts()
    grown = {key: after[key] - before[key] for key in after if isinstance(after[key], int)}
    expected = {"connections": 2, "handshakes": 1, "quits": 1, "no_quit": 1, "pipelined": 1,
                "rcpt": 1, "ehlo_own": 1, "data": 0, "pregreets": 0, "open": 0}
    checks.equal("the counters tell a rude client from a polite one",
                 {key: grown[key] for key in expected}, expected)


# ---- DNS ----

RCODES = {0: "ok", 2: "servfail", 3: "nxdomain", 5: "refused"}
TYPES = {"A": 1, "CNAME": 5, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "TLSA": 52}


def read_name(message, offset):
    labels = []
    end = None
    while True:
        length = message[offset]
        if length & 0xC0:
            end = end or offset + 2
            offset = struct.unpack(">H", message[offset:offset + 2])[0] & 0x3FFF
            continue
        offset += 1
        if length == 0:
            return ".".join(labels), end or offset
        labels.append(message[offset:offset + length].decode("ascii"))
        offset += length


def read_record(message, offset):
    owner, offset = read_name(message, offset)
    kind, _, _, length = struct.unpack(">HHIH", message[offset:offset + 10])
    offset += 10
    data = message[offset:offset + length]
    if kind == TYPES["A"]:
        value = socket.inet_ntop(socket.AF_INET, data)
    elif kind == TYPES["AAAA"]:
        value = socket.inet_ntop(socket.AF_INET6, data)
    elif kind == TYPES["MX"]:
        value = (struct.unpack(">H", data[:2])[0], read_name(message, offset + 2)[0])
    else:
        value = read_name(message, offset)[0]
    return (owner, kind, value), offset + length


def ask(port, name, kind, tcp=False):
    """(rcode, truncated, [(owner, type, value)]) or None if there is no answer."""
    question = b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\0"
    message = (struct.pack(">HHHHHH", 0x1234, 0x0100, 1, 0, 0, 0) + question +
               struct.pack(">HH", TYPES[kind], 1))
    family = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, family) as client:
        client.settimeout(1)
        client.connect(("127.0.0.1", port))
        if tcp:
            client.sendall(struct.pack(">H", len(message)) + message)
        else:
            client.send(message)
        try:
            answer = client.recv(4096)[2 if tcp else 0:]
        except TimeoutError:
            return None
    ident, flags, _, num_answers, _, _ = struct.unpack(">HHHHHH", answer[:12])
    assert ident == 0x1234 and flags & 0x8000
    _, offset = read_name(answer, 12)
    offset += 4
    records = []
    for _ in range(num_answers):
        record, offset = read_record(answer, offset)
        records.append(record)
    return RCODES[flags & 15], bool(flags & 0x0200), records


def check_shape(port, domain, checks):
    name = f"DNS shape {domain['shape']}"
    answer = ask(port, domain["domain"], "MX")
    failures = {"dns_servfail": "servfail", "dns_refused": "refused", "dns_nxdomain": "nxdomain"}
    if domain["dns_outcome"] == "dns_timeout":
        checks.equal(name, answer, None)
        return
    if domain["dns_outcome"] in failures:
        checks.equal(name, answer, (failures[domain["dns_outcome"]], False, []))
        return
    if domain["shape"] == "truncated":
        checks.equal(f"{name} by UDP", answer, ("ok", True, []))
        answer = ask(port, domain["domain"], "MX", tcp=True)
    if domain["shape"] == "null_mx":
        expected = [(0, "")]
    else:
        expected = [(mx["preference"], mx["host"]) for mx in domain["mx"] if mx["preference"] >= 0]
    checks.equal(name, (answer[0], sorted(r[2] for r in answer[2])), ("ok", sorted(expected)))
    for mx in domain["mx"]:
        check_host(port, domain, mx, checks)


def check_host(port, domain, mx, checks):
    name = f"the host {mx['host']} of DNS shape {domain['shape']}"
    if mx["outcome"] == "mx_invalid":
        checks.equal(name, ask(port, mx["host"], "A")[0], "refused")
        return
    if mx["outcome"].startswith("dns_"):
        expected = {"dns_timeout": None, "dns_nodata": ("ok", False, [])}.get(
            mx["outcome"], (mx["outcome"][4:], False, []))
        checks.equal(name, ask(port, mx["host"], "A"), expected)
        return
    kind = "AAAA" if any(":" in a for a in mx["addresses"]) else "A"
    rcode, _, records = ask(port, mx["host"], kind)
    checks.equal(name, (rcode, [r[2] for r in records if r[1] == TYPES[kind]]),
                 ("ok", mx["addresses"]))
    alias = [r[2] for r in records if r[1] == TYPES["CNAME"]]
    checks.equal(f"{name}: an alias", bool(alias), domain["shape"] == "mx_cname")


def check_dns(fleet, records, checks):
    port = fleet.dns_port
    for domain in records:
        if domain["type"] == "domain" and domain["shape"] != "single":
            check_shape(port, domain, checks)
    first = next(r for r in records if r["type"] == "endpoint" and r["behaviour"])
    reverse = ".".join(reversed(first["address"].split("."))) + ".in-addr.arpa"
    checks.equal("an address has its host's name",
                 [r[2] for r in ask(port, reverse, "PTR")[2]], [first["host"]])
    checks.equal("127.0.0.1 is the scanner",
                 [r[2] for r in ask(port, "1.0.0.127.in-addr.arpa", "PTR")[2]],
                 ["scanner.fleet.test"])
    checks.equal("and the scanner is 127.0.0.1",
                 [r[2] for r in ask(port, "scanner.fleet.test", "A")[2]], ["127.0.0.1"])
    checks.equal("a host has no TLSA", ask(port, "_25._tcp." + first["host"], "TLSA"),
                 ("ok", False, []))
    checks.equal("upper case is the same name", ask(port, first["host"].upper(), "A")[2][0][2],
                 first["address"])
    checks.equal("other zones are refused", ask(port, "www.example.org", "A")[0], "refused")
    checks.equal("numbers over the fleet's do not exist",
                 ask(port, "d99999999.fleet.test", "MX")[0], "nxdomain")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for junk in (b"", b"\0", os.urandom(11), os.urandom(300), b"\0\0\1\0\0\1" + b"\xff" * 40):
            client.sendto(junk, ("127.0.0.1", port))
    checks.equal("junk does no harm", ask(port, first["host"], "A")[0], "ok")


def check_each(folder, checks):
    fleet = Fleet(folder, "--each", "--hosts", "120")
    try:
        records = fleet.expect()
        rows = by_behaviour(records)
        listed = subprocess.run([FLEET, "behaviours"], stdout=subprocess.PIPE, text=True,
                                check=True).stdout.splitlines()
        names = {line.split()[1] for line in listed if line.startswith("behaviour")}
        checks.equal("--each holds every behaviour", set(rows), names)
        check_dns(fleet, records, checks)
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            for part in pool.map(lambda row: check_endpoint(fleet, row), rows.values()):
                checks.passed += part.passed
                checks.failed += part.failed
        check_ciphers(fleet, rows, checks)
        check_odd_clients(fleet, rows, checks)
        check_counters(fleet, rows, checks)
        total = fleet.stats()[0]
        checks.equal("nobody called where nobody lives", total["strangers"], 0)
    finally:
        status = fleet.stop()
    checks.equal("the fleet ends well", status, 0)


def check_many_processes(folder, checks):
    fleet = Fleet(folder, "--own-zones", "--hosts", "60", "--processes", "2", "--rtt", "40:80",
                  "--dns-rtt", "30:50", "--mix", "ok_tls12_13=1,single=1,two_addresses=1")
    try:
        endpoints = [r for r in fleet.expect() if r["type"] == "endpoint"]
        begun = time.monotonic()
        checks.true("--own-zones gives each domain a zone",
                    endpoints[0]["host"].endswith(".d0.test"), endpoints[0]["host"])
        answer = ask(fleet.dns_port, endpoints[0]["host"], "A")
        took = time.monotonic() - begun
        checks.equal("its names resolve", answer[2][0][2], endpoints[0]["address"])
        checks.true("--dns-rtt holds the answer back", took >= 0.03, took)
        context = context_for(fleet)
        begun = time.monotonic()
        checks.true("two processes serve one port",
                    all(dialogue_to_tls(fleet, e, context) for e in endpoints[:20]))
        took = (time.monotonic() - begun) / 20
        # Banner, EHLO, STARTTLS, one flight of TLS, EHLO, QUIT: six waits of 40 to 80 ms.
        checks.true("--rtt holds each reply back", 0.24 <= took <= 0.9, took)
        called = [line for line in fleet.stats() if line["type"] == "address"]
        checks.equal("both count into one table", sum(line["handshakes"] for line in called), 20)
    finally:
        status = fleet.stop()
    checks.equal("two processes end well", status, 0)


def check_groups(folder, checks):
    """A server that has a group of its own keeps it."""
    fleet = Fleet(folder, "--hosts", "60", "--groups", "P-384", "--mix",
                  "ok_tls12_13=1,p256_only=1,single=1")
    try:
        rows = by_behaviour(fleet.expect())
        for behaviour, group, taken in (("ok_tls12_13", "secp384r1", True),
                                        ("ok_tls12_13", "prime256v1", False),
                                        ("p256_only", "secp384r1", False),
                                        ("p256_only", "prime256v1", True)):
            context = client_context()
            context.set_ecdh_curve(group)
            try:
                seen = dialogue_to_tls(fleet, rows[behaviour], context)
            except End:
                seen = False
            checks.equal(f"--groups P-384: {behaviour} takes {group}", seen, taken)
    finally:
        fleet.stop()
    done = subprocess.run([FLEET, "serve", "--groups", "P-257", "--port", "0", "--dns", "0"],
                          stderr=subprocess.PIPE, text=True, check=False)
    checks.equal("a group that nobody knows is refused", (done.returncode, "P-257" in done.stderr),
                 (2, True))


def check_world(checks):
    def run(*arguments):
        return subprocess.run([FLEET, *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, check=False)

    first = run("expect", "--hosts", "3000")
    checks.equal("the same options give the same world",
                 run("expect", "--hosts", "3000").stdout, first.stdout)
    checks.true("another seed gives another", run("expect", "--hosts", "3000", "--seed", "2").stdout
                != first.stdout)
    records = [json.loads(line) for line in first.stdout.splitlines()]
    addresses = [r["address"] for r in records if r["type"] == "endpoint" and r["behaviour"]]
    checks.equal("no two hosts share an address", len(set(addresses)), len(addresses))
    checks.true("all live in 127.16.0.0 to 127.239.255.255",
                all(16 <= int(a.split(".")[1]) <= 239 for a in addresses))
    shared = sum(r["shape"] == "provider" for r in records if r["type"] == "domain")
    checks.true("a fifth of the domains shares a provider", 450 < shared < 750, shared)
    checks.equal("list has a line for each domain",
                 len(run("list", "--hosts", "3000").stdout.splitlines()), 3000)
    hosts = run("hosts", "--hosts", "3000").stdout.splitlines()
    checks.equal("hosts are named once", len(set(hosts)), len(hosts))
    for arguments in (["serve", "--hosts", "0"], ["serve", "--mix", "nonsense=1"], ["dance"], [],
                      ["serve", "--rtt", "9:3"], ["serve", "--port"], ["list", "--mix", "single=0"]):
        checks.equal(f"fleet {' '.join(arguments)} is refused", run(*arguments).returncode, 2)


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        check_world(checks)
        check_each(folder, checks)
        check_many_processes(folder, checks)
        check_groups(folder, checks)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
