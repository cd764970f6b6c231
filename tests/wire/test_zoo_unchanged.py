#!/usr/bin/env python3
"""Compares scans of the fleet's whole zoo, byte for byte, with what the program printed at commit
14ec09d. zoo.py says what is made alike before lines are compared; DIFFERENCES has all that the
program prints differently on purpose.

usage: test_zoo_unchanged.py [--write]

--write makes the golden files. They change only when the fleet does (a new behaviour or DNS shape),
and then with that program: MXGRADE=PROGRAM_OF_14ec09d tests/wire/test_zoo_unchanged.py --write
"""
import collections
import concurrent.futures
import contextlib
import gzip
import json
import os
import re
import sys

import runner
import zoo

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
DEPTHS = ("standard", "deep")
SHOWN = 20  # records that differ
AROUND = 60  # bytes shown before and behind the first that differs

REFUSED_PROFILES = (
    '"profiles":{"rfc9325":{"level":"not_met","failed":["tls"],"failed_levels":["not_met"],"open":[]},'
    '"ncsc_nl_2025_05":{"level":"insufficient","failed":["tls"],"failed_levels":["insufficient"],'
    '"open":[]},"mozilla":{"level":"none","failed":["tls"],"failed_levels":["none"],"open":[]},'
    '"pci_dss":{"level":"not_met","failed":["tls"],"failed_levels":["not_met"],"open":[]}}')
REFUSALS = {"tls_garbage": "what came is neither TLS nor text",
            "tls_plaintext": "plain text came where TLS should start",
            "tls_alert": "alert 80 internal_error"}


def refused_endpoint(before, outcome, findings):
    return (f'{before}"grade":"F","score":0,"findings":[{{"code":"handshake_refused",'
            f'"severity":"critical","detail":"{REFUSALS[outcome]}"}},{findings}{REFUSED_PROFILES}')


# `pattern` is searched in each line of the golden files that is a record of type `kind`, or of any
# type where that is None, and what it finds is replaced as re.sub() does. A difference that finds
# nothing is out of date.
Difference = collections.namedtuple("Difference", "why kind pattern replacement")
OK = '"ok"'
LOOKUPS = {"mx_invalid": "null", "excluded": '"excluded"',
           **{outcome: f'"{outcome}"' for outcome in ("dns_nxdomain", "dns_nodata", "dns_servfail",
                                                      "dns_refused", "dns_timeout")}}
DIFFERENCES = (
    Difference("the summary counts the lines read, begun and written", "summary",
               r'"lines":(\d+),',
               r'"lines":\1,"lines_read":\1,"lines_begun":\1,"lines_written":\1,'),
    Difference("the summary counts domains by their mail, as CSV and page do", "summary",
               r'(?="opportunistic_tls":)',
               '"mail":{"unknown":3,"mx":110,"implicit":1,"null_mx":1,"none":2},'),
    Difference("a domain says how its line names it", "domain", r'(?="line":)',
               '"domain_form":"name",'),
    Difference("and when it was begun", "domain", r'\}$', ',"started":"TIME"}'),
    Difference("the summary says why a run is void", "summary", r'(?="lines":)',
               '"void_reason":null,'),
    Difference("the summary tells of addresses without a route", "summary", r'(?="lines":)',
               '"unrouted_family":null,"addresses_unrouted":0,'),
    Difference("and of domains that are signed, and bogus", "summary", r'(?="lines":)',
               '"resolver_blamed":false,"signed_domains":0,"bogus_domains":0,'),
    Difference("and of servers that said something else later", "summary", r'(?="seconds":)',
               '"revised_servers":[],'),
    Difference("DANE of hosts with unsigned addresses is none", "endpoint",
               r'"dane":\{"status":"insecure"', '"dane":{"status":"none"'),
    Difference("so of their domains", "domain",
               r'(?<="dane":)"insecure"|(?<="dane":\{"status":)"insecure"', '"none"'),
    Difference("and what is said of both", None, r'"DANE: insecure', '"DANE: none'),
    Difference("an MX host says how its look-up ended", "domain",
               r'"outcome":"(\w+)",(?="grade":"[^"]+","dnssec")',
               lambda found: f'"lookup":{LOOKUPS.get(found[1], OK)},{found[0]}'),
    Difference("the grading policy has other caps for weak suites and signatures", None,
               r'"policy":"2026\.1"', '"policy":"2026.2"'),
    Difference("a SHA-1 signature in the chain is high", None,
               r'"sha1_signature","severity":"medium"', '"sha1_signature","severity":"high"'),
    Difference("and caps at C", "endpoint", r'"grade":"B","score":81(?=.*"sha1_signature")',
               '"grade":"C","score":66'),
    Difference("the domain of that host is C", "domain",
               r'"grade":"B","score":80(?=.*"sha1_signature")', '"grade":"C","score":66'),
    Difference("and shows its MX host as C", "domain",
               r'"grade":"B"(,"dnssec":.*)"grade":"B","score":81(?=.*"sha1_signature")',
               r'"grade":"C"\1"grade":"C","score":66'),
    Difference("a certificate of the chain whose key is weak says so", "endpoint",
               r'("key":"RSA","key_bits":1024,"signature":"[^"]*")(?=\})', r'\1,"weak_key":true'),
    Difference("two more dialogues confirm that a glued command was executed", "endpoint",
               r'"attempts":1,"connections":(\d+)(?=.*"code":"command_injection")',
               lambda found: f'"attempts":3,"connections":{int(found[1]) + 2}'),
    Difference("the finding says so", "endpoint",
               r'(?<=NOOP glued to STARTTLS was answered inside TLS)"',
               ' in two dialogues; without it no such answer came"'),
    Difference("who ends each handshake by an alert is asked for what is rare, too", "endpoint",
               r'("outcome":"tls_alert","outcome_detail":"alert [478]0 .*?"connections":)(\d+)',
               lambda found: found[1] + str(int(found[2]) + 2)),
    Difference("a server that ends each handshake by alert 80, text or garbage is F", "endpoint",
               r'("outcome":"(tls_\w+)","outcome_detail":(?:null|"alert 80 .*?").*?"handshake":"no"'
               r'.*?)"grade":"U","score":null,"findings":\[(.*?)"profiles":\{[^}]*\}',
               lambda found: refused_endpoint(found[1], found[2], found[3])),
    Difference("and its domain is", "domain",
               r'"outcome":"tls_(?:garbage|plaintext|alert)","grade":"U"(?=.*"opportunistic_tls":"no")'
               r'(.*)"grade":"U","score":null(.*)"grade":"U","score":null,"findings":\['
               r'\{"code":"mx_unobserved","severity":"info","detail":"([^:]*):[^}]*\},(.*?)'
               r'(?=\{"code":"plaintext_mail_accepted")',
               r'"outcome":"ok","grade":"F"\1"grade":"F","score":0\2"grade":"F","score":0,'
               r'"findings":[\4{"code":"no_enforcement","severity":"low",'
               r'"detail":"DANE: none; MTA-STS: none"},{"code":"handshake_refused",'
               r'"severity":"critical","detail":"\3"},'),
    Difference("an injection that was not tested has that for a reason", "endpoint",
               r'"commands_reason":"ok"', '"commands_reason":"not_tested"'),
)

# {number in the server's name: why its records differ from the golden file on purpose}.
# test_scan_fleet.py compares what they say now with the fleet's table.
OTHERWISE = {
    74: "MAIL FROM is tried where STARTTLS is not offered",
    75: "an offer that was overwritten on the way is no word of the server's",
    76: "MAIL FROM is tried where STARTTLS is not offered",
    85: "a refusal with a policy code is about us",
    90: "a refusal by 554 is not about STARTTLS",
    91: "a refusal of STARTTLS with a command glued to it does not count",
    92: "TLS that is not available for a minute is refused",
}
# ... and those whose records differ at this depth alone.
OTHERWISE_AT = {
    "standard": {},
    "deep": {114: "fewer questions come before those that it does not answer: more suites are seen"},
}
NUMBER = re.compile(r"\b(?:mx|d)(\d+)")
# A deep scan asks for less than it did, and in another order: of its lists the members are compared,
# and connections by test_a_deep_scan_costs_no_more_than_it_did.
LIST = re.compile(r'"(groups|groups_tls12|suites)":\[([^\]]*)\]')
CONNECTIONS = re.compile(r'"connections":\d+')
# The parts of the summary that count these servers.
COUNTED = re.compile(r'"(?:connections|domain_grades|endpoint_grades|outcomes|findings|'
                     r'opportunistic_tls|enforced_tls)":(?:\d+|\{[^}]*\}|\[[^]]*\])')


def golden_path(depth):
    return os.path.join(FOLDER, f"zoo-{depth}.jsonl.gz")


def write_golden(depth, lines):
    # Without a time and a name the same lines give the same file.
    with open(golden_path(depth), "wb") as file, \
         gzip.GzipFile("", "wb", 9, file, mtime=0) as stream:
        stream.write(("\n".join(lines) + "\n").encode())


def read_golden(depth):
    with gzip.open(golden_path(depth), "rt", encoding="utf-8") as stream:
        return stream.read().split("\n")[:-1]


def apply(difference, lines):
    """(the lines with the difference, how often it was found)."""
    found, changed = 0, []
    for line in lines:
        if difference.kind is None or line.startswith(f'{{"type":"{difference.kind}"'):
            line, times = re.subn(difference.pattern, difference.replacement, line)
            found += times
        changed.append(line)
    return changed, found


def name_of(line):
    record = json.loads(re.sub(r"\bPORT\b", "0", line))
    return " ".join(str(record[key]) for key in ("type", "host", "address", "domain")
                    if record.get(key) is not None)


def is_otherwise(line, depth):
    number = NUMBER.search(name_of(line))
    return number is not None and int(number[1]) in OTHERWISE.keys() | OTHERWISE_AT[depth].keys()


def comparable(line, depth):
    if line.startswith('{"type":"summary"'):
        return COUNTED.sub('"counted":0', line)
    if depth == "deep" and line.startswith('{"type":"endpoint"'):
        line = LIST.sub(lambda found: f'"{found[1]}":[{",".join(sorted(found[2].split(",")))}]', line)
        line = CONNECTIONS.sub('"connections":0', line)
    return line


def first_difference(seen, expected):
    at = next((i for i, pair in enumerate(zip(seen, expected)) if pair[0] != pair[1]),
              min(len(seen), len(expected)))
    begin = max(0, at - AROUND)
    return (f"{name_of(expected)}:\n             seen     {seen[begin:at + AROUND]}"
            f"\n             expected {expected[begin:at + AROUND]}")


def scan_all():
    """The lines of each depth; all depths at once, as a scan mostly waits."""
    with contextlib.ExitStack() as stack:
        fleets = [stack.enter_context(zoo.fresh_fleet()) for _ in DEPTHS]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            return dict(zip(DEPTHS, pool.map(zoo.scan, fleets, DEPTHS)))


def expected_lines(depth):
    expected = read_golden(depth)
    for difference in DIFFERENCES:
        expected, _ = apply(difference, expected)
    return expected


def check(lines, depth):
    expected = expected_lines(depth)
    seen = lines[depth]
    differ = runner.Differences()
    differ.equal("the records", list(map(name_of, seen)), list(map(name_of, expected)))
    differ.check()
    pairs = [(comparable(a, depth), comparable(b, depth))
             for a, b in zip(seen, expected) if not is_otherwise(b, depth)]
    differ.lines = [first_difference(*pair) for pair in pairs if pair[0] != pair[1]]
    differ.lines[SHOWN:] = [f"{len(differ.lines)} records in all"] * (len(differ.lines) > SHOWN)
    differ.check()


def test_a_standard_scan_of_the_zoo_prints_what_it_did(lines):
    check(lines, "standard")


def test_a_deep_scan_of_the_zoo_prints_what_it_did(lines):
    check(lines, "deep")


def test_a_deep_scan_costs_no_more_than_it_did(lines):
    saved = []
    for seen, expected in zip(lines["deep"], expected_lines("deep")):
        if expected.startswith('{"type":"endpoint"') and not is_otherwise(expected, "deep"):
            now, then = (int(CONNECTIONS.search(line)[0].split(":")[1]) for line in (seen, expected))
            assert now <= then, (name_of(expected), now, then)
            saved.append(then - now)
    assert sum(saved) > 1000, sum(saved)


def test_each_listed_difference_is_found(_):
    for difference in DIFFERENCES:
        for depth in DEPTHS:
            assert apply(difference, read_golden(depth))[1] > 0, difference


def test_each_server_that_is_otherwise_is_so(lines):
    for depth in DEPTHS:
        expected = read_golden(depth)
        same = {int(NUMBER.search(name_of(line))[1]) for line in expected
                if line in lines[depth] and is_otherwise(line, depth)
                and line.startswith('{"type":"endpoint"')}
        assert not same, f"{depth}: {same}"


def main():
    lines = scan_all()
    if sys.argv[1:] == ["--write"]:
        for depth in DEPTHS:
            write_golden(depth, lines[depth])
        return 0
    return runner.run(sys.modules[__name__], lines)


if __name__ == "__main__":
    sys.exit(main())
