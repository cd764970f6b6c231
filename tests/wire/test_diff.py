#!/usr/bin/env python3
"""`mxgrade diff` on scans of fleets that changed between two nights."""
import copy
import datetime
import json
import os
import pty
import subprocess
import sys
import tempfile

import runner
from fleet import MXGRADE, Fleet
from processes import free_port

DIFF_SECONDS = 200
HOSTS = "8"
DAY = 86400
# ASan's own memory is not ours: there the big files are smaller, and not measured.
IS_CHECKED_BUILD = "asan" in MXGRADE or "tsan" in MXGRADE
MANY = 10000 if IS_CHECKED_BUILD else 100000
MANY_MIB = 64


def diff(old, new, *options, **more):
    """(status, lines, stderr)"""
    done = subprocess.run([MXGRADE, "diff", *options, old, new], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=DIFF_SECONDS, check=False, **more)
    lines = [] if "text" in options else [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, lines, done.stderr.decode("utf-8", "replace")


def changes(lines):
    assert lines[0]["type"] == "diff" and lines[-1]["type"] == "diff_summary", lines
    assert all(line["type"] == "change" for line in lines[1:-1])
    return {line["domain"]: line for line in lines[1:-1]}


class Nights:
    """Scans by name, each of a fleet of its own at the same addresses and port."""

    def __init__(self, folder):
        self.folder = folder
        self.port = str(free_port())
        for name in ("ok_tls12_13", "tls10_on", "silence", "expired"):
            self.scan(name, "--hosts", HOSTS, "--mix", f"single=1,{name}=1")
        with open(self.path("ok_tls12_13"), encoding="utf-8") as stream:
            records = [json.loads(line) for line in stream]
        self.days_left = next(r["certificate"]["days_left"] for r in records
                              if r["type"] == "endpoint")

    def path(self, name):
        return os.path.join(self.folder, name + ".jsonl")

    def scan(self, name, *world, options=(), again=()):
        """`again`: more scans of the same fleet, as (name, options)."""
        with Fleet(*world, serve=("--port", self.port)) as fleet:
            fleet.port = self.port
            for scan_name, more in ((name, options), *again):
                results = fleet.scan(*more, fleet.list())
                assert results.status == 0, results.errors
                with open(self.path(scan_name), "wb") as stream:
                    stream.write(results.content)

    def diff(self, old, new, *options):
        return diff(self.path(old), self.path(new), *options)

    def write(self, name, lines):
        with open(self.path(name), "w", encoding="utf-8") as stream:
            stream.writelines(lines)
        return self.path(name)

    def lines(self, name):
        with open(self.path(name), encoding="utf-8") as stream:
            return stream.readlines()


def test_a_night_against_itself_has_no_changes(nights):
    status, lines, _ = nights.diff("tls10_on", "tls10_on", "--fail-on", "regression")
    assert status == 0 and changes(lines) == {}, lines
    assert lines[-1]["unchanged"] == int(HOSTS) == lines[-1]["compared"]


def test_old_versions_switched_on_are_a_regression_of_every_domain(nights):
    status, lines, _ = nights.diff("ok_tls12_13", "tls10_on", "--fail-on", "regression")
    found = changes(lines)
    assert status == 1, status
    assert len(found) == int(HOSTS)
    for line in found.values():
        assert line["verdict"] == "regression"
        assert line["grade"] == {"old": "A", "new": "B", "direction": "worse"}, line
        opened = {finding["code"] for finding in line["findings"]["opened"]}
        assert {"tls10", "tls11"} <= opened, opened
        assert line["findings"]["closed"] == []
    assert nights.diff("ok_tls12_13", "tls10_on")[0] == 0, "the bar is only there when asked for"


def test_a_change_carries_the_columns_of_the_newer_list(nights):
    old, new = nights.lines("ok_tls12_13"), [json.loads(line) for line in nights.lines("tls10_on")]
    for record in new:
        if record["type"] == "domain":
            record["input_fields"] = {"supplier id": f"S-{record['line']}"}
    _, lines, _ = diff(nights.write("plain", old),
                       nights.write("named", [json.dumps(record) + "\n" for record in new]))
    found = changes(lines)
    assert len(found) == int(HOSTS), found
    for line in found.values():
        assert line["input_fields"] == {"supplier id": f"S-{line['line']}"}, line
    assert lines[0]["old"]["run"] == json.loads(old[0])["run"] != lines[0]["new"]["run"], lines[0]


def test_and_switched_off_an_improvement(nights):
    status, lines, _ = nights.diff("tls10_on", "ok_tls12_13", "--fail-on", "regression")
    assert status == 0
    assert {line["verdict"] for line in changes(lines).values()} == {"improvement"}
    assert lines[-1]["verdicts"]["improvement"] == int(HOSTS)


def test_servers_that_are_silent_are_not_observed_and_no_regression(nights):
    status, lines, _ = nights.diff("tls10_on", "silence", "--fail-on", "regression")
    found = changes(lines)
    assert status == 0, "what was not seen is no regression"
    assert len(found) == int(HOSTS)
    for line in found.values():
        assert line["verdict"] == "not_observed", line
        assert line["grade"]["direction"] == "not_observed", line
        assert line["findings"]["closed"] == [] == line["findings"]["opened"], line


def test_and_no_improvement_when_they_answer_again(nights):
    _, lines, _ = nights.diff("silence", "expired")
    for line in changes(lines).values():
        assert line["verdict"] == "observed_again", line
        assert line["grade"] == {"old": "U", "new": "C", "direction": "observed_again"}, line
        assert line["findings"]["opened"] == [] == line["findings"]["closed"], line


def test_certificates_that_were_replaced_are_named(nights):
    _, lines, _ = nights.diff("ok_tls12_13", "tls10_on")
    for line in changes(lines).values():
        replaced = [c for c in line["certificates"] if c["change"] == "replaced"]
        assert len(replaced) == 1, line
        assert replaced[0]["old"][0]["sha256"] != replaced[0]["new"][0]["sha256"]
        assert len(replaced[0]["new"][0]["sha256"]) == 64
    assert lines[-1]["certificates_replaced"] == int(HOSTS)


def test_certificates_that_are_about_to_expire_are_told(nights):
    now = datetime.datetime.now().timestamp()
    days = [int(now + (nights.days_left - left) * DAY) for left in (40, 10)]
    nights.scan("early", "--hosts", HOSTS, "--mix", "single=1,ok_tls12_13=1",
                options=("--now", f"@{days[0]}"), again=(("late", ("--now", f"@{days[1]}")),))
    status, lines, _ = nights.diff("early", "late", "--fail-on", "regression")
    assert status == 0
    for line in changes(lines).values():
        assert line["verdict"] == "expiring", line
        (expiring,) = line["certificates"]
        assert expiring["change"] == "expiring" and 9 <= expiring["days_left"] <= 10, line
        assert expiring["since_before"] is False
    assert lines[-1]["certificates_expiring"] == int(HOSTS)
    assert changes(nights.diff("early", "late", "--expiring", "5")[1]) == {}
    _, lines, _ = nights.diff("early", "late", "--expiring", "50")
    assert all(line["certificates"][0]["since_before"] for line in changes(lines).values())


def test_mail_that_moved_to_another_provider_is_told(nights):
    nights.scan("own", "--own-zones", "--hosts", HOSTS, "--mix", "single=1,ok_tls12_13=1")
    nights.scan("provider", "--own-zones", "--hosts", HOSTS, "--mix", "provider=1,ok_tls12_13=1")
    _, lines, _ = nights.diff("own", "provider")
    found = changes(lines)
    assert lines[-1]["moved_provider"] == int(HOSTS) == len(found), lines[-1]
    for name, line in found.items():
        assert line["mx"]["added"] and line["mx"]["removed"], line
        assert line["providers"]["old"] == [name] != line["providers"]["new"], line


def test_lists_that_are_not_the_same_and_repeat_domains(nights):
    lines = nights.lines("tls10_on")
    records = [json.loads(line) for line in lines]
    gone = next(r for r in records if r["type"] == "domain" and r["domain"] == "d3.fleet.test")
    twice = dict(gone, domain="d4.fleet.test", line=900, grade="F")
    fresh = dict(gone, domain="fresh.example", input="fresh.example", line=901)
    without = [line for line, r in zip(lines, records) if r.get("domain") != "d3.fleet.test"]
    nights.write("other_list", [*without[:-1], json.dumps(twice) + "\n", json.dumps(fresh) + "\n",
                                without[-1]])
    _, found, _ = nights.diff("tls10_on", "other_list")
    assert {name: line["verdict"] for name, line in changes(found).items()} == {
        "d3.fleet.test": "vanished", "fresh.example": "new"}, found
    assert found[-1]["repeated"] == 1
    assert all(line["certain"] for line in found[1:-1])


def test_a_file_that_was_cut_is_said_to_be_and_its_whole_lines_compared(nights):
    lines = nights.lines("tls10_on")
    last = max(i for i, line in enumerate(lines) if '"type":"domain"' in line)
    nights.write("cut", [*lines[:last], lines[last][:100]])
    status, found, errors = nights.diff("tls10_on", "cut", "--fail-on", "regression")
    assert status == 0 and "cut" in errors, (status, errors)
    assert found[0]["new"]["ending"] == "cut"
    assert [(line["verdict"], line["certain"]) for line in found[1:-1]] == [("not_observed", False)]


def test_compressed_files_and_pipes_give_the_same_lines(nights):
    old, new = nights.path("ok_tls12_13"), nights.path("tls10_on")
    plain = diff(old, new)[1]
    for path in (old, new):
        subprocess.run(["zstd", "-q", "-f", path], check=True)
    assert diff(old + ".zst", new + ".zst")[1] == plain
    with open(new, "rb") as stream:
        content = stream.read()
    assert diff(old, "/dev/stdin", input=content)[1] == plain


def test_what_is_no_result_file_is_refused(nights):
    other = nights.write("other", ["domain\n", "a.example\n"])
    missing = nights.path("missing")
    for old, new in ((other, nights.path("silence")), (nights.path("silence"), other),
                     (missing, other)):
        status, lines, errors = diff(old, new)
        assert status == 2 and lines == [], (old, new, status)
        assert "Traceback" not in errors and errors.startswith("mxgrade: /"), errors
    assert nights.diff("silence", "silence", "--format", "xml")[0] == 2
    assert nights.diff("silence", "silence", "--expiring", "soon")[0] == 2
    assert nights.diff("silence", "silence", "--fail-on", "F")[0] == 2


def test_a_hostile_name_cannot_command_the_terminal(nights):
    records = [json.loads(line) for line in nights.lines("tls10_on")]
    for record in records:
        if record["type"] == "endpoint":
            record["certificate"]["subject"] = "CN=\x1b]0;owned\x07\u202e"
            record["certificate"]["sha256"] = "f" * 64
    nights.write("hostile", [json.dumps(record) + "\n" for record in records])
    done = subprocess.run([MXGRADE, "diff", "--format", "text", nights.path("tls10_on"),
                           nights.path("hostile")], stdout=subprocess.PIPE, check=True)
    assert b"replaced" in done.stdout
    assert b"\x1b" not in done.stdout and b"\x07" not in done.stdout
    assert "\u202e".encode() not in done.stdout


def on_a_terminal(command, environment):
    """Its output where that is a terminal, and its status."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(command[0], command, environment)
    output = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # Linux says EIO once the other end is closed
            break
        if not piece:
            break
        output += piece
    os.close(terminal)
    return output.decode("utf-8", "replace"), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_on_a_terminal_it_is_text_in_colour(nights):
    command = [MXGRADE, "diff", nights.path("ok_tls12_13"), nights.path("tls10_on")]
    output, status = on_a_terminal(command, {"TERM": "xterm", "PATH": os.environ["PATH"]})
    assert status == 0, output
    assert "d0.fleet.test" in output and "A -> B" in output, output
    assert "\x1b[31mregression\x1b[0m" in output, output
    output, _ = on_a_terminal(command, {"TERM": "xterm", "NO_COLOR": "1",
                                        "PATH": os.environ["PATH"]})
    assert "regression" in output and "\x1b" not in output, output


def test_a_closed_pipe_is_told_by_the_status(nights):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([MXGRADE, "diff", nights.path("silence"), nights.path("tls10_on")],
                              stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 3, done.returncode


def write_many(path, records, change):
    """A run of many domains, each like that of the records, with a host and two addresses."""
    run, summary = records[0], records[-1]
    endpoint = next(r for r in records if r["type"] == "endpoint")
    domain = copy.deepcopy(next(r for r in records if r["type"] == "domain"))
    domain["mx"][0]["endpoints"] *= 2
    host = domain["mx"][0]["host"]
    texts = [json.dumps(r, separators=(",", ":")) for r in (endpoint, domain)]
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(json.dumps(run) + "\n")
        for i in range(MANY):
            name = f"mx{i}.many.example"
            for _ in range(2):
                stream.write(texts[0].replace(host, name) + "\n")
            text = texts[1].replace(host, name).replace(domain["domain"], f"d{i}.example")
            text = text.replace('"line":%d' % domain["line"], f'"line":{i + 1}')
            stream.write((text if i % 10 else change(text)) + "\n")
        stream.write(json.dumps(summary) + "\n")


def test_many_domains_need_little_memory(nights):
    records = [json.loads(line) for line in nights.lines("tls10_on")]
    old, new = nights.path("many_old"), nights.path("many_new")
    write_many(old, records, lambda text: text)
    write_many(new, records, lambda text: text.replace('"grade":"B"', '"grade":"D"'))
    command = [MXGRADE, "diff", old, new]
    with open(nights.path("many_diff"), "wb") as stream:
        child = subprocess.Popen(command, stdout=stream)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    lines = nights.lines("many_diff")
    summary = json.loads(lines[-1])
    mib = usage.ru_maxrss / 1024
    size = os.path.getsize(old) / 1048576
    print(f"         {MANY} domains, two files of {size:.0f} MiB: peak {mib:.0f} MiB, "
          f"{usage.ru_utime + usage.ru_stime:.1f} s of processor time")
    for path in (old, new):
        os.unlink(path)
    assert summary["compared"] == MANY, summary
    assert summary["verdicts"]["regression"] == MANY / 10, summary
    assert IS_CHECKED_BUILD or mib < MANY_MIB, f"{mib:.0f} MiB"


def main():
    with tempfile.TemporaryDirectory(prefix="mxgrade-diff.") as folder:
        return runner.run(sys.modules[__name__], Nights(folder))


if __name__ == "__main__":
    sys.exit(main())
