#!/usr/bin/env python3
"""Each hybrid of ML-KEM on a server of its own, and a server without: what the scanner says, which
has no ML-KEM itself, beside whom OpenSSL 3.5 really shakes hands with.
"""
import contextlib
import subprocess
import sys

import runner
from lab import Lab
from stacks import Missing, Node

HYBRIDS = ("X25519MLKEM768", "SecP256r1MLKEM768", "SecP384r1MLKEM1024")

# Tells the version of a handshake with this group alone, or why there was none.
CLIENT = """
const net = require("node:net"), tls = require("node:tls");
const [address, port, ecdhCurve] = process.argv.slice(1);
const socket = net.connect(Number(port), address);
const lines = ["EHLO witness.test\\r\\n", "STARTTLS\\r\\n"];
socket.on("data", function reader() {
  if (lines.length > 0) return socket.write(lines.shift());
  socket.removeListener("data", reader);
  const inner = tls.connect({ socket, rejectUnauthorized: false, ecdhCurve },
    () => { console.log(inner.getProtocol()); inner.end(); });
  inner.on("error", (error) => console.log(error.code));
});"""


class World:
    def __init__(self, lab):
        self.lab = lab
        sets = {"all": ":".join(HYBRIDS) + ":X25519", "none": "X25519:P-256"}
        sets |= {name.lower(): f"{name}:X25519" for name in HYBRIDS}
        self.servers = [
            Node(lab, name, last, lab.pki.leaf(name, [f"mx.{name}.stack.test"]), {}, groups=groups)
            for last, (name, groups) in enumerate(sets.items(), start=10)]
        self.missing = self.standard = self.deep = None
        for server in self.servers:
            lab.dns.add(server.host, "A " + server.address)

    def scan(self):
        hosts = "".join(server.host + "\n" for server in self.servers)
        self.standard = self.lab.scan(hosts, "--hosts")
        self.deep = self.lab.scan(hosts, "--hosts", "--depth", "deep")

    def taken(self, server):
        """The hybrids that OpenSSL gets from a server."""
        done = {name: subprocess.run([server.node, "-e", CLIENT, server.address, str(self.lab.port),
                                      name], stdout=subprocess.PIPE, text=True, timeout=30,
                                     check=False).stdout.strip() for name in HYBRIDS}
        return {name for name, said in done.items() if said == "TLSv1.3"}


def test_every_hybrid_is_found_that_openssl_gets(world):
    if world.missing:
        raise runner.Skip(world.missing)
    differences = runner.Differences()
    counts = []
    for server in world.servers:
        taken = world.taken(server)
        counts.append(len(taken))
        listed = set(world.deep.endpoint(server.host)["tls"]["groups"]) & set(HYBRIDS)
        differences.equal(f"{server.name}: groups of a deep scan", sorted(listed), sorted(taken))
        tls = world.standard.endpoint(server.host)["tls"]
        differences.equal(f"{server.name}: verdict", tls["post_quantum"], "yes" if taken else "no")
        differences.within(f"{server.name}: group", tls["post_quantum_group"], taken or {None})
    differences.check()
    assert counts == [3, 0, 1, 1, 1], counts


def main():
    with Lab() as lab, contextlib.ExitStack() as running:
        world = World(lab)
        running.enter_context(lab.dns)
        try:
            for server in world.servers:
                running.enter_context(server)
            world.scan()
        except Missing as why:
            world.missing = str(why)
        return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
