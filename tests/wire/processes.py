"""Small tools of the wire tests: waiting with an end, processes that are stopped by their own pid,
and addresses of the loopback network that nobody else uses at the moment."""
import os
import random
import re
import signal
import socket
import subprocess
import threading
import time


class Trouble(Exception):
    """The laboratory itself could not do something: not a finding about the scanner."""


def wait_until(condition, what, seconds=15.0):
    """Polls until `condition` says something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Trouble(f"waited {seconds:g} s in vain for {what}")
        time.sleep(0.02)


def run(command, seconds=30, text_in=None, **more):
    """Runs a command to its end; stdout and stderr come back together unless told otherwise."""
    more.setdefault("stderr", subprocess.STDOUT)
    if text_in is None:
        more.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, errors="replace",
                          input=text_in, timeout=seconds, check=False, **more)


def run_until(command, mark, seconds=30, stderr=subprocess.STDOUT):
    """The output of a client as far as the first line in which `mark` is found. After so many seconds
    in vain its standard input is closed, upon which the client ends by itself."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr,
                          text=True, errors="replace") as client:
        patience = threading.Timer(seconds, client.stdin.close)
        patience.start()
        text = ""
        try:
            for line in client.stdout:
                text += line
                if re.search(mark, line):
                    break
        finally:
            patience.cancel()
            client.terminate()
    return text


class Process:
    """A server in the foreground, in a process group of its own; its output goes to a file."""

    def __init__(self, name, command, folder, **more):
        self.name = name
        self.output = os.path.join(folder, name + ".output")
        more.setdefault("stdin", subprocess.DEVNULL)
        with open(self.output, "w", encoding="utf-8") as stream:
            self.popen = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT,
                                          start_new_session=True, **more)

    def check(self):
        """Raises with the server's own words if it has ended."""
        if self.popen.poll() is not None:
            with open(self.output, encoding="utf-8", errors="replace") as stream:
                raise Trouble(f"{self.name} ended with {self.popen.returncode}:\n{stream.read()}")

    def stop(self):
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        # What it has left behind is in its process group, which is ours to end.
        try:
            os.killpg(self.popen.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def can_bind(address, port, kind=socket.SOCK_STREAM):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
        return True


def free_port(address="127.0.0.1"):
    """A port that is free for UDP and TCP, below the range from which the kernel takes its own."""
    for _ in range(200):
        port = random.randrange(15000, 30000)
        if can_bind(address, port) and can_bind(address, port, socket.SOCK_DGRAM):
            return port
    raise Trouble("no free port on " + address)


def free_network(ports):
    """"127.A.B": a /24 of the loopback network where the ports are free, for this run alone."""
    for _ in range(200):
        network = f"127.{random.randrange(16, 240)}.{random.randrange(1, 255)}"
        if all(can_bind(f"{network}.{host}", port) for port in ports for host in (10, 53)):
            return network
    raise Trouble(f"the ports {ports} cannot be bound: root, or --port above 1023, is needed")
