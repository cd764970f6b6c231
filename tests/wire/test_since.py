#!/usr/bin/env python3
"""scan --since OLD --only ...: what is scanned, what is taken over with its date, and that the file
is whole: each line of the list once, a summary that counts it, and a start for --resume."""
import collections
import json
import subprocess
import sys

import runner
from fleet import MXGRADE, check_form, read_results
from fleet import Fleet
from whole_run import MIX, WholeRun

DOMAINS = "30"


class World(WholeRun):
    def since(self, name, *more, names=None, old=None):
        """(status, results, stderr) of a scan of the list, or of one with these names."""
        path = self.fresh(name)
        chosen = self.list
        if names is not None:
            chosen = self.fleet.write("some.csv", "name,domain\r\n" + "".join(
                f'"{text}",{domain}\r\n' for domain, text in names))
        status, _, errors = self.fleet.run(chosen, "--since", old or self.whole, *more, "-o", path)
        return status, read_results(path) if status in (0, 1) else None, errors

    def of_list(self):
        """(domain, the text of its other column) of those that the list has once, in its order."""
        count = collections.Counter(r["domain"] for r in self.results.domains)
        return [(r["domain"], r["input_fields"]["name"])
                for r in sorted(self.results.domains, key=lambda r: r["line"])
                if r["domain"] and count[r["domain"]] == 1]


def carried(results):
    return {r["line"] for r in results.domains if r.get("carried_over")}


def lines(results, wanted=lambda record: True):
    return {r["line"] for r in results.domains if r["domain"] and wanted(r)}


def test_a_list_that_is_as_it_was_is_taken_over(world):
    status, results, errors = world.since("all.jsonl")
    assert status == 0 and "are taken over" in errors, (status, errors)
    differ = runner.Differences()
    world.compare(differ, "taken over", results)
    differ.check()
    anew = [r for r in results.domains if r["domain"] and not r.get("carried_over")]
    assert not anew, anew
    summary = results.summaries[0]
    assert summary["carried_over"] == len(lines(world.results)) and summary["complete"], summary
    assert summary["connections"] == 0, summary
    assert results.runs[0]["since"] == world.results.runs[0]["started"]
    old = {(r["domain"], r["started"]) for r in world.results.domains}
    dated = {(r["domain"], r["started"]) for r in results.domains if r.get("carried_over")}
    assert dated and dated <= old, dated - old
    seen_by = {r["run"] for r in results.records if r.get("carried_over") is True}
    assert seen_by == {world.results.runs[0]["run"]} != {results.runs[0]["run"]}, seen_by
    changes = subprocess.run([MXGRADE, "diff", "--format", "jsonl", world.whole,
                              world.fleet.path("all.jsonl")], stdout=subprocess.PIPE, check=True)
    assert len(changes.stdout.splitlines()) == 2, changes.stdout


def test_each_word_says_what_is_scanned(world):
    unknown = lines(world.results, lambda r: r["grade"] == "U" and r["mail"] in ("mx", "unknown"))
    failed = lines(world.results, lambda r: r["grade"] == "F")
    at_bar = lines(world.results, lambda r: r["grade"] in ("C", "D", "F"))
    everything = lines(world.results)
    differ = runner.Differences()
    for words, more, scanned in (("new", (), set()), ("failed", (), failed),
                                 ("failed", ("--fail-on", "C"), at_bar),
                                 ("older-than=1h", (), set()), ("new,failed", (), failed)):
        status, results, errors = world.since("words.jsonl", "--only", words, *more)
        differ.equal(f"{words} {more}: status ({errors})", status, 1 if more else 0)
        differ.equal(f"{words} {more}", everything - carried(results), scanned)
        check_form(results)
    differ.check()
    assert failed and at_bar - failed, (failed, at_bar, unknown)


def test_the_age_is_that_of_the_record(world):
    with open(world.whole, "rb") as stream:
        records = [json.loads(line) for line in stream]
    domain = next(r for r in records if r["type"] == "domain" and r["domain"])
    domain["started"] = "2020-01-01T00:00:00.000Z"
    old = world.fresh("aged.jsonl", b"".join(json.dumps(r).encode() + b"\n" for r in records))
    status, results, errors = world.since("age.jsonl", "--only", "older-than=7d", old=old)
    assert status == 0, errors
    assert lines(world.results) - carried(results) == {domain["line"]}


def test_what_is_unknown_for_reasons_of_ours_is_scanned(world):
    with open(world.whole, "rb") as stream:
        records = [json.loads(line) for line in stream]
    # A host's address that was seen, and one that the network kept from us.
    host = next(r for r in records if r["type"] == "endpoint" and r["grade"] == "A")
    same = {key: host[key] for key in ("host", "address", "port", "service")}
    for record in records:
        if record["type"] == "endpoint" and same.items() <= record.items():
            record.update(grade="U", score=None, outcome="connect_unreachable")
    old = world.fresh("unknown.jsonl", b"".join(json.dumps(r).encode() + b"\n" for r in records))
    status, results, errors = world.since("known.jsonl", "--only", "unknown", old=old)
    touched = lines(world.results, lambda r: any(mx["host"] == host["host"] for mx in r["mx"]))
    assert status == 0 and touched, errors
    assert lines(world.results) - carried(results) == touched


def test_lines_that_are_new_or_not_as_they_were(world):
    names = world.of_list()
    gone, edited, kept = names[0], names[1], names[2:-1]
    changed = [(edited[0], "another name"), *kept, ("fresh.fleet.test", "new")]
    status, results, errors = world.since("list.jsonl", "--only", "new,changed", names=changed)
    assert status == 0, errors
    found = {r["domain"]: r for r in results.domains}
    assert gone[0] not in found and len(found) == len(changed), sorted(found)
    assert "carried_over" not in found["fresh.fleet.test"] and \
        "carried_over" not in found[edited[0]], found[edited[0]]
    anew = [found[domain] for domain, _ in kept if not found[domain].get("carried_over")]
    assert not anew, anew[:1]
    # Without that word the record is taken over, with the line as the list has it now.
    status, results, errors = world.since("list2.jsonl", names=changed)
    found = {r["domain"]: r for r in results.domains}
    assert found[edited[0]]["carried_over"], found[edited[0]]
    assert found[edited[0]]["input_fields"] == {"name": "another name"}
    assert found[kept[0][0]]["line"] == 3, found[kept[0][0]]


def test_a_run_that_was_cut_goes_on_by_resume(world):
    path = world.fleet.path("cut.jsonl")
    status, results, errors = world.since("cut.jsonl", "--only", "failed")
    assert status == 0, errors
    with open(path, "rb") as stream:
        content = stream.read()
    behind = content.rindex(b'"carried_over":true}\n') + len(b'"carried_over":true}\n')
    for size in (behind, behind + (len(content) - behind) // 2, len(content) - 9):
        world.fresh("cut.jsonl", content[:size])
        for more in ((), ("--since", world.whole, "--only", "failed")):
            status, _, errors = world.resume(path, *more)
            again = read_results(path)
            assert status == 0, (size, more, errors)
            check_form(again)
            assert carried(again) == carried(results), (size, more)
            assert again.summaries[0]["carried_over"] == len(carried(results))
            assert collections.Counter(r["line"] for r in again.domains) == \
                collections.Counter(r["line"] for r in results.domains)


def test_compressed_files_will_do(world):
    subprocess.run(["zstd", "-q", "-f", world.whole], check=True)
    status, results, errors = world.since("out.jsonl.zst", old=world.whole + ".zst")
    assert status == 0 and carried(results) == lines(world.results), errors


def test_what_cannot_be_is_refused(world):
    there = world.fresh("there.jsonl", b'{"type":"run"}\n')
    differ = runner.Differences()
    for words, arguments in (
            ("--depth", (world.list, "--since", world.whole, "--depth", "quick", "-o", "no.jsonl")),
            ("not a result file", (world.list, "--since", world.list, "-o", "no.jsonl")),
            ("--output FILE", (world.list, "--since", world.whole)),
            ("--output FILE", (world.list, "--since", world.whole, "--hosts", "-o", "no.jsonl")),
            ("--output FILE", (world.list, "--since", world.whole, "--format", "csv", "-o", "no")),
            ("read twice", ("-", "--since", world.whole, "-o", "no.jsonl")),
            ("is not empty", (world.list, "--since", world.whole, "-o", there)),
            ("--only needs --since", (world.list, "--only", "failed")),
            ("such as older-than=7d", (world.list, "--since", world.whole, "--only", "older-than=7")),
            ("not of new, changed", (world.list, "--since", world.whole, "--only", "new,,failed"))):
        status, _, errors = world.fleet.run(*arguments)
        differ.equal(f"{arguments[1:]}: {errors}", (status, words in errors), (2, True))
    differ.check()


def main():
    with Fleet("--hosts", DOMAINS, "--mix", MIX) as fleet:
        return runner.run(sys.modules[__name__], World(fleet))


if __name__ == "__main__":
    sys.exit(main())
