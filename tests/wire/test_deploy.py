#!/usr/bin/env python3
"""What deploy/ has for operators: units for systemd, alert rules for Prometheus, notifications by curl.

Each is given to its own reader: systemd-analyze, systemd-sysusers, systemd-tmpfiles, promtool, a mail server (Postfix's
smtp-sink) and a web server.
"""
import glob
import http.server
import os
import re
import shlex
import subprocess
import sys
import tempfile
import threading

import report_data as data
import runner
from fleet import FLEET, MXGRADE
from processes import free_port, wait_until
from test_metrics import promtool

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
DEPLOY = os.path.join(ROOT, "deploy")
EXPOSURE_MAX = 25  # in tenths
SECONDS = 60


def run(*command, **more):
    more.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS,
                          check=False, **more)


class World:
    def __init__(self, folder):
        self.folder = folder
        self.prefix = os.path.join(folder, "prefix")
        done = run("make", "-s", "-C", ROOT, "install", "PREFIX=" + self.prefix,
                   "B=" + os.path.relpath(os.path.dirname(FLEET), ROOT))
        assert (done.returncode, done.stdout) == (0, ""), done
        for name, letters in (("old", 4), ("new", 5)):
            data.write(self.path(name + ".jsonl"), data.supply_chain(letters))

    def path(self, name):
        return os.path.join(self.folder, name)

    def unit(self, name):
        return os.path.join(self.prefix, "lib/systemd/system", name)

    def notify(self, script, status="0", nights=True, **variables):
        """The script as a night runs it, beside the program that is tested."""
        more = {"MXGRADE_OLD": self.path("old.jsonl"), "MXGRADE_NEW": self.path("new.jsonl")} if nights else {}
        path = os.path.dirname(MXGRADE) + ":" + os.environ["PATH"]
        lines = '{"type":"diff"}\n{"type":"diff_summary"}\n' if nights else ""
        return run("sh", "-c", shlex.quote(os.path.join(self.prefix, "share/mxgrade", script)), stdin=None, input=lines,
                   env={**os.environ, "PATH": path, "MXGRADE_STATUS": status, **more, **variables})


def test_units_are_right_and_hardened(world):
    units = [world.unit(name) for name in ("mxgrade.service", "mxgrade.timer", "mxgrade-notify.service")]
    done = run("systemd-analyze", "verify", "--man=no", *units)
    lines = [line for line in done.stdout.splitlines() if world.prefix in line or "mxgrade" in line]
    assert (done.returncode, lines) == (0, []), done
    done = run("systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE_MAX}", units[0])
    assert done.returncode == 0, done.stdout[-300:]
    with open(units[2], encoding="utf-8") as stream:
        assert not re.search(r"^(NoNewPrivileges|SystemCallFilter|Restrict|Private(Devices|Users)|MemoryDeny|Lock)",
                             stream.read(), re.M), "a setgid sendmail would not work"
    done = run("systemd-analyze", "calendar", "*-*-* 02:00:00")
    assert done.returncode == 0, done


def test_what_the_service_runs_is_a_command(world):
    for unit in ("mxgrade.service", "mxgrade-notify.service"):
        with open(world.unit(unit), encoding="utf-8") as stream:
            command = re.search(r"^ExecStart=(.*)$", stream.read(), re.M)[1].split()
        assert command[0] == os.path.join(world.prefix, "bin/mxgrade"), command
        empty = world.path("empty.conf")
        with open(empty, "w", encoding="utf-8") as stream:
            stream.write(f"results = {world.path('nights')}\n")
        done = run(*command, "--config", empty)
        wanted = 2 if unit == "mxgrade.service" else 0  # there is no list, and nothing to tell
        assert done.returncode == wanted, (command, done)


def test_the_user_and_the_folder_are_made(world):
    root = world.path("root")
    os.makedirs(os.path.join(root, "etc"))
    done = run("systemd-sysusers", "--root=" + root, os.path.join(world.prefix, "lib/sysusers.d/mxgrade.conf"))
    assert done.returncode == 0, done
    with open(os.path.join(root, "etc/passwd"), encoding="utf-8") as stream:
        assert re.search(r"^mxgrade:.*:/var/lib/mxgrade:/usr/sbin/nologin$", stream.read(), re.M)
    done = run("systemd-tmpfiles", "--root=" + root, "--create",
               os.path.join(world.prefix, "lib/tmpfiles.d/mxgrade.conf"))
    folder = os.path.join(root, "var/lib/mxgrade")
    assert os.path.isdir(folder) and os.stat(folder).st_mode & 0o777 == 0o750, done


def test_the_alert_rules(_):
    ok, said = promtool("check", "rules", os.path.join(DEPLOY, "mxgrade.rules.yml"))
    assert ok, said
    ok, said = promtool("test", "rules", os.path.join(ROOT, "tests/wire/data/mxgrade.rules.test.yml"))
    assert ok, said


def test_the_rules_name_what_is_written(_):
    """Each figure that an alert is about is one that the sources write."""
    with open(os.path.join(DEPLOY, "mxgrade.rules.yml"), encoding="utf-8") as stream:
        named = set(re.findall(r"\bmxgrade_[a-z_]+", stream.read()))
    written = set()
    for path in glob.glob(os.path.join(ROOT, "output/metrics/*.c")):
        with open(path, encoding="utf-8") as stream:
            written |= set(re.findall(r'"(mxgrade_[a-z_]+)"', stream.read()))
    assert named and named <= written, named - written


def test_a_notification_by_mail(world):
    port, mails = free_port(), world.path("mails")
    os.mkdir(mails)
    os.chmod(mails, 0o777)
    os.chmod(world.folder, 0o755)
    sink = subprocess.Popen(["smtp-sink", "-u", "nobody", "-d", mails + "/mail.", f"127.0.0.1:{port}", "10"],
                            stdin=subprocess.DEVNULL)
    try:
        server = {"MXGRADE_SMTP": f"smtp://127.0.0.1:{port}", "MXGRADE_MAIL_TO": "ops@example.org",
                  "MXGRADE_MAIL_FROM": "mxgrade@example.org"}
        wait_until(lambda: world.notify("notify-mail", status="3", nights=False, **server).returncode == 0, "a mail")
        (failed,) = mails_in(mails)
        assert "To: ops@example.org" in failed and "Subject: mxgrade: the night failed (status 3)" in failed, failed
        for name in os.listdir(mails):
            os.unlink(os.path.join(mails, name))
        done = world.notify("notify-mail", **server)
        assert done.returncode == 0, done
        (told,) = mails_in(mails)
        assert "mail servers have changed (status 0)" in told and "X-Rcpt-Args: <ops@example.org>" in told, told
        diff = run(MXGRADE, "diff", "--format", "text", world.path("old.jsonl"), world.path("new.jsonl")).stdout
        assert diff.splitlines()[-1] in told, (diff, told)
        for name in os.listdir(mails):
            os.unlink(os.path.join(mails, name))
        done = world.notify("notify-mail", MXGRADE_OLD=world.path("no such night"), **server)
        assert done.returncode != 0 and not os.listdir(mails), "half a comparison is none"
    finally:
        sink.kill()
        sink.wait()
    done = world.notify("notify-mail", **server)
    assert done.returncode != 0, "nobody takes mail there"


def mails_in(folder):
    mails = []
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), encoding="utf-8") as stream:
            mails.append(stream.read())
    return mails


def test_a_notification_by_webhook(world):
    seen = []

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            seen.append((self.path, self.headers["Mxgrade-Status"], self.headers["Content-Type"], body))
            self.send_response(204 if self.path == "/hook" else 500)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        done = world.notify("notify-webhook", MXGRADE_WEBHOOK=address + "/hook")
        assert (done.returncode, done.stdout) == (0, ""), done
        done = world.notify("notify-webhook", status="3", nights=False, MXGRADE_WEBHOOK=address + "/hook")
        assert done.returncode == 0, done
        done = world.notify("notify-webhook", MXGRADE_WEBHOOK=address + "/broken")
        assert done.returncode != 0, "an answer of 500 is a failure"
        server.shutdown()
    assert seen[:2] == [("/hook", "0", "application/x-ndjson", '{"type":"diff"}\n{"type":"diff_summary"}\n'),
                        ("/hook", "3", "application/x-ndjson", "")], seen
    done = world.notify("notify-webhook")
    assert done.returncode != 0 and "names the address" in done.stdout, done


def test_the_line_for_cron(world):
    """cron hands the rest of the line to a shell: with a sendmail that writes down what it is given."""
    with open(os.path.join(world.prefix, "share/doc/mxgrade/examples/mxgrade.cron"), encoding="utf-8") as stream:
        line = stream.read().splitlines()[-1]
    assert "%" not in line, "cron would make a line end of it"
    fields = line.split(None, 6)
    assert fields[:6] == ["0", "2", "*", "*", "*", "mxgrade"], line
    words = shlex.split(fields[6])
    assert words[:3] == [os.path.join(world.prefix, "bin/mxgrade"), "nightly", "--notify-command"], words
    sendmail = world.path("sendmail")
    with open(sendmail, "w", encoding="utf-8") as stream:
        stream.write(f"#!/bin/sh\necho \"$@\" >'{sendmail}.seen'\ncat >>'{sendmail}.seen'\n")
    os.chmod(sendmail, 0o755)
    done = run("sh", "-c", words[-1].replace("/usr/sbin/sendmail", sendmail), stdin=None, input='{"type":"diff"}\n',
               env={**os.environ, "MXGRADE_STATUS": "1"})
    with open(sendmail + ".seen", encoding="utf-8") as stream:
        assert stream.read() == '-t\nTo: root\nSubject: mxgrade: status 1\n\n{"type":"diff"}\n', done


def main():
    with tempfile.TemporaryDirectory(prefix="mxgrade-deploy.") as folder:
        return runner.run(sys.modules[__name__], World(folder))


if __name__ == "__main__":
    sys.exit(main())
