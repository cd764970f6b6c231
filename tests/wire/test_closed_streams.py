#!/usr/bin/env python3
"""Each way of starting the program with standard input, output or error closed: results and
messages never go to another file, and what cannot be written is told or fails."""
import itertools
import os
import subprocess
import sys

import runner
from fleet import MXGRADE, Fleet, Results, check_form, grades

NAMES = {0: "input", 1: "output", 2: "error"}
COMBINATIONS = [closed for number in range(1, 4)
                for closed in itertools.combinations(NAMES, number)]
PRINTING = (("--help",), ("--version",), ("help", "scan"), ("scan", "--help"), ("check", "--help"),
            ("diff", "--help"), ("convert", "--help"), ("report", "--help"), ("verify", "--help"),
            ("explain", "--help"), ("explain",), ("explain", "A"), ("explain", "no_starttls"),
            ("explain", "--markdown"), ("schema", "--help"), ("schema",), ("schema", "--markdown"),
            ("demo", "--help"))


class World:
    def __init__(self, fleet):
        self.fleet = fleet
        self.list = fleet.list()
        self.results = fleet.scan(self.list)
        check_form(self.results)
        self.file = fleet.write("results.jsonl", self.results.content)


def run(command, closed, **more):
    """(status, stdout, stderr) of a command that is started without these streams."""
    def close():
        for number in closed:
            os.close(number)

    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, preexec_fn=close, timeout=60, check=False, **more)
    return done.returncode, done.stdout, done.stderr.decode()


def called(closed):
    return "without standard " + " and ".join(NAMES[number] for number in closed)


def check_told(differ, what, closed, status, output, errors):
    """It failed and said so, if only to those who can still hear it."""
    differ.within(f"{what}: the status", status, (2, 3))
    differ.equal(f"{what}: standard output", output, b"")
    if 2 not in closed:
        differ.equal(f"{what}: is it said ({errors!r})", "standard output" in errors, True)


def test_results_go_to_the_file_that_was_named(world):
    differ = runner.Differences()
    for closed in COMBINATIONS:
        what = called(closed)
        path = world.fleet.path("-".join(map(str, closed)) + ".jsonl")
        command = world.fleet.command(world.list, "-o", path, "--verbose")
        status, output, _ = run(command, closed)
        differ.equal(f"{what}: the status", status, 0)
        differ.equal(f"{what}: standard output", output, b"")
        with open(path, "rb") as stream:
            results = Results(status, "", stream.read())
        check_form(results)
        differ.equal(f"{what}: what differs", grades(results), grades(world.results))
    differ.check()


def test_results_for_standard_output_are_there_or_their_lack_is_told(world):
    differ = runner.Differences()
    for closed in COMBINATIONS:
        before = world.fleet.stats()[0]["connections"]
        status, output, errors = run(world.fleet.command(world.list), closed)
        if 1 in closed:
            check_told(differ, called(closed), closed, status, output, errors)
            differ.equal(f"{called(closed)}: servers called",
                         world.fleet.stats()[0]["connections"], before)
        else:
            results = Results(status, errors, output)
            check_form(results)
            differ.equal(f"{called(closed)}: what differs", grades(results), grades(world.results))
    differ.check()


def test_a_list_on_standard_input_is_missed(world):
    differ = runner.Differences()
    for closed in COMBINATIONS:
        if 0 in closed:
            path = world.fleet.path("stdin-" + "-".join(map(str, closed)) + ".jsonl")
            status, _, errors = run(world.fleet.command("-", "-o", path), closed)
            differ.within(f"{called(closed)}: the status", status, (2, 3))
            if 2 not in closed:
                differ.equal(f"{called(closed)}: is it said ({errors!r})",
                             "cannot read the list" in errors, True)
    differ.check()


def test_what_is_printed_is_there_or_its_lack_is_told(world):
    differ = runner.Differences()
    commands = [*PRINTING, ("diff", world.file, world.file), ("convert", world.file),
                ("report", world.file, "-o", "-")]
    for arguments in commands:
        whole = run([MXGRADE, *arguments], ())
        differ.equal(f"{arguments}: the status", whole[0], 0)
        for closed in ((1,), (0, 1)) if "--help" in arguments else COMBINATIONS:
            status, output, errors = run([MXGRADE, *arguments], closed)
            what = f"{' '.join(arguments)} {called(closed)}"
            if 1 in closed:
                check_told(differ, what, closed, status, output, errors)
            else:
                differ.equal(f"{what}: the status", status, 0)
                differ.equal(f"{what}: the same", output == whole[1], True)
    differ.check()


def test_what_is_checked_is_told_or_its_lack_is(world):
    differ = runner.Differences()
    domain = world.results.domains[0]["domain"]
    command = [MXGRADE, "check", *world.fleet.options(), domain]
    for closed in COMBINATIONS:
        status, output, errors = run(command, closed)
        if 1 in closed:
            check_told(differ, called(closed), closed, status, output, errors)
        else:
            differ.equal(f"{called(closed)}: the status", status, 0)
            differ.equal(f"{called(closed)}: is it there", domain.encode() in output, True)
    differ.check()


def test_a_file_that_is_made_of_results_is_whole(world):
    differ = runner.Differences()
    for arguments in (("convert", world.file), ("report", world.file)):
        whole = run([MXGRADE, *arguments, "-o", "-"], ())[1]
        for closed in COMBINATIONS:
            path = world.fleet.path(arguments[0] + "-" + "-".join(map(str, closed)))
            what = f"{arguments[0]} {called(closed)}"
            status, output, _ = run([MXGRADE, *arguments, "-o", path], closed)
            differ.equal(f"{what}: the status", (status, output), (0, b""))
            with open(path, "rb") as stream:
                differ.equal(f"{what}: the same", stream.read() == whole, True)
    differ.check()


def test_what_a_full_device_does_not_take_is_told(_):
    differ = runner.Differences()
    for arguments in PRINTING:
        with open("/dev/full", "wb") as full:
            done = subprocess.run([MXGRADE, *arguments], stdin=subprocess.DEVNULL, stdout=full,
                                  stderr=subprocess.PIPE, timeout=60, check=False)
        differ.equal(f"{arguments}: the status", done.returncode, 3)
        differ.equal(f"{arguments}: is it said", b"standard output" in done.stderr, True)
    differ.check()


def main():
    with Fleet("--own-zones", "--hosts", "6", "--mix", "single=1,ok_tls12_13=2,no_starttls=1") as fleet:
        return runner.run(sys.modules[__name__], World(fleet))


if __name__ == "__main__":
    sys.exit(main())
