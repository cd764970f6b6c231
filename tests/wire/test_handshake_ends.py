#!/usr/bin/env python3
"""Handshakes that do not complete: does the record say who ended them, and how? Some servers are
real and need what our TLS library lacks; OpenSSL's client shows that they work. Others are small
servers that end a handshake in ways in which no library does.
"""
import contextlib
import ssl
import sys

import runner
from enforced_lab import tlsa
from lab import Lab, codes
from pki import RARE_KEYS
from stacks import Exim, GnutlsServ, Missing, SServer
from suite_witness import s_client, succeeds
from tls_ends import (DHE_RSA, ECDHE_RSA, Ender, alert, always, server_hello_then, with_leaf)

P256 = ("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
LEVEL_0 = ("-cipher", "ALL:@SECLEVEL=0")
OLD = ("-no_tls1_3", "-cipher")

# {name of the server: (key, options of s_server, text that the finding must have)}
OTHERS = {
    "ed448": ("ed448", LEVEL_0, "Ed448"),
    "ed448-in-tls13": ("ed448", ("-tls1_3",), "Ed448"),
    "rsa-pss": ("rsa-pss", LEVEL_0, "RSA-PSS"),
    "rsa-pss-in-tls13": ("rsa-pss", ("-tls1_3",), "RSA-PSS"),
    "exponent": ("exponent", LEVEL_0, "exponent of 41 bits"),
    "exponent-in-tls13": ("exponent", ("-tls1_3",), "exponent of 41 bits"),
    "explicit": ("explicit", LEVEL_0, "explicit curve"),
    "explicit-in-tls13": ("explicit", ("-tls1_3",), "explicit curve"),
    "brainpool": ("brainpool", LEVEL_0, "brainpoolP256r1"),
    "secp256k1": ("secp256k1", LEVEL_0, "secp256k1"),
    "p224": ("p224", LEVEL_0, "P-224"),
    "key-usage": ("p256", ("-tls1_3",), "keyUsage"),
    "dhe": (None, (*OLD, "DHE:!aNULL:@SECLEVEL=0"), "finite-field DH"),
    "x448": (None, ("-tls1_3", "-groups", "X448"), "group x448"),
    "x448-in-tls12": (None, (*OLD, "ECDHE", "-groups", "X448"), "group x448"),
    "ffdhe": (None, ("-tls1_3", "-groups", "ffdhe2048"), "group ffdhe2048"),
    "camellia": (None, (*OLD, "CAMELLIA:!aNULL:@SECLEVEL=0"), "CAMELLIA"),
    "aria": (None, (*OLD, "ARIA:!aNULL:@SECLEVEL=0"), "ARIA"),
    "ccm-8": (None, (*OLD, "AES128-CCM8:@SECLEVEL=0"), "CCM_8"),
    "ccm-in-tls13": (None, ("-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256"), "CCM"),
}
CAMELLIA_GCM = "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+CAMELLIA-256-GCM"
BESIDE_CBC = CAMELLIA_GCM.replace("+CAMELLIA", "+AES-128-CBC:+CAMELLIA") + ":%SERVER_PRECEDENCE"

# {mail server with such a key: text that the finding must have}
MAIL_SERVERS = {"postfix-ed448": "Ed448", "postfix-rsa-pss": "RSA-PSS", "exim-ed448": "Ed448"}

REFUSED, LOST = ("no", "F", {"handshake_refused"}), ("unknown", "U", set())


def ends(der):
    """{name of the server: (reply, expected outcome, (handshake, grade, findings that decide
    it))}."""
    return {
        "alert-40": (always(alert(40)), "tls_alert", REFUSED),
        "alert-80": (always(alert(80)), "tls_alert", REFUSED),
        "close-notify": (always(alert(0, 1)), "tls_alert", REFUSED),
        "hello-then-80": (server_hello_then(alert(80)), "tls_alert", REFUSED),
        "hello-then-close-notify": (server_hello_then(alert(0, 1)), "tls_alert", REFUSED),
        # Our library lacks DHE, but this server refuses it as well.
        "dhe-then-80": (server_hello_then(alert(80), DHE_RSA + ECDHE_RSA), "tls_alert", REFUSED),
        "text": (always(b"220 hello there\r\n"), "tls_plaintext", REFUSED),
        "garbage": (always(bytes(range(1, 19)) + b"\xff" * 20), "tls_garbage", REFUSED),
        "no-certificate": (with_leaf(b"\x30\x03\x02\x01\x05"), "tls_protocol_error", REFUSED),
        "empty-certificate": (with_leaf(b""), "tls_protocol_error", REFUSED),
        "bad-signature": (with_leaf(der, b"\x55" * 256), "tls_protocol_error", REFUSED),
        "blocked": (always(b"554 5.7.1 your address is blocked\r\n"), "turned_away", LOST),
        # A 454 after the 220 counts as one in its place. Two of them a minute apart are a refusal.
        "busy": (always(b"454 4.3.0 TLS not available\r\n"), "starttls_4xx",
                 ("unknown", "F", {"starttls_refused"})),
        "fin": (always(None), "tls_closed", LOST),
        "hello-then-fin": (server_hello_then(b""), "tls_closed", LOST),
    }


# The DANE status of servers that have a TLSA record of their key, or of some key if they show none.
DANE = {"ed448": "valid", "ed448-in-tls13": "unknown", "exponent-in-tls13": "valid",
        "alert-80": "mismatch", "close-notify": "mismatch", "bad-signature": "mismatch",
        "text": "mismatch", "busy": "mismatch", "fin": "unknown", "silence": "unknown"}


class World:
    def __init__(self, lab):
        self.lab = lab
        self.servers = {}
        self.missing = {}
        self.last = 9
        for name, (key, options, _) in OTHERS.items():
            self.add_stack(SServer, name, self.leaf(name, key), options=options)
        for name, priority in (("camellia-gcm", CAMELLIA_GCM), ("beside-cbc", BESIDE_CBC)):
            self.add_stack(GnutlsServ, name, self.leaf(name, None), priority=priority)
        self.add_stack(Exim, "exim-ed448", self.leaf("exim-ed448", "ed448"))
        for name, key in (("postfix-ed448", "ed448"), ("postfix-rsa-pss", "rsa-pss")):
            address = lab.address(self.next_address(name))
            lab.postfix.add(name, address, self.host(name), [self.leaf(name, key)])
        good = self.leaf("good", None)
        with open(good.certificate, encoding="ascii") as stream:
            der = ssl.PEM_cert_to_DER_cert(stream.read())
        self.ends = ends(der)
        for name, (reply, _, _) in self.ends.items():
            self.add_end(name, reply)
        self.ends["reset"] = (None, "tls_reset", LOST)
        self.add_end("reset", always(None), resets=True)
        self.ends["silence"] = (None, "tls_timeout", LOST)
        self.add_end("silence", always(None), waits=True)
        for name in DANE:
            leaf = self.servers[name].leaf if name in OTHERS else good
            lab.dns.add(f"_{lab.port}._tcp.{self.host(name)}", tlsa(3, 1, 1, leaf.certificate))
        self.results = None

    @staticmethod
    def host(name):
        return f"mx.{name}.stack.test"

    def leaf(self, name, key):
        if key is None:
            return self.lab.pki.leaf(name, [self.host(name)], key="rsa2048")
        if key == "p256":
            return self.lab.pki.leaf_of_key(name, [self.host(name)], P256, usage="keyAgreement")
        return self.lab.pki.leaf_of_key(name, [self.host(name)], RARE_KEYS[key])

    def next_address(self, name):
        self.last += 1
        self.lab.dns.add(self.host(name), "A " + self.lab.address(self.last))
        return self.last

    def add_stack(self, kind, name, leaf, **more):
        self.servers[name] = kind(self.lab, name, self.next_address(name), leaf, {}, **more)

    def add_end(self, name, reply, **more):
        address = self.lab.address(self.next_address(name))
        self.servers[name] = Ender(address, self.lab.port, reply, **more)

    @contextlib.contextmanager
    def running(self):
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.lab.running())
            for name, server in self.servers.items():
                try:
                    stack.enter_context(server)
                except Missing as why:
                    self.missing[name] = str(why)
            yield

    def scan(self):
        names = self.running_names([*self.servers, *MAIL_SERVERS])
        hosts = "".join(self.host(name) + "\n" for name in dict.fromkeys(names))
        self.results = self.lab.scan(hosts, "--hosts", "--handshake-timeout", "3",
                                     "--retry-wait", "1")

    def endpoint(self, name):
        return self.results.endpoint(self.host(name))

    def running_names(self, names):
        return [name for name in names if name not in self.missing]


def detail(record, code):
    return next((f["detail"] for f in record["findings"] if f["code"] == code), None)


def test_every_server_runs(world):
    if world.missing:
        raise runner.Skip("; ".join(f"{name}: {why}" for name, why in world.missing.items()))


def test_nothing_is_said_to_be_this_machines_fault(world):
    assert world.results.status == 0, (world.results.status, world.results.errors)
    outcomes = {record["outcome"] for record in world.results.endpoints}
    assert "local_error" not in outcomes and "local_error" not in world.results.errors, outcomes


def test_openssl_completes_a_handshake_with_whoever_has_nothing_in_common_with_us(world):
    differ = runner.Differences()
    for name in world.running_names([*OTHERS, "camellia-gcm"]):
        server = world.servers[name]
        text = s_client(server.address, server.tls, False, "-cipher", "ALL:@SECLEVEL=0",
                        "-ciphersuites", "TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256",
                        "-groups", "X448:X25519:P-256:ffdhe2048:brainpoolP256r1:secp256k1:P-224")
        if name != "camellia-gcm":  # OpenSSL lacks Camellia-GCM
            differ.equal(name, succeeds(text), True)
    differ.check()


def test_a_server_that_only_others_can_go_on_with_is_d_and_the_cause_is_named(world):
    differ = runner.Differences()
    wanted = {name: named for name, (_, _, named) in OTHERS.items()} | {"camellia-gcm": "CAMELLIA"}
    for name in world.running_names(wanted):
        record = world.endpoint(name)
        differ.equal(name, (record["grade"], record["starttls"]["handshake"],
                            record["no_common_suite"]), ("D", "unknown", True))
        text = detail(record, "no_common_suite") or "no such finding"
        differ.equal(f"{name} names {wanted[name]} in {text!r}", wanted[name] in text, True)
        differ.equal(f"{name} versions", "yes" in record["tls"]["versions"].values(), True)
        differ.within(f"{name} connections", record["connections"], range(2, 14))
    differ.check()


def test_mail_servers_with_such_a_key_are_d_and_openssl_gets_mail_to_them(world):
    differ = runner.Differences()
    for name in world.running_names(MAIL_SERVERS):
        record = world.endpoint(name)
        text = s_client(record["address"], world.lab.port, True)
        differ.equal(f"{name} by openssl", succeeds(text), True)
        differ.equal(name, (record["grade"], record["starttls"]["handshake"]), ("D", "unknown"))
        text = detail(record, "no_common_suite") or "no such finding"
        differ.equal(f"{name} names it in {text!r}", MAIL_SERVERS[name] in text, True)
    differ.check()


def test_whoever_ended_it_is_named_and_judged_by_that(world):
    differ = runner.Differences()
    grading = {"handshake_refused", "no_common_suite", "no_starttls", "starttls_refused"}
    for name, (_, outcome, (handshake, grade, findings)) in world.ends.items():
        record = world.endpoint(name)
        differ.equal(name, (record["outcome"], record["starttls"]["handshake"], record["grade"],
                            codes(record) & grading), (outcome, handshake, grade, findings))
    differ.check()


def test_a_refusal_takes_two_dialogues_that_agree(world):
    differ = runner.Differences()
    for name, (_, _, (handshake, _, _)) in world.ends.items():
        if handshake == "no":
            differ.within(name, world.endpoint(name)["attempts"], (2, 3))
    differ.check()


def test_dane_says_the_same_as_the_handshake(world):
    differ = runner.Differences()
    for name, status in DANE.items():
        record = world.endpoint(name)
        differ.equal(name, record["dane"]["status"], status)
        differ.equal(name + " finding", "dane_mismatch" in codes(record), status == "mismatch")
    differ.check()


def test_a_454_behind_the_220_is_told_as_one(world):
    record = world.endpoint("busy")
    assert record["reply"]["code"] == 454, record["reply"]
    assert record["starttls"]["accepted"] == "no", record["starttls"]
    # RFC 3207 section 4: a 454 may be temporary, so two of them a minute apart are needed.
    assert record["evidence"]["command"]["seconds"] >= 60, record["evidence"]


def test_camellia_in_gcm_is_not_cbc(world):
    if "beside-cbc" in world.missing:
        raise runner.Skip(world.missing["beside-cbc"])
    tls = world.endpoint("beside-cbc")["tls"]
    assert "_CBC_" in tls["cipher"], tls["cipher"]
    assert "CBC_only" not in tls["weak"] + tls["weak_unknown"], tls


if __name__ == "__main__":
    with Lab() as the_lab:
        the_world = World(the_lab)
        with the_world.running():
            the_world.scan()
            sys.exit(runner.run(sys.modules[__name__], the_world))
