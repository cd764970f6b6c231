"""Domains in a signed zone whose MX host has TLSA records: all combinations of usage, selector,
matching type and the certificate that the record describes, and certificates that only DANE
authenticates.
"""
import hashlib
import itertools

from laboratory.certificates import DATES, OTHER, Served, host_of
from laboratory.rows import Row

SOURCE = "RFC 7672 sections 3.1 and 3.2; RFC 7671 sections 5 and 8.1"


def tlsa(usage, selector, matching, certificate):
    """RFC 6698 section 2.1."""
    data = certificate.key.public if selector == 1 else certificate.der
    if matching:
        data = hashlib.new({1: "sha256", 2: "sha512"}[matching], data).digest()
    return f"TLSA {usage} {selector} {matching} {data.hex()}"


def valid(name, problems=(), source=SOURCE):
    """By policy 2026.2 the grade is A+, even if the public chain has faults."""
    return Row(name, source, "A+", problems, (), dane="valid", enforced="dane")


def mismatch(name, problems=(), source=SOURCE):
    """The grade is D, because senders with DANE defer the mail (RFC 7672 section 2.2)."""
    return Row(name, source, "D", problems, ("dane_mismatch",), dane="mismatch")


def records(ca):
    """The server sends the leaf and its issuer, but not the root. Usage 3 matches the leaf only.
    Usage 2 matches an issuer that is sent, or one whose whole certificate or key is in the record
    (RFC 7671 sections 5.2.2 and 5.2.3)."""
    for usage, selector, matching, about in itertools.product(
            (2, 3), (0, 1), (0, 1, 2), ("leaf", "issuer", "root", "stranger")):
        name = f"tlsa-{usage}{selector}{matching}-{about}"
        leaf = ca.leaf(names=[host_of(name)])
        certificate = {"leaf": leaf, "issuer": ca.inter, "root": ca.root,
                       "stranger": ca.stranger}[about]
        matches = about == "leaf" if usage == 3 else \
            about == "issuer" or about == "root" and matching == 0
        yield Served((valid if matches else mismatch)(name), [leaf, ca.inter],
                     tlsa=[tlsa(usage, selector, matching, certificate)])


# Who issued the leaf (a public CA, an unknown one, the leaf itself), and the problems that follow.
ISSUERS = {"public": (), "private": ("untrusted_root",), "itself": ("self_signed",)}


def states(ca):
    """RFC 7671 section 5.1: with usage 3 the dates, the names and the issuer of the leaf do not
    count. RFC 7672 sections 3.1.2 and 3.2.3: with usage 2 dates and names count. A self-signed leaf
    has no issuer, so usage 2 is not combined with it."""
    for usage, issuer, date, match in itertools.product((2, 3), ISSUERS, DATES, ("own", "other")):
        if (usage, issuer) == (2, "itself"):
            continue
        name = f"dane{usage}-{issuer}-{date}-{match}"
        days, dated = DATES[date]
        problems = ISSUERS[issuer] + dated + (("name_mismatch",) if match == "other" else ())
        by = ca.stranger if issuer == "private" else ca.inter
        leaf = ca.leaf(by, [host_of(name) if match == "own" else OTHER], days=days,
                       itself=issuer == "itself")
        matches = usage == 3 or date == "now" and match == "own"
        chain = [leaf] if issuer == "itself" else [leaf, by]
        yield Served((valid if matches else mismatch)(name, problems), chain,
                     tlsa=[tlsa(usage, 1, 1, leaf if usage == 3 else by)])


def several(ca):
    """More than one record, and records that cannot be used."""
    def row(name, make, *makers):
        leaf = ca.leaf(names=[host_of(name)])
        return Served(make(name), [leaf, ca.inter],
                      tlsa=[maker if isinstance(maker, str) else maker(leaf) for maker in makers])

    def unusable(name):
        """RFC 7672 sections 2.2 and 3.1.3: senders then insist on TLS but authenticate nobody."""
        return Row(name, "RFC 7672 sections 2.2 and 3.1.3", "A", (), ("dane_unusable",),
                   dane="unusable")

    zeros = "00" * 32
    yield row("tlsa-next-key", valid, lambda leaf: tlsa(3, 1, 1, leaf), f"TLSA 3 1 1 {zeros}")
    yield row("tlsa-both-usages", valid, lambda leaf: tlsa(3, 1, 1, leaf), tlsa(2, 1, 1, ca.inter))
    yield row("tlsa-leaf-wrong-issuer-right", valid, f"TLSA 3 1 1 {zeros}", tlsa(2, 1, 1, ca.inter))
    yield row("tlsa-all-wrong", mismatch, f"TLSA 3 1 1 {zeros}", f"TLSA 2 1 1 {zeros}")
    # RFC 7671 section 9: among records of one usage and selector only the strongest digest counts.
    yield row("tlsa-agility", mismatch, lambda leaf: tlsa(3, 1, 1, leaf), f"TLSA 3 1 2 {zeros * 2}")
    yield row("tlsa-agility-other-selector", valid, lambda leaf: tlsa(3, 1, 1, leaf),
              f"TLSA 3 0 2 {zeros * 2}")
    yield row("tlsa-pkix-ee", unusable, lambda leaf: tlsa(1, 1, 1, leaf))
    yield row("tlsa-pkix-ta", unusable, tlsa(0, 1, 1, ca.inter))
    yield row("tlsa-usage-4", unusable, f"TLSA 4 1 1 {zeros}")
    yield row("tlsa-selector-2", unusable, f"TLSA 3 2 1 {zeros}")
    yield row("tlsa-matching-3", unusable, f"TLSA 3 1 3 {zeros}")
    yield row("tlsa-short-digest", unusable, f"TLSA 3 1 1 {zeros[:40]}")
    yield row("tlsa-unusable-beside-right", valid, f"TLSA 1 1 1 {zeros}",
              lambda leaf: tlsa(3, 1, 1, leaf))
    yield row("tlsa-unusable-beside-wrong", mismatch, lambda leaf: tlsa(1, 1, 1, leaf),
              f"TLSA 3 1 1 {zeros}")


def everything(ca):
    for part in (records, states, several):
        yield from part(ca)
