#!/usr/bin/env python3
"""Workbooks (.xlsx): what convert makes, read by openpyxl, which is not ours, and by Python's zipfile."""
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
from fleet import MXGRADE

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


class World:
    def __init__(self, folder):
        self.folder = folder
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


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="mxgrade-wire.") as scratch:
        sys.exit(runner.run(sys.modules[__name__], World(scratch)))
