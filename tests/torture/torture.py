"""What the parts of the torture share: the tools of the wire tests, the command line, many trials
side by side, and the count at the end.

A trial is a function of a random generator and a number. It returns a word for what happened, of
which the part counts how often each came, or raises AssertionError. The generator is made from the
seed and the number, so that `--seed N` repeats a trial.
"""
import argparse
import collections
import concurrent.futures
import os
import random
import sys
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "wire"))

HERE = os.path.dirname(os.path.abspath(__file__))
SIDE_BY_SIDE = 4  # most of a trial is waiting
# So long may the fleet of a part live: a little longer than the part.
FLEET = ("--seconds", "600")


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="the few trials of make check")
    parser.add_argument("--seed", type=int, default=1, help="other trials (1)")
    return parser.parse_args()


class Trials:
    """Trials of one kind, and what became of them."""

    def __init__(self, name, seed, side_by_side=SIDE_BY_SIDE):
        self.name = name
        self.side_by_side = side_by_side
        self.seed = seed
        self.counts = collections.Counter()
        self.failures = []

    def _one(self, trial, number):
        try:
            return trial(random.Random(f"{self.name} {self.seed} {number}"), number)
        except Exception as wrong:  # a trial that breaks has failed; the others still tell
            text = str(wrong) if isinstance(wrong, AssertionError) else traceback.format_exc()
            self.failures.append(f"trial {number}: {text}")
            return "FAILED"

    def run(self, trial, numbers):
        with concurrent.futures.ThreadPoolExecutor(self.side_by_side) as pool:
            self.counts.update(pool.map(lambda number: self._one(trial, number), numbers))

    def end(self):
        """Prints the counts; fails if a trial did."""
        print(f"{self.name}: {self.counts.total()} trials: " +
              ", ".join(f"{count} {what}" for what, count in sorted(self.counts.items())),
              flush=True)
        assert not self.failures, "\n         " + "\n         ".join(self.failures[:20])
        assert self.counts, "no trial was made"
