"""What a domain of the laboratory has to come out as. Every value follows from the source that the row
names; `tests/wire/laboratory` never asks the scanner for one.
"""
from typing import NamedTuple


class Row(NamedTuple):
    name: str                    # its domain is NAME.lab.test
    source: str                  # where the expected values come from
    grade: str                   # of the domain
    problems: tuple = None       # all of the certificate's; None: there is none, or not the matter
    findings: tuple = None       # all of the domain's that are in DECIDING; None: not the matter
    versions: str = None         # those that are spoken
    dane: str = "none"           # of the domain
    enforced: str = "none"       # enforced_tls
    opportunistic: str = "yes"   # opportunistic_tls
    mail: str = "mx"
    mta_sts: str = "none"
    tls_rpt: str = "no"


# Findings of a server, a certificate or a domain that a row may be about. What stands in each row alike, as
# no_enforcement, or tells of this laboratory's certificates alone, as no_sct, is not here.
DECIDING = {
    "no_starttls", "ssl3", "tls10", "tls11", "no_tls12", "no_tls13", "null_suite",
    "anonymous_suite", "only_anonymous_suites", "only_broken_suites", "3des_suite", "rc4_suite",
    "static_rsa_suite", "static_dh_suite", "dh_below_1024", "small_dh", "no_forward_secrecy",
    "no_aead", "tls_compression", "handshake_refused", "no_common_suite", "starttls_inconsistent",
    "client_certificate_required", "client_certificate_requested", "starttls_on_some",
    "plaintext_mail_refused", "dane_mismatch", "dane_unusable", "dane_bogus", "dane_partial",
    "mta_sts_broken", "mta_sts_invalid", "mx_is_cname", "mx_is_address", "mx_dangling",
    "mx_not_public", "null_mx", "null_mx_beside_others", "implicit_mx", "no_mail_service",
    "no_such_domain", "dns_failure", "tls_rpt_invalid",
}
