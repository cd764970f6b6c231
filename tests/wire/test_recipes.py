#!/usr/bin/env python3
"""Runs each command line that README.md and docs/*.md show, as it stands there.

The jq recipes read a result file whose content is known (made up by report_data.py), and what they
print is compared. The commands of mxgrade run in a folder with the files that they name, against a
fleet: their options for it come from a configuration file that a `mxgrade` in front of the program
adds. A command that is not in the tables below fails the test, so that none is shown unchecked.
"""
import glob
import os
import re
import subprocess
import sys

import report_data as data
import runner
from fleet import MXGRADE, Fleet

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
SHOWN = re.compile(r"^(?:    |\t)?((?:jq|mxgrade) .*)$", re.MULTILINE)
COMMENT = re.compile(r"\s+# .*$")
SECONDS = 60
# --port is for one service; those of --services are found by SRV records.
WRAPPER = """#!/bin/sh
port='--port {port}'
case "$*" in *--services*) port= ;; esac
case $1 in
scan | check | doctor | nightly) command=$1; shift; exec {program} $command --config {config} $port "$@" ;;
*) exec {program} "$@" ;;
esac
"""

# What the recipes print of known_results(), by the words before the recipe.
RECIPES = {
    "# who still takes mail in clear, at every address or at some": [
        "clear.example\tF\tno",
        "some.example\tD\tpartial"],
    "# certificates that have ended, or will within 14 days": [
        "mx.expired.example\t-3",
        "mx.soon.example\t13",
        "192.0.2.9\t0",
        "mx.two.example\t5"],
}
# The exit status of the commands, and words of what they print. The chain that is verified signs
# itself, which nobody trusts.
COMMANDS = {
    "mxgrade scan suppliers.csv -o results.jsonl": (0, ""),
    "mxgrade scan suppliers.csv --accept accepted.csv -o accepted.jsonl": (0, ""),
    "mxgrade judge results.jsonl --accept accepted.csv -o judged-with.jsonl":
        (0, "2 of its lines accept what was not found"),
    "mxgrade scan suppliers.csv -o results.jsonl --resume": (0, "nothing to do"),
    "mxgrade doctor suppliers.csv": (1, "servers greeted"),
    "mxgrade doctor suppliers.csv -o results.jsonl": (1, "of room for results.jsonl"),
    "mxgrade doctor suppliers.csv --json": (1, '"subject":"port_25","status":"fine"'),
    "mxgrade check example.com": (0, "example.com"),
    "mxgrade explain self_signed": (0, "self_signed"),
    "mxgrade verify --name mx.example.com chain.pem": (1, '"name_match":"yes"'),
    "mxgrade diff old.jsonl new.jsonl": (0, '"compared":4'),
    "mxgrade judge results.jsonl --policy my.policy -o judged.jsonl": (0, ""),
    "mxgrade scan suppliers.csv --shard 1/2 -o part1.jsonl": (0, ""),
    "mxgrade scan suppliers.csv --shard 2/2 -o part2.jsonl": (0, ""),
    "mxgrade scan suppliers.csv --since results.jsonl --only failed,unknown,older-than=7d "
    "-o newer.jsonl": (0, "records are taken over"),
    "mxgrade merge part1.jsonl part2.jsonl -o merged.jsonl": (0, ""),
    "mxgrade convert results.jsonl -o results.csv": (0, "4 domains"),
    "mxgrade convert results.jsonl -o results.xlsx": (0, "4 domains"),
    "mxgrade letters results.jsonl -o letters": (0, "letters for 4 domains"),
    "mxgrade letters results.jsonl -o letters --bar A": (0, "letters for 4 domains"),
    "mxgrade report results.jsonl -o results.html": (0, ""),
    "mxgrade report new.jsonl --since old.jsonl -o new.html": (0, ""),
    "mxgrade enforce results.jsonl": (0, '"type":"enforce","domain":"d0.fleet.test"'),
    "mxgrade enforce results.jsonl --would-fail verify": (0, 'at "verify"'),
    "mxgrade enforce results.jsonl --for postfix -o tls_policy": (0, "4 domains"),
    "mxgrade enforce results.jsonl --for exim -o exim_policy": (0, "4 domains"),
    "mxgrade enforce results.jsonl --for exchange -o connectors.ps1": (0, "4 domains"),
    "mxgrade enforce results.jsonl --for google -o google.txt": (0, "4 domains"),
    "mxgrade config --config nightly.conf": (0, "nightly.conf, line 1"),
    "mxgrade config --config mxgrade.conf --rate 100": (0, "command line"),
    "mxgrade nightly --config nightly.conf": (0, ""),
    "mxgrade scan suppliers.csv -o night.jsonl --history history.sqlite": (0, "as run 1"),
    "mxgrade history --history history.sqlite --add results.jsonl": (0, "as run 2"),
    "mxgrade history --history history.sqlite": (0, "opportunistic enforced"),
    "mxgrade history --history history.sqlite d0.fleet.test": (0, "in 2 of 2 runs"),
    "mxgrade diff --history history.sqlite 1 2": (0, '"compared":4'),
    "mxgrade report --history history.sqlite night.jsonl -o trend.html": (0, ""),
    "mxgrade schema": (0, "json-schema.org"),
    "mxgrade scan list --services imap,imaps,submission": (0, '"services":"imap,imaps,submission"'),
    "mxgrade scan --help": (0, "--config FILE"),
}


def shown_acceptances():
    """The file that docs/accepting.md shows, but for its days, which will be over one day."""
    with open(os.path.join(ROOT, "docs/accepting.md"), encoding="utf-8") as stream:
        lines = re.findall(r"^    ((?:[^\s\"]+,){2}.*)$", stream.read(), re.MULTILINE)
    return re.sub(r"\b20\d\d-\d\d-\d\d\b", "2999-12-31", "\n".join(lines) + "\n")


class World:
    def __init__(self, fleet):
        self.fleet = fleet
        self.known = self.folder("known")
        data.write(os.path.join(self.known, "results.jsonl"), known_results())
        self.used = self.folder("used")
        self.write("suppliers.csv", "domain,supplier\nd0.fleet.test,a\nd7.fleet.test,b\n"
                                    "d40.fleet.test,c\nd48.fleet.test,d\n")
        self.write("accepted.csv", shown_acceptances())
        self.write("list", "d0.fleet.test\n")
        self.write("mxgrade.conf", "rate = 200\n")
        self.write("nightly.conf", "list = suppliers.csv\nresults = nights\n")
        self.write("my.policy", "name mine\ntls10 cap=C\n")
        for name in ("old.jsonl", "new.jsonl"):
            data.write(os.path.join(self.used, name), data.supply_chain(4))
        make_chain(self.used)
        self.make_wrapper()

    def folder(self, name):
        path = self.fleet.path(name)
        os.mkdir(path)
        return path

    def write(self, name, text):
        return self.fleet.write(os.path.join("used", name), text)

    def make_wrapper(self):
        """A mxgrade that scans the fleet and nothing else."""
        options = self.fleet.options()
        lines = [f"{name.removeprefix('--')} = {value}\n"
                 for name, value in zip(options[::2], options[1::2]) if name != "--port"]
        config = self.write("fleet.config", "".join(lines))
        wrapper = self.write("mxgrade", WRAPPER.format(program=MXGRADE, config=config,
                                                       port=self.fleet.port))
        os.chmod(wrapper, 0o755)

    def run(self, command, folder):
        path = self.used + ":" + os.environ["PATH"]
        done = subprocess.run(["sh", "-c", command], cwd=folder, env={**os.environ, "PATH": path},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=SECONDS, check=False)
        return done.returncode, done.stdout, done.stderr


def make_chain(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "60", "-subj",
                    "/CN=mx.example.com", "-addext", "subjectAltName=DNS:mx.example.com",
                    "-keyout", "chain.key", "-out", "chain.pem"], cwd=folder, check=True,
                   stderr=subprocess.DEVNULL)


def known_results():
    """Each case once: what a recipe has to print, and beside it what it must not."""
    def endpoint(number, host, grade="A", days=60, **more):
        return data.endpoint_record(host, number, grade, "example", days, **more)

    def domain(name, grade, *endpoints, **more):
        return data.domain_record(name + ".example", len(lines) + 1, grade, endpoints, **more)

    lines = []
    good, clear = endpoint(1, "mx.good.example"), endpoint(2, "mx.clear.example", "F")
    silent = endpoint(3, "mx.silent.example", "U")
    expired = endpoint(4, "mx.expired.example", "C", -3)
    soon, later = endpoint(5, "mx.soon.example", days=13), endpoint(6, "mx.later.example", days=14)
    bare = endpoint(7, "unnamed", days=0)
    bare.update(host=None, address="192.0.2.9")
    two = endpoint(8, "mx.two.example")
    two["certificates"] = [two["certificate"], data.certificate("mx.two.example", 99, 5)]
    lines += [good, clear, silent, expired, soon, later, bare, two]
    lines += [domain("good", "A", good), domain("clear", "F", clear),
              domain("silent", "U", silent), domain("some", "D", good, clear),
              domain("null", "N"), domain("expired", "C", expired),
              domain("unusable", "U", domain=None, mail="unknown",
                     dns={"outcome": "invalid_input", "dnssec": "unknown"})]
    return [data.run_record(), *lines, data.summary_record()]


def shown():
    """(the line before, the command) of each command line in the documents."""
    found = []
    for path in [os.path.join(ROOT, "README.md"), *sorted(glob.glob(ROOT + "/docs/*.md"))]:
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
        for match in SHOWN.finditer(text):
            before = text[:match.start()].rstrip("\n").rpartition("\n")[2].strip()
            found.append((before, match[1]))
    return found


def test_each_recipe_prints_what_it_promises(world):
    recipes = {before: command for before, command in shown() if command.startswith("jq ")}
    differ = runner.Differences()
    differ.equal("the recipes", sorted(recipes), sorted(RECIPES))
    for before, command in recipes.items():
        status, output, errors = world.run(command, world.known)
        differ.equal(f"{before}: the status", (status, errors), (0, ""))
        differ.equal(before, output.splitlines(), RECIPES.get(before))
    differ.check()


def test_each_command_of_the_documents_does_what_is_said(world):
    commands = [COMMENT.sub("", command) for _, command in shown() if not command.startswith("jq ")]
    differ = runner.Differences()
    differ.equal("the commands", sorted(commands), sorted(COMMANDS))
    for command in commands:
        status, words = COMMANDS.get(command, (0, ""))
        seen, output, errors = world.run(command, world.used)
        differ.equal(f"{command}: the status", seen, status)
        differ.equal(f"{command}: {words!r} in {output[:300]!r} {errors!r}",
                     words in output + errors, True)
    differ.check()


def main():
    with Fleet("--each", "--hosts", "116") as fleet:
        return runner.run(sys.modules[__name__], World(fleet))


if __name__ == "__main__":
    sys.exit(main())
