"""Something on the way speaks in place of the mail servers: the run is void, in its file and for
every reader of it. Worlds that only look like that are graded."""
import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import network_world
import runner
from network_world import (A, MX, MXGRADE, NXDOMAIN, World, address, exchange, make_certificate,
                           many_domains, talk)
from pki import Pki
from postfix import Postfix
from report_data import packed_parts

DOMAINS = [f"d{i}.test" for i in range(200)]
QUICK = ("--retry-wait", "1", "--provider-rate", "0", "--depth", "quick")


class Scene:
    """The world, and servers to put in it."""

    def __init__(self, world):
        self.world = world
        self.contexts = [make_certificate(world.folder, f"own{i}.test") for i in range(5)]

    # ---- Who answers

    async def relay(self, _, reader, writer):
        await talk(reader, writer, "relay.isp.example ESMTP", ("SIZE 20000000",), None)

    async def mitm(self, _, reader, writer):
        await talk(reader, writer, "fw.isp.example ESMTP", ("SIZE 20000000",), self.world.context)

    async def overwrites(self, place, reader, writer):
        await talk(reader, writer, f"{own_name(place)} ESMTP", ("XXXXXXXA",), None)

    async def honest(self, place, reader, writer):
        """Each network has a name and a certificate of its own, or of a few."""
        context = self.contexts[int(place.split(".")[1]) % len(self.contexts)]
        await talk(reader, writer, f"{own_name(place)} ESMTP", ("SIZE",), context)

    async def without_starttls(self, place, reader, writer):
        await talk(reader, writer, f"{own_name(place)} ESMTP", ("SIZE",), None)

    # ---- What is asked

    def scan(self, domains, serve, *options, answer=many_domains, **more):
        self.world.answer, self.world.serve = answer, serve
        return self.world.scan(domains, *QUICK, *options, **more)


def own_name(place):
    return "mail." + "".join("abcdefghij"[int(digit)] for digit in place.split(".")[1]) + ".example"


def voids_of(results):
    return [r for r in results.records if r["type"] == "run_void"]


def expect_void(differ, name, results, reason, sentence):
    differ.equal(f"{name}: status", results.status, 3)
    differ.equal(f"{name}: said", "INTERCEPTED" in results.errors, True)
    differ.equal(f"{name}: said why", bool(re.search(sentence, results.errors)), True)
    differ.equal(f"{name}: said once", results.errors.count("INTERCEPTED"), 1)
    differ.equal(f"{name}: an F", [r for r in results.records if r.get("grade") == "F"], [])
    differ.equal(f"{name}: letters shown", set(letters_shown(results.out)), {"U"})
    differ.equal(f"{name}: records", [(r["reason"], r["records_kept"]) for r in voids_of(results)],
                 [(reason, 1)])
    differ.equal(f"{name}: the summary", (results.summary["void_reason"],
                                          results.summary["complete"]), (reason, False))
    counted = {letter for letter, num in results.summary["domain_grades"].items() if num > 0}
    differ.equal(f"{name}: counted", counted, {"U"})


def expect_graded(differ, name, results, grades):
    differ.equal(f"{name}: status", results.status, 0)
    differ.equal(f"{name}: said", "INTERCEPTED" in results.errors, False)
    differ.equal(f"{name}: letters", results.grades(), grades)
    differ.equal(f"{name}: records", voids_of(results), [])
    differ.equal(f"{name}: the summary", results.summary["void_reason"], None)


# ---- Interceptors


def test_whoever_answers_for_all_voids_the_run(scene):
    differ = runner.Differences()
    expect_void(differ, "a relay", scene.scan(DOMAINS, scene.relay), "same_greeting",
                r'"220 relay\.isp\.example ESMTP".* in \d+ of \d+ unrelated networks')
    expect_void(differ, "one certificate", scene.scan(DOMAINS, scene.mitm), "same_certificate",
                r"one certificate .* in \d+ of \d+ unrelated networks")
    expect_void(differ, "an overwritten offer", scene.scan(DOMAINS, scene.overwrites),
                "starttls_overwritten", r"XXXXXXXA\) in \d+ of \d+ unrelated networks")
    differ.check()


def test_it_is_said_early(scene):
    names = [f"d{i}.test" for i in range(2000)]
    results = scene.scan(names, scene.relay)
    assert results.status == 3 and results.seconds < 20, (results.status, results.seconds)
    assert results.summary["connections"] < 2000, results.summary["connections"]
    assert len(results.domains) == results.summary["lines_begun"], len(results.domains)


def test_a_real_postfix_that_all_connections_end_at_is_found(scene):
    """A firewall rule sends what goes to port 25 to it, whatever the address."""
    if shutil.which("postfix") is None:
        raise runner.Skip("there is no Postfix")
    os.chmod(scene.world.folder, 0o755)  # its daemons give up root
    leaf = Pki(scene.world.path("pki")).self_signed("relay", "relay.isp.example")
    postfix = Postfix(scene.world.path("postfix"), 2525)
    postfix.add("bare", "127.0.0.2", "relay.isp.example")
    postfix.add("tls", "127.0.0.3", "relay.isp.example", [leaf])
    differ = runner.Differences()
    with postfix:
        for name, place, reason in (("without TLS", "127.0.0.2", "same_greeting"),
                                    ("with a certificate", "127.0.0.3", "same_certificate")):
            run_nft("add table ip wire_nat; add chain ip wire_nat out { type nat hook output "
                    f"priority -100; }}; add rule ip wire_nat out tcp dport 25 dnat to {place}:2525")
            try:
                results = scene.scan(DOMAINS, scene.honest)
            finally:
                run_nft("delete table ip wire_nat")
            expect_void(differ, name, results, reason, "unrelated networks")
    differ.check()


def run_nft(rules):
    subprocess.run(["nft", rules], check=True)


def test_rows_of_csv_say_it_too(scene):
    scene.world.answer, scene.world.serve = many_domains, scene.relay
    with open(scene.world.path("list.txt"), "w", encoding="ascii") as stream:
        stream.writelines(f"{domain}\n" for domain in DOMAINS)
    done = subprocess.run(
        [MXGRADE, "scan", scene.world.path("list.txt"), "--format", "csv", "--resolver",
         "127.0.0.1", "--allow-net", "127.0.0.0/8", "--ehlo", "scanner.example.org", "--progress",
         "never", *QUICK], capture_output=True, text=True, timeout=60)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert done.returncode == 3 and rows, (done.returncode, done.stderr)
    assert {row["grade"] for row in rows} == {"U"}, rows[0]


# ---- Honest worlds


def of_one_provider(name, kind):
    """The hosts of all domains are of one provider, which is in all networks."""
    labels = name.split(".")
    if labels[-2:] == ["provider", "test"]:
        number = int(labels[0][2:])
        return [address(f"127.{16 + number % 200}.1.{1 + number // 200}")] if kind == A else []
    if len(labels) == 2 and kind == MX:
        return [exchange(10, f"mx{labels[0][1:]}.provider.test")]
    return many_domains(name, kind)


def in_networks_of_one_hoster(name, kind):
    """Each domain names a host of its own, and all are in ten networks."""
    records = many_domains(name, kind)
    if kind == A and isinstance(records, list) and records:
        number = int(name.split(".")[-2][1:])
        return [address(f"127.{16 + number % 10}.{number // 10 % 250}.1")]
    return records


def of_one_company(name, kind):
    """acme.c0, acme.c1 and so on, each with a host in a network of its own."""
    labels = name.split(".")
    if len(labels) < 2 or labels[-2] != "acme":
        return NXDOMAIN if name else []
    if len(labels) == 2:
        return [exchange(10, f"mail.{name}")] if kind == MX else []
    return [address(f"127.{16 + int(labels[-1][1:])}.1.1")] if kind == A else []


def test_a_thousand_suppliers_at_one_provider_are_graded(scene):
    names = [f"d{i}.test" for i in range(1000)]
    differ = runner.Differences()
    for answer, serve, grade in ((of_one_provider, scene.relay, "F"),
                                 (in_networks_of_one_hoster, scene.mitm, "C")):
        expect_graded(differ, answer.__name__,
                      scene.scan(names, serve, "--per-provider", "64", answer=answer),
                      {grade: 1000})
    differ.check()


def test_forty_machines_of_one_make_are_graded(scene):
    """They have one greeting, with no name in it or with the maker's, and one certificate, or each
    one of its own; alone, and among others."""
    async def one_certificate(place, reader, writer):
        if int(place.split(".")[1]) < 56:
            await talk(reader, writer, "localhost ESMTP MailBox", (), scene.world.context)
        else:
            await scene.honest(place, reader, writer)

    async def own_certificates(place, reader, writer):
        await talk(reader, writer, "mail.maker.example ESMTP MailBox", (),
                   scene.contexts[int(place.split(".")[1]) % len(scene.contexts)])

    differ = runner.Differences()
    alone = scene.scan(DOMAINS[:40], one_certificate)
    expect_graded(differ, "alone", alone, {"C": 40})
    differ.equal("alone: a word", "That may be a maker's default" in alone.errors, True)
    expect_graded(differ, "certificates of their own", scene.scan(DOMAINS[:40], own_certificates),
                  {"C": 40})
    expect_graded(differ, "among others", scene.scan(DOMAINS[:100], one_certificate), {"C": 100})
    differ.check()


def test_a_list_of_one_company_is_graded(scene):
    names = [f"acme.c{i}" for i in range(80)]
    differ = runner.Differences()
    expect_graded(differ, "without TLS", scene.scan(names, scene.relay, answer=of_one_company),
                  {"F": 80})
    expect_graded(differ, "with", scene.scan(names, scene.mitm, answer=of_one_company), {"C": 80})
    differ.check()


def test_servers_of_their_own_names_without_starttls_are_graded(scene):
    """A list may be of nothing else, such as those that the last run gave F."""
    differ = runner.Differences()
    results = scene.scan(DOMAINS, scene.without_starttls)
    expect_graded(differ, "no STARTTLS", results, {"F": 200})
    differ.equal("a word", "no server of this list offers STARTTLS" in results.errors, True)
    differ.check()


def test_honest_servers_are_graded_without_a_word(scene):
    differ = runner.Differences()
    results = scene.scan(DOMAINS, scene.honest)
    expect_graded(differ, "honest", results, {"C": 200})
    differ.equal("said", re.findall("speaks in place|STARTTLS", results.errors), [])
    differ.check()


# ---- What waits


def test_an_f_waits_for_twenty_unrelated_networks(scene):
    """The list stays open behind its first ten domains, and then behind 30."""
    scene.world.answer, scene.world.serve = many_domains, scene.without_starttls
    out = scene.world.path("waits.jsonl")
    process = subprocess.Popen(
        [MXGRADE, "scan", "-", "--resolver", "127.0.0.1", "--allow-net", "127.0.0.0/8", "--ehlo",
         "scanner.example.org", "--progress", "never", "-o", out, *QUICK], stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True)
    try:
        feed(process, DOMAINS[:10])
        time.sleep(6)  # each was seen to have no STARTTLS twice
        assert letters_in(out) == [], letters_in(out)
        feed(process, DOMAINS[10:30])
        deadline = time.monotonic() + 20
        while letters_in(out).count("F") < 30 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert letters_in(out).count("F") == 30, letters_in(out)
        process.stdin.close()
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()


def feed(process, domains):
    process.stdin.write("".join(f"{domain}\n" for domain in domains))
    process.stdin.flush()


def letters_in(path):
    with open(path, encoding="utf-8") as stream:
        lines = [line for line in stream.read().split("\n")[:-1]]
    records = [json.loads(line) for line in lines]
    return [record["grade"] for record in records if record["type"] == "domain"]


# ---- Readers


def run_command(*arguments, status=0):
    done = subprocess.run([MXGRADE, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == status, (arguments, done.returncode, done.stderr)
    return done


def voided_file(scene):
    """A file of graded records that says of itself that they are void, and the one that does not."""
    results = scene.scan(DOMAINS[:30], scene.honest, out="good.jsonl")
    assert results.grades() == {"C": 30}, results.errors
    with open(results.out, encoding="utf-8") as stream:
        lines = stream.readlines()
    record = {"type": "run_void", "reason": "same_certificate", "detail": "one for all",
              "records_kept": 1, "time": "2026-11-30T10:00:00.000Z"}
    summary = dict(json.loads(lines[-1]), complete=False, void_reason="same_certificate")
    path = scene.world.path("void.jsonl")
    with open(path, "w", encoding="utf-8") as stream:
        stream.writelines([*lines[:20], json.dumps(record, separators=(",", ":")) + "\n",
                           *lines[20:-1], json.dumps(summary, separators=(",", ":")) + "\n"])
    return path, results.out


def test_convert_shows_void_records_as_not_observed(scene):
    void, good = voided_file(scene)
    done = run_command("convert", void)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {row["grade"] for row in rows} == {"U"} and len(rows) == 30, rows[0]
    assert {row["opportunistic_tls"] for row in rows} == {"unknown"}, rows[0]
    assert {row["opportunistic_reason"] for row in rows} == {"one for all"}, rows[0]
    assert "a run that is void: one for all" in done.stderr, done.stderr
    assert {row["grade"] for row in csv.DictReader(io.StringIO(
        run_command("convert", good).stdout))} == {"C"}


def test_diff_sees_no_change_in_void_records(scene):
    void, good = voided_file(scene)
    for old, new in ((good, void), (void, good)):
        done = run_command("diff", "--fail-on", "regression", old, new)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        verdicts = {line["verdict"] for line in lines if line["type"] == "change"}
        assert verdicts and not verdicts & {"regression", "improvement", "mixed"}, verdicts
        assert "a run that is void: one for all" in done.stderr, done.stderr


def test_the_page_shows_void_records_as_not_observed(scene):
    void, good = voided_file(scene)
    for path, letter, is_void in ((void, "U", True), (good, "C", False)):
        page = scene.world.path("page.html")
        run_command("report", path, "-o", page)
        with open(page, encoding="utf-8") as stream:
            data = json.loads(packed_parts(stream.read())["data0"])
        os.unlink(page)
        shown = {data["values"][number] for number in data["domains"]["grade"]}
        assert shown == {letter}, shown
        assert data["void"] is is_void, data["void"]


def test_judge_gives_void_records_no_letter(scene):
    void, good = voided_file(scene)
    done = run_command("judge", void)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    letters = {r["grade"] for r in records if r["type"] in ("domain", "endpoint")}
    assert letters == {"U"}, letters
    assert [r["type"] for r in records].count("run_void") == 1
    counted = {k for k, num in records[-1]["domain_grades"].items() if num > 0}
    assert counted == {"U"}, records[-1]["domain_grades"]
    assert {grade for grade, _ in scene.world.judge(good).values()} == {"C"}
    again = scene.world.path("judged.jsonl")
    with open(again, "w", encoding="utf-8") as stream:
        stream.write(done.stdout)
    assert run_command("judge", again).stdout == done.stdout, "it comes to the same again"


def test_check_says_it_and_prints_no_letters(scene):
    scene.world.answer, scene.world.serve = many_domains, scene.relay
    done = run_command("check", *DOMAINS[:30], "--resolver", "127.0.0.1", "--allow-net",
                       "127.0.0.0/8", "--ehlo", "scanner.example.org", *QUICK, status=3)
    assert "INTERCEPTED" in done.stderr and done.stdout == "", (done.stderr, done.stdout[:500])


# ---- Resuming


def test_a_void_run_is_begun_anew_when_the_network_is_back(scene):
    differ = runner.Differences()
    for name, serve in (("relay", scene.relay), ("mitm", scene.mitm)):
        expect_void(differ, name, scene.scan(DOMAINS, serve, out="r.jsonl"),
                    {"relay": "same_greeting", "mitm": "same_certificate"}[name], "INTERCEPTED")
        results = scene.scan(DOMAINS, scene.honest, "--resume", out="r.jsonl")
        expect_graded(differ, f"{name}, resumed", results, {"C": 200})
        differ.equal(f"{name}: complete", results.summary["complete"], True)
        differ.equal(f"{name}: records", len([r for r in results.records
                                              if r["type"] == "domain"]), 200)
    differ.check()


def test_what_an_earlier_start_saw_still_counts(scene):
    differ = runner.Differences()
    first = stop_midway(scene, "part.jsonl")
    with open(first, "rb") as stream:
        kept = b"".join(stream.read().splitlines(keepends=True)[:-1])
    results = scene.scan(DOMAINS, scene.mitm, "--resume", out="part.jsonl")
    counted = [letter for letter in letters_shown(first) if letter == "C"]
    void = voids_of(results)
    differ.equal("status", results.status, 3)
    differ.equal("one record says so", len(void), 1)
    differ.equal("what it leaves", void and results.records[:void[0]["records_kept"]],
                 [json.loads(line) for line in kept.splitlines()][:void[0]["records_kept"]])
    differ.equal("letters that count", len(counted) > 0, True)
    differ.equal("they are those of the summary", results.summary["domain_grades"]["C"],
                 len(counted))
    differ.equal("no more letters", set(letters_shown(first)), {"C", "U"})
    again = scene.scan(DOMAINS, scene.honest, "--resume", out="part.jsonl")
    differ.equal("resumed: status", again.status, 0)
    differ.equal("resumed: letters", again.grades(), {"C": 200})
    differ.equal("resumed: records", len([r for r in again.records if r["type"] == "domain"]), 200)
    with open(first, "rb") as stream:
        lines = stream.read().splitlines(keepends=True)
    differ.equal("what was kept is as it was",
                 b"".join(lines[:void[0]["records_kept"]]) == b"".join(
                     kept.splitlines(keepends=True)[:void[0]["records_kept"]]), True)
    differ.check()


def letters_shown(path):
    return [row["grade"] for row in csv.DictReader(io.StringIO(
        run_command("convert", path).stdout))]


def stop_midway(scene, name):
    """A file of an honest run that was interrupted."""
    scene.world.answer, scene.world.serve = many_domains, scene.honest
    out = scene.world.path(name)
    with open(scene.world.path("list.txt"), "w", encoding="ascii") as stream:
        stream.writelines(f"{domain}\n" for domain in DOMAINS)
    process = subprocess.Popen(
        [MXGRADE, "scan", scene.world.path("list.txt"), "--resolver", "127.0.0.1", "--allow-net",
         "127.0.0.0/8", "--ehlo", "scanner.example.org", "--progress", "never", "-o", out, "--rate",
         "40", *QUICK], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while not os.path.exists(out) or len(letters_in(out)) < 20:
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 3
    finally:
        process.kill()
    return out


def main():
    network_world.enter_namespace()
    with World() as world:
        return runner.run(sys.modules[__name__], Scene(world))


if __name__ == "__main__":
    sys.exit(main())
