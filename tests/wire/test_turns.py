#!/usr/bin/env python3
"""Hosts that show one certificate or another by chance, as machines behind one address do. Every
dialogue under a name votes, the probes' too. Equal hosts have equal letters and findings, whichever
certificate came first, and two nights of them are no regression.
"""
import collections
import json
import subprocess
import sys

import runner
from fleet import MXGRADE, Fleet
from lab import Results, codes

NUM_ALIKE = 40
MIX = "single=1,two_certificates=1"


class World:
    def __init__(self, fleet):
        self.fleet = fleet
        hosts = fleet.expect().endpoints.values()
        self.names = sorted({row["host"] for row in hosts})
        self.text = "".join(name + "\n" for name in self.names)
        self.nights = []

    def scan(self):
        for night in range(3):
            out = self.fleet.path(f"night{night}.jsonl")
            status, _, errors = self.fleet.run(self.fleet.write("names.txt", self.text), "--hosts",
                                               "-o", out)
            with open(out, "rb") as stream:
                self.nights.append((out, Results(status, errors, stream.read())))


def verdict(record):
    """What may not depend on chance."""
    return (record["grade"], record["score"], tuple(sorted(codes(record))), tuple(record["open"]),
            tuple(sorted(c["problems"][0] if c["problems"] else "" for c in record["certificates"])))


def test_there_are_enough_hosts(world):
    assert len(world.names) >= NUM_ALIKE, len(world.names)


def test_equal_hosts_have_equal_letters_and_findings(world):
    for _, results in world.nights:
        seen = collections.Counter(verdict(record) for record in results.endpoints)
        assert len(seen) == 1 and seen.total() == len(world.names), seen
        (grade, _, found, is_open, problems), = seen
        assert grade == "C" and {"certificate_varies", "self_signed"} <= set(found), seen
        assert is_open == ("certificate",) and problems == ("", "self_signed"), seen


def test_some_hosts_begin_with_either_certificate(world):
    """The handshake is one dialogue of the votes, and the probes are the others."""
    for _, results in world.nights:
        for record in results.endpoints:
            votes = record["evidence"]["certificate"]
            assert votes["mixed"] and votes["valid"] >= 1 and votes["invalid"] >= 1, votes


def test_the_certificate_that_is_worse_stands_first(world):
    for _, results in world.nights:
        for record in results.endpoints:
            assert record["certificate"]["problems"] == ["self_signed"], record["certificate"]
            assert record["certificates"][0] == record["certificate"], record["certificates"]


def test_from_night_to_night_nothing_is_worse(world):
    for (old, _), (new, _) in zip(world.nights, world.nights[1:]):
        done = subprocess.run([MXGRADE, "diff", old, new], capture_output=True, check=False, text=True)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        verdicts = collections.Counter(line.get("verdict") for line in lines)
        assert done.returncode == 0 and "regression" not in verdicts, (done.stderr, verdicts)


if __name__ == "__main__":
    with Fleet("--own-zones", "--hosts", str(NUM_ALIKE), "--mix", MIX) as the_fleet:
        the_world = World(the_fleet)
        the_world.scan()
        sys.exit(runner.run(sys.modules[__name__], the_world))
