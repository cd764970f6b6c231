#!/usr/bin/env python3
"""Cuts runs short in every way there is (killed, interrupted, the file cut at any byte) and goes on
with --resume: the file must come to what an uninterrupted run writes, each line whole and there
once, one summary at the end. Which options it wants unchanged: test_resume_options.py.
"""
import os
import random
import signal
import subprocess
import sys

import runner
from fleet import Fleet, check_form, read_results
from processes import run, wait_until
from whole_run import MIX, WholeRun

DOMAINS = 60
SLOWLY = ("--rate", "120")  # so that there is a middle to be cut short in
NUM_OFFSETS = 8


def num_lines(path):
    if not os.path.exists(path):
        return 0
    with open(path, "rb") as stream:
        return stream.read().count(b"\n")


def start_and_stop(world, path, signal_number, lines, *more, source=None):
    """A slow scan, sent the signal once its file has so many lines; its exit status."""
    with open(path + ".log", "wb") as log:
        process = world.fleet.start(source or world.list, "-o", path, *SLOWLY, *more, stdout=log, stderr=log)
        try:
            wait_until(lambda: process.poll() is not None or num_lines(path) >= lines,
                       f"{lines} lines in {path}", 30)
            process.send_signal(signal_number)
            return process.wait(timeout=30)
        finally:
            process.kill()


# ---- Killed and interrupted


def test_a_run_that_is_killed_at_any_point_is_continued(world):
    differ = runner.Differences()
    for lines in (0, 1, 12, 50, 100):
        path = world.fresh(f"killed-{lines}.jsonl")
        status = start_and_stop(world, path, signal.SIGKILL, lines)
        differ.equal(f"killed at {lines} lines: the status", status, -signal.SIGKILL)
        differ.within(f"killed at {lines} lines: those there", num_lines(path),
                      range(lines, len(world.results.records)))
        world.finish(differ, f"killed at {lines} lines", path)
    differ.check()


def test_a_run_that_is_killed_again_and_again_is_continued(world):
    differ = runner.Differences()
    path = world.fresh("often.jsonl")
    for lines in (10, 30, 60, 90):
        status = start_and_stop(world, path, signal.SIGKILL, lines, "--resume")
        differ.equal(f"at {lines} lines: the status", status, -signal.SIGKILL)
    world.finish(differ, "killed four times", path)
    differ.check()


def test_a_run_that_is_interrupted_is_continued(world):
    differ = runner.Differences()
    path = world.fresh("interrupted.jsonl")
    differ.equal("the status", start_and_stop(world, path, signal.SIGINT, 30), 3)
    first = read_results(path)
    check_form(first)
    summary = first.summaries[0]
    differ.equal("the summary", (summary["complete"], summary["interrupted"]), (False, True))
    unfinished = [r for r in first.domains if r["dns"]["outcome"] == "interrupted"]
    differ.equal("the lines of it that are not finished come last",
                 first.records[-1 - len(unfinished):-1], unfinished)
    kept = b"".join(first.content.splitlines(keepends=True)[:-1 - len(unfinished)])
    world.finish(differ, "interrupted", path)
    assert read_results(path).content.startswith(kept), "what was there has been changed"
    differ.check()


def test_a_run_of_a_list_of_hosts_that_is_interrupted_is_continued(world):
    names = sorted({r["host"] for r in world.results.endpoints})
    source = world.fleet.write("hosts.txt", "".join(f"{name}\n" for name in names))
    path = world.fresh("hosts.jsonl")
    differ = runner.Differences()
    differ.equal("the status", start_and_stop(world, path, signal.SIGINT, 20, "--hosts",
                                              source=source), 3)
    first = read_results(path)
    check_form(first)
    summary = first.summaries[0]
    unfinished = [r for r in first.endpoints if r["outcome"] == "interrupted"]
    differ.equal("begun and written", summary["lines_begun"], summary["lines_written"])
    differ.equal("there are unfinished ones, and they come last",
                 (unfinished != [], first.records[-1 - len(unfinished):-1]), (True, unfinished))
    differ.equal("their letters", {r["grade"] for r in unfinished}, {"U"})
    # Every host of a line that was begun has its record, whether it was finished or not.
    differ.equal("hosts with a record", len({r["host"] for r in first.endpoints}),
                 summary["lines_begun"])
    status, _, errors = world.fleet.run(source, "-o", path, "--resume", "--hosts")
    whole = read_results(path)
    check_form(whole)
    differ.equal(f"continued: the status ({errors.strip()})", status, 0)
    differ.equal("continued: what is there", sorted((r["host"], r["address"]) for r in whole.endpoints),
                 sorted((r["host"], r["address"]) for r in world.results.endpoints))
    differ.check()


def test_a_killed_compressed_run_is_continued(world):
    differ = runner.Differences()
    path = world.fresh("killed.jsonl.zst")
    with open(path + ".log", "wb") as log:
        process = world.fleet.start(world.list, "-o", path, "--rate", "40", stdout=log, stderr=log)
        wait_until(lambda: process.poll() is not None or
                   (os.path.exists(path) and os.path.getsize(path) > 0), "a first frame", 30)
        process.kill()
        process.wait()
    world.finish(differ, "a compressed file", path)
    differ.check()


# ---- Cut at any byte


def offsets(world):
    """Where a cut may fall: each kind of place, and some by chance."""
    content = world.content
    line = content.index(b"\n", len(content) // 2) + 1
    letter = content.index("Ω".encode(), line)
    summary = content.rstrip(b"\n").rindex(b"\n") + 1
    first = content.index(b"\n")
    places = {
        "nothing": 0, "a byte": 1, "half of the run line": first // 2,
        "the run line without its end": first, "the run line": first + 1,
        "whole lines": line, "a line without its end": line - 1, "a line's first byte": line + 1,
        "half of a letter": letter + 1, "a line less the summary": summary,
        "half of the summary": (summary + len(content)) // 2,
        "the summary without its end": len(content) - 1,
    }
    chance = random.Random(1)
    for _ in range(NUM_OFFSETS):
        offset = chance.randrange(len(content))
        places[f"{offset} bytes"] = offset
    return places


def test_a_file_that_is_cut_at_any_byte_is_continued(world):
    differ = runner.Differences()
    for what, offset in offsets(world).items():
        path = world.fresh("cut.jsonl", world.content[:offset])
        world.finish(differ, f"{what} left", path)
    differ.check()


def test_what_a_power_loss_leaves_is_cut_off(world):
    differ = runner.Differences()
    half = world.content[:len(world.content) // 2]
    for what, tail in (("zero bytes", bytes(3000)), ("zero bytes in lines", bytes(90) + b"\n"),
                       ("half a line of something else", b"\xff\xfe\x00{[")):
        path = world.fresh("tail.jsonl", half[:half.rindex(b"\n") + 1] + tail)
        world.finish(differ, what, path)
    differ.check()


def compressed(content):
    """Three frames, as three batches of lines give."""
    lines = content.splitlines(keepends=True)
    third = len(lines) // 3
    parts = (lines[:third], lines[third:2 * third], lines[2 * third:])
    return [subprocess.run(["zstd", "-q", "-c"], input=b"".join(part), stdout=subprocess.PIPE,
                           check=True).stdout for part in parts]


def test_a_compressed_file_that_is_cut_at_any_byte_is_continued(world):
    differ = runner.Differences()
    summary = world.content.rstrip(b"\n").rindex(b"\n") + 1
    first, second, third = compressed(world.content[:summary])
    whole = first + second + third
    ends = (len(first), len(first + second))
    for what, offset in (("nothing", 0), ("half of the magic number", 2),
                         ("half of the first frame", ends[0] // 2), ("a frame", ends[0]),
                         ("a frame and a byte", ends[0] + 1),
                         ("a frame and a half", (ends[0] + ends[1]) // 2),
                         ("two frames", ends[1]), ("all but a byte", len(whole) - 1),
                         ("all but the summary", len(whole))):
        path = world.fresh("cut.jsonl.zst", whole[:offset])
        world.finish(differ, f"{what} left", path)
        listed = run(["zstd", "-t", "-q", path])
        differ.equal(f"{what} left: what zstd says", (listed.returncode, listed.stdout), (0, ""))
    differ.check()


def test_a_list_on_standard_input_is_continued_by_its_lines(world):
    differ = runner.Differences()
    path = world.fresh("stdin.jsonl")
    with open(world.list, "rb") as stream:
        text = stream.read()
    world.fleet.run("-", "-o", path, text_in=text)
    content = read_results(path).content
    world.fresh("stdin.jsonl", content[:len(content) // 2])
    status, _, errors = world.fleet.run("-", "-o", path, "--resume", text_in=text)
    differ.equal(f"the status ({errors.strip()})", status, 0)
    differ.equal("said that nobody knows whether it is the same", "is no file" in errors, True)
    world.compare(differ, "from standard input", read_results(path))
    differ.check()


# ---- What is not continued


def check_refused(world, path, status, words, *more, source=None):
    with open(path, "rb") as stream:
        before = stream.read()
    seen, _, errors = world.fleet.run(source or world.list, "-o", path, *more)
    with open(path, "rb") as stream:
        assert stream.read() == before, "the file has been changed"
    assert seen == status, (seen, errors)
    for word in words:
        assert word in errors, f"{word!r} is not in {errors!r}"


def test_a_file_of_another_list_is_refused(world):
    path = world.fresh("other-list.jsonl", world.content[:len(world.content) // 2])
    with open(world.list, "rb") as stream:
        changed = world.fleet.write("changed.csv", stream.read() + b"more,more.example\r\n")
    check_refused(world, path, 2, ("another run", "the list has changed"), "--resume",
                  source=changed)


def test_a_run_that_is_continued_judges_certificates_at_the_same_time(world):
    content = world.content
    whole = world.results.runs[0]["now"].encode()
    earlier = b"2020-01-31T12:00:00Z"  # before the certificates
    path = world.fresh("earlier.jsonl", content.splitlines(keepends=True)[0].replace(
        b'"now":"' + whole + b'"', b'"now":"' + earlier + b'"'))
    status, _, errors = world.resume(path)
    assert status == 0, (status, errors)
    results = read_results(path)
    problems = {problem for record in results.endpoints if record["certificate"]
                for problem in record["certificate"]["problems"]}
    assert "not_yet_valid" in problems, problems
    assert results.runs[0]["now"].encode() == earlier, results.runs


def test_a_complete_file_needs_nothing(world):
    path = world.fresh("complete.jsonl", world.content)
    check_refused(world, path, 0, ("complete", "nothing to do"), "--resume")


def test_a_complete_file_that_lacks_records_is_not_complete(world):
    lines = world.content.splitlines(keepends=True)
    for kind in (b"domain", b"endpoint"):
        number = [b'"type":"%b"' % kind in line for line in lines].index(True)
        path = world.fresh("lacking.jsonl", b"".join(lines[:number] + lines[number + 1:]))
        check_refused(world, path, 3, ("counts other records than the file holds",), "--resume")


def test_a_file_that_is_damaged_in_the_middle_is_left_alone(world):
    half = len(world.content) // 2
    path = world.fresh("damaged.jsonl", world.content[:half] + b"\n?\n" + world.content[half:])
    check_refused(world, path, 3, ("not a record", "left as it is"), "--resume")


def test_a_file_of_something_else_is_left_alone(world):
    path = world.fresh("letter.txt", b"Dear reader,\nthis is no result file.\n")
    check_refused(world, path, 3, ("not a record",), "--resume")


def test_results_are_not_written_over(world):
    path = world.fresh("there.jsonl", world.content[:len(world.content) // 2])
    check_refused(world, path, 3, ("not empty", "--resume"))


def test_resume_needs_a_file(world):
    status, output, errors = world.fleet.run(world.list, "--resume")
    assert (status, output) == (2, b""), (status, output)
    assert "--resume needs --output" in errors, errors


def main():
    with Fleet("--own-zones", "--hosts", str(DOMAINS), "--mix", MIX) as fleet:
        return runner.run(sys.modules[__name__], WholeRun(fleet))


if __name__ == "__main__":
    sys.exit(main())
