#!/usr/bin/env python3
"""Options from configuration files: what holds in the end, and where `mxgrade config` says it is from.

A file is shared by the commands: a scan, a check of one domain and `mxgrade config` read the same.
"""
import re
import subprocess
import sys

import runner
from fleet import MXGRADE, Fleet

LINE = re.compile(r"^(#?)([a-z0-9-]+) = (.*?) +# (.*)$")
SECONDS = 60


def run(*arguments):
    done = subprocess.run([MXGRADE, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=SECONDS, check=False)
    return done.returncode, done.stdout, done.stderr


def effective(*arguments):
    """{name: [(value, origin)]}; the value of an option that has none is None."""
    status, text, errors = run("config", *arguments)
    assert (status, errors) == (0, ""), (status, errors)
    found = {}
    for line in text.splitlines():
        empty, name, value, origin = LINE.match(line).groups()
        found.setdefault(name, []).append((None if empty else value, origin))
    return found


class World:
    def __init__(self, fleet):
        self.fleet = fleet
        self.table = fleet.expect()

    def first(self, behaviour):
        """A domain whose only host shows this, and has one address."""
        return next(name for name, row in self.table.domains.items()
                    if row["shape"] == "single" and row["mx"][0].get("behaviour") == behaviour)


def test_each_value_has_its_origin(world):
    first = world.fleet.write("first", "rate = 7\nport = 26\nallow-net = ::1\n"
                                       "allow-net = 10.0.0.0/8\nipv4-only\nbom = yes\n")
    second = world.fleet.write("second", "# two\nlist = suppliers.csv\nrate = 8\n")
    seen = effective("--config", first, "--config", second, "--depth", "quick", "-6", "--bom=no")
    differ = runner.Differences()
    for name, wanted in (
            ("rate", [("8", f"{second}, line 3")]), ("port", [("26", f"{first}, line 2")]),
            ("list", [("suppliers.csv", f"{second}, line 2")]),
            ("allow-net", [("::1", f"{first}, line 3"), ("10.0.0.0/8", f"{first}, line 4")]),
            ("depth", [("quick", "command line")]), ("bom", [("no", "command line")]),
            ("ipv6-only", [("yes", "command line")]), ("ipv4-only", [("no", "command line")]),
            ("per-address", [("2", "default")]), ("threads", [(None, "default: one for each processor")]),
            ("resolver", [(None, "default: the system's")])):
        differ.equal(name, seen.get(name), wanted)
    differ.equal("the list of the command line", effective("--config", second, "mine")["list"],
                 [("mine", "command line")])
    differ.equal("a repeatable option of the command line",
                 effective("--config", first, "--allow-net", "::2")["allow-net"],
                 [("::2", "command line")])
    differ.check()


def test_every_option_of_a_scan_is_there(_):
    names = set()
    for command in ("scan", "nightly"):
        _, text, _ = run(command, "--help")
        names |= set(re.findall(r"^ +(?:-\w, )?--([a-z0-9-]+)", text, re.M)) - {"help", "config"}
    assert len(names) > 40 and set(effective()) == names | {"list"}, names ^ set(effective())


def test_what_it_prints_is_a_configuration_file(world):
    arguments = ("--rate", "9", "-4", "--resume", "--shard", "2/3", "--allow-net", "::1",
                 "--geo", "list#1.mmdb", "--fail-on", "A+", "--max-retries", "0", "a list")
    _, text, _ = run("config", *arguments)
    before, after = effective(*arguments), effective("--config", world.fleet.write("again", text))
    values = {name: [value for value, _ in pairs] for name, pairs in before.items()}
    assert values == {name: [value for value, _ in pairs] for name, pairs in after.items()}
    assert values["geo"] == ["list#1.mmdb"] and values["list"] == ["a list"], values
    _, text, _ = run("config", "--output", "a #b")
    assert "# output: command line; no line of a file can hold its value" in text, text


def test_what_is_wrong_is_told_with_its_line(world):
    for text, words in (("\nrate = fast\n", "line 2: not a number"), ("speed = 9\n", "no such option"),
                        ("allow-net = 10.0.0.0/33\n", "--allow-net 10.0.0.0/33")):
        status, output, errors = run("config", "--config", world.fleet.write("wrong", text))
        assert (status, output) == (2, "") and words in errors, (text, status, output, errors)


def test_the_list_may_stand_in_the_file(world):
    one, other = world.first("ok_tls12_13"), world.first("self_signed")
    source = world.fleet.write("suppliers", one + "\n")
    config = world.fleet.write("config", f"list = {source}\nprogress = never # nobody looks\n")
    for more, wanted in (((), one), ((world.fleet.write("mine", other + "\n"),), other)):
        status, text, errors = world.fleet.run("--config", config, *more)
        assert status == 0 and f'"domain":"{wanted}"'.encode() in text, (status, text, errors)
    status, text, errors = run("check", *world.fleet.options(), "--config", config, other)
    assert status == 0 and other in text and one not in text, (status, text, errors)


def test_no_retries_at_all(world):
    """421 at first: without a retry nothing is known of the server; tests/replay has the retries."""
    name = world.first("banner_421_once")
    results = world.fleet.scan(world.fleet.write("one", name + "\n"), "--max-retries", "0")
    assert results.status == 0 and results.domain(name)["grade"] == "U", results.domains
    assert [record["attempts"] for record in results.endpoints] == [1], results.endpoints
    assert results.runs[0]["options"]["max-retries"] == 0, results.runs


def test_no_command_takes_a_shortened_option(_):
    _, text, _ = run("--help")
    commands = re.findall(r"^  ([a-z]+) ", text, re.M)
    assert {"scan", "config", "verify"} <= set(commands), commands
    differ, seen = runner.Differences(), {}
    for command in commands:
        _, text, _ = run(command, "--help")
        for name in re.findall(r"^ +(?:-\w, )?--([a-z0-9-]+)", text, re.M):
            if seen.get(command, 0) == 3:  # the unit test asks for every one
                break
            status, output, errors = run(command, "--" + name[:-1])
            differ.equal(f"{command} --{name[:-1]}", (status, output, "--" + name[:-1] in errors),
                         (2, "", True))
            seen[command] = seen.get(command, 0) + 1
    assert sum(seen.values()) > 20, seen
    differ.check()


def main():
    with Fleet("--each", "--hosts", "116") as fleet:
        return runner.run(sys.modules[__name__], World(fleet))


if __name__ == "__main__":
    sys.exit(main())
