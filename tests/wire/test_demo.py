#!/usr/bin/env python3
"""`mxgrade demo`, which needs nothing but the program: what it prints is what the README shows."""
import os
import re
import subprocess
import sys
import tempfile

import runner
from fleet import FACTOR, MXGRADE, check_form, read_results

README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../README.md")
SECONDS = 60 * FACTOR
RESULTS = re.compile(r"^The whole story, one JSON object a line: (\S+)$", re.M)
ROWS = 16


class World:
    def __init__(self, folder):
        self.folder = folder
        self.results = os.path.join(folder, "results.jsonl")
        done = self.demo("-o", self.results)
        self.status, self.text, self.errors = done.returncode, done.stdout, done.stderr

    def demo(self, *arguments):
        return subprocess.run([MXGRADE, "demo", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=SECONDS, text=True, check=False,
                              env={**os.environ, "TMPDIR": self.folder})


def table_of(text):
    """The heading and the rows of the first table in a text."""
    lines = [line.strip() for line in text.splitlines()]
    begin = next(i for i, line in enumerate(lines) if line.startswith("DOMAIN "))
    end = next(i for i in range(begin, len(lines)) if not lines[i])
    return lines[begin:end]


def test_it_ends_well_and_says_nothing_else(world):
    assert (world.status, world.errors) == (0, ""), (world.status, world.errors)


def test_the_readme_shows_what_it_prints(world):
    with open(README, encoding="utf-8") as stream:
        shown = table_of(stream.read())
    printed = table_of(world.text)
    assert len(printed) == 1 + ROWS and len(shown) > 4, (len(printed), len(shown))
    assert shown == [line for line in printed if line in shown], \
        "the README has other lines:\n" + "\n".join(line for line in shown if line not in printed)


def test_the_results_it_names_are_there_and_say_the_same(world):
    path = RESULTS.search(world.text).group(1)
    assert path == world.results, path
    results = read_results(path)
    check_form(results)
    grades = {line.split()[0]: line.split()[2] for line in table_of(world.text)[1:]}
    assert {r["domain"]: r["grade"] for r in results.domains} == grades, grades


def test_it_leaves_nothing_behind(world):
    """Neither a folder nor a process; -o keeps the results and nothing else."""
    assert os.listdir(world.folder) == ["results.jsonl"], os.listdir(world.folder)
    os.rename(world.results, world.results + ".kept")
    done = world.demo()
    assert (done.returncode, done.stderr) == (0, ""), done
    assert table_of(done.stdout) == table_of(world.text), done.stdout
    assert os.listdir(world.folder) == ["results.jsonl.kept"], os.listdir(world.folder)
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{process}/cmdline", encoding="utf-8", errors="replace") as stream:
                assert world.folder not in stream.read(), process
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has ended meanwhile


def main():
    with tempfile.TemporaryDirectory(prefix="mxgrade-demo-test.") as folder:
        return runner.run(sys.modules[__name__], World(folder))


if __name__ == "__main__":
    sys.exit(main())
