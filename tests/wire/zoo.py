"""Scans the fleet's whole zoo and removes from the result whatever differs between any two runs.

`scan(fleet, depth)` gives the lines of one scan of a fresh fleet that has each behaviour and each
DNS shape once. The fleet has to be fresh because some behaviours are shown to the first caller
only.

The lines keep their bytes, except for these, which differ from one run or program to the next:

* the order of the lines: they are sorted by what they are about;
* times of this run: those in "started", "finished" and "now", "timings_ms" (null stays null), the
  "seconds..." and "dns_share" of the summary;
* "dns_questions": a question without an answer in the usual time is sent again;
* dates of certificates, which the fleet mints when it is called: days from the start of the run;
* digests of certificates and keys, made anew by each fleet: numbered in order of appearance, so
  that what was equal stays equal;
* the digest of the policy, which changes with each word of it;
* "evidence", which grows when verdicts rest on more facts; test_judge.py tests it;
* "run", the id of the run, which is random and which the golden files lack;
* "places" of findings, which the golden files lack: test_target_judge.c covers them;
* "open", which the golden files lack; the judge's unit tests cover it;
* options of the run that the golden files lack: test_run_options.c covers them;
* the fleet's port and folder, which are chosen anew;
* the random bytes of the behaviour banner_binary, and how a handshake ends that meets random bytes.
"""
import datetime
import re
import time

from fleet import FACTOR, SCAN_SECONDS, Fleet, check_form
from fleet_table import endpoint_key

HOUR = 3600  # after the start: certificates minted during the scan are then all of the same age
DAY = 86400

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"
NUMBER = r"-?\d+(?:\.\d+)?"
MOMENT = re.compile(rf'"(started|finished|now)":"{TIME}"')
TIMINGS = re.compile(r'"timings_ms":\{[^}]*\}')
MEASURED = re.compile(rf'"(seconds\w*|dns_share|dns_questions)":{NUMBER}')
DATE = re.compile(rf'"(not_before|not_after)":"({TIME})"')
GARBAGE = re.compile(r'"tls_(?:closed|reset|timeout|alert|plaintext|protocol_error)"')
STRING = r'"(?:[^"\\]|\\.)*"'
EVIDENCE = re.compile(rf',"evidence":\{{(?:[^{{}}"]|{STRING}|\{{(?:[^{{}}"]|{STRING})*\}})*\}}')
MAIL_POLICIES = re.compile(r',"spf":\{[^{}]*\},"dmarc":\{[^{}]*\}(?=,)')
RUN_ID = re.compile(r',"run":"[0-9a-f]{32}"')
PLACES = re.compile(r',"places":\[[^]]*\]')
OPEN = re.compile(r'"open":\[[^]]*\],(?="findings")')
LATER_OPTIONS = re.compile(
    r',"(?:https-port|allow-net|resolver|trust-ad|ehlo|[a-z]+-timeout|retry-wait|max-retries|'
    r'max-addresses|extra-ca|source|proxy|column|sheet|encoding|resolver-config|accept|'
    r'[a-z-]+-sha256)":"[^"]*"')
RUN_OPTIONS = re.compile(rf'"options":\{{(?:[^{{}}"]|{STRING})*\}}')
BARE_OPTION = re.compile(rf'(?<=":)(true|false|null|{NUMBER})(?=[,}}])')
POLICY_DIGEST = re.compile(r'"policy_digest":"[0-9a-f]+"')
DIGEST = re.compile(r'"(sha256|spki_sha256)":"([0-9a-f]{64})"')
# A text ends at the first quote that is not behind a backslash; null stands for an empty line.
RANDOM_TEXT = re.compile(rf'"(banner|text)":(?:{STRING}|null)')


def days_from(start, text):
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    return f"{round((moment - start) / DAY):+d} days"


def without_times(line, start):
    line = MOMENT.sub(r'"\1":"TIME"', line)
    line = TIMINGS.sub(lambda found: re.sub(rf":{NUMBER}", ":0", found.group()), line)
    line = MEASURED.sub(r'"\1":0', line)
    return DATE.sub(lambda found: f'"{found[1]}":"{days_from(start, found[2])}"', line)


def place(record):
    """Where a record stands once the lines are sorted."""
    kinds = ("run", "domain", "endpoint", "summary")
    return (kinds.index(record["type"]), record.get("line") or 0, record.get("host") or "",
            record.get("address") or "", record.get("service") or "")


def with_options_as_text(line):
    """As the golden files have them: all in quotes."""
    return RUN_OPTIONS.sub(lambda options: BARE_OPTION.sub(
        lambda bare: f'"{bare[1].replace("null", "")}"', options.group()), line)


def normalise(fleet, results, start):
    table, digests, lines = fleet.expect(), {}, []
    raw = results.content.decode().splitlines()
    for record, line in sorted(zip(results.records, raw), key=lambda pair: place(pair[0])):
        line = without_times(line, start)
        line = DIGEST.sub(lambda found: f'"{found[1]}":"digest '
                          f'{digests.setdefault(found[2], len(digests))}"', line)
        line = EVIDENCE.sub("", line)
        line = OPEN.sub("", line)
        line = RUN_ID.sub("", line)
        line = PLACES.sub("", line)
        line = MAIL_POLICIES.sub("", line)  # of later versions
        if record["type"] == "run":
            line = LATER_OPTIONS.sub("", with_options_as_text(line))
        line = POLICY_DIGEST.sub('"policy_digest":"DIGEST"', line)
        line = line.replace(fleet.folder, "FOLDER")
        line = re.sub(rf"\b{fleet.port}\b", "PORT", line)
        row = table.endpoints.get(endpoint_key(record)) if record["type"] == "endpoint" else None
        if row and row["behaviour"] == "garbage_after_220":
            # Random bytes in place of a ServerHello sometimes look like the beginning of a TLS
            # record.
            line = GARBAGE.sub('"tls_garbage"', line)
        if row and row["behaviour"] == "banner_binary":
            line = RANDOM_TEXT.sub(r'"\1":"RANDOM"', line)
        lines.append(line)
    return lines


# At the end of the fleet's table, so that the others keep their domains.
LATER_BEHAVIOURS = 1


def fresh_fleet():
    """To be entered by the main thread; for one scan."""
    rows = Fleet().ask("behaviours").splitlines()  # --each gives each of them one domain
    return Fleet("--each", "--hosts", str(len(rows) - LATER_BEHAVIOURS))


def scan(fleet, depth):
    """The lines of a whole scan of the zoo, normalised."""
    start = int(time.time())
    results = fleet.scan(fleet.list(), "--depth", depth, "--threads", "2",
                         "--now", f"@{start + HOUR}", seconds=SCAN_SECONDS * max(1, FACTOR))
    assert results.status == 0, (results.status, results.errors)
    check_form(results)
    return normalise(fleet, results, start)
