#!/usr/bin/env python3
"""Scans in which one allocation fails, a different one in each: none crashes or hangs, and none
that exits 0 has lost a line.

usage: test_memory.py [--all domains|hosts [SHARD/SHARDS]]

--all fails each allocation of a scan of such a list in turn, until one is left untouched; otherwise
some of both. Of several shards each one has its share.
"""
import os
import subprocess
import sys

import runner
from fleet import Fleet, grades, preload, read_results

HERE = os.path.dirname(os.path.abspath(__file__))
# The sanitizer has an allocator of its own: the program without it is what is tested.
PROGRAM = os.path.join(os.path.dirname(os.path.abspath(os.environ.get(
    "FLEET", "build/release/fleet"))), "mxgrade")
SECONDS = 60
SAMPLES = 60
# Which of how many shards. Of one, its first number and the distance to its next one.
SHARD = tuple(int(number) for number in (sys.argv[3] if sys.argv[3:] else "1/1").split("/"))
# All allocations in turn take longer than a fleet usually lives.
FLEET_SECONDS = 7200
# With so few connections so many lines may be under way; a list of more than twice as many.
UNDER_WAY = 1000
MANY = 3000


class World:
    """Scans of one list, with one allocation that fails."""

    def __init__(self, fleet, name, content, *options):
        self.fleet = fleet
        self.name = name
        self.environment = preload(os.path.join(HERE, "failing_malloc.c"), fleet.folder)
        self.list = fleet.write(f"{name}.txt", content)
        self.output = fleet.path(f"{name}.jsonl")
        self.options = options
        self.mark = fleet.path("failed")
        self.untouched, _ = self.scan(0)
        assert self.untouched.status == 0, self.untouched.errors

    def run(self, number, *more, environment=None):
        command = [PROGRAM, "scan", *self.fleet.options("--threads", "1"), *self.options, *more,
                   "-o", self.output, self.list]
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, timeout=SECONDS, check=False,
                              env=dict(self.environment, MALLOC_FAIL_AT=str(number),
                                       MALLOC_FAILED=self.mark, **(environment or {})))

    def results(self, what, done):
        try:
            return read_results(self.output, done.returncode, done.stderr.decode())
        except (AssertionError, ValueError) as wrong:
            raise AssertionError(f"{what}: {wrong}") from wrong

    def clear(self):
        for path in (self.mark, self.output):
            if os.path.exists(path):
                os.unlink(path)

    def scan(self, number):
        """The results of a scan whose allocation of that number fails, and whether there was one."""
        self.clear()
        return self.results(f"allocation {number}", self.run(number)), os.path.exists(self.mark)

    def resume(self, number):
        """What the file holds once a run with memory enough has gone on with it."""
        return self.results(f"allocation {number}, continued", self.run(0, "--resume"))

    def last(self):
        """The number of allocations, about: found by halving."""
        low, high = 1, 2
        while self.scan(high)[1]:
            low, high = high, high * 2
        while high - low > 20:
            middle = (low + high) // 2
            low, high = (middle, high) if self.scan(middle)[1] else (low, middle)
        return low

    def numbers(self, is_whole):
        if is_whole:
            number, step = SHARD
            while True:
                yield number
                if not os.path.exists(self.mark):
                    return
                number += step
        last = self.last()
        yield from sorted({1 + last * sample // SAMPLES for sample in range(SAMPLES)})


def seen(results):
    """What the first dialogue with each server must have kept."""
    return {(r["host"], r["address"]): (r["banner"], r["reply"], r["certificate"] is not None)
            for r in results.endpoints}


def given_up(results):
    """The records that stand behind all others, of lines that lacked memory."""
    lines = []
    for record in reversed(results.records[:-1]):
        outcome = record["dns"] if record["type"] == "domain" else record
        if outcome.get("outcome") != "local_error":
            break
        lines.append(record)
    return lines


def is_told(results, place):
    """Has the place of a host list its record, of whatever it came to?"""
    return any(place in (r["host"], r["address"]) for r in results.endpoints)


def check_cut_short(world, differ, what, number, results):
    """Each line that was begun has its record, and --resume begins what was given up."""
    summary = results.summaries[0]
    differ.equal(f"{what}: lines begun and written", summary["lines_begun"], summary["lines_written"])
    lost = given_up(results)
    differ.equal(f"{what}: letters of what was given up", {r["grade"] for r in lost} - {"U"}, set())
    if "lines were given up" in results.errors:
        differ.equal(f"{what}: given up, and the records of that", lost == [], False)
        differ.equal(f"{what}: complete", summary["complete"], False)
    if summary["complete"]:
        return
    whole = world.resume(number)
    if "local_error" not in whole.errors:
        differ.equal(f"{what}: continued: the status ({whole.errors.strip()})", whole.status, 0)
        differ.equal(f"{what}: continued: the letters", grades(whole), grades(world.untouched))
        differ.equal(f"{what}: continued: lines that are there twice", len(whole.endpoints),
                     len(world.untouched.endpoints))


def check(world, differ, number, results):
    what = f"{world.name}, allocation {number}"
    differ.within(f"{what}: the status ({results.errors.strip()})", results.status, (0, 3))
    if results.status == 0:
        differ.equal(f"{what}: lines", sorted(r["line"] for r in results.domains),
                     sorted(r["line"] for r in world.untouched.domains))
        differ.equal(f"{what}: complete", results.summaries[0]["complete"], True)
        differ.equal(f"{what}: what was seen", seen(results), seen(world.untouched))
        differ.equal(f"{what}: says local_error", "local_error" in results.errors, False)
    elif results.summaries:
        check_cut_short(world, differ, what, number, results)


def try_allocations(world, is_whole, check_one):
    differ = runner.Differences()
    changed = []
    num_failed = num_complete = 0
    for number in world.numbers(is_whole):
        results, has_failed = world.scan(number)
        check_one(world, differ, number, results)
        if results.status == 0 and grades(results) != grades(world.untouched):
            changed.append(number)
        num_failed += has_failed
        num_complete += has_failed and results.status == 0
    print(f"{world.name}: {num_failed} allocations failed, one in a scan; {num_complete} of these scans "
          "were complete all the same, the others said so", flush=True)
    differ.equal("allocations with exit 0 and other grades", changed, [])
    differ.check()


def test_no_allocation_that_fails_loses_a_line_or_ends_the_program(fleet, only):
    if only in (None, "domains"):
        try_allocations(World(fleet, "domains", fleet.ask("list")), only is not None, check)


def test_nor_does_it_lose_a_line_of_a_list_of_hosts(fleet, only):
    if only not in (None, "hosts"):
        return
    rows = fleet.expect()
    hosts = [row["mx"][0]["host"] for row in rows.domains.values()]
    address = next(address for _, address in rows.endpoints if address.startswith("127."))
    places = [*hosts, address]

    def check_places(world, differ, number, results):
        check(world, differ, number, results)
        # A number that is not there ends the reading of the list: then some lines are not begun.
        if results.summaries and results.summaries[0]["lines_begun"] == len(places):
            missing = [place for place in places if not is_told(results, place)]
            differ.equal(f"hosts, allocation {number}: places without a record", missing, [])

    content = "".join(f"{place}\n" for place in places)
    try_allocations(World(fleet, "hosts", content, "--hosts"), only is not None, check_places)


def test_lines_that_are_given_up_are_no_more_than_may_be_under_way(_fleet, only):
    """They are kept until the end of a run, so that a list of any length would fill the memory."""
    if only is not None:
        return
    with Fleet("--own-zones", "--hosts", str(MANY), "--mix", "null_mx=1") as fleet:
        world = World(fleet, "many", fleet.ask("list"), "--concurrency", "10")
        world.clear()
        done = world.run(0, environment={"MALLOC_FAIL_SENDERS": "1"})
        results = world.results("no memory for any line", done)
        summary = results.summaries[0]
        assert results.status == 3, (results.status, results.errors)
        assert "no further line is begun" in results.errors, results.errors
        assert UNDER_WAY <= summary["lines_begun"] <= 2 * UNDER_WAY, summary
        assert summary["lines_written"] == summary["lines_begun"], summary
        assert len(given_up(results)) == summary["lines_begun"]
        whole = world.resume(0)
        assert whole.status == 0, (whole.status, whole.errors)
        assert grades(whole) == grades(world.untouched)


def main():
    only = sys.argv[2] if sys.argv[1:2] == ["--all"] else None
    with Fleet("--own-zones", "--hosts", "4", "--mix", "single=1,ok_tls12_13=2,no_starttls=1",
               serve=("--seconds", str(FLEET_SECONDS))) as fleet:
        return runner.run(sys.modules[__name__], fleet, only)


if __name__ == "__main__":
    sys.exit(main())
