"""What it costs to read a result file again: report, convert and diff, beside other readers of JSON.

A scan of the fleet is written many times over, under other names, until the file has as many domains
as were asked for. In the newer of two files one part in fifty is of another scan, with other
behaviours, so that diff has something to tell. CPU time counts, and of several runs the least: what
else a shared machine does only adds to it.
"""
import os
import re
import shutil
import subprocess

import lab

SCANNED = 1000  # domains of a scan: a file has a multiple of them
SHAPES = ("single=6000,provider=2000,two_mx=700,equal_mx=200,two_addresses=200,four_addresses=50,"
          "null_mx=150,nxdomain=150,implicit=150,")
BEHAVIOURS = ("ok_tls12_only=400,with_intermediate=1500,rsa2048=600,wildcard=200,expired=150,"
              "wrong_name=400,self_signed=300,no_starttls=250,")
OLD, NEW = "ok_tls12_13=4000,tls10_on=700", "ok_tls12_13=3500,tls10_on=1200"
CPU_SECONDS = 2
PEAK_MIB = 64  # of a file of 300 MB
# What a copy of the records has of its own: names, numbers of lines, fingerprints.
OWN = re.compile(rb'(\.fleet\.test|"line":\d+|sha256":"[0-9a-f]{8})')
NODE = """
const text = require("fs").readFileSync(process.argv[1]), grades = {};
for (let at = 0; at < text.length;) {
    const end = text.indexOf(10, at), record = JSON.parse(text.toString("utf8", at, end));
    if (record.type === "domain") grades[record.grade] = (grades[record.grade] ?? 0) + 1;
    at = end + 1;
}
console.log(grades);
"""
DUCKDB = """
const { DuckDBInstance } = require("@duckdb/node-api");
DuckDBInstance.create(":memory:").then((instance) => instance.connect()).then((connection) =>
    connection.runAndReadAll(`SELECT grade, count(*) FROM read_ndjson('${process.argv[1]}',
        columns = {type: 'VARCHAR', grade: 'VARCHAR'}) WHERE type = 'domain' GROUP BY grade`)
).then((result) => console.log(String(result.getRowsJson())));
"""
JQ = 'select(.type == "domain") | .grade'


class Scan:
    """The lines of a scan, and as many copies of its records as are asked for."""

    def __init__(self, folder, behaviours):
        with lab.Fleet(folder, SCANNED, SHAPES + BEHAVIOURS + behaviours) as fleet:
            lab.scan(fleet, fleet.domains(), out="scan")
        with open(os.path.join(folder, "scan.jsonl"), "rb") as stream:
            lines = stream.readlines()
        self.run, self.summary = lines[0], lines[-1]
        self.parts = OWN.split(b"".join(lines[1:-1]))

    def copy(self, number):
        parts = list(self.parts)
        for i in range(1, len(parts), 2):
            if parts[i].startswith(b"."):
                parts[i] = b".fleet%d.test" % number
            elif parts[i].startswith(b'"line'):
                parts[i] = b'"line":%d' % (int(parts[i][7:]) + number * SCANNED)
            else:
                parts[i] = parts[i][:-8] + b"%08x" % (int(parts[i][-8:], 16) ^ number)
        return b"".join(parts)


def write(path, frame, scans):
    """The n-th thousand of domains is of the n-th scan; the run and the summary are those of `frame`,
    so that both files are of one list, asked in one way."""
    with open(path, "wb") as stream:
        stream.write(frame.run)
        for number, scan in enumerate(scans):
            stream.write(scan.copy(number))
        stream.write(frame.summary)
    return path


def has_duckdb():
    found = subprocess.run(["node", "-e", 'require.resolve("@duckdb/node-api")'], check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return found.returncode == 0


def others(path):
    """(name, command) of what else reads such lines and is on this machine."""
    yield "wc: count the lines, reading no JSON", ["wc", "-l", path]
    if shutil.which("jq"):
        yield "jq: the grade of each domain", ["jq", "-r", JQ, path]
    else:
        print("reading: without jq, which is not installed")
    if not shutil.which("node"):
        print("reading: without node and DuckDB, as node is not installed")
        return
    yield "node: JSON.parse of each line", ["node", "-e", NODE, path]
    if has_duckdb():
        yield "DuckDB: count the domains of each grade", ["node", "-e", DUCKDB, path]
    else:
        print("reading: without DuckDB, as NODE_PATH leads to no @duckdb/node-api")


def commands(folder, old, new, packed):
    """(name, command, files that are read)"""
    program = os.path.join(lab.BUILD, "mxgrade")
    page, table, sheets = (os.path.join(folder, name) for name in ("out.html", "out.csv", "sheets"))
    yield "report", [program, "report", new, "-o", page], [new]
    yield "convert", [program, "convert", new, "-o", table], [new]
    yield "convert of a .zst file", [program, "convert", packed, "-o", table], [new]
    yield "diff", [program, "diff", "--format", "jsonl", old, new], [old, new]
    yield "merge", [program, "merge", new, "-o", os.path.join(folder, "out.jsonl")], [new]
    yield "judge", [program, "judge", new, "-o", os.path.join(folder, "out.jsonl")], [new]
    yield "enforce", [program, "enforce", new], [new]
    yield "letters", [program, "letters", new, "-o", sheets], [new]


def measure(command, folder):
    for name in ("out.html", "out.csv", "out.jsonl"):
        if os.path.exists(os.path.join(folder, name)):
            os.unlink(os.path.join(folder, name))
    shutil.rmtree(os.path.join(folder, "sheets"), ignore_errors=True)
    return lab.measure(command)


def reading(folder, num_domains, rounds, bars):
    first, second = Scan(folder, OLD), Scan(folder, NEW)
    num = max(1, num_domains // SCANNED)
    changed = {number for number in range(num) if number % 50 == 0}
    old = write(os.path.join(folder, "old.jsonl"), first, [first] * num)
    new = write(os.path.join(folder, "new.jsonl"), first,
                [second if number in changed else first for number in range(num)])
    packed = new + ".zst"
    subprocess.run(["zstd", "-q", "-f", new, "-o", packed], check=True)
    rows = [*commands(folder, old, new, packed),
            *((name, command, [new]) for name, command in others(new))]
    results = lab.in_turn(rounds, {name: lambda command=command: measure(command, folder)
                                   for name, command, _ in rows})
    shown = []
    for name, _, files in rows:
        megabytes = sum(os.path.getsize(path) for path in files) / 1e6
        cpu = min(figures.cpu for figures in results[name])
        peak = max(figures.peak for figures in results[name]) / 1024
        shown.append((name, megabytes, cpu, megabytes / cpu, peak))
        if name in ("report", "convert", "diff"):
            bars.at_most(f"{name} of {num * SCANNED:,} domains, s of CPU", cpu, CPU_SECONDS)
            bars.at_most(f"{name} of {num * SCANNED:,} domains, MiB", peak, PEAK_MIB)
    lab.table(f"Reading the results of {num * SCANNED:,} domains",
              ["MB", "CPU s", "MB a CPU s", "peak MiB"], shown)
