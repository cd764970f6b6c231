"""A simulated fleet, programs that are measured on it, and tables of what came out."""
import contextlib
import json
import os
import re
import signal
import statistics
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build/release"))
FLEET = os.path.join(BUILD, "fleet")
FLEET_SECONDS = 1800  # it ends by itself then
# A shared machine's limits are not what is measured, but where a table says so.
UNLIMITED = ["--rate", "0", "--provider-rate", "0", "--per-provider", "1000000"]


class Fleet:
    """Runs while the with statement does. `mix` are the weights of behaviours and DNS shapes."""

    def __init__(self, folder, hosts, mix, *options, world=(), processes=2):
        self.folder = folder
        self.world = ["--hosts", str(hosts), "--mix", mix, *world]
        self.options = ["--processes", str(processes), "--seconds", str(FLEET_SECONDS), *options]
        self.ca = os.path.join(folder, "ca.pem")
        self.stats_file = os.path.join(folder, "stats.jsonl")
        self.dns = self.port = self.process = None

    def __enter__(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.stats_file)
        self.process = subprocess.Popen(
            [FLEET, "serve", *self.world, "--port", "0", "--dns", "0", "--write-ca", self.ca,
             "--stats", self.stats_file, *self.options], stdout=subprocess.PIPE, text=True)
        ready = re.search(r"dns=(\S+) port=(\d+)", self.process.stdout.readline())
        self.dns, self.port = ready.group(1), ready.group(2)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.stdout.close()
        self.process.wait(timeout=60)

    def ask(self, command):
        return subprocess.run([FLEET, command, *self.world], stdout=subprocess.PIPE, text=True,
                              check=True).stdout

    def domains(self):
        """A file with a domain a line."""
        return self.write("domains", self.ask("list"))

    def addresses(self, num=None):
        """A file with an address a line."""
        lines = self.ask("expect").splitlines()
        found = [address for line in lines for mx in json.loads(line).get("mx", [])
                 for address in mx.get("addresses", [])]
        return self.write("addresses", "\n".join(found[:num]) + "\n")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii") as stream:
            stream.write(text)
        return path

    def stats(self):
        """What the clients did so far, as the servers saw it: the total, then operators, addresses."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.stats_file)
        self.process.send_signal(signal.SIGUSR1)
        until = time.monotonic() + 30
        while not os.path.exists(self.stats_file) and time.monotonic() < until:
            time.sleep(0.05)
        with open(self.stats_file, encoding="utf-8") as stream:
            return [json.loads(line) for line in stream]


class Figures:
    """Of a process and its children that have ended: seconds and KiB."""

    def __init__(self, usage, wall, output, resident, domains):
        self.user, self.system = usage.ru_utime, usage.ru_stime
        self.cpu = self.user + self.system
        self.wall = wall
        self.output = output
        self.resident = [now for now, _ in resident]  # every tenth of a second
        self.peak = max([most for _, most in resident], default=0)
        self.domains = domains  # (seconds, how many records of domains were in the file then)

    def seconds_to(self, num):
        """From the start until the file had records of so many domains."""
        return next(seconds for seconds, there in self.domains if there >= num)


class Growing:
    """A file of results as it grows: how many records of domains have come."""

    def __init__(self, path):
        self.path, self.at, self.num = path, 0, 0

    def look(self):
        with contextlib.suppress(FileNotFoundError), open(self.path, "rb") as stream:
            stream.seek(self.at)
            new = stream.read()
            whole = new.rfind(b"\n") + 1
            self.at += whole
            self.num += new.count(b'{"type":"domain"', 0, whole)
        return self.num


def resident_kib(pid):
    """(now, at most so far). What wait4() tells as the most begins with that of the parent."""
    with open(f"/proc/{pid}/status", encoding="ascii") as stream:
        fields = dict(line.split(":", 1) for line in stream)
    return tuple(int(fields[name].split()[0]) for name in ("VmRSS", "VmHWM"))


def measure(command, results=None):
    """Runs it to its end. Its output goes to a file: one that fills a pipe would wait for ever. The
    file of results, where there is one, is watched meanwhile."""
    started = time.monotonic()
    resident, domains, growing = [], [], Growing(results or os.devnull)
    with (tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as out,
          subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL,
                           stdin=subprocess.DEVNULL) as process):
        while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            with contextlib.suppress(OSError, KeyError):
                resident.append(resident_kib(process.pid))
            domains.append((time.monotonic() - started, growing.look()))
            time.sleep(0.1 if time.monotonic() - started > 1 else 0.01)
        wall = time.monotonic() - started
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        output = out.read()
    domains.append((wall, growing.look()))
    return Figures(usage, wall, output, resident, domains)


def resident_after(command, seconds):
    """KiB of a process so many seconds after its start, which is as long as it lives."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          stdin=subprocess.DEVNULL) as process:
        time.sleep(seconds)
        now, _ = resident_kib(process.pid)
        process.kill()
    return now


def scan_command(fleet, targets, out, *options, build=BUILD):
    return [os.path.join(build, "mxgrade"), "scan", targets, "-o", out, "--resolver", fleet.dns,
            "--port", fleet.port, "--allow-net", "127.0.0.0/8", "--ca-file", fleet.ca, "--ehlo",
            "scanner.example.org", "--progress", "never", *options]


def scan(fleet, targets, *options, limits=tuple(UNLIMITED), out="out", build=BUILD):
    """(the figures, the summary) of a scan."""
    out = os.path.join(fleet.folder, out + ".jsonl")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(out)
    figures = measure(scan_command(fleet, targets, out, *limits, *options, build=build), out)
    with open(out, "rb") as stream:
        stream.seek(max(0, os.path.getsize(out) - 65536))
        summary = json.loads(stream.read().splitlines()[-1])
    assert summary["type"] == "summary" and summary["complete"], summary
    return figures, summary


def floor_command(fleet, addresses, at_once, *roots, build=BUILD):
    return [os.path.join(build, "floor"), addresses, fleet.port, str(at_once), *roots]


def quick(fleet, targets, *options, **more):
    """One handshake with each host of a list of hosts."""
    return scan(fleet, targets, "--hosts", "--depth", "quick", *options, **more)


def in_turn(rounds, runs):
    """{name: [result, ...]} of functions that are called one after the other, several times over, so
    that what else the machine does meets them alike."""
    results = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            results[name].append(run())
    return results


def median(values):
    return statistics.median(values)


def micro(figures, num, part="cpu"):
    return median([getattr(one, part) for one in figures]) / num * 1e6


def table(title, columns, rows):
    """rows: (name, figure, ...). Figures that are numbers are right-aligned, None is a dash."""
    print(f"\n{title}\n")
    print("  " + " " * 46 + "".join(f"{column:>12}" for column in columns))
    for name, *figures in rows:
        print(f"  {name:<46}" + "".join(f"{shown(figure):>12}" for figure in figures), flush=True)


def shown(figure):
    if figure is None:
        return "-"
    if isinstance(figure, str):
        return figure
    digits = 0 if abs(figure) >= 10 else 2 if abs(figure) >= 0.1 or figure == 0 else 3
    return f"{figure:,.{digits}f}"


def ratio(figure, base):
    return f"{figure / base:.2f} x"


class Bars:
    """What was promised, beside what was measured: printed last."""

    def __init__(self):
        self.rows = []

    def at_most(self, what, value, bar):
        self.rows.append((what, value, f"<= {shown(bar)}", value <= bar))

    def at_least(self, what, value, bar):
        self.rows.append((what, value, f">= {shown(bar)}", value >= bar))

    def show(self):
        table("What was promised", ["measured", "promised", ""],
              [(what, value, bar, "holds" if holds else "MISSED")
               for what, value, bar, holds in self.rows])
        return all(holds for *_, holds in self.rows)
