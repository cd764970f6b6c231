"""A real DNS: nsd serves a root of its own and the zones below it, unbound resolves and validates
from that root down, with its own trust anchor. Nothing outside the loopback network is asked.

The root and "test." are signed; "plain.test." is an insecure delegation; "bogus.test." is signed
with signatures that have run out; the server of "broken.test." has lost its zone file and answers
SERVFAIL; "silent.test." is delegated to an address where the questions arrive and no answer ever
leaves. A test may have more zones of these kinds.
"""
import os
import re
import socket
import struct

from processes import Process, Trouble, free_port, run, wait_until

SOA = "{zone} 60 IN SOA a.ns. hostmaster.test. 1 3600 600 86400 5\n{zone} 60 IN NS a.ns.\n"

NSD = """
server:
  ip-address: {address}
  port: 53
  username: ""
  chroot: ""
  zonesdir: "{folder}"
  database: ""
  pidfile: "{folder}/nsd.pid"
  xfrdfile: "{folder}/xfrd.state"
  zonelistfile: "{folder}/zone.list"
  server-count: 1
remote-control:
  control-enable: no
"""

UNBOUND = """
server:
  port: {port}
  log-queries: yes
  log-servfail: yes
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: "{folder}/unbound.pid"
  do-daemonize: no
  use-syslog: no
  num-threads: 1
  do-ip6: no
  access-control: 0.0.0.0/0 allow
  do-not-query-localhost: no
  root-hints: "{folder}/root.hints"
  trust-anchor-file: "{folder}/root.anchor"
  trust-anchor-signaling: no
  module-config: "validator iterator"
  ede: yes
  qname-minimisation: no
  # nsd answers at once, but on a busy machine it may have to wait for the processor: no reason to call
  # it dead.
  infra-cache-min-rtt: 1000
  # Names that are special in the real world (RFC 6303, RFC 6761) are ordinary here.
  local-zone: "test." nodefault
  local-zone: "127.in-addr.arpa." nodefault
  unblock-lan-zones: yes
  val-log-level: 2
remote-control:
  control-enable: no
"""

# What a zone may be.
SIGNED, EXPIRED, PLAIN, LOST = "signed", "signed long ago", "not signed", "lost"
ZONES = {".": SIGNED, "test.": SIGNED, "plain.test.": PLAIN, "bogus.test.": EXPIRED,
         "broken.test.": LOST}
INCEPTION_LONG_AGO, EXPIRY_LONG_AGO = "20200101", "20200201"


def answer_code(address, port, name):
    """The RCODE of the answer to a question for the SOA of `name`, None if none came at once."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.rstrip(".").split("."))
    query = struct.pack("!6H", 1, 0x0100, 1, 0, 0, 0) + labels + struct.pack("!BHH", 0, 6, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(0.3)
        try:
            asker.connect((address, port))
            asker.send(query)
            return asker.recv(512)[3] & 15
        except OSError:
            return None


class Dns:
    """Records are added before; the servers run while the with statement does."""

    def __init__(self, folder, network, port=None, more_zones=(), interfaces=("127.0.0.1",)):
        self.folder = folder
        self.address = network + ".53"
        self.silent = network + ".253"
        self.port = port or free_port()
        self.interfaces = interfaces
        self.kinds = {**ZONES, **dict(more_zones)}
        self.zones = {zone: [] for zone, kind in self.kinds.items() if kind != LOST}
        self.processes = []
        self.mute = None

    @property
    def resolver(self):
        return f"127.0.0.1:{self.port}"

    def add(self, owner, *records):
        """Adds records such as "MX 10 mx.test." to the zone that holds `owner`."""
        owner = owner.rstrip(".") + "."
        self.zones[self._zone_of(owner)] += [f"{owner} 60 IN {record}" for record in records]

    def __enter__(self):
        os.makedirs(self.folder, exist_ok=True)
        self._write_zones()
        self.mute = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.mute.bind((self.silent, 53))
        try:
            self._start("nsd", ["nsd", "-d", "-c", self._write("nsd.conf", self._nsd())], "test.")
            self._write("root.hints", f". 3600 IN NS a.ns.\na.ns. 3600 IN A {self.address}\n")
            config = UNBOUND.format(port=self.port, folder=self.folder) + "server:\n" + \
                "".join(f"  interface: {address}\n" for address in self.interfaces)
            self._start("unbound", ["unbound", "-d", "-c", self._write("unbound.conf", config)],
                        "test.")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.stop()
        self.mute.close()

    def questions(self):
        """What the resolver was asked so far: [("mx.test.", "A"), ...]."""
        with open(os.path.join(self.folder, "unbound.output"), encoding="ascii") as stream:
            return re.findall(r"info: [0-9.]+ (\S+) ([A-Z]+) IN$", stream.read(), re.M)

    # -- how

    def _start(self, name, command, question):
        self.processes.append(Process(name, command, self.folder))
        address, port = (self.address, 53) if name == "nsd" else ("127.0.0.1", self.port)

        def answers():
            self.processes[-1].check()
            return answer_code(address, port, question) == 0
        wait_until(answers, name + " to answer")

    def _write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii") as stream:
            stream.write(text)
        return path

    def _nsd(self):
        return NSD.format(address=self.address, folder=self.folder) + "".join(
            f'zone:\n  name: "{zone}"\n  zonefile: "{self._file(zone)}"\n'
            for zone in self.kinds)

    def _zone_of(self, owner):
        """The zone of ours that holds the name."""
        return max((zone for zone in self.zones if owner == zone or zone == "." or
                    owner.endswith("." + zone)), key=len)

    def _is_signed(self, zone):
        return self.kinds[zone] in (SIGNED, EXPIRED)

    def _file(self, zone):
        return ("root" if zone == "." else zone.rstrip(".")) + ".zone" + \
            (".signed" if self._is_signed(zone) else "")

    def _write_zones(self):
        self.add("a.ns.", "A " + self.address)
        self.add("test.", "A " + self.address)
        for zone in self.kinds:
            if zone != ".":
                self._zone_above(zone).append(f"{zone} 60 IN NS a.ns.")
        self.zones["test."].append("silent.test. 60 IN NS ns.silent.test.")
        self.zones["test."].append(f"ns.silent.test. 60 IN A {self.silent}")
        # The children first: their parents take the digests of their keys.
        for zone in sorted(self.zones, key=len, reverse=True):
            text = SOA.format(zone=zone) + "\n".join(self.zones[zone]) + "\n"
            path = self._write(self._file(zone).removesuffix(".signed"), text)
            if self._is_signed(zone):
                self._sign(zone, path)

    def _zone_above(self, zone):
        """The records of the zone that delegates this one."""
        return self.zones[self._zone_of(zone.partition(".")[2] or ".")]

    def _sign(self, zone, path):
        # One key both for the zone and for its key set, as many operators have it.
        key = self._tool("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", zone).split()[0]
        with open(os.path.join(self.folder, key + ".ds"), encoding="ascii") as stream:
            digest = stream.read()
        if zone == ".":
            self._write("root.anchor", digest)
        else:
            self._zone_above(zone).append(digest.strip())
        times = ["-i", INCEPTION_LONG_AGO, "-e", EXPIRY_LONG_AGO] \
            if self.kinds[zone] == EXPIRED else []
        self._tool("ldns-signzone", *times, "-o", zone, path, key)

    def _tool(self, *command):
        done = run(command, cwd=self.folder)
        if done.returncode != 0:
            raise Trouble(f"{' '.join(command)}:\n{done.stdout}")
        return done.stdout
