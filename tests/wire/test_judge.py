#!/usr/bin/env python3
"""mxgrade judge, without any connection: it gives the bytes of a fresh result file again, gives the
grades of a scan by another policy if it judges by that policy, and refuses a file without evidence.
"""
import concurrent.futures
import contextlib
import json
import os
import re
import subprocess
import sys

import runner
import zoo
from fleet import FACTOR, MXGRADE, SCAN_SECONDS

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
DEPTHS = ("standard", "deep")
AROUND = 80  # bytes shown before and after the first difference
# This policy makes harmless findings serious and the worst ones harmless.
POLICY = """name other
no_starttls       cap=none
no_tls13          cap=C deduction=50 severity=high
no_mta_sts        cap=D
rsa_below_3072    severity=critical
expired           cap=B
"""


class World:
    def __init__(self, stack):
        fleets = [stack.enter_context(zoo.fresh_fleet()) for _ in (*DEPTHS, "other")]
        self.folder = fleets[0].folder
        self.policy = self.write("other.policy", POLICY)
        options = [("--depth", depth) for depth in DEPTHS] + [("--policy", self.policy)]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            self.files = dict(zip((*DEPTHS, "other"), pool.map(self.scan, fleets, options)))

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as stream:
            stream.write(text)
        return self.path(name)

    def write_lines(self, name, lines):
        with open(self.path(name), "wb") as stream:
            stream.write(b"".join(line + b"\n" for line in lines))
        return self.path(name)

    @staticmethod
    def scan(fleet, options):
        path = fleet.path("results.jsonl")
        status, _, errors = fleet.run(fleet.list(), *options, "-o", path, "--threads", "2",
                                      seconds=SCAN_SECONDS * max(1, FACTOR))
        assert status == 0, (status, errors)
        return path


def judge(*arguments):
    done = subprocess.run([MXGRADE, "judge", *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stdout, done.stderr.decode()


def lines_of(path):
    with open(path, "rb") as stream:
        return stream.read().split(b"\n")


def first_difference(seen, expected):
    at = next((i for i, pair in enumerate(zip(seen, expected)) if pair[0] != pair[1]),
              min(len(seen), len(expected)))
    begin = max(0, at - AROUND)
    return f"judged   {seen[begin:at + AROUND]}\n             scanned  {expected[begin:at + AROUND]}"


def check_same(path):
    expected = lines_of(path)
    status, out, errors = judge(path)
    assert status == 0 and errors == "", (status, errors)
    seen = out.split(b"\n")
    assert len(seen) == len(expected)
    differ = runner.Differences()
    differ.lines = [first_difference(*pair) for pair in zip(seen, expected) if pair[0] != pair[1]]
    differ.check()


def test_the_records_of_a_standard_scan_come_out_as_they_were(world):
    check_same(world.files["standard"])


def test_the_records_of_a_deep_scan_come_out_as_they_were(world):
    check_same(world.files["deep"])


def verdicts_of(out):
    """{what a record is about: (grade, score, codes)}."""
    records = [json.loads(line) for line in out.splitlines()]
    return {(r["type"], r.get("host"), r.get("address"), r.get("domain"), r.get("line")):
            (r["grade"], r["score"], sorted(f["code"] for f in r["findings"]))
            for r in records if r["type"] in ("endpoint", "domain")}


def summary_of(out):
    return json.loads(out.splitlines()[-1])


def count_letters(verdicts, kind):
    letters = {letter: 0 for letter in ("A+", "A", "B", "C", "D", "F", "U", "N")}
    for key, verdict in verdicts.items():
        letters[verdict[0]] += key[0] == kind and key != ("domain", None, None, None, key[4])
    return letters


def test_another_policy_judges_as_a_scan_by_it_would(world):
    """The scan by the other policy was of another fleet with the same behaviours."""
    with open(world.files["other"], "rb") as stream:
        scanned = verdicts_of(stream.read())
    with open(world.files["standard"], "rb") as stream:
        before = verdicts_of(stream.read())
    status, out, errors = judge("--policy", world.policy, world.files["standard"])
    assert status == 0, errors
    judged = verdicts_of(out)
    differ = runner.Differences()
    for key, verdict in scanned.items():
        differ.equal(key, judged.get(key), verdict)
    differ.check()
    moved = {(key[0], before[key][0], judged[key][0]) for key in judged}
    assert moved >= {("endpoint", "A", "C"), ("endpoint", "F", "U"), ("domain", "A", "D"),
                     ("domain", "F", "U")}, moved
    assert summary_of(out)["endpoint_grades"] == count_letters(judged, "endpoint")
    assert summary_of(out)["domain_grades"] == count_letters(judged, "domain")
    assert b'"policy":"2026.2+other"' in out and b'"policy":"2026.2"' not in out


def test_what_another_policy_has_moved_moves_back(world):
    with open(world.files["standard"], "rb") as stream:
        expected = stream.read()
    moved = world.path("moved.jsonl.zst")
    status, _, errors = judge("--policy", world.policy, world.files["standard"], "-o", moved)
    assert status == 0 and errors == "", errors
    status, out, errors = judge(moved)
    assert status == 0 and errors == "" and out == expected, errors


def test_a_domain_may_stand_before_its_endpoints(world):
    lines = lines_of(world.files["standard"])
    run, records, summary = lines[0], lines[1:-2], lines[-2]
    turned = world.write_lines("turned.jsonl", [run, *reversed(records), summary])
    status, out, errors = judge(turned)
    assert status == 0 and errors == "", errors
    assert out.split(b"\n") == lines_of(turned)


def test_a_file_of_an_older_program_is_refused(world):
    output = world.path("none.jsonl")
    status, out, errors = judge(os.path.join(DATA, "results-1.jsonl"), "-o", output)
    assert status == 2 and out == b"" and not os.path.exists(output)
    assert "line 2: the record has no evidence to judge it by" in errors, errors


def test_a_file_that_cannot_be_judged_is_refused(world):
    lines = lines_of(world.files["standard"])
    cases = {
        "a damaged line": ([lines[0], b"{", *lines[1:-1]], "line 2: not a record"),
        "no run": (lines[1:-1], "not a result file"),
        "nothing": ([], "not a result file"),
        "a newer schema": ([lines[0].replace(b'"schema_version":1', b'"schema_version":2')],
                           "written by a newer mxgrade"),
    }
    for name, (content, words) in cases.items():
        status, out, errors = judge(world.write_lines("case.jsonl", content))
        assert status == 2 and out == b"" and words in errors, (name, status, errors)
    status, _, errors = judge("/dev/null")
    assert status == 2 and "no plain file" in errors, errors
    status, _, errors = judge(world.path("there-is-none"))
    assert status == 2 and "No such file" in errors, errors


def test_a_domain_whose_endpoint_is_missing_cannot_be_judged(world):
    lines = lines_of(world.files["standard"])
    kept = [line for line in lines[:-1] if not re.match(rb'\{"type":"endpoint","host":"[a-z]', line)]
    assert len(kept) < len(lines) - 1
    status, _, errors = judge(world.write_lines("missing.jsonl", kept))
    assert status == 3 and re.search("the file has no record of [a-z].*port", errors), (status, errors)


def test_what_was_cut_off_is_told(world):
    lines = lines_of(world.files["standard"])
    cut = world.write_lines("cut.jsonl", [*lines[:-2], lines[-2][:40]])
    status, out, errors = judge(cut)
    assert status == 0 and "ends in the middle of a record" in errors, (status, errors)
    assert out.split(b"\n")[:-1] == lines[:-2]


def test_a_record_that_is_not_known_is_kept(world):
    lines = lines_of(world.files["standard"])
    other = b'{"new":[1,{}], "type":"of_tomorrow"}'
    path = world.write_lines("other.jsonl", [lines[0], other, *lines[1:-1]])
    status, out, errors = judge(path)
    assert status == 0 and errors == "" and out.split(b"\n") == lines_of(path)


def main():
    with contextlib.ExitStack() as stack:
        return runner.run(sys.modules[__name__], World(stack))


if __name__ == "__main__":
    sys.exit(main())
