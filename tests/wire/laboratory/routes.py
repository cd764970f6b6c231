"""Domains by their MX records: one to three hosts of different kinds, and unusual DNS records."""
import itertools

from laboratory.rows import Row

# Kinds of hosts and their grades. None: the host cannot be observed.
KINDS = {"good": "A", "old": "B", "expired": "C", "outdated": "D", "clear": "F", "refusing": None,
         "missing": None}
LETTERS = "ABCDF"
WITH_TLS = {"good", "old", "expired", "outdated"}


def host_of(kind):
    return f"{kind}.hosts.lab.test"


def combination(kinds):
    """RFC 5321 section 5.1: a sender takes the next host if one does not answer, so it may use any
    of them. The domain therefore gets the lowest grade that was observed. If some hosts have TLS
    and others do not, it gets D, by the policy's starttls_on_some. A host that refuses connections
    may have TLS, and what was not observed lowers no grade, so D is the lowest beside it, too."""
    observed = [KINDS[kind] for kind in kinds if KINDS[kind]]
    with_tls = [kind for kind in kinds if kind in WITH_TLS]
    without = "clear" in kinds
    if not observed:
        grade, answer = "U", "unknown"
    elif with_tls and without:
        # The host without TLS counts by starttls_on_some only, not by its F.
        grade, answer = "D", "partial"
    elif without and "refusing" in kinds:
        grade, answer = "D", None
    else:
        grade, answer = max(observed, key=LETTERS.index), "no" if without else "yes"
    findings = {"mx_dangling"} if "missing" in kinds else set()
    findings |= {"starttls_on_some"} if with_tls and without else set()
    findings |= {"tls10"} if "old" in kinds else set()
    findings |= {"tls10", "no_tls12"} if "outdated" in kinds else set()
    findings |= {"no_starttls"} if without else set()
    # The answer is not tested here if a host could not be observed.
    answer = answer if len(observed) == len(kinds) else None
    return Row("mx-" + "-".join(kinds), "RFC 5321 section 5.1; the policy's starttls_on_some",
               grade, None, None if "outdated" in kinds else tuple(findings), opportunistic=answer,
               enforced=None if not observed else "none")


def combinations():
    """Yields (row, MX records)."""
    for count in (1, 2, 3):
        for kinds in itertools.combinations(KINDS, count):
            yield combination(kinds), [f"MX {10 * place} {host_of(kind)}."
                                       for place, kind in enumerate(kinds, 1)]


def shapes(address):
    """Yields (row, records). `address` is that of a good server."""
    good = f"MX 10 {host_of('good')}."
    yield Row("null-mx", "RFC 7505 section 3", "N", None, ("null_mx",), mail="null_mx",
              dane=None, enforced=None, opportunistic=None, mta_sts=None, tls_rpt=None), ["MX 0 ."]
    yield Row("null-mx-beside", "RFC 7505 section 3: no null MX then", "A", None,
              ("null_mx_beside_others",)), ["MX 0 .", good]
    yield Row("no-mx-no-address", "RFC 5321 section 5.1", "U", None, ("no_mail_service",),
              mail="none", dane=None, enforced=None, opportunistic="unknown", mta_sts=None,
              tls_rpt=None), ['TXT "v=spf1 -all"']
    yield Row("mx-to-address", "RFC 1035 section 3.3.9: a domain name; no sender resolves it", "U",
              None, ("mx_is_address",), dane=None, enforced=None,
              opportunistic="unknown"), [f"MX 10 {address}."]
    yield Row("mx-to-address-beside", "RFC 1035 section 3.3.9", "A", None, ("mx_is_address",)), \
        [f"MX 20 {address}.", good]
    yield Row("mx-to-alias", "RFC 2181 section 10.3; RFC 9525 section 6.1: the name that the MX record "
              "has is checked, which the certificate of its target lacks", "C", None,
              ("mx_is_cname",)), ["MX 10 alias.hosts.lab.test."]
    yield Row("mx-to-private", "RFC 6890 section 2.2.2: no sender gets there, and the scanner must not",
              "U", None, ("mx_not_public",), dane=None, enforced=None,
              opportunistic="unknown"), ["MX 10 private.hosts.lab.test."]
    yield Row("mx-to-link-local", "RFC 3927: the address of metadata services", "U", None,
              ("mx_not_public",), dane=None, enforced=None,
              opportunistic="unknown"), ["MX 10 metadata.hosts.lab.test."]
    yield Row("mx-to-private-beside", "RFC 6890 section 2.2.2", "A", None, ("mx_not_public",),
              opportunistic=None), ["MX 20 private.hosts.lab.test.", good]
    yield Row("two-preferences", "RFC 5321 section 5.1: one host is one host", "A", None, ()), \
        ["MX 20 " + host_of("good") + ".", good]
    yield Row("equal-preferences", "RFC 5321 section 5.1: chosen by chance", "D", None,
              ("starttls_on_some", "no_starttls"), opportunistic="partial"), [good, f"MX 10 {host_of('clear')}."]


HOSTS = {"alias": f"CNAME {host_of('good')}.", "private": "A 10.1.2.3", "metadata": "A 169.254.169.254"}


# ---- Records of a domain beside its MX


def policies():
    """Yields (row, TXT records at _mta-sts, TXT records at _smtp._tls)."""
    for name, status, record in (
            ("plain", "yes", ['TXT "v=TLSRPTv1;rua=mailto:r@lab.test"']),
            ("spaces", "yes", ['TXT "v=TLSRPTv1; rua=mailto:r@lab.test; "']),
            ("https", "yes", ['TXT "v=TLSRPTv1;rua=https://lab.test/r"']),
            ("two-uris", "yes", ['TXT "v=TLSRPTv1;rua=mailto:r@lab.test,https://lab.test/r"']),
            ("two-fields", "yes", ['TXT "v=TLSRPTv1;rua=mailto:r@lab.test;rua=mailto:s@lab.test"']),
            ("two-strings", "yes", ['TXT "v=TLSRPTv1;rua=mail" "to:r@lab.test"']),
            ("extension", "yes", ['TXT "v=TLSRPTv1;rua=mailto:r@lab.test;x=1"']),
            ("beside-spf", "yes", ['TXT "v=spf1 -all"', 'TXT "v=TLSRPTv1;rua=mailto:r@lab.test"']),
            ("none", "no", []),
            ("other-text", "no", ['TXT "v=spf1 -all"']),
            ("no-rua", "no", ['TXT "v=TLSRPTv1;"']),
            ("other-version", "no", ['TXT "v=TLSRPTv2;rua=mailto:r@lab.test"']),
            ("lower-case-version", "no", ['TXT "v=tlsrptv1;rua=mailto:r@lab.test"']),
            ("version-last", "no", ['TXT "rua=mailto:r@lab.test;v=TLSRPTv1"']),
            ("two-records", "no", ['TXT "v=TLSRPTv1;rua=mailto:r@lab.test"',
                                   'TXT "v=TLSRPTv1;rua=mailto:s@lab.test"']),
            ("no-scheme", "no", ['TXT "v=TLSRPTv1;rua=r@lab.test"']),
            ("http", "no", ['TXT "v=TLSRPTv1;rua=http://lab.test/r"'])):
        yield Row("report-" + name, "RFC 8460 section 3", "A", tls_rpt=status), [], record
    for name, status, record in (
            ("none", "none", []),
            ("other-text", "none", ['TXT "v=spf1 -all"']),
            ("other-version", "none", ['TXT "v=STSv2; id=1;"']),
            ("no-id", "invalid_record", ['TXT "v=STSv1;"']),
            ("empty-id", "invalid_record", ['TXT "v=STSv1; id=;"']),
            ("long-id", "invalid_record", [f'TXT "v=STSv1; id={"a" * 33};"']),
            ("id-with-dash", "invalid_record", ['TXT "v=STSv1; id=2026-01-01;"']),
            ("two-records", "invalid_record", ['TXT "v=STSv1; id=1;"', 'TXT "v=STSv1; id=2;"']),
            ("no-host", "fetch_failed", ['TXT "v=STSv1; id=1;"'])):
        yield Row("sts-" + name, "RFC 8461 section 3.1", "A", mta_sts=status), record, []
