#!/usr/bin/env python3
"""The commands that letters print, run against a real Postfix with many set-ups: each shows the
finding that it stands under.

The servers' root is not one that OpenSSL and Postfix trust by themselves. OpenSSL takes it from
SSL_CERT_FILE; posttls-finger is told another file than the letter names.
"""
import os
import re
import shutil
import subprocess
import sys

import runner
from lab import MXGRADE, Lab
from test_scan_postfix import SETUPS, host_of, leafs_for

SECONDS = 30
CHOSEN = ("plain", "expired", "not_yet", "wrong_name", "self_signed", "unknown_root",
          "no_intermediate", "only_12", "only_10", "old", "as_installed", "modern")
SYSTEM_ROOTS = "/etc/ssl/certs/ca-certificates.crt"
SUITE = r"(?:New|Reused), [^,]+, Cipher is "
# By finding: what the first command of the letter prints that shows it.
SHOWN = {
    "no_starttls": "Didn't find STARTTLS in server response",
    "expired": "verify error:num=10:certificate has expired",
    "not_yet_valid": "verify error:num=9:certificate is not yet valid",
    "name_mismatch": "verify error:num=62:hostname mismatch",
    "self_signed": "verify error:num=18:self-signed certificate",
    "untrusted_root": "verify error:num=(?:19|20):",
    "incomplete_chain": "verify error:num=(?:20|21):unable to",
    "no_tls13": r"Cipher is \(NONE\)",
    "no_tls12": r"Cipher is \(NONE\)",
    "tls10": r"Protocol *: TLSv1$|New, TLSv1.0",
    "tls11": r"Protocol *: TLSv1\.1$|New, TLSv1.1",
    "anonymous_suite": SUITE + "A(?:EC)?DH-",
    "static_rsa_suite": SUITE + "(?:AES|CAMELLIA|ARIA|DES)",
}
# What posttls-finger says where the letter has a line of it.
FINGER = {
    "no_starttls": r"(?s)\A(?!.*250.STARTTLS).*< 250",
    "expired": "verification failed .*: certificate has expired",
    "not_yet_valid": "verification failed .*: certificate (?:is )?not yet valid",
    "name_mismatch": "verification failed .*: (?:num=62:)?hostname mismatch",
    "self_signed": "verification failed .*: self.signed certificate",
    "untrusted_root": "verification failed .*: untrusted issuer .*Nobody's Root",
    "incomplete_chain": "verification failed .*: untrusted issuer ",
}


class World:
    def __init__(self, lab):
        self.lab = lab
        leafs = leafs_for(lab)
        for number, name in enumerate(CHOSEN):
            address = lab.address(10 + number)
            lab.postfix.add(name, address, host_of(name), leafs[name], **SETUPS[name])
            lab.dns.add(host_of(name).removeprefix("mx."), f"MX 10 {host_of(name)}.")
            lab.dns.add(host_of(name), f"A {address}")
        self.environment = {**os.environ, "SSL_CERT_FILE": lab.pki.root_file,
                            "MAIL_CONFIG": lab.postfix.folder}
        self.findings = {}

    def look(self):
        results = self.lab.scan("\n".join(host_of(name).removeprefix("mx.") for name in CHOSEN))
        assert results.status == 0, results.errors
        self.findings = {record["domain"]: {f["code"] for f in record["findings"]}
                         for record in results.domains}
        folder = os.path.join(self.lab.folder, "letters")
        subprocess.run([MXGRADE, "letters", os.path.join(self.lab.folder, "out.jsonl"), "-o", folder,
                        "--bar", "A+"], check=True, stderr=subprocess.DEVNULL)
        self.commands = {domain: self.read(folder, domain) for domain in self.findings}

    def read(self, folder, domain):
        path = os.path.join(folder, domain + ".txt")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as stream:
            return re.findall(r"^ {6}((?:openssl|posttls-finger) .*)$", stream.read(), re.MULTILINE)

    def output(self, command):
        done = subprocess.run(["sh", "-c", command.replace(SYSTEM_ROOTS, self.lab.pki.root_file)],
                              env=self.environment, stdin=subprocess.DEVNULL, timeout=SECONDS,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return done.stdout.decode("utf-8", "replace")


def check(world, tool, shown):
    if shutil.which(tool) is None:
        raise runner.Skip(tool + " is not here")
    differ = runner.Differences()
    seen = set()
    outputs = {}
    for domain, codes in world.findings.items():
        commands = [command for command in world.commands[domain] if command.startswith(tool)]
        for code in sorted(codes & set(shown)):
            for command in commands:
                if command not in outputs:
                    outputs[command] = world.output(command)
            found = [command for command in commands
                     if re.search(shown[code], outputs[command], re.MULTILINE)]
            differ.equal(f"{domain}: {code} is shown by one of {commands}: "
                         f"{[outputs[c][-300:] for c in commands] if not found else ''}",
                         bool(found), True)
            seen.add(code)
    differ.equal("findings that no server has", set(shown) - seen, set())
    differ.check()


def test_what_openssl_prints_is_what_the_letter_says(world):
    check(world, "openssl", SHOWN)


def test_what_posttls_finger_prints_is_what_the_letter_says(world):
    check(world, "posttls-finger", FINGER)


def test_the_same_commands_show_no_fault_of_a_server_without_one(world):
    """Were the patterns loose, a healthy server would look faulty."""
    address = next(s.address for s in world.lab.postfix.setups if s.name == "modern")
    differ = runner.Differences()
    for name in ("expired", "wrong_name", "self_signed", "no_intermediate"):
        setup = next(s for s in world.lab.postfix.setups if s.name == name)
        command = next(c for c in world.commands[setup.host.removeprefix("mx.")]
                       if "-verify_hostname" in c)
        output = world.output(command.replace(setup.address, address)
                              .replace(setup.host, host_of("modern")))
        differ.equal(f"{name}: errors of the healthy server",
                     re.findall("verify error.*", output), [])
        differ.equal(f"{name}: and its word", "Verify return code: 0 (ok)" in output, True)
        finger = next(c for c in world.commands[setup.host.removeprefix("mx.")]
                      if c.startswith("posttls-finger"))
        output = world.output(finger.replace(setup.address, address)
                              .replace(setup.host, host_of("modern")))
        differ.equal(f"{name}: Postfix calls the healthy server verified",
                     "Verified TLS connection established" in output, True)
    differ.check()


def main():
    with Lab() as lab:
        world = World(lab)
        with lab.running():
            world.look()
            return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
