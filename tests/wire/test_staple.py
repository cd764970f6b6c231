#!/usr/bin/env python3
"""Stapled OCSP responses: made by `openssl ocsp`, stapled by `openssl s_server` in TLS 1.3 and 1.2,
scanned, and compared with what `openssl ocsp` says of the same responses. Needs no root.
"""
import datetime
import json
import os
import re
import shutil
import sys
import tempfile
import time

import runner
from pki import Pki
from processes import free_network, run
from stapling_server import StaplingServer

MXGRADE = os.path.abspath(os.environ.get("MXGRADE", "./mxgrade"))
HOST = "mx.staple.test"
PORT = 2525
DAY = 86400
LATER = 30  # days on: the responses are stale then, the leaf is still valid
MUST_STAPLE = "tlsfeature = status_request"

# name: (state of the leaf in the CA's book, signer, expected status, problems, signature)
RESPONSES = {
    "good": ("V", "intermediate", "good", [], "yes"),
    "revoked": ("R", "intermediate", "revoked", [], "yes"),
    "unknown": ("", "intermediate", "unknown", [], "yes"),
    "delegated": ("V", "responder", "good", [], "yes"),
    "delegated_revoked": ("R", "responder", "revoked", [], "yes"),
    "by_server": ("V", "not_responder", "good", ["unauthorized_responder"], "no"),
    "by_stranger": ("R", "other_root", "revoked", ["unauthorized_responder"], "no"),
    "forged": ("R", "intermediate", "revoked", ["bad_signature"], "no"),
    "of_another": ("V", "intermediate", None, ["other_certificate"], "unknown"),
}
OPTIONS = {"delegated": ["-resp_key_id"], "good": ["-sha256"]}


class Staples:
    """The PKI, the responses, and a server for each."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="mxgrade-staple.")
        self.pki = Pki(os.path.join(self.folder, "pki"))
        self.leaf = self.pki.leaf("leaf", [HOST])
        self.promise = self.pki.leaf("promise", [HOST], more=MUST_STAPLE)
        self.pki.leaf("responder", ["responder.test"], purpose="OCSPSigning")
        self.pki.leaf("not_responder", ["another.test"])
        self.network = free_network([PORT, PORT + 1])
        self.servers = []
        self.addresses = {}
        for name in RESPONSES:
            self._make(name)

    def close(self):
        for server in self.servers:
            server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def file(self, name):
        return os.path.join(self.pki.folder, name)

    def response(self, name):
        return self.path(name + ".der")

    def _serial(self, leaf):
        text = run(["openssl", "x509", "-in", leaf, "-noout", "-serial"]).stdout
        return text.split("=")[1].strip()

    def _make(self, name):
        state, signer, *_ = RESPONSES[name]
        about = self.file("not_responder.pem" if name == "of_another" else "leaf.pem")
        now = datetime.datetime.now(datetime.timezone.utc)
        revoked = f"{now - datetime.timedelta(days=2):%y%m%d%H%M%SZ}"
        with open(self.path("book"), "w", encoding="ascii") as book:
            if state:
                book.write("\t".join([state, "361231235959Z", revoked if state == "R" else "",
                                      self._serial(about), "unknown", "/CN=leaf"]) + "\n")
        done = run(["openssl", "ocsp", "-index", self.path("book"), "-CA",
                    self.file("intermediate.pem"), "-issuer", self.file("intermediate.pem"),
                    "-rsigner", self.file(signer + ".pem"), "-rkey", self.file(signer + ".key"),
                    "-ndays", "7", "-no_nonce", "-respout", self.response(name),
                    *OPTIONS.get(name, []), "-cert", about])
        assert os.path.exists(self.response(name)), done.stdout
        if name == "forged":
            self._forge(self.response(name))

    @staticmethod
    def _forge(path):
        """Turns a bit of the signature, which is before the certificates sent along."""
        with open(path, "rb") as stream:
            response = bytearray(stream.read())
        place = response.rindex(bytes.fromhex("2a864886f70d01010b0500038201"), 0, 700)
        response[place + 100] ^= 1
        with open(path, "wb") as stream:
            stream.write(response)

    def serve(self, name, leaf, staple=None, tls="-no_ssl3"):
        address = f"{self.network}.{len(self.servers) + 1}"
        self.addresses[name] = address
        self.servers.append(StaplingServer(address, PORT, leaf, staple, tls))

    def scan(self, *more):
        """{name: endpoint record} of all servers"""
        out = self.path("out.jsonl")
        with open(self.path("list"), "w", encoding="ascii") as stream:
            stream.writelines(f"{address}:{PORT}\n" for address in self.addresses.values())
        if os.path.exists(out):
            os.unlink(out)
        done = run([MXGRADE, "scan", "--hosts", self.path("list"), "-o", out, "--ca-file",
                    self.pki.root_file, "--allow-net", self.network + ".0/24", "--ehlo",
                    "scanner.example.org", "--progress", "never", "--depth", "quick",
                    "--resolver", "127.0.0.1:1", *more], seconds=120)
        with open(out, encoding="utf-8") as stream:
            records = [json.loads(line) for line in stream]
        by_address = {record["address"]: record for record in records
                      if record["type"] == "endpoint"}
        assert len(by_address) == len(self.addresses), done.stdout
        return {name: by_address[address] for name, address in self.addresses.items()}

    def verify(self, name, *more):
        """(exit status, record) of `mxgrade verify` with that staple"""
        done = run([MXGRADE, "verify", "--ca-file", self.pki.root_file, "--name", HOST,
                    "--staple", self.response(name), *more, self.leaf.chain])
        return done.returncode, json.loads(done.stdout)


def codes(endpoint):
    return {finding["code"] for finding in endpoint["findings"]}


def later():
    return ["--now", f"@{int(time.time()) + LATER * DAY}"]


def expected_findings(name):
    _, _, status, problems, signature = RESPONSES[name]
    found = set()
    if status == "revoked" and signature == "yes":
        found.add("ocsp_revoked")
    if problems or status == "unknown":
        found.add("ocsp_staple_useless")
    return found


def test_a_staple_read_from_a_file_is_judged(staples):
    different = runner.Differences()
    for name, (_, _, status, problems, signature) in RESPONSES.items():
        code, record = staples.verify(name)
        ocsp = record["ocsp"]
        revoked = "ocsp_revoked" in expected_findings(name)
        different.equal(name + ": status", ocsp["status"], status)
        different.equal(name + ": problems", ocsp["problems"], problems)
        different.equal(name + ": signature", ocsp["signature"], signature)
        different.equal(name + ": fresh", ocsp["fresh"], "yes" if status else "unknown")
        different.equal(name + ": certificate", record["problems"],
                        ["revoked"] if revoked else [])
        different.equal(name + ": exit status", code, 1 if revoked else 0)
    different.check()


def test_openssl_says_the_same_of_each_response(staples):
    different = runner.Differences()
    for name in RESPONSES:
        ours = staples.verify(name)[1]["ocsp"]
        digest = ["-sha256"] if "-sha256" in OPTIONS.get(name, []) else []
        text = run(["openssl", "ocsp", "-respin", staples.response(name), "-issuer",
                    staples.file("intermediate.pem"), *digest, "-cert", staples.file("leaf.pem"),
                    "-CAfile", staples.pki.root_file, "-verify_other",
                    staples.file("intermediate.pem"), "-no_nonce"]).stdout
        stated = re.search(r"leaf\.pem: (good|revoked|unknown)", text)
        verified = re.search(r"Response verify OK", text) is not None
        different.equal(name + ": status", ours["status"], stated.group(1) if stated else None)
        if ours["signature"] != "unknown":
            different.equal(name + ": signature", ours["signature"], "yes" if verified else "no")
        if stated:
            this_update = re.search(r"This Update: (.*)", text).group(1)
            when = datetime.datetime.strptime(this_update, "%b %d %H:%M:%S %Y GMT")
            different.equal(name + ": this_update", ours["this_update"],
                            f"{when:%Y-%m-%dT%H:%M:%SZ}")
    different.check()


def test_a_staple_ages(staples):
    code, record = staples.verify("good", *later())
    assert (code, record["ocsp"]["fresh"], record["ocsp"]["problems"]) == (0, "no", ["stale"])
    code, record = staples.verify("revoked", *later())
    assert (code, record["problems"]) == (1, ["revoked"])


def test_a_file_that_is_no_response_is_said_to_be_none(staples):
    for content in (b"", b"no response", b"\x30\x03\x0a\x01\x06"):
        path = staples.path("broken")
        with open(path, "wb") as stream:
            stream.write(content)
        done = run([MXGRADE, "verify", "--ca-file", staples.pki.root_file, "--staple", path,
                    staples.leaf.chain])
        ocsp = json.loads(done.stdout)["ocsp"]
        problem = "not_successful" if content[:1] == b"\x30" else "unparsable"
        assert (ocsp["status"], ocsp["problems"]) == (None, [problem]), ocsp
    done = run([MXGRADE, "verify", "--staple", staples.path("missing"), staples.leaf.chain])
    assert done.returncode == 2, done.stdout


def test_each_staple_is_in_the_endpoint_line_in_both_versions(staples):
    for name in RESPONSES:
        staples.serve(name, staples.leaf, staples.response(name))
        staples.serve(name + " 1.2", staples.leaf, staples.response(name), "-tls1_2")
    staples.serve("none", staples.leaf)
    staples.serve("promise broken", staples.promise)
    staples.serve("promise kept", staples.promise, staples.response("of_another"))
    endpoints = staples.scan()
    different = runner.Differences()
    for name, endpoint in endpoints.items():
        row = RESPONSES.get(name.replace(" 1.2", ""))
        certificate = endpoint["certificate"]
        different.equal(name + ": outcome", endpoint["outcome"], "ok")
        different.equal(name + ": version", endpoint["tls"]["version"],
                        "TLSv1.2" if "1.2" in name else "TLSv1.3")
        if row is None:
            continue
        different.equal(name + ": staple", certificate["ocsp_staple"], "yes")
        different.equal(name + ": status", certificate["ocsp"]["status"], row[2])
        different.equal(name + ": problems", certificate["ocsp"]["problems"], row[3])
        different.equal(name + ": signature", certificate["ocsp"]["signature"], row[4])
        seen = {code for code in codes(endpoint) if "staple" in code or "ocsp" in code}
        different.equal(name + ": findings", seen, expected_findings(name.replace(" 1.2", "")))
        different.equal(name + ": capped", endpoint["grade"] == "C",
                        "ocsp_revoked" in expected_findings(name.replace(" 1.2", "")))
    for name, staple, promise, finding in (
            ("none", "no", False, False), ("promise broken", "no", True, True),
            ("promise kept", "yes", True, False)):
        certificate = endpoints[name]["certificate"]
        different.equal(name + ": staple", certificate["ocsp_staple"], staple)
        different.equal(name + ": promise", certificate["must_staple"], promise)
        different.equal(name + ": ocsp", certificate["ocsp"] is None, staple == "no")
        different.equal(name + ": finding", "must_staple_missing" in codes(endpoints[name]),
                        finding)
    different.check()


def test_the_same_staples_are_stale_a_month_later(staples):
    endpoints = staples.scan(*later())
    different = runner.Differences()
    for name in ("good", "good 1.2", "delegated", "revoked"):
        certificate = endpoints[name]["certificate"]
        different.equal(name + ": fresh", certificate["ocsp"]["fresh"], "no")
        different.equal(name + ": stale", "ocsp_staple_stale" in codes(endpoints[name]), True)
        different.equal(name + ": revoked", "ocsp_revoked" in codes(endpoints[name]),
                        name == "revoked")
    different.check()


def main():
    staples = Staples()
    try:
        return runner.run(sys.modules[__name__], staples)
    finally:
        staples.close()


if __name__ == "__main__":
    sys.exit(main())
