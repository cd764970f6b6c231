#!/usr/bin/env python3
"""Scans to which this machine gives no descriptors or no ports, at each place that asks for one: the
run says so, accuses nobody, ends, costs no processor time, and is completed where there are some
again."""
import contextlib
import errno
import os
import resource
import socket
import subprocess
import sys
import time

import torture
import runner
from fleet import Fleet, check_form, grades, preload, read_results

MIX = "single=3,two_mx=1,null_mx=1,ok_tls12_13=4,wrong_name=2,no_starttls=2,expired=1"
HOSTS = 12
# A shortage that lasts is given up after 70 s.
SECONDS = 150
CPU_SECONDS = 10        # of a run that takes less than one where nothing is lacking
EVERY_CALL = 10 ** 6
FOREVER_STEP = 4        # from one call after which there is nothing to the next
SIDE_BY_SIDE = 12       # these only wait
CUTS, QUICK_CUTS = 60, 2
PORTS = range(50000, 50008)
PORT_RANGE = "/proc/sys/net/ipv4/ip_local_port_range"
OWN_NETWORK = "TORTURE_OWN_NETWORK"


class World:
    def __init__(self, fleet):
        self.fleet = fleet
        self.list = fleet.list()
        self.quiet = fleet.scan(self.list)
        assert self.quiet.status == 0, self.quiet.errors
        self.environment = preload(os.path.join(torture.HERE, "refused_descriptors.c"), fleet.folder)
        self.num_calls = self.count_calls()

    def count_calls(self):
        count = self.fleet.path("count")
        process = self.fleet.start(self.list, env=dict(self.environment, REFUSE_COUNT=count))
        process.communicate(timeout=SECONDS)
        with open(count, encoding="ascii") as stream:
            return int(stream.read())

    def start(self, path, *more, **options):
        """A scan into a file, and the file of its messages."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        with open(path + ".log", "wb") as log:
            return self.fleet.start(self.list, "-o", path, *more, stdout=log, stderr=log, **options)

    def finish(self, process, path, during=lambda: None):
        """Its status and messages; it has to end, and not to compute meanwhile."""
        end = time.monotonic() + SECONDS
        pid = 0
        while pid == 0:
            if time.monotonic() > end:
                process.kill()
            during()
            time.sleep(0.02)
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
        process.returncode = os.waitstatus_to_exitcode(status)
        with open(path + ".log", encoding="utf-8") as stream:
            errors = stream.read()
        assert time.monotonic() < end, f"not over after {SECONDS} s: {errors}"
        cpu = used.ru_utime + used.ru_stime
        assert cpu < CPU_SECONDS, f"{cpu:.1f} s of processor time: {errors}"
        return process.returncode, errors

    def check(self, path, status, errors):
        """What the run left is right, and is completed. A word for it."""
        assert status in (0, 2, 3), (status, errors)
        if status != 0:
            assert errors.strip(), f"exit {status} without a word"
        if not os.path.exists(path) or os.path.getsize(path) == 0:
            assert status != 0, "exit 0 without results"
            return f"exit {status}, nothing written"
        results = read_results(path)
        quiet = grades(self.quiet)
        wrong = {key: (letter, quiet.get(key)) for key, letter in grades(results).items()
                 if letter not in ("U", quiet.get(key))}
        assert not wrong, wrong
        if status == 0:
            check_form(results)
            assert grades(results) == quiet, set(grades(results).items()) ^ set(quiet.items())
            return "as if nothing had happened"
        status, _, errors = self.fleet.run(self.list, "-o", path, "--resume", "--retry-unknown")
        assert status == 0, ("continued", status, errors)
        results = read_results(path)
        check_form(results)
        assert grades(results) == quiet, set(grades(results).items()) ^ set(quiet.items())
        return "exit 3, and completed"


def refuse(world, trials, calls, num):
    def trial(_, call):
        path = world.fleet.path(f"{trials.name.replace(' ', '-')}-{call}.jsonl")
        process = world.start(path, env=dict(world.environment, REFUSE_FROM=str(call),
                                             REFUSE_NUM=str(num)))
        return world.check(path, *world.finish(process, path))

    trials.run(trial, calls)
    trials.end()


def test_a_descriptor_that_is_refused_once_spoils_nothing(world, options):
    step = 13 if options.quick else 1
    refuse(world, torture.Trials("refused once", options.seed),
           range(1, world.num_calls + 1, step), 1)


def test_some_descriptors_that_are_refused_spoil_nothing(world, options):
    step = 29 if options.quick else 3
    refuse(world, torture.Trials("refused for a while", options.seed),
           range(1, world.num_calls + 1, step), 50)


def test_a_machine_without_descriptors_from_some_call_on_ends_the_run(world, options):
    # In the quick part those alone that no connection waits for.
    calls = range(1, 12, 5) if options.quick else range(1, world.num_calls + 1, FOREVER_STEP)
    refuse(world, torture.Trials("refused from then on", options.seed, SIDE_BY_SIDE), calls,
           EVERY_CALL)


def test_a_limit_that_is_lowered_in_the_middle_accuses_nobody(world, options):
    trials = torture.Trials("limit lowered", options.seed)

    def trial(chance, number):
        path = world.fleet.path(f"lowered-{number}.jsonl")
        begin = time.monotonic() + chance.uniform(0, 1.5)
        end = begin + chance.choice((0.2, 1, 3))
        process = world.start(path, "--rate", "60")
        hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)[1]

        def set_limit():
            soft = 3 if begin < time.monotonic() < end else hard
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (soft, hard))

        return world.check(path, *world.finish(process, path, set_limit))

    trials.run(trial, range(QUICK_CUTS if options.quick else CUTS))
    trials.end()


# ---- Ports


@contextlib.contextmanager
def few_ports():
    """There are eight, and all are taken; gives a function that frees them."""
    if os.environ.get(OWN_NETWORK) is None:
        raise runner.Skip("no network of its own can be made here")
    with open(PORT_RANGE, encoding="ascii") as stream:
        usual = stream.read()
    held = []
    with open(PORT_RANGE, "w", encoding="ascii") as stream:
        stream.write(f"{PORTS[0]} {PORTS[-1]}")
    for port in PORTS:
        held.append(socket.socket())
        try:
            held[-1].bind(("0.0.0.0", port))
        except OSError as error:  # a connection of a trial before has it
            if error.errno != errno.EADDRINUSE:
                raise

    def free():
        while held:
            held.pop().close()
        with open(PORT_RANGE, "w", encoding="ascii") as stream:
            stream.write(usual)

    try:
        yield free
    finally:
        free()


def test_ports_that_come_back_are_waited_for(world, _):
    path = world.fleet.path("ports-come-back.jsonl")
    with few_ports() as free:
        begin = time.monotonic()
        process = world.start(path)
        status, errors = world.finish(
            process, path, lambda: free() if time.monotonic() > begin + 3 else None)
    assert status == 0, (status, errors)
    assert world.check(path, status, errors) == "as if nothing had happened"


def test_ports_that_do_not_come_back_end_the_run(world, options):
    if options.quick:
        raise runner.Skip("it takes more than a minute")
    path = world.fleet.path("no-ports.jsonl")
    with few_ports():
        status, errors = world.finish(world.start(path), path)
    assert status == 3 and "local_error" in errors, (status, errors)
    assert world.check(path, status, errors) == "exit 3, and completed"


def main():
    options = torture.arguments(__doc__)
    if os.environ.get(OWN_NETWORK) is None:
        command = ["unshare", "--net", "sh", "-c", f'ip link set lo up && {OWN_NETWORK}=1 exec "$@"',
                   "sh"]
        can = subprocess.run([*command, "test", "-w", PORT_RANGE], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, check=False)
        if can.returncode == 0:
            os.execvp(command[0], [*command, sys.executable, *sys.argv])
    with Fleet("--own-zones", "--hosts", str(HOSTS), "--mix", MIX, serve=torture.FLEET) as fleet:
        return runner.run(sys.modules[__name__], World(fleet), options)


if __name__ == "__main__":
    sys.exit(main())
