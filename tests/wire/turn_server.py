"""An SMTP server that decides in each dialogue anew whether it offers STARTTLS, with real TLS behind
it. `offers(server, number)` is asked with the number of the dialogue, counted from 1. What a client
does out of the ordinary is noted: `provoked` is set from then on.
"""
import ssl

from starttls_front import Front


def always(_server, _number):
    return True


class TurnServer(Front):
    def __init__(self, address, port, leaf, offers, keywords=""):
        """`keywords` are more lines of the reply to EHLO, in clear."""
        super().__init__(address, port, None)
        self.offers = offers
        self.keywords = keywords
        self.provoked = False
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.load_cert_chain(leaf.chain, leaf.key)

    def _speak(self, client):
        """Holds the whole dialogue."""
        try:
            Dialogue(self, client, self.offers(self, self.current.number)).hold()
        except ValueError:
            self.provoked = True  # a hello that Python's TLS cannot read
        return False


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
