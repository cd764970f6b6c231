"""A world of many unrelated networks in a network namespace of its own: a DNS that answers by a
function, mail servers that behave by a function, and rules of nftables for what lies between. It is
made for outages and for whoever stands in the way, so its servers are as small as can be.
"""
import asyncio
import contextlib
import json
import os
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time

A, NS, MX, AAAA = 1, 2, 15, 28
NXDOMAIN, SERVFAIL = 3, 2
MXGRADE = os.path.abspath(os.environ.get("MXGRADE", "./mxgrade"))


def enter_namespace():
    """Runs this program again in a network namespace of its own, where all ports are free."""
    if os.environ.get("MXGRADE_WIRE_NAMESPACE") != str(os.getppid()):
        environment = dict(os.environ, MXGRADE_WIRE_NAMESPACE=str(os.getpid()))
        sys.exit(subprocess.run(["unshare", "--net", sys.executable, *sys.argv],
                                env=environment).returncode)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


# ---- The DNS


def encode(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"


def address(text):
    return A, socket.inet_aton(text)


def exchange(preference, host):
    return MX, struct.pack(">H", preference) + encode(host)


def read_question(message):
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode("latin-1").lower())
        at += 1 + message[at]
    return ".".join(labels), struct.unpack(">H", message[at + 1:at + 3])[0], message[12:at + 5]


class Dns(asyncio.DatagramProtocol):
    """`answer(name, kind)` gives records, or a response code, or None for silence, or bytes that are
    sent in place of records."""

    def __init__(self, answer):
        self.answer = answer
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, peer):
        name, kind, question = read_question(data)
        answer = self.answer(name, kind)
        if answer is None:
            return
        if isinstance(answer, bytes):
            self.transport.sendto(data[:2] + struct.pack(">HHHHH", 0x8180, 1, 1, 0, 0) + question +
                                  answer, peer)
            return
        code, records = (answer, []) if isinstance(answer, int) else (0, answer)
        records = [record for record in records if record[0] == kind]
        reply = data[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(records), 0, 0) + question
        for kind_of, value in records:
            reply += b"\xc0\x0c" + struct.pack(">HHIH", kind_of, 1, 60, len(value)) + value
        self.transport.sendto(reply, peer)


def many_domains(name, kind):
    """Domains d0.test to d9999.test, each with a host and a provider of its own, in 200 networks."""
    labels = name.split(".")
    if name in ("", "test") or kind not in (A, MX, AAAA):
        return []
    if labels[-1] != "test" or not labels[-2][1:].isdigit():
        return NXDOMAIN
    number = int(labels[-2][1:])
    if len(labels) == 2:
        return [exchange(10, f"mx.{name}")]
    return [address(f"127.{16 + number % 200}.{number // 200}.1")]


# ---- Mail servers


def make_certificate(folder, name):
    chain, key = (os.path.join(folder, f"{name}.{end}") for end in ("crt", "key"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", chain,
                    "-days", "30", "-subj", f"/CN={name}"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context


async def talk(reader, writer, greeting, keywords, context):
    """An ordinary server; without a context it has no STARTTLS."""
    name = greeting.split()[0]
    writer.write(f"220 {greeting}\r\n".encode())
    while line := await reader.readline():
        verb = line.strip().upper()
        if verb.startswith(b"EHLO"):
            lines = [name, *keywords, *(["STARTTLS"] if context else [])]
            writer.write("".join(f"250-{text}\r\n" for text in lines).encode() + b"250 HELP\r\n")
        elif verb == b"STARTTLS" and context:
            reader._buffer.clear()  # what is glued to it is not for the inside of TLS
            writer.write(b"220 go\r\n")
            await writer.drain()
            await writer.start_tls(context)
        elif verb == b"QUIT":
            writer.write(b"221 bye\r\n")
            break
        elif verb in (b"STARTTLS", b"HELP"):
            writer.write(b"502 no\r\n")
        else:
            writer.write(b"250 ok\r\n")
    await writer.drain()


class World:
    def __init__(self):
        self.answer = many_domains
        self.serve = None  # async (address, reader, writer)
        self.folder = None

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="mxgrade-wire.")
        self.context = make_certificate(self.folder, "mx.test")
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        threading.Thread(target=self.run, args=(started,), daemon=True).start()
        started.wait()
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, started):
        asyncio.set_event_loop(self.loop)
        self.loop.set_exception_handler(lambda *_: None)
        self.loop.run_until_complete(self.loop.create_datagram_endpoint(
            lambda: Dns(lambda *question: self.answer(*question)), ("127.0.0.1", 53)))
        self.loop.run_until_complete(
            asyncio.start_server(self.accept, "0.0.0.0", 25, backlog=4096))
        started.set()
        self.loop.run_forever()

    async def accept(self, reader, writer):
        try:
            await self.serve(writer.get_extra_info("sockname")[0], reader, writer)
        except (OSError, ssl.SSLError):
            pass
        finally:
            with contextlib.suppress(OSError, RuntimeError):
                writer.close()

    @contextlib.contextmanager
    def filtered(self, *rules):
        """With rules of nftables for packets that leave."""
        subprocess.run(["nft", "add table ip wire; add chain ip wire out "
                        "{ type filter hook output priority 0; }"], check=True)
        try:
            for rule in rules:
                subprocess.run(["nft", f"add rule ip wire out {rule}"], check=True)
            yield
        finally:
            subprocess.run(["nft", "delete table ip wire"], check=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def scan(self, domains, *options, out=None, seconds=120):
        out = self.path(out or "out.jsonl")
        with open(out + ".txt", "w", encoding="ascii") as stream:
            stream.writelines(f"{domain}\n" for domain in domains)
        if "--resume" not in options and os.path.exists(out):
            os.unlink(out)
        began = time.monotonic()
        done = subprocess.run(
            [MXGRADE, "scan", out + ".txt", "--resolver", "127.0.0.1", "--allow-net",
             "127.0.0.0/8", "--ehlo", "scanner.example.org", "--progress", "never", "-o", out,
             *options], capture_output=True, text=True, timeout=seconds)
        return Results(done.returncode, done.stderr, time.monotonic() - began, out)


    def judge(self, path):
        """The letter and the findings of each domain, as `mxgrade judge` has them."""
        done = subprocess.run([MXGRADE, "judge", path], capture_output=True, text=True, check=True)
        records = [json.loads(line) for line in done.stdout.splitlines()]
        return {record["domain"]: (record["grade"], record["findings"]) for record in records
                if record["type"] == "domain"}


class Results:
    def __init__(self, status, errors, seconds, out):
        self.status, self.errors, self.seconds, self.out = status, errors, seconds, out
        with open(out, encoding="utf-8") as stream:
            self.records = [json.loads(line) for line in stream]
        self.domains = {r["domain"]: r for r in self.records if r["type"] == "domain"}
        self.summary = self.records[-1]

    def grades(self):
        counts = {}
        for record in self.domains.values():
            counts[record["grade"]] = counts.get(record["grade"], 0) + 1
        return counts
