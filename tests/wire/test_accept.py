#!/usr/bin/env python3
"""--accept: findings that somebody lives with stay in the records, marked, and so does the letter;
they are out of --fail-on and of what is told. What a line is about (a host, a domain, everybody), its
last day, the files that are joined, continued and judged again, and what is told of lines that have
ended or that nothing was found for."""
import csv
import datetime
import io
import json
import os
import shutil
import subprocess
import sys

import runner
from browser import Browser
from fleet import MXGRADE, Fleet, check_form, read_results
from test_nightly import Nights
from test_report import search

HOSTS = "24"
MIX = ("single=6,provider=4,two_mx=4,ok_tls12_13=3,tls10_on=2,self_signed=2,no_starttls=2,"
       "expired=2")
ORDER = ["A+", "A", "B", "C", "D", "F"]
TODAY = datetime.datetime.now(datetime.timezone.utc).date()
NOW = f"{TODAY}T12:00:00Z"
LATER = str(TODAY + datetime.timedelta(days=90))
YESTERDAY = str(TODAY - datetime.timedelta(days=1))


def codes(record):
    return {finding["code"] for finding in record["findings"]}


def marked(record):
    return {finding["code"] for finding in record["findings"] if "accepted" in finding}


class World:
    def __init__(self, fleet):
        self.fleet = fleet
        self.list = fleet.list()
        self.plain = fleet.path("plain.jsonl")
        status, _, errors = fleet.run(self.list, "-o", self.plain, "--now", NOW)
        assert status == 0, errors
        self.results = read_results(self.plain)
        self.domains = {record["domain"]: record for record in self.results.domains}
        self.cases = self.choose()

    def choose(self):
        """The domain of each kind that this is about, with its host."""
        singles = [d for d in self.domains.values() if len(d["mx"]) == 1]
        doubles = [d for d in self.domains.values() if len(d["mx"]) == 2]
        cases = {
            "expired": next(d for d in singles if "expired" in codes(d)),
            "old": next(d for d in singles if "tls10" in codes(d)),
            "plain": [d for d in singles if "no_starttls" in codes(d)],
            "sometimes": next(d for d in doubles if "starttls_on_some" in codes(d)),
            "shared": [d for d in self.domains.values() if len(d["mx"]) == 4],
        }
        assert len(cases["plain"]) >= 2, cases["plain"]
        return cases

    def accept(self, *lines, name="accept.csv"):
        return self.fleet.write(name, "subject,finding,until,reason,by\n" + "".join(
            f'{line},"as agreed, ticket 4711",the CISO\n' for line in lines))

    def judge(self, *lines, source=None):
        """(results, messages) of the plain scan judged with these lines."""
        out = self.fleet.path("judged.jsonl")
        subprocess.run(["rm", "-f", out], check=True)
        done = subprocess.run([MXGRADE, "judge", source or self.plain, "--accept",
                               self.accept(*lines, name="judge.csv"), "-o", out],
                              stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return read_results(out), done.stderr

    def scan(self, name, *arguments, accept=None, status=0):
        """(results, messages)"""
        path = self.fleet.path(name)
        found, _, errors = self.fleet.run(self.list, "-o", path, "--now", NOW, *(
            ("--accept", accept) if accept else ()), *arguments)
        assert found == status, (found, errors)
        results = read_results(path)
        check_form(results)
        return results, errors


def domain_of(results, domain):
    return next(record for record in results.domains if record["domain"] == domain)


def check_same_but_for_acceptance(differ, records, others):
    """All that the one says the other says too, but for what is accepted."""
    for record, other in zip(records, others, strict=True):
        differ.equal(f'{record["domain"]}: its letter', (record["grade"], record["score"]),
                     (other["grade"], other["score"]))
        differ.equal(f'{record["domain"]}: its findings', codes(record), codes(other))


def test_a_host_a_domain_and_everybody(world):
    expired, old, plain = world.cases["expired"], world.cases["old"], world.cases["plain"][0]
    sometimes = world.cases["sometimes"]
    accept = world.accept(
        f'{expired["mx"][0]["host"]},expired,{LATER}', f'{plain["domain"]},no_starttls,{LATER}',
        f"*,tls10,{LATER}", f"*,tls11,{TODAY}", f'{sometimes["domain"]},starttls_on_some,{LATER}',
        f'{sometimes["domain"]},no_starttls,{LATER}')
    results, errors = world.scan("some.jsonl", accept=accept)
    differ = runner.Differences()
    check_same_but_for_acceptance(differ, sorted_by_domain(results), sorted_by_domain(world.results))
    differ.check()
    seen = {record["domain"]: record for record in results.domains}
    hosts = {record["host"]: record for record in results.endpoints}
    mark = {"until": LATER, "reason": "as agreed, ticket 4711", "by": "the CISO"}

    # Of a host: its own record says it, and that of the domain that uses it.
    record, host = seen[expired["domain"]], hosts[expired["mx"][0]["host"]]
    for one in (record, host):
        assert (one["grade"], one["accepted_grade"]) == \
            ("C", {"grade": "A", "until": LATER}), one["accepted_grade"]
        assert marked(one) == {"expired"}, marked(one)
        assert next(f for f in one["findings"] if f["code"] == "expired")["accepted"] == mark
    # Of a domain: the host's record says nothing of it.
    record, host = seen[plain["domain"]], hosts[plain["mx"][0]["host"]]
    assert (record["grade"], record["accepted_grade"]["grade"]) == ("F", "A"), record
    assert host["grade"] == "F" and "accepted_grade" not in host and not marked(host), host
    other = seen[world.cases["plain"][1]["domain"]]
    assert other["grade"] == "F" and "accepted_grade" not in other and not marked(other), other
    # Of everybody, and until the first of the two ends.
    record, host = seen[old["domain"]], hosts[old["mx"][0]["host"]]
    for one in (record, host):
        assert one["accepted_grade"] == {"grade": "A", "until": str(TODAY)}, one
        assert marked(one) == {"tls10", "tls11"}, marked(one)
    # That TLS is there sometimes, and that a host has none.
    record = seen[sometimes["domain"]]
    left = codes(record) - marked(record)
    assert record["grade"] == "D" and marked(record) >= {"starttls_on_some", "no_starttls"}, record
    assert record["accepted_grade"]["grade"] == ("C" if left & {"self_signed", "expired"} else "A")
    # Nobody else has it, and the summary counts what the records say.
    counts = {letter: 0 for letter in world.results.summaries[0]["domain_grades"]}
    for record in results.domains:
        counts[record.get("accepted_grade", record)["grade"]] += 1
    accepted = results.summaries[0]["accepted"]
    assert accepted["domain_grades"] == counts, (accepted, counts)
    assert accepted["domains"] == sum(bool(marked(r)) for r in results.domains), accepted
    assert accepted["endpoints"] == sum(bool(marked(r)) for r in results.endpoints), accepted
    assert (accepted["acceptances"], accepted["expired"], accepted["unused"]) == (6, 0, 0), accepted
    assert "of its lines" not in errors, errors
    assert results.runs[0]["options"]["accept"] == accept, results.runs[0]["options"]


def sorted_by_domain(results):
    return sorted(results.domains, key=lambda record: record["line"])


def test_a_host_that_many_share(world):
    shared = [d for d in world.cases["shared"] if d["mx"][0]["host"].startswith("mx1.p0")]
    host = shared[0]["mx"][0]["host"]
    users = {d["domain"] for d in shared if any(mx["host"] == host for mx in d["mx"])}
    results, _ = world.judge(f"{host},no_dane,{LATER}", f"{host},no_sct,{LATER}")
    seen = {r["domain"] for r in results.domains if "no_sct" in marked(r)}
    assert not seen, "three other hosts of the domain have it too"
    lines = [f'{mx["host"]},no_sct,{LATER}' for mx in shared[0]["mx"]]
    results, _ = world.judge(*lines)
    seen = {r["domain"] for r in results.domains if "no_sct" in marked(r)}
    assert seen == users and len(users) > 1, (seen, users)


def test_the_bar_is_crossed_by_what_is_not_accepted(world):
    names = [record["domain"] for record in world.domains.values() if record["grade"] == "F"]
    for lines, status in (((), 1), (names[:-1], 1), (names, 0)):
        accept = world.accept(*(f"{name},no_starttls,{LATER}" for name in lines))
        results, _ = world.scan("bar.jsonl", "--fail-on", "F", accept=accept, status=status)
        assert results.summaries[0]["domain_grades"]["F"] == len(names)
        subprocess.run(["rm", world.fleet.path("bar.jsonl")], check=True)


def test_the_last_day_is_a_day_in_utc(world):
    domain = world.cases["plain"][0]["domain"]
    line = f"{domain},no_starttls,{TODAY}"
    for now, holds in ((f"{TODAY}T23:59:59Z", True),
                       (f"{TODAY + datetime.timedelta(days=1)}T00:00:00Z", False)):
        path = world.fleet.path("day.jsonl")
        subprocess.run(["rm", "-f", path], check=True)
        status, _, errors = world.fleet.run(
            "-", "-o", path, "--now", now, "--accept", world.accept(line), text_in=f"{domain}\n".encode())
        assert status == 0, errors
        results = read_results(path)
        accepted = results.summaries[0]["accepted"]
        assert ("accepted_grade" in results.domains[0]) == holds, (now, results.domains[0])
        assert accepted["expired"] == (not holds) and accepted["unused"] == 0, accepted
        assert accepted["expired_lines"] == \
            ([] if holds else [f"line 2: no_starttls of {domain}, until {TODAY}"]), accepted
        assert ("have ended" in errors and f"line 2: no_starttls of {domain}" in errors) != holds
        # Judged again it is the time of the scan that counts.
        again, _ = world.judge(line, source=path)
        assert again.domains[0].get("accepted_grade") == results.domains[0].get("accepted_grade")


def test_what_nothing_was_found_for_is_told(world):
    domain = world.cases["expired"]["domain"]
    host = world.cases["expired"]["mx"][0]["host"]
    lines = (f"{host},expired,{LATER}", f"{domain},self_signed,{LATER}", f"*,ssl2,{LATER}",
             f"nobody.example,expired,{LATER}", f"*,expired,{YESTERDAY}")
    results, errors = world.judge(*lines)
    accepted = results.summaries[0]["accepted"]
    assert accepted["unused_lines"] == [
        f"line 3: self_signed of {domain}, until {LATER}", f"line 4: ssl2 of *, until {LATER}",
        f"line 5: expired of nobody.example, until {LATER}"], accepted
    assert accepted["expired_lines"] == [f"line 6: expired of *, until {YESTERDAY}"], accepted
    assert "3 of its lines accept what was not found" in errors and "line 5: expired of" in errors, \
        errors
    assert "1 of its lines have ended" in errors, errors


def test_a_file_that_is_judged_again_is_as_one_that_was_scanned(world):
    lines = (f"*,no_starttls,{LATER}", f"*,self_signed,{TODAY}", f"*,starttls_on_some,{LATER}")
    scanned, _ = world.scan("scanned.jsonl", accept=world.accept(*lines))
    judged, _ = world.judge(*lines)
    for one, other in zip(sorted_by_domain(scanned), sorted_by_domain(judged)):
        assert (one["grade"], one.get("accepted_grade"), marked(one)) == \
            (other["grade"], other.get("accepted_grade"), marked(other)), (one, other)
    assert scanned.summaries[0]["accepted"] == judged.summaries[0]["accepted"]
    digest = scanned.runs[0]["options"]["accept-sha256"]
    assert len(digest) == 64 and digest == judged.runs[0]["options"]["accept-sha256"]
    # Without the option nothing is accepted any more.
    out = subprocess.run([MXGRADE, "judge", world.fleet.path("scanned.jsonl")],
                         stdout=subprocess.PIPE, check=True).stdout
    assert b'"accepted":{' not in out and b"accepted_grade" not in out and b'"accept":""' in out


def test_a_run_that_was_cut_goes_on_with_the_same_file(world):
    lines = (f"*,no_starttls,{LATER}", f"*,expired,{LATER}")
    accept = world.accept(*lines, name="resumed.csv")
    whole, _ = world.scan("whole.jsonl", accept=accept)
    content = whole.content
    for part in (0.5, 0.97):
        path = world.fleet.write("cut.jsonl", content[:int(len(content) * part)])
        status, _, errors = world.fleet.run(world.list, "-o", path, "--resume", "--accept", accept)
        assert status == 0 and "of its lines" not in errors, errors
        again = read_results(path)
        check_form(again)
        assert again.summaries[0]["accepted"] == whole.summaries[0]["accepted"]
    path = world.fleet.write("cut.jsonl", content[:len(content) // 2])
    world.accept(f"*,expired,{LATER}", name="resumed.csv")
    status, _, errors = world.fleet.run(world.list, "-o", path, "--resume", "--accept", accept)
    assert status == 2 and "the file of --accept has changed" in errors, errors


def test_what_is_taken_over_is_still_accepted(world):
    expired, plain = world.cases["expired"], world.cases["plain"][0]
    accept = world.accept(f'{expired["mx"][0]["host"]},expired,{TODAY}',
                          f'{plain["domain"]},no_starttls,{LATER}', name="since.csv")
    old, _ = world.scan("old.jsonl", accept=accept)
    tomorrow = f"{TODAY + datetime.timedelta(days=1)}T12:00:00Z"
    for now, scanned in ((NOW, set()), (tomorrow, {expired["domain"]})):
        path = world.fleet.path("since.jsonl")
        subprocess.run(["rm", "-f", path], check=True)
        status, _, errors = world.fleet.run(
            world.list, "-o", path, "--since", world.fleet.path("old.jsonl"), "--only",
            "new,failed", "--fail-on", "F", "--accept", accept, "--now", now)
        results = read_results(path, status)
        check_form(results)
        anew = {r["domain"] for r in results.domains if not r.get("carried_over")}
        others = {r["domain"] for r in results.domains if r["grade"] == "F"} - {plain["domain"]}
        assert status == 1 and anew == scanned | others, (now, anew, scanned, errors)
        record = domain_of(results, expired["domain"])
        assert ("accepted_grade" in record) == (not scanned), record
        accepted = results.summaries[0]["accepted"]
        assert (accepted["unused"], accepted["expired"]) == (0, len(scanned)), accepted
    del old


def test_shards_are_joined_with_what_is_accepted(world):
    accept = world.accept(f"*,no_starttls,{LATER}", f"nobody.example,expired,{LATER}",
                          name="shards.csv")
    shards = []
    for number in (1, 2):
        results, errors = world.scan(f"shard{number}.jsonl", "--shard", f"{number}/2", accept=accept)
        assert results.summaries[0]["accepted"]["unused"] == 0 and "not found" not in errors
        shards.append(world.fleet.path(f"shard{number}.jsonl"))
    whole = world.fleet.path("merged.jsonl")
    subprocess.run([MXGRADE, "merge", *shards, "-o", whole], check=True)
    with open(whole, encoding="utf-8") as stream:
        records = [json.loads(line) for line in stream]
    accepted = records[-1]["accepted"]
    domains = sum(bool(marked(r)) for r in records if r["type"] == "domain")
    assert accepted["domains"] == domains > 0, accepted
    assert accepted["domain_grades"]["F"] == 0 and "acceptances" not in accepted, accepted
    world.accept(f"*,no_starttls,{TODAY}", name="shards.csv")
    world.scan("other.jsonl", "--shard", "2/2", accept=accept)
    done = subprocess.run([MXGRADE, "merge", shards[0], world.fleet.path("other.jsonl"), "-o",
                           world.fleet.path("no.jsonl")], stderr=subprocess.PIPE, text=True,
                          check=False)
    assert done.returncode == 2 and "--accept-sha256" in done.stderr, done.stderr


def diff_of(*arguments, status=0):
    """(the lines, the domains by verdict, messages)"""
    done = subprocess.run([MXGRADE, "diff", "--format", "jsonl", "--fail-on", "regression",
                           *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)
    assert done.returncode == status, (done.returncode, done.stderr)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    verdicts = {}
    for line in lines[1:-1]:
        verdicts.setdefault(line["verdict"], set()).add(line["domain"])
    return lines, verdicts, done.stderr


def test_a_decision_is_no_alarm_and_its_end_is_one(world):
    accept = world.accept(f"*,no_starttls,{TODAY}", f"*,expired,{TODAY}", name="diff.csv")
    results, _ = world.scan("accepted.jsonl", accept=accept)
    path = world.fleet.path("accepted.jsonl")
    having = {r["domain"] for r in results.domains if marked(r)}
    ended = world.fleet.path("ended.jsonl")
    status, _, errors = world.fleet.run(world.list, "-o", ended, "--accept", accept, "--now",
                                        f"{TODAY + datetime.timedelta(days=1)}T12:00:00Z")
    assert status == 0, errors
    # Certificates have a day less; nothing else is another thing.
    lines, verdicts, errors = diff_of(world.plain, path)
    assert verdicts == {"accepted": having}, (verdicts, having)
    assert "the runs had different files of acceptances" in errors and "questions" not in errors
    for line in lines[1:-1]:
        assert {f["code"] for f in line["findings"]["accepted"]} <= {"no_starttls", "expired"}
        assert line.get("accepted_grade", {"direction": "accepted"})["direction"] == "accepted"
    lines, verdicts, _ = diff_of(path, ended, status=1)
    assert verdicts == {"regression": having}, (verdicts, having)
    for line in lines[1:-1]:
        finding = line["findings"]["acceptance_ended"][0]
        assert finding["accepted"] == {"until": str(TODAY), "reason": "as agreed, ticket 4711",
                                       "by": "the CISO"}, finding
    lines, verdicts, _ = diff_of(ended, ended)
    assert verdicts == {}, verdicts
    # The text says the same, and a history keeps what the comparison needs.
    text = subprocess.run([MXGRADE, "diff", "--format", "text", path, ended],
                          stdout=subprocess.PIPE, text=True, check=True).stdout
    assert "acceptance ended: expired (high)" in text and \
        f", accepted until {TODAY} by the CISO" in text, text
    history = world.fleet.path("history.sqlite")
    for file in (world.plain, path, ended):
        subprocess.run([MXGRADE, "history", "--history", history, "--add", file], check=True,
                       stderr=subprocess.DEVNULL)
    for runs, files in ((("1", "2"), (world.plain, path)), (("2", "3"), (path, ended))):
        expected = [line for line in diff_of(*files, status=int(files[1] == ended))[0]]
        seen = diff_of("--history", history, *runs, status=int(files[1] == ended))[0]
        strip = ("line", "input_fields")
        assert [{k: v for k, v in line.items() if k not in strip} for line in seen[1:-1]] == \
            [{k: v for k, v in line.items() if k not in strip} for line in expected[1:-1]]


def test_each_output_shows_both_letters(world):
    expired, plain = world.cases["expired"], world.cases["plain"]
    host, domain = expired["mx"][0]["host"], expired["domain"]
    path = world.fleet.path("shown.jsonl")
    subprocess.run(["rm", "-f", path], check=True)
    accept = world.accept(f"{host},expired,{LATER}", f'{plain[0]["domain"]},no_starttls,{TODAY}',
                          f"nobody.example,expired,{YESTERDAY}", name="shown.csv")
    subprocess.run([MXGRADE, "judge", world.plain, "-o", path, "--accept", accept], check=True,
                   stderr=subprocess.DEVNULL)
    checked = subprocess.run([MXGRADE, "check", domain, *world.fleet.options("--accept", accept)],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=True)
    text = checked.stdout
    assert f"Accepted as A until {LATER}" in text and "of its lines" not in checked.stderr, checked
    assert f"accepted until {LATER} by the CISO: as agreed, ticket 4711\n" in text, text
    table = subprocess.run([MXGRADE, "convert", path], stdout=subprocess.PIPE, check=True).stdout
    rows = {row["domain"]: row for row in csv.DictReader(io.StringIO(table.decode(), newline=""))}
    shown = {name: (row["grade"], row["accepted_grade"], row["accepted_until"],
                    row["accepted_findings"]) for name, row in rows.items()
             if row["accepted_grade"] or row["accepted_findings"]}
    assert shown == {domain: ("C", "A", LATER, "expired"),
                     plain[0]["domain"]: ("F", "A", str(TODAY), "no_starttls")}, shown
    # Whoever is below the bar without what is accepted gets a letter.
    letters = world.fleet.path("letters")
    shutil.rmtree(letters, ignore_errors=True)
    subprocess.run([MXGRADE, "letters", path, "-o", letters], check=True, stderr=subprocess.DEVNULL)
    with open(os.path.join(letters, "letters.csv"), encoding="utf-8", newline="") as stream:
        written = {row["domain"] for row in csv.DictReader(stream)}
    below = {r["domain"] for r in world.results.domains if r["grade"] in ("C", "D", "F")}
    assert written == below - set(shown), (written, below)
    # A sheet asks for what is not accepted, and for nothing else.
    sometimes = world.cases["sometimes"]["domain"]
    sheets = []
    for lines in ((), (f"{sometimes},no_starttls,{LATER}",)):
        world.judge(*lines)
        shutil.rmtree(letters)
        subprocess.run([MXGRADE, "letters", world.fleet.path("judged.jsonl"), "-o", letters],
                       check=True, stderr=subprocess.DEVNULL)
        with open(os.path.join(letters, sometimes + ".txt"), encoding="utf-8") as stream:
            sheets.append("The server does not offer STARTTLS" in stream.read())
    assert sheets == [True, False], sheets


def test_the_page_shows_both_letters(world):
    domain = world.cases["expired"]["domain"]
    html = world.fleet.path("page.html")
    subprocess.run([MXGRADE, "report", world.fleet.path("shown.jsonl"), "-o", html], check=True)
    with Browser() as browser:
        page = browser.open(html)
        search(page, domain)
        page.settle()
        row = page.evaluate("document.querySelector('.spacer .row').textContent")
        assert domain in row and f"as A accepted until {LATER}" in row, row
        page.click(".spacer .row")
        page.settle()
        detail = page.evaluate("document.getElementById('detail').innerText")
        assert f"Accepted as A until {LATER}" in detail, detail
        assert f"Accepted until {LATER} by the CISO: as agreed, ticket 4711" in detail, detail
        assert not page.complaints, page.complaints


def test_a_night_tells_nothing_of_what_is_accepted(world):
    with Fleet("--hosts", "4", "--mix", "single=1,ok_tls12_13=1") as fleet:
        nights = Nights(fleet, "nights")
        accept = fleet.write("accept.csv", f"*,no_starttls,{LATER},why,who\n")
        options = ("--notify-command", nights.notify, "--fail-on", "F")
        nights.good(*options, "--accept", accept)
        fleet.change("--hosts", "4", "--mix", "single=1,no_starttls=1")
        said = nights.good(*options, "--accept", accept)
        assert nights.told() == [] and "0 domains worse, 0 better" in said, said
        results = read_results(nights.path(nights.link("latest")))
        assert {r["grade"] for r in results.domains} == {"F"}, results.domains
        assert {r["accepted_grade"]["grade"] for r in results.domains} == {"A"}, results.domains
        # The decision is taken back: four domains are worse, and told of.
        said = nights.good(*options, status=1)
        told = nights.told()
        assert [(status, line["verdict"]) for status, _, lines in told for line in lines[1:-1]] == \
            [("1", "regression")] * 4, told
        assert "4 domains worse" in said, said
    del world


def test_a_wrong_file_is_refused_with_its_line(world):
    accept = world.accept(f"a.example,expired,{LATER}", "b.example,expired,soon")
    for command in ((MXGRADE, "scan", world.list, "-o", world.fleet.path("no.jsonl")),
                    (MXGRADE, "check", "a.example"), (MXGRADE, "judge", world.plain)):
        done = subprocess.run([*command, "--accept", accept], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 2 and done.stdout == "", done
        assert "accept.csv, line 3: until is the last day" in done.stderr, done.stderr


def test_the_records_are_as_the_schema_has_them(world):
    schema = json.loads(subprocess.run([MXGRADE, "schema"], stdout=subprocess.PIPE,
                                       check=True).stdout)
    definitions = schema["$defs"]
    assert set(definitions["accepted"]["properties"]) == {"until", "reason", "by"}
    assert set(definitions["accepted_grade"]["properties"]) == {"grade", "until"}
    assert definitions["day"]["pattern"] == "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
    del world


def main():
    with Fleet("--own-zones", "--hosts", HOSTS, "--mix", MIX) as fleet:
        return runner.run(sys.modules[__name__], World(fleet))


if __name__ == "__main__":
    sys.exit(main())
