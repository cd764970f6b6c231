#!/usr/bin/env python3
"""Scans in which one allocation fails, a different one in each: none crashes or hangs, and none
that exits 0 has lost a line.

usage: test_memory.py [--all]

--all fails each allocation of a scan in turn, until one is left untouched; otherwise some of them.
"""
import os
import subprocess
import sys

import runner
from fleet import Fleet, Results, grades, preload

HERE = os.path.dirname(os.path.abspath(__file__))
# The sanitizer has an allocator of its own: the program without it is what is tested.
PROGRAM = os.path.join(os.path.dirname(os.path.abspath(os.environ.get(
    "FLEET", "build/release/fleet"))), "mxgrade")
SECONDS = 60
SAMPLES = 60


class World:
    def __init__(self, fleet, is_whole):
        self.fleet = fleet
        self.is_whole = is_whole
        self.environment = preload(os.path.join(HERE, "failing_malloc.c"), fleet.folder)
        self.list = fleet.list()
        self.mark = fleet.path("failed")
        self.untouched, _ = self.scan(0)
        assert self.untouched.status == 0, self.untouched.errors

    def scan(self, number):
        """The results of a scan whose allocation of that number fails, and whether there was one."""
        if os.path.exists(self.mark):
            os.unlink(self.mark)
        command = [PROGRAM, "scan", *self.fleet.options("--threads", "1"), self.list]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=SECONDS, check=False,
                              env=dict(self.environment, MALLOC_FAIL_AT=str(number),
                                       MALLOC_FAILED=self.mark))
        try:
            results = Results(done.returncode, done.stderr.decode(), done.stdout)
        except (AssertionError, ValueError) as wrong:
            raise AssertionError(f"allocation {number}: {wrong}") from wrong
        return results, os.path.exists(self.mark)

    def last(self):
        """The number of allocations, about: found by halving."""
        low, high = 1, 2
        while self.scan(high)[1]:
            low, high = high, high * 2
        while high - low > 20:
            middle = (low + high) // 2
            low, high = (middle, high) if self.scan(middle)[1] else (low, middle)
        return low

    def numbers(self):
        if self.is_whole:
            number = 1
            while True:
                yield number
                if not os.path.exists(self.mark):
                    return
                number += 1
        last = self.last()
        yield from sorted({1 + last * sample // SAMPLES for sample in range(SAMPLES)})


def seen(results):
    """What the first dialogue with each server must have kept."""
    return {(r["host"], r["address"]): (r["banner"], r["reply"], r["certificate"] is not None)
            for r in results.endpoints}


def check(world, differ, number, results):
    what = f"allocation {number}"
    differ.within(f"{what}: the status ({results.errors.strip()})", results.status, (0, 3))
    if results.status == 0:
        differ.equal(f"{what}: lines", sorted(r["line"] for r in results.domains),
                     sorted(r["line"] for r in world.untouched.domains))
        differ.equal(f"{what}: complete", results.summaries[0]["complete"], True)
        differ.equal(f"{what}: what was seen", seen(results), seen(world.untouched))
        differ.equal(f"{what}: says local_error", "local_error" in results.errors, False)
    elif results.summaries:
        summary = results.summaries[0]
        differ.equal(f"{what}: lines begun and written", summary["lines_begun"],
                     summary["lines_written"])


def test_no_allocation_that_fails_loses_a_line_or_ends_the_program(world):
    differ = runner.Differences()
    changed = []
    for number in world.numbers():
        results, _ = world.scan(number)
        check(world, differ, number, results)
        if results.status == 0 and grades(results) != grades(world.untouched):
            changed.append(number)
    differ.equal("allocations with exit 0 and other grades", changed, [])
    differ.check()


def main():
    with Fleet("--own-zones", "--hosts", "4", "--mix", "single=1,ok_tls12_13=2,no_starttls=1") as fleet:
        return runner.run(sys.modules[__name__], World(fleet, sys.argv[1:] == ["--all"]))


if __name__ == "__main__":
    sys.exit(main())
