#!/usr/bin/env python3
"""Zones whose signatures have run out, before a validating resolver: a few are graded D, and where
they are too many for chance, the resolver is blamed and nobody is.
"""
import os
import subprocess
import sys

import dns
import runner
from dns import Dns
from lab import MXGRADE, Lab, Results, codes
from processes import run

NUM_ZONES = 25
FEW = 19  # one less than it takes to blame the resolver
NUM_SIGNED = 30
NUM_MANY = 500  # of which 25 are 5 % at most
ZONES = [f"forged{number}.test" for number in range(NUM_ZONES)]
SIGNED = [f"signed{number}.test" for number in range(NUM_MANY)]
CUSTOMERS = [f"customer{number}.test" for number in range(NUM_ZONES)]
HOST = "mx.good.test"
OPTIONS = ("--retry-wait", "0.3", "--rate", "0", "--provider-rate", "0", "--per-provider", "100",
           "--per-address", "20", "--dns-timeout", "10")


class World:
    def __init__(self, lab):
        self.lab = lab
        lab.dns = Dns(lab.dns.folder, lab.network,
                      more_zones={zone + ".": dns.EXPIRED for zone in ZONES})
        hosts = [HOST] + ["mx." + zone for zone in ZONES]
        address = lab.address(10)
        lab.postfix.add("good", address, HOST, [lab.pki.leaf("leaf", hosts)],
                        smtpd_tls_protocols=">=TLSv1.2", smtpd_tls_exclude_ciphers="aNULL, kRSA")
        for number, zone in enumerate(ZONES):
            # In turn MX, addresses, or both fail to validate.
            lab.dns.add("mx." + zone, "A " + address)
            lab.dns.add(zone, f"MX 10 {'mx.' + zone if number % 2 else HOST}.")
        for domain in SIGNED:
            lab.dns.add(domain, f"MX 10 {HOST}.")
        for domain in CUSTOMERS:
            lab.dns.add(domain, f"MX 10 mx.{ZONES[0]}.")
        lab.dns.add(HOST, "A " + address)

    def scan(self, names, *more):
        return self.lab.scan("".join(name + "\n" for name in names), *OPTIONS, *more)

    def options(self):
        return self.lab.options(*OPTIONS)


def told(results):
    """What the records and the run say: {(grade, DANE, whether it is dane_bogus, dane_doubted)} of the
    bogus domains, the letters of endpoints that are asked for by a bogus name, and the counts."""
    summary = results.summaries[0]
    domains = {(record["grade"], record["dane"]["status"], "dane_bogus" in codes(record),
                "dane_doubted" in codes(record))
               for record in results.domains if record["dns"].get("bogus") or
               any((mx.get("evidence") or {}).get("bogus") for mx in record["mx"])}
    endpoints = {(record["grade"], record["dane"]["status"], "dane_bogus" in codes(record),
                  "dane_doubted" in codes(record))
                 for record in results.endpoints if record["dane"].get("bogus")}
    return (domains, endpoints, summary["signed_domains"], summary["bogus_domains"],
            summary["resolver_blamed"], results.errors.count("BLAMED"))


BELIEVED = ("D", "bogus", True, False)
DOUBTED = ("A", "unknown", False, True)


def test_a_few_bogus_domains_are_graded_d(world):
    results = world.scan(ZONES[:FEW] + SIGNED[:NUM_SIGNED])
    assert results.status == 0, results.errors
    assert told(results) == ({BELIEVED}, {BELIEVED}, FEW + NUM_SIGNED, FEW, False, 0), told(results)


def test_of_too_many_the_resolver_is_blamed_and_nobody_else(world):
    results = world.scan(ZONES + SIGNED[:NUM_SIGNED])
    assert results.status == 0, results.errors
    expected = ({DOUBTED}, {DOUBTED}, NUM_ZONES + NUM_SIGNED, NUM_ZONES, True, 1)
    assert told(results) == expected, (told(results), results.errors)
    differ = runner.Differences()
    for zone, detail in ((ZONES[0], f"MX {ZONES[0]}"),
                         (ZONES[1], f"MX {ZONES[1]}; mx.{ZONES[1]} ({world.lab.address(10)}): "
                                    f"A mx.{ZONES[1]}")):
        record = results.domain(zone)
        differ.equal(zone, [finding["detail"] for finding in record["findings"]
                            if finding["code"] == "dane_doubted"], [detail])
        differ.equal(zone + ": DNSSEC", record["dns"]["dnssec"], "unknown")
        differ.equal(zone + ": enforced", record["enforced_tls"], "unknown")
    for domain in SIGNED[:NUM_SIGNED]:
        record = results.domain(domain)
        differ.equal(domain, (record["grade"], record["dane"]["status"]), ("A", "none"))
    differ.check()


def test_the_same_number_among_many_signed_domains_is_believed(world):
    results = world.scan(ZONES + SIGNED)
    expected = ({BELIEVED}, {BELIEVED}, NUM_ZONES + NUM_MANY, NUM_ZONES, False, 0)
    assert told(results) == expected, (told(results), results.errors)


def test_the_zone_of_one_provider_blames_nobody_else(world):
    """All its customers are bogus, and that is one fault."""
    results = world.scan(CUSTOMERS)
    expected = ({BELIEVED}, {BELIEVED}, len(CUSTOMERS), len(CUSTOMERS), False, 0)
    assert told(results) == expected, (told(results), results.errors)


def test_hosts_of_a_list_count_too(world):
    few = world.scan(["mx." + zone for zone in ZONES[:FEW]], "--hosts")
    many = world.scan(["mx." + zone for zone in ZONES], "--hosts")
    differ = runner.Differences()
    differ.equal("few", (told(few)[1], told(few)[4:]), ({BELIEVED}, (False, 0)))
    differ.equal("many", (told(many)[1], told(many)[4:]), ({DOUBTED}, (True, 1)))
    differ.check()


def is_bogus_domain(line):
    return line.startswith(b'{"type":"domain"') and b'"bogus":' in line


def test_a_continued_run_counts_what_its_file_has(world):
    """Neither half has enough bogus domains to blame the resolver."""
    names = ZONES + SIGNED[:NUM_SIGNED]
    lines = world.scan(names).content.split(b"\n")
    cut = [place for place, line in enumerate(lines) if is_bogus_domain(line)][NUM_ZONES // 2]
    out = os.path.join(world.lab.folder, "out.jsonl")
    with open(out, "wb") as stream:
        stream.write(b"\n".join(lines[:cut]) + b"\n")
    done = run([MXGRADE, "scan", os.path.join(world.lab.folder, "list.csv"), "-o", out, "--resume",
                *world.options()], seconds=60, stderr=subprocess.PIPE)
    with open(out, "rb") as stream:
        results = Results(done.returncode, done.stderr, stream.read())
    assert len(results.domains) == len(names), results.errors
    expected = ({DOUBTED}, {DOUBTED}, NUM_ZONES + NUM_SIGNED, NUM_ZONES, True, 1)
    assert told(results) == expected, (told(results), results.errors)


def main():
    with Lab() as lab:
        world = World(lab)
        with lab.running():
            return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
