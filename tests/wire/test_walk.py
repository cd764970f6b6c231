#!/usr/bin/env python3
"""The way of an analyst: a list of suppliers out of a spreadsheet, scanned; the page in a browser, the
tables, the summary and the letters that are made of it; and a decision about some of them. Each number
that a manager is shown is counted again from the records."""
import collections
import csv
import html
import io
import json
import os
import re
import shutil
import subprocess
import sys

import runner
from browser import Browser
from fleet import MXGRADE, Fleet, check_form, read_results
from test_report import body_text, downloaded, matches, search
from test_xlsx import PYTHON, read_workbook

SUPPLIERS = 240
MIX = ("single=60,provider=25,two_mx=8,null_mx=2,nxdomain=2,implicit=2,no_mail=1,mx_nxdomain=1,"
       "ok_tls12_13=40,ok_tls12_only=6,with_intermediate=15,tls10_on=10,expired=3,wrong_name=5,"
       "self_signed=4,untrusted_root=2,no_starttls=5,tls11_max=1,starttls_502=1")
# What people write into a column of domains, and whether it names one.
FORMS = ("{}", "https://www.{}/contact", "info@{}", "mailto:sales@{}", "Sales <sales@{}>", "{}:25",
         " {} ")
NO_DOMAIN = ("", "ask procurement", "n/a")
TITLES = ("Supplier", "Website", "E-Mail domain", "Country")
PLACES = ("M\u00fcnchen", "K\u00f6ln", "Z\u00fcrich", "Malm\u00f6", "Orl\u00e9ans", "C\u00f3rdoba")
LETTERS = ("A+", "A", "B", "C", "D", "F", "U", "N")
BAR = ("C", "D", "F")  # below B
WRITE_WORKBOOK = """
import json, sys, openpyxl
book = openpyxl.Workbook()
book.active.title = "Suppliers"
for row in json.load(sys.stdin):
    book.active.append([cell if cell != "" else None for cell in row])
book.save(sys.argv[1])
"""
BARS = ("[...document.querySelectorAll('.bar-row[data-dimension={}]')]"
        ".map(row => [row.dataset.key, Number(row.children[2].textContent.replace(/\\D/g, ''))])")
PRESSED = ".bar-row[data-dimension={}][data-key='{}']"


def suppliers_of(names):
    """The rows of the list; every twentieth names no domain, and two suppliers share one."""
    rows = []
    for number, name in enumerate([*names, names[0]]):
        place = PLACES[number % len(PLACES)]
        form = FORMS[number % len(FORMS)].format(name)
        if "www." in form:
            form = form.replace("www.", "")
        rows.append((f"Gr\u00f6\u00dfer & S\u00f6hne {number}, {place}", f"https://www.{number}.example/", form,
                     ("DE", "CH", "SE", "FR")[number % 4]))
        if number % 20 == 10:
            rows.append((f"Firma ohne Domain {number}", "", NO_DOMAIN[number // 20 % len(NO_DOMAIN)],
                         "DE"))
    return rows


def program(*command, status=0, text_in=None):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, input=text_in,
                          check=False)
    assert done.returncode == status, (command, done.returncode, done.stderr[-600:])
    return done.stdout, done.stderr.decode("utf-8", "replace")


def whole_cells(rows):
    return [tuple(cell.strip() for cell in row) for row in rows]


class World:
    def __init__(self, fleet):
        self.fleet = fleet
        self.rows = suppliers_of(fleet.ask("list").split())
        stream = io.StringIO(newline="")
        csv.writer(stream, delimiter=";").writerows([TITLES, *self.rows])
        self.csv = fleet.write("suppliers.csv", stream.getvalue().encode("cp1252"))
        self.path = fleet.path("results.jsonl")
        status, _, self.said = fleet.run(self.csv, "-o", self.path)
        assert status == 0, self.said
        self.results = read_results(self.path)
        check_form(self.results)
        self.named = [record for record in self.results.domains if record["domain"]]
        self.page = self.browser = self.no_browser = None
        try:
            self.browser = Browser().__enter__()
        except runner.Skip as why:
            self.no_browser = why

    def close(self):
        if self.browser:
            self.browser.__exit__()

    def by_letter(self, records=None):
        counts = collections.Counter(r["grade"] for r in records or self.named)
        return {letter: counts[letter] for letter in LETTERS}


def fields_of(results):
    return {r["line"]: (r["domain"], r["domain_form"], r["input_fields"]) for r in results.domains}


def test_the_list_is_understood_as_text_and_as_a_workbook(world):
    named = sum(bool(re.search(r"\.test", row[2])) for row in world.rows)
    said = f"using column 3, 'E-Mail domain': {named} of {len(world.rows)} rows name a domain"
    lost = f"{len(world.rows) - named} of {len(world.rows)} rows cannot be used"
    assert said in world.said and lost in world.said, world.said
    assert "is read as" in world.said, "what the text is read as is a guess, and said"
    assert len(world.named) == named and len(world.results.domains) == len(world.rows)
    for record in world.results.domains:
        supplier, website, cell, country = whole_cells(world.rows)[record["line"] - 2]
        assert record["input_fields"] == {"Supplier": supplier, "Website": website,
                                          "Country": country}, record["input_fields"]
        if record["domain"]:
            assert record["domain"] in cell, (record["domain"], cell)
    workbook = world.fleet.path("suppliers.xlsx")
    done = subprocess.run([PYTHON, "-c", WRITE_WORKBOOK, workbook], stderr=subprocess.PIPE,
                          input=json.dumps([TITLES, *whole_cells(world.rows)]), text=True,
                          check=False)
    if "No module named" in done.stderr:
        raise runner.Skip("openpyxl is not here (Debian's python3-openpyxl)")
    path = world.fleet.path("of-workbook.jsonl")
    status, _, errors = world.fleet.run(workbook, "-o", path)
    other = read_results(path)
    assert status == 0 and said in errors and lost in errors, errors
    assert fields_of(other) == fields_of(world.results)
    assert {r["line"]: r["grade"] for r in other.domains} == \
        {r["line"]: r["grade"] for r in world.results.domains}


def test_the_summary_counts_the_records(world):
    summary = world.results.summaries[0]
    assert summary["domain_grades"] == world.by_letter()
    assert summary["domains"] == len(world.named)
    assert summary["invalid_lines"] == len(world.rows) - len(world.named)
    for field, key in (("opportunistic_tls", "opportunistic_tls"),
                       ("enforced_tls", "enforced_tls"), ("mail", "mail")):
        counts = collections.Counter(record[field] for record in world.named)
        assert {k: v for k, v in summary[key].items() if v} == dict(counts), (key, counts)
    letters = [letter for letter, number in world.by_letter().items() if number]
    assert len(letters) >= 6 and {"A", "B", "C", "F"} <= set(letters), "the list tells too little"


def check_table(world, rows):
    """A row for each line of the list, with what its record says."""
    records = {record["line"]: record for record in world.results.domains}
    assert sorted(int(row["line"]) for row in rows) == sorted(records)
    for row in rows:
        record = records[int(row["line"])]
        found = [f["code"] for f in record["findings"]]
        expected = {"domain": record["domain"] or "",
                    "grade": record["grade"] if record["domain"] else "",
                    "findings": " ".join(found),
                    "input.Supplier": record["input_fields"]["Supplier"],
                    "input.Country": record["input_fields"]["Country"]}
        for severity in ("critical", "high", "medium", "low"):
            expected[severity] = sum(f["severity"] == severity for f in record["findings"])
        assert {name: row[name] for name in expected} == \
            {name: type(row[name])(value) for name, value in expected.items()}, record["domain"]
    counts = collections.Counter(row["grade"] for row in rows if row["grade"])
    assert {letter: counts[letter] for letter in LETTERS} == world.by_letter()


def test_the_tables_have_what_the_records_have(world):
    for more, encoding, delimiter in (((), "utf-8", ","), (("--excel",), "utf-8-sig", None)):
        table, _ = program(MXGRADE, "convert", world.path, *more)
        text = table.decode(encoding)
        if delimiter is None:  # Excel is told by the first line
            first, text = text.split("\n", 1) if text.startswith("sep=") else ("", text)
            delimiter = first[4:5] or (";" if ";" in text.split("\n", 1)[0] else ",")
        check_table(world, list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter,
                                               strict=True)))
    workbook = world.fleet.path("results.xlsx")
    program(MXGRADE, "convert", world.path, "-o", workbook)
    titles, *rows = read_workbook(workbook)["rows"]
    check_table(world, [{title: "" if cell is None else cell for title, cell in zip(titles, row)}
                        for row in rows])


def letters_of(world, path):
    """{domain: the text of its sheet}"""
    folder = world.fleet.path("letters")
    shutil.rmtree(folder, ignore_errors=True)
    _, said = program(MXGRADE, "letters", path, "-o", folder)
    with open(os.path.join(folder, "letters.csv"), encoding="utf-8", newline="") as stream:
        index = list(csv.DictReader(stream))
    sheets = {}
    for row in index:
        with open(os.path.join(folder, row["file"]), encoding="utf-8") as stream:
            sheets[row["domain"]] = html.unescape(stream.read())
    assert len(os.listdir(folder)) == 2 * len(index) + 1
    names = {record["domain"] for record in world.named}
    assert f"{len(index)} letters for {len(names)} domains, which fall below B" in said, said
    return sheets


def test_whoever_is_below_the_bar_gets_a_letter_about_what_was_found(world):
    sheets = letters_of(world, world.path)
    below = {r["domain"]: r for r in sorted(world.named, key=lambda r: -r["line"])
             if r["grade"] in BAR}
    assert set(sheets) == set(below)
    titles = {}
    for line in program(MXGRADE, "explain")[0].decode().splitlines():
        words = re.fullmatch(r"  (\w+) +\w+ +\S+ +\d+  (.*)", line)
        if words:
            titles[words[1]] = words[2]
    for domain, record in below.items():
        sheet = sheets[domain]
        assert record["input_fields"]["Supplier"] in sheet, domain
        told = {code for code, title in titles.items() if title in sheet}
        found = {f["code"] for f in record["findings"] if f["severity"] != "info"}
        assert told == found, (domain, told ^ found)


def open_page(world):
    if world.no_browser:
        raise world.no_browser
    if world.page is None:
        path = world.fleet.path("report.html")
        program(MXGRADE, "report", world.path, "-o", path)
        world.page = world.browser.open(path)
    return world.page


def test_the_page_counts_the_same(world):
    page = open_page(world)
    seen = dict(page.evaluate(BARS.format("grade")))
    expected = world.by_letter()
    assert {letter: seen.get(letter, 0) for letter in LETTERS} == expected, (seen, expected)
    with_mail = [r for r in world.named if r["mail"] in ("mx", "implicit")]
    figures = body_text(page, "#figures")
    encrypted = sum(r["opportunistic_tls"] == "yes" for r in with_mail)
    good = sum(r["grade"] in ("A+", "A") for r in with_mail)
    for words in (f"{encrypted} of {len(with_mail)} domains with mail",
                  f"{good} of {len(with_mail)} domains with mail"):
        assert words in figures, (words, figures)
    seen = dict(page.evaluate(BARS.format("finding")))
    for code, number in seen.items():
        assert number == sum(code in [f["code"] for f in r["findings"]] for r in world.named), code
    assert seen, "no chart of findings"
    assert matches(page) == f"{len(world.named)} domains", matches(page)


def test_a_filter_shows_and_saves_those_that_it_names(world):
    page = open_page(world)
    page.click(PRESSED.format("grade", "F"))
    page.settle()
    failed = sorted((r["domain"], r["input_fields"]["Supplier"]) for r in world.named
                    if r["grade"] == "F")
    assert matches(page) == f"{len(failed)} of {len(world.named)} domains", matches(page)
    rows = downloaded(page)
    assert sorted((row["domain"], row["input.Supplier"]) for row in rows) == failed
    assert page.evaluate("location.hash") == "#grade=F"
    page.click(PRESSED.format("grade", "F"))
    page.settle()


def test_a_supplier_is_found_by_its_name_and_explained(world):
    page = open_page(world)
    record = next(r for r in world.named if r["grade"] == "C" and len(r["mx"]) == 1)
    search(page, record["input_fields"]["Supplier"])
    page.settle()
    page.click(".spacer .row")
    page.settle()
    detail = body_text(page, "#detail")
    assert record["domain"] in detail and record["input_fields"]["Supplier"] in detail, detail
    assert f'score {record["score"]}' in detail, detail
    for finding in record["findings"]:
        if finding["severity"] != "info":
            assert finding["code"] in detail, (finding["code"], detail)
    assert record["mx"][0]["host"] in detail
    page.key("Escape")
    search(page, "")
    assert page.complaints == [] and page.requests == [], (page.complaints, page.requests)


def test_a_decision_changes_what_is_asked_of_whom(world):
    """One supplier's lack of TLS is accepted: it stays F, and is asked for nothing."""
    failed = [r for r in world.named if "no_starttls" in [f["code"] for f in r["findings"]]
              and r["grade"] == "F"]
    accept = world.fleet.write("accepted.csv", "subject,finding,until,reason,by\n"
                               f'{failed[0]["domain"]},no_starttls,2999-12-31,'
                               '"a new server comes, ticket 4711",the CISO\n')
    decided = world.fleet.path("decided.jsonl")
    program(MXGRADE, "judge", world.path, "--accept", accept, "-o", decided)
    results = read_results(decided)
    summary = results.summaries[0]
    assert summary["domain_grades"] == world.by_letter()
    left = collections.Counter(r.get("accepted_grade", r)["grade"] for r in results.domains
                               if r["domain"])
    assert summary["accepted"]["domain_grades"] == {k: left[k] for k in LETTERS}, summary["accepted"]
    assert left["F"] == world.by_letter()["F"] - sum(
        r["domain"] == failed[0]["domain"] for r in world.named), left
    before, after = letters_of(world, world.path), letters_of(world, decided)
    assert set(before) - set(after) == {failed[0]["domain"]}
    lines = [json.loads(line) for line in program(
        MXGRADE, "diff", "--format", "jsonl", "--fail-on", "regression", world.path,
        decided)[0].splitlines()]
    assert [(line["domain"], line["verdict"]) for line in lines[1:-1]] == \
        [(failed[0]["domain"], "accepted")]


def main():
    with Fleet("--hosts", str(SUPPLIERS), "--mix", MIX) as fleet:
        world = World(fleet)
        try:
            return runner.run(sys.modules[__name__], world)
        finally:
            world.close()


if __name__ == "__main__":
    sys.exit(main())
