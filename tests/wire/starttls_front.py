"""SMTP up to STARTTLS before any TLS server: what comes after the 220 is relayed to its port, so that
TLS stacks without a mail server of their own can be scanned like one. In a thread of its own.
"""
import contextlib
import socket
import threading

SECONDS = 30  # a dialogue may take this long


class Front:
    """Listens at `address`:`port` and hands TLS on to `address`:`tls_port`."""

    def __init__(self, address, port, tls_port):
        self.address = address
        self.port = port
        self.tls_port = tls_port
        self.listener = None
        self.connections = 0  # so many have come
        self.current = threading.local()  # `number` of the thread's connection, counted from 1

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
                self.connections += 1
                threading.Thread(target=self._serve, args=(client, self.connections),
                                 daemon=True).start()

    def _serve(self, client, number):
        self.current.number = number
        with contextlib.suppress(OSError), client:
            client.settimeout(SECONDS)
            if self._speak(client):
                self.go_on(client)

    def go_on(self, client):
        """What happens behind the 220."""
        with socket.create_connection((self.address, self.tls_port), SECONDS) as server:
            relay(client, server)

    def _speak(self, client):
        """True once STARTTLS has been said."""
        client.sendall(b"220 front.test ESMTP\r\n")
        for line in client.makefile("rb"):
            verb = line.split(b" ")[0].strip().upper()
            if verb == b"EHLO":
                client.sendall(b"250-front.test\r\n250 STARTTLS\r\n")
            elif verb == b"STARTTLS":
                client.sendall(b"220 go ahead\r\n")
                return True
            elif verb == b"QUIT":
                client.sendall(b"221 bye\r\n")
                return False
            else:
                client.sendall(b"250 ok\r\n")
        return False


def relay(one, other):
    """Both ways, until each has said that it is done."""
    def pump(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    back = threading.Thread(target=pump, args=(other, one), daemon=True)
    back.start()
    pump(one, other)
    back.join(SECONDS)
