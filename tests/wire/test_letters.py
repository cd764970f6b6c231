#!/usr/bin/env python3
"""Letters of a real scan. The commands that they show are run against the servers that were scanned,
with OpenSSL's s_client and Postfix's posttls-finger, and show what the letter says.
"""
import csv
import html.parser
import json
import os
import re
import shutil
import subprocess
import sys

import report_data as data
import runner
from fleet import MXGRADE, Fleet

SECONDS = 20
BELOW = {"A+": 0, "A": 1, "B": 2, "C": 3, "D": 4, "F": 5}
# By finding: words of what one of its commands prints.
SHOWN = {
    "no_starttls": "(?i)didn't find STARTTLS|STARTTLS",
    "self_signed": "self-signed certificate",
    "tls10": "Protocol *: TLSv1\\b|New, TLSv1.0, Cipher is|New, SSLv3, Cipher is",
}


def program(*command, **more):
    """(status, stdout, stderr)"""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          stdin=subprocess.DEVNULL, timeout=SECONDS, **more)
    return (done.returncode, done.stdout.decode("utf-8", "replace"),
            done.stderr.decode("utf-8", "replace"))


class Page(html.parser.HTMLParser):
    """The tags and the text of a page, and the commands in it."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self.commands, self.in_code = set(), [], [], False
        self.attributes = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [name for name, _ in attrs]
        self.in_code = tag == "code"

    def handle_endtag(self, tag):
        self.in_code = False

    def handle_data(self, data):
        self.text.append(data)
        if self.in_code:
            self.commands.append(data)


class World:
    def __init__(self, fleet):
        self.fleet = fleet
        self.postfix = {**os.environ, "MAIL_CONFIG": fleet.folder}  # posttls-finger wants a main.cf
        fleet.write("main.cf", "compatibility_level = 3.6\ninet_protocols = ipv4\n")
        self.results = fleet.path("results.jsonl")
        table = fleet.expect()
        names = list(table.domains)
        listed = "domain,Supplier\n" + "".join(
            f'{name},"Firma {number} <b>&"\n' for number, name in enumerate(names))
        status, _, errors = fleet.run("-o", self.results, fleet.write("list.csv", listed))
        assert status == 0, errors
        with open(self.results, encoding="utf-8") as stream:
            self.records = [json.loads(line) for line in stream]
        self.domains = [record for record in self.records if record["type"] == "domain"]

    def letters(self, *arguments, results=None):
        """(status, messages, folder)"""
        folder = self.fleet.path("letters")
        shutil.rmtree(folder, ignore_errors=True)
        status, _, errors = program(MXGRADE, "letters", results or self.results, "-o", folder,
                                    *arguments)
        return status, errors, folder


def read(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as stream:
        return stream.read()


def index_of(folder):
    return list(csv.DictReader(read(folder, "letters.csv").splitlines()))


def test_whoever_falls_below_the_bar_gets_a_letter_and_nobody_else(world):
    for bar in ("A+", "A", "B", "C", "D"):
        expected = {record["domain"]: record["grade"] for record in world.domains
                    if record["grade"] in BELOW and BELOW[record["grade"]] > BELOW[bar]}
        status, errors, folder = world.letters("--bar", bar)
        assert status == 0, errors
        assert f"{len(expected)} letters for {len(world.domains)} domains" in errors, errors
        rows = index_of(folder)
        assert {row["domain"]: row["grade"] for row in rows} == expected
        files = {row["file"] for row in rows}
        assert files == {name + ".html" for name in expected}
        assert set(os.listdir(folder)) == files | {name + ".txt" for name in expected} | {
            "letters.csv"}


def test_a_letter_says_what_the_record_says(world):
    _, _, folder = world.letters()
    for row in index_of(folder):
        record = next(r for r in world.domains if r["domain"] == row["domain"])
        text, page = read(folder, row["domain"] + ".txt"), Page(read(folder, row["file"]))
        shown = "".join(page.text)
        for content in (text, shown):
            assert record["input_fields"]["Supplier"] in content, content
            assert f"Grade {record['grade']}" in content, content
        told = [f["code"] for f in record["findings"] if f["severity"] != "info"]
        assert text.count("What it means:") == shown.count("What it means") == len(told), told
        for question in record["open"]:
            assert " - " in text, question
        assert page.tags & {"script", "img", "a", "link", "b", "iframe"} == set(), page.tags
        assert not [name for name in page.attributes if name.startswith("on") or name == "src"]


def test_the_commands_of_a_letter_show_what_it_says(world):
    """Each finding of SHOWN that a domain has is seen by its commands."""
    _, _, folder = world.letters("--bar", "A")
    seen = set()
    for row in index_of(folder):
        record = next(r for r in world.domains if r["domain"] == row["domain"])
        codes = {f["code"] for f in record["findings"]} & set(SHOWN)
        commands = Page(read(folder, row["file"])).commands
        text = read(folder, row["domain"] + ".txt")
        assert commands and all("      " + command in text for command in commands), commands
        outputs = []
        for command in commands:
            if command.startswith(("openssl", "posttls-finger")) and codes - seen:
                if shutil.which(command.split()[0]) is None:
                    raise runner.Skip(command.split()[0] + " is not here")
                outputs.append("".join(program("sh", "-c", command, env=world.postfix)[1:]))
        for code in codes - seen:
            assert any(re.search(SHOWN[code], output) for output in outputs), (code, commands,
                                                                              outputs)
            seen.add(code)
    assert seen == set(SHOWN), seen


def test_posttls_finger_reaches_the_server_that_has_no_starttls(world):
    _, _, folder = world.letters()
    row = next(row for row in index_of(folder) if row["grade"] == "F")
    commands = [command for command in Page(read(folder, row["file"])).commands
                if command.startswith("posttls-finger")]
    assert commands, row
    if shutil.which("posttls-finger") is None:
        raise runner.Skip("posttls-finger is not here")
    output = "".join(program("sh", "-c", commands[0], env=world.postfix)[1:])
    assert "> EHLO" in output and "< 250" in output, output
    assert "STARTTLS" not in output and "TLS connection established" not in output, output


def test_german_letters_are_german(world):
    status, errors, folder = world.letters("--language", "de")
    assert status == 0, errors
    text = read(folder, index_of(folder)[0]["domain"] + ".txt")
    for words in ("Note ", "Was es bedeutet: ", "Was zu tun ist: ", "Quelle: RFC",
                  "Was nicht beobachtet wurde", "So sehen Sie es selbst"):
        assert words in text, (words, text)
    assert "What" not in text, text
    assert world.letters("--language", "fr")[0] == 2


def test_a_template_takes_the_place_of_a_sheet(world):
    template = world.fleet.write("own.txt", "To {{supplier}}\n{{domain}} has {{grade}}.\n")
    status, errors, folder = world.letters("--template", template)
    assert status == 0, errors
    row = index_of(folder)[0]
    lines = read(folder, row["domain"] + ".txt").splitlines()
    assert lines[0].startswith("To Firma") and lines[1] == f"{row['domain']} has {row['grade']}."
    assert "<html" in read(folder, row["file"]), "the page is the usual one"
    page = world.fleet.write("own.html", "<p>{{supplier}}</p>{{findings}}")
    _, _, folder = world.letters("--template", page)
    assert "&lt;b&gt;&amp;</p>" in read(folder, row["file"])
    for content, words in (("a\nb {{nobody}}", "line 2: there is no placeholder {{nobody}}"),
                           ("{{domain", "line 1: \"{{\" is not closed"), ("a\0b", "a NUL byte")):
        status, errors, folder = world.letters("--template",
                                               world.fleet.write("bad.txt", content))
        assert status == 2 and words in errors and not os.path.exists(folder), errors
    assert world.letters("--template", world.fleet.path("none"))[0] == 2


def hostile_results(world):
    name = "evil.example"
    host = data.endpoint_record("$(id).example", 7, "F", "p.example")
    host["address"] = "192.0.2.1;id"
    domain = data.domain_record(name, 2, "F", [host])
    domain["input_fields"] = {"Supplier": "<script>alert(1)</script>\u202eevil\n\x1b[31m\"'"}
    domain["findings"][0]["detail"] = "<img src=x onerror=alert(1)> {{domain}} \x07"
    long = data.domain_record(".".join(["a" * 60] * 4), 3, "F", [])
    odd = data.domain_record("../../etc/passwd", 4, "F", [])
    null = data.domain_record("u.example", 5, "U", [])
    path = world.fleet.path("hostile.jsonl")
    return data.write(path, [data.run_record(), host, domain, long, odd, null,
                             data.summary_record()])


def test_a_letter_holds_no_text_of_strangers_as_markup_command_or_name(world):
    status, errors, folder = world.letters(results=hostile_results(world))
    assert status == 0 and "2 letters for 4 domains" in errors, errors
    page = read(folder, "evil.example.html")
    text = read(folder, "evil.example.txt")
    assert "<script" not in page and "<img" not in page and "&lt;script&gt;" in page
    assert "{{domain}}" in text, "a value is no template"
    for content in (page, text):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", content), content
    assert not [command for command in Page(page).commands if "id" in command], page
    files = sorted(os.listdir(folder))
    assert len(files) == 5 and all(len(name) < 250 for name in files), files
    assert all(re.fullmatch(r"[a-z0-9._-]+", name) for name in files), files


def test_letters_are_replaced_whole_and_other_files_stay(world):
    _, _, folder = world.letters()
    name = index_of(folder)[0]["file"]
    for other, content in ((name, "old"), ("mine", "mine")):
        with open(os.path.join(folder, other), "w", encoding="ascii") as stream:
            stream.write(content)
    status, _, errors = program(MXGRADE, "letters", world.results, "-o", folder)
    assert status == 0, errors
    assert "<html" in read(folder, name) and read(folder, "mine") == "mine"
    assert not [left for left in os.listdir(folder) if left.endswith(".part")]


def test_what_cannot_be_done_is_told(world):
    assert program(MXGRADE, "letters", world.results)[0] == 2
    assert world.letters("--bar", "U")[0] == 2
    status, errors, _ = world.letters(results=world.fleet.write("no.jsonl", "{}\n"))
    assert status == 2 and "no.jsonl" in errors, errors
    folder = world.fleet.path("none/letters")
    status, _, errors = program(MXGRADE, "letters", world.results, "-o", folder)
    assert status == 3 and "cannot make" in errors, errors
    there = world.fleet.write("a-file", "x")
    status, _, errors = program(MXGRADE, "letters", world.results, "-o", there)
    assert status == 3 and "cannot write" in errors, errors


def main():
    mix = "single=1,ok_tls12_13=3,self_signed=2,no_starttls=2,tls10_on=2"
    with Fleet("--hosts", "24", "--mix", mix) as fleet:
        return runner.run(sys.modules[__name__], World(fleet))


if __name__ == "__main__":
    sys.exit(main())
