"""What gnutls-cli gets from a server, one handshake each. It shares no code with the scanner, nor
with OpenSSL. Debian's has TLS 1.0 to 1.3, and no other groups than these, no hybrid one among them.
"""
import hashlib
import re
import ssl
import subprocess

from processes import run_until
from witness import OPENSSL_OPTION, PEM

VERSIONS = tuple(OPENSSL_OPTION)
# By the names of IANA; its own are the same in capitals.
CURVES_TLS13 = ("secp256r1", "secp384r1", "secp521r1", "x25519", "x448")
# RFC 8446 section 4.2.7 has no numbers for the first two.
CURVES = ("secp192r1", "secp224r1", *CURVES_TLS13)
GROUPS_TLS13 = (*CURVES_TLS13, "ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192")


def gnutls_cli(address, port, starttls, priority):
    """What it prints as far as the end of the handshake: Exim lets it wait for the goodbye."""
    command = ["gnutls-cli", "--insecure", "--print-cert", "--priority",
               "NORMAL:%VERIFY_ALLOW_SIGN_WITH_SHA1:" + priority, "-p", str(port), address]
    if starttls:
        command.append("--starttls-proto=smtp")
    # What it has to say on stderr would come amid the certificates.
    return run_until(command, "^- Handshake was completed", stderr=subprocess.DEVNULL)


def only(version):
    return "-VERS-ALL:+VERS-" + version.replace("v", "")


def described(text):
    """("TLS1.3", its group or "") of the handshake, None where there was none."""
    found = re.search(r"Description: \((TLS\d\.\d)-X\.509\)-\((\w+(?:-\w+)?)\)", text)
    return found and (found.group(1), found.group(2).partition("-")[2])


class Gnutls:
    """`versions` ({"TLSv1.0": "no", ...}), `groups` (in TLS 1.3) and `curves` (in TLS 1.2) as sets,
    `chain` (SHA-256 of the certificates as sent), and of TLS 1.2 `ems` and `secure_renegotiation`,
    None where there is none. `beside` is the curve that the certificate needs."""

    def __init__(self, address, port, starttls, beside=None):
        self.place = address, port, starttls
        texts = {version: gnutls_cli(*self.place, only(version)) for version in VERSIONS}
        self.versions = {version: "yes" if described(text) else "no"
                         for version, text in texts.items()}
        self.ems = self.secure_renegotiation = None
        if described(texts["TLSv1.2"]):
            options = re.search(r"^- Options:(.*)$", texts["TLSv1.2"], re.M).group(1)
            self.ems = "yes" if "extended master secret" in options else "no"
            self.secure_renegotiation = "yes" if "safe renegotiation" in options else "no"
        self.groups = {name for name in GROUPS_TLS13 if self._takes(only("TLSv1.3"), name)}
        ecdhe = only("TLSv1.2") + ":-KX-ALL:+ECDHE-RSA:+ECDHE-ECDSA"
        self.curves = {name for name in CURVES if self._takes(ecdhe, name, beside)}
        shown = next((PEM.findall(text) for text in texts.values() if described(text)), [])
        self.chain = [hashlib.sha256(ssl.PEM_cert_to_DER_cert(one)).hexdigest() for one in shown]

    def _takes(self, priority, group, beside=None):
        offer = dict.fromkeys(filter(None, (group, beside)))
        names = "".join(f":+GROUP-{name.upper()}" for name in offer)
        seen = described(gnutls_cli(*self.place, f"{priority}:-GROUP-ALL{names}"))
        return seen is not None and seen[1] == group.upper()

    def look_again(self, groups):
        """A handshake may fail for want of time on a busy machine: tries those groups of TLS 1.3 once
        more that it did not get."""
        self.groups |= {name for name in groups - self.groups
                        if self._takes(only("TLSv1.3"), name)}
