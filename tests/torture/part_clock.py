#!/usr/bin/env python3
"""Sets the wall clock back or ahead at a random moment of a scan: it takes no longer, and its letters
are those of a scan under a clock that was let alone."""
import os
import subprocess
import sys
import time

import torture
import runner
from fleet import Fleet, Results, check_form, grades, preload

STEPS = (-3000, -600, -60, -1, 1, 60, 600, 3000)  # seconds; the certificates are valid in all of them
RUNS, QUICK_RUNS = 40, 2
MIX = "single=3,two_mx=1,null_mx=1,ok_tls12_13=4,wrong_name=2,no_starttls=2,banner_421_once=1"
SLOWLY = ("--rate", "40")
SECONDS = 30


class World:
    def __init__(self, fleet):
        self.fleet = fleet
        self.list = fleet.list()
        self.environment = preload(os.path.join(torture.HERE, os.pardir, "wire",
                                                "wall_clock_step.c"), fleet.folder)
        self.quiet, self.seconds = self.scan(0, 0)

    def scan(self, step, after):
        """The records, and how many seconds it took."""
        begun = time.monotonic()
        process = self.fleet.start(self.list, *SLOWLY, env=dict(
            self.environment, WALL_STEP=str(step), WALL_STEP_AFTER=str(after)))
        try:
            output, errors = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired as late:
            process.kill()
            process.communicate()
            raise AssertionError(f"not over after {SECONDS} s: {step} s after {after:.2f}") from late
        results = Results(process.returncode, errors.decode(), output)
        assert results.status == 0, results.errors
        check_form(results)
        return results, time.monotonic() - begun


def test_a_clock_that_is_set_changes_nothing(world, options):
    trials = torture.Trials("clock", options.seed)

    def trial(chance, number):
        step = STEPS[number % len(STEPS)]
        results, _ = world.scan(step, chance.uniform(0, world.seconds))
        differ = set(grades(results).items()) ^ set(grades(world.quiet).items())
        assert not differ, (step, differ)
        return f"{step:+} s"

    trials.run(trial, range(QUICK_RUNS if options.quick else RUNS))
    trials.end()


def main():
    options = torture.arguments(__doc__)
    with Fleet("--own-zones", "--hosts", "30", "--mix", MIX, serve=torture.FLEET) as fleet:
        return runner.run(sys.modules[__name__], World(fleet), options)


if __name__ == "__main__":
    sys.exit(main())
