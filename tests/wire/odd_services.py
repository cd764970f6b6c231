"""Mail services with one fault each, which no packaged server can be set up to have: small ones of
our own, with real TLS. A fault that an attacker uses (executing inside TLS what came before it) is a
matter of when input is thrown away, so that is what they can be told.
"""
import contextlib
import socket
import ssl
import threading

SECONDS = 30  # a dialogue may take this long


class Go(bytes):
    """A reply behind which TLS begins."""


class Imap:
    def __init__(self, offers=True, greeting=b"* OK ready\r\n", refuses=False, login=False):
        self.offers = offers
        self.greeting = greeting
        self.refuses = refuses
        self.login = login

    def begin(self, _inside):
        return self.greeting

    def after_handshake(self):
        return b""

    def answer(self, line, inside):
        tag, _, command = line.partition(b" ")
        if command == b"CAPABILITY":
            words = [b"IMAP4rev1"]
            words += [b"STARTTLS"] if self.offers and not inside else []
            words += [b"AUTH=PLAIN"] if inside or self.login else [b"LOGINDISABLED"]
            return b"* CAPABILITY " + b" ".join(words) + b"\r\n" + tag + b" OK done\r\n"
        if command == b"STARTTLS":
            return tag + b" BAD not now\r\n" if self.refuses else Go(tag + b" OK begin\r\n")
        if command == b"LOGOUT":
            return b"* BYE out\r\n" + tag + b" OK done\r\n"
        return tag + b" OK done\r\n"


class Pop3:
    def __init__(self, offers=True, has_capa=True, noop=b"-ERR log in first\r\n", login=False,
                 after=b""):
        self.offers = offers
        self.has_capa = has_capa
        self.noop = noop
        self.login = login
        self.after = after

    def begin(self, _inside):
        return b"+OK ready\r\n"

    def after_handshake(self):
        return self.after

    def answer(self, line, inside):
        if line == b"CAPA" and self.has_capa:
            words = [b"STLS"] if self.offers and not inside else []
            words += [b"USER"] if inside or self.login else []
            return b"+OK list\r\n" + b"".join(word + b"\r\n" for word in words) + b".\r\n"
        if line == b"STLS" and self.offers:
            return Go(b"+OK begin\r\n")
        if line == b"NOOP":
            return self.noop
        return b"+OK bye\r\n" if line == b"QUIT" else b"-ERR what?\r\n"


class Sieve:
    def __init__(self, literals=False):
        self.literals = literals

    def _string(self, text):
        return b"{%d}\r\n%s" % (len(text), text) if self.literals else b'"' + text + b'"'

    def begin(self, inside):
        lines = [self._string(b"IMPLEMENTATION") + b" " + self._string(b"odd"),
                 self._string(b"SASL") + b" " + self._string(b"PLAIN" if inside else b"")]
        lines += [] if inside else [self._string(b"STARTTLS")]
        return b"".join(line + b"\r\n" for line in lines) + b"OK\r\n"

    def after_handshake(self):
        return self.begin(True)

    def answer(self, line, _inside):
        if line == b"STARTTLS":
            return Go(b"OK " + self._string(b"begin") + b"\r\n")
        if line.startswith(b"NOOP "):
            return b"OK (TAG " + line[5:] + b') "Done"\r\n'
        return b"OK\r\n"


class Submission:
    def __init__(self, after=b"", goodbye=b"221 bye\r\n"):
        self.after = after
        self.goodbye = goodbye

    def begin(self, _inside):
        return b"220 odd.test ESMTP\r\n"

    def after_handshake(self):
        return self.after

    def answer(self, line, inside):
        verb = line.split(b" ")[0]
        if verb == b"STARTTLS":
            return Go(b"220 go\r\n")
        if verb == b"EHLO":
            return b"250-odd.test\r\n250 " + (b"AUTH PLAIN" if inside else b"STARTTLS") + b"\r\n"
        if verb == b"QUIT":
            return self.goodbye if inside else b"221 bye\r\n"
        return b"250 ok\r\n"


class Silent:
    """Takes connections and says nothing."""

    def begin(self, _inside):
        return b""

    def answer(self, _line, _inside):
        return b""


class OddServer:
    """Listens at `address`:`port` while the with statement runs.

    executes_buffered: what came with the command for TLS is executed inside it (CVE-2011-0411).
    injects: bytes glued to the reply to that command.
    """

    def __init__(self, address, port, leaf, dialect, executes_buffered=False, injects=b"",
                 one_byte_at_a_time=False):
        self.address = address
        self.port = port
        self.dialect = dialect
        self.executes_buffered = executes_buffered
        self.injects = injects
        self.one_byte_at_a_time = one_byte_at_a_time
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.load_cert_chain(leaf.chain, leaf.key)
        self.listener = None

    def __enter__(self):
        self.listener = socket.create_server((self.address, self.port))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        client.settimeout(SECONDS)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError), client:  # of which ssl.SSLError is one
            self._send(client, self.dialect.begin(False))
            buffered = self._speak(client, b"", False)
            if buffered is None:
                return
            with self.context.wrap_socket(client, server_side=True) as inside:
                self._send(inside, self.dialect.after_handshake())
                self._speak(inside, buffered if self.executes_buffered else b"", True)

    def _speak(self, client, buffered, inside):
        """What is buffered when TLS is to begin, None at the end."""
        while True:
            while b"\r\n" in buffered:
                line, buffered = buffered.split(b"\r\n", 1)
                reply = self.dialect.answer(line, inside)
                if isinstance(reply, Go) and not inside:
                    self._send(client, reply + self.injects)
                    return buffered
                self._send(client, reply)
            data = client.recv(4096)
            if not data:
                return None
            buffered += data

    def _send(self, client, data):
        step = 1 if self.one_byte_at_a_time else max(len(data), 1)
        for at in range(0, len(data), step):
            client.sendall(data[at:at + step])
