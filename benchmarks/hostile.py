"""Good servers beside hostile ones: who sends as fast as it can, and who shows a chain that takes long
to verify, must not keep the others waiting.

benchmarks/hostile.py FOLDER PORT is the hostile servers, which `Hostile` starts."""
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

from lab import Fleet, in_turn, median, quick, ratio, table

NUM_GOOD, NUM_FLOODING, NUM_SLOW = 100, 40, 24
NUM_NAMESAKES = 16  # issuers of one name: which has signed what is found out signature by signature
SECONDS = 3  # over which the servers spread their greetings
FLOOD = 65536  # bytes of one send


# ---- The servers ----

def make_chains(folder):
    """A chain for each slow host: a leaf of its own, and issuers of one name in a ring."""
    script = f"""set -e; cd {folder}
    echo basicConstraints=critical,CA:true >ca.ext
    for i in $(seq 0 {NUM_NAMESAKES - 1}); do
        openssl ecparam -name secp521r1 -genkey -noout -out key$i
        openssl pkey -in key$i -pubout -out public$i
        openssl req -x509 -new -key key$i -subj /CN=slow -days 30 -out self$i
    done
    for i in $(seq 0 {NUM_NAMESAKES - 1}); do
        next=$(( (i + 1) % {NUM_NAMESAKES} ))
        openssl x509 -new -force_pubkey public$i -subj /CN=slow -CA self$next -CAkey key$next \
            -extfile ca.ext -days 30 -out issuer$i
    done
    openssl ecparam -name prime256v1 -genkey -noout -out leaf.key
    openssl pkey -in leaf.key -pubout -out leaf.public
    for i in $(seq 0 {NUM_SLOW - 1}); do
        openssl x509 -new -force_pubkey leaf.public -subj /CN=leaf$i -CA self0 -CAkey key0 -days 30 \
            -out leaf$i
        cat leaf$i issuer* >chain$i
    done"""
    subprocess.run(["sh", "-c", script], check=True, stderr=subprocess.DEVNULL)


def flooding_address(number):
    return f"127.201.{number}.1"


def slow_address(number, in_one_network):
    return f"127.202.0.{number + 1}" if in_one_network else f"127.203.{number}.1"


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


def serve(folder, port):
    contexts = []
    for number in range(NUM_SLOW):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(folder, f"chain{number}"),
                                os.path.join(folder, "leaf.key"))
        contexts.append(context)
    manners = itertools.cycle((flood_greeting, flood_capabilities, flood_inside))
    for number, manner in zip(range(NUM_FLOODING), manners):
        listen(flooding_address(number), port, manner, contexts[0],
               SECONDS * number / NUM_FLOODING)
    for number, context in enumerate(contexts):
        for in_one_network in (False, True):
            listen(slow_address(number, in_one_network), port, show_chain, context,
                   SECONDS * number / NUM_SLOW)
    print("ready", flush=True)
    sys.stdin.read()  # until whoever started it has gone


class Hostile:
    """The hostile servers, while the with statement lasts."""

    def __init__(self, folder, port):
        self.command = [sys.executable, os.path.abspath(__file__), folder, str(port)]
        self.process = None

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"ready\n"
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


# ---- The table ----

def handshakes(path, good):
    """Milliseconds of the good servers' handshakes, and the number of hostile ones in the file."""
    with open(path, encoding="utf-8") as stream:
        records = [record for record in map(json.loads, stream) if record["type"] == "endpoint"]
    times = [record["timings_ms"]["handshake"] for record in records if record["host"] in good]
    assert len(times) == NUM_GOOD, len(times)
    return times, len(records) - len(times)


def percentile95(values):
    return statistics.quantiles(values, n=20)[-1]


def hostile(folder, rounds, bars):
    make_chains(folder)
    with Fleet(folder, NUM_GOOD, "ok_tls12_13=1,single=1", "--rtt", "20:20", "--banner",
               f"0:{SECONDS * 1000}") as fleet, Hostile(folder, fleet.port):
        good = fleet.ask("hosts").split()
        flooding = [flooding_address(number) for number in range(NUM_FLOODING)]
        crowds = {
            "good servers alone": [],
            "beside hostile ones":
                flooding + [slow_address(number, False) for number in range(NUM_SLOW)],
            "beside them, slow chains of one network":
                flooding + [slow_address(number, True) for number in range(NUM_SLOW)],
        }

        def run(crowd):
            quick(fleet, fleet.write("some", "\n".join(good + crowd) + "\n"), "--threads", "2",
                  "--retry-wait", "1")
            times, num_others = handshakes(os.path.join(folder, "out.jsonl"), set(good))
            assert num_others == len(crowd), num_others
            return percentile95(times)

        seen = in_turn(rounds, {name: lambda crowd=crowd: run(crowd)
                                for name, crowd in crowds.items()})
    alone = median(seen["good servers alone"])
    table(f"Handshakes of {NUM_GOOD} good servers, and {NUM_FLOODING} that flood beside {NUM_SLOW} whose "
          "chains are slow to verify",
          ["p95 ms", "ratio"],
          [(name, median(times), ratio(median(times), alone)) for name, times in seen.items()])
    for name, times in seen.items():
        if name != "good servers alone":
            bars.at_most(f"good servers' handshakes {name}: p95, times that alone", median(times) / alone, 2)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
