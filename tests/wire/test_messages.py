#!/usr/bin/env python3
"""No message, help or document names an option that its command lacks.

The texts in the sources are held against the options that `mxgrade COMMAND --help` lists, each
source file against those of the commands that can print its texts. Some advice depends on more than
the command; that is followed here as a user would follow it.
"""
import glob
import os
import re
import subprocess
import sys

import runner
from fleet import MXGRADE, Fleet
from processes import run

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
SCANS = ("scan", "check")
READERS = ("convert", "diff", "report")
QUEUE = ("enqueue", "worker", "collect", "jobs")
# Whose text it is, by the longest beginning of the file's name.
SAYERS = {
    "io/": (*SCANS, *READERS, "verify"),
    "io/redis/": QUEUE,
    "io/workbook/": ("scan",),
    "output/": (*SCANS, *READERS),
    "output/record/": ("scan",),  # words for docs/records.md, of fields that a scan writes
    "output/csv/": ("scan", "convert"),
    "output/diff/": ("diff",),
    "output/enforce/": ("enforce",),
    "output/merge/": ("merge", "scan"),
    "output/report/": ("report",),
    "scanner/": SCANS,
    "scanner/queue/": QUEUE,
    "scanner/queue/queue_collect": ("collect",),
    "scanner/queue/queue_enqueue": ("enqueue",),
    "scanner/queue/queue_outbox": ("worker",),
    "scanner/queue/queue_records": ("collect",),
    "scanner/queue/queue_worker": ("worker",),
    "scanner/x509/": (*SCANS, "verify"),
    "scanner/doctor/": ("doctor", *SCANS),
    "scanner/doctor/check_port_25.c": ("doctor",),
    "scanner/doctor/places.c": ("doctor",),
    "scanner/cli/command_merge.c": ("merge", "scan"),
    "scanner/cli/command_scan.c": ("scan",),
    "scanner/cli/explain_markdown.c": ("scan",),
    "docs/diff.md": ("diff",),
    "docs/doctor.md": ("doctor",),
    "docs/enforce.md": ("enforce",),
    "docs/history.md": ("history",),
    "docs/letters.md": ("letters",),
    "docs/queue.md": frozenset(QUEUE),  # one of them has it, which the sentence names
    "docs/report.md": ("report",),
    "docs/": ("scan",),
    "README.md": ("scan",),
}
# Command lines of other programs.
FOREIGN = ("output/letters/letter_commands.c", "scanner/cli/fleet_process.c",
           "scanner/queue/queue_worker_scan.c")
OF_EVERYONE = {"help", "version"}

LITERAL = re.compile(r'"(?:[^"\\\n]|\\.)*"')
TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|[^\s"\'/]+|/',
                   re.DOTALL)
OPTION = re.compile(r"(?<![\w-])--([a-z][a-z0-9-]*)")
QUALIFIED = re.compile(r"mxgrade ([a-z]+)\b([^\"`\n]*)")
SPAN = re.compile(r"`[^`\n]+`|^    .*$", re.MULTILINE)


def commands():
    """{command: its options}"""
    names = re.findall(r"^  ([a-z]+) ", run([MXGRADE, "--help"]).stdout, re.MULTILINE)
    found = {}
    for name in names:
        text = run([MXGRADE, name, "--help"]).stdout
        found[name] = OF_EVERYONE | set(OPTION.findall(text))
    return found


def literals(text):
    """The strings of a C source; those that stand side by side are one."""
    found, joined = [], False
    for token in TOKEN.findall(text):
        if token.startswith(("/*", "//")):
            continue
        if token.startswith('"'):
            if joined:
                found[-1] += token[1:-1]
            else:
                found.append(token[1:-1])
        joined = token.startswith('"')
    return found


def sayers_of(path):
    match = re.fullmatch(r"scanner/cli/command_(\w+)\.[ch]", path)
    if path not in SAYERS and match:
        return (match[1],)
    return SAYERS[max((begin for begin in SAYERS if path.startswith(begin)), key=len)]


def unknown_options(text, sayers, options):
    """The options in a text that those who say it lack, or of a set all of them. After
    `mxgrade COMMAND` they are its."""
    lacking = []
    for command, rest in QUALIFIED.findall(text):
        if command in options:
            lacking += [f"mxgrade {command} --{name}" for name in OPTION.findall(rest)
                        if name not in options[command]]
    for name in OPTION.findall(QUALIFIED.sub("", text)):
        without = [f"{sayer} --{name}" for sayer in sayers if name not in options[sayer]]
        if not isinstance(sayers, frozenset) or len(without) == len(sayers):
            lacking += without
    return lacking


def sources():
    for folder in ("io", "output", "scanner"):
        for path in sorted(glob.glob(f"{ROOT}/{folder}/**/*.[chj]*", recursive=True)):
            name = os.path.relpath(path, ROOT)
            if name not in FOREIGN and not name.endswith(".json"):
                yield name


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as stream:
        return stream.read()


def test_every_command_lists_its_options(options):
    assert {"scan", "check", "convert", "diff", "report", "verify"} <= set(options), options
    assert {"resume", "config", "hosts"} <= options["scan"] and "bom" in options["convert"]
    assert "resume" not in options["convert"], options["convert"]


def test_the_search_finds_what_it_is_for(options):
    text = 'f("go on by " /* --bom */\n  "--resume, or \\"mxgrade scan --bom\\"");'
    joined, = literals(text)
    assert unknown_options(joined, ("scan",), options) == []
    assert unknown_options(joined, ("convert",), options) == ["convert --resume"]
    assert unknown_options('see "mxgrade diff --bom"', ("scan",), options) == ["mxgrade diff --bom"]


def test_no_message_names_an_option_that_its_command_lacks(options):
    differ, seen = runner.Differences(), 0
    for name in sources():
        sayers = sayers_of(name)
        for text in literals(read(name)):
            if OPTION.fullmatch(text):
                continue  # an argument of a command that the program runs
            seen += len(OPTION.findall(text))
            differ.equal(f"{name}: {text[:70]!r}", unknown_options(text, sayers, options), [])
    assert seen > 50, seen
    differ.check()


def test_no_document_names_an_option_that_there_is_not(options):
    differ, seen = runner.Differences(), 0
    for path in [ROOT + "/README.md", *sorted(glob.glob(ROOT + "/docs/*.md"))]:
        name = os.path.relpath(path, ROOT)
        for span in SPAN.findall(read(name)):
            if span.startswith(("`fleet ", "    tests/", "    prometheus-node-exporter ")):
                continue  # of the simulator, of a script, of another program
            seen += len(OPTION.findall(span))
            differ.equal(f"{name}: {span[:70]!r}",
                         unknown_options(span.strip("`"), sayers_of(name), options), [])
    assert seen > 20, seen
    differ.check()


# ---- Advice that depends on more than the command ----


def message_of(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    return done.returncode, done.stderr


class Taken:
    """A result file that a scan is asked to write although it holds something."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.list = fleet.write("list.txt", "d0.fleet.test\n")
        self.results = fleet.path("results.jsonl")
        status, _, errors = fleet.run(self.list, "-o", self.results)
        assert status == 0, errors
        with open(self.results, "rb") as stream:
            self.content = stream.read()

    def check(self, command, can_resume):
        status, errors = message_of(command)
        assert status == 3 and "is not empty" in errors, (status, errors)
        assert ("--resume" in errors) == can_resume, errors
        assert "--output" in errors, errors
        with open(self.results, "rb") as stream:
            assert stream.read() == self.content, "the file has been changed"


def test_a_file_that_is_not_empty_may_be_resumed_where_the_command_can(_):
    with Fleet("--each", "--hosts", "116") as fleet:
        taken = Taken(fleet)
        out = ("-o", taken.results)
        taken.check(fleet.command(taken.list, *out), True)
        taken.check(fleet.command(taken.list, "--format", "csv", *out), False)
        taken.check([MXGRADE, "convert", taken.results, *out], False)
        check = [MXGRADE, "check", *fleet.options(), "d0.fleet.test", *out]
        taken.check(check, True)
        # As it was advised. Both are complete.
        assert message_of(fleet.command(taken.list, *out, "--resume"))[0] == 0
        status, errors = message_of([*check, "--resume"])
        assert "another run" in errors or status == 0, (status, errors)


def test_what_was_written_is_continued_only_where_it_can_be(_):
    with Fleet("--each", "--hosts", "116") as fleet:
        source = fleet.write("list.txt", "".join(f"d{i}.fleet.test\n" for i in range(8)))
        for arguments, can_resume in ((("-o", "/dev/full"), False),
                                      (("-o", fleet.path("cut.jsonl")), True),
                                      (("--format", "csv", "-o", fleet.path("cut.csv")), False)):
            # In blocks of 512 or 1024 bytes, by the shell: less than the results of eight domains.
            command = ["sh", "-c", 'ulimit -f 1; exec "$@"', "sh",
                       *fleet.command(source, *arguments)]
            status, errors = message_of(command)
            assert status == 3 and "incomplete" in errors, (status, errors)
            assert ("--resume" in errors) == can_resume, errors


def main():
    return runner.run(sys.modules[__name__], commands())


if __name__ == "__main__":
    sys.exit(main())
