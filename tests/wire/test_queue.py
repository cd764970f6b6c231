#!/usr/bin/env python3
"""mxgrade enqueue, worker, collect and jobs, around a real Redis with an append-only file: one list on
several workers comes to what one machine says of it, whoever is killed meanwhile; who is let in, and
what is said where something is wrong."""
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time

import runner
from fleet import EHLO, MXGRADE, PACE, Fleet, patience, read_results
from pki import Pki
from processes import wait_until
from whole_run import MIX, WholeRun

DOMAINS = "90"
SECONDS = 60
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/queue.md"),
          encoding="utf-8") as document:
    DOCUMENT = document.read()  # the rights that it names are those that suffice
PASSWORD =  "p@ss word:/%"
ENCODED = "p%40ss%20word%3A%2F%25"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Redis:
    """A server of our own, that may be killed and started again with what it has on disk."""

    def __init__(self, folder, *options):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.port = folder, free_port()
        self.socket = os.path.join(folder, "s")
        self.options = options
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder,
             "--unixsocket", self.socket, "--appendonly", "yes", "--save", "", *self.options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self.is_listening, "Redis")

    def is_listening(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self):
        self.process.kill()
        self.process.wait()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def cli(self, *words):
        return subprocess.run(["redis-cli", "-p", str(self.port), *words], stdout=subprocess.PIPE,
                              text=True, check=True).stdout.strip()


class World(WholeRun):
    def __init__(self, fleet):
        super().__init__(fleet)
        self.redis = Redis(fleet.path("redis"))
        self.of_job = ["--port", str(fleet.port), *patience(), "--retry-wait", "0.5"]
        self.of_worker = ["--resolver", f"127.0.0.1:{fleet.dns_port}", "--allow-net", "127.0.0.0/8",
                          "--allow-net", "::1/128", "--ca-file", fleet.ca_file, "--ehlo", EHLO,
                          *PACE[2:], "--takeover", "2"]
        self.number = 0

    def name(self):
        self.number += 1
        return f"job{self.number}"

    def call(self, command, *arguments, url=None, text_in=None):
        """(status, stdout, stderr) of a command to its end."""
        done = subprocess.run([MXGRADE, command, "--redis", url or self.redis.url, *arguments],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=SECONDS, check=False, input=text_in or "")
        return done.returncode, done.stdout, done.stderr

    def start(self, command, *arguments, url=None):
        return subprocess.Popen([MXGRADE, command, "--redis", url or self.redis.url, *arguments],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def enqueue(self, job, *more):
        status, output, errors = self.call("enqueue", "--job", job, "--chunk", "10", *self.of_job,
                                           *more, self.list)
        assert (status, output) == (0, job + "\n"), (status, output, errors)

    def worker(self, name, *more, url=None):
        return self.start("worker", *self.of_worker, "--name", name, "--spool",
                          self.fleet.path("spool-" + name), "--hold", "50", *more, url=url)

    def collect(self, job, *more):
        path = self.fleet.path(job + ".jsonl")
        return path, self.start("collect", "--job", job, "-o", path, *more)

    def done(self, job):
        rows = [json.loads(line) for line in self.call("jobs", "--json")[1].splitlines()]
        return next((row["done"] for row in rows if row["job"] == job), None)


def end(process, number=signal.SIGTERM):
    process.send_signal(number)
    return finish(process)


def finish(process, seconds=SECONDS):
    try:
        _, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        errors = "it did not end; " + process.communicate()[1]
    return process.returncode, errors


def read_whole_lines(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read().split("\n")[:-1]


def check_whole(world, what, path):
    differ = runner.Differences()
    world.compare(differ, what, read_results(path))
    differ.check()


def test_three_workers_say_what_one_machine_says_whoever_is_killed(world):
    seed = random.randrange(10 ** 9)
    dice = random.Random(seed)
    job = world.name()
    status, _, errors = world.call("collect", "--job", job)
    assert status == 3 and "is gone" in errors, (status, errors)
    world.enqueue(job)
    path, collect = world.collect(job)
    workers = [world.worker(f"w{number}", "--once") for number in range(3)]
    wait_until(lambda: world.done(job), "the first results", SECONDS)
    time.sleep(dice.random())
    workers[0].kill()
    time.sleep(dice.random())
    world.redis.kill()
    time.sleep(dice.random())
    world.redis.start()
    status, errors = finish(collect)
    assert status == 0, (seed, status, errors)
    for worker in workers[1:]:
        status, errors = finish(worker)
        assert status == 0, (seed, status, errors)
    finish(workers[0])
    check_whole(world, f"seed {seed}", path)
    kept = [key for key in world.redis.cli("keys", "mxgrade:job:*").split() if key.count(":") > 2]
    assert kept == [], kept


def test_results_wait_on_disk_while_redis_is_gone(world):
    job = world.name()
    world.enqueue(job)
    worker = world.worker("keeper")
    wait_until(lambda: world.done(job), "the first results", SECONDS)
    world.redis.kill()
    spool = world.fleet.path("spool-keeper")
    wait_until(lambda: os.listdir(spool), "results on disk", SECONDS)
    status, errors = end(worker)
    assert status == 3 and "could not be delivered are in" in errors, (status, errors)
    assert "trying again until it is back" in errors, errors
    world.redis.start()
    path, collect = world.collect(job)
    worker = world.worker("keeper", "--once")
    status, errors = finish(collect)
    assert status == 0, (status, errors)
    status, errors = finish(worker)
    assert status == 0 and "could not deliver" in errors, (status, errors)
    assert os.listdir(spool) == [], os.listdir(spool)
    check_whole(world, "after the outage", path)


def test_worker_that_is_stopped_gives_back_what_it_has(world):
    job = world.name()
    world.enqueue(job)
    worker = world.worker("stopped")
    wait_until(lambda: world.done(job), "the first results", SECONDS)
    status, errors = end(worker)
    assert status == 0, (status, errors)
    pending = world.redis.cli("xpending", f"mxgrade:job:{job}:chunks", "workers").split("\n")
    assert pending[0] == "0", pending
    path, collect = world.collect(job)
    other = world.worker("other", "--once", "--takeover", "600")
    assert finish(collect)[0] == 0
    assert finish(other)[0] == 0
    check_whole(world, "after a stop", path)


def test_results_that_do_not_fit_leave_their_lines_to_others(world):
    job = world.name()
    world.enqueue(job)
    key = f"mxgrade:job:{job}"
    world.redis.cli("hset", key, "run", "of a worker that judges differently")
    status, errors = finish(world.worker("odd", "--once"))
    assert status == 3 and "is not for this worker" in errors, (status, errors)
    world.redis.cli("hdel", key, "run")
    path, collect = world.collect(job)
    other = world.worker("even", "--once", "--takeover", "600")
    status, errors = finish(collect)
    assert status == 0, (status, errors)
    assert finish(other)[0] == 0
    check_whole(world, "after one that does not fit", path)


def test_job_that_cannot_be_run_does_not_end_a_worker(world):
    odd, broken, job = world.name(), world.name(), world.name()
    for name in (odd, broken, job):
        world.enqueue(name)
    world.redis.cli("hset", f"mxgrade:job:{odd}", "options", "--output=/tmp/x\n")
    chunks = f"mxgrade:job:{broken}:chunks"
    world.redis.cli("xtrim", chunks, "maxlen", "0")
    world.redis.cli("xadd", chunks, "*", "lines", "odd")
    worker = world.worker("brave")
    path, collect = world.collect(job)
    status, errors = finish(collect)
    assert status == 0, (status, errors)
    status, errors = end(worker)
    assert status == 0 and "does not take from a job" in errors, (status, errors)
    assert "a part of its list is none" in errors, errors
    check_whole(world, "beside jobs that cannot be run", path)
    for name in (odd, broken):
        world.call("jobs", "--cancel", name)


def test_collector_that_is_killed_is_gone_on_with(world):
    job = world.name()
    world.enqueue(job)
    path, collect = world.collect(job)
    worker = world.worker("w", "--once")
    wait_until(lambda: os.path.exists(path) and os.path.getsize(path) > 20000, "a file", SECONDS)
    collect.kill()
    finish(collect)
    world.redis.cli("del", f"mxgrade:job:{job}:collector")  # or half a minute later
    status, output, errors = world.call("collect", "--job", job, "-o", path)
    assert status == 2 and "--resume" in errors, (status, output, errors)
    world.redis.cli("del", f"mxgrade:job:{job}:collector")
    twice = next(record for record in read_whole_lines(path) if '"type":"domain"' in record)
    world.redis.cli("xadd", f"mxgrade:job:{job}:results", "*", "records", twice)
    run = world.redis.cli("hget", f"mxgrade:job:{job}", "run")
    path, collect = world.collect(job, "--resume")
    status, errors = finish(collect)
    assert status == 0, (status, errors)
    assert finish(worker)[0] == 0
    check_whole(world, "gone on with", path)
    check_files_of_jobs(world, job, path, run)


def check_files_of_jobs(world, job, path, run):
    """A file is gone on with by its own job alone; a job whose file is complete is cleared."""
    other = world.name()
    world.enqueue(other)
    again = json.loads(run)
    again["now"] = again["now"].replace("20", "19", 1)
    world.redis.cli("hset", f"mxgrade:job:{other}", "run", json.dumps(again))
    world.redis.cli("xadd", f"mxgrade:job:{other}:results", "*", "records", "{}")
    status, output, errors = world.call("collect", "--job", other, "-o", path, "--resume")
    assert status == 2 and "another job" in errors, (status, output, errors)
    assert world.redis.cli("xlen", f"mxgrade:job:{other}:results") == "1"
    world.redis.cli("zadd", "mxgrade:jobs", "1", job)  # as if the collector had died before
    status, output, errors = world.call("collect", "--job", job, "-o", path, "--resume")
    assert status == 0 and "complete" in errors, (status, output, errors)
    assert world.redis.cli("zscore", "mxgrade:jobs", job) == ""
    assert world.call("jobs", "--cancel", other)[0] == 0


def test_list_that_is_silent_does_not_hold_enqueue(world):
    job = world.name()
    with subprocess.Popen([MXGRADE, "enqueue", "--redis", world.redis.url, "--job", job, "-"],
                          stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE) as silent:
        silent.stdin.write(b"a.example\n")
        silent.stdin.flush()
        wait_until(lambda: world.redis.cli("hget", f"mxgrade:job:{job}", "status") == "open",
                   "a job", SECONDS)
        silent.terminate()
        assert silent.wait(timeout=SECONDS) == 3
        assert b"lacks a part of its list" in silent.stderr.read()
    assert world.call("jobs", "--cancel", job)[0] == 0


def test_job_is_paused_resumed_and_cancelled(world):
    job = world.name()
    world.enqueue(job)
    assert world.call("jobs", "--pause", job)[0] == 0
    worker = world.worker("w")
    path, collect = world.collect(job)
    time.sleep(1)
    assert world.done(job) == 0, "a paused job goes on"
    text = world.call("jobs")[1]
    assert f"{job}: paused, 0 lines done of {len(world.results.domains)}" in text, text
    assert world.call("jobs", "--resume", job)[0] == 0
    wait_until(lambda: world.done(job), "results", SECONDS)
    assert world.call("jobs", "--cancel", job)[0] == 0
    status, errors = finish(collect)
    assert status == 3 and "was cancelled" in errors, (status, errors)
    assert not read_results(path).summaries[0]["complete"]
    assert end(worker)[0] == 0
    status, _, errors = world.call("jobs", "--cancel", job)
    assert status == 2 and "is over" in errors, (status, errors)
    status, _, errors = world.call("enqueue", "--job", job, world.list)
    assert status == 2 and "already" in errors, (status, errors)


def test_users_and_passwords_are_used(world):
    guarded = Redis(world.fleet.path("guarded"))
    rights = re.search(r"user mxgrade on >PASSWORD (.*?)\n\n", DOCUMENT, re.S).group(1).split()
    try:
        guarded.cli("acl", "setuser", "scan", "on", ">" + PASSWORD.replace(" ", ""), *rights)
        guarded.cli("config", "set", "requirepass", PASSWORD)
        secret = world.fleet.write("secret", "scan:" + PASSWORD.replace(" ", "") + "\n")
        host = f"127.0.0.1:{guarded.port}"
        cases = [
            (["--redis", f"redis://:{ENCODED}@{host}"], 0, ""),
            (["--redis", f"redis://{host}", "--redis-auth", secret], 0, ""),
            (["--redis", f"unix://:{ENCODED}@{guarded.socket}?db=2"], 0, ""),
            (["--redis", f"redis://{host}"], 3, "takes nobody without a password"),
            (["--redis", f"redis://:wrong@{host}"], 3, "refuses user and password"),
            (["--redis", f"unix://{guarded.socket}x"], 3, "No such file"),
            (["--redis", "redis://127.0.0.1:1"], 3, "refused"),
            (["--redis", f"redis://u@{host}"], 2, "user and password cannot be read"),
        ]
        differ = runner.Differences()
        for options, status, said in cases:
            seen = world.call("jobs", *options)
            differ.equal(f"{options}: the status ({seen[2]})", seen[0], status)
            differ.equal(f"{options}: is told", said in seen[2] and "wrong@" not in seen[2], True)
        differ.check()
        worker = ["worker", *world.of_worker, "--once", "--redis", f"redis://{host}",
                  "--redis-auth", secret, "--spool", world.fleet.path("spool-user")]
        access = ["--redis", f"redis://{host}", "--redis-auth", secret]
        assert world.call("enqueue", "--job", "small", *access, *world.of_job, "-",
                          text_in="nobody.invalid\n")[0] == 0
        assert world.call(*worker)[0] == 0
        status, output, errors = world.call("collect", *access)
        assert status == 0 and '"domain":"nobody.invalid"' in output, (status, output, errors)
    finally:
        guarded.kill()


def test_tls_is_used_and_the_name_is_checked(world):
    pki = Pki(world.fleet.path("pki"))
    leaf = pki.leaf("redis", ["localhost"])
    port = free_port()
    guarded = Redis(world.fleet.path("tls"), "--tls-port", str(port), "--tls-cert-file", leaf.chain,
                    "--tls-key-file", leaf.key, "--tls-auth-clients", "no", "--tls-ca-cert-file",
                    pki.root_file)
    try:
        trust = ["--redis-ca", pki.root_file]
        cases = [
            (f"rediss://localhost:{port}", trust, 0, ""),
            (f"rediss://127.0.0.1:{port}", trust, 3, "for another name"),
            (f"rediss://localhost:{port}", [], 3, "not trusted"),
            
        ]
        differ = runner.Differences()
        for url, options, status, said in cases:
            seen = world.call("jobs", *options, url=url)
            differ.equal(f"{url} {options}: the status ({seen[2]})", seen[0], status)
            differ.equal(f"{url} {options}: is told ({seen[2]})", said in seen[2], True)
        differ.check()
    finally:
        guarded.kill()


def test_what_is_wrong_is_told(world):
    redis = Redis(world.fleet.path("odd"))
    try:
        redis.cli("set", "mxgrade:jobs", "something else")
        status, _, errors = world.call("jobs", url=redis.url)
        assert status == 3 and "another program uses this database" in errors, (status, errors)
        redis.cli("flushall")
        assert world.call("collect", url=redis.url)[2].strip().endswith(
            'there is no job; "mxgrade enqueue" makes one')
        assert world.call("enqueue", "--job", "odd", "-", url=redis.url,
                          text_in="a.example\n")[0] == 0
        redis.cli("hset", "mxgrade:job:odd", "policy", "0123456789abcdef")
        status, _, errors = world.call("worker", *world.of_worker, "--once", url=redis.url)
        assert status == 3 and "wants a grading policy with the digest" in errors, (status, errors)
        policy = world.redis.cli("hget", "mxgrade:job:job1", "policy")
        redis.cli("hset", "mxgrade:job:odd", "policy", policy, "options", "--output=/tmp/x\n")
        status, _, errors = world.call("worker", *world.of_worker, "--once", url=redis.url)
        assert status == 3 and "does not take from a job" in errors, (status, errors)
        with socket.socket() as odd:  # a mail server, say
            odd.bind(("127.0.0.1", 0))
            odd.listen(1)
            process = world.start("jobs", url=f"redis://127.0.0.1:{odd.getsockname()[1]}")
            peer, _ = odd.accept()
            peer.sendall(b"220 mail.example ESMTP\r\n")
            status, errors = finish(process)
            peer.close()
        assert status == 3 and "not the protocol of Redis" in errors, (status, errors)
    finally:
        redis.kill()


def main():
    with Fleet("--hosts", DOMAINS, "--mix", MIX) as fleet:
        world = World(fleet)
        try:
            return runner.run(sys.modules[__name__], world)
        finally:
            world.redis.kill()


if __name__ == "__main__":
    sys.exit(main())
