#!/usr/bin/env python3
"""Scans in which system calls are interrupted, short, or would block, at random: the letters are
those of a quiet run. And scans in which this machine refuses sockets and connections: no record
accuses a server, and the run says what was lost."""
import os
import subprocess
import sys

import torture
import runner
from fleet import Fleet, Results, check_form, grades, preload

RUNS, QUICK_RUNS = 100, 3
SECONDS = 60
MIX = "single=3,two_mx=1,null_mx=1,ok_tls12_13=4,wrong_name=2,no_starttls=2,expired=1,tls11_max=1"


def is_better(letter, other):
    letters = ("A+", "A", "B", "C", "D", "F")
    return other in letters and letters.index(letter) < letters.index(other)


class World:
    def __init__(self, fleet):
        self.fleet = fleet
        self.list = fleet.list()
        self.quiet = fleet.scan(self.list)
        assert self.quiet.status == 0, self.quiet.errors
        self.environment = preload(os.path.join(torture.HERE, "hostile_calls.c"), fleet.folder)

    def scan(self, chance, **more):
        environment = dict(self.environment, CALL_SEED=str(chance.randrange(1, 1 << 30)), **more)
        process = self.fleet.start(self.list, env=environment)
        try:
            output, errors = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired as late:
            process.kill()
            process.communicate()
            raise AssertionError(f"not over after {SECONDS} s: {more}") from late
        return Results(process.returncode, errors.decode(), output)


def test_calls_that_are_interrupted_or_short_change_no_letter(world, options):
    trials = torture.Trials("calls", options.seed)

    def trial(chance, _):
        one_in = chance.choice((3, 10, 30))
        results = world.scan(chance, CALL_FAULTS=str(one_in))
        assert results.status == 0, (results.status, results.errors)
        check_form(results)
        differ = set(grades(results).items()) ^ set(grades(world.quiet).items())
        assert not differ, differ
        return f"one in {one_in}: as if nothing had happened"

    trials.run(trial, range(QUICK_RUNS if options.quick else RUNS))
    trials.end()


def test_what_this_machine_refuses_accuses_nobody(world, options):
    trials = torture.Trials("refusals", options.seed)
    quiet = grades(world.quiet)

    def trial(chance, _):
        one_in = chance.choice((4, 10, 30))
        results = world.scan(chance, CALL_FAULTS="0", CALL_REFUSALS=str(one_in))
        assert results.status in (0, 3), (results.status, results.errors)
        check_form(results)
        # What was not observed lowers no letter. A domain that says so may have lost a bad host.
        partial = {("domain", r["line"], r["domain"]) for r in results.domains if r["partial"]}
        wrong = {key: letter for key, letter in grades(results).items()
                 if letter not in ("U", quiet.get(key)) and
                 not (key in partial and is_better(letter, quiet.get(key)))}
        assert not wrong, {key: (letter, quiet.get(key)) for key, letter in wrong.items()}
        lost = any(record["outcome"] == "local_error" for record in results.endpoints)
        assert results.status == 3 or not lost, "exit 0 and local_error"
        return f"one in {one_in}: exit {results.status}"

    trials.run(trial, range(QUICK_RUNS if options.quick else RUNS))
    trials.end()


def main():
    options = torture.arguments(__doc__)
    with Fleet("--own-zones", "--hosts", "30", "--mix", MIX, serve=torture.FLEET) as fleet:
        return runner.run(sys.modules[__name__], World(fleet), options)


if __name__ == "__main__":
    sys.exit(main())
