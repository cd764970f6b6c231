#!/usr/bin/env python3
"""Runs `mxgrade verify`, by limbo.py, on cases that this file makes in the form of x509-limbo. As
in BetterTLS, some combine name constraints, and in others one of two paths to the root has a fault.
Each case expects the result that RFC 5280 demands.
"""
import contextlib
import io
import itertools
import json
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import limbo
import runner
from laboratory import mint

HOST, ADDRESS = "mx.inside.test", (192, 0, 2, 25)
CA_USAGE = mint.key_usage("keyCertSign", "cRLSign")

# {name: (kind of name, whether HOST or ADDRESS is inside the subtree, DER)}
SUBTREES = {
    "none": None,
    "host": ("dns", True, mint.dns_name("inside.test")),
    "other-host": ("dns", False, mint.dns_name("outside.test")),
    "net": ("ip", True, mint.address_name(192, 0, 2, 0, 255, 255, 255, 0)),
    "other-net": ("ip", False, mint.address_name(198, 51, 100, 0, 255, 255, 255, 0)),
}
LEAF_NAMES = {"dns": [mint.dns_name(HOST)], "ip": [mint.address_name(*ADDRESS)],
              "both": [mint.dns_name(HOST), mint.address_name(*ADDRESS)]}


class Suite:
    """Makes the cases. `self.cases` has the form of limbo.json."""

    def __init__(self, folder):
        self.make = mint.Mint(folder)
        self.root = self.ca("Root", None)
        self.stranger = self.ca("Stranger", None)
        self.cases = []
        self.add_name_constraints()
        self.add_paths()

    def ca(self, subject, issuer, *more, owner=None, is_ca=True, pathlen=None, days=(-300, 1500)):
        return self.make.certificate(
            subject, self.make.key("P-256", owner or subject), issuer,
            [mint.basic_constraints(is_ca, pathlen), CA_USAGE, *more], days)

    def leaf(self, issuer, names, *more):
        return self.make.certificate(None, self.make.key("P-256", "leaf"), issuer, [
            mint.key_usage("digitalSignature"), mint.purposes("serverAuth"),
            mint.alternative_names(*names), *more])

    def add(self, name, leaf, intermediates, passes, peer=HOST):
        self.cases.append({
            "id": name, "validation_kind": "SERVER", "trusted_certs": [self.root.pem()],
            "untrusted_intermediates": [part.pem() for part in intermediates],
            "peer_certificate": leaf.pem(), "validation_time": None,
            "expected_peer_name": {"kind": "DNS", "value": peer},
            "expected_result": "SUCCESS" if passes else "FAILURE"})

    def add_name_constraints(self):
        """RFC 5280 section 4.2.1.10: if there are permitted subtrees of a name's kind, the name
        must be in one of them. It must be in no excluded subtree."""
        for permitted, excluded, names in itertools.product(SUBTREES, SUBTREES, LEAF_NAMES):
            if permitted == excluded == "none":
                continue
            sides = [SUBTREES[permitted], SUBTREES[excluded]]
            issuer = self.ca(f"{permitted} {excluded} {names}", self.root, mint.name_constraints(
                *([side[2]] if side else [] for side in sides)), owner="constrained")
            kinds = ("dns", "ip") if names == "both" else (names,)
            may = not (sides[0] and sides[0][0] in kinds and not sides[0][1])
            must_not = bool(sides[1] and sides[1][0] in kinds and sides[1][1])
            self.add(f"rebuilt::nc::{permitted}::{excluded}::{names}",
                     self.leaf(issuer, LEAF_NAMES[names]), [issuer], may and not must_not,
                     ".".join(map(str, ADDRESS)) if names == "ip" else HOST)

    def add_paths(self):
        """RFC 5280 section 6.1: a leaf is valid if any of its paths is. With one or two faulty
        certificates of its issuer it is not. Beside a good one a faulty one does no harm, in either
        order."""
        def issuer(*more, by=self.root, **others):
            return self.ca("Issuer", by, *more, owner="issuer", **others)

        short = self.ca("Short", self.root, pathlen=0)
        faults = {
            "expired": [issuer(days=(-400, -10))],
            "not-yet": [issuer(days=(10, 400))],
            "no-ca": [issuer(is_ca=False)],
            "stranger": [issuer(by=self.stranger), self.stranger],
            "constrained": [issuer(mint.name_constraints([mint.dns_name("outside.test")]))],
            "for-clients": [issuer(mint.purposes("clientAuth"))],
            "too-long": [issuer(by=short), short],
            "odd": [issuer(mint.unknown(True))],
        }
        good = issuer()
        leaf = self.leaf(good, LEAF_NAMES["dns"])
        self.add("rebuilt::path::good", leaf, [good], True)
        self.add("rebuilt::path::nothing", leaf, [], False)
        for name, fault in faults.items():
            self.add(f"rebuilt::path::{name}", leaf, fault, False)
            self.add(f"rebuilt::path::{name}::first", leaf, [*fault, good], True)
            self.add(f"rebuilt::path::{name}::last", leaf, [good, *fault], True)
        for one, other in itertools.combinations(faults, 2):
            self.add(f"rebuilt::path::{one}::{other}", leaf, faults[one] + faults[other], False)


def verdict(case):
    with tempfile.TemporaryDirectory() as folder:
        return limbo.verdict(folder, case)


def test_each_case_ends_as_rfc_5280_says(suite):
    assert len(suite.cases) > 100, len(suite.cases)
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(verdict, suite.cases))
    differ = runner.Differences()
    for case, (seen, problems) in zip(suite.cases, said):
        differ.equal(f"{case['id']} ({problems})", seen, case["expected_result"])
    differ.check()


def run_limbo(suite, cases):
    """Runs limbo.py on a file of these cases. Returns (exit status, output)."""
    path = os.path.join(suite.make.folder, "limbo.json")
    with open(path, "w", encoding="utf-8") as stream:
        json.dump({"version": 1, "testcases": cases}, stream)
    output, before = io.StringIO(), sys.argv
    sys.argv = ["limbo.py", path]
    try:
        with contextlib.redirect_stdout(output):
            return limbo.main(), output.getvalue()
    finally:
        sys.argv = before


def test_limbo_passes_a_file_of_right_cases(suite):
    assert run_limbo(suite, suite.cases[:3]) == (0, "3 as the suite says, 0 differ on purpose, "
                                                 "0 failed\n")


def test_limbo_fails_where_a_case_ends_otherwise(suite):
    case = suite.cases[0]
    turned = {"SUCCESS": "FAILURE", "FAILURE": "SUCCESS"}[case["expected_result"]]
    status, output = run_limbo(suite, [{**case, "expected_result": turned}])
    assert status == 1 and f"FAIL {case['id']}" in output, output


def test_limbo_excuses_an_explained_difference_and_fails_when_it_is_none(suite):
    case = {**suite.cases[0], "id": "crl::rebuilt"}
    turned = {"SUCCESS": "FAILURE", "FAILURE": "SUCCESS"}[case["expected_result"]]
    status, output = run_limbo(suite, [{**case, "expected_result": turned}])
    assert status == 0 and "1 differ on purpose" in output, output
    status, output = run_limbo(suite, [case])
    assert status == 1 and "FAIL crl::*" in output, output


def main():
    with tempfile.TemporaryDirectory() as folder:
        return runner.run(sys.modules[__name__], Suite(folder))


if __name__ == "__main__":
    sys.exit(main())
