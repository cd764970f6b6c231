#!/usr/bin/env python3
"""Runs `mxgrade verify` on x509-limbo, C2SP's conformance suite for X.509 path validation.

usage: tests/wire/limbo.py limbo.json

No test runs this file on the whole suite, because the suite's cases are not kept here. They come
from https://github.com/C2SP/x509-limbo, whose own program can make the file too, without the cases
of BetterTLS. Every server case must end as the suite says, except for the differences below, which
have their reasons. A difference that no case shows any more is a failure too.

test_limbo.py rebuilds a part of x509-limbo and BetterTLS and runs with the other tests.
"""
import fnmatch
import json
import os
import subprocess
import sys
import tempfile

MXGRADE = os.path.abspath(os.environ.get("MXGRADE", "./mxgrade"))

CRL = "revocation lists are not asked for: no mail sender does"
DEPTH = "there is no option for the length of a path"
ROOT = "a trust anchor is trusted as it is: RFC 5280 section 6.1.1 (d)"
PROFILE = "a duty of the CA that issues; RFC 5280 section 6.1 lets the path pass"
WEBPKI = "a duty of public CAs by the Baseline Requirements; the path is valid"
USAGE = "a CA's key usage has no digitalSignature, which RFC 8446 section 4.4.2.2 wants of a server"

DIFFERENCES = {
    "crl::*": CRL,
    "pathlen::max-chain-depth-*-exhausted": DEPTH,
    "pathlen::validation-ignores-pathlen-in-leaf": USAGE,
    "rfc5280::ca-as-leaf": USAGE,
    "rfc5280::aki::*": PROFILE,
    "rfc5280::ski::*": PROFILE,
    "rfc5280::serial::*": PROFILE,
    "rfc5280::nc::permitted-dns-match-noncritical": PROFILE,
    "rfc5280::nc::invalid-dnsname-leading-period": PROFILE,
    "rfc5280::nc::not-allowed-in-ee-*": PROFILE,
    "rfc5280::pc::ica-noncritical-pc": PROFILE,
    "rfc5280::san::noncritical-with-empty-subject": PROFILE,
    "rfc5280::san::underscore-dns": PROFILE,
    "rfc5280::leaf-ku-keycertsign": PROFILE,
    "rfc5280::ca-empty-subject": ROOT,
    "rfc5280::unknown-critical-extension-root": ROOT,
    "rfc5280::root-*-basic-constraints": ROOT,
    "webpki::aki::root-*": ROOT,
    "webpki::eku::root-has-eku": ROOT,
    "webpki::forbidden-*-in-root": ROOT,
    "webpki::cn::*": WEBPKI,
    "webpki::eku::ee-*": WEBPKI,
    "webpki::nc::intermediate-permitted-excluded-subtrees-both-*": WEBPKI,
    "webpki::san::public-suffix-*": WEBPKI,
    "webpki::san::san-critical-with-nonempty-subject": WEBPKI,
    "webpki::malformed-aia": WEBPKI,
    "webpki::forbidden-rsa-key-not-divisible-by-8-in-leaf": WEBPKI,
    "webpki::ee-basicconstraints-ca": WEBPKI,
}


def pattern_for(case):
    """The pattern in DIFFERENCES that fits the case, or None."""
    return next((pattern for pattern in DIFFERENCES if fnmatch.fnmatchcase(case["id"], pattern)),
                None)


def verdict(folder, case):
    """(what mxgrade says in the suite's words, its problems)"""
    files = {"ca.pem": case["trusted_certs"],
             "chain.pem": [case["peer_certificate"], *case["untrusted_intermediates"]]}
    for name, blocks in files.items():
        with open(os.path.join(folder, name), "w", encoding="ascii") as stream:
            stream.write("\n".join(blocks))
    arguments = [MXGRADE, "verify", "--ca-file", os.path.join(folder, "ca.pem")]
    if case.get("expected_peer_name"):
        arguments += ["--name", case["expected_peer_name"]["value"]]
    if case.get("validation_time"):
        arguments += ["--now", case["validation_time"].replace("+00:00", "Z")]
    done = subprocess.run([*arguments, os.path.join(folder, "chain.pem")], capture_output=True,
                          text=True, timeout=60, check=False)
    names = {0: "SUCCESS", 1: "FAILURE"}
    if done.returncode not in names:
        return f"status {done.returncode}", done.stderr.strip()
    return names[done.returncode], json.loads(done.stdout)["problems"]


def main():
    with open(sys.argv[1], encoding="utf-8") as stream:
        suite = json.load(stream)
    cases = suite["testcases"] if isinstance(suite, dict) else suite
    agreed = excused = failed = 0
    reasons = {}
    met, needed = set(), set()
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            if case["validation_kind"] != "SERVER":
                continue
            said, problems = verdict(folder, case)
            pattern = pattern_for(case)
            met.add(pattern)
            if said == case["expected_result"]:
                agreed += 1
            elif pattern and said in ("SUCCESS", "FAILURE"):
                excused += 1
                needed.add(pattern)
                reason = DIFFERENCES[pattern]
                reasons[reason] = reasons.get(reason, 0) + 1
            else:
                failed += 1
                print(f"FAIL {case['id']}: {said} {problems}, expected {case['expected_result']}")
    for pattern in sorted(met - needed - {None}):
        failed += 1
        print(f"FAIL {pattern}: all of these end as the suite says, so that there is no difference")
    for reason, count in sorted(reasons.items()):
        print(f"{count:3} differ: {reason}")
    print(f"{agreed} as the suite says, {excused} differ on purpose, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
