"""An SMTP server that decides in each dialogue anew whether it offers STARTTLS, with real TLS behind
it. `offers(server, number)` is asked with the number of the dialogue, counted from 1. What a client
does out of the ordinary is noted: `provoked` is set from then on. Where names have leaves of
their own, each handshake under a name shows the next of them, and the last one from then on.
"""
import collections
import ssl

from starttls_front import Front


def always(_server, _number):
    return True


class TurnServer(Front):
    def __init__(self, address, port, leaf, offers, keywords="", leaves=None):
        """`keywords` are more lines of the reply to EHLO, in clear; `leaves` are those of names, by name."""
        super().__init__(address, port, None)
        self.offers = offers
        self.keywords = keywords
        self.provoked = False
        self.context = context_of(leaf)
        self.handshakes = collections.Counter()  # by name
        self.contexts = {name: [context_of(leaf) for leaf in those] for name, those in (leaves or {}).items()}
        self.context.sni_callback = self._on_name

    def _on_name(self, client, name, _):
        if name in self.contexts:
            client.context = self.contexts[name][min(self.handshakes[name], len(self.contexts[name]) - 1)]
            self.handshakes[name] += 1

    def _speak(self, client):
        """Holds the whole dialogue."""
        try:
            Dialogue(self, client, self.offers(self, self.current.number)).hold()
        except ValueError:
            self.provoked = True  # a hello that Python's TLS cannot read
        return False


def context_of(leaf):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # for keys of any size
    context.load_cert_chain(leaf.chain, leaf.key)
    return context


class Dialogue:
    def __init__(self, server, client, offered):
        self.server, self.client, self.offered = server, client, offered
        self.is_tls = False

    def say(self, text):
        self.client.sendall(text.encode() + b"\r\n")

    def commands(self):
        """Lines, and with each what came behind it in the same packet."""
        waiting = b""
        while True:
            while b"\n" not in waiting:
                more = self.client.recv(4096)
                if not more:
                    return
                waiting += more
            line, _, waiting = waiting.partition(b"\n")
            yield line.strip().upper(), waiting

    def hold(self):
        self.say("220 mx.example ESMTP")
        for line, glued in self.commands():
            if line.startswith(b"EHLO"):
                tls = "250-STARTTLS\r\n" if self.offered and not self.is_tls else ""
                self.say(f"250-mx.example\r\n{self.server.keywords}{tls}250 HELP")
            elif line == b"STARTTLS":
                self.server.provoked |= bool(glued)
                self.say("220 go ahead")
                self.shake_hands()
                self.hold_inside()
                return
            elif line == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def shake_hands(self):
        try:
            self.client = self.server.context.wrap_socket(self.client, server_side=True)
            self.is_tls = True
        except (OSError, ValueError):
            self.server.provoked = True
            raise

    def hold_inside(self):
        for line, _ in self.commands():
            if line.startswith(b"EHLO"):
                self.say("250-mx.example\r\n250 HELP")
            elif line == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")
