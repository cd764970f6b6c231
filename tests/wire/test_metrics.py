#!/usr/bin/env python3
"""`scan --metrics FILE`: the figures of a run as Prometheus reads them, against the summary and promtool."""
import os
import re
import subprocess
import sys

import runner
from fleet import Fleet

MIX = "single=3,null_mx=1,nxdomain=1,ok_tls12_13=1,tls10_on=1,expired=1"
SAMPLE = re.compile(r'^([a-z_]+)(?:\{([a-z_]+)="((?:[^"\\]|\\.)*)"\})? (\S+)$')


def samples_of(path):
    """{(name, label value or None): number}; each line is a sample or a comment."""
    samples = {}
    with open(path, encoding="utf-8") as stream:
        for line in stream:
            if not line.startswith("#"):
                name, _, value, number = SAMPLE.match(line).groups()
                assert (name, value) not in samples, line
                samples[name, value] = float(number)
    return samples


def promtool(*arguments, **more):
    """True where what promtool was asked to check is well; it has no word to say then."""
    try:
        done = subprocess.run(["promtool", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=60, check=False, **more)
    except FileNotFoundError:
        raise SystemExit("promtool is missing: apt-get install prometheus") from None
    return done.returncode == 0, done.stdout


def check_metrics(path):
    with open(path, "rb") as stream:
        ok, said = promtool("check", "metrics", stdin=stream)
    assert ok and said == "", said


class World:
    def __init__(self, fleet):
        self.fleet = fleet
        self.metrics = fleet.path("mxgrade.prom")

    def scan(self, *options):
        return self.fleet.scan("--metrics", self.metrics, *options, self.fleet.list())


def test_the_figures_are_those_of_the_summary(world):
    results = world.scan()
    assert results.status == 0, results.errors
    check_metrics(world.metrics)
    seen, summary = samples_of(world.metrics), results.summaries[0]
    differ = runner.Differences()
    for name, key in (("domains", "domain_grades"), ("endpoints", "endpoint_grades"),
                      ("domains_opportunistic_tls", "opportunistic_tls"),
                      ("domains_enforced_tls", "enforced_tls"), ("domains_mail", "mail"),
                      ("endpoints_outcome", "outcomes")):
        told = {value: number for (at, value), number in seen.items() if at == "mxgrade_" + name and number}
        differ.equal(name, told, {value: number for value, number in summary[key].items() if number})
    for name, key in (("lines_read", "lines_read"), ("lines_begun", "lines_begun"),
                      ("lines_written", "lines_written"), ("lines_invalid", "invalid_lines"),
                      ("connections", "connections"), ("dns_questions", "dns_questions"), ("complete", "complete"),
                      ("interrupted", "interrupted"), ("port_blocked", "port_blocked"),
                      ("dns_failed", "dns_failed"), ("resolver_blamed", "resolver_blamed")):
        differ.equal(name, seen["mxgrade_run_" + name, None], summary[key])
    differ.equal("void", seen["mxgrade_run_void", None], 0)
    differ.equal("version", seen["mxgrade_build_info", results.runs[0]["version"]], 1)
    differ.equal("policy", seen["mxgrade_policy_info", summary["policy"]], 1)
    taken = seen["mxgrade_run_end_timestamp_seconds", None] - seen["mxgrade_run_start_timestamp_seconds", None]
    differ.equal("duration", 0 <= seen["mxgrade_run_duration_seconds", None] <= taken + 0.01, True)
    differ.check()


def test_the_file_is_replaced_as_a_whole(world):
    """Whoever has the old file open goes on with the old one, and nothing else is left beside it."""
    with open(world.metrics, encoding="utf-8") as old:
        before = old.read()
        old.seek(0)
        assert world.scan("--depth", "quick").status == 0
        assert old.read() == before
    with open(world.metrics, encoding="utf-8") as stream:
        assert stream.read() != before
    assert not os.path.exists(world.metrics + ".part")


def test_a_run_that_cannot_say_its_figures_ends_with_3(world):
    results = world.fleet.scan("--metrics", world.fleet.path("nowhere/mxgrade.prom"), "--depth", "quick",
                               world.fleet.list())
    assert results.status == 3 and "nowhere/mxgrade.prom: No such file" in results.errors, results.errors
    assert results.summaries[0]["complete"] is True, "the results are whole all the same"


def test_a_run_that_could_not_begin_leaves_the_file(world):
    before = samples_of(world.metrics)
    results = world.fleet.scan("--metrics", world.metrics, world.fleet.path("no such list"))
    assert results.status == 2 and samples_of(world.metrics) == before, results.errors


def main():
    with Fleet("--hosts", "16", "--mix", MIX) as fleet:
        return runner.run(sys.modules[__name__], World(fleet))


if __name__ == "__main__":
    sys.exit(main())
