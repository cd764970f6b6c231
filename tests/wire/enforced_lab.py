"""The laboratory of enforced TLS: that of lab.py in a network and mount namespace of its own, where
the resolver of the system is the laboratory's, on port 53, and a real nginx serves policies on 443.
So Postfix's posttls-finger and the MTA-STS resolver for Postfix, which ask the system's resolver,
stand in the same world as the scanner.
"""
import contextlib
import hashlib
import os
import shutil
import ssl
import subprocess
import sys

from dns import Dns
from enforced_web import OddWeb, Web
from lab import Lab
from processes import run

INSIDE = "MXGRADE_WIRE_NAMESPACE"
FAR_RESOLVER = "192.0.2.53"  # the same resolver at an address that is not this machine's to trust


def can_enter():
    """Whether this machine lets us have namespaces of our own."""
    return shutil.which("unshare") is not None and \
        run(["unshare", "-n", "-m", "true"]).returncode == 0


def enter():
    """Starts this very program again inside; there it only makes its loopback network work."""
    if os.environ.get(INSIDE) is None:
        os.environ[INSIDE] = "1"
        sys.stdout.flush()
        os.execvp("unshare", ["unshare", "-n", "-m", sys.executable, *sys.argv])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "address", "add", FAR_RESOLVER + "/32", "dev", "lo"], check=True)


class Lab443(Lab):
    """Started with enter()."""

    def __init__(self, more_zones):
        super().__init__()
        self.more_zones = more_zones
        self.web = self.odd_web = None
        self.stacks = []  # mail servers other than Postfix

    def __enter__(self):
        super().__enter__()
        self.dns = Dns(self.dns.folder, self.network, port=53, more_zones=self.more_zones,
                       interfaces=("127.0.0.1", FAR_RESOLVER))
        self.web = Web(os.path.join(self.folder, "web"), self.address(80))
        self.odd_web = OddWeb(self.address(81))
        return self

    @contextlib.contextmanager
    def running(self):
        path = os.path.join(self.folder, "resolv.conf")
        with open(path, "w", encoding="ascii") as stream:
            stream.write("nameserver 127.0.0.1\noptions edns0 trust-ad timeout:3 attempts:2\n")
        subprocess.run(["mount", "--bind", path, "/etc/resolv.conf"], check=True)
        with super().running(), self.web, self.odd_web, contextlib.ExitStack() as others:
            for stack in self.stacks:
                others.enter_context(stack)
            yield self


def tlsa(usage, selector, matching, certificate):
    """A TLSA record about a PEM file, in zone file form."""
    if selector == 1:
        public = run(["openssl", "x509", "-in", certificate, "-noout", "-pubkey"],
                     stderr=None).stdout
        data = ssl.PEM_cert_to_DER_cert(public.replace("PUBLIC KEY", "CERTIFICATE"))
    else:
        with open(certificate, encoding="ascii") as stream:
            data = ssl.PEM_cert_to_DER_cert(stream.read())
    if matching:
        data = hashlib.new({1: "sha256", 2: "sha512"}[matching], data).digest()
    return f"TLSA {usage} {selector} {matching} {data.hex()}"


def told(words, about):
    """"3 1 1 leaf" with {"leaf": file}; any other record is taken as it stands."""
    *numbers, name = words.split()
    if name in about:
        return tlsa(*map(int, numbers), about[name])
    return words if numbers == ["CNAME"] else "TLSA " + words
