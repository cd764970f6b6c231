#!/usr/bin/env python3
"""A list that is changed while it is read: its results are of neither list, and the run says so."""
import os
import sys

import runner
from fleet import Fleet, check_form, read_results
from processes import wait_until

DOMAINS = 2000  # more than are read ahead of what is being asked
MIX = "single=1,ok_tls12_13=1"
COLUMN = "x" * 100  # so that the list does not fit in what is read at once
FIRST = 1900    # lines that a change leaves alone


class World:
    def __init__(self, fleet):
        self.fleet = fleet
        with open(fleet.list(), encoding="ascii") as stream:
            self.lines = ["domain,column\n"] + [f"{name.strip()},{COLUMN}\n" for name in stream]

    def scan(self, name, change):
        """(status, messages, results) of a run whose list is changed when it has begun."""
        source = self.fleet.write(name + ".csv", "".join(self.lines))
        path = self.fleet.path(name + ".jsonl")
        process = self.fleet.start(source, "-o", path, "--depth", "quick", "--rate", "500")
        wait_until(lambda: os.path.exists(path) and os.path.getsize(path) > 1000, "the first lines")
        change(source)
        _, errors = process.communicate(timeout=120)
        return process.returncode, errors.decode(), read_results(path)


def cut(path):
    os.truncate(path, len(COLUMN) * FIRST)


def add(path):
    with open(path, "a", encoding="ascii") as stream:
        stream.write(f"more.example,{COLUMN}\n")


def overwrite(world):
    last = world.lines[-1].encode()

    def change(path):
        with open(path, "r+b") as stream:
            stream.seek(-len(last), os.SEEK_END)
            stream.write(b"y" + last[1:])
    return change


def replace(path):
    with open(path + ".new", "w", encoding="ascii") as stream:
        stream.write("other.example\n")
    os.replace(path + ".new", path)


def test_a_list_that_is_changed_while_it_is_read_is_told(world):
    differ = runner.Differences()
    for name, change in (("cut", cut), ("added", add), ("overwritten", overwrite(world))):
        status, errors, results = world.scan(name, change)
        differ.equal(f"{name}: the status", status, 3)
        differ.equal(f"{name}: is it said ({errors!r})", "was changed while it was read" in errors,
                     True)
        differ.equal(f"{name}: is it complete", results.summaries[0]["complete"], False)
        status, _, errors = world.fleet.run(world.fleet.path(name + ".csv"), "-o",
                                            world.fleet.path(name + ".jsonl"), "--resume",
                                            "--depth", "quick")
        differ.equal(f"{name}: continued: {errors!r}", (status, "the list has changed" in errors),
                     (2, True))
    differ.check()


def test_a_list_that_is_replaced_by_another_file_is_read_to_its_end(world):
    status, errors, results = world.scan("replaced", replace)
    assert status == 0, (status, errors)
    check_form(results)
    assert len(results.domains) == DOMAINS, len(results.domains)


def main():
    with Fleet("--own-zones", "--hosts", str(DOMAINS), "--mix", MIX) as fleet:
        return runner.run(sys.modules[__name__], World(fleet))


if __name__ == "__main__":
    sys.exit(main())
