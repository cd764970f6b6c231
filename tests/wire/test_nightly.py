#!/usr/bin/env python3
"""`mxgrade nightly`: nights on a fleet that changes between them, and nights that end too early."""
import contextlib
import datetime
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import runner
from fleet import MXGRADE, Fleet, read_results
from processes import wait_until
from test_metrics import check_metrics, samples_of

HOSTS = 8
SECONDS = 120
UNDER_WAY = "under-way.jsonl.zst"


def world_of(*behaviours):
    return "--hosts", str(HOSTS), "--mix", "single=1," + ",".join(f"{name}=1" for name in behaviours)


class Nights:
    """A folder of nights, with a configuration file and a notification that writes down what it is told."""

    def __init__(self, fleet, name):
        self.fleet, self.folder, self.told_file = fleet, fleet.path(name), fleet.path(name + ".told")
        options = fleet.options("--retry-wait", "0.5")
        pairs = [f"{name[2:]} = {value}\n" for name, value in zip(options[::2], options[1::2])]
        self.config = fleet.write(name + ".conf", f"list = {fleet.list()}\nresults = {self.folder}\n"
                                  + "".join(pairs))
        # The status, whether there are two nights to compare, and what is on standard input.
        self.notify = (f"( echo \"$MXGRADE_STATUS\"; test -z \"$MXGRADE_OLD\" || cmp -s \"$MXGRADE_OLD\" "
                       f"\"$MXGRADE_NEW\"; echo $?; cat ) >>'{self.told_file}'")

    def command(self, *options):
        return [MXGRADE, "nightly", "--config", self.config, *options]

    def run(self, *options, **more):
        done = subprocess.run(self.command(*options), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=SECONDS, check=False, **more)
        return done.returncode, done.stdout

    def good(self, *options, status=0):
        seen, said = self.run(*options)
        assert seen == status, (seen, said)
        return said

    def start(self, *options):
        """A night that takes long, once some records are on the disk."""
        night = subprocess.Popen(self.command("--rate", "6", *options), stdin=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True)
        wait_until(lambda: self.has(UNDER_WAY) and os.path.getsize(self.path(UNDER_WAY)) > 600,
                   "the first records", 30)
        return night

    def path(self, name):
        return os.path.join(self.folder, name)

    def has(self, name):
        return os.path.exists(self.path(name))

    def link(self, name):
        return os.readlink(self.path(name)) if os.path.islink(self.path(name)) else None

    def names(self, kind):
        return sorted(name for name in os.listdir(self.folder) if name.startswith(kind + "-"))

    def lines(self, name):
        with open(self.path(name), encoding="utf-8") as stream:
            return [json.loads(line) for line in stream]

    def told(self):
        """[(status, whether there was a comparison, lines)], and forgets them."""
        if not os.path.exists(self.told_file):
            return []
        with open(self.told_file, encoding="utf-8") as stream:
            words = stream.read().splitlines()
        os.unlink(self.told_file)
        told = []
        for at, word in enumerate(words):
            if not word.startswith("{") and (at == 0 or words[at - 1].startswith("{") or at % 2 == 0):
                told.append((word, words[at + 1] == "1", []))
            elif word.startswith("{"):
                told[-1][2].append(json.loads(word))
        return told

    def metrics(self):
        check_metrics(self.path("mxgrade.prom"))
        return samples_of(self.path("mxgrade.prom"))


def verdicts(lines):
    return {name: number for name, number in lines[-1]["verdicts"].items() if number}


def test_the_first_night_is_compared_with_none(fleet):
    nights = Nights(fleet, "first")
    said = nights.good("--notify-command", nights.notify)
    assert "the night begins" in said and "compared with none (status 0)" in said, said
    assert [nights.link("latest")] == nights.names("night") and nights.link("previous") is None
    assert not nights.has(UNDER_WAY) and nights.names("changes") == [] and nights.told() == []
    results = read_results(nights.path(nights.link("latest")))
    assert len(results.domains) == HOSTS and results.summaries[0]["complete"]
    seen = nights.metrics()
    assert seen["mxgrade_night_status", None] == 0 and seen["mxgrade_domains", "A"] == HOSTS, seen
    assert ("mxgrade_night_changes", "new") not in seen


def test_a_changed_night_is_compared_told_and_counted(fleet):
    nights = Nights(fleet, "changed")
    nights.good("--notify-command", nights.notify)
    first = nights.link("latest")
    nights.good("--notify-command", nights.notify)
    assert nights.told() == [], "nothing has changed"
    fleet.change(*world_of("tls10_on"))
    said = nights.good("--notify-command", nights.notify)
    fleet.change(*world_of("ok_tls12_13"))
    assert f"{HOSTS} domains worse, 0 better" in said, said
    stamp = nights.link("latest")[len("night-"):-len(".jsonl.zst")]
    lines = nights.lines(f"changes-{stamp}.jsonl")
    assert verdicts(lines) == {"regression": HOSTS}, lines[-1]
    assert nights.told() == [("0", True, lines)]
    seen = nights.metrics()
    for verdict, number in lines[-1]["verdicts"].items():
        assert seen["mxgrade_night_changes", verdict] == number, verdict
    assert nights.link("previous") not in (first, nights.link("latest"))
    assert len(nights.names("night")) == 3 and len(nights.names("changes")) == 2


def test_a_certificate_near_its_end_is_told_once_for_each_threshold(fleet):
    nights = Nights(fleet, "expiring")
    nights.good()
    record = read_results(nights.path(nights.link("latest"))).endpoints[0]
    end = datetime.datetime.fromisoformat(record["certificate"]["not_after"].replace("Z", "+00:00"))
    differ = runner.Differences()
    for days, is_told in ((31, False), (30, True), (29, False), (15, False), (14, True), (8, False), (6, True),
                          (2, False), (1, True), (0, False)):
        now = end - datetime.timedelta(days=days, hours=1)
        nights.good("--notify-command", nights.notify, "--now", now.strftime("%Y-%m-%dT%H:%M:%SZ"))
        told = nights.told()
        differ.equal(f"{days} days: told", len(told), int(is_told))
        if is_told and told:
            differ.equal(f"{days} days: what", (verdicts(told[0][2]), told[0][2][-1]["certificates_expiring"]),
                         ({"expiring": HOSTS}, HOSTS))
    differ.check()


def test_a_night_that_is_killed_is_gone_on_with(fleet):
    nights = Nights(fleet, "killed")
    nights.good()
    before = nights.link("latest")
    night = nights.start()
    night.kill()
    assert night.wait() == -signal.SIGKILL
    night.stderr.close()
    begun = os.path.getsize(nights.path(UNDER_WAY))
    # The scan ends with it, and the lock with the scan.
    wait_until(lambda: nights.run("--notify", "later")[0] == 0, "the next night", 60)
    assert nights.link("latest") != before and nights.link("previous") == before and begun > 0
    assert not nights.has(UNDER_WAY) and nights.names("cut") == []
    assert nights.metrics()["mxgrade_run_lines_written", None] == HOSTS


def test_a_night_that_is_stopped_changes_nothing_and_the_next_one_goes_on(fleet):
    nights = Nights(fleet, "stopped")
    nights.good()
    before, figures = nights.link("latest"), nights.metrics()
    night = nights.start("--notify-command", nights.notify)
    status, said = nights.run()
    assert status == 3 and "another night is under way" in said, (status, said)
    night.terminate()
    _, said = night.communicate(timeout=SECONDS)
    assert night.returncode == 3 and "the last good night still holds" in said, (night.returncode, said)
    assert nights.link("latest") == before and len(nights.names("night")) == 1
    assert nights.told() == [("3", False, [])], "a night that failed is told"
    seen = nights.metrics()
    assert seen["mxgrade_night_status", None] == 3
    assert seen["mxgrade_run_end_timestamp_seconds", None] == figures["mxgrade_run_end_timestamp_seconds", None]
    said = nights.good()
    assert "going on: " in said and nights.link("previous") == before, said
    assert len(read_results(nights.path(nights.link("latest"))).domains) == HOSTS


def test_the_history_has_each_night_once(fleet):
    nights = Nights(fleet, "remembered")
    nights.good()
    # As if the night had ended right behind the history: it is added once more.
    os.rename(nights.path(nights.link("latest")), nights.path(UNDER_WAY))
    os.unlink(nights.path("latest"))
    nights.good()
    history = nights.path("history.sqlite")
    done = subprocess.run([MXGRADE, "history", "--json", "--history", history], stdout=subprocess.PIPE, text=True,
                          check=True)
    assert len(done.stdout.splitlines()) == 2, done.stdout
    # A history that cannot be written leaves the night to the next one.
    status, said = nights.run("--history", fleet.path("nowhere/history"))
    assert status == 3 and "could not be added to the history" in said, (status, said)
    before = nights.link("latest")
    other = fleet.path("other.sqlite")
    said = nights.good("--history", other)
    assert "it is finished now" in said and nights.link("previous") != before, said
    done = subprocess.run([MXGRADE, "history", "--json", "--history", other], stdout=subprocess.PIPE, text=True,
                          check=True)
    assert len(done.stdout.splitlines()) == 2, done.stdout


def test_what_was_scanned_and_not_finished_is_finished(fleet):
    """As after a power cut between the end of the scan and the link."""
    nights = Nights(fleet, "unfinished")
    nights.good()
    os.rename(nights.path(nights.link("latest")), nights.path(UNDER_WAY))
    os.unlink(nights.path("latest"))
    said = nights.good()
    assert "it is finished now" in said and len(nights.names("night")) == 2, said
    assert nights.link("previous") == nights.names("night")[0] and nights.link("latest") == nights.names("night")[1]


def test_a_rest_of_another_list_is_set_aside(fleet):
    nights = Nights(fleet, "aside")
    night = nights.start()
    night.terminate()
    night.communicate(timeout=SECONDS)
    assert night.returncode == 3
    with open(fleet.list(), encoding="utf-8") as stream:
        shorter = fleet.write("shorter", "".join(stream.readlines()[:3]))
    said = nights.good(shorter)
    assert "set aside" in said and len(nights.names("cut")) == 1, said
    assert len(read_results(nights.path(nights.link("latest"))).domains) == 3
    # Nor does a list that is none become a night.
    wrong = fleet.write("wrong", "!\n?\n")
    status, said = nights.run(wrong)
    assert status == 2 and "is it the right file?" in said and not nights.has(UNDER_WAY), (status, said)
    assert len(nights.names("night")) == 1


def test_a_scan_that_cannot_be_started_is_no_night(fleet):
    """The program loses its leave to be executed while the night waits for its configuration."""
    nights = Nights(fleet, "unstarted")
    nights.good()
    before, program, config = nights.link("latest"), fleet.path("program"), fleet.path("fifo.conf")
    shutil.copy(MXGRADE, program)
    os.mkfifo(config)
    night = subprocess.Popen([program, "nightly", "--config", config], stdin=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True)
    with open(config, "w", encoding="utf-8") as stream:  # it reads, so it runs
        os.chmod(program, 0)
        with open(nights.config, encoding="utf-8") as lines:
            stream.write(lines.read())
    _, said = night.communicate(timeout=SECONDS)
    assert night.returncode == 3 and "mxgrade scan ended with status 127" in said, (night.returncode, said)
    assert "the last good night still holds" in said and nights.link("latest") == before, said
    assert nights.metrics()["mxgrade_night_status", None] == 3


def test_an_outage_is_no_night(fleet):
    nights = Nights(fleet, "outage")
    nights.good()
    before = nights.link("latest")
    status, said = nights.run("--resolver", "127.0.0.1:1", "--dns-timeout", "0.3")
    assert status == 3 and nights.link("latest") == before, (status, said)
    assert nights.metrics()["mxgrade_night_status", None] == 3


def test_a_notification_that_fails_is_made_up_for(fleet):
    nights = Nights(fleet, "untold")
    nights.good("--notify-command", nights.notify)
    fleet.change(*world_of("tls10_on"))
    said = nights.good("--notify-command", "exit 7", status=4)
    assert "ended with status 7" in said and nights.metrics()["mxgrade_night_status", None] == 4, said
    started = time.monotonic()
    marker = fleet.path("late")
    said = nights.good("--notify-command", f"(sleep 9; touch '{marker}') & sleep 60", "--notify-timeout", "1",
                       status=4)
    assert "was not over after 1 s" in said and time.monotonic() - started < 30, said
    nights.good("--notify-command", nights.notify)
    told = nights.told()
    fleet.change(*world_of("ok_tls12_13"))
    assert [(status, verdicts(lines)) for status, _, lines in told] == [("0", {"regression": HOSTS})], told
    assert not os.path.exists(marker), "what it had started ended with it"
    assert nights.link("notified") == nights.link("latest")


def test_another_process_tells(fleet):
    """As under systemd, where the night itself may not start programs of other groups."""
    nights = Nights(fleet, "later")
    nights.good()
    fleet.change(*world_of("tls10_on"))
    nights.good("--notify", "later", "--notify-command", nights.notify)
    fleet.change(*world_of("ok_tls12_13"))
    assert nights.told() == []
    monitored = {**os.environ, "MONITOR_SERVICE_RESULT": "success", "MONITOR_EXIT_CODE": "exited",
                 "MONITOR_EXIT_STATUS": "0"}
    before = nights.metrics()
    status, said = nights.run("--notify", "only", "--notify-command", "exit 7", env=monitored)
    assert status == 4 and "ended with status 7" in said, (status, said)
    assert nights.metrics() == {**before, ("mxgrade_night_status", None): 4}, "an alert is about that"
    only = ("--notify", "only", "--notify-command", nights.notify)
    status, said = nights.run(*only, env={**os.environ, "MONITOR_SERVICE_RESULT": "success",
                                          "MONITOR_EXIT_CODE": "exited", "MONITOR_EXIT_STATUS": "1"})
    assert status == 0, said
    assert [(status, verdicts(lines)) for status, _, lines in nights.told()] == [("1", {"regression": HOSTS})]
    after = {**before, ("mxgrade_night_status", None): 1}
    assert nights.metrics() == after, "the notification was made up for, and so the alert ends"
    status, said = nights.run(*only)
    assert nights.metrics() == after, "a notification that nothing failed before changes no status"
    assert (status, nights.told()) == (0, []), said
    for code, number, told in (("exited", "3", "3"), ("killed", "KILL", "3")):
        status, said = nights.run(*only, env={**os.environ, "MONITOR_SERVICE_RESULT": "exit-code",
                                              "MONITOR_EXIT_CODE": code, "MONITOR_EXIT_STATUS": number})
        assert (status, nights.told()) == (0, [(told, False, [])]), said
    assert len(nights.names("night")) == 2, "it has scanned nothing"


def test_as_many_nights_as_were_asked_for_are_kept(fleet):
    nights = Nights(fleet, "kept")
    seen = []
    for _ in range(4):
        nights.good("--keep", "2")
        seen.append(nights.link("latest"))
    assert len(set(seen)) == 4 and nights.names("night") == seen[-2:], (seen, nights.names("night"))
    assert len(nights.names("changes")) == 2


def test_a_bar_that_is_crossed_is_a_night_all_the_same(fleet):
    nights = Nights(fleet, "bar")
    nights.good("--fail-on", "A+", status=1)
    assert nights.link("latest") and nights.metrics()["mxgrade_night_status", None] == 1
    nights.good("--fail-on", "B")


def test_options_of_the_file_reach_the_scan(fleet):
    nights = Nights(fleet, "options")
    with open(nights.config, "a", encoding="utf-8") as stream:
        stream.write("ipv4-only = yes\nmax-addresses = 3\nallow-net = 127.0.0.0/9\nformat = csv\n")
    nights.good("--depth", "quick", "--ipv4-only=no")
    options = read_results(nights.path(nights.link("latest"))).runs[0]["options"]
    wanted = {"max-addresses": 3, "depth": "quick", "families": "4 and 6",
              "allow-net": "127.0.0.0/8,::1/128,127.0.0.0/9"}
    assert {name: options[name] for name in wanted} == wanted, options


def test_usage(fleet):
    nights = Nights(fleet, "usage")
    for arguments, words in (((fleet.path("no-such-list"),), "no-such-list: No such file"),
                             (("--keep", "0"), "--keep 0"), (("--notify", "maybe"), "not one of now"),
                             (("--output", "x"), "nightly knows no --output")):
        status, said = nights.run(*arguments)
        assert status == 2 and words in said, (arguments, status, said)
    assert not os.path.exists(nights.folder) or nights.names("night") == []
    empty = fleet.write("empty.conf", f"results = {nights.folder}\n")
    status, said = nights.run("--config", empty, "--config", fleet.write("list.conf", "list = -\n"))
    assert status == 2 and "needs a file with the list" in said, (status, said)
    done = subprocess.run([MXGRADE, "scan", "--keep", "3"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 2 and '"mxgrade nightly --keep" does' in done.stdout, done
    with contextlib.suppress(FileNotFoundError):
        os.rmdir(nights.folder)


def main():
    with Fleet(*world_of("ok_tls12_13")) as fleet:
        return runner.run(sys.modules[__name__], fleet)


if __name__ == "__main__":
    sys.exit(main())
