"""Good servers beside hostile ones: who sends as fast as it can, and who shows a chain that takes long
to verify, must not keep the others waiting.

benchmarks/hostile.py FOLDER PORT DNS is the hostile servers, which `Hostile` starts: their names are
in a DNS that passes all other questions on to DNS."""
import contextlib
import itertools
import json
import os
import socket
import ssl
import statistics
import subprocess
import sys
import threading
import time

import hostile_dns
from hostile_chains import make_chains
from lab import Fleet, in_turn, median, ratio, scan, table

NUM_GOOD, NUM_FLOODING, NUM_SLOW = 100, 40, 24
SECONDS = 3  # over which the servers spread their greetings
FLOOD = 65536  # bytes of one send
ZONE = "hostile.test"


# ---- The world ----

def flooding_domains():
    """[(domain, address), ...], whose MX host is the domain itself."""
    return [(f"flood{number}.{ZONE}", f"127.201.{number}.1") for number in range(NUM_FLOODING)]


def slow_hosts():
    """[(domain, host, address), ...]: one each, and all of one domain, in one network."""
    alone = [(f"slow{number}.{ZONE}", f"mx.slow{number}.{ZONE}", f"127.203.{number}.1")
             for number in range(NUM_SLOW)]
    together = [(f"slow.{ZONE}", f"mx{number}.slow.{ZONE}", f"127.202.0.{number + 1}")
                for number in range(NUM_SLOW)]
    return alone, together


def names_of(slow, chains, port):
    names = hostile_dns.Names(ZONE)
    for domain, address in flooding_domains():
        names.add_address(domain, address)
    for (domain, host, address), chain in zip(slow, chains):
        names.add_exchange(domain, host)
        names.add_address(host, address)
        names.add(f"_{port}._tcp.{host}", hostile_dns.TLSA, *chain.tlsa)
    return names


# ---- The servers ----

def flood(connection, line):
    bytes_ = line * (FLOOD // len(line))
    while True:
        connection.sendall(bytes_)


def to_tls(connection, context):
    """The connection inside TLS, once the client has asked for the capabilities there."""
    for reply in (b"220 mx ESMTP\r\n", b"250-mx\r\n250 STARTTLS\r\n", b"220 go\r\n"):
        connection.sendall(reply)
        if not reply.startswith(b"220 go"):
            connection.recv(4096)
    inside = context.wrap_socket(connection, server_side=True)
    inside.recv(4096)
    return inside


def flood_greeting(connection, _):
    flood(connection, b"220-and so on and so on\r\n")


def flood_capabilities(connection, _):
    connection.sendall(b"220 mx ESMTP\r\n")
    connection.recv(4096)
    flood(connection, b"250-AND so on and so on\r\n")


def flood_inside(connection, context):
    flood(to_tls(connection, context), b"250-AND so on and so on\r\n")


def show_chain(connection, context):
    inside = to_tls(connection, context)
    inside.sendall(b"250 mx\r\n")
    inside.recv(4096)
    inside.sendall(b"221 bye\r\n")


def talk(connection, manner, context, delay):
    with contextlib.suppress(OSError), connection:
        time.sleep(delay)
        manner(connection, context)


def listen(address, port, manner, context, delay):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((address, port))
    listener.listen(64)

    def accept():
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=talk, args=(connection, manner, context, delay),
                             daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()


def serve(folder, port, dns):
    slow = list(itertools.chain(*slow_hosts()))
    chains = make_chains(folder, [host for _, host, _ in slow], ZONE)
    contexts = [ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for _ in chains]
    for context, chain in zip(contexts, chains):
        context.load_cert_chain(chain.path, chain.key)
    manners = itertools.cycle((flood_greeting, flood_capabilities, flood_inside))
    for (_, address), manner, number in zip(flooding_domains(), manners, itertools.count()):
        listen(address, port, manner, contexts[0], SECONDS * number / NUM_FLOODING)
    for (_, _, address), context, number in zip(slow, contexts, itertools.count()):
        listen(address, port, show_chain, context, SECONDS * (number % NUM_SLOW) / NUM_SLOW)
    print(hostile_dns.serve(names_of(slow, chains, port), dns), flush=True)
    sys.stdin.read()  # until whoever started it has gone


class Hostile:
    """The hostile servers, while the with statement lasts. `dns` has their names, too."""

    def __init__(self, folder, port, dns):
        self.command = [sys.executable, os.path.abspath(__file__), folder, str(port), dns]
        self.process = self.dns = None

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.dns = f"127.0.0.1:{int(self.process.stdout.readline())}"
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


# ---- The table ----

def read(path):
    """(milliseconds of the good servers' handshakes, the number of hostile servers, how many of them
    were compared with TLSA records)"""
    with open(path, encoding="utf-8") as stream:
        records = [record for record in map(json.loads, stream) if record["type"] == "endpoint"]
    others = [record for record in records if record["host"].endswith(ZONE)]
    times = [record["timings_ms"]["handshake"] for record in records if record not in others]
    assert len(times) == NUM_GOOD, len(times)
    return times, len(others), sum(record["dane"]["status"] not in ("none", "insecure")
                                   for record in others)


def percentile95(values):
    return statistics.quantiles(values, n=20)[-1]


def hostile(folder, rounds, bars):
    with Fleet(folder, NUM_GOOD, "ok_tls12_13=1,single=1", "--rtt", "20:20", "--banner",
               f"0:{SECONDS * 1000}") as fleet, Hostile(folder, fleet.port, fleet.dns) as others:
        good = fleet.ask("list").split()
        flooding = [domain for domain, _ in flooding_domains()]
        alone, together = ([domain for domain, _, _ in hosts] for hosts in slow_hosts())
        crowds = {
            "good servers alone": ([], 0),
            "beside hostile ones": (flooding + alone, NUM_SLOW),
            "beside them, slow chains of one domain": (flooding + together[:1], NUM_SLOW),
        }

        def run(crowd, num_slow):
            scan(fleet, fleet.write("some", "\n".join(good + crowd) + "\n"), "--depth", "quick",
                 "--threads", "2", "--retry-wait", "1", "--resolver", others.dns)
            times, num_others, num_compared = read(os.path.join(folder, "out.jsonl"))
            assert num_others == (NUM_FLOODING + NUM_SLOW if crowd else 0), num_others
            assert num_compared == num_slow, num_compared
            return percentile95(times)

        seen = in_turn(rounds, {name: lambda crowd=crowd: run(*crowd)
                                for name, crowd in crowds.items()})
    base = median(seen["good servers alone"])
    table(f"Handshakes of {NUM_GOOD} good servers, and {NUM_FLOODING} that flood beside {NUM_SLOW} whose "
          "chains are slow to verify",
          ["p95 ms", "ratio"],
          [(name, median(times), ratio(median(times), base)) for name, times in seen.items()])
    for name, times in seen.items():
        if name != "good servers alone":
            bars.at_most(f"good servers' handshakes {name}: p95, times that alone", median(times) / base, 2)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), sys.argv[3])
