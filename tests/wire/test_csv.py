#!/usr/bin/env python3
"""CSV of a real scan, read by Python's csv module: as the scan writes it, and as convert makes it."""
import csv
import io
import os
import subprocess
import sys

import runner
from fleet import MXGRADE, Fleet
from lab import Results

BOM = b"\xef\xbb\xbf"
LIST = '''Domain;Supplier;"Risk; class";grade;Supplier
d0.fleet.test
d20.fleet.test;"=cmd|' /C calc'!A0";high;x;again
not a domain;"Two
lines, one ""cell""";low
\u00fcber.test;\u00dcber;-2+3;+1;@x
d1.fleet.test;Null;low;y;
'''
OURS = ["line", "domain", "input", "grade", "score", "opportunistic_tls", "enforced_tls"]
THEIRS = ["input.Supplier", "input.Risk; class", "input.grade", "input.Supplier_2"]


class Scans:
    def __init__(self, fleet):
        self.fleet = fleet
        self.list = fleet.write("suppliers.csv", LIST)
        self.lines = fleet.path("lines.jsonl")
        status, _, errors = fleet.run("-o", self.lines, self.list)
        assert status == 0, errors
        with open(self.lines, "rb") as stream:
            self.results = Results(status, errors, stream.read())

    def convert(self, *arguments):
        """(status, stdout, stderr)"""
        done = subprocess.run([MXGRADE, "convert", *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
        return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")


def table(content):
    """The header, and the rows by line number."""
    text = content.decode("utf-8")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert all(len(row) == len(rows[0]) for row in rows), [len(row) for row in rows]
    return rows[0], {int(row[0]): dict(zip(rows[0], row)) for row in rows[1:]}


def check_table(scans, content):
    header, rows = table(content)
    assert header[:len(OURS)] == OURS and header[-len(THEIRS):] == THEIRS, header
    assert set(rows) == {domain["line"] for domain in scans.results.domains}
    for domain in scans.results.domains:
        row = rows[domain["line"]]
        assert row["domain"] == (domain["domain"] or ""), row
        is_domain = domain["domain"] is not None
        assert row["grade"] == (domain["grade"] if is_domain else ""), row
        assert row["findings"].split() == [f["code"] for f in domain["findings"]], row
        assert row["mx_hosts"].split() == [mx["host"] for mx in domain["mx"]], row
        assert row["partial"] == (str(domain["partial"]).lower() if is_domain else ""), row
    return rows


def check_harmless(content):
    """No cell but a number of ours begins as a formula does."""
    header, rows = table(content)
    for row in rows.values():
        for name in header:
            assert not row[name].startswith(("=", "+", "-", "@", "\t", "\r")), (name, row[name])


def test_convert_gives_a_row_for_each_domain_in_the_order_of_the_list(scans):
    status, content, errors = scans.convert(scans.lines)
    assert status == 0 and "summary" in errors, errors
    rows = check_table(scans, content)
    assert list(rows) == sorted(rows)
    check_harmless(content)
    assert content.endswith(b"\r\n") and content.isascii() is False


def test_suppliers_own_columns_are_carried_through(scans):
    rows = table(scans.convert(scans.lines)[1])[1]
    assert rows[3]["input.Supplier"] == "'=cmd|' /C calc'!A0", rows[3]
    assert rows[3]["input.Supplier_2"] == "again"
    assert rows[4]["input.Supplier"] == 'Two\nlines, one "cell"', rows[4]
    assert rows[4]["domain"] == "" and "invalid_input" in rows[4]["findings"]
    assert rows[6]["input.Supplier"] == "\u00dcber" and rows[6]["domain"] == "xn--ber-goa.test"
    assert [rows[6][name] for name in THEIRS[1:]] == ["'-2+3", "'+1", "'@x"], rows[6]
    assert [rows[2][name] for name in THEIRS] == ["", "", "", ""], "a short row"


def test_a_scan_writes_the_same_rows(scans):
    status, content, errors = scans.fleet.run("--format", "csv", scans.list)
    assert status == 0 and "CSV has no room" in errors, errors
    check_table(scans, content)
    check_harmless(content)
    assert table(content)[0] == table(scans.convert(scans.lines)[1])[0], "the same columns"


def test_the_counts_of_a_scan_do_not_depend_on_the_format(scans):
    status, _, _ = scans.fleet.run("--format", "csv", "--fail-on", "A+", scans.list)
    assert status == 1, "a grade at or below A+ crosses the bar"


def test_a_list_without_columns_has_a_header_all_the_same(scans):
    plain = scans.fleet.write("plain.txt", "d0.fleet.test\n")
    _, content, _ = scans.fleet.run("--format", "csv", plain)
    header, rows = table(content)
    assert header[:3] == OURS[:3] and not any(name.startswith("input.") for name in header)
    assert list(rows) == [1]
    shards = [table(scans.fleet.run("--format", "csv", plain, "--shard", f"{shard}/2")[1])
              for shard in (1, 2)]
    assert {} in [rows for _, rows in shards], "one of them has no row"
    assert all(names == header for names, _ in shards), shards


def test_a_byte_order_mark_is_there_when_asked_for(scans):
    assert scans.convert("--bom", scans.lines)[1].startswith(BOM + b"line,")
    assert not scans.convert(scans.lines)[1].startswith(BOM)
    assert scans.fleet.run("--format", "csv", "--bom", scans.list)[1].startswith(BOM + b"line,")


def test_other_delimiters_and_excels_form_hold_the_same_cells(scans):
    header, rows = table(scans.convert(scans.lines)[1])
    for options, mark, delimiter in ((("--excel",), BOM, ";"), (("--delimiter", "tab"), b"", "\t"),
                                     (("--delimiter", ";"), b"", ";"),
                                     (("--excel", "--delimiter", "comma"), BOM, ",")):
        content = scans.convert(scans.lines, *options)[1]
        assert content.startswith(mark + f"line{delimiter}domain".encode()), (options, content[:30])
        text = content[len(mark):].decode("utf-8")
        cells = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
        assert cells[0] == header and cells[1:] == [list(row.values()) for row in rows.values()]
    status, _, errors = scans.convert(scans.lines, "--delimiter", "x")
    assert status == 2 and "not one of comma, semicolon, tab" in errors, errors


def test_csv_goes_to_a_file_and_a_compressed_one(scans):
    plain = scans.convert(scans.lines)[1]
    out = scans.fleet.path("out.csv")
    assert scans.convert(scans.lines, "-o", out)[0] == 0
    with open(out, "rb") as stream:
        assert stream.read() == plain
    status, _, errors = scans.convert(scans.lines, "-o", out)
    assert status == 3 and "not empty" in errors, "nothing is overwritten"
    assert scans.convert(scans.lines, "-o", out + ".zst")[0] == 0
    unpacked = subprocess.run(["zstd", "-dcq", out + ".zst"], stdout=subprocess.PIPE, check=True)
    assert unpacked.stdout == plain
    subprocess.run(["zstd", "-qf", scans.lines], check=True)
    assert scans.convert(scans.lines + ".zst")[1] == plain


def test_what_csv_cannot_do_is_refused(scans):
    out = scans.fleet.path("resumed.csv")
    status, _, errors = scans.fleet.run("--format", "csv", "--resume", "-o", out, scans.list)
    assert status == 2 and "convert" in errors and not os.path.exists(out), errors
    status, _, errors = scans.fleet.run("--format", "csv", "--hosts", scans.list)
    assert status == 2 and "--hosts" in errors, errors
    assert scans.fleet.run("--format", "xml", scans.list)[0] == 2
    done = subprocess.run([MXGRADE, "check", "--format", "csv", "a.example"],
                          stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2


def test_a_file_that_was_cut_is_converted_and_said_to_be(scans):
    with open(scans.lines, "rb") as stream:
        lines = stream.readlines()
    cut = scans.fleet.write("cut.jsonl", b"".join(lines[:-1]) + lines[-1][:20])
    status, content, errors = scans.convert(cut)
    assert status == 0 and "cut short" in errors, errors
    assert content == scans.convert(scans.lines)[1]


def test_a_full_disk_is_told(scans):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([MXGRADE, "convert", scans.lines], stdout=full,
                              stderr=subprocess.PIPE, check=False)
    assert done.returncode == 3 and b"No space left" in done.stderr, done.stderr


def test_what_is_no_result_file_is_refused(scans):
    status, content, errors = scans.convert(scans.list)
    assert status == 2 and content == b"" and "no run record" in errors, errors
    assert scans.convert()[0] == 2


def main():
    with Fleet("--hosts", "24", "--mix", "single=1,ok_tls12_13=1,tls10_on=1") as fleet:
        return runner.run(sys.modules[__name__], Scans(fleet))


if __name__ == "__main__":
    sys.exit(main())
