"""The cases of enforced TLS as data: hosts with their TLSA records, domains with their MX hosts,
policies; and beside each what the RFCs make of it. Sections are of RFC 7672 for DANE and of RFC 8461
for MTA-STS.
"""
from typing import NamedTuple

import dns

# Zones of their own below others, so that what they say differs from what the zone above does.
MORE_ZONES = {"_tcp.fails.mx.test.": dns.LOST, "_tcp.forged.mx.test.": dns.EXPIRED,
              "_tcp.optout.mx.test.": dns.PLAIN, "_tcp.fails.plain.test.": dns.LOST,
              "_tcp.fails-out.mx.test.": dns.LOST, "_mta-sts.lostrecord.test.": dns.LOST}

# ---- Mail hosts

# The servers, each at an address of its own; enforced_world.py makes their certificates.
(PUBLIC, PRIVATE, EXPIRED, MISNAMED, NEXT_HOP, TWIN, HALF_TWIN, CLEAR, ALIASED,
 SELF_SIGNED, HALF_OUTDATED, EXIM, EXIM_BY_NAME) = range(10, 23)
SERVERS = {PUBLIC: "public", PRIVATE: "private", EXPIRED: "expired", MISNAMED: "misnamed",
           NEXT_HOP: "next-hop", TWIN: "twin", HALF_TWIN: "half-twin", CLEAR: "clear",
           ALIASED: "aliased", SELF_SIGNED: "self-signed",
           HALF_OUTDATED: "half-outdated"}
# Exim, where it is to be had; the one gives its two leafs to those who ask for named.mx.test.
EXIMS = {EXIM: "exim", EXIM_BY_NAME: "exim-by-name"}


class Host(NamedTuple):
    name: str
    servers: tuple
    records: tuple    # of TLSA: "3 1 1 leaf"; "leaf" and the others are of its first server
    status: str       # dane.status of its endpoints; a tuple where addresses differ
    matched: str = None
    problems: tuple = ()     # that have to be among dane.problems
    base: str = None         # TLSA base domain, where it is not the name
    alias: str = None        # CNAME in place of addresses
    witness: str = "as we"   # what posttls-finger says, where it differs for a reason


STRANGER = "00" * 32
LONG_STRANGER = "00" * 64

HOSTS = (
    # Usage 3: the leaf and nothing else (3.1.1).
    Host("ee311.mx.test", (PUBLIC,), ("3 1 1 leaf",), "valid", "3 1 1", ("no_rollover_spare",)),
    Host("ee312.mx.test", (PUBLIC,), ("3 1 2 leaf",), "valid", "3 1 2"),
    Host("ee301.mx.test", (PUBLIC,), ("3 0 1 leaf",), "valid", "3 0 1"),
    Host("ee310.mx.test", (PUBLIC,), ("3 1 0 leaf",), "valid", "3 1 0"),
    Host("ee311-private.mx.test", (PRIVATE,), ("3 1 1 leaf",), "valid", "3 1 1"),
    Host("ee311-expired.mx.test", (EXPIRED,), ("3 1 1 leaf",), "valid", "3 1 1"),
    Host("ee311-misnamed.mx.test", (MISNAMED,), ("3 1 1 leaf",), "valid", "3 1 1"),
    Host("ee311-wrong.mx.test", (PUBLIC,), (f"3 1 1 {STRANGER}",), "mismatch"),
    Host("ee301-issuer.mx.test", (PUBLIC,), ("3 0 1 issuer",), "mismatch"),
    # Usage 2: an issuer that is sent, dates, names (3.1.2, 3.2.3).
    Host("ta211.mx.test", (PUBLIC,), ("2 1 1 issuer",), "valid", "2 1 1"),
    Host("ta201.mx.test", (PUBLIC,), ("2 0 1 issuer",), "valid", "2 0 1"),
    Host("ta201-private.mx.test", (PRIVATE,), ("2 0 1 issuer",), "valid", "2 0 1"),
    Host("ta200.mx.test", (PUBLIC,), ("2 0 0 root",), "valid", "2 0 0"),
    Host("ta210.mx.test", (PUBLIC,), ("2 1 0 issuer",), "valid", "2 1 0"),
    Host("ta210-unsent.mx.test", (PUBLIC,), ("2 1 0 root",), "valid", "2 1 0"),
    Host("ta200-unsent.mx.test", (PUBLIC,), ("2 0 0 issuer",), "valid", "2 0 0"),
    Host("ta201-itself.mx.test", (SELF_SIGNED,), ("2 0 1 leaf",), "mismatch", None,
         ("anchor_not_sent",)),
    Host("ta200-itself.mx.test", (SELF_SIGNED,), ("2 0 0 leaf",), "mismatch", None,
         ("anchor_not_sent",)),
    Host("ta211-leaf.mx.test", (PUBLIC,), ("2 1 1 leaf",), "mismatch", None,
         ("anchor_not_sent",)),
    Host("ee311-itself.mx.test", (SELF_SIGNED,), ("3 1 1 leaf",), "valid", "3 1 1"),
    Host("ta211-wrong.mx.test", (PUBLIC,), (f"2 1 1 {STRANGER}",), "mismatch", None,
         ("anchor_not_sent",)),
    Host("ta201-wrong.mx.test", (PUBLIC,), (f"2 0 1 {STRANGER}",), "mismatch", None,
         ("anchor_not_sent",)),
    Host("ta201-unsent.mx.test", (PUBLIC,), ("2 0 1 root",), "mismatch", None,
         ("anchor_not_sent",)),
    Host("ta211-expired.mx.test", (EXPIRED,), ("2 1 1 issuer",), "mismatch", None, ("expired",)),
    Host("ta211-misnamed.mx.test", (MISNAMED,), ("2 1 1 issuer",), "mismatch", None,
         ("name_mismatch",)),
    Host("nexthop.mx.test", (NEXT_HOP,), ("2 1 1 issuer",), "mismatch", None, ("name_mismatch",)),
    # The same of Exim.
    Host("exim311.mx.test", (EXIM,), ("3 1 1 leaf",), "valid", "3 1 1"),
    Host("exim201.mx.test", (EXIM,), ("2 0 1 issuer",), "valid", "2 0 1"),
    Host("exim311-wrong.mx.test", (EXIM,), (f"3 1 1 {STRANGER}",), "mismatch"),
    Host("exim-both.mx.test", (PUBLIC, EXIM), ("3 1 1 leaf",), ("valid", "mismatch"), "3 1 1",
         witness="one address"),
    Host("exim.mx.test", (EXIM,), (), "none"),
    # The name that is asked for is that of the records, for both leafs (7672 8.1).
    Host("named.mx.test", (EXIM_BY_NAME,), ("3 1 1 leaf", "3 1 1 second"), "valid", "3 1 1"),
    Host("named-alias.mx.test", (EXIM_BY_NAME,), (), "valid", "3 1 1", (), "named.mx.test",
         "named.mx.test"),
    Host("unnamed.mx.test", (EXIM_BY_NAME,), ("3 1 1 leaf", "3 1 1 second"), "mismatch"),
    # Records that cannot be used (2.2, 3.1.3).
    Host("pkix.mx.test", (PUBLIC,), ("1 1 1 leaf", "0 0 1 issuer"), "unusable", None,
         ("usage_pkix",)),
    Host("malformed.mx.test", (PUBLIC,), ("3 1 1 " + "00" * 20, "3 1 9 " + STRANGER,
                                          "3 7 1 " + STRANGER), "unusable", None,
         ("bad_digest_length", "unknown_matching_type", "unknown_selector")),
    Host("odd.mx.test", (PUBLIC,), ("4 1 1 " + STRANGER, "255 255 255 00", "3 0 0 deadbeef",
                                    "3 1 0 " + STRANGER, "2 0 0 3003020101"), "unusable", None,
         ("unknown_usage", "bad_full_data")),
    Host("pkix-beside.mx.test", (PUBLIC,), ("1 1 1 leaf", "3 1 1 leaf"), "valid", "3 1 1",
         ("usage_pkix",)),
    # Records that are kept under another name, as providers have it.
    Host("elsewhere.mx.test", (PUBLIC,), ("CNAME _25._tcp.ee311.mx.test.",), "valid", "3 1 1"),
    Host("elsewhere-out.mx.test", (PUBLIC,), ("CNAME _25._tcp.mx.plain.test.",), "insecure"),
    Host("elsewhere-fails.mx.test", (PUBLIC,), ("CNAME _25._tcp.fails.mx.test.",), "temperror"),
    Host("elsewhere-none.mx.test", (PUBLIC,), ("CNAME _25._tcp.none.mx.test.",), "none"),
    # Several records (RFC 7671 sections 8.1 and 9). If all records have selector 1, Postfix 3.10
    # takes a raw public key and does not apply section 9 to it.
    Host("rollover.mx.test", (PUBLIC,), (f"3 1 1 {STRANGER}", "3 1 1 leaf"), "valid", "3 1 1"),
    Host("agility.mx.test", (PUBLIC,), ("3 0 1 leaf", f"3 0 2 {LONG_STRANGER}"), "mismatch"),
    # Several addresses, several leaves, of which a name on the same address has the same.
    Host("two.mx.test", (PUBLIC, PRIVATE), ("3 1 1 leaf",), ("valid", "mismatch"), "3 1 1",
         witness="one address"),
    Host("twin.mx.test", (TWIN,), ("3 1 1 leaf", "3 1 1 second"), "valid", "3 1 1"),
    Host("half-twin.mx.test", (HALF_TWIN,), ("3 1 1 leaf",), "mismatch", witness="valid"),
    Host("half-twin-too.mx.test", (HALF_TWIN,), ("3 1 1 leaf",), "mismatch", witness="valid"),
    Host("clear.mx.test", (CLEAR,), (f"3 1 1 {STRANGER}",), "mismatch", witness="no TLS"),
    # What DNSSEC says (2.1.2, 2.2.2).
    Host("none.mx.test", (PUBLIC,), (), "none"),
    Host("caa.mx.test", (PUBLIC,), (), "none"),
    Host("below.caa.mx.test", (PUBLIC,), (), "none"),
    Host("misnamed.mx.test", (MISNAMED,), (), "none"),
    Host("half-outdated.mx.test", (HALF_OUTDATED,), (), "none"),
    Host("plainclear.mx.test", (CLEAR,), (), "none"),
    # Senders do not ask for TLSA records of unsigned addresses (2.2.2): records there are of no use,
    # and a name server that fails on the question, as that of Microsoft 365, does no harm.
    Host("mx.plain.test", (PUBLIC,), ("3 1 1 leaf",), "insecure"),
    Host("bare.plain.test", (PUBLIC,), (), "none"),
    Host("fails.plain.test", (PUBLIC,), (), "none"),
    Host("optout.mx.test", (PUBLIC,), ("3 1 1 leaf",), "insecure"),
    Host("fails.mx.test", (PUBLIC,), (), "temperror"),
    Host("forged.mx.test", (PUBLIC,), ("3 1 1 leaf",), "bogus"),
    Host("elsewhere-forged.mx.test", (PUBLIC,), ("CNAME _25._tcp.forged.mx.test.",), "bogus"),
    # The addresses are bogus, at the end of an alias too.
    Host("mx.bogus.test", (PUBLIC,), ("3 1 1 leaf",), "bogus"),
    Host("alias-forged.mx.test", (PUBLIC,), (), "bogus", None, (), None, "mx.bogus.test"),
    # Aliases (2.2.3); the name to check is the base domain (3.2.2).
    Host("alias.mx.test", (PUBLIC,), (), "valid", "3 1 1", (), "ee311.mx.test", "ee311.mx.test"),
    Host("alias-own.mx.test", (PUBLIC,), ("3 1 1 leaf",), "valid", "3 1 1", (),
         "alias-own.mx.test", "none.mx.test"),
    Host("out.mx.test", (PUBLIC,), ("3 1 1 leaf",), "valid", "3 1 1", (), "out.mx.test",
         "mx.plain.test"),
    Host("out-none.mx.test", (PUBLIC,), (), "none", None, (), None, "mx.plain.test"),
    Host("fails-out.mx.test", (PUBLIC,), (), "temperror", None, (), None, "mx.plain.test"),
    Host("alias-ta.mx.test", (ALIASED,), (), "mismatch", None, ("name_mismatch",), None,
         "base.mx.test"),
    Host("base.mx.test", (ALIASED,), ("2 1 1 issuer",), "mismatch", None, ("name_mismatch",)),
    Host("alias.plain.test", (PUBLIC,), (), "none", None, (), None, "ee311.mx.test"),
    Host("alias-own.plain.test", (PUBLIC,), ("3 1 1 leaf",), "insecure", None, (), None,
         "ee311.mx.test"),
)

# ---- Domains

class Domain(NamedTuple):
    name: str
    hosts: tuple
    dane: str
    enforced: str
    grade: str = None   # None: not the matter here
    mail: str = "mx"


def domain_of(host):
    """Every host has a domain of its own, that has nothing else."""
    status = host.status if isinstance(host.status, str) else "mismatch"
    grade = {"valid": "A+", "mismatch": "D", "bogus": "D"}.get(status)
    if CLEAR in host.servers:
        grade = "F"
    enforced = {"valid": "dane", "temperror": "unknown"}.get(status, "none")
    name = host.name.replace(".mx.test", ".for.test").replace(".plain.test", ".off.test")
    return Domain(name.replace(".bogus.test", ".forged.test"), (host.name,), status, enforced, grade)


# For its own domain a host may have the domain's name alone (3.2.2), which the host's endpoint, shared
# by all domains, does not know.
DOMAINS = tuple(domain_of(host) for host in HOSTS if NEXT_HOP not in host.servers) + (
    Domain("all.test", ("ee311.mx.test", "ta201.mx.test"), "valid", "dane", "A+"),
    Domain("half.test", ("ee311.mx.test", "none.mx.test"), "partial", "none"),
    Domain("half-insecure.test", ("ee311.mx.test", "mx.plain.test"), "partial", "none"),
    Domain("half-unusable.test", ("ee311.mx.test", "pkix.mx.test"), "partial", "none"),
    Domain("half-wrong.test", ("ee311.mx.test", "ee311-wrong.mx.test"), "partial", "none", "D"),
    Domain("unsigned.plain.test", ("ee311.mx.test",), "partial", "none"),
    Domain("unsigned-wrong.plain.test", ("ee311-wrong.mx.test",), "mismatch", "none", "D"),
    Domain("ee311.mx.test", (), "valid", "dane", "A+", "implicit"),
    Domain("none.mx.test", (), "none", "none", None, "implicit"),
    Domain("elsewhere.test", ("nexthop.mx.test",), "mismatch", "none", "D"),
    Domain("nexthop.for.test", ("nexthop.mx.test",), "valid", "dane", "A+"),
    # With unsigned MX records the name of the host alone counts by the RFC; Postfix takes the domain.
    Domain("nexthop.off.plain.test", ("nexthop.mx.test",), "partial", "none"),
    Domain("dangling.test", ("ee311.mx.test", "nowhere.mx.test"), "valid", "dane"),
    # The MX records are bogus, and those of MTA-STS and TLS reporting then, too.
    Domain("forged-mx.bogus.test", ("ee311.mx.test",), "bogus", "unknown", "D"),
    Domain("forged-too.bogus.test", ("mx.bogus.test", "none.mx.test"), "bogus", "unknown", "D"),
    Domain("forged-dangling.bogus.test", ("nowhere.mx.test",), "bogus", "unknown", "D"),
    Domain("alias-of-forged.test", ("CNAME forged-mx.bogus.test",), "bogus", "none", "D"),
    Domain("mx.bogus.test", (), "bogus", "unknown", "D", "implicit"),
    # That there is no mail is not to be believed of a bogus answer, nor is anyone kept from it.
    Domain("null.bogus.test", (".",), "bogus", "unknown", "U", "unknown"),
    Domain("nothing.bogus.test", (), "bogus", "unknown", "U", "unknown"),
    Domain("lost-mx.broken.test", (), "temperror", "unknown", "U", "unknown"),
    Domain("null.test", (".",), "unknown", "unknown", "N", "null_mx"),
)

# ---- MTA-STS and TLS reporting

VALID_ID = 'TXT "v=STSv1; id=20260101T000000;"'
HOST = "none.mx.test"


def policy(*mx, mode="enforce", max_age="604800", end="\n"):
    lines = ["version: STSv1", f"mode: {mode}", *(f"mx: {name}" for name in mx)]
    return end.join(lines + ([f"max_age: {max_age}"] if max_age else [])) + end


class Policy(NamedTuple):
    domain: str
    status: str
    problems: tuple = ()    # all of them
    body: str = policy(HOST)
    txt: tuple = (VALID_ID,)
    mx: tuple = (HOST,)
    leaf: str = "web"       # of the policy host
    content_type: str = "text/plain"
    action: str = None      # nginx configuration in place of the body
    at: str = "web"         # "web", "odd", "nobody" (nothing listens), "nowhere" (no such name)
    enforced: str = "none"
    grade: str = "A"
    witness: str = "as we"  # what the resolver for Postfix says, where it is laxer or stricter


FOUND = dict(enforced="mta-sts", grade="A+")

POLICIES = (
    Policy("enforce.test", "enforce", **FOUND),
    Policy("wildcard.test", "enforce", body=policy("*.mx.test"), **FOUND),
    Policy("crlf.test", "enforce", body=policy("*.MX.test", end="\r\n"), **FOUND),
    Policy("charset.test", "enforce", content_type="text/plain; charset=utf-8", **FOUND),
    Policy("unknown-keys.test", "enforce", body=policy(HOST) + "x-note: hello\n", **FOUND),
    Policy("aliased.test", "enforce", txt=("CNAME _mta-sts.enforce.test.",), **FOUND),
    Policy("exim.test", "enforce", body=policy("exim.mx.test"), mx=("exim.mx.test",), **FOUND),
    Policy("both.test", "enforce", body=policy("ee311.mx.test"), mx=("ee311.mx.test",),
           enforced="both", grade="A+"),
    Policy("spaced.test", "enforce", ("txt_space_before_semicolon",),
           txt=('TXT "v=STSv1 ; id=1;"',), **FOUND),
    Policy("largest.test", "enforce", body=policy(HOST).ljust(65536 - 5, "\n") + "x: y\n",
           problems=("policy_blank_line",), **FOUND),
    Policy("testing.test", "testing", body=policy(HOST, mode="testing")),
    Policy("off.test", "off", body=policy(mode="none")),
    Policy("short.test", "enforce", ("policy_max_age_short",), body=policy(HOST, max_age="60"),
           **FOUND),
    # The record (3.1).
    Policy("absent.test", "none", txt=()),
    Policy("others.test", "none", txt=('TXT "v=spf1 -all"',)),
    Policy("twice.test", "invalid_record", ("txt_multiple",),
           txt=(VALID_ID, 'TXT "v=STSv1; id=2;"')),
    Policy("noid.test", "invalid_record", ("txt_no_id",), txt=('TXT "v=STSv1;"',)),
    Policy("badid.test", "invalid_record", ("txt_bad_id",), txt=('TXT "v=STSv1; id=2026-01-01;"',),
           witness="enforce"),
    Policy("longid.test", "invalid_record", ("txt_bad_id",), txt=(f'TXT "v=STSv1; id={"a" * 33};"',),
           witness="enforce"),
    Policy("version.test", "invalid_record", ("txt_bad_version",), txt=('TXT "v=STSV1; id=1;"',)),
    Policy("lostrecord.test", "unknown", ("txt_lookup_failed",), txt=(), enforced="unknown"),
    # The fetch (3.3).
    Policy("missing.test", "fetch_failed", ("fetch_http",), action="return 404;"),
    Policy("redirect.test", "fetch_failed", ("fetch_redirect",),
           action="return 301 https://mta-sts.enforce.test/.well-known/mta-sts.txt;"),
    Policy("wrongname.test", "fetch_failed", ("fetch_certificate",), leaf="other"),
    Policy("outdated.test", "fetch_failed", ("fetch_certificate",), leaf="outdated"),
    Policy("selfmade.test", "fetch_failed", ("fetch_certificate",), leaf="selfmade"),
    Policy("oversize.test", "fetch_failed", ("fetch_too_big",),
           body=policy(HOST) + "x: y\n" * 13200),
    Policy("type.test", "fetch_failed", ("fetch_content_type",), content_type="text/html"),
    Policy("refused.test", "fetch_failed", ("fetch_connect",), at="nobody", enforced="unknown"),
    Policy("nohost.test", "fetch_failed", ("fetch_dns",), at="nowhere"),
    # The policy (3.2).
    Policy("page.test", "syntax_error", ("policy_bad_line", "policy_no_version", "policy_no_mode",
                                         "policy_no_max_age", "policy_no_mx"),
           body="<!DOCTYPE html>\n<title>Hello</title>\n"),
    Policy("ageless.test", "syntax_error", ("policy_no_max_age",), body=policy(HOST, max_age="")),
    Policy("forever.test", "syntax_error", ("policy_max_age_too_large",),
           body=policy(HOST, max_age="31557601")),
    Policy("hostless.test", "syntax_error", ("policy_no_mx",), body=policy()),
    # The hosts (4).
    Policy("mismatch.test", "mx_mismatch", ("mx_mismatch", "mx_pattern_unused"),
           body=policy("mx.elsewhere.test"), grade="D"),
    Policy("depth.test", "mx_mismatch", ("mx_mismatch", "mx_pattern_unused"),
           body=policy("*.test"), grade="D"),
    Policy("depth-own.test", "mx_mismatch", ("mx_mismatch", "mx_pattern_unused"),
           body=policy("*.none.mx.test"), grade="D"),
    Policy("half-listed.test", "mx_mismatch", ("mx_mismatch",), mx=(HOST, "ee311.mx.test"),
           grade="D"),
    Policy("testing-mismatch.test", "mx_mismatch", ("mx_mismatch", "mx_pattern_unused"),
           body=policy("mx.elsewhere.test", mode="testing")),
    Policy("misnamed.test", "broken", ("mx_certificate_invalid",), body=policy("misnamed.mx.test"),
           mx=("misnamed.mx.test",), grade="D"),
    Policy("half-outdated.test", "broken", ("mx_certificate_invalid",),
           body=policy("half-outdated.mx.test"), mx=("half-outdated.mx.test",), grade="D"),
    Policy("cleartext.test", "broken", ("mx_no_starttls",), body=policy("plainclear.mx.test"),
           mx=("plainclear.mx.test",), grade="F"),
    Policy("dane-only.test", "broken", ("mx_certificate_invalid",),
           body=policy("ee311-private.mx.test"), mx=("ee311-private.mx.test",),
           enforced="dane", grade="D"),
)

# With a short limit of their own, as they take as long as they are let.
ODD_POLICIES = (
    Policy("slow.test", "fetch_failed", ("fetch_timeout",), enforced="unknown",
           action='default_type text/plain; limit_rate 4; return 200 "' +
           policy(HOST).replace("\n", "\\n") + '";'),
    Policy("drip.test", "fetch_failed", ("fetch_timeout",), at="odd", enforced="unknown"),
    Policy("cut.test", "fetch_failed", ("fetch_closed",), at="odd", enforced="unknown"),
    Policy("noise.test", "fetch_failed", ("fetch_malformed",), at="odd"),
)


class Reporting(NamedTuple):
    domain: str
    status: str
    rua: tuple = ()
    txt: tuple = ()
    problems: tuple = ()


REPORTING = (
    Reporting("report.test", "yes", ("mailto:tls@report.test",),
              ('TXT "v=TLSRPTv1; rua=mailto:tls@report.test"',)),
    Reporting("report-two.test", "yes", ("mailto:tls@report.test", "https://report.test/tls"),
              ('TXT "v=TLSRPTv1;rua=mailto:tls@report.test," "https://report.test/tls"',)),
    Reporting("report-absent.test", "no"),
    Reporting("report-twice.test", "no", (), ('TXT "v=TLSRPTv1; rua=mailto:a@report.test"',
                                              'TXT "v=TLSRPTv1; rua=mailto:b@report.test"'),
              ("txt_multiple",)),
    Reporting("report-nowhere.test", "no", (), ('TXT "v=TLSRPTv1;"',), ("no_rua",)),
    Reporting("report-scheme.test", "no", (), ('TXT "v=TLSRPTv1; rua=tls@report.test"',),
              ("bad_rua",)),
)


class Sender(NamedTuple):
    """What a domain publishes about mail in its name: SPF (RFC 7208) and DMARC (RFC 7489)."""
    domain: str
    spf: tuple  # status, all, problems
    dmarc: tuple  # status, policy, inherited
    records: dict = {}  # by the name below it; "" is itself


SENDERS = (
    Sender("sender.test", ("yes", "fail", []), ("yes", "reject", False),
           {"": ('TXT "unrelated"', 'TXT "v=spf1 include:_spf.sender.test" " -all"'),
            "_dmarc.": ('TXT "v=DMARC1; p=reject; sp=quarantine"',)}),
    Sender("below.sender.test", ("no", None, ["txt_bad_syntax"]), ("yes", "quarantine", True),
           {"": ('TXT "v=spf1 ip4:192.0.2 -all"',)}),
    Sender("own.sender.test", ("no", None, ["txt_multiple"]), ("yes", "none", False),
           {"": ('TXT "v=spf1 -all"', 'TXT "v=spf1 ~all"'),
            "_dmarc.": ('TXT "v=DMARC1; p=none"',)}),
    Sender("sender-none.test", ("no", None, []), ("no", None, False)),
)


def leave_out(servers):
    """The tables without the hosts of these servers, and what hangs on them."""
    global HOSTS, DOMAINS, POLICIES
    gone = {host.name for host in HOSTS if set(host.servers) & set(servers)}
    HOSTS = tuple(host for host in HOSTS if host.name not in gone)
    DOMAINS = tuple(domain for domain in DOMAINS if not gone & set(domain.hosts))
    POLICIES = tuple(policy for policy in POLICIES if not gone & set(policy.mx))
