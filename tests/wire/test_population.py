#!/usr/bin/env python3
"""One population: the summary, the CSV and the page of a scan count the same rows of the list. Each
count is made again here from the records: a domain is a domain record that names one, and a domain
with mail is one whose "mail" is mx or implicit. What the page counts is read in a real browser;
without Chromium those tests are skipped.
"""
import collections
import concurrent.futures
import csv
import io
import re
import subprocess
import sys

import runner
from browser import Browser
from fleet import Fleet, read_results
from processes import run

UNUSABLE = ["not a domain", "nobody@supplier", "", "a..example", "<b>&amp;", "?"]
WITH_MAIL = ("mx", "implicit")
VERDICTS = ("grade", "opportunistic_tls", "enforced_tls", "partial", "mail", "dnssec", "dane",
            "mta_sts", "tls_rpt")
HOSTS = "mx0.fleet.test\nmx2.fleet.test\nno host\n"


class World:
    """The results of a scan of the zoo with unusable rows among its domains, and what is made of
    them."""

    def __init__(self, fleet, other):
        """The scan to CSV is of another fleet with the same hosts. So both scans run at once, and each
        waits a minute for the second refusal of a host that is busy."""
        self.fleet = fleet
        names = fleet.ask("list").splitlines()
        # One row of the list is there twice: each row counts.
        rows = ["domain,supplier", *(f'"{name}",x' for name in [*names, names[0], *UNUSABLE])]
        source = fleet.write("rows.csv", "\n".join(rows) + "\n")
        with concurrent.futures.ThreadPoolExecutor() as pool:
            to_csv = pool.submit(other.run, source, "--depth", "quick", "--format", "csv")
            self.results = self.scan("domains", source)
            self.csv = to_csv.result()
        self.domains = [r for r in self.results.domains if r["domain"] is not None]
        self.with_mail = [r for r in self.domains if r["mail"] in WITH_MAIL]
        self.browser = None

    def scan(self, name, source, *options):
        path = self.fleet.path(name + ".jsonl")
        status, _, errors = self.fleet.run(source, "--depth", "quick", "-o", path, *options)
        assert status == 0, errors
        return read_results(path, status, errors)

    def page(self, name):
        self.browser = self.browser or Browser().__enter__()
        page = self.fleet.path(name + ".html")
        done = run([self.fleet.command()[0], "report", self.fleet.path(name + ".jsonl"), "-o", page])
        assert done.returncode == 0, done.stdout
        return self.browser.open(page)

    def close(self):
        if self.browser:
            self.browser.__exit__()


def counted(records, field):
    return collections.Counter(str(record[field]) for record in records)


def without_zeros(counts):
    return {key: count for key, count in counts.items() if count}


def test_the_list_has_all_kinds_of_rows(world):
    assert len(world.results.domains) > len(world.domains) > len(world.with_mail) > 50
    mail = counted(world.domains, "mail")
    assert set(mail) == {"mx", "implicit", "null_mx", "none", "unknown"}, mail


def test_the_summary_counts_what_the_records_hold(world):
    summary = world.results.summaries[0]
    differ = runner.Differences()
    differ.equal("domains", summary["domains"], len(world.domains))
    differ.equal("invalid lines", summary["invalid_lines"],
                 len(world.results.domains) - len(world.domains))
    for field, key in (("domain_grades", "grade"), ("opportunistic_tls", "opportunistic_tls"),
                       ("enforced_tls", "enforced_tls"), ("mail", "mail")):
        differ.equal(field, without_zeros(summary[field]), counted(world.domains, key))
    differ.check()


def test_a_resumed_scan_counts_the_same(world):
    first = world.results.content.splitlines(keepends=True)
    world.fleet.write("again.jsonl", b"".join(first[:-1]))
    again = world.scan("again", world.fleet.path("rows.csv"), "--resume")
    for field in ("domains", "invalid_lines", "domain_grades", "opportunistic_tls", "mail"):
        assert again.summaries[0][field] == world.results.summaries[0][field], field


def table_of(content):
    return list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))


def check_csv(world, rows):
    """Whatever column is counted, the rows that are no domain are in none of the counts."""
    differ = runner.Differences()
    differ.equal("rows", len(rows), len(world.results.domains))
    differ.equal("domains", sum(row["domain"] != "" for row in rows), len(world.domains))
    for column in ("grade", "opportunistic_tls", "enforced_tls", "mail"):
        seen = collections.Counter(row[column] for row in rows if row[column])
        differ.equal(column, seen, counted(world.domains, column))
    for row in rows:
        if row["domain"] == "":
            differ.equal(f"line {row['line']}", [row[name] for name in VERDICTS],
                         [""] * len(VERDICTS))
            differ.equal(f"line {row['line']} findings", row["findings"], "invalid_input")
    differ.check()


def test_convert_counts_what_the_records_hold(world):
    done = subprocess.run([world.fleet.command()[0], "convert", world.fleet.path("domains.jsonl")],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
    check_csv(world, table_of(done.stdout))


def test_a_scan_to_csv_counts_the_same(world):
    status, content, errors = world.csv
    assert status == 0, errors
    check_csv(world, table_of(content))


def figures(page):
    """By label: (the number, the detail)."""
    return {label: (number, detail) for label, number, detail in page.evaluate(
        "[...document.querySelectorAll('.figure')].map(e => [e.querySelector('.figure-label')"
        ".textContent, e.querySelector('.figure-number').textContent,"
        " e.lastChild.textContent])")}


def bars(page, dimension):
    return without_zeros(dict(page.evaluate(
        f"[...document.querySelectorAll('[data-dimension={dimension}]')]"
        ".map(e => [e.dataset.key, Number(e.querySelector('.num').textContent)])")))


def percent(count, total):
    return f"{min(99, int(100 * count / total + 0.5)) if count < total else 100}%"


def test_the_key_figures_of_the_page_are_of_the_domains_with_mail(world):
    seen, total = figures(world.page("domains")), len(world.with_mail)
    encrypted = sum(r["opportunistic_tls"] == "yes" for r in world.with_mail)
    top = sum(r["grade"] in ("A+", "A") for r in world.with_mail)
    unseen = sum(r["grade"] == "U" and r["mail"] not in ("null_mx", "none") for r in world.domains)
    assert 0 < top < encrypted < total
    differ = runner.Differences()
    differ.equal("encrypt everywhere", seen["encrypt everywhere"],
                 (percent(encrypted, total), f"{encrypted} of {total} domains with mail"))
    differ.equal("A or better", seen["graded A or better"],
                 (percent(top, total), f"{top} of {total} domains with mail"))
    differ.equal("held to it", seen["can be held to it"], ("0%", "0 by DANE or MTA-STS"))
    differ.equal("not observed", seen["not observed"][0], str(unseen))
    differ.check()


def test_the_charts_and_the_table_of_the_page_are_of_the_domains(world):
    page = world.page("domains")
    differ = runner.Differences()
    differ.equal("grades", bars(page, "grade"), counted(world.domains, "grade"))
    answers = collections.Counter("no_mail" if r["mail"] in ("null_mx", "none")
                                  else r["opportunistic_tls"] for r in world.domains)
    differ.equal("encrypted", bars(page, "opportunistic"), answers)
    questions = collections.Counter(name for r in world.domains for name in r["open"])
    assert questions
    differ.equal("not answered", bars(page, "open"), questions)
    differ.equal("rest on a part", figures(page)["rest on a part"][0],
                 str(sum(bool(r["open"]) for r in world.domains)))
    differ.equal("open in the CSV", sum(row["open"] != "" for row in table_of(world.csv[1])),
                 sum(bool(r["open"]) for r in world.domains))
    differ.equal("rows", page.evaluate("document.getElementById('matches').textContent"),
                 f"{len(world.domains)} domains")
    subtitle = page.evaluate("document.getElementById('subtitle').textContent")
    differ.equal("subtitle", re.findall(r"(\d+) domains", subtitle), [str(len(world.domains))])
    differ.check()


def test_the_page_names_the_rows_that_are_no_domains(world):
    page = world.page("domains")
    unusable = [r for r in world.results.domains if r["domain"] is None]
    page.evaluate("document.querySelector('#notices details').open = true")
    text = page.evaluate("document.getElementById('notices').innerText")
    assert f"{len(unusable)} rows of the list are no domains" in text, text
    for record in unusable:
        assert f"line {record['line']}: {record['input']}".strip() in text, (record["input"], text)
    assert page.complaints == [], page.complaints


def test_a_scan_of_hosts_with_a_bad_line_still_shows_its_servers(world):
    results = world.scan("hosts", world.fleet.write("hosts.txt", HOSTS), "--hosts")
    assert len(results.domains) == 1 and results.domains[0]["domain"] is None
    page = world.page("hosts")
    seen = page.evaluate("document.getElementById('matches').textContent")
    assert seen == f"{len(results.endpoints)} servers", seen
    encrypted = figures(page)["encrypt everywhere"][1]
    assert encrypted == f"{len(results.endpoints)} of {len(results.endpoints)} servers", encrypted


def main():
    with Fleet("--each", "--hosts", "116") as fleet, Fleet("--each", "--hosts", "116") as other:
        world = World(fleet, other)
        try:
            return runner.run(sys.modules[__name__], world)
        finally:
            world.close()


if __name__ == "__main__":
    sys.exit(main())
