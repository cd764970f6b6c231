"""What openssl s_client sees of a mail service, by its name as --services has it."""
import re

from processes import run
from witness import OPENSSL_OPTION, PEM

STARTTLS = {"imap": "imap", "pop3": "pop3", "sieve": "sieve", "smtp": "smtp",
            "submission": "smtp"}
IMPLICIT = ("imaps", "pop3s", "submissions")


def s_client(service, address, port, *options):
    starttls = ["-starttls", STARTTLS[service]] if service in STARTTLS else []
    return run(["openssl", "s_client", "-connect", f"{address}:{port}", *starttls, *options],
               text_in="").stdout


def versions(service, address, port):
    """{"TLSv1.0": "yes", ...}"""
    seen = {}
    for version, option in OPENSSL_OPTION.items():
        text = s_client(service, address, port, option, "-cipher", "ALL:@SECLEVEL=0")
        speaks = "Cipher is (NONE)" not in text and "Cipher is" in text
        seen[version] = "yes" if speaks else "no"
    return seen


def certificate_sha256(service, address, port):
    """Of the certificate that is shown, in hex."""
    shown = PEM.findall(s_client(service, address, port, "-showcerts"))
    digest = run(["openssl", "x509", "-noout", "-fingerprint", "-sha256"], text_in=shown[0]).stdout
    return re.sub(r".*=|:|\s", "", digest).lower()
