"""Domains whose MX host is a server of its own. The servers differ in versions, suites, key
exchange and what they demand of clients. Each is an instance of Postfix.
"""
import itertools
from typing import NamedTuple

from laboratory.rows import Row

ALL = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
NAMES = dict(zip(ALL, ("TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")))
STRONG = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES"


class Server(NamedTuple):
    """A row and the Postfix parameters of its server. `key` is the kind of the certificate's
    key."""
    row: Row
    parameters: dict
    key: str = "P-256"
    dh_bits: int = None
    has_certificate: bool = True


def suites(text):
    """Sets both cipher lists: Postfix uses one if TLS is mandatory and the other if it is not."""
    return {"tls_medium_cipherlist": text + ":@SECLEVEL=0",
            "tls_high_cipherlist": text + ":@SECLEVEL=0", "smtpd_tls_exclude_ciphers": ""}


def protocols(*spoken):
    names = ", ".join("!" + name for name in ALL if name not in spoken)
    return {"smtpd_tls_protocols": names or ">=TLSv1",
            "smtpd_tls_mandatory_protocols": names or ">=TLSv1"}


def versions():
    """Every combination of versions. TLS 1.0 or 1.1 beside a newer version caps the grade at B (RFC
    8996). Without a newer one it caps at D, because RFC 9325 section 3.1.1 forbids clients to
    negotiate them."""
    for count in range(1, 5):
        for spoken in itertools.combinations(ALL, count):
            numbers = "".join(name[3:].strip("v.").replace(".", "") or "1" for name in spoken)
            modern = "TLSv1.2" in spoken or "TLSv1.3" in spoken
            old = tuple(code for code, name in (("tls10", "TLSv1"), ("tls11", "TLSv1.1"))
                        if name in spoken)
            findings = old + (() if "TLSv1.3" in spoken else ("no_tls13",))
            grade = "D" if not modern else "B" if old else "A"
            yield Server(Row(f"versions-{'-'.join(numbers)}", "RFC 8996; RFC 9325 section 3.1.1",
                             grade, (), findings if modern else None,
                             " ".join(NAMES[name] for name in spoken)),
                         {**suites(STRONG), **protocols(*spoken)})


TLS12, BOTH = ("TLSv1.2",), ("TLSv1.2", "TLSv1.3")

# Name, suites, versions, kind of key, grade, findings, source.
SUITES = (
    ("gcm", "ECDHE+AESGCM", BOTH, "P-256", "A", (), "RFC 9325 section 4.2"),
    ("gcm-rsa", "ECDHE+AESGCM", BOTH, "RSA 2048", "A", (), "RFC 9325 section 4.2"),
    ("chacha", "ECDHE+CHACHA20", BOTH, "P-256", "A", (), "RFC 7905"),
    ("gcm-and-cbc", "ECDHE+AESGCM:ECDHE+AES", TLS12, "P-256", "A", ("no_tls13",),
     "RFC 9325 section 4.2: what is preferred counts"),
    ("cbc-sha2", "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384", TLS12, "P-256", "D", None,
     "RFC 9325 section 4.2; BoringSSL has no CBC with SHA-2: senders with it find nothing"),
    ("cbc-sha1", "ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA", TLS12, "RSA 2048", "B",
     ("no_tls13", "no_aead"), "RFC 9325 section 4.2: AEAD"),
    ("static-rsa-beside", "ECDHE+AESGCM:kRSA+AESGCM", BOTH, "RSA 2048", "B", ("static_rsa_suite",),
     "RFC 9325 section 4.1: no static RSA"),
    ("static-rsa-alone", "kRSA+AESGCM", TLS12, "RSA 2048", "B",
     ("no_tls13", "static_rsa_suite", "no_forward_secrecy"), "RFC 9325 section 4.1"),
    ("static-rsa-cbc-alone", "AES128-SHA:AES256-SHA", TLS12, "RSA 2048", "B",
     ("no_tls13", "static_rsa_suite", "no_forward_secrecy", "no_aead"), "RFC 9325 section 4.1"),
    ("anonymous-beside", "ECDHE+AESGCM:aNULL+AES", BOTH, "P-256", "A", ("anonymous_suite",),
     "RFC 7672 section 8.2: who authenticates never offers them"),
    ("anonymous-beside-rsa", "ECDHE+AESGCM:kRSA+AESGCM:aNULL+AES", BOTH, "RSA 2048", "B",
     ("anonymous_suite", "static_rsa_suite"), "RFC 7672 section 8.2; RFC 9325 section 4.1"),
    ("null-beside", "ECDHE+AESGCM:ECDHE+eNULL", TLS12, "P-256", "D", ("no_tls13", "null_suite"),
     "RFC 9325 section 4.1: MUST NOT; D beside better ones by the policy"),
    ("null-rsa-beside", "ECDHE+AESGCM:kRSA+eNULL", BOTH, "RSA 2048", "D",
     ("null_suite", "static_rsa_suite"), "RFC 9325 section 4.1: MUST NOT; D beside better ones by the policy"),
    ("camellia-alone", "ECDHE-ECDSA-CAMELLIA128-SHA256", TLS12, "P-256", "D", None,
     "RFC 9325 section 4.2; BoringSSL and Go have no Camellia: senders with them find nothing"),
    ("aria-alone", "ECDHE-ARIA128-GCM-SHA256", TLS12, "RSA 2048", "D", None,
     "RFC 9325 section 4.2; BoringSSL and Go have no ARIA: senders with them find nothing"),
    ("ccm-alone", "ECDHE-ECDSA-AES128-CCM", TLS12, "P-256", "D", None,
     "RFC 9325 section 4.2; BoringSSL and Go have no CCM: senders with them find nothing"),
    ("camellia-beside", "ECDHE+AESGCM:ECDHE+CAMELLIA", BOTH, "P-256", "A", (),
     "RFC 9325 section 4.2"),
    ("dhe-alone", "DHE+AESGCM", TLS12, "RSA 2048", "D", None,
     "BoringSSL and Go have no DHE: senders with them find nothing (no_common_suite)"),
    ("dhe-beside", "ECDHE+AESGCM:DHE+AESGCM", BOTH, "RSA 2048", "A", (), "RFC 9325 section 4.5"),
)

# Bits of the DH prime, grade, finding. RFC 9325 section 4.5 wants at least 2048 bits. Logjam
# (CVE-2015-4000) broke 512 and threatens 1024. At Debian's security level OpenSSL 3 takes no prime
# below 1024 bits.
DH_SIZES = ((1024, "B", "small_dh"),
            (1536, "B", "small_dh"), (2048, "A", None), (3072, "A", None))


def suite_rows():
    for name, text, spoken, key, grade, findings, source in SUITES:
        yield Server(Row("suites-" + name, source, grade, None if findings is None else (), findings,
                         " ".join(NAMES[version] for version in spoken)),
                     {**suites(text), **protocols(*spoken)}, key)
    yield Server(Row("suites-anonymous-alone", "RFC 9325 section 4.1; D by the policy: opportunistic "
                     "Postfix encrypts with them", "D", None, None, "TLSv1.2"),
                 {**suites("aNULL+AES"), **protocols(*TLS12)})
    yield Server(Row("suites-null-alone", "RFC 9325 section 4.1: nothing is encrypted", "F", None,
                     None, None, opportunistic=None),
                 {**suites("eNULL:!aNULL"), **protocols(*TLS12)}, "RSA 2048")
    for size, grade, finding in DH_SIZES:
        yield Server(Row(f"dh-{size}", "RFC 9325 section 4.5; CVE-2015-4000", grade, (),
                         ("no_tls13",) + ((finding,) if finding else ())),
                     {**suites("ECDHE+AESGCM:DHE+AESGCM"), **protocols(*TLS12)}, "RSA 2048", size)


def policies():
    """What a Postfix may demand of its clients."""
    strong = {**suites(STRONG), **protocols(*BOTH)}
    yield Server(Row("asks-for-certificate", "RFC 8446 section 4.3.2: no harm", "A", (),
                     ("client_certificate_requested",)),
                 {**strong, "smtpd_tls_ask_ccert": "yes"})
    yield Server(Row("wants-certificate", "RFC 3207 section 4: no public sender has one", "F", None,
                     ("client_certificate_required", "plaintext_mail_refused"), opportunistic="no"),
                 {**strong, "smtpd_tls_security_level": "encrypt", "smtpd_tls_req_ccert": "yes"})
    yield Server(Row("wants-tls", "RFC 3207 section 4: 530 5.7.0", "A", (),
                     ("plaintext_mail_refused",)),
                 {**strong, "smtpd_tls_security_level": "encrypt"})
    yield Server(Row("no-tls", "RFC 3207; RFC 7435 section 1", "F", None, ("no_starttls",),
                     opportunistic="no"), {}, has_certificate=False)
    yield Server(Row("postscreen", "RFC 5321 section 4.2: a greeting of several lines", "A", (), ()),
                 {**strong, "postscreen": True})
    yield Server(Row("rejects-us", "RFC 5321 section 3.1: 554, a refusal of this scanner", "U", None,
                     (), opportunistic="unknown", enforced="none"),
                 {**strong, "smtpd_client_restrictions": "reject"})
    yield Server(Row("no-such-helo", "RFC 5321 section 4.1.4: a name of ours refused is no fault", "U",
                     None, (), opportunistic="unknown"),
                 {**strong, "smtpd_helo_restrictions": "reject", "smtpd_delay_reject": "no"})


def everything():
    for part in (versions, suite_rows, policies):
        yield from part()
