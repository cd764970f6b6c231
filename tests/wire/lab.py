"""The laboratory: a PKI, a DNS and a Postfix with many set-ups, on loopback addresses of their own,
in a temporary folder that is gone afterwards, and the scanner run over them.

    with Lab() as lab:
        lab.dns.add(...); lab.postfix.add(...)
        with lab.running():
            results = lab.scan("domain\\nmodern.test\\n")

Root is needed: the name servers of the zones have to listen on port 53.
"""
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

from dns import Dns
from pki import Pki
from postfix import Postfix
from processes import Trouble, free_network, run

EHLO = "scanner.example.org"
MXGRADE = os.path.abspath(os.environ.get("MXGRADE", "./mxgrade"))
PORT = int(os.environ.get("MXGRADE_WIRE_PORT", "25"))
SCAN_SECONDS = 120


class Lab:
    def __init__(self):
        self.folder = None
        self.port = PORT

    def __enter__(self):
        if not os.access(MXGRADE, os.X_OK):
            raise SystemExit(f"{MXGRADE} is not a program: run make, or set MXGRADE")
        # Asked to stop, it stops its servers first.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        # The daemons give up root and must still reach what is below.
        self.folder = tempfile.mkdtemp(prefix="mxgrade-wire.")
        os.chmod(self.folder, 0o755)
        self.network = free_network([self.port, 53])
        self.pki = Pki(os.path.join(self.folder, "pki"))
        self.dns = Dns(os.path.join(self.folder, "dns"), self.network)
        self.postfix = Postfix(os.path.join(self.folder, "postfix"), self.port)
        return self

    def __exit__(self, *_):
        if os.environ.get("MXGRADE_WIRE_KEEP"):
            print("kept: " + self.folder)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def running(self):
        with self.dns:
            with self.postfix:
                yield self

    def address(self, last):
        return f"{self.network}.{last}"

    def options(self, *more):
        """What every scan here needs; its own network is the only one that it may contact."""
        options = ["--resolver", self.dns.resolver, "--allow-net", self.network + ".0/24",
                   "--ca-file", self.pki.root_file, "--progress", "never"]
        if "--ehlo" not in more and "no-ehlo" not in more:
            options += ["--ehlo", EHLO]
        if self.port != 25:
            options += ["--port", str(self.port)]
        return options + [option for option in more if option != "no-ehlo"]

    def scan(self, text, *more, seconds=SCAN_SECONDS):
        """Scans a list. Every line of the results must be JSON: anything else is an exception."""
        source = os.path.join(self.folder, "list.csv")
        out = os.path.join(self.folder, "out.jsonl")
        with open(source, "w", encoding="utf-8") as stream:
            stream.write(text)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(out)
        command = [MXGRADE, "scan", source, "-o", out, *self.options(*more)]
        try:
            done = run(command, seconds=seconds, stderr=subprocess.PIPE)
        except subprocess.TimeoutExpired as late:
            raise Trouble(f"the scan was not over after {seconds} s: {' '.join(command)}") from late
        with open(out, "rb") as stream:
            return Results(done.returncode, done.stderr, stream.read())


def parse(line):
    """JSON as RFC 8259 has it: no NaN, and no name twice in an object."""
    def reject(word):
        raise AssertionError(f"{word} is not JSON: {line}")

    def unique(pairs):
        names = dict(pairs)
        assert len(names) == len(pairs), f"a name is there twice: {line}"
        return names

    return json.loads(line, parse_constant=reject, object_pairs_hook=unique)


def check_judged(content, accept):
    """`mxgrade judge` gives the same lines again: every record holds what its verdict rests on.
    `accept` is the file of what is accepted; "" where there is none."""
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        file.write(content)
        file.flush()
        accepting = ["--accept", accept] if accept else []
        judged = run([MXGRADE, "judge", file.name, *accepting], stderr=subprocess.PIPE)
    assert judged.returncode == 0 and (accept or judged.stderr == ""), judged.stderr
    lines = zip(judged.stdout.split("\n"), content.decode().split("\n"))
    wrong = [f"judged   {judged}\nscanned  {scanned}" for judged, scanned in lines
             if judged != scanned]
    assert not wrong, "\n".join(wrong)


class Results:
    """The records of one scan, by type."""

    def __init__(self, status, errors, content):
        self.status = status
        self.errors = errors
        self.content = content
        text = content.decode("utf-8")  # strict: a record is valid UTF-8
        if text and not text.endswith("\n"):
            raise AssertionError("the last line is not whole")
        self.records = [parse(line) for line in text.split("\n")[:-1]]
        self.runs, self.endpoints, self.domains, self.summaries = (
            [record for record in self.records if record["type"] == kind]
            for kind in ("run", "endpoint", "domain", "summary"))
        if self.runs and "+" not in self.runs[0]["policy"]:
            check_judged(content, self.runs[0]["options"].get("accept"))

    def domain(self, name):
        found = [record for record in self.domains if record["domain"] == name]
        assert len(found) == 1, f"{len(found)} records of the domain {name}: {self.errors}"
        return found[0]

    def endpoint(self, host):
        found = self.endpoints_of(host)
        assert len(found) == 1, f"{len(found)} endpoints of {host}: {self.errors}"
        return found[0]

    def endpoints_of(self, host):
        return [record for record in self.endpoints if record["host"] == host]


def codes(record):
    """The finding codes of a domain or an endpoint."""
    return {finding["code"] for finding in record["findings"]}
