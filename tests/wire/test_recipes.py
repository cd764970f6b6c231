#!/usr/bin/env python3
"""Runs each command line that README.md and docs/*.md show, as it stands there.

The recipes, those of docs/pipelines.md and the jq lines elsewhere, read a result file whose content
is known (made up by report_data.py), and what they print is compared. The commands of mxgrade run in a folder with the files that they name, against a
fleet: their options for it come from a configuration file that a `mxgrade` in front of the program
adds. A command that is not in the tables below fails the test, so that none is shown unchecked.
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys

import report_data as data
import runner
from npm import Packages
from recipes import recipes
from test_queue import Redis
from fleet import MXGRADE, Fleet

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
SHOWN = re.compile(r"^(?:    |\t)?((?:jq|mxgrade) .*)$", re.MULTILINE)
COMMENT = re.compile(r"\s+# .*$")
SECONDS = 60
# --port is for one service; those of --services are found by SRV records, and a worker has it from
# the job.
WRAPPER = """#!/bin/sh
port='--port {port}'
case "$*" in *--services* | worker*) port= ;; esac
case $1 in
scan | check | doctor | nightly | enqueue | worker) command=$1; shift; exec {program} $command --config {config} $port "$@" ;;
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
    "mxgrade convert results.jsonl --to ecs -o events.jsonl": (0, "4 domains and"),
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
    "mxgrade report --history history.sqlite night.jsonl --since last -o last-night.html":
        (0, ""),
    "mxgrade schema": (0, "json-schema.org"),
    "mxgrade scan list --services imap,imaps,submission": (0, '"services":"imap,imaps,submission"'),
    "mxgrade scan --help": (0, "--config FILE"),
}


def shown_acceptances():
    """The file that docs/accepting.md shows, but for its days, which will be over one day."""
    with open(os.path.join(ROOT, "docs/accepting.md"), encoding="utf-8") as stream:
        lines = re.findall(r"^    ((?:[^\s\"]+,){2}.*)$", stream.read(), re.MULTILINE)
    return re.sub(r"\b20\d\d-\d\d-\d\d\b", "2999-12-31", "\n".join(lines) + "\n")


# What the recipes of docs/pipelines.md print of known_results(), by their headings: rows of cells.
PIPELINES = {
    "Is the file whole?": [["true"]],
    "How many domains have which letter": [["1", letter] for letter in "ACDFNU"],
    "Grave findings, a row for each place": [
        ["S2", "clear.example", "no_starttls", "mx.clear.example", "198.51.0.2"],
        ["S4", "some.example", "no_starttls", "mx.clear.example", "198.51.0.2"],
        ["S6", "expired.example", "self_signed", "mx.expired.example", "198.51.0.4"]],
    "Letters that rest on a part": [["expired.example", "C", "export_suites", "dh_size"]],
    "Which suppliers got worse since yesterday": [["S1", "good.example", "A", "F"]],
    "What a change line always has": [["type"], ["domain"], ["input"], ["line"], ["input_fields"],
                                      ["verdict"]],
    "Who in the house has suppliers that fail": [
        ["logistics", "2", "clear.example expired.example"], ["purchasing", "1", "some.example"]],
    "Findings beside what their servers showed": [
        ["clear.example", "no_starttls", "mx.clear.example", "starttls_not_advertised", "Network 2"],
        ["expired.example", "self_signed", "mx.expired.example", "ok", "Network 4"],
        ["some.example", "no_starttls", "mx.clear.example", "starttls_not_advertised", "Network 2"]],
    "Letters of several nights, by run": [
        *(["2026-11-23T12:00:00Z", letter, "1"] for letter in "ACDFNU"),
        *(["2026-11-24T12:00:00Z", letter, number]
          for letter, number in (("C", "1"), ("D", "1"), ("F", "2"), ("N", "1"), ("U", "1")))],
    "A table of letters and findings": [
        *([letter, "1"] for letter in "ACDFNU"),
        ["S2", "clear.example", "no_starttls"], ["S4", "some.example", "no_starttls"]],
    "Events for Elasticsearch, in bulk": [["30"]],  # 7 domains, 8 endpoints, and a line before each
    "Who takes mail in clear, from the events": [["S2", "clear.example", "100"]],
    "How many results of which level": [["3", "error"], ["2", "none"], ["1", "warning"]],
    "Where somebody has to act": [["S2", "2", "no_starttls"], ["S4", "4", "no_starttls"],
                                  ["S6", "6", "self_signed"]],
}


class World:
    def __init__(self, fleet):
        self.fleet = fleet
        self.known = self.folder("known")
        for name, records in (("results", known_results()), ("old", known_results()),
                              ("new", known_results(is_later=True))):
            data.write(os.path.join(self.known, name + ".jsonl"), records)
        self.fleet.write("known/owners.csv", OWNERS)
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


OWNERS = """id,owner
S1,purchasing
S2,logistics
S3,purchasing
S4,purchasing
S6,logistics
S9,nobody
"""


def known_results(is_later=False):
    """Each case once: what a recipe has to print, and beside it what it must not. A night later
    one of the suppliers is worse."""
    def endpoint(number, host, grade="A", days=60, **more):
        return data.endpoint_record(host, number, grade, "example", days, **more)

    def domain(name, grade, *endpoints, **more):
        return data.domain_record(name + ".example", len(lines) + 1, grade, endpoints, **more)

    lines = []
    good = endpoint(1, "mx.good.example", "F" if is_later else "A")
    clear = endpoint(2, "mx.clear.example", "F")
    silent = endpoint(3, "mx.silent.example", "U")
    expired = endpoint(4, "mx.expired.example", "C", -3)
    soon, later = endpoint(5, "mx.soon.example", days=13), endpoint(6, "mx.later.example", days=14)
    bare = endpoint(7, "unnamed", days=0)
    bare.update(host=None, address="192.0.2.9")
    two = endpoint(8, "mx.two.example")
    two["certificates"] = [two["certificate"], data.certificate("mx.two.example", 99, 5)]
    lines += [good, clear, silent, expired, soon, later, bare, two]
    lines += [domain("good", good["grade"], good), domain("clear", "F", clear),
              domain("silent", "U", silent), domain("some", "D", good, clear),
              domain("null", "N"), domain("expired", "C", expired),
              domain("unusable", "U", domain=None, mail="unknown",
                     dns={"outcome": "invalid_input", "dnssec": "unknown"})]
    for number, record in enumerate((r for r in lines if r["type"] == "domain"), 1):
        record.update(line=number, input_fields={"id": f"S{number}"})
    for record in lines:
        servers = {f"{host['host']} ({host['address']})": host for host in (good, clear, expired)}
        for finding in record["findings"] if record["type"] == "domain" else []:
            server = servers.get(finding["detail"])
            if server:
                finding["places"] = [{key: server[key] for key in ("host", "address", "port")}]
    records = [data.run_record(started=data.time_text(int(is_later))), *lines, data.summary_record()]
    for record in records:
        record["run"] = ("b" if is_later else "a") * 32
    return records


def shown():
    """(the line before, the command) of each command line in the documents."""
    found = []
    for path in [os.path.join(ROOT, "README.md"), *sorted(glob.glob(ROOT + "/docs/*.md"))]:
        if os.path.basename(path) in ("pipelines.md", "queue.md"):
            continue  # these have tests of their own
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


def run_recipes(world, language, packages=None):
    found = recipes(os.path.join(ROOT, "docs/pipelines.md"))
    differ = runner.Differences()
    differ.equal("the recipes", [recipe.title for recipe in found], list(PIPELINES))
    for recipe in found:
        if recipe.language == language:
            differ.equal(recipe.title, recipe.rows(world.run, world.known, packages),
                         PIPELINES.get(recipe.title))
    differ.check()


def test_each_recipe_for_the_shell_gives_what_is_known(world):
    run_recipes(world, "sh")


def test_each_recipe_for_sqlite_gives_what_is_known(world):
    run_recipes(world, "sqlite")


def test_each_recipe_for_duckdb_gives_what_is_known(world):
    with Packages("@duckdb/node-api") as packages:
        run_recipes(world, "sql", packages)


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


QUEUE = ["enqueue --redis redis://queue.example suppliers.csv", "worker --redis redis://queue.example",
         "collect --redis redis://queue.example -o results.jsonl", "jobs --redis redis://queue.example",
         "jobs --pause JOB", "jobs --resume JOB", "jobs --cancel JOB", "jobs --json"]


def test_the_commands_of_a_queue_do_what_is_said(world):
    """In the order in which docs/queue.md has them, with a worker beside those behind it."""
    if shutil.which("redis-server") is None:
        raise runner.Skip("redis-server is not here")
    with open(os.path.join(ROOT, "docs/queue.md"), encoding="utf-8") as stream:
        lines = re.findall(r"^    mxgrade (.*)$", stream.read(), re.MULTILINE)
    # What a command does stands behind several blanks.
    commands = [re.sub(r" +", " ", re.sub(r" {2,}(?![- ]).*", "", line)) for line in lines]
    assert commands == QUEUE, commands
    folder = world.folder("queue")
    world.fleet.write("queue/suppliers.csv", "domain\nd0.fleet.test\nd7.fleet.test\n")
    redis = Redis(world.fleet.path("redis"))
    worker = None
    differ = runner.Differences()
    try:
        for command in commands:
            text = "mxgrade " + command.replace("redis://queue.example", redis.url)
            text += "" if "--redis" in command else f" --redis {redis.url}"
            if command.startswith("worker"):
                worker = subprocess.Popen(["sh", "-c", "exec ./" + text], cwd=world.used,
                                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                          stderr=subprocess.DEVNULL)
                continue
            if "--pause" in command:
                enqueued = world.run(f"mxgrade enqueue --job JOB --redis {redis.url} suppliers.csv",
                                     folder)
                differ.equal("the job that is paused", enqueued[:2], (0, "JOB\n"))
            status, _, errors = world.run(text, folder)
            differ.equal(f"{command}: the status, {errors}", status, 0)
            if "--pause" in command:
                output = world.run(f"mxgrade jobs --json --redis {redis.url}", folder)[1]
                differ.equal("the jobs beside it", [json.loads(line)["job"]
                                                    for line in output.splitlines()], ["JOB"])
        results = data_of(os.path.join(folder, "results.jsonl"))
        differ.equal("what was collected", [r["type"] for r in results].count("domain"), 2)
        differ.equal("whole", results[-1]["complete"], True)
    finally:
        if worker:
            worker.terminate()
            worker.wait(timeout=SECONDS)
        redis.kill()
    differ.check()


def data_of(path):
    with open(path, encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def main():
    with Fleet("--each", "--hosts", "116") as fleet:
        return runner.run(sys.modules[__name__], World(fleet))


if __name__ == "__main__":
    sys.exit(main())
