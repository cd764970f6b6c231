#!/usr/bin/env python3
"""The laboratory: one scan of several hundred domains. The result of each must be what its row in
tests/wire/laboratory/ says. The row names the source of what it expects.
"""
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import runner
from lab import Lab, codes
from laboratory.rows import DECIDING
from laboratory.world import World, domain_of
from processes import run

# Rows that the program gets wrong today, with the item of the issue "Evidence" that each belongs
# to. A row whose result is right must be removed from this list.
EXPECTED_FAILURES = {}


def seen_of(world, row):
    """The values that the scan has for the fields of the row."""
    record = world.results.domain(domain_of(row))
    seen = {"grade": record["grade"], "dane": record["dane"]["status"],
            "enforced": record["enforced_tls"], "opportunistic": record["opportunistic_tls"],
            "mail": record["mail"], "mta_sts": record["mta_sts"]["status"],
            "tls_rpt": record["tls_rpt"]["status"],
            "findings": tuple(sorted(codes(record) & DECIDING))}
    if row.name in world.hosts:
        endpoint = world.results.endpoint(world.hosts[row.name])
        seen["problems"] = tuple(sorted((endpoint["certificate"] or {}).get("problems", ())))
        versions = (endpoint["tls"] or {}).get("versions", {})
        seen["versions"] = " ".join(name for name, speaks in versions.items() if speaks == "yes")
    return seen


def wrong_of(world, row):
    """The differences between scan and row as text; empty if there are none."""
    seen, parts = seen_of(world, row), []
    for field in row._fields[2:]:
        expected = getattr(row, field)
        if isinstance(expected, tuple):
            expected = tuple(sorted(expected))
        if expected is not None and seen.get(field) != expected:
            parts.append(f"{field} is {seen.get(field)!r}, expected {expected!r}")
    if parts:
        parts.append(f"open: {world.results.domain(domain_of(row)).get('open')}")
    if parts and row.name in world.hosts:
        endpoint = world.results.endpoint(world.hosts[row.name])
        parts.append(f"{endpoint['outcome']}, {endpoint['outcome_detail']}, {endpoint['evidence']}")
    return "; ".join(parts)


def test_there_are_three_hundred_domains_each_with_a_source(world):
    names = [row.name for row in world.rows]
    assert len(names) == len(set(names)), "a name is there twice"
    assert len(names) >= 300, len(names)
    assert all(row.source for row in world.rows)


def test_every_domain_comes_out_as_its_row_says(world):
    differ = runner.Differences()
    for row in world.rows:
        wrong = wrong_of(world, row)
        if wrong and row.name not in EXPECTED_FAILURES:
            differ.lines.append(f"{domain_of(row)} ({row.source}): {wrong}")
    differ.check()


# Rows that OpenSSL contradicts, and why the row is right.
OPENSSL_DIFFERS = {
    "key-rsa2047": "2047 bits are still 112 bits of strength to it",
    "name-common-alone": "it takes a common name where there is no DNS name",
    "name-wildcard-part-first": "it takes a wildcard as part of a label unless told not to",
    "name-wildcard-part-last": "likewise",
    "path-cross-first": "it takes the first issuer and does not go back",
    "path-issuer-wants-policy": "it looks at policies only when told to",
    **{f"purpose-any-usage-{usage}": "it does not take anyExtendedKeyUsage for servers"
       for usage in ("none", "sign", "both", "encipher")},
}


def openssl_is_content(world, served, leaf):
    """OpenSSL's verdict on the chain, the name and the purpose, at the level that Debian sets."""
    return run(["openssl", "verify", "-purpose", "sslserver", "-auth_level", "2", "-CAfile",
                world.lab.pki.root_file, "-no-CApath", "-no-CAstore", "-untrusted", leaf.chain,
                "-verify_hostname", served.host, leaf.certificate]).returncode == 0


def test_openssl_finds_fault_with_the_same_certificates(world):
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(lambda pair: openssl_is_content(world, *pair), world.certified))
    differ = runner.Differences()
    for (served, _), content in zip(world.certified, said):
        differ.equal(f"{served.row.name} ({served.row.source}): OpenSSL is content", content,
                     (served.row.problems == ()) != (served.row.name in OPENSSL_DIFFERS))
    differ.check()


def test_expected_failures_still_fail(world):
    rows = {row.name: row for row in world.rows}
    right = [name for name in EXPECTED_FAILURES if not wrong_of(world, rows[name])]
    assert not right, f"these are right now, take them from the list: {right}"


def main():
    with Lab() as lab:
        started = time.monotonic()
        world = World(lab)
        print(f"{len(world.rows)} domains made in {time.monotonic() - started:.0f} s")
        with lab.running():
            started = time.monotonic()
            world.scan()
            print(f"scanned in {time.monotonic() - started:.0f} s")
            return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
