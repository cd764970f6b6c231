#!/usr/bin/env python3
"""Scans fleets of simulated hosts and compares every line with the fleet's own table: one that has
each behaviour and each DNS shape, and one of some hundred domains ($MXGRADE_FLEET_HOSTS says how
many, 5000 for instance). What the fleet cannot show is shown by other means, so that every outcome
that there is has been produced on the wire and read back from a line.
"""
import concurrent.futures
import contextlib
import os
import re
import shutil
import socket
import sys
import threading

import fleet_table
import runner
from fleet import FACTOR, SCAN_SECONDS, Fleet, check_form, grades, read_results
from processes import free_port, run

HOSTS = os.environ.get("MXGRADE_FLEET_HOSTS", "800")
SECONDS = SCAN_SECONDS * max(1, FACTOR)
OUTCOME_TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../output/record/outcome.h")
# Outcomes that no test here produces, and why.
UNPRODUCED = {
    "local_error": "takes a lack of memory in the midst of a dialogue",
    "interrupted": "what an interrupt leaves unfinished gets no line: --resume looks again",
    "tls_unsupported": "no behaviour of the fleet; test_handshake_ends.py has real servers",
    "proxy_failed": "takes a proxy; test_proxies.py has it",
    "intercepted": "takes a network that speaks for its servers; test_intercepted.py has it",
    "family_not_asked": "takes -4, -6 or a machine without a route; test_families.py has it",
    "unsupported_algorithm": "of a chain's trust only; test_certificate_rules.c has it",
    "chain_too_long": "likewise; test_certificate.c has it",
    "family_not_asked": "takes addresses of IPv6; test_families.py has it",
}
BLOCKED = re.compile(r"outbound port (\d+) looks BLOCKED here")
NUM_BLOCKED = 60  # of the first 20 unrelated networks that time out the run says so


class World:
    """The fleets, their tables, and what the scans of them said."""

    def __init__(self, each, many):
        self.each, self.many = each, many
        self.each_table, self.many_table = each.expect(), many.expect()
        self.outcomes = set()

    def scan_all(self):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            each = pool.submit(self.scan, self.each, self.each.list(), "--threads", "2")
            self.many_results = self.scan(self.many, self.many.list(), "--threads", "2")
            self.each_results = each.result()
        self.again_results = self.scan(self.many, self.many.list(), "--threads", "5")

    def scan(self, fleet, *arguments):
        results = fleet.scan(*arguments, seconds=SECONDS)
        for record in results.records:
            self.note_outcomes(record)
        return results

    def note_outcomes(self, record):
        if record["type"] == "endpoint":
            self.outcomes |= {record["outcome"]} | set(re.findall(
                r"_reason': '(not_tested)'", str(record)))  # it is only ever a reason
        if record["type"] == "domain":
            self.outcomes |= {record["dns"]["outcome"], *(mx["outcome"] for mx in record["mx"])}


# ---- The fleet with each behaviour


def test_every_behaviour_and_dns_shape_ends_as_the_table_says(world):
    differ = runner.Differences()
    fleet_table.compare(differ, world.each_table, world.each_results)
    differ.check()


def test_that_fleet_has_every_behaviour(world):
    listed = world.each.ask("behaviours").split("\n")
    names = {line.split()[1] for line in listed if line.startswith("behaviour")}
    seen = {row["behaviour"] for row in world.each_table.endpoints.values()} - {None}
    assert seen == names and len(names) > 70, names ^ seen


# ---- The fleet of hundreds


def test_every_one_of_many_hosts_ends_as_the_table_says(world):
    differ = runner.Differences()
    fleet_table.compare(differ, world.many_table, world.many_results)
    differ.check()


def test_another_number_of_threads_gives_the_same_grades(world):
    first, again = grades(world.many_results), grades(world.again_results)
    assert first == again, [(key, first.get(key), again.get(key))
                            for key in first.keys() | again.keys()
                            if first.get(key) != again.get(key)]


def test_a_second_run_ends_as_the_table_says(world):
    differ = runner.Differences()
    fleet_table.compare(differ, world.many_table, world.again_results)
    differ.check()


def test_each_run_ends_well_with_one_run_line_and_one_summary(world):
    for results in (world.each_results, world.many_results, world.again_results):
        assert results.status == 0, (results.status, results.errors)
        assert "ERROR" not in results.errors, results.errors
        check_form(results)
        assert results.summaries[0]["complete"] is True, results.summaries


def test_the_summary_counts_what_the_lines_say(world):
    differ = runner.Differences()
    for results in (world.each_results, world.many_results):
        summary = results.summaries[0]
        differ.equal("lines", summary["lines"], len(results.domains))
        differ.equal("domains", summary["domains"], len(results.domains))
        differ.equal("endpoints", summary["endpoints"], len(results.endpoints))
        differ.equal("connections", summary["connections"],
                     sum(record["connections"] for record in results.endpoints))
        for field, key, records in (("domain_grades", "grade", results.domains),
                                    ("endpoint_grades", "grade", results.endpoints),
                                    ("outcomes", "outcome", results.endpoints)):
            values = [record[key] for record in records]
            counted = {value: count for value, count in summary[field].items() if count}
            differ.equal(field, counted, {value: values.count(value) for value in set(values)})
    differ.check()


def test_nobody_is_called_who_is_not_in_the_table(world):
    for fleet in (world.each, world.many):
        totals, _ = fleet.stats()
        assert totals["strangers"] == 0, totals


def test_the_servers_met_a_polite_client(world):
    differ = runner.Differences()
    for fleet in (world.each, world.many):
        _, addresses = fleet.stats()
        for counters in addresses.values():
            name = f"{counters['host']} {counters['address']} ({counters['behaviour']}) "
            differ.within(name + "connections at once", counters["peak_open"], (1, 2))
            # keeps_input takes the test for injected commands as a command, twice in a scan.
            allowed = range(5) if counters["behaviour"] == "keeps_input" else (0,)
            differ.within(name + "pipelined", counters["pipelined"], allowed)
            for rudeness in ("pregreets", "ehlo_own", "rcpt", "data", "unknown_commands",
                             "no_quit"):
                differ.equal(name + rudeness, counters[rudeness], 0)
    differ.check()


def test_a_time_out_does_not_say_that_the_glued_command_was_not_executed(world):
    commands = {row["behaviour"]: record["injection"]["commands"]
                for record in world.each_results.endpoints
                if (row := world.each_table.endpoints.get(fleet_table.endpoint_key(record)))}
    seen = {name: commands[name] for name in ("silent_after_220_once", "keeps_input", "ok_tls12_13")}
    assert seen == {"silent_after_220_once": "unknown", "keeps_input": "yes", "ok_tls12_13": "no"}, seen


# ---- What no fleet shows


def test_a_dialogue_that_takes_too_long_in_all_is_told(world):
    results = world.scan(world.each, "--hosts", hosts_with(world, "banner_delay"),
                         "--target-timeout", "0.2")
    assert [r["outcome"] for r in results.endpoints] == ["target_timeout"], results.endpoints


def hosts_with(world, *behaviours):
    names = sorted({row["host"] for row in world.each_table.endpoints.values()
                    if row["behaviour"] in behaviours})
    assert names, behaviours
    return world.each.write("hosts.txt", "\n".join(names) + "\n")


def test_a_bad_line_and_an_excluded_name_are_told(world):
    exclusions = world.each.write("exclude.txt", "excluded.example\n")
    source = world.each.write("two.txt", "not a domain\nexcluded.example\n")
    results = world.scan(world.each, source, "--exclude", exclusions)
    outcomes = {record["input"]: record["dns"]["outcome"] for record in results.domains}
    assert outcomes == {"not a domain": "invalid_input", "excluded.example": "excluded"}, outcomes


@contextlib.contextmanager
def mangling_resolver():
    """Answers each question with itself and the header of records that do not follow."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        ended = threading.Event()

        def serve():
            server.settimeout(0.1)
            while not ended.is_set():
                with contextlib.suppress(TimeoutError):
                    question, client = server.recvfrom(4096)
                    counts = b"\0\1\0\3\0\0\0\0"
                    server.sendto(question[:2] + b"\x81\x80" + counts + question[12:], client)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        ended.set()
        thread.join()


def test_a_mangled_dns_answer_is_told_from_none(world):
    with mangling_resolver() as resolver:
        source = world.each.write("mangled.txt", "mangled.example\n")
        results = world.scan(world.each, source, "--resolver", resolver)
    record = results.domain("mangled.example")
    assert record["dns"]["outcome"] == "dns_malformed", record["dns"]
    assert (record["mail"], record["grade"]) == ("unknown", "U"), record


def test_a_network_that_cannot_be_reached_is_told(world):
    # In a network namespace of its own even the loopback interface is down.
    if not shutil.which("unshare") or run(["unshare", "-n", "true"]).returncode != 0:
        raise runner.Skip("unshare -n is not allowed here")
    out, source = world.each.path("alone.jsonl"), world.each.write("alone.txt", "127.1.2.3:25\n")
    done = run(["unshare", "-n", *world.each.command("--hosts", source, "-o", out)],
               seconds=SECONDS)
    results = read_results(out)
    seen = [record["outcome"] for record in results.endpoints]
    world.outcomes.update(seen)
    assert seen == ["connect_unreachable"], (seen, done.stdout)


# ---- A port that is blocked on the way


@contextlib.contextmanager
def black_hole():
    """A port on every loopback address to which a connection neither succeeds nor fails: the queue
    of those that wait to be accepted is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
        port = free_port("0.0.0.0")
        listener.bind(("0.0.0.0", port))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        yield str(port)


def test_a_blocked_port_is_told_early_and_nothing_is_graded(world):
    source = world.each.write("blocked.txt", "".join(
        f"127.{number}.201.1\n" for number in range(10, 10 + 4 * NUM_BLOCKED)))
    with black_hole() as port:
        results = world.scan(world.each, "--hosts", source, "--port", port, "--concurrency",
                             str(NUM_BLOCKED), "--connect-timeout", "1", "--retry-wait", "20")
    said = BLOCKED.search(results.errors)
    assert said and said.group(1) == port, results.errors
    summary = results.summaries[0]
    assert results.status == 3, (results.status, results.errors)
    assert (summary["port_blocked"], summary["complete"]) == (True, False), summary
    assert summary["connections"] <= 2 * NUM_BLOCKED, f"it went on: {summary['connections']}"
    assert set(r["grade"] for r in results.endpoints) <= {"U"}, results.endpoints


def test_a_blocked_port_is_told_of_a_short_list_too(world):
    out = world.each.path("short.jsonl")
    source = world.each.write("short.txt", "".join(f"127.{number}.202.1\n"
                                                   for number in range(40, 65)))
    with black_hole() as port:
        blocked = ("--hosts", "--port", port, "--connect-timeout", "0.5", "-o", out)
        status, _, errors = world.each.run(source, *blocked)
        again, _, refusal = world.each.run(source, *blocked, "--resume")
    results = read_results(out)
    for record in results.records:
        world.note_outcomes(record)
    summary = results.summaries[0]
    assert status == 3 and BLOCKED.search(errors), (status, errors)
    assert (summary["port_blocked"], summary["complete"]) == (True, False), summary
    assert {record["grade"] for record in results.endpoints} <= {"U"}, results.endpoints
    # Such results say nothing of anyone: all of it is asked again.
    assert again == 3 and BLOCKED.search(refusal), (again, refusal)
    assert len(read_results(out).summaries) == 1, "a summary was left in the middle"


def test_what_is_left_at_the_end_of_a_run_may_be_the_dead_alone(world):
    """A run killed just before its end is continued with hosts that nobody answers at: these were
    a few among many that did, and say nothing of the port."""
    out = world.each.path("tail.jsonl")
    alive = sorted(address for (_, address), row in world.each_table.endpoints.items()
                   if row["behaviour"] == "ok_tls12_13")[:4]
    dead = [f"127.201.{number}.1" for number in range(6)]
    with black_hole() as port:
        source = world.each.write("tail.txt", "".join(f"{address}\n" for address in alive) +
                                  "".join(f"{address}:{port}\n" for address in dead))
        command = ("--hosts", source, "--connect-timeout", "0.5", "--max-retries", "1", "-o", out)
        status, _, errors = world.each.run(*command)
        assert status == 0, errors
        lines = read_results(out).content.splitlines(keepends=True)
        kept = [line for line in lines if not any(f'"{address}"'.encode() in line
                                                  for address in dead)]
        assert len(lines) - len(kept) == len(dead), lines
        world.each.write("tail.jsonl", b"".join(kept[:-1]))
        status, _, errors = world.each.run(*command, "--resume")
    results = read_results(out)
    check_form(results)
    for record in results.records:
        world.note_outcomes(record)
    assert status == 0 and not BLOCKED.search(errors), (status, errors)
    assert sorted(r["address"] for r in results.endpoints) == sorted(alive + dead), results.endpoints


# ---- A resolver that is not there


def check_dead_dns(world, source, out, dead):
    status, _, errors = world.each.run(source, *dead, "-o", out)
    summary = read_results(out).summaries[0]
    assert status == 3 and "the DNS looks DEAD here" in errors, (status, errors)
    assert (summary["dns_failed"], summary["complete"]) == (True, False), summary
    assert set(summary["domain_grades"][letter] for letter in "ABCDFN") == {0}, summary
    return summary


def test_a_dead_resolver_is_told_early_and_of_a_short_list_too(world):
    few, many = world.each.path("few.jsonl"), world.each.path("many.jsonl")
    dead = ("--resolver", f"127.0.0.1:{free_port()}", "--dns-timeout", "0.3")
    short = world.each.write("few.txt", "a.example\nb.example\nc.example\n")
    assert check_dead_dns(world, short, few, dead)["domains"] == 3
    long = world.each.write("many.txt", "".join(f"d{i}.example\n" for i in range(20000)))
    assert check_dead_dns(world, long, many, dead)["domains"] < 10000, "it went on"
    # Nothing in it is worth keeping: all of it is asked again.
    status, _, errors = world.each.run(short, *dead, "-o", few, "--resume")
    assert status == 3 and "the DNS looks DEAD here" in errors, (status, errors)
    results = read_results(few)
    assert len(results.summaries) == 1 and len(results.domains) == 3, results.records
    # The advice is to name another resolver, which is another option and no reason to refuse.
    status, _, errors = world.each.run(short, "-o", few, "--resume")
    assert status == 0 and len(read_results(few).domains) == 3, (status, errors)


def test_a_domain_whose_own_name_servers_fail_does_not_spoil_the_run(world):
    source = world.each.write("one.txt", "a.example\n")
    status, _, errors = world.each.run(source, "--resolver", f"127.0.0.1:{free_port()}",
                                       "--dns-timeout", "0.3")
    assert status == 0 and "the DNS looks DEAD here" in errors, (status, errors)
    assert "none of the last 1 questions" in errors, errors


# ---- Lists of a deep scan


def test_a_list_that_a_server_stopped_answering_for_is_told_from_a_whole_one(world):
    hosts = {row["behaviour"]: row["host"] for row in world.each_table.endpoints.values()
             if row["behaviour"] in ("ok_tls12_13", "silent_later")}
    source = world.each.write("deep.txt", "".join(f"{host}\n" for host in hosts.values()))
    results = world.each.scan(source, "--hosts", "--depth", "deep", "--handshake-timeout",
                              str(max(1, FACTOR)), seconds=SECONDS)
    check_form(results)
    for behaviour, cut in (("ok_tls12_13", []), ("silent_later", ["suites"])):
        record, = (r for r in results.endpoints if r["host"] == hosts[behaviour])
        levels = {name: profile["level"] for name, profile in record["profiles"].items()}
        assert record["tls"]["lists_incomplete"] == cut, (behaviour, record["tls"])
        assert (levels["mozilla"] == "unknown") == bool(cut), (behaviour, levels)


# ---- A resolver that is asked by all threads


SOA = b"\0\6"
ROOT_SOA = b"\xc0\x0c\0\6\0\1\0\0\0\x3c\0\x16" + bytes(22)


def answer_in_batches(resolver, sizes, is_over):
    """Answers that no name exists, but only when nobody has asked for a while. The zone above the
    names is there: who is asked for it at once proves that it is no liar."""
    resolver.settimeout(0.3)
    waiting = {}
    while not is_over.is_set():
        try:
            question, client = resolver.recvfrom(512)
            end = question.index(b"\0", 12) + 5
            if question[end - 4:end - 2] == SOA:
                resolver.sendto(question[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + question[12:end] +
                                ROOT_SOA, client)
                continue
            waiting[question[12:]] = question, client  # some may be sent twice
        except socket.timeout:
            sizes.append(len(waiting))
            for question, client in waiting.values():
                resolver.sendto(question[:2] + b"\x81\x83" + question[4:], client)
            waiting.clear()


def test_all_threads_together_have_no_more_questions_in_flight_than_the_option_says(world):
    sizes, is_over = [], threading.Event()
    source = world.each.write("many.txt", "".join(f"d{i}.example\n" for i in range(60)))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as resolver:
        resolver.bind(("127.0.0.1", 0))
        server = threading.Thread(target=answer_in_batches, args=(resolver, sizes, is_over))
        server.start()
        try:
            status, _, errors = world.each.run(
                source, "--resolver", f"127.0.0.1:{resolver.getsockname()[1]}", "--threads", "4",
                "--dns-concurrency", "12", "-o", world.each.path("asked.jsonl"))
        finally:
            is_over.set()
            server.join()
    assert status == 0 and max(sizes) == 12 and sum(sizes) >= 60, (status, sizes, errors)


# ---- Last, as it looks at all that was seen


def test_every_outcome_there_is_has_been_produced(world):
    with open(OUTCOME_TABLE, encoding="ascii") as stream:
        names = set(re.findall(r'X\([A-Z0-9_]+, "(\w+)", PHASE_', stream.read()))
    assert len(names) > 40, names
    unproduced = names - world.outcomes
    assert unproduced <= set(UNPRODUCED), f"never seen: {unproduced - set(UNPRODUCED)}"
    assert set(UNPRODUCED) <= names, "not an outcome any more"


def main():
    with Fleet("--each", "--hosts", "120") as each, Fleet("--own-zones", "--hosts", HOSTS) as many:
        world = World(each, many)
        world.scan_all()
        return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
