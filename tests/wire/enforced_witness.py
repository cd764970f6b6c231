"""What others make of the same hosts and policies: Postfix's posttls-finger and ldns-dane on DANE, the
MTA-STS resolver that Postfix is run with on policies, drill on what the resolver vouches for. (GnuTLS's
danetool has nothing to say: the resolver inside it keeps "test." to itself, as RFC 6761 wants.)
"""
import os
import re
from concurrent.futures import ThreadPoolExecutor

from processes import Trouble, run

AT_ONCE = 4
# Of TLSA records, and of addresses.
LOOKUP_ERROR = re.compile(r"TLSA lookup error|address lookup failed: .*Host not found, try again")


def at_once(function, things):
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(function, things))


class Dane:
    """posttls-finger with the policy "dane-only", which is not content with less, and "dane", which
    goes on without where it may."""

    def __init__(self, lab):
        self.environment = {**os.environ, "MAIL_CONFIG": lab.postfix.folder}

    def at_ease(self, host):
        """What "dane" makes of a host: "verified", "put off" or "not verified"."""
        text = self._say(host, "dane")
        if LOOKUP_ERROR.search(text):
            return "put off"
        return "verified" if "Verified TLS connection" in text else "not verified"

    def _say(self, host, level):
        return run(["posttls-finger", "-c", "-t", "10", "-T", "10", "-l", level, f"[{host}]"],
                   env=self.environment).stdout

    def verdict(self, host):
        """("valid", "3 1 1"), ("mismatch", None), ("unusable", ...), ("none", ...), ("error", ...),
        ("no TLS", ...) of a host by itself, no MX."""
        text = self._say(host, "dane-only")
        if LOOKUP_ERROR.search(text):
            return "error", None
        if "no usable TLSA records found" in text or "all TLSA records unusable" in text:
            return "unusable", None
        if "no TLSA records found" in text:
            return "none", None
        # Postfix 3.9 and later takes a raw public key (RFC 7250) if the records allow one.
        matched = re.search(r"Matched DANE (?:raw public key|(?:EE certificate|TA certificate|"
                            r"TA public key verified certificate) at depth \d): (\d \d \d)", text)
        if matched and "Verified TLS connection" in text:
            return "valid", matched.group(1)
        if "TLS connection established" in text:
            return "mismatch", None
        if text.strip():
            raise Trouble(f"posttls-finger to {host}: {text}")
        return "no TLS", None


class LdnsDane:
    """ldns-dane speaks no SMTP: it is told the chains that the server sends, both where it has two."""

    def __init__(self, lab):
        self.port = str(lab.port)

    def verdict(self, host, chains, with_name):
        """"valid" if each chain matches the records of the host, else "mismatch". Without being told
        it would want the name in a certificate of usage 3 too."""
        options = [] if with_name else ["-n"]
        return "valid" if all(self._matches(host, chain, options) for chain in chains) \
            else "mismatch"

    def _matches(self, host, chain, options):
        text = run(["ldns-dane", "-r", "127.0.0.1", *options, "-c", chain, "verify", host,
                    self.port]).stdout
        found = re.search(r"(dane-validated successfully|did not dane-validate)", text)
        if found is None:
            raise Trouble(f"ldns-dane of {host}: {text}")
        return found.group(1).startswith("dane-validated")


class MtaSts:
    """mta-sts-query: the mode of the policy, "none" without one, "error" where it cannot be had."""

    def __init__(self, lab):
        self.environment = {**os.environ, "SSL_CERT_FILE": lab.pki.root_file}

    def verdict(self, domain):
        text = run(["mta-sts-query", domain], env=self.environment).stdout
        found = re.search(r"STSFetchResult\.(\w+).*?(?:'mode': '(\w+)'|$)", text, re.M)
        if found is None:
            raise Trouble(f"mta-sts-query {domain}: {text}")
        result, mode = found.groups()
        return {"VALID": mode, "NONE": "none", "FETCH_ERROR": "error"}[result]


def secure(name, kind):
    """(RCODE, whether the resolver vouches for the answer), by drill."""
    text = run(["drill", "-o", "AD", name, kind, "@127.0.0.1"]).stdout
    code = re.search(r"rcode: (\w+)", text)
    flags = re.search(r"^;; flags: ([a-z ]+)", text, re.M)
    if code is None or flags is None:
        raise Trouble(f"drill {name} {kind}: {text}")
    return code.group(1), "ad" in flags.group(1).split()
