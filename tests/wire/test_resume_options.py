#!/usr/bin/env python3
"""Which options --resume wants unchanged. Each option of the scan stands in one of two tables: those
that shape a verdict, and those that do not. A new option that stands in neither fails."""
import os
import re
import subprocess
import sys

import runner
from fleet import MXGRADE, Fleet, grades, read_results
from mmdb import write_mmdb
from whole_run import WholeRun

DOMAINS = 12
MIX = "single=2,null_mx=1,ok_tls12_13=2,wrong_name=1"
POLICY = "name mine\ntls10 deduction=21\n"

# Option: what else it is given on the command line. A name in capitals is a file of that kind.
SHAPE_VERDICTS = {
    "hosts": (),
    "column": ("1",),
    "encoding": ("WINDOWS-1252",),
    "sheet": ("Suppliers",),
    "resolver": ("127.0.0.77",),
    "resolver-config": (),
    "trust-ad": (),
    "port": ("2599",),
    "https-port": ("4499",),
    "services": ("imap",),
    "submission-on-mx": (),
    "depth": ("quick",),
    "exclude": ("EXCLUDED",),
    "accept": ("ACCEPTED",),
    "max-addresses": ("7",),
    "allow-net": ("192.0.2.0/24",),
    "ca-file": ("ROOTS",),
    "extra-ca": ("ROOTS",),
    "source": ("127.0.1.1",),
    "proxy": ("socks5://127.0.0.1:9",),
    "ehlo": ("other.example",),
    "now": ("2026-01-31T12:00:00Z",),
    "shard": ("1/2",),
    "policy": ("POLICY",),
    "ipv4-only": (),
    "ipv6-only": (),
    "connect-timeout": ("77",),
    "banner-timeout": ("77",),
    "reply-timeout": ("77",),
    "handshake-timeout": ("77",),
    "target-timeout": ("77",),
    "https-timeout": ("77",),
    "dns-timeout": ("77",),
    "retry-wait": ("77",),
    "max-retries": ("7",),
}

# Option: what is said where that is something else.
REFUSED = {
    "policy": ("another policy",),
    "sheet": ("it is no workbook",),  # the list of these tests
}

# Option: (the reason that it may be another one, and what else it is given).
SHAPE_NO_VERDICT = {
    "output": ("it names the file that is continued",),
    "history": ("it names what is told of the run when it is over", "HISTORY"),
    "format": ("CSV is not continued, so that there is one format", "jsonl"),
    "metrics": ("what others are told of the run", "/dev/null"),
    "bom": ("it is for CSV, which is not continued",),
    "threads": ("pace", "1"),
    "concurrency": ("pace", "77"),
    "rate": ("pace", "777"),
    "per-address": ("pace", "1"),
    "per-provider": ("pace", "77"),
    "provider-rate": ("pace", "777"),
    "dns-concurrency": ("pace", "77"),
    "canary": ("it says whether the resolver is believed", "d0.test"),
    "canary-absent": ("it says whether the resolver is believed", "nobody.test"),
    "geo": ("it adds country and AS to records, and no letter rests on these", "PLACES"),
    "resume": ("it continues the file",),
    "retry-unknown": ("it says what of the file is asked again",),
    "since": ("it begins the file, which is there already", "EARLIER"),
    "only": ("it says what of the list is scanned, which the file shows", "new"),
    "progress": ("what a terminal shows", "always"),
    "strict": ("the exit status, which is not in the file",),
    "fail-on": ("the exit status, which is not in the file", "A"),
    "config": ("the options in it are compared one by one", "OPTIONS"),
    "sandbox": ("what the process may do beside its work", "off"),
    "user": ("what the process may do beside its work", "nobody"),
    "verbose": ("messages",),
}
# What the run ends with, whose list has a line that is no domain.
STATUS = {"fail-on": 1, "strict": 2}
# Another word for the same in the message.
CALLED = {"ipv4-only": "families", "ipv6-only": "families"}


class World(WholeRun):
    def __init__(self, fleet):
        super().__init__(fleet)
        os.chmod(fleet.folder, 0o755)  # for the user nobody
        with open(fleet.ca_file, "rb") as stream:
            roots = stream.read()
        self.files = {
            "ACCEPTED": fleet.write("accepted.csv", "*,tls10,2999-12-31,why,who\n"),
            "EXCLUDED": fleet.write("excluded.txt", "never.example\n"),
            "ROOTS": fleet.write("roots.pem", roots),
            "POLICY": fleet.write("policy.txt", POLICY),
            "PLACES": write_mmdb(fleet.path("places.mmdb"), {"127.0.0.0/8": {"country_code": "NL"}}),
            "EARLIER": self.whole,
            "HISTORY": fleet.path("history.sqlite"),
            "OPTIONS": fleet.write("options.conf", "threads = 2\n"),
        }

    def half(self, name, content=None):
        content = content or self.content
        return self.fresh(name, content[:len(content) // 2])

    def arguments(self, option, values):
        return (f"--{option}", *(self.files.get(value, value) for value in values))


def options_of_the_scan():
    text = subprocess.run([MXGRADE, "scan", "--help"], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    return re.findall(r"^  (?:-\w, |    )--([a-z0-9-]+)", text, re.M)


def check_refused(world, differ, path, what, words, *more):
    with open(path, "rb") as stream:
        before = stream.read()
    status, _, errors = world.resume(path, *more)
    with open(path, "rb") as stream:
        differ.equal(f"{what}: the file is as it was", stream.read() == before, True)
    differ.equal(f"{what}: the status", status, 2)
    for word in words:
        differ.equal(f"{what}: is {word!r} in {errors!r}", word in errors, True)


def test_each_option_of_the_scan_is_known_to_shape_a_verdict_or_not(_):
    options = set(options_of_the_scan()) - {"help"}
    assert len(options) > 30, options
    known = list(SHAPE_VERDICTS) + list(SHAPE_NO_VERDICT)
    assert len(known) == len(set(known)), "an option stands in both tables"
    assert options == set(known), options ^ set(known)


def test_options_that_shape_a_verdict_are_refused_where_they_differ(world):
    differ = runner.Differences()
    for option, values in SHAPE_VERDICTS.items():
        if option == "trust-ad" and world.results.runs[0]["options"]["trust-ad"]:
            continue  # the fleet's resolver is on this machine, so that its AD bit counts anyhow
        if option == "resolver-config":
            continue  # it goes with a resolver that the run starts: see test_own_resolver.py
        path = world.half("other.jsonl")
        words = REFUSED.get(option, (f"--{CALLED.get(option, option)} is", "other options"))
        check_refused(world, differ, path, option, words, *world.arguments(option, values))
    differ.check()


def test_other_options_may_differ(world):
    differ = runner.Differences()
    for option, (reason, *values) in SHAPE_NO_VERDICT.items():
        if option in ("output", "resume", "only"):  # the last goes with --since alone
            continue
        path = world.half("same.jsonl")
        status, _, errors = world.resume(path, *world.arguments(option, values))
        differ.equal(f"{option} ({reason}): the status; {errors[-200:]!r}", status,
                     STATUS.get(option, 0))
        differ.equal(f"{option}: what differs in grade",
                     set(grades(read_results(path)).items()) ^ set(grades(world.results).items()),
                     set())
    differ.check()


def test_a_file_that_an_option_names_must_say_what_it_said(world):
    differ = runner.Differences()
    with open(world.fleet.ca_file, "rb") as stream:
        roots = stream.read()
    for option, before, after in (("exclude", b"never.example\n", b"other.example\n"),
                                  ("ca-file", roots, b"# more\n" + roots),
                                  ("extra-ca", roots, b"# more\n" + roots)):
        file = world.fleet.write("named", before)
        whole = world.fresh("whole-of-option.jsonl")
        status, _, errors = world.fleet.run(world.list, "-o", whole, f"--{option}", file)
        differ.equal(f"{option}: the status; {errors!r}", status, 0)
        path = world.half("named.jsonl", read_results(whole).content)
        world.fleet.write("named", after)
        check_refused(world, differ, path, f"{option}, changed",
                      (f"the file of --{option} has changed", "other options"),
                      f"--{option}", file)
        world.fleet.write("named", before)
        status, _, errors = world.resume(path, f"--{option}", file)
        differ.equal(f"{option}, as it was: the status; {errors!r}", status, 0)
    differ.check()


def main():
    with Fleet("--own-zones", "--hosts", str(DOMAINS), "--mix", MIX) as fleet:
        return runner.run(sys.modules[__name__], World(fleet))


if __name__ == "__main__":
    sys.exit(main())
