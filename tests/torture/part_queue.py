#!/usr/bin/env python3
"""One list on four workers around Redis: two of them are killed at random moments, Redis is killed and
started again twice, and the way between them is cut for a while. The lines are those of one machine,
each once, and Redis never needs much memory."""
import subprocess
import sys
import time

import torture
import runner
from fleet import Fleet, read_results
from processes import wait_until
from test_queue import World, check_whole, finish

WORKERS = 4
DOMAINS, QUICK_DOMAINS = 10000, 400
TRIALS = 2
# Each with a provider of its own, or shared by many; a few of each ending.
MIX = ("single=40,provider=3,two_mx=4,null_mx=2,nxdomain=2,implicit=2,ok_tls12_13=40,wrong_name=4,"
       "no_starttls=2,banner_421_once=2")
SECONDS = 400
MEMORY_MAX = 256 << 20


class Cut:
    """The way to Redis, cut by dropping what goes to its port, where the machine allows that."""

    def __init__(self, port):
        self.port = port
        rules = [("table", "inet", "mxgrade_cut"),
                 ("chain", "inet", "mxgrade_cut", "output",
                  "{ type filter hook output priority 0 ; }")]
        self.works = all(self.nft("add", *rule) for rule in rules)

    @staticmethod
    def nft(*words):
        try:
            return subprocess.run(["nft", *words], stderr=subprocess.DEVNULL,
                                  check=False).returncode == 0
        except FileNotFoundError:
            return False

    def cut(self, seconds):
        for way in ("dport", "sport"):
            self.nft("add", "rule", "inet", "mxgrade_cut", "output", "tcp", way, str(self.port),
                     "drop")
        time.sleep(seconds)
        self.nft("flush", "chain", "inet", "mxgrade_cut", "output")

    def end(self):
        self.nft("delete", "table", "inet", "mxgrade_cut")


class Trial:
    def __init__(self, world, number, chance, size):
        self.world, self.chance, self.size = world, chance, size
        self.job = f"t{number}"
        world.enqueue(self.job, "--chunk", str(max(10, size // 200)))
        self.path, self.collect = world.collect(self.job)
        self.workers = [self.worker(index) for index in range(WORKERS)]
        self.memory = 0

    def worker(self, index):
        return self.world.worker(f"{self.job}-{index}", "--once", "--takeover", "10", "--hold",
                                 str(max(50, self.size // 10)))

    def wait_for_share(self, share):
        """Until so much of the list is done; by the way, how much memory Redis takes."""
        def is_there():
            text = self.world.redis.cli("info", "memory")
            used = next((line for line in text.splitlines() if line.startswith("used_memory:")), "")
            self.memory = max(self.memory, int(used.partition(":")[2] or 0))
            time.sleep(0.2)
            return (self.world.done(self.job) or 0) >= share * self.size
        wait_until(is_there, f"{share:.0%} of the list", SECONDS)

    def disturb(self, cut):
        redis = self.world.redis
        shares = sorted(self.chance.uniform(0.05, 0.7) for _ in range(5))
        deeds = ["kill a worker", "kill a worker", "restart Redis", "restart Redis", "cut"]
        self.chance.shuffle(deeds)
        victims = self.chance.sample(range(WORKERS), 2)
        for share, deed in zip(shares, deeds):
            self.wait_for_share(share)
            if deed == "kill a worker":
                self.workers[victims.pop()].kill()
            elif deed == "restart Redis":
                redis.kill()
                time.sleep(self.chance.uniform(0, 3))
                redis.start()
            elif cut.works:
                cut.cut(self.chance.uniform(1, 25))

    def end(self):
        status, errors = finish(self.collect, SECONDS)
        assert status == 0, (status, errors)
        killed = 0
        for worker in self.workers:
            status, errors = finish(worker, SECONDS)
            killed += status == -9
            assert status in (0, -9), (status, errors)
        assert killed == 2, killed
        check_whole(self.world, self.job, self.path)
        lines = [record["line"] for record in read_results(self.path).domains]
        assert len(lines) == len(set(lines)), "a line stands twice"
        assert self.memory < MEMORY_MAX, f"Redis took {self.memory} bytes"
        return "whole, with the way cut" if self.cut_works else "whole"


def test_one_list_on_many_machines_whatever_happens(world, options, trials):
    size = QUICK_DOMAINS if options.quick else DOMAINS
    cut = Cut(world.redis.port)

    def trial(chance, number):
        what = Trial(world, number, chance, size)
        what.cut_works = cut.works
        what.disturb(cut)
        return what.end()

    try:
        trials.run(trial, range(1 if options.quick else TRIALS))
    finally:
        cut.end()
    trials.end()


def main():
    options = torture.arguments(__doc__)
    size = QUICK_DOMAINS if options.quick else DOMAINS
    with Fleet("--hosts", str(size), "--mix", MIX, serve=torture.FLEET) as fleet:
        world = World(fleet)
        try:
            return runner.run(sys.modules[__name__], world, options,
                              torture.Trials("queue", options.seed, side_by_side=1))
        finally:
            world.redis.kill()


if __name__ == "__main__":
    sys.exit(main())
