#!/usr/bin/env python3
"""Real output of every kind against `mxgrade schema`, judged by npm's ajv."""
import copy
import json
import os
import subprocess
import sys
import tempfile

import runner
from ajv import Ajv
from fleet import MXGRADE, Fleet
from runner import Skip

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "data")
KINDS = ["run", "endpoint", "domain", "run_void", "summary"]
HOSTS = "110"  # every shape and behaviour once
LIST = """Domain;Supplier;"Risk; class";Supplier
d20.fleet.test;"=cmd|' /C calc'!A0";high;again
not a domain;Broken;low
d21.fleet.test
\u00fcber.test;\u00dcber;low;x
d1.fleet.test;Null;low;x
"""


def schema():
    done = subprocess.run([MXGRADE, "schema"], stdout=subprocess.PIPE, check=True)
    assert done.stdout.count(b"\n") == 1, "one line"
    return json.loads(done.stdout)


def closed(node):
    """The schema with every object that names its properties closed to others."""
    if isinstance(node, list):
        return [closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: closed(value) for key, value in node.items()}
    if node.get("type") == "object" and "properties" in node:
        node["additionalProperties"] = False
    return node


def by_kind(records):
    assert {record["type"] for record in records} <= set(KINDS)
    return {kind: [r for r in records if r["type"] == kind] for kind in KINDS}


class Outputs:
    """What the tests look at: scanned once."""

    def __init__(self, ajv):
        self.ajv = ajv
        self.schema = schema()
        self.scans = {}
        with Fleet("--each", "--hosts", HOSTS) as fleet:
            self.scans["every behaviour"] = fleet.scan(fleet.list()).records
            names = fleet.write("names.csv", LIST)
            self.scans["a CSV list, deep"] = fleet.scan("--depth", "deep", names).records
            hosts = fleet.write("hosts.txt", "mx20.fleet.test\n127.0.0.1\nmx21.fleet.test:1\n?\n")
            self.scans["hosts, quick"] = fleet.scan("--hosts", "--depth", "quick", hosts).records
            services = fleet.write("services.txt", "d20.fleet.test\nd1.fleet.test\n")
            self.scans["services"] = fleet.scan("--services", "smtp,submission,imaps,sieve",
                                                services).records
            with open(fleet.ca_file, "rb") as stream:
                self.chain = stream.read()
        with open(os.path.join(DATA, "results-1.jsonl"), encoding="utf-8") as stream:
            self.scans["an older file"] = [json.loads(line) for line in stream]

    def differences(self, used):
        wrong = runner.Differences()
        names, questions = [], []
        for name, records in self.scans.items():
            for kind, lines in by_kind(records).items():
                names.append(f"{name}, {kind}")
                questions.append((f"#/$defs/{kind}", lines))
        for name, problems in zip(names, self.ajv.problems_of_each(used, questions)):
            wrong.equal(name, problems, [])
        return wrong


def test_real_records_are_as_the_schema_says(outputs):
    records = by_kind(outputs.scans["every behaviour"])
    # Only an intercepted run has a run_void, which test_intercepted.py looks at.
    assert {kind for kind in KINDS if records[kind]} == set(KINDS) - {"run_void"}, "a kind is missing"
    outputs.differences(outputs.schema).check()


def test_every_line_is_one_of_the_kinds(outputs):
    problems = outputs.ajv.problems(outputs.schema, "", outputs.scans["every behaviour"])
    assert not problems, problems


def test_records_hold_no_field_that_the_schema_does_not_name(outputs):
    older = outputs.scans.pop("an older file")
    try:
        outputs.differences(closed(outputs.schema)).check()
    finally:
        outputs.scans["an older file"] = older


def test_a_field_that_is_added_later_is_allowed(outputs):
    record = copy.deepcopy(by_kind(outputs.scans["every behaviour"])["domain"][0])
    record["of_tomorrow"] = {"any": "thing"}
    assert not outputs.ajv.problems(outputs.schema, "", [record])


def first(records, kind, condition):
    return copy.deepcopy(next(r for r in records if r["type"] == kind and condition(r)))


def test_wrong_records_are_refused(outputs):
    records = outputs.scans["every behaviour"]
    secure = first(records, "endpoint", lambda r: r["tls"] and r["certificate"])
    unseen = first(records, "endpoint", lambda r: r["esmtp"] == "unknown")
    domain = first(records, "domain", lambda r: r["mx"] and r["findings"])

    def changed(record, change):
        record = copy.deepcopy(record)
        change(record)
        return record

    cases = {
        "a grade that does not exist": changed(domain, lambda r: r.update(grade="E")),
        "no grade": changed(domain, lambda r: r.pop("grade")),
        "a score in words": changed(domain, lambda r: r.update(score="85")),
        "a score below zero": changed(domain, lambda r: r.update(score=-1)),
        "a finding without a code": changed(domain, lambda r: r["findings"][0].pop("code")),
        "an unknown finding": changed(domain, lambda r: r["findings"][0].update(code="x")),
        "unknown without a reason": changed(unseen, lambda r: r.pop("esmtp_reason")),
        "a reason beside yes": changed(unseen, lambda r: r.update(esmtp="yes")),
        "a fourth value": changed(secure, lambda r: r["tls"].update(ems="maybe")),
        "a version without a verdict":
            changed(secure, lambda r: r["tls"]["versions"].pop("SSLv2")),
        "a short fingerprint":
            changed(secure, lambda r: r["certificate"].update(sha256="00ff")),
        "a null where there is always something":
            changed(secure, lambda r: r.update(outcome=None)),
        "a time of another kind": changed(secure, lambda r: r.update(started="yesterday")),
        "a profile's level of another profile":
            changed(secure, lambda r: r["profiles"]["mozilla"].update(level="phase_out")),
        "a line of an unknown type": changed(domain, lambda r: r.update(type="other")),
    }
    wrong = runner.Differences()
    answers = outputs.ajv.problems_of_each(outputs.schema, [("", [r]) for r in cases.values()])
    for name, problems in zip(cases, answers):
        wrong.equal(name, bool(problems), True)
    wrong.check()


def test_what_verify_prints_is_the_certificate_of_the_schema(outputs):
    done = subprocess.run([MXGRADE, "verify", "--name", "mx.example.org", "-"],
                          input=outputs.chain, stdout=subprocess.PIPE, check=False)
    assert done.returncode == 1, done.returncode  # a root is no server's certificate
    record = json.loads(done.stdout)
    problems = outputs.ajv.problems(closed(outputs.schema), "#/$defs/certificate", [record])
    assert not problems, problems


def test_what_doctor_prints_is_the_doctor_of_the_schema(outputs):
    done = subprocess.run([MXGRADE, "doctor", "--json", "--resolver", "127.0.0.1:1", "-4"],
                          stdout=subprocess.PIPE, check=False)
    assert done.returncode == 1, done.returncode  # nobody listens there
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(records) == 12, records
    problems = outputs.ajv.problems(closed(outputs.schema), "#/$defs/doctor", records)
    assert not problems, problems
    records[0]["status"] = "well"
    assert outputs.ajv.problems(outputs.schema, "#/$defs/doctor", records[:1])


def test_what_enforce_prints_is_the_enforce_and_the_would_fail_of_the_schema(outputs):
    text = "".join(json.dumps(record) + "\n" for record in outputs.scans["every behaviour"])
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        for kind, options in (("enforce", []), ("would_fail", ["--would-fail", "secure"])):
            done = subprocess.run([MXGRADE, "enforce", file.name, *options],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
            records = [json.loads(line) for line in done.stdout.splitlines()]
            assert len(records) > 20, len(records)
            problems = outputs.ajv.problems(closed(outputs.schema), f"#/$defs/{kind}", records)
            assert not problems, problems
            records[0]["level"] = "strong"
            assert outputs.ajv.problems(outputs.schema, f"#/$defs/{kind}", records[:1])


def test_every_definition_compiles_in_strict_mode(outputs):
    wrong = runner.Differences()
    of_history = json.loads(subprocess.run([MXGRADE, "schema", "--history"],
                                           stdout=subprocess.PIPE, check=True).stdout)
    for schema_of_lines in (outputs.schema, of_history):
        pointers = ["", *(f"#/$defs/{name}" for name in schema_of_lines["$defs"])]
        answers = outputs.ajv.problems_of_each(schema_of_lines, [(each, []) for each in pointers])
        for pointer, problems in zip(pointers, answers):
            wrong.equal(schema_of_lines["$id"] + pointer, problems, [])
    wrong.check()


MOVED = ("mx", "mail", "grade", "score", "findings", "opportunistic_tls", "enforced_tls", "dane",
         "mta_sts", "tls_rpt", "partial", "open")
DAY_OF_EXPIRY = 5


def another_night(records):
    """The same domains, each with what another one had, one host with one MX less, some with other
    certificates, some with certificates that expire."""
    records = copy.deepcopy(records)
    domains = [r for r in records if r["type"] == "domain"]
    endpoints = [r for r in records if r["type"] == "endpoint" and r["certificate"]]
    others = copy.deepcopy(domains[3:] + domains[:3])
    for domain, other in list(zip(domains, others))[::2]:
        domain.update({field: other[field] for field in MOVED})
    for domain in domains:  # and somebody lives with all of it
        for finding in domain["findings"]:
            finding["accepted"] = {"until": "2027-03-31", "reason": "why", "by": "who"}
        if domain["grade"] in ("B", "C", "D", "F"):
            domain["accepted_grade"] = {"grade": "A", "until": "2027-03-31"}
        for host in domain["mx"]:
            host["preference"] = (host["preference"] or 0) + 1
    for number, endpoint in enumerate(endpoints):
        endpoint["provider"] = "other.example"
        if number % 2:
            endpoint["certificate"]["sha256"] = f"{number:064x}"
        else:
            endpoint["certificate"]["days_left"] = DAY_OF_EXPIRY
    return [r for r in records if r is not domains[-1]]


def keys_of(value, pointer=""):
    """The paths of all members, items of an array as one."""
    if isinstance(value, list):
        return {path for item in value for path in keys_of(item, pointer + "[]")}
    if not isinstance(value, dict) or pointer == ".input_fields":
        return {pointer}
    return {path for key, item in value.items() for path in keys_of(item, f"{pointer}.{key}")}


def test_what_diff_prints_is_the_diff_the_change_and_the_summary_of_the_schema(outputs):
    older = outputs.scans["every behaviour"]
    lines = []
    with tempfile.TemporaryDirectory(prefix="mxgrade-schema.") as folder:
        paths = [os.path.join(folder, name) for name in ("old.jsonl", "new.jsonl")]
        for pair in ((older, another_night(older)), (another_night(older), older),
                     (outputs.scans["an older file"], older)):
            for path, records in zip(paths, pair):
                with open(path, "w", encoding="utf-8") as file:
                    file.writelines(json.dumps(record) + "\n" for record in records)
            done = subprocess.run([MXGRADE, "diff", "--format", "jsonl", *paths],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
            lines += [json.loads(line) for line in done.stdout.splitlines()]
    wrong = runner.Differences()
    for kind in ("diff", "change", "diff_summary"):
        records = [line for line in lines if line["type"] == kind]
        wrong.equal(f"{kind}: problems", outputs.ajv.problems(
            closed(outputs.schema), f"#/$defs/{kind}", records), [])
        seen = {key for record in records for key in record}
        wrong.equal(f"{kind}: members that no line has",
                    set(outputs.schema["$defs"][kind]["properties"]) - seen, set())
        broken = {**records[0], "type": "other"}
        wrong.equal(f"{kind}: another type",
                    bool(outputs.ajv.problems(outputs.schema, f"#/$defs/{kind}", [broken])), True)
    wrong.equal("lines of all three kinds", {line["type"] for line in lines},
                {"diff", "change", "diff_summary"})
    seen = {path for line in lines for path in keys_of(line)}
    for path in (".mx.preference[].old", ".mx.added[]", ".providers.new[]", ".open.new[]",
                 ".certificates[].old[].sha256", ".certificates[].certificate.days_left",
                 ".findings.opened[].code", ".findings.not_observed[].code", ".old.grade"):
        wrong.equal(f"{path} is in a line", path in seen, True)
    wrong.check()


def main():
    try:
        with Ajv() as ajv:
            return runner.run(sys.modules[__name__], Outputs(ajv))
    except Skip as why:
        print(f"skipped  the schema against ajv: {why}\n0 passed, 0 failed, 1 skipped")
        return 0


if __name__ == "__main__":
    sys.exit(main())
