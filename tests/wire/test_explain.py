#!/usr/bin/env python3
"""`mxgrade explain`: whatever a record names can be looked up, in text that fits a mail; and policy
files, refused with the line that is wrong. Needs no server.
"""
import json
import os
import subprocess
import sys
import tempfile

import runner

MXGRADE = os.path.abspath(os.environ.get("MXGRADE", "./mxgrade"))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LETTERS = ["A+", "A", "B", "C", "D", "F", "U", "N"]
COLUMNS = 80
PARTS = ["What:", "Why:", "What to do:", "Source:", "Grade:"]


def mxgrade(*arguments, **more):
    done = subprocess.run([MXGRADE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, text=True, check=False, **more)
    return done.returncode, done.stdout, done.stderr


def named_by_schema(name):
    return json.loads(mxgrade("schema")[1])["$defs"][name]["enum"]


def test_every_finding_of_the_schema_has_a_text_that_fits_a_mail(_):
    wrong = runner.Differences()
    codes = named_by_schema("finding_code")
    assert len(codes) > 90, len(codes)
    for code in codes:
        status, text, _ = mxgrade("explain", code)
        wrong.equal(code + ": exit status", status, 0)
        wrong.equal(code + ": begins", text.startswith(code + " ("), True)
        wrong.equal(code + ": parts", [part for part in PARTS if part not in text], [])
        wrong.equal(code + ": long lines",
                    [line for line in text.splitlines() if len(line) > COLUMNS], [])
    wrong.check()


def test_every_letter_is_explained_by_the_findings_that_lead_to_it(_):
    for letter in LETTERS:
        status, text, _ = mxgrade("explain", letter)
        assert status == 0 and text.startswith(letter + ": "), text
    assert "no_starttls" in mxgrade("explain", "f")[1], "small letters will do"
    assert "self_signed" in mxgrade("explain", "C")[1]
    assert "no_starttls" not in mxgrade("explain", "C")[1]
    assert "no verdict on the supplier" in " ".join(mxgrade("explain", "U")[1].split())


def test_every_profile_lists_its_rules_its_source_and_what_it_leaves_out(_):
    for profile in named_by_profiles():
        status, text, _ = mxgrade("explain", profile)
        assert status == 0 and "source: " in text and "levels: " in text, text
        for rule in named_by_schema(profile + "_rule"):
            assert f"\n  {rule} " in text, (profile, rule, text)


def named_by_profiles():
    return list(json.loads(mxgrade("schema")[1])["$defs"]["profiles"]["properties"])


def test_the_list_of_all_is_made_of_the_same_table(_):
    text = mxgrade("explain")[1]
    for code in named_by_schema("finding_code"):
        assert f"\n  {code} " in text, code


def test_the_documentation_is_what_explain_prints(_):
    with open(os.path.join(ROOT, "docs/policy.md"), encoding="utf-8") as stream:
        assert stream.read() == mxgrade("explain", "--markdown")[1]


def test_what_nobody_knows_is_refused(_):
    status, _, errors = mxgrade("explain", "no_such_thing")
    assert status == 2 and "no_such_thing" in errors, errors


def test_a_policy_file_is_refused_with_the_line_that_is_wrong(_):
    cases = [
        ("tls10 cap=C\nno_such_code cap=C\n", 2), ("tls10 cap=E\n", 1), ("# fine\n\ntls10\n", 3),
        ("tls10 cap=C deduction=-1\n", 1), ("tls10 severity=grave\n", 1),
        ("tls10 weight=5\n", 1), ("name two words\n", 1), ("name fine\nname a/b\n", 2),
    ]
    wrong = runner.Differences()
    with tempfile.TemporaryDirectory(prefix="mxgrade-explain.") as folder:
        path, results = os.path.join(folder, "policy"), os.path.join(folder, "results.jsonl")
        for text, line in cases:
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
            status, _, errors = mxgrade("scan", "--policy", path, "-o", results, os.devnull)
            wrong.equal(f"{text!r}: exit status", status, 2)
            wrong.equal(f"{text!r}: line", f"line {line}:" in errors, True)
            wrong.equal(f"{text!r}: results", os.path.exists(results), False)
    wrong.check()


def test_records_name_the_policy_that_graded_them(_):
    with tempfile.TemporaryDirectory(prefix="mxgrade-explain.") as folder:
        path, listed = os.path.join(folder, "policy"), os.path.join(folder, "list")
        with open(listed, "w", encoding="utf-8") as stream:
            stream.write("no domain but a line\n")
        runs = {}
        for text in ("", "name acme\ntls10 cap=C\n", "name acme\ntls10 cap=D\n"):
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text or "name plain\n")
            options = ["--policy", path] if text else []
            _, output, _ = mxgrade("scan", "--ehlo", "scanner.example.org", *options, listed)
            runs[text] = json.loads(output.splitlines()[0])
        names = [run["policy"] for run in runs.values()]
        assert names == ["2026.2", "2026.2+acme", "2026.2+acme"], names
        assert len({run["policy_digest"] for run in runs.values()}) == 3, "weights have a digest"


if __name__ == "__main__":
    sys.exit(runner.run(sys.modules[__name__], None))
