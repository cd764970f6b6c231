#!/usr/bin/env python3
"""A scan while somebody sets the wall clock, back or ahead by ten minutes: it takes as long as
without, gives every host as much time, and writes how long that was."""
import os
import subprocess
import sys
import time
from datetime import datetime

import runner
from fleet import FACTOR, Fleet, Results, check_form, grades, preload

HERE = os.path.dirname(os.path.abspath(__file__))
HOSTS = 60
# The scan makes some 260 connections. Which of two hosts goes first is a matter of chance, so that one
# may come to its end as much sooner or later as all connections take together: 1.7 s.
RATE = 150
AFTER = 1  # seconds, when connections are still being begun
LIMIT = 60 * FACTOR
# How far apart two runs of the same scan may be: they share the machine.
CLOSE = 2 * FACTOR


class World:
    """The same scan under a clock that is let alone, set back, and set ahead, all at once."""

    def __init__(self, fleet):
        self.begun = time.monotonic()
        self.scans = {step: self.start(fleet, step) for step in (0, -600, 600)}
        self.results, self.seconds = {}, {}
        for step, process in self.scans.items():
            self.results[step], self.seconds[step] = self.end(process)

    def start(self, fleet, step):
        environment = dict(preload(os.path.join(HERE, "wall_clock_step.c"), fleet.folder),
                           WALL_STEP=str(step), WALL_STEP_AFTER=str(AFTER))
        return fleet.start(fleet.list(), "--provider-rate", "50", "--rate", str(RATE), env=environment)

    def end(self, process):
        """The records of a scan, or None if it hangs, and when it was over."""
        try:
            output, errors = process.communicate(
                timeout=max(0.1, self.begun + LIMIT - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return None, LIMIT
        seconds = time.monotonic() - self.begun
        return Results(process.returncode, errors.decode(), output), seconds


def compared(world):
    """(step, results) of the two scans whose clock was set."""
    for step, results in world.results.items():
        assert results is not None, f"with a step of {step} s it was not over after {LIMIT} s"
        assert results.status == 0, results.errors
        check_form(results)
        if step != 0:
            yield step, results


def test_the_wall_clock_was_set_indeed(world):
    for step, results in compared(world):
        begin, end = (datetime.fromisoformat(record[name].replace("Z", "+00:00"))
                      for record, name in ((results.runs[0], "started"),
                                           (results.summaries[0], "finished")))
        by_wall = (end - begin).total_seconds()
        # The rest is the scan's own time, which is a part of its process's.
        assert 0 < by_wall - step < world.seconds[step] + 1, (step, by_wall, world.seconds)


def test_the_scan_takes_as_long(world):
    for step, results in compared(world):
        assert abs(world.seconds[step] - world.seconds[0]) < CLOSE, (step, world.seconds)
        told = results.summaries[0]["seconds"]
        assert 0 < told < world.seconds[step] + CLOSE, (step, told, world.seconds)


def test_it_finds_the_same(world):
    for step, results in compared(world):
        assert grades(results) == grades(world.results[0]), step


def test_every_host_is_given_the_same_time_and_it_is_told_right(world):
    without = {r["host"]: r["timings_ms"] for r in world.results[0].endpoints}
    for step, results in compared(world):
        differ = runner.Differences()
        for record in results.endpoints:
            for phase, value in record["timings_ms"].items():
                was = without[record["host"]][phase]
                if (value is None) != (was is None) or \
                        (value is not None and abs(value - was) > CLOSE * 1000):
                    differ.equal(f"{step} s: {phase} of {record['host']}", value, was)
        differ.check()


def main():
    with Fleet("--own-zones", "--hosts", str(HOSTS), "--mix",
               "single=1,silence=1,ok_tls12_13=1,banner_421_once=1,banner_delay=1") as fleet:
        return runner.run(sys.modules[__name__], World(fleet))


if __name__ == "__main__":
    sys.exit(main())
