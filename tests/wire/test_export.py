#!/usr/bin/env python3
"""`mxgrade convert --to ecs` and `--to sarif`, held against the schemas of those who made them.

The fields of the Elastic Common Schema and their allowed values are those of npm's @elastic/ecs,
the JSON Schema of SARIF 2.1.0 is that in @microsoft/jest-sarif. The tests that need neither run
without npm, too.
"""
import collections
import copy
import json
import os
import subprocess
import sys

import runner
from fleet import MXGRADE, Fleet
from lab import Results
from npm import Packages
from runner import Skip

MIX = ("single=6,two_mx=2,null_mx=1,nxdomain=1,implicit=1,ok_tls12_13=3,wrong_name=2,expired=1,"
       "tls10_on=1")
HOSTS = "40"
IS_CHECKED_BUILD = "asan" in MXGRADE or "tsan" in MXGRADE
LARGE_MIB = 8 if IS_CHECKED_BUILD else 100
PEAK_MIB = 40
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "none"}

# Run by a small process: the peak of a child begins with that of who started it.
MEASURE = """
import json, os, subprocess, sys
null = open(os.devnull, "wb")
process = subprocess.Popen(sys.argv[1:], stdout=null, stderr=null)
_, status, usage = os.wait4(process.pid, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_maxrss / 1024,
                  usage.ru_utime + usage.ru_stime]))
"""

ECS_PROGRAM = """
const {EcsFlat} = require("@elastic/ecs");
const documents = JSON.parse(require("fs").readFileSync(0, "utf8"));
const IS = {
    keyword: v => typeof v === "string", wildcard: v => typeof v === "string",
    match_only_text: v => typeof v === "string", constant_keyword: v => typeof v === "string",
    ip: v => require("net").isIP(v) !== 0, boolean: v => typeof v === "boolean",
    long: Number.isInteger, float: v => typeof v === "number",
    date: v => typeof v === "string" && !Number.isNaN(Date.parse(v)),
};
const problems = new Set(), used = new Set();
function look(value, path) {
    const field = EcsFlat[path];
    if (path === "labels") {
        Object.entries(value).forEach(([key, v]) => {
            if (key.includes(".") || typeof v !== "string") problems.add("label " + key);
        });
        return;
    }
    if (path === "mxgrade") return;
    if (!field && value && typeof value === "object" && !Array.isArray(value)) {
        Object.entries(value).forEach(([key, v]) => look(v, path ? path + "." + key : key));
        return;
    }
    used.add(path);
    if (!field) { problems.add("no such field: " + path); return; }
    if (Array.isArray(value) && !(field.normalize || []).includes("array")) {
        problems.add("one value, and no array: " + path);
    }
    for (const v of Array.isArray(value) ? value : [value]) {
        const is = IS[field.type];
        if (!is || !is(v)) problems.add(`${path}: ${JSON.stringify(v)} is no ${field.type}`);
        const allowed = (field.allowed_values || []).map(one => one.name);
        if (allowed.length && !allowed.includes(v)) problems.add(`${path} may not be ${v}`);
    }
    if ((field.normalize || []).includes("array") && !Array.isArray(value)) {
        problems.add("an array is expected: " + path);
    }
}
for (const document of documents) {
    look(document, "");
    for (const name of document.event.category) {
        const category = EcsFlat["event.category"].allowed_values.find(one => one.name === name);
        for (const type of document.event.type) {
            if (!category.expected_event_types.includes(type)) {
                problems.add(`type ${type} of category ${name}`);
            }
        }
    }
}
console.log(JSON.stringify({problems: [...problems], used: [...used]}));
"""

SARIF_PROGRAM = """
const path = require("path");
const home = path.dirname(require.resolve("@microsoft/jest-sarif/package.json"));
const Ajv = require(require.resolve("ajv", {paths: [home]}));
const schema = require(path.join(home, "lib/schemas/sarif-2.1.0-rtm.5.json"));
const ajv = new Ajv({schemaId: "auto", validateSchema: false, allErrors: true, verbose: false});
ajv.addMetaSchema(require(require.resolve("ajv/lib/refs/json-schema-draft-04.json", {paths: [home]})));
const validate = ajv.compile(schema);
console.log(JSON.stringify(JSON.parse(require("fs").readFileSync(0, "utf8")).map(log =>
    validate(log) ? [] : validate.errors.slice(0, 10).map(e => e.dataPath + " " + e.message))));
"""


class World:
    def __init__(self, fleet):
        self.fleet = fleet
        names = list(fleet.expect().domains)
        self.list = fleet.write("my suppliers.csv", "domain,supplier id,a.b\n" + "".join(
            f"{name},S-{number},x\n" for number, name in enumerate(names)) + "no domain,S-0,x\n")
        self.path = fleet.path("results.jsonl")
        status, _, errors = fleet.run("-o", self.path, self.list)
        assert status == 0, errors
        with open(self.path, "rb") as stream:
            self.results = Results(status, errors, stream.read())
        # One finding of a domain is accepted, as `--accept` marks it.
        records = copy.deepcopy(self.results.records)
        self.accepted = next(r for r in records if r["type"] == "domain" and r["findings"])
        self.accepted["findings"][0]["accepted"] = {
            "until": "2027-03-31", "reason": "replaced in spring", "by": "IT security"}
        self.accepting = self.write("accepting.jsonl", records)

    def write(self, name, records):
        return self.fleet.write(name, "".join(json.dumps(r) + "\n" for r in records))

    def convert(self, *arguments):
        """(status, stdout, stderr)"""
        done = subprocess.run([MXGRADE, "convert", *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
        return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")

    def events(self, path):
        status, content, errors = self.convert(path, "--to", "ecs")
        assert status == 0, errors
        return [json.loads(line) for line in content.splitlines()]

    def log(self, path):
        status, content, errors = self.convert(path, "--to", "sarif")
        assert status == 0, errors
        return json.loads(content)


def test_an_event_says_what_its_record_says(world):
    wrong = runner.Differences()
    events = world.events(world.path)
    by_kind = collections.defaultdict(list)
    for event in events:
        by_kind[event["event"]["dataset"]].append(event)
    wrong.equal("kinds", set(by_kind), {"mxgrade.domain", "mxgrade.endpoint"})
    for event, record in zip(by_kind["mxgrade.domain"], world.results.domains, strict=True):
        line = record["line"]
        wrong.equal(f"{line}: id", event["event"]["id"], f"{world.results.runs[0]['run']}-{line}")
        wrong.equal(f"{line}: time", event["@timestamp"], record["started"])
        wrong.equal(f"{line}: letter", event["mxgrade"]["grade"], record["grade"])
        wrong.equal(f"{line}: findings", event["mxgrade"]["findings"], record["findings"])
        wrong.equal(f"{line}: tags", event["tags"], [f["code"] for f in record["findings"]])
        wrong.equal(f"{line}: labels", event["labels"],
                    {key.replace(".", "_"): value for key, value in record["input_fields"].items()})
        wrong.equal(f"{line}: risk", event["event"].get("risk_score"),
                    None if record["score"] is None else 100 - record["score"])
        wrong.equal(f"{line}: error", "error" in event, record["domain"] is None)
    for event, record in zip(by_kind["mxgrade.endpoint"], world.results.endpoints, strict=True):
        host = record["host"]
        wrong.equal(f"{host}: server", (event["server"].get("ip"), event["server"]["port"]),
                    (record["address"], record["port"]))
        wrong.equal(f"{host}: letter", event["mxgrade"]["grade"], record["grade"])
        certificate = record["certificate"]
        shown = event["tls"].get("server")
        wrong.equal(f"{host}: certificate", shown and shown["hash"]["sha256"],
                    certificate and certificate["sha256"].upper())
        tls = record["tls"] or {"version": None}
        wrong.equal(f"{host}: version", event["tls"].get("version"),
                    tls["version"] and tls["version"].partition("v")[2])
    ids = [event["event"]["id"] for event in events]
    wrong.equal("ids that are not unique", len(ids) - len(set(ids)), 0)
    wrong.check()


def test_a_result_is_a_finding_of_a_domain(world):
    wrong = runner.Differences()
    log = world.log(world.accepting)
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    results = iter(run["results"])
    for record in world.results.domains:
        for finding in record["findings"] if record["domain"] else []:
            result, what = next(results), f"{record['domain']}, {finding['code']}"
            wrong.equal(f"{what}: rule", result["ruleId"], finding["code"])
            wrong.equal(f"{what}: of that number", rules[result["ruleIndex"]]["id"], finding["code"])
            wrong.equal(f"{what}: level", result["level"], LEVELS[finding["severity"]])
            wrong.equal(f"{what}: kind", result["kind"] == "informational",
                        finding["severity"] == "info")
            place = result["locations"][0]
            wrong.equal(f"{what}: line", place["physicalLocation"]["region"]["startLine"],
                        record["line"])
            wrong.equal(f"{what}: supplier", result["properties"]["input_fields"],
                        record["input_fields"])
            wrong.equal(f"{what}: places", [p["fullyQualifiedName"] for p in place["logicalLocations"]],
                        [record["domain"]] + [
                            f"{p['host']}/{p['address']}/{p['port']}" if p["address"] else p["host"]
                            for p in finding.get("places", [])])
            is_accepted = (record["line"] == world.accepted["line"] and
                           finding is record["findings"][0])
            wrong.equal(f"{what}: accepted", "suppressions" in result, is_accepted)
            if is_accepted:
                wrong.equal(f"{what}: why", result["suppressions"][0]["justification"],
                            "replaced in spring")
    wrong.equal("more results", list(results), [])
    wrong.equal("the list", run["results"][0]["locations"][0]["physicalLocation"]
                ["artifactLocation"]["uri"], world.list.replace(" ", "%20"))
    wrong.equal("the end", run["invocations"][0]["executionSuccessful"], True)
    wrong.equal("the run", run["automationDetails"]["id"], "mxgrade/" + world.results.runs[0]["run"])
    wrong.check()


def cut_files(world):
    """Files of runs that were cut short, by what is wrong with them."""
    lines = world.results.content.splitlines(keepends=True)
    summary = {**world.results.summaries[0], "complete": False, "interrupted": True}
    return {
        "no summary": world.fleet.write("none.jsonl", b"".join(lines[:-1])),
        "half a line": world.fleet.write("half.jsonl", b"".join(lines[:-1]) + lines[-1][:20]),
        "not complete": world.fleet.write("not.jsonl", b"".join(lines[:-1]) + json.dumps(
            summary).encode() + b"\n"),
    }


def test_a_file_that_was_cut_short_is_said_to_be(world):
    wrong = runner.Differences()
    for name, path in {**cut_files(world), "whole": world.path}.items():
        is_cut = name != "whole"
        for form in ("csv", "ecs", "sarif", "xlsx"):
            out = () if form != "xlsx" else ("-o", world.fleet.path(name + ".xlsx"))
            status, _, errors = world.convert(path, "--to", form, *out)
            wrong.equal(f"{name}, {form}: status", status, 0)
            wrong.equal(f"{name}, {form}: said", "cut short: domains may be missing" in errors, is_cut)
        end = world.log(path)["runs"][0]["invocations"][0]
        wrong.equal(f"{name}: successful", end["executionSuccessful"], not is_cut)
        wrong.equal(f"{name}: notified", bool(end["toolExecutionNotifications"]), is_cut)
        page = world.fleet.path(f"{name}.html")
        done = subprocess.run([MXGRADE, "report", path, "-o", page], stderr=subprocess.PIPE,
                              text=True, check=False)
        wrong.equal(f"{name}: report", done.returncode, 0)
        wrong.equal(f"{name}: report says", "cut short" in done.stderr, is_cut)
    wrong.check()


def test_a_line_that_cannot_be_read_is_told(world):
    with open(world.path, "rb") as stream:
        lines = stream.read().splitlines(keepends=True)
    number = next(i for i, line in enumerate(lines) if b'"type":"domain"' in line)
    spoilt = world.fleet.write("spoilt.jsonl", b"".join(
        lines[:number] + [lines[number].replace(b'"grade":', b'"grade"', 1)] + lines[number + 1:]))
    out = world.fleet.path("spoilt.sarif")
    done = subprocess.run([MXGRADE, "convert", spoilt, "--to", "sarif", "-o", out],
                          stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0 and "1 lines of" in done.stderr, done
    with open(out, encoding="utf-8") as stream:
        invocation, = json.load(stream)["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False, invocation


def test_the_output_may_be_compressed_and_is_never_overwritten(world):
    for form in ("ecs", "sarif"):
        path = world.fleet.path(f"out.{form}.zst")
        status, _, errors = world.convert(world.path, "--to", form, "-o", path)
        assert status == 0, errors
        plain = subprocess.run(["zstd", "-dc", path], stdout=subprocess.PIPE, check=True).stdout
        assert plain == world.convert(world.path, "--to", form)[1], form
        status, _, errors = world.convert(world.path, "--to", form, "-o", path)
        assert status == 3 and "not empty" in errors, (status, errors)


def test_what_is_no_result_file_is_refused(world):
    for form in ("ecs", "sarif"):
        for path in (world.list, "/dev/null", world.fleet.path("nothing.jsonl")):
            status, content, errors = world.convert(path, "--to", form)
            assert (status, content) == (2, b"") and errors, (path, status, content, errors)


def test_a_file_of_any_size_takes_no_memory(world):
    lines = world.results.content.splitlines(keepends=True)
    body = b"".join(lines[1:-1])
    large = world.fleet.path("large.jsonl")
    with open(large, "wb") as stream:
        stream.write(lines[0])
        for _ in range((LARGE_MIB << 20) // len(body)):
            stream.write(body)
        stream.write(lines[-1])
    for form in ("ecs", "sarif"):
        done = subprocess.run([sys.executable, "-c", MEASURE, MXGRADE, "convert", large, "--to", form],
                              stdout=subprocess.PIPE, check=True)
        status, peak, seconds = json.loads(done.stdout)
        print(f"         {form}: {LARGE_MIB} MiB, peak {peak:.0f} MiB, "
              f"{seconds:.1f} s of processor time")
        assert status == 0 and (peak < PEAK_MIB or IS_CHECKED_BUILD), peak
    os.unlink(large)


def test_every_event_is_one_of_the_elastic_common_schema(world):
    with Packages("@elastic/ecs") as packages:
        answer = packages.node(ECS_PROGRAM, world.events(world.accepting))
        wrong = packages.node(ECS_PROGRAM, [{"@timestamp": "yesterday", "event": {
            "kind": "snapshot", "category": ["web"], "type": ["info"]}, "server": {"adress": "x"}}])
    assert not answer["problems"], answer["problems"]
    assert len(answer["used"]) > 35, answer["used"]
    assert len(wrong["problems"]) == 3, wrong["problems"]


def test_every_log_is_one_of_sarif(world):
    logs = [world.log(path) for path in (world.path, world.accepting, *cut_files(world).values())]
    broken = copy.deepcopy(logs[0])
    broken["runs"][0]["results"][0]["level"] = "grave"
    with Packages("@microsoft/jest-sarif") as packages:
        answers = packages.node(SARIF_PROGRAM, logs + [broken])
    assert answers[:-1] == [[]] * len(logs), answers
    assert answers[-1], "a level that does not exist was not seen"


def main():
    with Fleet("--hosts", HOSTS, "--mix", MIX) as fleet:
        return runner.run(sys.modules[__name__], World(fleet))


if __name__ == "__main__":
    sys.exit(main())
