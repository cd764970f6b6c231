#!/usr/bin/env python3
"""A server that takes a few connections and tells all others to come back (421): it is come back to
twice in all, whatever is left to ask and whatever name it is asked under. What was learnt is kept, and
the rest stands among what is open.
"""
import contextlib
import os
import re
import signal
import subprocess
import sys
import time

import runner
from fleet import FACTOR
from lab import MXGRADE, Lab
from turn_server import TurnServer

RETRY_WAIT = 1.0
WAITS = RETRY_WAIT + 4 * RETRY_WAIT
NUM_NAMES = 20


class BusyServer(TurnServer):
    """Serves `served` connections."""

    def __init__(self, address, port, leaf, served):
        super().__init__(address, port, leaf, lambda *_: True)
        self.served = served
        self.refused = []  # when

    def _speak(self, client):
        if self.connections <= self.served:
            return super()._speak(client)
        self.refused.append(time.monotonic())
        client.sendall(b"421 4.7.0 too many connections, come back later\r\n")
        return False


class World:
    def __init__(self, lab):
        self.names = [f"name{i}.test" for i in range(NUM_NAMES)]
        self.servers = {}
        for last, (host, served) in enumerate((("two.test", 2), ("none.test", 0), ("all.test", 99)), 10):
            self.servers[host] = self.add(lab, last, [host], served)
        self.shared = self.add(lab, 20, self.names, 2)
        self.lab = lab
        self.results, self.seconds = None, None

    @staticmethod
    def add(lab, last, hosts, served):
        address = lab.address(last)
        for host in hosts:
            lab.dns.add(host, "A " + address)
        return BusyServer(address, lab.port, lab.pki.leaf(hosts[0], hosts), served)

    @contextlib.contextmanager
    def running(self):
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.lab.dns)
            for server in (*self.servers.values(), self.shared):
                stack.enter_context(server)
            yield

    def scan(self):
        hosts = "".join(host + "\n" for host in (*self.servers, *self.names))
        begun = time.monotonic()
        self.results = self.lab.scan(hosts, "--hosts", "--retry-wait", str(RETRY_WAIT))
        self.seconds = time.monotonic() - begun


def waits_of(server):
    """Between the times at which it refused. Two connections may be refused at once."""
    waits = [later - earlier for earlier, later in zip(server.refused, server.refused[1:])]
    return [wait for wait in waits if wait > RETRY_WAIT / 2]


def test_a_server_is_come_back_to_twice(world):
    assert not world.servers["all.test"].refused
    for host in ("two.test", "none.test"):
        waits = waits_of(world.servers[host])
        assert len(waits) == 2, (host, waits)
        assert all(wait >= least for wait, least in zip(waits, (RETRY_WAIT, 4 * RETRY_WAIT))), waits


def test_the_waits_bound_the_run(world):
    assert world.seconds < WAITS + 8, world.seconds


def test_what_was_learnt_is_kept_and_the_rest_is_open(world):
    record, whole = world.results.endpoint("two.test"), world.results.endpoint("all.test")
    assert record["starttls"]["handshake"] == "yes", record["starttls"]
    assert record["tls"]["version"] == whole["tls"]["version"], record["tls"]
    assert record["connections"] in (5, 6), record["connections"]
    assert set(record["tls"]["versions_reason"].values()) == {"banner_421"}, record["tls"]
    assert set(record["open"]) > set(whole["open"]), (record["open"], whole["open"])
    assert record["grade"] == "A" and whole["grade"] == "A", (record["grade"], whole["grade"])


def test_nothing_is_said_of_a_server_that_was_never_there(world):
    record = world.results.endpoint("none.test")
    assert (record["grade"], record["outcome"], record["attempts"]) == ("U", "banner_421", 3), record


def test_an_address_with_many_names_is_come_back_to_twice(world):
    assert len(waits_of(world.shared)) == 2, world.shared.refused
    assert world.shared.connections <= 6, world.shared.connections
    records = [world.results.endpoint(name) for name in world.names]
    assert sum(record["attempts"] for record in records) <= world.shared.connections
    assert {record["outcome"] for record in records} <= {"ok", "banner_421"}, records
    # Those that have nothing are U, with the reason.
    assert {record["grade"] for record in records if record["outcome"] != "ok"} == {"U"}


def test_a_run_that_waits_says_for_what(world):
    """Of one server that is asked again later, under several names, and of two."""
    for hosts, words in ((world.names[:4], r"1 server waits for its retry in \d+ s"),
                         (["none.test", world.names[0]],
                          r"2 servers wait for their retry, the first in \d+ s")):
        with open(os.path.join(world.lab.folder, "waits.txt"), "w", encoding="ascii") as stream:
            stream.writelines(host + "\n" for host in hosts)
        process = subprocess.Popen(
            [MXGRADE, "scan", stream.name, "--hosts", "--retry-wait", "60",
             *world.lab.options()], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        told, deadline = b"", time.monotonic() + 15 * FACTOR
        os.set_blocking(process.stderr.fileno(), False)
        while not re.search(words.encode(), told) and time.monotonic() < deadline:
            time.sleep(0.3)
            process.send_signal(signal.SIGUSR1)
            told += process.stderr.read() or b""
        process.kill()
        process.communicate()
        assert re.search(words.encode(), told), (words, told.decode())


def main():
    with Lab() as lab:
        world = World(lab)
        with world.running():
            world.scan()
            return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
