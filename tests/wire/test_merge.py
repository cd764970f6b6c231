#!/usr/bin/env python3
"""mxgrade merge: three shards of a list, scanned by themselves, come to the same as one scan of all
of it. A shard that was cut short is told, counted, and no reason to call a domain vanished."""
import json
import os
import subprocess
import sys

import runner
from fleet import MXGRADE, Fleet, read_results
from whole_run import MIX, WholeRun

DOMAINS = "36"
PARTS = 3


class World(WholeRun):
    def __init__(self, fleet):
        super().__init__(fleet)
        self.parts = []
        for part in range(1, PARTS + 1):
            path = fleet.path(f"part{part}.jsonl" + (".zst" if part == 2 else ""))
            status, _, errors = fleet.run(self.list, "--shard", f"{part}/{PARTS}", "-o", path)
            assert status == 0, (status, errors)
            self.parts.append(path)

    def merge(self, name, *files):
        path = self.fresh(name)
        done = subprocess.run([MXGRADE, "merge", *files, "-o", path], stderr=subprocess.PIPE,
                              text=True, check=False)
        return done.returncode, path, done.stderr

    def cut_part(self, name):
        """A shard's file without its last domain and its summary."""
        with open(self.parts[0], "rb") as stream:
            lines = stream.read().splitlines(keepends=True)
        last = max(i for i, line in enumerate(lines) if b'"type":"domain"' in line)
        return self.fresh(name, b"".join(lines[:last])), json.loads(lines[last])["domain"]


def diff(*arguments):
    done = subprocess.run([MXGRADE, "diff", "--format", "jsonl", *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_shards_that_are_joined_say_what_one_scan_says(world):
    differ = runner.Differences()
    for name in ("merged.jsonl", "merged.jsonl.zst"):
        status, path, errors = world.merge(name, *world.parts)
        differ.equal(f"{name}: the status and what is said", (status, errors), (0, ""))
        results = read_results(path)
        world.compare(differ, name, results)
        differ.equal(f"{name}: what it is", results.summaries[0]["merged"],
                     {"files": PARTS, "not_scanned": 0})
        differ.equal(f"{name}: runs", ({r["run"] for r in results.domains}, results.runs[0]["run"]),
                     ({read_results(part).runs[0]["run"] for part in world.parts}, None))
        lines = diff(world.whole, path)
        differ.equal(f"{name}: changes", lines[1:-1], [])
        differ.equal(f"{name}: unchanged", lines[-1]["unchanged"], lines[-1]["compared"])
    differ.check()


def test_the_joined_file_can_be_judged_again(world):
    _, path, _ = world.merge("merged.jsonl", *world.parts)
    judged = subprocess.run([MXGRADE, "judge", path], stdout=subprocess.PIPE, check=True).stdout
    with open(path, "rb") as stream:
        merged = stream.read()
    assert [json.loads(line)["grade"] for line in judged.splitlines() if b'"type":"domain"' in line] \
        == [json.loads(line)["grade"] for line in merged.splitlines() if b'"type":"domain"' in line]


def test_a_shard_that_was_cut_is_told_and_nobody_has_vanished(world):
    cut, lost = world.cut_part("cut.jsonl")
    status, path, errors = world.merge("merged-cut.jsonl", cut, *world.parts[1:])
    assert status == 3 and "cut.jsonl is of a run that was cut short" in errors, (status, errors)
    assert "1 line of the list was not scanned" in errors, errors
    summary = read_results(path).summaries[0]
    assert not summary["complete"] and summary["merged"]["not_scanned"] == 1, summary
    lines = diff(world.whole, path)
    assert [(line["domain"], line["verdict"]) for line in lines[1:-1]] == [(lost, "not_observed")]
    # The whole shard, scanned again, completes it.
    status, path, errors = world.merge("merged-again.jsonl", path, world.parts[0])
    assert status == 0, (status, errors)
    assert diff(world.whole, path)[1:-1] == []


def test_a_missing_shard_is_told(world):
    status, _, errors = world.merge("merged-two.jsonl", *world.parts[:2])
    assert status == 3 and f"no file is of shard 3/{PARTS}" in errors, (status, errors)


def test_what_does_not_belong_together_is_refused(world):
    other = world.fleet.path("quick.jsonl")
    few = world.fleet.write("few.txt", "\n".join(list(world.table.domains)[:2]) + "\n")
    status, _, errors = world.fleet.run(few, "--depth", "quick", "-o", other)
    assert status == 0, errors
    for file, words in ((other, ("--depth", '"quick"', '"standard"', other)),
                        (few, (few, "not a result file"))):
        status, path, errors = world.merge("refused.jsonl", world.whole, file)
        assert status == 2 and all(word in errors for word in words), (status, errors)
        assert not os.path.exists(path), path


def test_it_never_overwrites(world):
    world.fresh("there.jsonl", b"something\n")
    done = subprocess.run([MXGRADE, "merge", *world.parts, "-o", world.fleet.path("there.jsonl")],
                          stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2 and "give another --output" in done.stderr, done


def main():
    with Fleet("--hosts", DOMAINS, "--mix", MIX) as fleet:
        return runner.run(sys.modules[__name__], World(fleet))


if __name__ == "__main__":
    sys.exit(main())
