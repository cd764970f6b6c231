"""Web servers for MTA-STS policies: a real nginx with a server block per policy host, and a small
server of our own for misbehaviour that nginx has no setting for.
"""
import contextlib
import os
import socket
import ssl
import threading

from processes import Process, wait_until

PORT = 443
PATH = "/.well-known/mta-sts.txt"

NGINX = """
daemon off;
worker_processes 1;
user root;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  log_format asked "$host $request_uri $status";
  access_log {folder}/access.log asked;
  client_body_temp_path {folder}/tmp;
  proxy_temp_path {folder}/tmp;
  fastcgi_temp_path {folder}/tmp;
  uwsgi_temp_path {folder}/tmp;
  scgi_temp_path {folder}/tmp;
  server_names_hash_bucket_size 128;
  ssl_session_cache none;
  types {{ }}
{servers}}}
"""

SERVER = """  server {{
    listen {address}:443 ssl;
    server_name {name};
    ssl_certificate {leaf.chain};
    ssl_certificate_key {leaf.key};
    {action}
  }}
"""


class Web:
    """nginx with a server block per policy host."""

    def __init__(self, folder, address):
        self.folder = folder
        self.address = address
        self.sites = []
        self.process = None

    def add(self, name, leaf, body=None, content_type="text/plain", action=None):
        """A policy host. `action` is nginx configuration in place of a file."""
        root = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(root + PATH))
        os.makedirs(os.path.join(self.folder, "tmp"), exist_ok=True)
        if body is not None:
            with open(root + PATH, "w", encoding="utf-8", newline="") as stream:
                stream.write(body)
        self.sites.append(SERVER.format(
            address=self.address, name=name, leaf=leaf,
            action=action or f'root {root};\n    default_type "{content_type}";'))

    def __enter__(self):
        config = os.path.join(self.folder, "nginx.conf")
        with open(config, "w", encoding="ascii") as stream:
            stream.write(NGINX.format(folder=self.folder, servers="".join(self.sites)))
        self.process = Process("nginx", ["nginx", "-e", self.folder + "/error.log", "-p",
                                         self.folder, "-c", config], self.folder)
        try:
            wait_until(self._is_ready, "nginx to answer")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.stop()

    def requests_for(self, name):
        """How often nginx has been asked for the policy of this host, by its log."""
        with open(self.folder + "/access.log", encoding="utf-8") as stream:
            return sum(line.split(" ", 1)[0] == name for line in stream)

    def _is_ready(self):
        self.process.check()
        with contextlib.suppress(OSError), \
                socket.create_connection((self.address, PORT), 5):
            return True
        return False


class OddWeb:
    """HTTPS that goes wrong in the middle; the first label behind "mta-sts." says how."""

    def __init__(self, address):
        self.address = address
        self.leaf = None
        self.listener = None
        self.over = threading.Event()
        self.threads = []

    def __enter__(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.leaf.chain, self.leaf.key)
        self.listener = socket.create_server((self.address, PORT))
        self.listener.settimeout(0.1)
        self.threads = [threading.Thread(target=self._accept, args=(context,))]
        self.threads[0].start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()
        self.listener.close()

    def _accept(self, context):
        while not self.over.is_set():
            with contextlib.suppress(TimeoutError):
                client = self.listener.accept()[0]
                client.settimeout(10)
                self.threads.append(threading.Thread(target=self._serve, args=(context, client)))
                self.threads[-1].start()

    def _serve(self, context, client):
        # A client that has seen enough leaves: that is what some of this is for.
        with contextlib.suppress(OSError), client, context.wrap_socket(client, True) as stream:
            request = b""
            while b"\r\n\r\n" not in request:
                request += stream.recv(4096) or b"\r\n\r\n"
            host = request.lower().partition(b"host: mta-sts.")[2]
            getattr(self, "_" + host.split(b".")[0].decode())(stream)

    def _drip(self, stream):
        """A valid start, then a byte now and then for as long as anybody listens."""
        stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nversion: STSv1\nx: ")
        while not self.over.wait(0.1):
            stream.sendall(b"x")

    @staticmethod
    def _cut(stream):
        stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 999\r\n"
                       b"\r\nversion: STSv1\nmode: enforce\n")

    @staticmethod
    def _noise(stream):
        stream.sendall(b"220 mx.test ESMTP\r\n" * 3)
