"""What others see on the same server: OpenSSL's and GnuTLS's command line clients. They share no
code with the scanner, so what all agree on is true of the server.
"""
import base64
import hashlib
import re
import ssl

from processes import Trouble, run

OPENSSL_OPTION = {"TLSv1.0": "-tls1", "TLSv1.1": "-tls1_1", "TLSv1.2": "-tls1_2",
                  "TLSv1.3": "-tls1_3"}
EHLO = "witness.test"
PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", re.S)


def s_client(address, port, *options):
    at = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    return run(["openssl", "s_client", "-connect", at, "-starttls", "smtp",
                "-name", EHLO, *options], text_in="QUIT\r\n").stdout


def openssl_speaks(address, port, version):
    text = s_client(address, port, OPENSSL_OPTION[version], "-cipher", "ALL:@SECLEVEL=0")
    found = re.search(r"Cipher is (\S+)", text)
    if found is None:
        raise Trouble(f"openssl s_client to {address} says nothing of a cipher:\n{text}")
    return found.group(1) != "(NONE)"


def gnutls_speaks(address, port, version):
    priority = "NORMAL:%VERIFY_ALLOW_SIGN_WITH_SHA1:-VERS-ALL:+VERS-" + version.replace("v", "")
    text = run(["gnutls-cli", "--starttls-proto=smtp", "--insecure", "--priority", priority,
                "-p", str(port), address], text_in="QUIT\r\n").stdout
    return f"Description: ({version.replace('v', '')}" in text


def versions(address, port):
    """{"TLSv1.0": "yes", ...}. The witnesses must agree."""
    seen = {}
    for version in OPENSSL_OPTION:
        verdicts = {openssl_speaks(address, port, version), gnutls_speaks(address, port, version)}
        if len(verdicts) != 1:
            raise Trouble(f"openssl and gnutls disagree on {version} at {address}")
        seen[version] = "yes" if verdicts.pop() else "no"
    return seen


def takes_suites(address, port, suites):
    """Does a handshake of TLS 1.2 succeed with only these suites on offer?"""
    text = s_client(address, port, "-tls1_2", "-cipher", suites + ":@SECLEVEL=0")
    return "Cipher is (NONE)" not in text and "Cipher is" in text


class Chain:
    """The certificates that the server sends, and OpenSSL's own verdicts on them."""

    def __init__(self, folder, address, port, host, root_file, *options):
        self.folder = folder
        self.root_file = root_file
        text = s_client(address, port, "-showcerts", "-servername", host, "-cipher",
                        "ALL:@SECLEVEL=0", *options)
        self.certificates = PEM.findall(text)
        if not self.certificates:
            raise Trouble(f"openssl s_client got no certificate from {address}:\n{text}")
        self.leaf = self.certificates[0]

    def sha256(self):
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.leaf)).hexdigest()

    def spki_sha256(self):
        key = run(["openssl", "x509", "-noout", "-pubkey"], text_in=self.leaf).stdout
        body = "".join(key.split("\n")[1:-2])
        return hashlib.sha256(base64.b64decode(body)).hexdigest()

    def is_named(self, host):
        """The name alone, whatever the chain is worth."""
        return "does match" in run(["openssl", "x509", "-noout", "-checkhost", host],
                                   text_in=self.leaf).stdout

    def verify_error(self, *options):
        """OpenSSL's error number, 0 where it is content."""
        for name, content in (("leaf", self.leaf), ("sent", "".join(self.certificates))):
            with open(f"{self.folder}/witness.{name}", "w", encoding="ascii") as stream:
                stream.write(content)
        text = run(["openssl", "verify", "-purpose", "sslserver", "-CAfile", self.root_file,
                    "-untrusted", f"{self.folder}/witness.sent", *options,
                    f"{self.folder}/witness.leaf"]).stdout
        found = re.search(r"^error (\d+) at", text, re.M)
        if found is None and not text.rstrip().endswith(": OK"):
            raise Trouble("openssl verify: " + text)
        return int(found.group(1)) if found else 0
