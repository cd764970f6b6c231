#!/usr/bin/env python3
"""`mxgrade history`: nights of a fleet that changes, and what an SQLite file remembers of them."""
import contextlib
import json
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

import runner
from ajv import Ajv
from fleet import MXGRADE, Fleet
from test_schema import closed

SECONDS = 60
HOSTS = "12"
# Domains with one host, with two, with shared ones, without mail; letters move, and with each fleet
# of its own every certificate is another one.
SHAPES = "single=3,two_mx=2,provider=2,null_mx=1,"
NIGHTS = {"first": "ok_tls12_13=1,no_starttls=1", "second": "tls10_on=1,self_signed=1,silence=1",
          "third": "ok_tls12_13=3,wrong_name=1", "quiet": None}
ANSWERS = ("grade", "score", "mail", "opportunistic_tls", "enforced_tls")
MANY = 2000


def mxgrade(*arguments, status=0, **more):
    done = subprocess.run([MXGRADE, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=SECONDS, check=False, **more)
    assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
    return done


class Nights:
    """Scans of one list whose servers change from night to night, each with --history; on the quiet
    one nothing does. The second night lacks the last domain, the third the first one, and has a line
    that is no domain and one that stands there twice."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.file = fleet.path("history.sqlite")
        names = fleet.ask("list").split()
        self.lists = {"first": names, "second": names[:-1],
                      "third": [*names[1:], "not a domain", names[3]], "quiet": names[1:]}
        self.list = fleet.path("list.txt")
        for night, mix in NIGHTS.items():
            if mix:
                fleet.change("--hosts", HOSTS, "--mix", SHAPES + mix)
            fleet.write("list.txt", "".join(name + "\n" for name in self.lists[night]))
            status, _, errors = fleet.run("-o", self.path(night), "--history", self.file, self.list)
            assert status == 0 and "added to" in errors, (status, errors)

    def path(self, night):
        return self.fleet.path(night + ".jsonl")

    def packed(self, night):
        subprocess.run(["zstd", "-q", "-f", self.path(night)], check=True)
        return self.path(night) + ".zst"

    def records(self, night):
        with open(self.path(night), encoding="utf-8") as stream:
            return [json.loads(line) for line in stream]

    def started(self, night):
        return self.records(night)[0]["started"]

    def scratch(self, *nights):
        """Another history, of these nights."""
        path = self.fleet.path("scratch.sqlite")
        remove(path)
        for night in nights:
            mxgrade("history", "--history", path, "--add", self.path(night))
        return path

    def many(self, night):
        """A file of that night with many more domains."""
        records = self.records(night)
        domain = next(r for r in records if r["type"] == "domain" and r["mx"])
        path = self.fleet.path("many-" + night + ".jsonl")
        with open(path, "w", encoding="utf-8") as stream:
            for record in (*records[:-1], *(dict(domain, domain=f"d{i}.example", line=100 + i)
                                            for i in range(MANY)), records[-1]):
                stream.write(json.dumps(record) + "\n")
        return path


def remove(path):
    for end in ("", "-wal", "-shm"):
        if os.path.exists(path + end):
            os.unlink(path + end)


def rows(path, query):
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


def is_whole(path):
    """By SQLite's own program."""
    done = subprocess.run(["sqlite3", path, "PRAGMA integrity_check"], capture_output=True,
                          text=True, timeout=SECONDS, check=True)
    return done.stdout == "ok\n"


def told(path, *arguments, **more):
    done = mxgrade("history", "--json", "--history", path, *arguments, **more)
    return [json.loads(line) for line in done.stdout.splitlines()]


# ---- What the record files say ----


def certificates_of(domain, endpoints):
    """{(host, port, sha256)} that the domain's hosts showed."""
    found = set()
    for mx in domain["mx"]:
        for address in mx["endpoints"]:
            record = endpoints[mx["host"], address["address"], address["port"]]
            if record["certificate"]:
                found.add((mx["host"], address["port"], record["certificate"]["sha256"]))
    return found


class Expected:
    """The past of a domain by its records of each night (None: it has none)."""

    def __init__(self, nights, name):
        self.spans = {}
        self.changes = []
        before = None
        for number, night in enumerate(nights):
            domain = night["domains"].get(name)
            now = domain and {**{key: domain[key] for key in ANSWERS},
                              "dane": domain["dane"]["status"],
                              "mta_sts": domain["mta_sts"]["status"]}
            if now != before:
                self.changes.append((night["started"], now))
            before = now
            seen = {("domain",)} if domain else set()
            seen |= {("finding", f["code"], f["severity"]) for f in (domain or {}).get("findings", ())}
            seen |= {("certificate", *key) for key in
                     (certificates_of(domain, night["endpoints"]) if domain else ())}
            for key in seen:
                first, _, runs = self.spans.get(key, (night["started"], None, 0))
                self.spans[key] = (first, night["started"], runs + 1)
            self.now = seen if number == len(nights) - 1 else None


def parsed(records):
    night = {"started": records[0]["started"], "domains": {}, "endpoints": {}}
    for record in records:
        if record["type"] == "domain" and record["domain"]:
            night["domains"].setdefault(record["domain"], record)
        elif record["type"] == "endpoint":
            night["endpoints"][record["host"], record["address"], record["port"]] = record
    return night


def key_of(line):
    if line["type"] == "history":
        return ("domain",)
    if line["type"] == "history_finding":
        return ("finding", line["code"], line["severity"])
    return ("certificate", line["host"], line["port"], line["sha256"])


def compare_past(differ, name, lines, expected):
    seen = {key_of(line): (line["first_seen"], line["last_seen"], line["runs"])
            for line in lines if line["type"] != "history_change"}
    differ.equal(f"{name}: what was seen when", seen, expected.spans)
    current = {key_of(line) for line in lines if line.get("current")}
    differ.equal(f"{name}: what is current", current, expected.now)
    changes = [(line["seen"], {key: line[key] for key in (*ANSWERS, "dane", "mta_sts")}
                if line["listed"] else None) for line in lines if line["type"] == "history_change"]
    differ.equal(f"{name}: its changes", changes, expected.changes)


# ---- Adding ----


def test_a_scan_adds_its_own_run(nights):
    assert rows(nights.file, "SELECT id FROM run ORDER BY at") == [(1,), (2,), (3,), (4,)]
    assert is_whole(nights.file)
    assert rows(nights.file, "PRAGMA journal_mode") == [("wal",)]
    assert not os.path.exists(nights.file + "-wal"), "the file alone is the history"


def test_the_same_run_twice_is_no_second_run(nights):
    before = rows(nights.file, "SELECT * FROM state ORDER BY subject, at")
    done = mxgrade("history", "--history", nights.file, "--add", nights.path("second"))
    assert "was already in" in done.stderr and "run 2" in done.stderr, done.stderr
    done = mxgrade("history", "--history", nights.file, "--add", nights.packed("second"))
    assert "was already in" in done.stderr and "run 2" in done.stderr, done.stderr
    assert rows(nights.file, "SELECT count(*) FROM run") == [(4,)]
    assert rows(nights.file, "SELECT * FROM state ORDER BY subject, at") == before


def test_a_run_that_was_cut_short_is_refused(nights):
    path = nights.scratch("first")
    records = nights.records("second")
    lines = [json.dumps(record) + "\n" for record in records]
    short = json.dumps(dict(records[-1], complete=False, interrupted=True)) + "\n"
    for content, reason in (("".join(lines[:-1]), "ends without a summary"),
                            ("".join(lines)[:-40], "ends without a summary"),
                            ("".join(lines[:-1]) + short, "was cut short")):
        cut = nights.fleet.write("cut.jsonl", content)
        done = mxgrade("history", "--history", path, "--add", cut, status=3)
        assert reason in done.stderr and "--resume" in done.stderr, done.stderr
    assert rows(path, "SELECT count(*) FROM run") == [(1,)]


def test_a_void_run_is_refused(nights):
    path = nights.scratch("first")
    records = nights.records("second")
    void = {"type": "run_void", "reason": "same_certificate", "detail": "one for all",
            "records_kept": 1, "time": "2026-11-30T10:00:00.000Z"}
    # Also where the summary does not say so.
    for summary in (dict(records[-1], complete=False, void_reason="same_certificate"), records[-1]):
        lines = [*records[:3], void, *records[3:-1], summary]
        voided = nights.fleet.write("void.jsonl", "".join(json.dumps(r) + "\n" for r in lines))
        done = mxgrade("history", "--history", path, "--add", voided, status=3)
        assert "is void" in done.stderr, done.stderr
    assert rows(path, "SELECT count(*) FROM run") == [(1,)]


def test_what_is_no_result_file_of_domains_is_bad_input(nights):
    path = nights.scratch("first")
    of_hosts = nights.fleet.path("hosts.jsonl")
    names = nights.fleet.write("hosts.txt", "127.0.0.1\n")
    status, _, errors = nights.fleet.run("--hosts", "-o", of_hosts, names)
    assert status == 0, errors
    for other, reason in ((nights.list, "not a result file"), (of_hosts, "of a list of hosts"),
                          (nights.fleet.path("missing"), "No such file")):
        done = mxgrade("history", "--history", path, "--add", other, status=2)
        assert reason in done.stderr, done.stderr


def test_a_scan_says_early_that_it_cannot_remember(nights):
    folder = nights.fleet.path("no-such-folder/h.sqlite")
    target = nights.fleet.path("unwritten.jsonl")
    for options, reason in ((("-o", target, "--history", folder), "cannot be opened"),
                            (("--history", nights.file), "--output FILE"),
                            (("-o", target, "--history", nights.list), "no SQLite database"),
                            (("-o", "/dev/null", "--history", nights.file), "--output FILE"),
                            (("-o", target, "--hosts", "--history", nights.file), "of domains")):
        status, _, errors = nights.fleet.run(*options, nights.list)
        assert status == 2 and reason in errors, (status, errors)
        assert not os.path.exists(target)
    done = mxgrade("check", "--history", nights.file, "example.com", status=2)
    assert "scan --history" in done.stderr, done.stderr


# ---- Telling ----


def test_the_past_of_each_domain_is_what_the_record_files_say(nights):
    differ = runner.Differences()
    records = [parsed(nights.records(night)) for night in NIGHTS]
    names = sorted(set().union(*(night["domains"] for night in records)))
    moved = 0
    for name in names:
        expected = Expected(records, name)
        compare_past(differ, name, told(nights.file, name), expected)
        moved += len(expected.changes) > 1
    differ.check()
    assert len(names) >= int(HOSTS) // 2 and moved >= len(names) // 2, (len(names), moved)


def test_runs_may_be_added_in_any_order(nights):
    differ = runner.Differences()
    records = [parsed(nights.records(night)) for night in NIGHTS]
    names = set().union(*(night["domains"] for night in records))
    for order in (reversed(NIGHTS), ("third", "first", "quiet", "second")):
        path = nights.scratch(*order)
        for name in names:
            compare_past(differ, name, told(path, name), Expected(records, name))
    differ.check()


def test_the_runs_are_counted_as_their_records_are(nights):
    differ = runner.Differences()
    lines = told(nights.file)
    differ.equal("the runs", [line["run"] for line in lines], [1, 2, 3, 4])
    for line, night in zip(lines, NIGHTS):
        domains = [r for r in nights.records(night) if r["type"] == "domain" and r["domain"]]
        differ.equal(f"{night}: began", line["started"], nights.started(night))
        for field, record in (("domain_grades", "grade"), ("enforced_tls", "enforced_tls"),
                              ("opportunistic_tls", "opportunistic_tls")):
            counted = {key: sum(r[record] == key for r in domains) for key in line[field]}
            differ.equal(f"{night}: {field}", line[field], counted)
        differ.equal(f"{night}: domains", line["domains"], len(domains))
    differ.check()


def test_a_quiet_night_takes_no_room(nights):
    (quiet,) = rows(nights.file, "SELECT max(at) FROM run")[0]
    changed = rows(nights.file, "SELECT subject.kind, subject.name, subject.number FROM state"
                                f" JOIN subject ON subject.id = subject WHERE at = {quiet}")
    # The two lines that the quiet night's list has no more.
    repeated = nights.lists["third"][-1]
    assert sorted(changed) == [("domain", repeated, 1), ("line", "not a domain", 0)], changed


def test_the_view_for_other_tools_says_the_same(nights):
    name = nights.lists["first"][0]
    seen = [(change["seen"][:19] + "Z", *(change[key] for key in
                                          ("grade", "score", "opportunistic_tls", "enforced_tls")))
            for change in told(nights.file, name) if change["type"] == "history_change"]
    assert len(seen) > 2 and seen[-1][1:] == (None,) * 4
    assert rows(nights.file, "SELECT since, grade, score, opportunistic_tls, enforced_tls FROM grade"
                             f" WHERE domain = '{name}'") == seen


def test_text_for_people_says_the_same(nights):
    name = nights.lists["first"][0]
    text = mxgrade("history", "--history", nights.file, name).stdout
    lines = told(nights.file, name)
    assert "not in the list" in text and "in 2 of 4 runs" in text, text
    for line in lines:
        for key in ("seen", "first_seen", "last_seen"):
            assert key not in line or line[key][:19] + "Z" in text, (key, text)
        assert line.get("code", "") in text and line.get("sha256", "")[:16] in text, text
    listed = mxgrade("history", "--history", nights.file).stdout
    assert len(listed.splitlines()) == 5 and nights.started("third")[:19] in listed, listed


def test_each_line_is_as_the_schema_says(nights):
    """By npm's ajv; no line has a member that the schema does not name."""
    schema = closed(json.loads(mxgrade("schema", "--history").stdout))
    lines = told(nights.file)
    for name in nights.lists["first"]:
        lines += told(nights.file, name)
    kinds = ["history_run", "history", "history_change", "history_finding", "history_certificate"]
    assert {line["type"] for line in lines} == set(kinds)
    assert {name for name, shape in schema["$defs"].items() if "properties" in shape} == set(kinds)
    with Ajv() as ajv:
        problems = ajv.problems_of_each(schema, [
            (f"#/$defs/{kind}", [line for line in lines if line["type"] == kind]) for kind in kinds])
        assert not any(problems), problems
        wrong = [dict(lines[0], run="1"), dict(lines[0], more=1), {"type": "history_run"}]
        assert len(ajv.problems(schema, "", wrong)) == len(wrong)


def test_nothing_of_a_record_reaches_a_terminal_as_it_is(nights):
    bad = "\x1b]0;owned\x07\x1b[2J\u202e\u009b"
    records = nights.records("first")
    for record in records:
        if record["type"] == "endpoint" and record["certificate"]:
            record["certificate"]["issuer"] = record["certificate"]["subject"] = bad
        if record["type"] == "domain":
            record["findings"].append({"code": bad, "severity": "low", "detail": bad})
    path = nights.scratch()
    hostile = nights.fleet.write("hostile.jsonl", "".join(json.dumps(r) + "\n" for r in records))
    mxgrade("history", "--history", path, "--add", hostile)
    for name in nights.lists["first"][:4]:
        for options in ((), ("--json",)):
            text = mxgrade("history", "--history", path, *options, name,
                           env=dict(os.environ, LC_ALL="C.UTF-8")).stdout
            assert not re.search("[\x00-\x09\x0b-\x1f\x7f]", text), text
            assert options or not re.search("[\u0080-\u009f\u202e]", text), text


def test_values_are_never_part_of_a_statement(nights):
    names = ["a'); DROP TABLE run; --", "x' OR '1'='1", '"; DELETE FROM state', "%", "a\u0000b"]
    records = nights.records("first")
    domain = next(r for r in records if r["type"] == "domain")
    lines = [*records[:-1], *(dict(domain, domain=name, line=50 + number)
                              for number, name in enumerate(names)), records[-1]]
    path = nights.scratch()
    odd = nights.fleet.write("odd.jsonl", "".join(json.dumps(r) + "\n" for r in lines))
    mxgrade("history", "--history", path, "--add", odd)
    assert is_whole(path) and rows(path, "SELECT count(*) FROM run") == [(1,)]
    kept = {name for (name,) in rows(path, "SELECT name FROM subject WHERE kind = 'domain'")}
    assert kept >= set(names[:4]), kept
    mxgrade("history", "--history", path, names[0], status=2)


def test_a_domain_that_no_run_had_is_said(nights):
    done = mxgrade("history", "--history", nights.file, "nobody.example", status=1)
    assert "has no run with nobody.example" in done.stderr, done.stderr
    # Of several the others are told, and names are taken as people write them.
    done = mxgrade("history", "--json", "--history", nights.file, "nobody.example",
                   nights.lists["first"][0].upper() + ".", status=1)
    assert json.loads(done.stdout.splitlines()[0])["domain"] == nights.lists["first"][0]


# ---- Comparing ----


def diff(*arguments, status=0):
    return mxgrade("diff", "--format", "jsonl", *arguments, status=status)


def test_a_diff_of_two_runs_has_the_lines_of_a_diff_of_the_files(nights):
    names = list(NIGHTS)
    for old in range(len(names)):
        for new in range(len(names)):
            of_files = diff(nights.path(names[old]), nights.path(names[new]))
            of_runs = diff("--history", nights.file, str(old + 1), str(new + 1))
            assert of_runs.stdout == of_files.stdout, (names[old], names[new])
            assert len(of_files.stdout.splitlines()) > (2 if old != new else 1)
    by_time = diff("--history", nights.file, nights.started("first"),
                   nights.started("second")[:19] + "Z")
    assert by_time.stdout == diff(nights.path("first"), nights.path("second")).stdout
    # Of a day the last run counts.
    by_day = diff("--history", nights.file, "1", nights.started("quiet")[:10])
    assert by_day.stdout == diff(nights.path("first"), nights.path("quiet")).stdout


def test_a_run_that_the_history_does_not_have_is_said(nights):
    for name in ("99", "0", "2001-01-01", "2026", "soon", ""):
        done = diff("--history", nights.file, "1", name, status=2)
        assert f'no run "{name}"' in done.stderr, done.stderr


# ---- Trouble ----


def test_a_kill_in_the_middle_loses_that_run_alone(nights):
    path, many = nights.scratch("first"), nights.many("second")
    before = told(path, nights.lists["first"][0])
    began = time.monotonic()
    mxgrade("history", "--history", path, "--add", many)
    whole = time.monotonic() - began
    added = rows(path, "SELECT count(*) FROM subject")
    path, killed = nights.scratch("first"), 0
    for _ in range(40):
        if killed == 4:
            break
        began = time.monotonic()
        child = subprocess.Popen([MXGRADE, "history", "--history", path, "--add", many],
                                 stderr=subprocess.DEVNULL)
        try:
            child.wait(random.uniform(0, whole))
            whole = min(whole, time.monotonic() - began)  # the machine is faster than it was
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
        killed += child.wait() == -signal.SIGKILL
        assert is_whole(path)
        if rows(path, "SELECT count(*) FROM run") == [(1,)]:
            assert told(path, nights.lists["first"][0]) == before
        else:
            path = nights.scratch("first")
    assert killed == 4, killed
    mxgrade("history", "--history", path, "--add", many)
    assert rows(path, "SELECT count(*) FROM subject") == added and is_whole(path)


def test_several_that_write_at_once_wait_for_each_other(nights):
    path = nights.scratch()
    children = [subprocess.Popen([MXGRADE, "history", "--history", path, "--add", nights.path(night)],
                                 stderr=subprocess.PIPE, text=True) for night in [*NIGHTS, "first"]]
    for child in children:
        errors = child.communicate(timeout=SECONDS)[1]
        assert child.returncode == 0, errors
    assert is_whole(path) and rows(path, "SELECT count(*) FROM run") == [(4,)]
    for name in nights.lists["first"]:
        lines, others = told(path, name), told(nights.file, name)
        for line in (*lines, *others):
            for number in ("run", "first_run", "last_run"):
                line.pop(number, None)
        assert lines == others, name


def test_a_reader_is_not_kept_waiting(nights):
    path = nights.scratch("first")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM run")
        assert len(told(path)) == 1
        writer.execute("ROLLBACK")


def test_a_newer_history_and_another_database_are_refused(nights):
    for change, reason in (("PRAGMA user_version = 2", "newer mxgrade"),
                           ("PRAGMA application_id = 7", "no history of mxgrade")):
        path = nights.scratch("first")
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute(change)
        content = rows(path, "SELECT * FROM state")
        for arguments, status in ((("history",), 2), (("history", nights.lists["first"][0]), 2),
                                  (("history", "--add", nights.path("second")), 3),
                                  (("diff", "1", "1"), 2)):
            done = mxgrade(*arguments, "--history", path, status=status)
            assert reason in done.stderr, done.stderr
        assert rows(path, "SELECT * FROM state") == content
    for arguments in (("history",), ("diff", "1", "2")):
        done = mxgrade(*arguments, "--history", nights.fleet.path("missing"), status=2)
        assert "cannot be opened" in done.stderr, done.stderr
        assert not os.path.exists(nights.fleet.path("missing"))


def test_a_damaged_history_is_told_and_never_believed(nights):
    """Whatever byte is another one: an answer or a refusal, and no crash."""
    with open(nights.scratch("first", "second"), "rb") as stream:
        content = bytearray(stream.read())
    path = nights.fleet.path("scratch.sqlite")
    for _ in range(8):
        spoilt = bytearray(content)
        for _ in range(20):
            spoilt[random.randrange(100, len(spoilt))] = random.randrange(256)
        remove(path)
        with open(path, "wb") as stream:
            stream.write(spoilt)
        for arguments in (("history",), ("history", nights.lists["first"][1]), ("diff", "1", "2"),
                          ("history", "--add", nights.path("third"))):
            done = subprocess.run([MXGRADE, *arguments, "--history", path], capture_output=True,
                                  timeout=SECONDS, check=False)
            assert done.returncode in (0, 1, 2, 3), (arguments, done.returncode, done.stderr)


def test_a_full_disk_leaves_the_history_as_it_was(nights):
    path, many = nights.scratch("first"), nights.many("second")
    before = rows(path, "SELECT * FROM state ORDER BY subject, at")
    size = os.path.getsize(path)
    done = mxgrade("history", "--history", path, "--add", many, status=3,
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                                         (size + 65536, size + 65536)))
    assert "cannot be" in done.stderr or "disk is full" in done.stderr, done.stderr
    assert is_whole(path) and rows(path, "SELECT * FROM state ORDER BY subject, at") == before
    mxgrade("history", "--history", path, "--add", many)


def test_a_folder_that_cannot_be_written_is_said_and_can_be_read(nights):
    with tempfile.TemporaryDirectory(prefix="mxgrade-history.") as folder:
        path = os.path.join(folder, "what? #1 100%.sqlite")
        shutil.copy(nights.file, path)
        shutil.copy(nights.path("second"), folder)
        os.chmod(path, 0o444)
        os.chmod(folder, 0o555)
        # Root may write anywhere.
        drop = {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}
        done = mxgrade("history", "--history", path, "--add", os.path.join(folder, "second.jsonl"),
                       status=3, **drop)
        assert "cannot be" in done.stderr and "folder" in done.stderr, done.stderr
        assert len(told(path, **drop)) == 4
        assert len(told(path, nights.lists["first"][0], **drop)) > 3
        os.chmod(folder, 0o755)


def test_a_page_compares_with_a_run_of_the_history(nights):
    pages = {}
    for name, since in (("file", nights.path("second")), ("last", "last"), ("number", "2"),
                        ("first", "1")):
        page = nights.fleet.path(name + ".html")
        mxgrade("report", nights.path("third"), "--history", nights.file, "--since", since, "-o", page)
        with open(page, "rb") as stream:
            pages[name] = stream.read()
    assert pages["last"] == pages["number"] == pages["file"], "the second night is the last before it"
    assert pages["first"] != pages["last"]
    page = nights.fleet.path("none.html")
    done = mxgrade("report", nights.path("first"), "--history", nights.file, "--since", "last", "-o",
                   page, status=2)
    assert "has no run before that of" in done.stderr and not os.path.exists(page), done.stderr
    done = mxgrade("report", nights.path("first"), "--since", "last", "-o", page, status=2)
    assert "--since last needs --history FILE" in done.stderr, done.stderr


def main():
    with Fleet("--hosts", HOSTS, "--mix", SHAPES + NIGHTS["first"]) as fleet:
        return runner.run(sys.modules[__name__], Nights(fleet))


if __name__ == "__main__":
    sys.exit(main())
