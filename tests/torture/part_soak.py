#!/usr/bin/env python3
"""A long scan, whose memory and descriptors stay flat.

usage: part_soak.py WAY [--minutes N]

Memory can only be flat once all that is kept (hosts, endpoints, servers, chains, answers of the DNS)
is full, so the looks before that do not count. The program as it is keeps 20,000 of each on a thread:
these are full soon with one connection a host (the way "quick"). The other ways take a program that
keeps one in twenty (make VARIANT=soak), so that whole inquiries fill them as soon.
"""
import argparse
import os
import signal
import statistics
import subprocess
import sys
import time

import torture
import fleet as fleet_module
import runner
from fleet import Fleet, preload

DOMAINS = 300_000  # more than can be scanned
EVERY = 5          # seconds from one look to the next
WARM_UP = 0.4      # of the time, after which all is full
# Bytes of the heap that may be there more at the end for each connection made between. The least that
# a connection costs while it is there, its session, is ten times as much.
BYTES_PER_CONNECTION = 64
# Of the resident memory, which also has what malloc() keeps in hand.
MARGIN = 1.05
MIX = ("single=5,provider=3,two_mx=1,null_mx=1,nxdomain=1,ok_tls12_13=6,wrong_name=1,no_starttls=1,"
       "banner_421_once=1,silence=1,rst_at_connect=1,expired=1")
SOAK = os.path.abspath(os.environ.get("SOAK", "build/soak/mxgrade"))
# Name: (the program, the fleet's mix, options).
WAYS = {
    "quick": (fleet_module.MXGRADE, MIX, ("--threads", "1", "--depth", "quick", "--rate", "300")),
    "standard": (SOAK, MIX, ("--threads", "2", "--rate", "250")),
    "deep": (SOAK, MIX, ("--threads", "1", "--rate", "250", "--depth", "deep")),
    "hostile": (SOAK, "all", ("--threads", "2", "--rate", "200")),
}


class World:
    def __init__(self, fleet, way, minutes):
        self.fleet = fleet
        self.options = WAYS[way][2]
        self.seconds = minutes * 60
        self.list = fleet.list()
        self.heap = fleet.path("heap")
        self.environment = dict(preload(os.path.join(torture.HERE, "heap_size.c"), fleet.folder),
                                HEAP_SIZE=self.heap)

    def connections(self):
        return self.fleet.stats()[0]["connections"]

    def look(self, pid):
        """(bytes of the heap, bytes resident, descriptors)"""
        with open(self.heap, encoding="ascii") as stream:
            heap = int(stream.read())
        with open(f"/proc/{pid}/statm", encoding="ascii") as stream:
            resident = int(stream.read().split()[1]) * os.sysconf("SC_PAGESIZE")
        return heap, resident, len(os.listdir(f"/proc/{pid}/fd"))


def watch(world, process):
    """Looks of the time in which all is full, and how many connections were made in it."""
    looks, before = [], None
    begin = time.monotonic()
    while time.monotonic() < begin + world.seconds:
        time.sleep(EVERY)
        assert process.poll() is None, f"it ended with {process.returncode}"
        look = world.look(process.pid)
        print(f"soak: {time.monotonic() - begin:4.0f} s, heap {look[0] / 2**20:.2f} MiB, resident "
              f"{look[1] / 2**20:.2f} MiB, {look[2]} descriptors", flush=True)
        if time.monotonic() > begin + world.seconds * WARM_UP:
            before = world.connections() if before is None else before
            looks.append(look)
    return looks, world.connections() - before


def test_memory_and_descriptors_stay_flat(world):
    process = world.fleet.start(world.list, *world.options, "-o", os.devnull,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                env=world.environment)
    try:
        looks, connections = watch(world, process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 3, process.returncode
    finally:
        process.kill()
        process.wait()
    third = len(looks) // 3
    first, last = looks[:third], looks[-third:]
    heap, resident = ([statistics.median(look[i] for look in part) for part in (first, last)]
                      for i in (0, 1))
    descriptors = [max(look[2] for look in part) for part in (first, last)]
    # From the middle of the first third to that of the last.
    between = connections * 2 / 3
    per_connection = (heap[1] - heap[0]) / between
    print(f"soak: {world.seconds:.0f} s, {connections} connections when all was full: heap "
          f"{heap[0] / 2**20:.2f} and {heap[1] / 2**20:.2f} MiB ({per_connection:+.1f} bytes a "
          f"connection), resident {resident[0] / 2**20:.2f} and {resident[1] / 2**20:.2f} MiB, "
          f"descriptors {descriptors[0]} and {descriptors[1]}")
    assert connections > 1000, "too few connections to tell"
    assert per_connection < BYTES_PER_CONNECTION, per_connection
    assert resident[1] <= resident[0] * MARGIN, resident
    assert descriptors[1] <= descriptors[0] * MARGIN + 8, descriptors


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("--minutes", type=float, default=7.5)
    arguments = parser.parse_args()
    program, mix, _ = WAYS[arguments.way]
    if not os.access(program, os.X_OK):
        raise SystemExit(f"{program} is not there: make VARIANT=soak")
    fleet_module.MXGRADE = program
    serve = ("--seconds", str(int(arguments.minutes * 60) + 120))
    with Fleet("--own-zones", "--hosts", str(DOMAINS), "--mix", mix, serve=serve) as fleet:
        return runner.run(sys.modules[__name__], World(fleet, arguments.way, arguments.minutes))


if __name__ == "__main__":
    sys.exit(main())
