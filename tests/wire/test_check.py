#!/usr/bin/env python3
"""`mxgrade check`: what a person reads about a few domains, on a terminal and in a file, and what
is said to one who mistyped.
"""
import os
import re
import subprocess
import sys

import runner
from fleet import FACTOR, MXGRADE, Fleet, read_results
from terminal import Terminal

MIX = "single=1,ok_tls12_13=2,self_signed=1,no_starttls=1,banner_554=1,banner_delay=1"
SECONDS = 60 * FACTOR
COLUMNS = 72
COLOUR = re.compile("\033\\[[0-9;]*m")
GREEN, YELLOW, RED, DIM = "\033[32m", "\033[33m", "\033[31m", "\033[2m"
PLAIN = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm"}
PLAIN.pop("NO_COLOR", None)


class World:
    def __init__(self, fleet):
        self.fleet = fleet
        self.table = fleet.expect()
        self.by_behaviour = {}
        for name, row in self.table.domains.items():
            self.by_behaviour.setdefault(row["mx"][0].get("behaviour"), name)

    def command(self, *arguments):
        return [MXGRADE, "check", *self.fleet.options(), *arguments]

    def check(self, *arguments):
        """(status, what is read, the messages)."""
        done = subprocess.run(self.command(*arguments), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS,
                              env=PLAIN, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def on_terminal(self, *arguments, columns=COLUMNS, **environment):
        """(status, what the terminal got)."""
        with Terminal(self.command(*arguments), columns, env={**PLAIN, **environment}) as terminal:
            status = terminal.wait(SECONDS)
        return status, terminal.text().replace("\r\n", "\n")


def parts(text):
    """{domain: its lines}, in the order in which they come."""
    found = {}
    for part in text.strip().split("\n\n"):
        lines = part.splitlines()
        if not lines[0].startswith(" "):
            name = lines[0].split()[0]
            found[name] = []
        found[name] += lines
    return found


def test_each_grade_comes_with_its_reasons(world):
    self_signed, clear = world.by_behaviour["self_signed"], world.by_behaviour["no_starttls"]
    status, text, errors = world.check(self_signed, clear)
    assert (status, errors) == (0, ""), (status, errors)
    seen = parts(text)
    mx = world.table.domains[self_signed]["mx"][0]
    shown = "\n".join(seen[self_signed])
    for words in (f"{self_signed}  C ", "Opportunistic TLS: yes", "Enforced TLS:      none",
                  mx["host"], mx["addresses"][0], "speaks TLSv1.2 TLSv1.3; chose TLS_",
                  f"certificate CN={mx['host']} by CN={mx['host']}", "trusted: no",
                  "high: The certificate is self-signed", "[self_signed]",
                  f"seen:   {mx['host']} ({mx['addresses'][0]})", "fix:    Install a certificate",
                  "source: RFC "):
        assert words in shown, f"{words!r} is not in\n{shown}"
    assert shown.index("high: ") < shown.index("low: ") < shown.index("info: "), shown
    shown = "\n".join(seen[clear])
    for words in (f"{clear}  F 0  ", "Opportunistic TLS: no", "critical: ", "[no_starttls]"):
        assert words in shown, f"{words!r} is not in\n{shown}"


def test_domains_come_in_the_order_in_which_they_were_asked_for(world):
    names = list(world.table.domains)
    for asked in (names[:6], names[5::-1]):
        _, text, _ = world.check("--depth", "quick", *asked)
        assert list(parts(text)) == asked, (list(parts(text)), asked)


def test_what_could_not_be_seen_says_what_the_server_said(world):
    name = world.by_behaviour["banner_554"]
    status, text, _ = world.check(name)
    assert status == 0 and f"{name}  U  not graded" in text and "it said: " in text, text
    assert "unknown on 1 of the MX addresses" in text, text


def test_a_domain_that_does_not_exist_is_said_to(world):
    status, text, errors = world.check("nobody.fleet.test")
    assert status == 0 and "[no_such_domain]" in text, (text, errors)
    assert "TLS on 0" not in text, text


def test_a_terminal_has_colour_and_its_width_is_kept_to(world):
    healthy, self_signed = world.by_behaviour["ok_tls12_13"], world.by_behaviour["self_signed"]
    clear, unseen = world.by_behaviour["no_starttls"], world.by_behaviour["banner_554"]
    status, shown = world.on_terminal(healthy, self_signed, clear, unseen)
    assert status == 0, shown
    for name, colour, letter in ((healthy, GREEN, "A"), (self_signed, YELLOW, "C"),
                                 (clear, RED, "F"), (unseen, DIM, "U")):
        assert f"{name}  {colour}{letter}\033[0m" in shown, f"{name} in {shown!r}"
    remedies = [line for line in COLOUR.sub("", shown).splitlines()
                if re.match(r"    (fix|source): |            ", line)]
    assert remedies and max(map(len, remedies)) <= COLUMNS, remedies
    wide = world.on_terminal(self_signed, columns=200)[1]
    assert wide.count("\n") < world.on_terminal(self_signed, columns=40)[1].count("\n"), wide


def test_there_is_no_colour_where_it_is_not_wanted(world):
    name = world.by_behaviour["self_signed"]
    shown = {"a pipe": world.check(name)[1],
             "NO_COLOR": world.on_terminal(name, NO_COLOR="1")[1],
             "dumb": world.on_terminal(name, TERM="dumb")[1]}
    for where, text in shown.items():
        assert "[self_signed]" in text and not COLOUR.search(text), f"{where}: {text!r}"


def test_the_progress_line_is_gone_before_the_text(world):
    _, shown = world.on_terminal("--progress", "auto", world.by_behaviour["banner_delay"])
    before, text = shown.rsplit("\r\033[K", 1)
    assert "domains" not in text and "domains" in before, shown


def test_the_records_may_be_kept(world):
    name, path = world.by_behaviour["self_signed"], world.fleet.path("kept.jsonl")
    status, text, _ = world.check("-o", path, "--fail-on", "C", name)
    assert status == 1 and f"{name}  C" in text, (status, text)
    assert read_results(path).domain(name)["grade"] == "C"


def test_who_mistyped_is_told_before_anyone_is_called(world):
    before = world.fleet.stats()[0]["connections"]
    healthy = world.by_behaviour["ok_tls12_13"]
    differ = runner.Differences()
    for arguments, words in (((), "which domain?"), (("localhost",), "localhost: a single label"),
                             (("https://a.example/",), "a URL or a path"),
                             (("post@a.example",), "an e-mail address"),
                             (("192.0.2.1",), "an IP address"), (("a..example",), "a..example: "),
                             (("--hosts", "192.0.2.1"), "mxgrade scan --hosts"),
                             (("--format", "csv"), "--format")):
        status, text, errors = world.check(*arguments, *([healthy] if arguments else []))
        differ.equal(f"{arguments}: the status", (status, text), (2, ""))
        differ.equal(f"{arguments}: {words!r} in {errors!r}", words in errors, True)
    differ.equal("connections", world.fleet.stats()[0]["connections"], before)
    differ.check()


def main():
    with Fleet("--own-zones", "--hosts", "30", "--mix", MIX) as fleet:
        return runner.run(sys.modules[__name__], World(fleet))


if __name__ == "__main__":
    sys.exit(main())
