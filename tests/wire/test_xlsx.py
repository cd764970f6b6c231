#!/usr/bin/env python3
"""Workbooks (.xlsx): what convert makes, read by openpyxl, which is not ours, and by Python's zipfile;
and lists that are workbooks, made by both, scanned as the same list in CSV is.
"""
import csv
import io
import json
import os
import re
import stat
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
import zipfile

import report_data as data
import runner
from fleet import MXGRADE, Fleet

# Debian's, with Debian's packages, whatever Python runs this.
PYTHON = "/usr/bin/python3"
READ_WORKBOOK = """
import json, sys, openpyxl
from openpyxl.utils.escape import unescape

def read(value):
    return unescape(value) if isinstance(value, str) else value

book = openpyxl.load_workbook(sys.argv[1])
sheet = book.active
print(json.dumps({
    "names": book.sheetnames, "frozen": sheet.freeze_panes, "filter": sheet.auto_filter.ref,
    "extent": sheet.dimensions, "bold": [cell.font.b for cell in sheet[1]],
    "formats": sorted({cell.number_format for row in sheet.iter_rows(min_row=2) for cell in row
                       if isinstance(cell.value, str)}),
    "links": [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.hyperlink],
    "types": sorted({cell.data_type for row in sheet.iter_rows() for cell in row}),
    "rows": [[read(cell.value) for cell in row] for row in sheet.iter_rows()]}))
"""
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
HOSTILE = {
    "formula": "=cmd|' /C calc'!A0", "sum": "@SUM(A1)", "minus": "-2+3", "link": "https://a.example/",
    "mail": "mailto:a@a.example", "markup": "<b>&amp;</b>\"'", "escape": "_x0041_ and _x00g1_",
    "control": "a\x01b\x1fc", "ends": "one\r\ntwo\nthree\tfour", "blanks": "  two  ",
    "umlaut": "\u00dcber \u65e5\u672c \U0001f600", "long": "x" * 40000, "none": ""}


def program(*command):
    """(status, stdout, stderr)"""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8", "replace")


WRITE_WORKBOOK = """
import datetime, json, sys, openpyxl
book = openpyxl.Workbook()
book.active.title = "Notes"
book.active.sheet_state = "hidden"
book.active.append(["nothing"])
sheet = book.create_sheet("Suppliers")
sheet.append(["Supplier #", "Website", "Since", "Active", "Score", "E-Mail domain"])
for number, name in enumerate(json.loads(sys.argv[2])):
    sheet.append(["Firma %d; S\u00f6hne, 'GmbH'" % number, "https://www.%s/x" % name,
                  datetime.date(2020, 1, 1 + number), number % 2 == 0, number / 10 + 0.2,
                  "info@" + name])
sheet.append([])
sheet.append(["Last", "www.example.com", datetime.datetime(2020, 1, 2, 3, 4, 5), None, 7,
              "not a domain"])
book.create_sheet("Others").append(["d2.fleet.test"])
book.save(sys.argv[1])
"""
ROOT_RELATIONS = """<r:Relationships xmlns:r="http://schemas.openxmlformats.org/package/2006/relationships">
<r:Relationship Id="a" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument"
 Target="/main/Book.xml"/></r:Relationships>"""
BOOK_RELATIONS = """<Relationships>
<Relationship Id="s1" Type="x/worksheet" Target="sheet.xml"/>
<Relationship Id="t" Type="x/sharedStrings" Target="/texts.xml"/></Relationships>"""
BOOK = """<x:workbook xmlns:x="y" xmlns:q="z"><x:sheets><x:sheet name="One" q:id="s1"/></x:sheets>
</x:workbook>"""
TEXTS = "<sst><si><t>domain</t></si><si><r><t>d0.</t></r><r><t>fleet.test</t></r><rPh><t>x</t></rPh></si></sst>"
ROWS = """<x:worksheet xmlns:x="y"><x:sheetData><x:row r="2"><x:c t="s"><x:v>0</x:v></x:c>
<x:c t="inlineStr"><x:is><x:t>a_x000D_note</x:t></x:is></x:c></x:row>
<x:row r="5"><x:c r="A5" t="s"><x:v>1</x:v></x:c><x:c r="B5"><x:v>1.50</x:v></x:c></x:row>
</x:sheetData></x:worksheet>"""


def hand_made(path, compression=zipfile.ZIP_DEFLATED, **other):
    """A workbook, with other parts in place of its own: rows, texts, book, ..."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in (("_rels/.rels", other.get("root", ROOT_RELATIONS)),
                              ("main/_rels/Book.xml.rels", BOOK_RELATIONS),
                              ("main/book.xml", other.get("book", BOOK)),
                              ("texts.xml", other.get("texts", TEXTS)),
                              ("main/sheet.xml", other.get("rows", ROWS))):
            if content is not None:
                archive.writestr(name, content)
    return path


class World:
    def __init__(self, fleet):
        self.fleet = fleet
        self.folder = fleet.folder
        self.results = self.path("results.jsonl")
        records = list(data.supply_chain(40))
        lines = [record for record in records if record["type"] == "domain"]
        lines[7]["input_fields"] = HOSTILE
        data.write(self.results, records)

    def path(self, name):
        return os.path.join(self.folder, name)

    def convert(self, *arguments):
        return program(MXGRADE, "convert", self.results, *arguments)


def read_workbook(path):
    status, book, errors = program(PYTHON, "-c", READ_WORKBOOK, path)
    if "No module named" in errors:
        raise runner.Skip("openpyxl is not here (Debian's python3-openpyxl)")
    assert status == 0, errors
    return json.loads(book)


def made(world, name):
    path = world.path(name)
    if os.path.exists(path):
        os.unlink(path)
    status, _, errors = world.convert("-o", path)
    assert status == 0, errors
    return path


def as_read(text):
    """What a workbook's reader shows of a text."""
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "\ufffd", text)
    return text[:32767] or None


def test_a_workbook_holds_the_cells_of_the_csv(world):
    book = read_workbook(made(world, "same.xlsx"))
    rows = list(csv.reader(io.StringIO(world.convert()[1], newline=""), strict=True))
    assert len(book["rows"]) == len(rows) == 41
    assert book["rows"][0] == rows[0], book["rows"][0]
    for ours, theirs in zip(book["rows"][1:], rows[1:]):
        for name, cell, text in zip(rows[0], ours, theirs):
            text = text[1:] if text.startswith("'") else text  # the guard is of CSV alone
            text = as_read(text)
            assert (str(cell) if cell is not None else None) == text or \
                name == "input.long" and text.startswith(cell), (name, cell, text)


def test_numbers_are_numbers_and_texts_are_texts_whatever_they_begin_with(world):
    book = read_workbook(made(world, "types.xlsx"))
    header = book["rows"][0]
    row = dict(zip(header, book["rows"][8]))
    assert isinstance(row["line"], int) and isinstance(row["score"], int), row
    for name, text in HOSTILE.items():
        assert row["input." + name] == as_read(text), (name, row["input." + name])
    assert "f" not in book["types"], "a formula"
    assert book["links"] == [] and book["formats"] == ["@"], (book["links"], book["formats"])


def test_the_header_stays_in_sight_and_each_column_has_a_filter(world):
    book = read_workbook(made(world, "view.xlsx"))
    assert book["names"] == ["domains"] and book["frozen"] == "A2", book["names"]
    assert book["filter"] == book["extent"] and book["extent"].endswith("41"), book["extent"]
    assert all(book["bold"])


def test_every_part_is_whole_and_well_formed(world):
    with zipfile.ZipFile(made(world, "parts.xlsx")) as archive:
        assert archive.testzip() is None
        parts = {name: xml.etree.ElementTree.fromstring(archive.read(name))
                 for name in archive.namelist()}
    named = {part.get("PartName") for part in parts["[Content_Types].xml"] if part.get("PartName")}
    assert named == {"/xl/workbook.xml", "/xl/worksheets/sheet1.xml", "/xl/styles.xml"}
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert not list(sheet.iter(SHEET + "f")) and not list(sheet.iter(SHEET + "hyperlink"))


def test_the_same_results_make_the_same_bytes(world):
    with open(made(world, "one.xlsx"), "rb") as one, open(made(world, "two.xlsx"), "rb") as two:
        assert one.read() == two.read()


def test_the_worst_finding_is_told_in_the_words_of_the_policy(world):
    rows = list(csv.DictReader(io.StringIO(world.convert()[1], newline="")))
    by_grade = {row["grade"]: row for row in rows}
    assert by_grade["F"]["worst_finding"] == "no_starttls"
    assert "does not offer STARTTLS" in by_grade["F"]["worst_title"]
    assert by_grade["F"]["worst_remedy"].startswith("Configure a certificate")
    assert by_grade["C"]["worst_finding"] == "self_signed", "of high and medium, the high one"
    assert by_grade["A"]["worst_title"] == "", "what only informs is no worst finding"


def test_what_is_there_is_not_overwritten(world):
    path = world.path("there.xlsx")
    with open(path, "w", encoding="ascii") as stream:
        stream.write("mine")
    status, _, errors = world.convert("-o", path)
    assert status == 3 and "exists and is not empty" in errors, errors
    with open(path, encoding="ascii") as stream:
        assert stream.read() == "mine"


def test_a_pipe_is_refused(world):
    path = world.path("pipe.xlsx")
    os.mkfifo(path)
    status, _, errors = world.convert("-o", path)
    assert status == 3 and "no regular file" in errors, errors
    assert stat.S_ISFIFO(os.stat(path).st_mode)


def test_a_file_that_cannot_be_written_is_told_and_leaves_nothing(world):
    path = world.path("full.xlsx")
    status, _, errors = program("sh", "-c", 'ulimit -f 1; trap "" XFSZ; exec "$@"', "sh", MXGRADE,
                                "convert", world.results, "-o", path)
    assert status == 3 and "cannot write" in errors, errors
    assert not os.path.exists(path) and not os.path.exists(path + ".part")


# ---- Lists


def domains_of(results):
    return {record["line"]: (record["domain"], record["grade"], record["input_fields"])
            for record in results.domains}


def refused(world, path, *more):
    """The one line that is said of a list that cannot be read."""
    out = world.path("refused.jsonl")
    status, _, errors = world.fleet.run("-o", out, path, *more)
    assert status == 2 and not (os.path.exists(out) and os.path.getsize(out)), (status, errors)
    lines = [line for line in errors.splitlines() if path in line]
    assert len(lines) == 1 and len(lines[0]) < 500, errors
    return lines[0]


def test_a_workbook_of_a_spreadsheet_program_is_a_list(world):
    path = world.path("list.xlsx")
    names = ["d0.fleet.test", "d1.fleet.test", "d2.fleet.test"]
    status, _, errors = program(PYTHON, "-c", WRITE_WORKBOOK, path, json.dumps(names))
    if "No module named" in errors:
        raise runner.Skip("openpyxl is not here (Debian's python3-openpyxl)")
    assert status == 0, errors
    results = world.fleet.scan(path)
    assert results.status == 0 and "using column 6, 'E-Mail domain'" in results.errors, results.errors
    assert "1 of 4 rows cannot be used" in results.errors, results.errors
    seen = domains_of(results)
    assert [seen[line][0] for line in (2, 3, 4)] == names and seen[6][0] is None, seen
    assert seen[3][2] == {"Supplier #": "Firma 1; S\u00f6hne, 'GmbH'", "Since": "2020-01-02",
                          "Website": "https://www.d1.fleet.test/x", "Active": "FALSE",
                          "Score": "0.3"}, seen[3]
    assert seen[6][2]["Since"] == "2020-01-02 03:04:05" and seen[6][2]["Score"] == "7", seen[6]
    assert world.fleet.scan(path, "--strict").status == 2
    by_name = world.fleet.scan(path, "--column", "website")
    assert domains_of(by_name)[2][0] == names[0] and domains_of(by_name)[6][0] is not None
    other = world.fleet.scan(path, "--sheet", "others")
    assert domains_of(other)[1][0] == names[2]
    assert "there are: 'Notes', 'Suppliers', 'Others'" in refused(world, path, "--sheet", "none")


def test_a_workbook_reads_as_the_same_list_in_csv(world):
    path = hand_made(world.path("hand.xlsx"))
    source = world.fleet.write("hand.csv", "\ndomain,a note\n\n\nd0.fleet.test,1.5\n")
    assert domains_of(world.fleet.scan(path)) == domains_of(world.fleet.scan(source))


def test_a_table_of_ours_is_a_list_again(world):
    path = made(world, "again.xlsx")
    status, _, errors = world.fleet.run("-o", world.path("again.jsonl"), path, "--shard", "1/20")
    assert status == 0, errors


def test_what_is_no_workbook_is_refused_in_one_line(world):
    whole = hand_made(world.path("whole.xlsx"))
    with open(whole, "rb") as stream:
        content = stream.read()
    for name, cut, words in (("cut.xlsx", content[:-40], "it was cut, or is damaged"),
                             ("head.xlsx", content[:60], "it was cut, or is damaged"),
                             ("old.xls", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600),
                              "old workbook (.xls) or an encrypted one")):
        path = world.path(name)
        with open(path, "wb") as stream:
            stream.write(cut)
        assert words in refused(world, path), name
    path = world.path("letter.docx")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    assert "no workbook of the kind .xlsx" in refused(world, path)
    plain = world.fleet.write("plain.csv", "d0.fleet.test\n")
    assert "--sheet names nothing" in refused(world, plain, "--sheet", "One")


def test_hostile_workbooks_are_refused_in_one_line(world):
    cases = {
        "doctype": (dict(rows='<!DOCTYPE w [<!ENTITY a "b">]><w>&a;</w>'), "document type"),
        "deep": (dict(rows="<w>" * 100), "nested too deep"),
        "names": (dict(rows="<w>" + "".join(f"<n{i}/>" for i in range(5000)) + "</w>"),
                  "too many names"),
        "tag": (dict(rows='<w a="' + "x" * (5 << 20) + '"/>'), "a tag in it is too long"),
        "broken": (dict(rows=ROWS.replace("</x:row>", "", 1)), "no well-formed XML"),
        "order": (dict(rows=ROWS.replace('r="5"', 'r="1"')), "its rows are out of order"),
        "text": (dict(rows=ROWS.replace("<x:v>1</x:v>", "<x:v>9</x:v>")), "a text that is not there"),
        "sheet": (dict(rows=None), "it is not there"),
        "bomb": (dict(book=b"<w>" + bytes(17 << 20)), "larger than any list needs to be"),
    }
    for name, (parts, words) in cases.items():
        path = hand_made(world.path(name + ".xlsx"), **parts)
        line = refused(world, path)
        assert words in line, (name, line)
        os.unlink(path)


def test_a_part_that_unpacks_to_something_else_is_told(world):
    path = hand_made(world.path("sum.xlsx"), zipfile.ZIP_STORED)
    with open(path, "rb") as stream:
        content = stream.read()
    with open(path, "wb") as stream:
        stream.write(content.replace(b"<v>1.50</v>", b"<v>1.51</v>").replace(
            b"<x:v>1.50</x:v>", b"<x:v>1.51</x:v>"))
    status, _, errors = world.fleet.run("-o", world.path("sum.jsonl"), path)
    assert status in (2, 3) and "the archive is damaged" in errors, (status, errors)


def test_a_workbook_in_a_pipe_is_told_to_be_one(world):
    path = hand_made(world.path("piped.xlsx"))
    status, _, errors = program("sh", "-c", 'cat "$1" | "$2" scan - -o "$3"', "sh", path, MXGRADE,
                                world.path("piped.jsonl"))
    assert status == 2 and "not from a pipe" in errors, (status, errors)


def main():
    with Fleet("--hosts", "6", "--mix", "single=1,ok_tls12_13=4") as fleet:
        return runner.run(sys.modules[__name__], World(fleet))


if __name__ == "__main__":
    sys.exit(main())
