"""Servers on different TLS stacks, each in a set-up of its own: Exim and gnutls-serv (GnuTLS),
nginx's mail proxy, stunnel and s_server (OpenSSL), Node (a newer OpenSSL, with ML-KEM) and an old
Node (OpenSSL 1.0.1, with SSLv2), selfserv (NSS), OpenJDK (JSSE). Those without SMTP stand behind a small front.

A Stack runs while its with statement does. `tls` says how a witness reaches it: a port with TLS
from the first byte, or None for the SMTP port with STARTTLS.
"""
import contextlib
import os
import re
import shutil
import socket
import subprocess

from processes import Process, Trouble, free_port, run, wait_until
from starttls_front import Front

HERE = os.path.dirname(os.path.abspath(__file__))
BESIDE = "/var/lib/mxgrade-wire"  # of install-servers


class Missing(Exception):
    """This machine has no such server; the message says which."""


def need(program):
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if path is None:
        raise Missing(program + " is not installed")
    return path


EXIM_PROGRAM = "exim/usr/sbin/exim4"


def need_beside(path):
    """What install-servers has put beside the packages."""
    path = os.path.join(BESIDE, path)
    if not os.path.exists(path):
        raise Missing(path + " is not there: install-servers puts it there")
    return path


def answers(address, port):
    try:
        with socket.create_connection((address, port), 2):
            return True
    except OSError:
        return False


class Stack:
    def __init__(self, lab, name, last, leaf, knows):
        self.lab = lab
        self.name = name
        self.host = f"mx.{name}.stack.test"
        self.address = lab.address(last)
        self.leaf = leaf
        self.knows = knows  # what the set-up itself says, where no witness can
        self.tls = None
        self.folder = os.path.join(lab.folder, name)
        self.stack = contextlib.ExitStack()
        self.front = None

    def connections(self):
        """How many have come to the SMTP port, by the server's own count; None where it has none."""
        return self.front.connections if self.front else None

    def __enter__(self):
        os.makedirs(self.folder)
        try:
            self.start()
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, *_):
        self.stack.close()

    def start(self):
        raise NotImplementedError

    def launch(self, command, port, **more):
        """Starts a server in the foreground and waits until it takes connections."""
        process = Process(self.name, command, self.folder, **more)
        self.stack.callback(process.stop)

        def is_ready():
            process.check()
            return answers(self.address, port)

        wait_until(is_ready, self.name + " to listen", 30)

    def behind_front(self, command, **more):
        self.launch(command, self.tls, **more)
        self.front = self.stack.enter_context(Front(self.address, self.lab.port, self.tls))

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii") as stream:
            stream.write(text)
        return path

    def take_port(self):
        self.tls = free_port(self.address)
        return str(self.tls)


class SServer(Stack):
    """OpenSSL's own server, for what no mail server is set up to do."""

    def __init__(self, *arguments, options=()):
        super().__init__(*arguments)
        self.options = options

    def start(self):
        port = self.take_port()
        self.behind_front([need("openssl"), "s_server", "-accept", f"{self.address}:{port}", "-key",
                           self.leaf.key, "-cert", self.leaf.certificate, "-cert_chain",
                           self.leaf.chain, "-quiet", "-ign_eof", *self.options])


class GnutlsServ(Stack):
    def __init__(self, *arguments, priority):
        super().__init__(*arguments)
        self.priority = priority

    def start(self):
        port = self.take_port()
        self.behind_front([need("gnutls-serv"), "--echo", "-p", port, "--priority", self.priority,
                           "--x509keyfile", self.leaf.key, "--x509certfile", self.leaf.chain])


class Stunnel(Stack):
    """STARTTLS is stunnel's own here, before a server that takes everything. nmap takes no STARTTLS
    from it: for witnesses there is a port without."""

    def start(self):
        inside = free_port("127.0.0.1")
        self.stack.enter_context(Front("127.0.0.1", inside, 1))
        port = self.take_port()
        path = self.write("stunnel.conf", f"""
foreground = yes
pid =
cert = {self.leaf.chain}
key = {self.leaf.key}
sslVersionMin = TLSv1.2
[smtp]
accept = {self.address}:{self.lab.port}
connect = 127.0.0.1:{inside}
protocol = smtp
[smtps]
accept = {self.address}:{port}
connect = 127.0.0.1:{inside}
""")
        self.launch([need("stunnel"), path], self.lab.port)


class Nginx(Stack):
    def start(self):
        module = "/usr/lib/nginx/modules/ngx_mail_module.so"
        if not os.path.exists(module):
            raise Missing("nginx has no mail module")
        path = self.write("nginx.conf", f"""
load_module {module};
daemon off;
master_process off;
error_log {self.folder}/error.log info;
pid {self.folder}/nginx.pid;
events {{ worker_connections 512; }}
mail {{
  server_name {self.host};
  auth_http 127.0.0.1:9;
  server {{
    listen {self.address}:{self.lab.port};
    protocol smtp;
    smtp_auth none;
    smtp_capabilities REQUIRETLS;
    starttls on;
    ssl_certificate {self.leaf.chain};
    ssl_certificate_key {self.leaf.key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;
    ssl_prefer_server_ciphers on;
  }}
}}
""")
        self.launch([need("nginx"), "-c", path, "-p", self.folder], self.lab.port)

    def connections(self):
        with open(os.path.join(self.folder, "error.log"), encoding="utf-8") as stream:
            return len(re.findall(r" client \S+ connected to ", stream.read()))


class Exim(Stack):
    """Debian's Exim is built with GnuTLS. Packages of mail servers exclude each other: install-servers
    has unpacked it beside them. With one certificate for all; `by_name` is (name, leafs) of a name that is given others,
    `priority` is GnuTLS's, whose own is Exim's too."""

    def __init__(self, *arguments, by_name=None, priority="NORMAL"):
        super().__init__(*arguments)
        self.by_name = by_name
        self.priority = priority

    def _by_name(self, of_leaf):
        """A file of the leaf, as Exim's configuration has it."""
        if self.by_name is None:
            return of_leaf(self.leaf)
        name, leafs = self.by_name
        own = " : ".join(map(of_leaf, leafs))
        return f"${{if eq{{$tls_in_sni}}{{{name}}}{{{own}}}{{{of_leaf(self.leaf)}}}}}"

    def start(self):
        program = need_beside(EXIM_PROGRAM)
        for name in ("spool", "log"):
            os.makedirs(os.path.join(self.folder, name))
            shutil.chown(os.path.join(self.folder, name), "mail", "mail")
        for leaf in [self.leaf] + (self.by_name[1] if self.by_name else []):
            os.chmod(leaf.key, 0o644)
        path = self.write("exim.conf", f"""
primary_hostname = {self.host}
spool_directory = {self.folder}/spool
log_file_path = {self.folder}/log/%slog
exim_user = mail
exim_group = mail
local_interfaces = {self.address}
daemon_smtp_ports = {self.lab.port}
tls_advertise_hosts = *
tls_certificate = {self._by_name(lambda leaf: leaf.chain)}
tls_privatekey = {self._by_name(lambda leaf: leaf.key)}
tls_require_ciphers = {self.priority}
acl_smtp_rcpt = accept
rfc1413_hosts =
host_lookup =
keep_environment =
smtp_accept_max = 100
begin acl
begin routers
begin transports
""")
        os.chmod(path, 0o644)
        self.launch([program, "-bdf", "-C", path, "-v"], self.lab.port)


class Node(Stack):
    """A Node of its own from npm: OpenSSL 3.5 has X25519MLKEM768, and more where it is told so."""

    def __init__(self, *arguments, groups=None):
        super().__init__(*arguments)
        self.groups = groups

    def start(self):
        self.node = need_beside("node/node_modules/node/bin/node")
        program = shutil.copy(os.path.join(HERE, "smtp_server.js"), self.folder)
        os.symlink(os.path.join(BESIDE, "node/node_modules"), self.folder + "/node_modules")
        self.launch([self.node, program, self.address, str(self.lab.port), self.leaf.key,
                     self.leaf.chain, *filter(None, [self.groups])], self.lab.port, cwd=self.folder)


class Selfserv(Stack):
    """NSS."""

    def start(self):
        program = need("selfserv")
        bundle = os.path.join(self.folder, "leaf.p12")
        database = "sql:" + self.folder
        run(["openssl", "pkcs12", "-export", "-in", self.leaf.chain, "-inkey", self.leaf.key,
             "-name", "leaf", "-out", bundle, "-passout", "pass:wire"])
        run(["certutil", "-N", "-d", database, "--empty-password"])
        done = run(["pk12util", "-i", bundle, "-d", database, "-W", "wire", "-K", ""])
        if done.returncode != 0:
            raise Trouble("pk12util: " + done.stdout)
        port = self.take_port()
        # It listens on every address; only its own is called.
        self.behind_front([program, "-d", database, "-n", "leaf", "-p", port, "-V",
                           "tls1.2:tls1.3", "-w", ""])


class Compiled(Stack):
    """A library that comes without a server: ours, compiled here."""

    def __init__(self, *arguments, source, libraries):
        super().__init__(*arguments)
        self.source = source
        self.libraries = libraries

    def start(self):
        program = os.path.join(self.folder, "server")
        done = run([need("gcc"), "-O1", "-o", program, os.path.join(HERE, self.source),
                    *("-l" + name for name in self.libraries)])
        if done.returncode != 0:
            raise Missing(f"{self.source} does not compile: {done.stdout[:200]}")
        port = self.take_port()
        self.behind_front([program, self.address, port, self.leaf.key, self.leaf.chain])


class OldNode(Stack):
    """Node 0.10 with OpenSSL 1.0.1: the last one to be had that speaks SSLv2."""

    def start(self):
        key = os.path.join(self.folder, "old.key")  # PKCS #1, as was usual then
        run(["openssl", "rsa", "-in", self.leaf.key, "-traditional", "-out", key])
        self.behind_front([need_beside("oldnode/node"), os.path.join(HERE, "old_node_server.js"),
                           self.address, self.take_port(), key, self.leaf.chain])


class Jsse(Stack):
    def __init__(self, *arguments, protocols, suites):
        super().__init__(*arguments)
        self.protocols = protocols
        self.suites = suites

    def start(self):
        java = need("java")
        need("javac")  # a single source file is compiled on the way
        bundle = os.path.join(self.folder, "leaf.p12")
        run(["openssl", "pkcs12", "-export", "-in", self.leaf.chain, "-inkey", self.leaf.key,
             "-out", bundle, "-passout", "pass:wire"])
        port = self.take_port()
        self.behind_front([java, "-Xshare:auto", "-Xmx128m", os.path.join(HERE, "JsseServer.java"),
                           self.address, port, bundle, ",".join(self.protocols),
                           ",".join(self.suites)])
