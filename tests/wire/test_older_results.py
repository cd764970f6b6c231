#!/usr/bin/env python3
"""A result file of schema version 1 as an earlier program wrote it (tests/wire/data) is still read by
every command that reads results.
"""
import json
import os
import shutil
import subprocess
import sys

import runner
from fleet import MXGRADE, Fleet
from report_data import packed_parts
from runner import Skip

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
RESULTS = os.path.join(DATA, "results-1.jsonl")
LIST = os.path.join(DATA, "suppliers-1.csv")
NUM_LINES = 14


def mxgrade(*arguments):
    done = subprocess.run([MXGRADE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def records():
    with open(RESULTS, encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def test_diff_reads_it(fleet):
    status, out, errors = mxgrade("diff", RESULTS, RESULTS, "--fail-on", "regression")
    assert status == 0 and errors == "", errors
    summary = json.loads(out.splitlines()[-1])
    assert summary["compared"] == summary["unchanged"] == NUM_LINES - 1, summary
    assert summary["repeated"] == 1


def test_diff_compares_it_with_a_file_of_today(fleet):
    today = fleet.path("today.jsonl")
    status, _, errors = fleet.run("-o", today, LIST)  # the fleet's DNS refuses them all
    assert status == 0, errors  # a short list does not end a run if the resolver answers
    status, out, _ = mxgrade("diff", RESULTS, today, "--fail-on", "regression")
    lines = [json.loads(line) for line in out.splitlines()]
    assert lines[-1]["compared"] == NUM_LINES - 1, lines[-1]
    assert lines[-1]["verdicts"]["new"] == 0 == lines[-1]["verdicts"]["vanished"]
    assert status == 0, "names that do not resolve are no regression"


def test_convert_reads_it(fleet):
    status, out, errors = mxgrade("convert", RESULTS)
    assert status == 0, errors
    assert out.count("\r\n") == 1 + NUM_LINES
    assert out.splitlines()[0].endswith("input.supplier,input.owner")


def test_resume_goes_on_with_it(fleet):
    """Cut before its last domain; the policy is that of today, as another is refused on purpose."""
    probe = fleet.path("probe.jsonl")
    fleet.run("-o", probe, fleet.write("none.txt", "not a domain\n"))
    with open(probe, encoding="utf-8") as stream:
        today = json.loads(stream.readline())
    old = records()
    old[0].update(policy=today["policy"], policy_digest=today["policy_digest"])
    for name in set(today["options"]) - set(old[0]["options"]):
        old[0]["options"][name] = today["options"][name]  # a new option's default
    last = max(i for i, record in enumerate(old) if record["type"] == "domain")
    lines = [json.dumps(record, separators=(",", ":")) + "\n" for record in old[:last]]
    resumed = fleet.write("resumed.jsonl", "".join(lines))
    shutil.copy(LIST, fleet.path("suppliers-1.csv"))
    done = subprocess.run([*fleet.command("--resume", "-o", resumed), "--port", "25", "--ca-file",
                           "root.pem", "suppliers-1.csv"], cwd=fleet.folder,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    errors = done.stderr.decode()
    assert done.returncode == 0 and f"{NUM_LINES - 1} lines are done" in errors, errors
    with open(resumed, encoding="utf-8") as stream:
        kept = stream.readlines()
    assert kept[:len(lines)] == lines, "what was there has stayed"
    summary = json.loads(kept[-1])
    assert summary["type"] == "summary" and summary["complete"], summary
    assert summary["domains"] + summary["invalid_lines"] == NUM_LINES, summary


def test_report_reads_it(fleet):
    if "report" not in mxgrade("--help")[1]:
        raise Skip("there is no report command in this build")
    page = fleet.path("page.html")
    status, _, errors = mxgrade("report", RESULTS, "-o", page)
    assert status == 0, errors
    with open(page, encoding="utf-8") as stream:
        assert "d44.example" in "".join(packed_parts(stream.read()).values())


def main():
    with Fleet("--hosts", "4") as fleet:
        return runner.run(sys.modules[__name__], fleet)


if __name__ == "__main__":
    sys.exit(main())
