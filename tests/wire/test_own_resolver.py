#!/usr/bin/env python3
"""--resolver own: an unbound that a run starts for itself validates like any other, ends with the
run however that ends, leaves nothing behind, and needs no more than its AppArmor profile allows.

It is given the root of the laboratory as stub, and its key as trust anchor.
"""
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

import runner
from apparmor import Profile
from enforced_lab import tlsa
from fleet import FACTOR
from lab import EHLO, MXGRADE, Lab, Results, codes
from processes import free_port, run, wait_until

UNBOUND = "/usr/sbin/unbound"
ANCHOR = "/usr/share/dns/root.ds"
# Debian's profiles, as its packages have them: of this machine's unbound, and what they include.
PROFILES = os.environ.get("MXGRADE_WIRE_APPARMOR", "/var/lib/mxgrade-wire/apparmor/etc/apparmor.d")
STRANGER = "3 1 1 " + 32 * "5a"

CONFIG = """
server:
  trust-anchor: "{anchor}"
  do-not-query-localhost: no
  qname-minimisation: no
  infra-cache-min-rtt: 1000
  local-zone: "test." nodefault
  unblock-lan-zones: yes
{more}
stub-zone:
  name: "."
  stub-addr: {address}
"""

CONFINED = """#!/bin/sh
exec /usr/bin/setpriv --pdeathsig clear {real} "$@"
"""

# Domain, its DANE status and its letter.
EXPECTED = {
    "valid.test": ("valid", "A+"),
    "mismatch.test": ("mismatch", "D"),
    "none.test": ("none", "A"),
    "plain.test": ("insecure", "A"),
    "bogus.test": ("bogus", "D"),
}


class World:
    def __init__(self, lab):
        self.lab = lab
        self.silent = lab.address(20)
        hosts = ["mx." + domain for domain in EXPECTED]
        leaf = lab.pki.leaf("leaf", hosts)
        lab.postfix.add("good", lab.address(10), hosts[0], [leaf], smtpd_tls_protocols=">=TLSv1.2",
                        smtpd_tls_exclude_ciphers="aNULL, kRSA")
        right = tlsa(3, 1, 1, leaf.certificate)
        records = {"mismatch.test": "TLSA " + STRANGER, "none.test": None}
        for domain, host in zip(EXPECTED, hosts):
            lab.dns.add(domain, f"MX 10 {host}.")
            lab.dns.add(host, "A " + lab.address(10))
            if records.get(domain, right):
                lab.dns.add(f"_{lab.port}._tcp.{host}", records.get(domain, right))
        self.folder = os.path.join(lab.folder, "own")
        self.config = os.path.join(lab.folder, "resolver.conf")
        self.out = os.path.join(lab.folder, "fed.jsonl")

    def write_config(self, more=""):
        with open(os.path.join(self.lab.dns.folder, "root.anchor"), encoding="ascii") as stream:
            anchor = " ".join(stream.read().split())
        with open(self.config, "w", encoding="ascii") as stream:
            stream.write(CONFIG.format(anchor=anchor, address=self.lab.dns.address, more=more))

    def own(self, *more):
        return ("--resolver", "own", "--resolver-config", self.config, *more)

    def scan(self, *more):
        return self.lab.scan("".join(name + "\n" for name in EXPECTED), *more)

    def start(self, first, *more, before=()):
        """A scan of a list of which only the first line is there."""
        shutil.rmtree(self.folder, ignore_errors=True)
        os.mkdir(self.folder)
        environment = {**os.environ, "TMPDIR": self.folder, "XDG_RUNTIME_DIR": self.folder}
        command = [*before, MXGRADE, "scan", "-", "-o", self.out, *self.lab.options(*self.own(*more))]
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.out)
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=environment, text=True, start_new_session=True)
        process.stdin.write(first + "\n")
        process.stdin.flush()
        return process

    def feed(self, process, text=""):
        """The rest of the list."""
        process.stdin.write(text)
        process.stdin.close()
        process.stdin = None

    def results(self, process, seconds=40):
        _, errors = process.communicate(timeout=seconds * FACTOR)
        with open(self.out, "rb") as stream:
            return Results(process.returncode, errors, stream.read())


def stat_of(pid):
    """(name, state, parent), or None: there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stream:
            text = stream.read()
    except OSError:
        return None
    name, rest = text[text.index("(") + 1:text.rindex(")")], text[text.rindex(")") + 2:].split()
    return name, rest[0], int(rest[1])


def below(pid):
    """The processes that this one has started, and these: {pid: name}."""
    table = {int(entry): stat_of(entry) for entry in os.listdir("/proc") if entry.isdigit()}
    found, fresh = {}, {pid}
    while fresh:
        fresh = {child for child, stat in table.items() if stat and stat[2] in fresh}
        found.update({child: table[child][0] for child in fresh})
    return found


def resolver_of(process, but=None):
    """(its pid, those of all that the run has started), once it has begun."""
    def find():
        assert process.poll() is None, process.stderr.read()
        family = below(process.pid)
        own = [pid for pid, name in family.items() if name == "unbound" and pid != but]
        return (own[0], list(family)) if own else None
    return wait_until(find, "unbound", 60)


def wait_until_gone(pids):
    def are_gone():
        return all(stat_of(pid) is None or stat_of(pid)[1] == "Z" for pid in pids)
    wait_until(are_gone, f"the end of {pids}", 30)


def check_nothing_is_left(world):
    assert os.listdir(world.folder) == [], os.listdir(world.folder)
    assert not os.path.exists("/run/mxgrade"), "/run/mxgrade"


def replaced(path, by="/dev/null"):
    """What a command begins with that is to find another file there, or none that is of use."""
    return ("unshare", "-m", "sh", "-c", f"mount --bind {by} {path} && exec \"$@\"", "sh")


def sight(record):
    """What a record says of names, enforcement and the letter; not how long it took."""
    keys = ("host", "domain", "dns", "dane", "mta_sts", "tls_rpt", "enforced_tls", "grade", "score",
            "findings", "open", "outcome")
    return {key: record[key] for key in keys if key in record}


def test_it_validates_as_the_resolver_of_the_laboratory_does(world):
    world.write_config()
    theirs, own = world.scan(), world.scan(*world.own())
    differ = runner.Differences()
    differ.equal("statuses", (theirs.status, own.status), (0, 0))
    for domain, expected in EXPECTED.items():
        record = own.domain(domain)
        differ.equal(domain, (record["dane"]["status"], record["grade"]), expected)
        differ.equal(domain + " with the other one", sight(record), sight(theirs.domain(domain)))
    for record in own.endpoints:
        differ.equal(record["host"], sight(record), sight(theirs.endpoint(record["host"])))
    differ.equal("bogus is told", "dane_bogus" in codes(own.domain("bogus.test")), True)
    options = own.runs[0]["options"]
    differ.equal("options", (options["resolver"], options["trust-ad"], options["resolver-config"]),
                 ("own", True, world.config))
    differ.equal("messages", [line for line in own.errors.splitlines() if "DNSSEC" in line], [])
    differ.check()


def test_a_run_is_continued_with_the_same_configuration_only(world):
    world.write_config()
    whole = world.scan(*world.own())
    out = os.path.join(world.lab.folder, "out.jsonl")
    cut = whole.content.index(b'{"type":"domain"')
    for more, status, word in (("  prefetch: no", 2, "the file of --resolver-config has changed"),
                               ("", 0, "")):
        with open(out, "wb") as stream:
            stream.write(whole.content[:cut])
        world.write_config(more)
        done = run([MXGRADE, "scan", os.path.join(world.lab.folder, "list.csv"), "-o", out,
                    "--resume", *world.lab.options(*world.own())], seconds=60)
        assert done.returncode == status and word in done.stdout, (done.returncode, done.stdout)


def test_it_is_ended_by_a_stop_and_by_the_end_of_the_run(world):
    world.write_config()
    for number, status in ((None, 0), (signal.SIGTERM, 3), (signal.SIGINT, 3)):
        process = world.start("mx.valid.test", "--hosts")
        own, family = resolver_of(process)
        assert os.getsid(own) != os.getsid(process.pid), "a terminal's signals reach it"
        if number:
            os.killpg(process.pid, number)
        world.feed(process)
        _, errors = process.communicate(timeout=30 * FACTOR)
        assert process.returncode in (status, -(number or 0)), (number, process.returncode, errors)
        wait_until_gone(family)
        check_nothing_is_left(world)


def test_it_is_ended_when_the_run_is_killed(world):
    world.write_config()
    listener = socket.create_server((world.silent, world.lab.port))
    process = world.start(world.silent, "--hosts")
    _, family = resolver_of(process)
    listener.accept()  # it is in the middle of the run
    process.kill()
    process.communicate()
    listener.close()
    wait_until_gone(family)
    check_nothing_is_left(world)


def test_it_is_ended_when_its_guardian_is_killed_and_it_is_not_confined(world):
    world.write_config()
    process = world.start("mx.valid.test", "--hosts")
    own, family = resolver_of(process)
    guardian = stat_of(own)[2]
    assert guardian != process.pid and stat_of(guardian)[0] == "mxgrade-unbound", stat_of(guardian)
    os.kill(guardian, signal.SIGKILL)
    wait_until_gone([own])
    process.kill()
    process.communicate()
    wait_until_gone(family)


def test_it_is_ended_where_the_kernel_takes_its_parent_death_signal_away(world):
    """As AppArmor has it do. Here unbound is a program that does so itself."""
    world.write_config()
    folder = os.path.join(world.lab.folder, "confined")
    os.makedirs(folder, exist_ok=True)
    real, confined = os.path.join(folder, "unbound"), os.path.join(folder, "wrapper")
    shutil.copy(UNBOUND, real)
    with open(confined, "w", encoding="ascii") as stream:
        stream.write(CONFINED.format(real=real))
    for path in (folder, real, confined):
        os.chmod(path, 0o755)
    if run(["unshare", "-m", "true"]).returncode != 0:
        raise runner.Skip("this machine lets us put no other program in its place (unshare -m)")
    for number in (signal.SIGKILL, signal.SIGTERM):
        process = world.start("mx.valid.test", "--hosts", before=replaced(UNBOUND, confined))
        own, family = resolver_of(process)
        wait_until(lambda: os.path.exists(world.out), "the results", 60)
        # By its inode: the link's text is that of the mounts outside where this runs in a chroot.
        assert os.path.samefile(f"/proc/{own}/exe", real), os.readlink(f"/proc/{own}/exe")
        os.kill(process.pid, number)
        process.communicate(timeout=30 * FACTOR)
        wait_until_gone(family)


def test_it_is_started_again_once(world):
    world.write_config()
    process = world.start("none.test")
    own, _ = resolver_of(process)
    wait_until(lambda: os.path.exists(world.out), "the results", 60)
    os.kill(own, signal.SIGKILL)
    resolver_of(process, but=own)
    world.feed(process, "valid.test\n")
    results = world.results(process)
    assert results.status == 0, results.errors
    assert results.errors.count("was started again") == 1, results.errors
    assert results.domain("valid.test")["dane"]["status"] == "valid", results.domain("valid.test")


def test_a_second_end_cuts_the_run_short(world):
    world.write_config()
    process = world.start("none.test")
    first, _ = resolver_of(process)
    wait_until(lambda: os.path.exists(world.out), "the results", 60)
    os.kill(first, signal.SIGKILL)
    second, family = resolver_of(process, but=first)
    os.kill(second, signal.SIGKILL)
    world.feed(process, "".join(f"late{number}.test\n" for number in range(20)))
    results = world.results(process)
    assert results.status == 3, (results.status, results.errors)
    assert "for the second time (signal 9)" in results.errors, results.errors
    assert "DNS looks DEAD" in results.errors, results.errors
    assert results.summaries[0]["dns_failed"] is True, results.summaries
    wait_until_gone(family)




def check_refused(world, words, status, *options, hide=None):
    command = [MXGRADE, "scan", "--hosts", "-", "-o", "/dev/null", "--ehlo", EHLO, *options]
    done = run([*(replaced(hide) if hide else ()), *command], seconds=90, text_in="192.0.2.1\n")
    for word in words:
        assert word in done.stdout, (word, done.stdout)
    assert done.returncode == status, (done.returncode, done.stdout)


def test_the_doctor_examines_it(world):
    world.write_config()
    command = [MXGRADE, "doctor", *world.own(), "--host", world.lab.address(10), "--allow-net",
               world.lab.network + ".0/24", "--port", str(world.lab.port), "-4", "--ehlo", EHLO]
    done = run(command, stderr=subprocess.PIPE)
    words = {line.split()[1]: line for line in done.stdout.splitlines()}
    assert words["resolver"].startswith("fine "), done.stdout + done.stderr
    assert words["dnssec"].endswith("the resolver of this run validates"), done.stdout
    assert words["port_25"].startswith("fine "), done.stdout


def test_what_is_missing_is_said(world):
    world.write_config()
    if run(["unshare", "-m", "true"]).returncode != 0:
        raise runner.Skip("this machine lets us hide no file (unshare -m)")
    check_refused(world, ["unbound is not installed", "apt-get install unbound"], 3, *world.own(),
                  hide=UNBOUND)
    if not os.path.exists(ANCHOR):
        raise runner.Skip("dns-root-data is not installed")
    check_refused(world, [ANCHOR, "install dns-root-data"], 3, "--resolver", "own", hide=ANCHOR)


def test_what_cannot_be_is_refused(world):
    world.write_config()
    check_refused(world, ["--resolver-config goes with --resolver own"], 2, "--resolver-config",
                  world.config)
    check_refused(world, ["no.such.file: No such file"], 2, "--resolver", "own",
                  "--resolver-config", os.path.join(world.lab.folder, "no.such.file"))


def test_the_words_of_an_unbound_that_does_not_start_are_shown(world):
    world.write_config("  no-such-option: 1")
    with open(world.config, encoding="ascii") as stream:
        line = stream.read().split("\n").index("  no-such-option: 1") + 1
    command = [MXGRADE, "scan", "--hosts", "-", "-o", "/dev/null", "--ehlo", EHLO, *world.own()]
    done = run(command, text_in="192.0.2.1\n")
    assert done.returncode == 3, done
    begins = int(re.search(r"begins in line (\d+) of what unbound calls", done.stdout)[1])
    assert f"/proc/self/fd/0:{begins + line - 1}: error: unknown keyword 'no-such-option'" in \
        done.stdout, done.stdout
    assert "unbound does not start" in done.stdout, done.stdout


def test_a_port_that_somebody_has_taken_is_told(world):
    """Another port is tried then, which here does not help."""
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        world.write_config(f"  interface: 127.0.0.1@{port}")
        check_refused(world, ["Address already in use", "unbound does not start"], 3, *world.own())


def test_the_keys_of_the_root_are_those_that_debian_packages(world):
    if not os.path.exists(ANCHOR):
        raise runner.Skip("dns-root-data is not installed")
    world.write_config()
    done = run([MXGRADE, "scan", "--hosts", "-", "-o", "/dev/null", "--ehlo", EHLO, "--resolver",
                "own", "--verbose", "--rate", "1000"], text_in="192.0.2.1\n")
    assert "start of service" in done.stdout and "error" not in done.stdout, done.stdout


def opened_by_unbound(trace):
    """{path: permissions} of the files that strace saw it open."""
    found, pids = {}, set()
    with open(trace, encoding="utf-8", errors="replace") as stream:
        for line in stream:
            pid, _, call = line.partition(" ")
            if call.lstrip().startswith(f'execve("{UNBOUND}"'):
                pids.add(pid)
            seen = re.search(r'open(?:at)?\((?:AT_FDCWD, )?"([^"]+)", (\w+).*\) = \d+', call)
            if pid in pids and seen:
                mode = {"O_RDONLY": "r", "O_WRONLY": "w", "O_RDWR": "rw"}[seen[2]]
                path = seen[1] if seen[1].startswith("/proc/self") else os.path.realpath(seen[1])
                found[path] = found.get(path, "") + mode
    assert pids, "it was not started"
    return found


def test_it_needs_no_more_than_its_apparmor_profile_allows(world):
    """AppArmor sees paths, libraries that are mapped, and capabilities. It holds a file that has no
    path, such as the configuration, against nothing."""
    if not shutil.which("strace") or not os.path.isdir(PROFILES):
        raise runner.Skip("strace, or the packaged profiles, are not here")
    profile = Profile(PROFILES, "usr.sbin.unbound")
    assert not profile.allows(world.config, "r") and not profile.allows("/run/mxgrade/x", "r")
    assert profile.allows("/etc/unbound/unbound.conf", "r") and len(profile.rules) > 100
    world.write_config()
    trace = os.path.join(world.lab.folder, "trace")
    # The search for leaks, where there is one, does not work under strace.
    process = world.start("valid.test", before=(
        "env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-f", "--seccomp-bpf", "-qq", "-o", trace,
        "-e", "trace=open,openat,execve"))
    own, _ = resolver_of(process)
    wait_until(lambda: os.path.exists(world.out), "the results", 60)
    config = os.readlink(f"/proc/{own}/fd/0")
    with open(f"/proc/{own}/maps", encoding="ascii") as stream:
        mapped = {fields[5].strip() for fields in (line.split(None, 5) for line in stream)
                  if len(fields) == 6 and "x" in fields[1] and fields[5].startswith("/")}
    with open(f"/proc/{own}/status", encoding="ascii") as stream:
        status = dict(line.split(":\t", 1) for line in stream if ":\t" in line)
    with open(f"/proc/{own}/environ", encoding="ascii") as stream:
        environment = stream.read()
    world.feed(process)
    results = world.results(process)
    opened = opened_by_unbound(trace)
    differ = runner.Differences()
    differ.equal("the run", (results.status, results.domain("valid.test")["grade"]), (0, "A+"))
    differ.equal("the configuration", config, "/memfd:unbound.conf (deleted)")
    differ.equal("how it is opened", opened.pop("/proc/self/fd/0", None), "r")
    differ.equal("its capabilities", int(status["CapEff"], 16), 0)
    differ.equal("is it root", "0" in status["Uid"].split(), False)
    differ.equal("its environment", environment, "")
    differ.equal("what is opened and not allowed",
                 {path for path, mode in opened.items() if not profile.allows(path, mode)}, set())
    differ.equal("what is mapped and not allowed",
                 {path for path in mapped if not profile.allows(path, "rm")}, set())
    differ.within("libraries", len(mapped), range(3, 60))
    differ.check()


def main():
    if not os.access(UNBOUND, os.X_OK):
        print("skipped  all: unbound is not installed")
        return 0
    with Lab() as lab:
        world = World(lab)
        with lab.running():
            return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
