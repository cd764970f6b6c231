#!/usr/bin/env python3
"""Cuts the power at a random moment: what is left of the results is what was synced, and of what was
written after it the beginning, or pages here and there. Continued, the file comes to what a whole
run writes."""
import os
import signal
import struct
import sys
import time

import torture
import runner
from fleet import Fleet, preload
from processes import wait_until
from whole_run import MIX, WholeRun

CUTS, QUICK_CUTS = 100, 4
PAGE = 4096
# Slow enough that the file is synced before it ends: at once, and then every five seconds.
SLOWLY = ("--rate", "30")
LONGEST = 9


def synced_size(path):
    try:
        with open(path, "rb") as stream:
            return struct.unpack("=q", stream.read(8))[0]
    except FileNotFoundError:
        return 0


def after_power_cut(content, synced, chance):
    """(a word, what the file system has kept)."""
    how = chance.choice(("nothing unsynced", "a part", "a part and zeroes", "pages"))
    kept, rest = content[:synced], content[synced:]
    if how == "a part":
        kept += rest[:chance.randint(0, len(rest))]
    elif how == "a part and zeroes":  # the size was written, the data were not
        part = rest[:chance.randint(0, len(rest))]
        kept += part + bytes(len(rest) - len(part))
    elif how == "pages":
        whole = bytearray(content)
        for start in range(synced, len(whole), PAGE - synced % PAGE or PAGE):
            if chance.random() < 0.5:
                end = min(len(whole), start + PAGE)
                whole[start:end] = bytes(end - start)
        kept = bytes(whole)
    return how, kept


def test_a_run_whose_machine_lost_power_is_continued(world, options, trials):
    def trial(chance, number):
        path = world.fresh(f"power-{number}.jsonl" + (".zst" if number % 2 else ""))
        mark = world.fresh(f"synced-{number}")
        environment = dict(preload(os.path.join(torture.HERE, "synced_size.c"),
                                   world.fleet.folder), SYNCED_SIZE=mark)
        with open(path + ".log", "wb") as log:
            process = world.fleet.start(world.list, "-o", path, *SLOWLY, stdout=log, stderr=log,
                                        env=environment)
            time.sleep(chance.uniform(0.3, LONGEST))
            process.send_signal(signal.SIGSTOP)
            wait_until(lambda: is_stopped(process.pid), "a process that stands still")
            synced = synced_size(mark)
            content = b""
            if os.path.exists(path):
                with open(path, "rb") as stream:
                    content = stream.read()
            process.kill()
            process.wait(timeout=30)
        assert synced <= len(content), f"{synced} bytes synced, {len(content)} there"
        how, kept = after_power_cut(content, synced, chance)
        world.fresh(os.path.basename(path), kept)
        differ = runner.Differences()
        world.finish(differ, f"{os.path.basename(path)}, {how}, {synced} bytes synced of "
                     f"{len(content)}", path)
        differ.check()
        return f"{how}, {'some' if synced else 'none'} synced"

    trials.run(trial, range(QUICK_CUTS if options.quick else CUTS))
    trials.end()


def is_stopped(pid):
    """Does it stand still, or is it over?"""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stream:
        return stream.read().rsplit(")", 1)[1].split()[0] in "TZ"


def main():
    options = torture.arguments(__doc__)
    with Fleet("--own-zones", "--hosts", "60", "--mix", MIX, serve=torture.FLEET) as fleet:
        return runner.run(sys.modules[__name__], WholeRun(fleet), options,
                          torture.Trials("power", options.seed))


if __name__ == "__main__":
    sys.exit(main())
