#!/usr/bin/env python3
"""What a taken-over parser could do in a scan and in the commands that read results: nothing. A hole
that is preloaded (hole.c) tries. And what strangers say commands no terminal.
"""
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import time

import runner
from fleet import FACTOR, MXGRADE, Fleet, preload

MIX = "single=1,ok_tls12_13=2,self_signed=1,no_starttls=1"
HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = 60 * FACTOR
IS_CHECKED_BUILD = "asan" in MXGRADE or "tsan" in MXGRADE  # which is not confined
ALL = {"read", "write", "listen", "code", "fork", "run"}
ATTACK = "\x1b]0;owned\x07\x1b[2J\u009b2J\x7f\u0085"
CONTROL = re.compile(rb"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]")
FREE_TEXT = ("detail", "banner", "subject", "issuer", "reason", "outcome_detail", "greeting", "text")


class World:
    def __init__(self, fleet):
        self.fleet = fleet
        self.environment = preload(os.path.join(HERE, "hole.c"), fleet.folder)
        self.results = fleet.path("hole.jsonl")
        self.list = fleet.list()

    def can_do(self, command):
        """What the intruder could do in that command."""
        said, victim = self.fleet.path("said"), "/var/tmp/mxgrade-victim"
        with open(victim, "w", encoding="utf-8"):
            pass
        environment = {**self.environment, "HOLE_FILE": said, "HOLE_VICTIM": victim,
                       "HOLE_PORT": str(self.fleet.port)}
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS,
                              check=False)
        os.unlink(victim)
        with open(said, encoding="utf-8") as stream:
            words = stream.read().split()
        os.unlink(said)
        assert done.returncode == 0 and words[-1] == "end", (words, done.stderr)
        return set(words[:-1])

    def scan(self, *more):
        seen = self.fleet.path("seen.jsonl")
        done = self.can_do(self.fleet.command("--output", seen, *more, self.list))
        os.replace(seen, self.results)
        return done


def test_a_hole_in_a_scan_that_is_open_does_everything(world):
    assert world.scan("--sandbox", "off") == ALL


def test_a_hole_in_a_scan_does_nothing(world):
    if IS_CHECKED_BUILD:
        raise runner.Skip("a build with a sanitizer is not confined")
    assert world.scan() == set()


def test_a_hole_in_a_reader_does_nothing(world):
    if IS_CHECKED_BUILD:
        raise runner.Skip("a build with a sanitizer is not confined")
    out = world.fleet.path("page.html")
    for command in (["convert", world.results], ["diff", world.results, world.results],
                    ["judge", world.results], ["merge", world.results],
                    ["enforce", world.results], ["letters", world.results, "-o", out + ".d"],
                    ["report", world.results, "-o", out]):
        done = world.can_do([MXGRADE, *command, "--sandbox", "off"])
        assert done == ALL, (command, done)
        shutil.rmtree(out + ".d", ignore_errors=True)
        done = world.can_do([MXGRADE, *command])
        assert done == set(), (command, done)
        shutil.rmtree(out + ".d", ignore_errors=True)


def test_root_becomes_another_user_for_good(world):
    if os.geteuid() != 0:
        raise runner.Skip("not root")
    folder = world.fleet.path("of-nobody")
    os.mkdir(folder)
    status, _, errors = world.fleet.run("--user", "root", world.list)
    assert status == 2 and "is root, or" in errors, (status, errors)
    status, _, errors = world.fleet.run("--user", "nobody", "--metrics", folder + "/figures",
                                        world.list)
    assert status == 3 and "could not be written" in errors, (status, errors)
    status, _, errors = world.fleet.run("--user", "nobody", "--output",
                                        world.fleet.path("hidden.jsonl"), world.list)
    assert status == 3 and "cannot be reached by the user nobody" in errors, (status, errors)
    os.chmod(world.fleet.folder, 0o711)
    os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
    seen = world.fleet.path("of-root.jsonl")
    scan = world.fleet.start("--user", "nobody", "--metrics", folder + "/figures", "--output", seen,
                             "-", stdin=subprocess.PIPE)
    with open(world.list, "rb") as stream:
        scan.stdin.write(stream.read())
        scan.stdin.flush()
    deadline = time.monotonic() + SECONDS
    while not (os.path.exists(seen) and b'"type":"domain"' in open(seen, "rb").read()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    tasks = f"/proc/{scan.pid}/task"
    for task in os.listdir(tasks):
        with open(f"{tasks}/{task}/status", encoding="ascii") as stream:
            fields = dict(line.rstrip("\n").split(":\t", 1) for line in stream if ":\t" in line)
        uid, gid = str(pwd.getpwnam("nobody").pw_uid), str(pwd.getpwnam("nobody").pw_gid)
        assert fields["Uid"].split() == [uid] * 4 and fields["Gid"].split() == [gid] * 4, fields
        assert fields["Groups"].split() == [gid] and int(fields["CapEff"], 16) == 0, fields
        if not IS_CHECKED_BUILD:
            assert (fields["NoNewPrivs"], fields["Seccomp"]) == ("1", "2"), fields
    _, errors = scan.communicate(timeout=SECONDS)
    assert scan.returncode == 0 and os.path.getsize(folder + "/figures") > 0, errors
    status, _, errors = world.fleet.run("--user", "nobody", "--history", folder + "/new.sqlite",
                                        "--output", world.fleet.path("of-root-2.jsonl"), world.list)
    assert status == 0 and "added to" in errors, (status, errors)
    assert os.stat(folder + "/new.sqlite").st_uid == pwd.getpwnam("nobody").pw_uid


def poison(value, key=""):
    if isinstance(value, dict):
        return {name: poison(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [poison(item, key) for item in value]
    return value + ATTACK if isinstance(value, str) and key in FREE_TEXT else value


def test_what_strangers_say_commands_no_terminal(world):
    with open(world.results, encoding="utf-8") as stream:
        records = [json.loads(line) for line in stream]
    for record in records:
        if record["type"] in ("domain", "endpoint"):
            record.update(poison(record))
        if record["type"] == "domain":
            record["input_fields"] = {"Supplier": "Example " + ATTACK}
    bad = world.fleet.write("bad.jsonl", "".join(json.dumps(r) + "\n" for r in records))
    out = world.fleet.path("letters")
    for command in (["convert", bad], ["convert", bad, "--to", "ecs"],
                    ["convert", bad, "--to", "sarif"], ["diff", "--format", "text", bad, bad],
                    ["diff", "--format", "text", world.results, bad], ["judge", bad],
                    ["merge", bad], ["enforce", bad, "--format", "text"],
                    ["enforce", bad, "--for", "postfix"], ["enforce", bad, "--for", "exim"],
                    ["enforce", bad, "--would-fail", "dane", "--format", "text"],
                    ["letters", bad, "--bar", "A+", "-o", out], ["report", bad, "-o", "-"]):
        done = subprocess.run([MXGRADE, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=SECONDS, check=False)
        assert done.returncode == 0, (command, done.stderr)
        for said in (done.stdout, done.stderr):
            found = CONTROL.search(said)
            assert found is None, (command, said[max(0, found.start() - 60):found.end() + 20])
    for name in os.listdir(out):
        with open(os.path.join(out, name), "rb") as stream:
            assert CONTROL.search(stream.read()) is None, name


def main():
    with Fleet("--own-zones", "--hosts", "6", "--mix", MIX) as fleet:
        return runner.run(sys.modules[__name__], World(fleet))


if __name__ == "__main__":
    sys.exit(main())
