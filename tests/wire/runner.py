"""Runs the functions of a module whose names begin with test_, each with the same arguments, in the
order in which they are written. A name with its underscores as blanks is the sentence that holds.
"""
import os
import sys
import time
import traceback


class Skip(Exception):
    """This machine cannot show it; the message says why."""


def run(module, *arguments):
    """Prints a line per test and "N passed, N failed" last; the exit status to leave with."""
    passed = failed = skipped = 0
    for name, function in list(vars(module).items()):
        if not name.startswith("test_") or not callable(function):
            continue
        sentence = name[len("test_"):].replace("_", " ")
        started = time.monotonic()
        try:
            function(*arguments)
        except Skip as why:
            skipped += 1
            print(f"skipped  {sentence}: {why}")
        except AssertionError as wrong:
            failed += 1
            print(f"FAILED   {sentence}: {wrong or traceback.format_exc()}")
        except Exception:  # a test that breaks has failed; the others still tell
            failed += 1
            print(f"FAILED   {sentence}:\n{traceback.format_exc()}")
        else:
            passed += 1
            print(f"passed   {sentence} ({time.monotonic() - started:.1f} s)")
        sys.stdout.flush()
    print(f"{sum(os.times()[:4]):.0f} s of a processor")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


class Differences:
    """Collects what differs, so that one test tells of all of a table's rows at once."""

    def __init__(self):
        self.lines = []

    def equal(self, what, seen, expected):
        if seen != expected:
            self.lines.append(f"{what} is {seen!r}, expected {expected!r}")

    def within(self, what, seen, allowed):
        if seen not in allowed:
            self.lines.append(f"{what} is {seen!r}, expected one of {allowed!r}")

    def check(self):
        assert not self.lines, "\n         " + "\n         ".join(self.lines)
