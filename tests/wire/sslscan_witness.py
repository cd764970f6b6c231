"""What sslscan gets from a server. It writes hellos of its own, beside handshakes of OpenSSL's
library: SSLv2, SSLv3 and suites that the library has dropped are within its reach.

What it cannot say: whether a server compresses, as Debian's OpenSSL is built without; hybrid
groups, which the packaged version does not know; which suites a server takes in SSLv2 and SSLv3, as
it asks for no more than the version. It calls renegotiation secure where a server lets it
renegotiate in TLS 1.0: its no says nothing.
"""
import functools
import hashlib
import ssl
import xml.etree.ElementTree

import suite_witness
from processes import Trouble, run
from witness import PEM

SECONDS = 60
# Its own time-out of 3 s is too short for Mbed TLS 3, which may take 5 s for a key of ffdhe8192.
PATIENCE = "--timeout=15"
NOTHING_MORE = ("--no-ciphersuites", "--no-renegotiation", "--no-check-certificate")


def _sslscan(address, port, starttls, host, *options):
    command = ["sslscan", "--xml=-", "--no-heartbleed", "--no-fallback", "--no-compression",
               "--sni-name=" + host, *options, *(["--starttls-smtp"] if starttls else []),
               f"{address}:{port}"]
    text = run(command, seconds=SECONDS, stderr=None).stdout
    try:
        test = xml.etree.ElementTree.fromstring(text).find("ssltest")
    except xml.etree.ElementTree.ParseError as wrong:
        raise Trouble(f"sslscan of {address}:{port}: {wrong}\n{text}") from wrong
    if test is None:
        raise Trouble(f"sslscan sees no server at {address}:{port}:\n{text}")
    return test


@functools.cache
def _iana_names():
    return {openssl: iana for iana, openssl in suite_witness.openssl_suites().items()}


def _iana(name):
    """It has IANA's names itself for what OpenSSL's library does not know."""
    return name if name.startswith("TLS_") else _iana_names()[name]


class Sslscan:
    """`versions` ({"SSLv2": "no", ...}), `suites`, `groups` (in TLS 1.3) and `curves` (in the
    newest version below) as sets, `renegotiates`, `dh_bits` (the fewest, or None), and of the certificate
    `sha256` and `rsa_bits` (None: not RSA)."""

    def __init__(self, address, port, starttls, host, curves=True):
        place = address, port, starttls, host
        seen = _sslscan(*place, "--no-groups", "--show-certificate")
        self.versions = {f"{row.get('type').upper()}v{row.get('version')}":
                         "yes" if row.get("enabled") == "1" else "no"
                         for row in seen.findall("protocol")}
        suites = seen.findall("cipher")
        self.suites = {_iana(row.get("cipher")) for row in suites}
        self.dh_bits = min((int(row.get("dhebits")) for row in suites if row.get("dhebits")),
                           default=None)
        self.renegotiates = seen.find("renegotiation").get("secure") == "1"
        self.sha256, self.rsa_bits = self._certificate(seen)
        # It takes each record for one message: where there are more in one it waits for the next,
        # curve by curve.
        groups = _sslscan(*place, PATIENCE, *NOTHING_MORE, *([] if curves else ["--tls13"])).findall("group")
        self.groups = self._names(row for row in groups if row.get("sslversion") == "TLSv1.3")
        self.curves = self._names(row for row in groups if row.get("sslversion") != "TLSv1.3")

    @staticmethod
    def _names(rows):
        return {row.get("name").split(" ")[0] for row in rows}

    @staticmethod
    def _certificate(seen):
        blob = seen.findtext(".//certificate-blob")
        if blob is None:
            return None, None
        der = ssl.PEM_cert_to_DER_cert(PEM.search(blob).group())
        key = seen.find(".//certificate[@type='short']/pk")
        bits = int(key.get("bits")) if key.get("type") == "RSA" else None
        return hashlib.sha256(der).hexdigest(), bits
