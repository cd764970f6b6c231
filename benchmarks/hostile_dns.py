"""A DNS that has names of its own, all of them signed, and passes other questions on to another."""
import socket
import struct
import threading

A, MX, TLSA = 1, 15, 52
ANSWER = 0x81a0  # recursion was wanted and is available; the answer is validated
NO_SUCH_NAME = 3
SECONDS = 60  # that an answer may be kept


def in_wire(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def question_of(message):
    """(name, type, where the question ends)"""
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode("ascii").lower())
        at += 1 + message[at]
    return ".".join(labels), struct.unpack_from("!H", message, at + 1)[0], at + 5


class Names:
    """The names of one zone and their records."""

    def __init__(self, zone):
        self.zone = zone
        self.records = {}

    def add(self, name, kind, *data):
        self.records.setdefault(name, {}).setdefault(kind, []).extend(data)

    def add_address(self, name, address):
        self.add(name, A, socket.inet_aton(address))

    def add_exchange(self, domain, host):
        self.add(domain, MX, struct.pack("!H", 10) + in_wire(host))

    def answer(self, message):
        """None where another is to answer."""
        name, kind, end = question_of(message)
        if not name.endswith(self.zone):
            return None
        data = self.records.get(name, {}).get(kind, [])
        code = 0 if any(other.endswith(name) for other in self.records) else NO_SUCH_NAME
        return (message[:2] + struct.pack("!5H", ANSWER | code, 1, len(data), 0, 0) +
                message[12:end] +
                b"".join(struct.pack("!3HIH", 0xc00c, kind, 1, SECONDS, len(one)) + one
                         for one in data))


def pass_on(listener, message, asker, other):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as passing:
        passing.settimeout(SECONDS)
        passing.sendto(message, other)
        listener.sendto(passing.recv(65535), asker)


def serve(names, other):
    """Answers on 127.0.0.1, at the port that is returned, in threads of its own. `other` is
    ADDRESS:PORT."""
    address, port = other.split(":")
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("127.0.0.1", 0))

    def run():
        while True:
            message, asker = listener.recvfrom(65535)
            answer = names.answer(message)
            if answer is not None:
                listener.sendto(answer, asker)
            else:
                threading.Thread(target=pass_on, args=(listener, message, asker, (address, int(port))),
                                 daemon=True).start()
    threading.Thread(target=run, daemon=True).start()
    return listener.getsockname()[1]
