#!/usr/bin/env python3
"""Asks again what an earlier run left unknown for reasons of ours (--resume --retry-unknown): servers
that asked to come back, and answer now. What stayed unknown because the server is silent is left
alone.
"""
import re
import subprocess
import sys

import runner
from fleet import MXGRADE, Fleet, check_form, endpoint_key, read_results
from fleet_table import compare_keys

SHAPE = "--own-zones", "--hosts", "40", "--mix", ("provider=8,single=10,two_mx=2,null_mx=1,"
                                                  "nxdomain=1,ok_tls12_13=6,wrong_name=2,silence=2,")
FIRST, THEN = "banner_421=3", "ok_tls12_only=3"
TABLE = "scanner/engine/retry_reason.c"


class FirstRun:
    def __init__(self, fleet):
        self.fleet = fleet
        self.list = fleet.list()
        self.path = fleet.path("first.jsonl")
        status, _, errors = fleet.run(self.list, "-o", self.path)
        assert status == 0, (status, errors)
        self.results = read_results(self.path)
        self.content = self.results.content
        check_form(self.results)
        refused = [r for r in self.results.endpoints if r["outcome"] == "banner_421"]
        self.refused = {endpoint_key(r) for r in refused}
        hosts = {r["host"] for r in refused}
        self.lines = {r["line"] for r in self.results.domains
                      if hosts & {mx["host"] for mx in r["mx"]}}
        assert self.refused and self.lines, "no server has asked to come back"
        self.silent = {endpoint_key(r) for r in self.results.endpoints
                       if r["outcome"] == "banner_timeout"}
        assert self.silent, "no server is silent"
        with open(fleet.ca_file, "rb") as stream:
            roots = stream.read()
        fleet.change(*SHAPE[:-1], SHAPE[-1] + THEN)
        # Other roots would be other options, and --resume refuses these.
        fleet.write("root.pem", roots)

    def resume(self, path, *more):
        return self.fleet.run(self.list, "-o", path, "--resume", *more)


def lines_of(content, kind):
    return [line for line in content.splitlines() if line.startswith(b'{"type":"%s"' % kind)]


def test_a_file_that_is_complete_needs_the_option(first):
    path = first.fleet.write("without.jsonl", first.content)
    status, _, errors = first.resume(path)
    assert (status, "nothing to do" in errors) == (0, True), (status, errors)
    assert read_results(path).content == first.content


def check_asked_again(first, path):
    differ = runner.Differences()
    status, _, errors = first.resume(path, "--retry-unknown")
    differ.equal(f"the status ({errors.strip()})", status, 0)
    differ.equal("what is said", f"{len(first.lines)} lines and {len(first.refused)} servers"
                 in errors, True)
    results = read_results(path)
    check_form(results)
    compare_keys(differ, "lines", [r["line"] for r in results.domains],
                 [r["line"] for r in first.results.domains])
    compare_keys(differ, "endpoints", map(endpoint_key, results.endpoints),
                 map(endpoint_key, first.results.endpoints))
    for record in results.endpoints:
        if endpoint_key(record) in first.silent:
            differ.equal(f"{record['host']}: the outcome", record["outcome"], "banner_timeout")
    kept = [line for line in first.content.splitlines() if line in results.content.splitlines()]
    again = len(first.lines) + len(first.refused) + 1  # the summary
    differ.equal("lines that stay as they were", len(kept),
                 len(first.content.splitlines()) - again)
    called = {address for address, row in first.fleet.stats()[1].items() if row["connections"]}
    differ.equal("servers that are called", called, {key[1] for key in first.refused})
    return differ, results


def test_what_asked_to_come_back_is_asked_again_and_nothing_else(first):
    path = first.fleet.write("again.jsonl", first.content)
    differ, results = check_asked_again(first, path)
    for record in results.endpoints:
        if endpoint_key(record) in first.refused:
            differ.equal(f"{record['host']}: the outcome", record["outcome"], "ok")
    for record in results.domains:
        if record["line"] in first.lines:
            differ.within(f"{record['domain']}: the grade", record["grade"], ("A", "B", "C", "F"))
    differ.equal("the summary", results.summaries[0]["complete"], True)
    differ.check()


def test_every_reader_counts_a_line_once(first):
    path = first.fleet.write("readers.jsonl", first.content)
    status, _, errors = first.resume(path, "--retry-unknown")
    assert status == 0, errors
    rows = subprocess.run([MXGRADE, "convert", path], stdout=subprocess.PIPE, check=True).stdout
    assert rows.count(b"\n") == 1 + len(first.results.domains), rows.count(b"\n")
    differs = subprocess.run([MXGRADE, "diff", first.path, path], stdout=subprocess.PIPE,
                             check=False)
    assert differs.returncode in (0, 1), differs
    judged = subprocess.run([MXGRADE, "judge", path], stdout=subprocess.PIPE, check=True).stdout
    assert len(lines_of(judged, b"domain")) == len(first.results.domains)


def test_what_is_asked_again_may_stay_unknown_and_a_file_without_it_is_complete(first):
    path = first.fleet.write("twice.jsonl", first.content)
    first.resume(path, "--retry-unknown")
    content = read_results(path).content
    status, _, errors = first.resume(path, "--retry-unknown")
    assert (status, "nothing to do" in errors, "0 lines and 0 servers" in errors) == \
        (0, True, True), (status, errors)
    assert read_results(path).content == content, "the file has been changed"


def test_a_compressed_file_is_asked_again(first):
    packed = subprocess.run(["zstd", "-q", "-c"], input=first.content, stdout=subprocess.PIPE,
                            check=True).stdout
    path = first.fleet.write("again.jsonl.zst", packed)
    status, _, errors = first.resume(path, "--retry-unknown")
    results = read_results(path)
    check_form(results)
    assert status == 0, errors
    assert len(results.domains) == len(first.results.domains)
    assert subprocess.run(["zstd", "-t", "-q", path], check=False).returncode == 0


def test_a_file_of_other_options_stays_as_it_is(first):
    path = first.fleet.write("other.jsonl", first.content)
    status, _, errors = first.resume(path, "--retry-unknown", "--depth", "quick")
    assert (status, "another run" in errors) == (2, True), (status, errors)
    assert read_results(path).content == first.content


def test_the_option_is_about_an_earlier_run(first):
    status, output, errors = first.fleet.run(first.list, "--retry-unknown")
    assert (status, output) == (2, b""), (status, output)
    assert "--retry-unknown needs --resume" in errors, errors


def test_the_reasons_are_documented(_first):
    with open(TABLE, encoding="ascii") as stream:
        reasons = re.findall(r"\[OUTCOME_(\w+)\] = \"", stream.read())
    with open("README.md", encoding="utf-8") as stream:
        readme = stream.read()
    paragraph = readme[readme.index("`--resume --retry-unknown`"):].split("\n\n", 1)[0]
    missing = [name for name in reasons if f"`{name.lower()}`" not in paragraph]
    assert reasons and not missing, missing


def main():
    with Fleet(*SHAPE[:-1], SHAPE[-1] + FIRST) as fleet:
        return runner.run(sys.modules[__name__], FirstRun(fleet))


if __name__ == "__main__":
    sys.exit(main())
