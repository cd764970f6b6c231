"""Chains that take long to verify, and the TLSA records that make them take longer."""
import hashlib
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "tests", "wire"))
from laboratory import mint

NUM_NAMESAKES = 16  # issuers of one name: which has signed what is found out signature by signature
NUM_EXPIRED = 16  # copies of one intermediate
NUM_NAMES, NUM_CONSTRAINTS = 700, 690
SHA256, SHA512 = 1, 2  # matching types
CERTIFICATE, KEY = 0, 1  # selectors
DANE_TA = 2


class Chain:
    """Files as a server loads them, and TLSA records (RFC 6698 section 2.1) of its anchors."""

    def __init__(self, folder, name, certificates, leaf_key, tlsa):
        self.path = os.path.join(folder, name)
        self.key = leaf_key.path
        self.tlsa = tlsa
        with open(self.path, "w", encoding="ascii") as stream:
            stream.writelines(certificate.pem() for certificate in certificates)


def tlsa(certificate, selector, matching):
    body = certificate.der if selector == CERTIFICATE else certificate.key.public
    digest = (hashlib.sha256 if matching == SHA256 else hashlib.sha512)(body).digest()
    return bytes([DANE_TA, selector, matching]) + digest


def issuers_in_a_ring(make):
    keys = [make.key("P-521", f"ring{i}") for i in range(NUM_NAMESAKES)]
    return [make.certificate("Ring", keys[i], mint.Certificate(mint.name("Ring"), keys[i - 1], b""),
                             [mint.basic_constraints(True)])
            for i in range(NUM_NAMESAKES)]


class Mint:
    """Makes the chains of as many hosts as are asked for, each with a leaf of its own."""

    def __init__(self, folder, zone):
        self.folder = folder
        self.make = mint.Mint(folder)
        self.key = self.make.key("P-256", "leaf")
        self.ring = issuers_in_a_ring(self.make)
        root_key, inter_key = (self.make.key("P-256", owner) for owner in ("root", "inter"))
        bases = [mint.dns_name(f"n{i}.slow.test") for i in range(NUM_CONSTRAINTS - 1)]
        bases.append(mint.dns_name(zone))
        away = [mint.dns_name(f"n{i}.away.test") for i in range(NUM_CONSTRAINTS)]
        self.root = self.make.certificate(
            "Constrained", root_key,
            extensions=[mint.basic_constraints(True), mint.name_constraints(bases, away)])
        self.expired = [self.make.certificate("Expired", inter_key, self.root,
                                              [mint.basic_constraints(True)], days=(-60 - i, -30))
                        for i in range(NUM_EXPIRED)]

    def of_ring(self, number, host):
        leaf = self.make.certificate(f"Leaf {number}", self.key, self.ring[0],
                                     [mint.alternative_names(mint.dns_name(host))])
        records = [tlsa(issuer, CERTIFICATE, SHA256) for issuer in self.ring]
        return Chain(self.folder, f"chain{number}", [leaf, *self.ring], self.key, records)

    def of_constraints(self, number, host):
        names = [mint.dns_name(f"x.n{i}.slow.test") for i in range(NUM_NAMES - 1)]
        leaf = self.make.certificate(f"Leaf {number}", self.key, self.expired[0],
                                     [mint.alternative_names(mint.dns_name(host), *names)])
        records = [tlsa(self.root, selector, matching)
                   for selector in (CERTIFICATE, KEY) for matching in (SHA256, SHA512)]
        return Chain(self.folder, f"chain{number}", [leaf, *self.expired, self.root], self.key, records)


def make_chains(folder, hosts, zone):
    """A chain for each host in the zone, by turns of the one kind and the other."""
    make = Mint(folder, zone)
    return [make.of_constraints(number, host) if number % 2 else make.of_ring(number, host)
            for number, host in enumerate(hosts)]
