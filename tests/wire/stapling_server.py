"""A mail server that staples what it is told to: `openssl s_server`, which can, behind a few lines of
SMTP, which it cannot speak. Of the mail servers only Exim staples, and only what it has verified.
"""
import os
import socket
import subprocess
import threading

from processes import wait_until

REPLIES = {b"EHLO": b"250-staple.wire.test\r\n250 PIPELINING\r\n", b"QUIT": b"221 bye\r\n"}


class StaplingServer:
    """Listens on address:port until stopped; one TLS dialogue at a time."""

    def __init__(self, address, port, leaf, staple=None, tls="-no_ssl3"):
        self.address = address
        self.port = port
        self.inner_port = port + 1
        self.listener = socket.create_server((address, port))
        command = ["openssl", "s_server", "-quiet", tls, "-accept",
                   f"{address}:{self.inner_port}", "-cert", leaf.chain, "-cert_chain", leaf.chain,
                   "-key", leaf.key]
        if staple:
            command += ["-status_file", staple]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        self.threads = [threading.Thread(target=target, daemon=True)
                        for target in (self._accept, self._answer_inside)]
        for thread in self.threads:
            thread.start()
        wait_until(self._is_up, f"s_server on port {self.inner_port}")

    def stop(self):
        self.listener.close()
        self.process.kill()
        self.process.wait()

    def _is_up(self):
        """By the kernel's table, as a connection would be a dialogue."""
        wanted = f":{self.inner_port:04X} "
        number = "".join(f"{int(part):02X}" for part in reversed(self.address.split(".")))
        with open("/proc/net/tcp", encoding="ascii") as stream:
            return any(number + wanted in line and " 0A " in line for line in stream)

    def _answer_inside(self):
        """SMTP inside TLS comes out of s_server, and what it is given goes in."""
        for line in self.process.stdout:
            reply = REPLIES.get(line[:4].upper(), b"250 ok\r\n")
            try:
                os.write(self.process.stdin.fileno(), reply)
            except OSError:
                return

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client:
            try:
                client.sendall(b"220 staple.wire.test ESMTP\r\n")
                if self._wait_for_starttls(client):
                    self._relay(client)
            except OSError:
                pass  # the client has gone

    @staticmethod
    def _wait_for_starttls(client):
        with client.makefile("rb", buffering=0) as lines:
            for line in lines:
                verb = line[:8].upper().strip()
                if verb == b"STARTTLS":
                    client.sendall(b"220 go ahead\r\n")
                    return True
                if verb.startswith(b"QUIT"):
                    client.sendall(b"221 bye\r\n")
                    return False
                client.sendall(b"250-staple.wire.test\r\n250 STARTTLS\r\n"
                               if verb.startswith(b"EHLO") else b"250 ok\r\n")
        return False

    def _relay(self, client):
        with socket.create_connection((self.address, self.inner_port), timeout=30) as inner:
            back = threading.Thread(target=self._copy, args=(inner, client), daemon=True)
            back.start()
            self._copy(client, inner)
            back.join(timeout=30)

    @staticmethod
    def _copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass
