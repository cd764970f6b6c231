#!/usr/bin/env python3
"""What a scan leaves behind when it is told to stop, once or twice, when nobody reads its results
any more, when they cannot be written, and what it shows meanwhile.
"""
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
import tty

import fleet_table
import runner
from fleet import FACTOR, Fleet, check_form, endpoint_key, preload, read_results
from processes import wait_until
from terminal import Terminal

HERE = os.path.dirname(os.path.abspath(__file__))
HOSTS = 300
PROMPT = 5 * FACTOR  # seconds in which a program that leaves at once is gone
DIALOGUE = 3  # of the slow hosts, the longest one
COLUMNS = 50
STATUS_LINE = re.compile(r"mxgrade: (\d+)/(\d+) (domains|hosts) \d+\.\d%")


class World:
    """Hosts that take their time with every reply, and hosts that never say a word."""

    def __init__(self, fleet, silent):
        self.fleet, self.silent = fleet, silent
        self.table = fleet.expect()
        self.list = fleet.list()

    def start(self, name, *more, **how):
        """A scan of the slow hosts into a file, once it talks to so many that others wait; and
        who had been called before."""
        path = self.fleet.path(name)
        before = self.calls()
        process = self.fleet.start(self.list, "-o", path, "--concurrency", "30", *more, **how)
        wait_until(lambda: process.poll() is not None or
                   sum(self.calls().values()) - sum(before.values()) >= 60, "calls", 30)
        assert process.poll() is None, "it was over too soon"
        return process, path, before

    def calls(self):
        """Connections by address."""
        _, addresses = self.fleet.stats()
        return {address: counters["connections"] for address, counters in addresses.items()}


def size_of(path):
    return os.path.getsize(path) if os.path.exists(path) else 0


def end(process, seconds=30):
    """(status, messages) of a scan that is about to end."""
    try:
        _, errors = process.communicate(timeout=seconds * FACTOR)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise AssertionError(f"it was still there after {seconds} s") from None
    return process.returncode, errors.decode()


# ---- Signals


def check_interrupted(results):
    check_form(results)
    summary = results.summaries[0]
    assert (summary["interrupted"], summary["complete"]) == (True, False), summary
    assert summary["endpoints"] == len(results.endpoints), summary
    assert summary["domains"] == len(results.domains), summary
    assert HOSTS >= summary["lines_read"] >= summary["lines_begun"], summary
    assert summary["lines_begun"] == summary["lines_written"] == len(results.domains), summary
    for record in results.domains:
        if record["dns"]["outcome"] == "interrupted":
            assert (record["grade"], record["partial"], record["mx"]) == ("U", True, []), record


def test_once_interrupted_it_waits_for_dialogues_and_starts_nothing_new(world):
    differ = runner.Differences()
    process, path, before = world.start("once.jsonl")
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    status, errors = end(process)
    differ.within("seconds to the end", time.monotonic() - begun < DIALOGUE + PROMPT, [True])
    assert status == 3 and "waiting for the dialogues" in errors, (status, errors)
    results = read_results(path)
    check_interrupted(results)
    # Whoever has a line was called, and the line tells all there is to tell.
    called = [address for address, calls in world.calls().items()
              if calls > before.get(address, 0)]
    differ.equal("lines of those who were not called",
                 {r["address"] for r in results.endpoints} - set(called), set())
    for record in results.endpoints:
        fleet_table.compare_endpoint(differ, world.table.endpoints[endpoint_key(record)], record)
    named = {mx["host"] for record in results.domains for mx in record["mx"]}
    differ.equal("hosts whose domain has no line",
                 {record["host"] for record in results.endpoints} - named, set())
    differ.within("those called", len(called), range(1, HOSTS - 50))
    differ.check()


def test_sigterm_and_sighup_do_the_same(world):
    for number in (signal.SIGTERM, signal.SIGHUP):
        process, path, _ = world.start(f"{number.name}.jsonl")
        process.send_signal(number)
        status, errors = end(process)
        assert status == 3 and "waiting for the dialogues" in errors, (status, errors)
        check_interrupted(read_results(path))


def test_sighup_stays_ignored_under_nohup(world):
    process, path, _ = world.start(
        "nohup.jsonl", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    process.send_signal(signal.SIGHUP)
    status, errors = end(process)
    assert status == 0, (status, errors)
    assert len(read_results(path).domains) == HOSTS


def test_sigusr1_says_a_line_of_progress(world):
    process, _, _ = world.start("asked.jsonl", "--progress", "never")
    for _ in range(2):
        process.send_signal(signal.SIGUSR1)
        time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    status, errors = end(process)
    lines = [line for line in errors.splitlines() if STATUS_LINE.match(line)]
    assert status == 3 and len(lines) == 2, (status, errors)


def test_the_help_says_what_signals_do(world):
    status, output, _ = world.fleet.run("--help")
    for word in (b"SIGINT", b"SIGTERM", b"SIGHUP", b"SIGUSR1"):
        assert status == 0 and word in output, output


def test_a_signal_before_the_run_ends_it_as_any_program(world):
    process = world.fleet.start("-", "-o", world.fleet.path("before.jsonl"),
                                stdin=subprocess.PIPE)
    time.sleep(0.5)  # it waits for the first line
    process.send_signal(signal.SIGUSR1)
    time.sleep(0.2)
    assert process.poll() is None, "a question ended it"
    process.send_signal(signal.SIGTERM)
    status, errors = end(process, PROMPT)
    assert status == -signal.SIGTERM, (status, errors)
    assert size_of(world.fleet.path("before.jsonl")) == 0


def check_left_at_once(process, path, begun):
    status, errors = end(process, PROMPT)
    assert status == 3, (status, errors)
    assert time.monotonic() - begun < PROMPT, "it took its time"
    if size_of(path):
        check_interrupted(read_results(path))


def test_twice_interrupted_it_leaves_at_once_and_the_file_is_whole(world):
    process, path, _ = world.start("twice.jsonl")
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    check_left_at_once(process, path, begun)


def test_twice_interrupted_it_does_not_wait_for_hosts_that_never_answer(world):
    path = world.silent.path("silent.jsonl")
    process = world.silent.start(world.silent.list(), "-o", path, "--banner-timeout", "60",
                                 "--target-timeout", "60")
    wait_until(lambda: world.silent.stats()[0]["open"] >= 20, "open connections")
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None, "the first one waits for what is under way"
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    check_left_at_once(process, path, begun)


def test_a_list_that_does_not_come_can_be_interrupted(world):
    process = world.fleet.start("-", stdin=subprocess.PIPE)
    process.stdin.write(b"d0.fleet.test\n")
    process.stdin.flush()
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    # It stays open: a list that ends at this moment, and is done, makes a complete run.
    pipe, process.stdin = process.stdin, None
    with pipe:
        status, errors = end(process, PROMPT)
    assert status == 3, (status, errors)


def test_what_the_reader_finds_while_the_run_is_left_is_told(world):
    begun = world.fleet.path("read-begun")
    environment = dict(preload(os.path.join(HERE, "late_read_error.c"), world.fleet.folder),
                       READ_BEGUN=begun, READ_MS="1000")
    process = world.fleet.start("-", stdin=subprocess.PIPE, env=environment)
    process.stdin.write(b"d0.fleet.test\n")
    process.stdin.flush()
    wait_until(lambda: os.path.exists(begun), "the list being read")
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    status, errors = end(process)
    assert status == 3 and "cannot read the list: Input/output error" in errors, (status, errors)


def leave_soon(process, seconds):
    """Sends one SIGTERM; the scan must be gone in time, with status 3. What it said."""
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    status, errors = end(process, seconds)
    took = time.monotonic() - begun
    assert status == 3, (status, errors)
    assert took < seconds, f"it took {took:.1f} s"
    return errors


def test_a_stop_reaches_what_is_queued_for_a_resolver_that_is_dead(world):
    names = world.fleet.write("many.txt", "".join(f"d{i}.example\n" for i in range(20000)))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as dead:
        dead.bind(("127.0.0.1", 0))
        process = world.fleet.start(names, "-o", world.fleet.path("dead.jsonl"), "--resolver",
                                    f"127.0.0.1:{dead.getsockname()[1]}")
        dead.recv(512)
        time.sleep(1)
        leave_soon(process, PROMPT)
    check_form(read_results(world.fleet.path("dead.jsonl")))


def test_a_stop_reaches_the_reader_where_the_list_has_no_item(world):
    for endless in ("", "# nothing", " \t"):
        path = world.fleet.path("endless.jsonl")
        if os.path.exists(path):
            os.unlink(path)
        script = f"echo d0.fleet.test; exec yes '{endless}'"
        with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE) as source:
            process = world.fleet.start("-", "-o", path, stdin=source.stdout)
            source.stdout.close()
            wait_until(lambda: size_of(path) > 0, "the run")
            time.sleep(0.5)
            leave_soon(process, PROMPT)
        check_form(read_results(path))


def test_a_list_without_line_ends_is_no_list(world):
    path = world.fleet.path("zeros.jsonl")
    status, _, errors = world.fleet.run("/dev/zero", "-o", path, seconds=PROMPT * 3)
    assert status == 3 and "this is no list of names" in errors, (status, errors)
    assert read_results(path).summaries[0]["complete"] is False


def test_twice_stopped_it_does_not_wait_for_whoever_reads_its_results(world):
    names = world.fleet.write("nobody.txt", "".join(f"nobody{i}.fleet.test\n" for i in range(3000)))
    process = world.fleet.start(names)
    process.stdout.read(1)
    time.sleep(2)  # the pipe is full
    process.send_signal(signal.SIGTERM)
    time.sleep(1)
    assert process.poll() is None, "the first one waits for the reader"
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(PROMPT) == 3
    assert time.monotonic() - begun < 1 + 0.5 * FACTOR, "it took its time"
    process.stdout.close()
    process.stderr.close()


# ---- Results that cannot be written


def test_a_closed_pipe_is_an_error_that_is_told(world):
    process = world.fleet.start(world.list, "--concurrency", "50")
    line = process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    begun = time.monotonic()
    status, errors = end(process)
    assert line.startswith(b'{"type":"run"'), line
    assert status == 3 and "standard output: Broken pipe" in errors, (status, errors)
    assert time.monotonic() - begun < 10 * FACTOR, "it went on although nobody reads"


def test_a_full_device_is_an_error_that_is_told(world):
    status, _, errors = world.fleet.run(world.list, "-o", "/dev/full")
    assert status == 3 and "/dev/full: No space left" in errors, (status, errors)
    with open("/dev/full", "wb") as full:
        process = world.fleet.start(world.list, stdout=full)
        status, errors = end(process)
    assert status == 3 and "standard output: No space left" in errors, (status, errors)


def test_a_device_that_was_full_before_the_run_began_ends_it_too(world):
    """The list goes on, its first host is silent, and nothing of it all would be kept."""
    environment = dict(preload(os.path.join(HERE, "late_start.c"), world.silent.folder),
                       START_MS="400")
    process = world.silent.start("-", "-o", "/dev/full", "--banner-timeout", "60",
                                 "--target-timeout", "60", stdin=subprocess.PIPE, env=environment)
    process.stdin.write(world.silent.ask("list").splitlines()[0].encode() + b"\n")
    process.stdin.flush()
    begun = time.monotonic()
    while process.poll() is None and time.monotonic() - begun < PROMPT:
        time.sleep(0.05)
    has_ended = process.poll() is not None
    process.kill()
    _, errors = process.communicate()
    assert has_ended, "it went on although nothing is kept"
    assert process.returncode == 3 and b"/dev/full: No space left" in errors, errors


def test_a_file_that_can_grow_no_more_keeps_whole_lines_and_is_continued(world):
    for name in ("limited.jsonl", "limited.jsonl.zst"):
        path = world.fleet.path(name)
        limit = 40000 if name.endswith("l") else 20

        def limit_size(limit=limit):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        process = world.fleet.start(world.list, "-o", path, preexec_fn=limit_size)
        status, errors = end(process)
        assert status == 3 and f"{path}: File too large" in errors, (status, errors)
        assert "--resume" in errors and size_of(path) <= limit, errors
        status, _, errors = world.fleet.run(world.list, "-o", path, "--resume")
        assert status == 0, (status, errors)
        results = read_results(path)
        check_form(results)
        differ = runner.Differences()
        fleet_table.compare(differ, world.table, results)
        differ.check()


def disturb_by_truncation(path):
    os.truncate(path, 100)


def disturb_by_replacement(path):
    with open(path + ".new", "w", encoding="utf-8") as new:
        new.write("mine\n")
    os.replace(path + ".new", path)


def test_a_file_that_another_program_cuts_removes_or_replaces_is_told(world):
    for disturb, words in ((disturb_by_truncation, "has cut it short"),
                           (os.unlink, "removed, moved or replaced"),
                           (disturb_by_replacement, "removed, moved or replaced")):
        process, path, _ = world.start("disturbed.jsonl")
        wait_until(lambda path=path: size_of(path) > 1000, "lines")
        disturb(path)
        status, errors = end(process, PROMPT)
        assert status == 3 and words in errors and "scan again" in errors, (status, errors)
        if os.path.exists(path):
            with open(path, "rb") as stream:
                content = stream.read()
            assert b"\0" not in content and len(content) <= 100, content[:300]
            os.unlink(path)


def test_a_standard_output_that_another_program_cuts_is_told(world):
    path = world.fleet.path("redirected.jsonl")
    with open(path, "wb") as out:
        process = world.fleet.start(world.list, "--concurrency", "30", stdout=out)
        wait_until(lambda: size_of(path) > 1000, "lines")
        disturb_by_truncation(path)
        status, errors = end(process, PROMPT)
    assert status == 3 and "standard output: another program has cut it" in errors, errors
    assert size_of(path) == 100


def test_a_file_that_another_run_is_writing_is_left_alone(world):
    process, path, _ = world.start("shared.jsonl")
    for more, words in (((), "exists and is not empty|another run is writing"),
                        (("--resume",), "another run is writing this file")):
        status, output, errors = world.fleet.run(world.list, "-o", path, *more)
        assert (status, output) == (3, b"") and re.search(words, errors), (more, status, errors)
    status, errors = end(process)
    assert status == 0, errors
    results = read_results(path)
    check_form(results)
    assert len(results.domains) == HOSTS, len(results.domains)


def test_a_standard_output_that_another_run_is_writing_is_left_alone(world):
    path = world.fleet.path("shared-output.jsonl")
    for mode in ("wb", "ab"):
        with open(path, mode) as first, open(path, "ab") as second:
            process = world.fleet.start(world.list, "--concurrency", "30", stdout=first)
            wait_until(lambda: size_of(path) > 1000, "lines")
            status, errors = end(world.fleet.start(world.list, stdout=second))
            assert status == 3, (status, errors)
            assert "standard output: another run is writing this file" in errors, errors
            assert end(process)[0] == 0
            # Two that share a descriptor are one after the other's end.
            assert end(world.fleet.start(world.list, stdout=first))[0] == 0
        with open(path, "rb") as stream:
            assert [json.loads(line)["type"] for line in stream].count("summary") == 2
        os.unlink(path)


def test_an_output_that_cannot_be_opened_is_told_before_anyone_is_called(world):
    before = world.fleet.stats()[0]["connections"]
    for path, words in ((world.fleet.path("missing/out.jsonl"), "No such file or directory"),
                        (world.fleet.folder, "Is a directory")):
        status, output, errors = world.fleet.run(world.list, "-o", path)
        assert (status, output) == (3, b""), (status, output)
        assert f"cannot write {path}: {words}" in errors, errors
    assert world.fleet.stats()[0]["connections"] == before


def test_results_wait_for_a_terminal_that_the_list_is_typed_at(world):
    names = "".join(f"nobody{number}.fleet.test\n" for number in range(300))
    with Terminal(world.fleet.command("-"), streams=("stdin", "stdout"),
                  stderr=subprocess.PIPE) as terminal:
        tty.setraw(terminal.master)
        terminal.hold()  # as long as nobody looks, it takes a few thousand bytes
        terminal.type(names)
        time.sleep(1)
        assert terminal.process.poll() is None, terminal.process.stderr.read()
        terminal.go_on()
        wait_until(lambda: terminal.text().count('"type":"domain"') == 300, "300 lines")
        terminal.process.send_signal(signal.SIGINT)
        status = terminal.wait(10 * FACTOR)
        errors = terminal.process.stderr.read().decode()
        terminal.process.stderr.close()
    assert status == 3 and "incomplete" not in errors, (status, errors)
    assert terminal.text().count('"type":"summary"') == 1, terminal.text()[-300:]


# ---- Progress


def test_progress_never_and_auto_off_a_terminal_show_nothing(world):
    for how in ("never", "auto"):
        status, _, errors = world.fleet.run(world.list, "--progress", how)
        assert (status, errors) == (0, ""), (how, status, errors)


def test_progress_always_writes_lines_that_can_be_kept(world):
    status, output, errors = world.fleet.run(world.list, "--progress", "always")
    lines = errors.splitlines()
    assert status == 0 and lines, (status, errors)
    assert all(STATUS_LINE.match(line) and line.isprintable() for line in lines), lines
    assert b"domains 1" not in output


def run_on_terminal(world, *arguments, source=None, then=lambda process: None):
    """(status, all that the terminal got) of a scan with its stderr on one of so many columns."""
    command = world.fleet.command(source or world.list, *arguments)
    with Terminal(command, COLUMNS, ("stderr",), stdin=subprocess.DEVNULL,
                  stdout=subprocess.DEVNULL) as terminal:
        wait_until(lambda: terminal.shown or terminal.process.poll() is not None,
                   "something on the terminal")
        then(terminal.process)
        status = terminal.wait(60 * FACTOR)
    return status, terminal.text()


def test_a_terminal_shows_one_line_that_is_drawn_anew_and_gone_at_the_end(world):
    # A header is no domain, and the last line is one although it has no end.
    source = world.fleet.write("typed.csv", "\n".join(["domain", *world.table.domains]))
    check_frames(*run_on_terminal(world, "--progress", "auto", source=source), "domains")


def test_a_list_of_hosts_shows_its_progress_too(world):
    hosts = world.fleet.write("hosts.txt", "".join(
        f"{row['mx'][0]['host']}\n" for row in world.table.domains.values()))
    check_frames(*run_on_terminal(world, "--hosts", "--progress", "auto", source=hosts), "hosts")


def check_frames(status, shown, unit):
    frames = shown.split("\r")
    assert status == 0 and frames[0] == "" and "\n" not in shown, (status, shown)
    assert shown.endswith("\r\033[K"), shown[-80:]
    lines = [frame.removesuffix("\033[K") for frame in frames[1:-1]]
    assert len(lines) > 2 and all(len(line) < COLUMNS for line in lines), lines
    found = [STATUS_LINE.match(line) for line in lines]
    assert all(found) and {match.group(3) for match in found} == {unit}, lines
    done = [int(match.group(1)) for match in found]
    assert done == sorted(done) and HOSTS >= done[-1] > done[0], done
    assert found[-1].group(2) == str(HOSTS), lines[-1]


def test_messages_on_a_terminal_do_not_run_into_the_progress_line(world):
    status, shown = run_on_terminal(world, "--progress", "auto", "--concurrency", "50",
                                    then=lambda process: process.send_signal(signal.SIGINT))
    assert status == 3, (status, shown)
    message = shown[:shown.index("stopping:")]
    assert message.endswith("\r\033[Kmxgrade: ") or message == "mxgrade: ", message[-60:]


def test_progress_never_shows_nothing_on_a_terminal(world):
    status, shown = run_on_terminal(world, "--progress", "never")
    assert (status, shown) == (0, ""), (status, shown)


def main():
    slow = Fleet("--own-zones", "--hosts", str(HOSTS), "--mix", "single=1,ok_tls12_13=3,wrong_name=1",
                 serve=("--rtt", "20:60"))
    silent = Fleet("--own-zones", "--hosts", "40", "--mix", "single=1,silence=1")
    with slow, silent:
        return runner.run(sys.modules[__name__], World(slow, silent))


if __name__ == "__main__":
    sys.exit(main())
