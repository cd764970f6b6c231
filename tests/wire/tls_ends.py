"""Small servers that end a TLS handshake after STARTTLS, each in one way that no TLS library
offers. They write their TLS records by hand. The answer of a server is a function of the
ClientHello; None closes the connection without an answer.
"""
import contextlib
import socket
import struct

from starttls_front import Front

RANDOM = bytes(range(32))
P256_POINT = bytes.fromhex("046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                           "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")
ECDHE_RSA = (0xc02f, 0xc030, 0xc013, 0xc014)
DHE_RSA = (0x009e, 0x009f, 0x0033, 0x0039)


class Hello:
    """What a ClientHello offers, as far as it matters here."""

    def __init__(self, record):
        body = record[9:]  # after the headers of record and message
        at = 34
        at += 1 + body[at]
        length = struct.unpack_from(">H", body, at)[0]
        self.suites = struct.unpack_from(f">{length // 2}H", body, at + 2)

    def first_of(self, suites):
        return next((suite for suite in suites if suite in self.suites), None)


def record(kind, payload):
    return struct.pack(">BHH", kind, 0x0303, len(payload)) + payload


def alert(description, level=2):
    return record(21, bytes((level, description)))


def message(kind, body):
    return struct.pack(">B", kind) + len(body).to_bytes(3, "big") + body


def server_hello(suite):
    extensions = bytes.fromhex("ff01000100")  # renegotiation_info
    return message(2, b"\x03\x03" + RANDOM + b"\0" + struct.pack(">HB", suite, 0) +
                   struct.pack(">H", len(extensions)) + extensions)


def certificate(*ders):
    entries = b"".join(len(der).to_bytes(3, "big") + der for der in ders)
    return message(11, len(entries).to_bytes(3, "big") + entries)


def key_exchange(signature):
    """A ServerKeyExchange with an ECDHE key and this signature, which is no valid one."""
    return message(12, b"\x03\x00\x17" + bytes((len(P256_POINT),)) + P256_POINT + b"\x08\x04" +
                   struct.pack(">H", len(signature)) + signature)


def flight(*messages):
    return record(22, b"".join(messages))


# ---- What they answer


def always(answer):
    return lambda hello: answer


def server_hello_then(answer, suites=ECDHE_RSA):
    """Chooses a suite by a ServerHello, then sends `answer`. Sends alert 40 if the hello offers
    none of them."""
    def reply(hello):
        suite = hello.first_of(suites)
        return alert(40) if suite is None else flight(server_hello(suite)) + answer
    return reply


def with_leaf(der, signature=None):
    """Sends a flight of TLS 1.2 with this leaf; the flight is complete if there is a signature."""
    def reply(hello):
        suite = hello.first_of(ECDHE_RSA)
        if suite is None:
            return alert(40)
        more = [key_exchange(signature), message(14, b"")] if signature else []
        return flight(server_hello(suite), certificate(der), *more)
    return reply


class Ender(Front):
    """Answers each ClientHello by `reply`, a function of the Hello. Then it closes the connection.
    With `waits` it keeps the connection open until the client closes it; with `resets` it resets
    it."""

    def __init__(self, address, port, reply, waits=False, resets=False):
        super().__init__(address, port, None)
        self.reply = reply
        self.waits = waits
        self.resets = resets
        self.hellos = 0

    def go_on(self, client):
        with contextlib.suppress(OSError):
            first = client.recv(5, socket.MSG_WAITALL)
            if len(first) < 5 or first[0] != 22:  # not a TLS record, for example an SSLv2 hello
                client.recv(65536)
                client.sendall(alert(40))
                return
            rest = client.recv(struct.unpack_from(">H", first, 3)[0], socket.MSG_WAITALL)
            self.hellos += 1
            answer = self.reply(Hello(first + rest))
            if answer:
                client.sendall(answer)
            if self.resets:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            if not self.waits:
                client.shutdown(socket.SHUT_WR)
            while client.recv(65536):
                pass
