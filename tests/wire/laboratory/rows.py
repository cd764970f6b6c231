"""The results that a scan must give for each domain of the laboratory. Every value follows from the
source that the row names; none was taken from the scanner.
"""
from typing import NamedTuple


class Row(NamedTuple):
    name: str                    # the domain is NAME.lab.test
    source: str                  # where the expected values come from
    grade: str                   # the domain's
    problems: tuple = None       # all problems of the certificate; None: not compared
    findings: tuple = None       # the domain's findings in DECIDING; None: not compared
    versions: str = None         # versions that the server speaks; None: not compared
    dane: str = "none"           # of the domain
    enforced: str = "none"       # enforced_tls
    opportunistic: str = "yes"   # opportunistic_tls
    mail: str = "mx"
    mta_sts: str = "none"
    tls_rpt: str = "no"


# The findings that rows are compared by. Findings that every row has, such as no_enforcement, or
# that come from the laboratory's own certificates, such as no_sct, are left out.
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
