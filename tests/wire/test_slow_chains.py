"""A stop while chains that take long to verify wait for the threads that verify them."""
import os
import random
import signal
import ssl
import subprocess
import sys
import time

import network_world
import runner
from fleet import FACTOR
from laboratory import mint
from network_world import MXGRADE, Results, World, talk
from processes import wait_until

NUM_DOMAINS = 400
NUM_NAMESAKES = 16  # issuers of one name: which has signed what is found out signature by signature


class Chains:
    """A chain for each address: a leaf, and issuers of one name in a ring, in an order of its own."""

    def __init__(self, folder):
        self.folder = folder
        make = mint.Mint(folder)
        keys = [make.key("P-521", f"ring{i}") for i in range(NUM_NAMESAKES)]
        self.ring = [make.certificate("Ring", key, mint.Certificate(mint.name("Ring"), before, b""),
                                      [mint.basic_constraints(True)])
                     for key, before in zip(keys, keys[-1:] + keys)]
        self.key = make.key("P-256", "leaf")
        names = [mint.dns_name(f"mx.d{i}.test") for i in range(NUM_DOMAINS)]
        self.leaf = make.certificate("Leaf", self.key, self.ring[0],
                                     [mint.alternative_names(*names)])
        self.contexts = {}

    def context(self, place):
        if place not in self.contexts:
            random.shuffle(self.ring)
            path = os.path.join(self.folder, "chain.pem")
            with open(path, "w", encoding="ascii") as stream:
                stream.writelines(each.pem() for each in [self.leaf, *self.ring])
            self.contexts[place] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.contexts[place].load_cert_chain(path, self.key.path)
        return self.contexts[place]


class Scene:
    def __init__(self, world):
        self.world = world
        self.chains = Chains(world.folder)
        self.num_ended = 0
        world.serve = self.serve

    async def serve(self, place, reader, writer):
        try:
            await talk(reader, writer, f"{place} ESMTP", (), self.chains.context(place))
        finally:
            self.num_ended += 1

    def start(self, out):
        """A scan that has only chains left to verify."""
        self.num_ended = 0
        names = self.world.path("names.txt")
        with open(names, "w", encoding="ascii") as stream:
            stream.writelines(f"d{i}.test\n" for i in range(NUM_DOMAINS))
        process = subprocess.Popen(
            [MXGRADE, "scan", names, "-o", out, "--resolver", "127.0.0.1", "--allow-net",
             "127.0.0.0/8", "--ehlo", "scanner.example.org", "--progress", "never", "--depth",
             "quick", "--threads", "1", "--rate", "0", "--provider-rate", "0", "--banner-timeout",
             "60", "--reply-timeout", "60", "--handshake-timeout", "60"], stderr=subprocess.PIPE)
        wait_until(lambda: self.num_ended >= NUM_DOMAINS, "the dialogues", 60 * FACTOR)
        return process


def stop(process, num_signals):
    """Seconds that it takes then."""
    begun = time.monotonic()
    for _ in range(num_signals):
        process.send_signal(signal.SIGTERM)
        time.sleep(0.1)
    process.communicate(timeout=60 * FACTOR)
    assert process.returncode == 3, process.returncode
    return time.monotonic() - begun


def test_the_second_signal_ends_it_within_a_second(scene):
    out = scene.world.path("twice.jsonl")
    seconds = stop(scene.start(out), 2)
    assert seconds < 0.1 + 1 * FACTOR, seconds


def test_the_first_signal_waits_no_longer_for_them_than_a_second(scene):
    out = scene.world.path("once.jsonl")
    process = scene.start(out)
    seconds = stop(process, 1)
    results = Results(process.returncode, "", seconds, out)
    written = [record for record in results.records if record["type"] == "endpoint"]
    assert seconds < 1 + 1 * FACTOR, seconds
    assert 0 < len(written) < NUM_DOMAINS, "nothing was waiting"
    assert results.summary["interrupted"] and results.summary["endpoints"] == len(written)
    for record in written:
        assert record["outcome"] == "ok" and record["certificate"]["trusted"] != "yes", record


def main():
    network_world.enter_namespace()
    with World() as world:
        return runner.run(sys.modules[__name__], Scene(world))


if __name__ == "__main__":
    sys.exit(main())
