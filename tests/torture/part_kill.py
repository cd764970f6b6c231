#!/usr/bin/env python3
"""Kills a scan at a random moment, tears its file as a machine that goes down may, and continues it:
the file comes to what a whole run writes."""
import sys
import time

import torture
import runner
from fleet import Fleet
from whole_run import MIX, WholeRun

KILLS, QUICK_KILLS = 200, 4
SLOWLY = ("--rate", "150")  # a whole run then takes some two seconds
LONGEST = 2.5


def kill_at_random(world, path, chance):
    with open(path + ".log", "wb") as log:
        process = world.fleet.start(world.list, "-o", path, *SLOWLY, stdout=log, stderr=log)
        time.sleep(chance.uniform(0, LONGEST))
        process.kill()
        return process.wait(timeout=30)


def tear(path, chance):
    """What is at the end of a file after a crash: as it was, cut, or followed by what was never
    written. Returns a word for it."""
    try:
        with open(path, "rb") as stream:
            content = stream.read()
    except FileNotFoundError:
        return "before the file was made"
    how = chance.choice(("left as it was", "cut", "cut", "with zeroes behind", "with noise behind"))
    if how == "cut":
        content = content[:len(content) - min(len(content), chance.randrange(1, 6000))]
    elif how == "with zeroes behind":
        content += bytes(chance.randrange(1, 9000))
    elif how == "with noise behind" and content:
        content += b"{" + chance.randbytes(chance.randrange(1, 3000)).replace(b"\n", b"?")
    with open(path, "wb") as stream:
        stream.write(content)
    return how


def test_a_run_that_is_killed_and_whose_file_is_torn_is_continued(world, options, trials):
    def trial(chance, number):
        name = f"killed-{number}.jsonl" + (".zst" if number % 2 else "")
        path = world.fresh(name)
        status = kill_at_random(world, path, chance)
        if status == 0:
            how = "over before the kill"
        else:
            assert status == -9, f"status {status}"
            how = tear(path, chance)
        differ = runner.Differences()
        world.finish(differ, f"{name}, {how}", path)
        differ.check()
        return how

    trials.run(trial, range(QUICK_KILLS if options.quick else KILLS))
    trials.end()


def main():
    options = torture.arguments(__doc__)
    with Fleet("--own-zones", "--hosts", "60", "--mix", MIX, serve=torture.FLEET) as fleet:
        return runner.run(sys.modules[__name__], WholeRun(fleet), options,
                          torture.Trials("kill", options.seed))


if __name__ == "__main__":
    sys.exit(main())
