"""Builds the domains of the rows (certificates, many instances of Postfix, signed zones) and scans
them."""
import itertools
import os

from laboratory import certificates, dane, mint, routes, servers
from pki import Leaf
from processes import Trouble, run

BY_NAME = 10  # last part of the address of the server that chooses certificates by SNI
MODERN = {"smtpd_tls_protocols": ">=TLSv1.2", "smtpd_tls_exclude_ciphers": "aNULL, kRSA"}


FIRST = 11

# The hosts that several domains share. _add_routes() makes the others, such as "expired".
HOSTS = {
    "good": servers.Server(None, MODERN),
    "old": servers.Server(None, {**servers.suites(servers.STRONG),
                                 **servers.protocols("TLSv1", "TLSv1.2", "TLSv1.3")}),
    "outdated": servers.Server(None, {**servers.suites(servers.STRONG),
                                      **servers.protocols("TLSv1")}),
    "clear": servers.Server(None, {}, has_certificate=False),
}


class World:
    def __init__(self, lab):
        self.lab = lab
        self.rows = []
        self.hosts = {}  # name of a row: its MX host, if the host is the row's own
        self.make = mint.Mint(os.path.join(lab.folder, "mint"))
        self.ca = certificates.Authorities(self.make)
        with open(lab.pki.root_file, "w", encoding="ascii") as stream:
            stream.write(self.ca.root.pem())
        self.certified = []  # (Served, Leaf) of the server that chooses by SNI
        self.sni = []
        self._serve_by_name()
        self._serve_by_address()
        self._add_routes()
        self.write_map()
        self.results = None

    # -- making a domain

    def add(self, row, *records):
        """Adds the domain of a row with these DNS records."""
        self.rows.append(row)
        self.lab.dns.add(domain_of(row), *records)

    def leaf(self, name, chain):
        """Writes the chain into files. The result has the paths of key, certificate and chain."""
        leaf = Leaf(self.make.folder, name)
        leaf.key = chain[0].key.path
        for path, part in ((leaf.certificate, chain[:1]), (leaf.chain, chain)):
            with open(path, "w", encoding="ascii") as stream:
                stream.write("".join(certificate.pem() for certificate in part))
        return leaf

    def good_leaf(self, name, *hosts):
        return self.leaf(name, [self.ca.leaf(names=hosts), self.ca.inter])

    # -- private

    def _serve_by_name(self):
        for served in itertools.chain(certificates.everything(self.ca), dane.everything(self.ca)):
            leaf = self.leaf(served.host, served.chain)
            self.sni.append(f"{served.host} {leaf.key} {leaf.chain}\n")
            self.add(served.row, f"MX 10 {served.host}.")
            self.hosts[served.row.name] = served.host
            self.certified.append((served, leaf))
            self.lab.dns.add(served.host, "A " + self.lab.address(BY_NAME))
            if served.tlsa:
                self.lab.dns.add("_25._tcp." + served.host, *served.tlsa)
        self.map = os.path.join(self.lab.folder, "sni")
        self.lab.postfix.add("by-name", self.lab.address(BY_NAME), "",
                             [self.good_leaf("nobody", "nobody.lab.test")],
                             tls_server_sni_maps="hash:" + self.map, **MODERN)

    def _serve_by_address(self):
        """Each server has an address of its own. FIRST is the last part of the first one."""
        for last, server in enumerate(servers.everything(), FIRST):
            host = certificates.host_of(server.row.name)
            self.add(server.row, f"MX 10 {host}.")
            self.hosts[server.row.name] = host
            self._serve(server.row.name, last, host, server)

    def _serve(self, name, last, host, server):
        self.lab.dns.add(host, "A " + self.lab.address(last))
        parameters = dict(server.parameters)
        leafs = []
        if server.has_certificate:
            key = self.make.key(server.key, "leaf")
            leafs = [self.leaf(host, [self.ca.leaf(names=[host], key=key), self.ca.inter])]
        if server.dh_bits:
            parameters["smtpd_tls_dh1024_param_file"] = self._dh_file(server.dh_bits)
        self.lab.postfix.add(name, self.lab.address(last), host, leafs, **parameters)

    def _dh_file(self, size):
        path = os.path.join(self.make.folder, f"dh{size}.pem")
        mint.write_dh_parameters(path, size)
        return path

    def _add_routes(self):
        for last, (kind, server) in enumerate(HOSTS.items(), 200):
            self._serve("host-" + kind, last, routes.host_of(kind), server)
        self.lab.dns.add(routes.host_of("refusing"), "A " + self.lab.address(250))
        leaf = self.leaf(routes.host_of("expired"), [
            self.ca.leaf(names=[routes.host_of("expired")], days=(-120, -30)), self.ca.inter])
        self.lab.postfix.add("host-expired", self.lab.address(249), "", [leaf], **MODERN)
        self.lab.dns.add(routes.host_of("expired"), "A " + self.lab.address(249))
        for name, record in routes.HOSTS.items():
            self.lab.dns.add(name + ".hosts.lab.test", record)
        for row, records in itertools.chain(routes.combinations(),
                                            routes.shapes(self.lab.address(200))):
            self.add(row, *records)
        for row, mta_sts, tls_rpt in routes.policies():
            self.add(row, f"MX 10 {routes.host_of('good')}.")
            self.lab.dns.add("_mta-sts." + domain_of(row), *mta_sts)
            self.lab.dns.add("_smtp._tls." + domain_of(row), *tls_rpt)

    def write_map(self):
        """Comes before Postfix starts, because a daemon that does not find the map never looks
        again. postmap needs a main.cf, which may be empty."""
        folder = os.path.join(self.lab.folder, "postmap")
        os.makedirs(folder)
        with open(os.path.join(folder, "main.cf"), "w", encoding="ascii"):
            pass
        with open(self.map, "w", encoding="ascii") as stream:
            stream.writelines(self.sni)
        done = run(["postmap", "-c", folder, "-F", "hash:" + self.map])
        if done.returncode != 0:
            raise Trouble("postmap: " + done.stdout)

    def scan(self):
        self.results = self.lab.scan(
            "".join(domain_of(row) + "\n" for row in self.rows), "--rate", "0", "--provider-rate",
            "0", "--per-provider", "100", "--per-address", "20", "--retry-wait", "1",
            # On a busy machine the resolver may be slow.
            "--dns-timeout", "20", "--dns-concurrency", "24")


def domain_of(row):
    return row.name + ".lab.test"
