"""A fleet of simulated mail hosts on free ports, and scans of it.

    with Fleet("--each", "--hosts", "104") as fleet:
        results = fleet.scan(fleet.list())
        rows = fleet.expect()

The fleet binds nothing but 127/8. Files live in a folder of the fleet's own that is gone afterwards
(MXGRADE_WIRE_KEEP=1 keeps it). Patience is cut down to what a server on the same machine needs;
MXGRADE_WIRE_PATIENCE=3 is three times as patient, for a machine that has other things to do.
"""
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

from fleet_table import Table, endpoint_key
from lab import Results
from processes import Trouble, wait_until

MXGRADE = os.path.abspath(os.environ.get("MXGRADE", "./mxgrade"))
FLEET = os.path.abspath(os.environ.get("FLEET", "build/release/fleet"))
EHLO = "scanner.fleet.test"
FLEET_SECONDS = 280  # it ends by itself then, whatever happens to the test
SCAN_SECONDS = 120
FACTOR = float(os.environ.get("MXGRADE_WIRE_PATIENCE", "1"))
SECONDS = {"connect": 2, "banner": 3, "reply": 3, "handshake": 2, "target": 12, "dns": 1}
# So many at once that none of them has to wait for the processor as long as that.
PACE = ["--retry-wait", "0.5", "--rate", "0", "--provider-rate", "0", "--per-provider", "2000",
        "--concurrency", "200"]


def patience():
    options = []
    for phase, seconds in SECONDS.items():
        options += [f"--{phase}-timeout", str(seconds * FACTOR)]
    return options


class Fleet:
    def __init__(self, *world, serve=()):
        """`world` are the options that shape it, `serve` those of the servers alone."""
        self.world = list(world)
        self.serve = list(serve)

    def __enter__(self):
        for program in (MXGRADE, FLEET):
            if not os.access(program, os.X_OK):
                raise SystemExit(f"{program} is not a program: run make, or set MXGRADE and FLEET")
        # Asked to stop, the test stops its fleet first.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        self.folder = tempfile.mkdtemp(prefix="mxgrade-fleet.")
        self.ca_file = self.path("root.pem")
        self.stats_file = self.path("stats.jsonl")
        self._start_fleet(0, 0)
        return self

    def change(self, *world):
        """Other servers take the places of these, at the same ports."""
        self._stop_fleet()
        self.world = list(world)
        self._start_fleet(self.port, self.dns_port)

    def _start_fleet(self, port, dns_port):
        command = [FLEET, "serve", "--port", str(port), "--dns", str(dns_port), "--seconds",
                   str(FLEET_SECONDS), "--write-ca", self.ca_file, "--stats", self.stats_file,
                   "--slow-banner", "300:700", *self.serve, *self.world]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        text=True)
        # "fleet: ready 127.0.0.1:DNS port=PORT ..."
        words = self.process.stdout.readline().split()
        if words[:2] != ["fleet:", "ready"]:
            self.__exit__()
            raise SystemExit("the fleet did not start: " + " ".join(command))
        self.dns_port = int(words[2].rsplit(":", 1)[1])
        self.port = int(words[3].split("=")[1])

    def __exit__(self, *_):
        self._stop_fleet()
        if os.environ.get("MXGRADE_WIRE_KEEP"):
            print("kept: " + self.folder)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _stop_fleet(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        with open(self.path(name), "wb") as stream:
            stream.write(content if isinstance(content, bytes) else content.encode())
        return self.path(name)

    def ask(self, command):
        return subprocess.run([FLEET, command, *self.world], stdout=subprocess.PIPE, text=True,
                              check=True).stdout

    def expect(self):
        """The fleet's own table: what a scanner must find."""
        return Table(self.ask("expect"))

    def list(self):
        """A file with the domains, one a line."""
        return self.write("list.txt", self.ask("list"))

    def stats(self):
        """(the totals, the counters by address) of what the clients did so far."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.stats_file)
        self.process.send_signal(signal.SIGUSR1)
        wait_until(lambda: os.path.exists(self.stats_file), "the fleet's counters")
        with open(self.stats_file, encoding="utf-8") as stream:
            lines = [json.loads(line) for line in stream]
        return lines[0], {line["address"]: line for line in lines if line["type"] == "address"}

    def options(self, *more):
        return ["--resolver", f"127.0.0.1:{self.dns_port}", "--port", str(self.port),
                "--allow-net", "127.0.0.0/8", "--allow-net", "::1/128", "--ca-file", self.ca_file,
                "--ehlo", EHLO, "--progress", "never", *patience(), *PACE, *more]

    def command(self, *arguments):
        """The command of a scan; later options win over the fleet's."""
        return [MXGRADE, "scan", *self.options(), *arguments]

    def start(self, *arguments, **more):
        """A scan that the caller ends, waits for, or watches."""
        more.setdefault("stdin", subprocess.DEVNULL)
        more.setdefault("stdout", subprocess.PIPE)
        more.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen(self.command(*arguments), **more)

    def run(self, *arguments, seconds=SCAN_SECONDS, text_in=None):
        """A scan to its end: (status, stdout, stderr), stdout as bytes."""
        try:
            done = subprocess.run(self.command(*arguments), stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, input=text_in or b"", timeout=seconds,
                                  check=False)
        except subprocess.TimeoutExpired as late:
            raise Trouble(f"the scan was not over after {seconds} s") from late
        return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")

    def scan(self, *arguments, seconds=SCAN_SECONDS, text_in=None):
        """The records of a scan that writes to its standard output."""
        status, output, errors = self.run(*arguments, seconds=seconds, text_in=text_in)
        return Results(status, errors, output)


def preload(source, folder):
    """The environment of a program that runs with the library made of this C file."""
    library = os.path.join(folder, os.path.basename(source) + ".so")
    if not os.path.exists(library):
        subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-o", library, source], check=True)
    # The sanitizer wants to be the first of the libraries, and need not be.
    sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    return dict(os.environ, LD_PRELOAD=library, ASAN_OPTIONS=sanitizer)


def grades(results):
    """The letter of every endpoint and domain, to compare two runs with."""
    letters = {("endpoint", *endpoint_key(r)): r["grade"] for r in results.endpoints}
    letters.update({("domain", r["line"], r["domain"]): r["grade"] for r in results.domains})
    return letters


def read_results(path, status=0, errors=""):
    with open(path, "rb") as stream:
        content = stream.read()
    if path.endswith(".zst"):
        content = subprocess.run(["zstd", "-d", "-c", "-q"], input=content, check=True,
                                 stdout=subprocess.PIPE).stdout
    return Results(status, errors, content)


def place_key(record):
    return record["host"], record["address"], record["port"]


def check_form(results):
    """One run line first, one summary last, and its counts agree with the lines between."""
    kinds = [record["type"] for record in results.records]
    assert kinds and kinds[0] == "run" and kinds.count("run") == 1, f"run lines: {kinds[:3]}"
    assert kinds[-1] == "summary" and kinds.count("summary") == 1, f"the end: {kinds[-3:]}"
    assert set(kinds) <= {"run", "endpoint", "domain", "summary"}, set(kinds)
    summary = results.summaries[0]
    made_here = {record.get("run") for record in results.records
                 if record.get("carried_over") is not True}
    if "merged" not in summary:
        assert made_here == {results.runs[0].get("run")}, f"ids of the run: {made_here}"
    seen_at = {place_key(record) for record in results.endpoints}
    for record in results.domains:
        for finding in record["findings"]:
            for place in finding.get("places", []):
                assert not place["address"] or place_key(place) in seen_at, finding
    counts = [summary[f"lines_{what}"] for what in ("read", "begun", "written")]
    assert not summary["complete"] or len(set(counts)) == 1, f"complete, and {counts}"
    if results.runs[0]["options"]["hosts"] in (False, "false"):  # older files have text
        assert counts[2] == len(results.domains), f"{counts}, and {len(results.domains)} lines"
