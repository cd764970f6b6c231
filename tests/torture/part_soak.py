#!/usr/bin/env python3
"""One long scan, whose memory and descriptors stay flat.

usage: part_soak.py [--minutes N]

Half an hour are four calls of this, of 7.5 minutes each; `--minutes 30` is one scan as long.
"""
import argparse
import os
import signal
import statistics
import subprocess
import sys
import time

import torture  # finds the tools of the wire tests
import runner
from fleet import Fleet

DOMAINS = 1_000_000  # more than can be scanned
EVERY = 5            # seconds from one look to the next
RATE = 3000          # connections a second: what is kept of hosts and servers is soon complete
MARGIN = 1.05        # of the memory in the first third after it has been warmed up
WARM_UP = 120        # seconds
MIX = ("single=5,provider=3,two_mx=1,null_mx=1,nxdomain=1,ok_tls12_13=6,wrong_name=1,no_starttls=1,"
       "banner_421_once=1,silence=1,rst_at_connect=1,expired=1")


class World:
    def __init__(self, fleet, minutes):
        self.fleet = fleet
        self.seconds = minutes * 60
        self.list = fleet.list()


def resident(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as stream:
        return int(stream.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def test_memory_and_descriptors_stay_flat(world):
    process = world.fleet.start(world.list, "--rate", str(RATE), "-o", os.devnull,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    looks = []
    try:
        end = time.monotonic() + world.seconds
        while time.monotonic() < end:
            time.sleep(EVERY)
            assert process.poll() is None, f"it ended with {process.returncode}"
            looks.append((resident(process.pid), len(os.listdir(f"/proc/{process.pid}/fd"))))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 3, process.returncode
    finally:
        process.kill()
        process.wait()
    looks = looks[WARM_UP // EVERY:]
    third = len(looks) // 3
    first, last = looks[:third], looks[-third:]
    memory = [statistics.median(look[0] for look in part) for part in (first, last)]
    descriptors = [max(look[1] for look in part) for part in (first, last)]
    print("soak, MiB each minute:", *(f"{look[0] / 2**20:.0f}" for look in looks[::60 // EVERY]))
    print(f"soak: {world.seconds:.0f} s, memory {memory[0] / 2**20:.1f} and "
          f"{memory[1] / 2**20:.1f} MiB, descriptors {descriptors[0]} and {descriptors[1]}")
    assert memory[1] <= memory[0] * MARGIN, memory
    assert descriptors[1] <= descriptors[0] * MARGIN + 8, descriptors


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=7.5)
    minutes = parser.parse_args().minutes
    serve = ("--seconds", str(int(minutes * 60) + 120))
    with Fleet("--own-zones", "--hosts", str(DOMAINS), "--mix", MIX, serve=serve) as fleet:
        return runner.run(sys.modules[__name__], World(fleet, minutes))


if __name__ == "__main__":
    sys.exit(main())
