#!/usr/bin/env python3
"""`mxgrade verify` beside `openssl verify`, on chains made with the openssl command line.

Each case says what mxgrade has to find. Where both judge the same question (trust, dates, purpose,
constraints, name) the two verdicts must agree as well; a case that differs on purpose says why.
The program is $MXGRADE (default ./mxgrade). Nothing here needs a network.
"""
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import time

MXGRADE = os.path.abspath(os.environ.get("MXGRADE", "./mxgrade"))
DAY = 86400
HOST = "mx.example.org"
SENT_MAX = 32  # certificates that are looked at

# OpenSSL's names where they are not those of the RFCs.
SPELLINGS = {"rsassaPss": "RSASSA-PSS", "ED25519": "Ed25519", "ED448": "Ed448"}

CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
IDS = "subjectKeyIdentifier=hash\n"
AKI = "authorityKeyIdentifier=keyid\n"
SAN = f"subjectAltName=DNS:{HOST},DNS:*.wild.example.org,IP:192.0.2.25,IP:2001:db8::25\n"
LEAF = "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\n" \
       "extendedKeyUsage=serverAuth\n" + SAN


def run(*arguments, **options):
    return subprocess.run(arguments, capture_output=True, text=True, **options)


def must(*arguments):
    done = run(*arguments)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stderr}")


def run_bytes(*arguments):
    return subprocess.run(arguments, capture_output=True, check=True).stdout


class Pki:
    """Certificates by name; each is made once, in one folder."""

    def __init__(self, folder):
        self.folder = folder
        self.serial = 1000
        self.descriptions = {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def key(self, name, kind="EC"):
        kinds = {"EC": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
                 "P-384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
                 "brainpool": ["-algorithm", "EC", "-pkeyopt",
                               "ec_paramgen_curve:brainpoolP256r1"],
                 "P-224": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-224"],
                 "RSA": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
                 "RSA1024": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
                 "ED25519": ["-algorithm", "ED25519"], "ED448": ["-algorithm", "ED448"]}
        path = self.path(name + ".key")
        if not os.path.exists(path):
            must("openssl", "genpkey", *kinds[kind], "-out", path)
        return path

    def make(self, name, issuer=None, extensions="", days=365, subject=None, key=None, kind="EC",
             digest="-sha256", key_of=None, more=(), serial=None):
        """A certificate `name`, signed by the certificate `issuer`, by itself if None."""
        key_path = self.key(key or name, kind)
        self.serial += 1
        extension_file = self.path(name + ".ext")
        with open(extension_file, "w", encoding="ascii") as file:
            file.write(extensions or "")
        request = self.path(name + ".csr")
        must("openssl", "req", "-new", "-key", key_path, "-subj", subject or f"/O=Test/CN={name}",
             "-out", request, "-utf8")
        arguments = ["openssl", "x509", "-req", "-in", request, "-out", self.path(name + ".pem"),
                     "-days", str(days), "-set_serial", str(serial or self.serial), *more]
        if extensions is not None:  # without any it is of version 1
            arguments += ["-extfile", extension_file]
        if digest:
            arguments.append(digest)
        if issuer is None:
            arguments += ["-signkey", key_path]
        else:
            arguments += ["-CA", self.path(issuer + ".pem"),
                          "-CAkey", self.key(key_of or issuer)]
        must(*arguments)

    def bundle(self, name, members):
        with open(self.path(name), "w", encoding="ascii") as out:
            for member in members:
                with open(self.path(member + ".pem"), encoding="ascii") as file:
                    out.write(file.read())
        return self.path(name)

    def described(self, name):
        """(subject, signature algorithm) by openssl"""
        if name not in self.descriptions:
            text = run("openssl", "x509", "-in", self.path(name + ".pem"), "-noout", "-subject",
                       "-text", "-nameopt", "RFC2253,utf8,-esc_msb").stdout
            subject = re.search(r"^subject=(.*)$", text, re.M).group(1)
            algorithm = re.search(r"Signature Algorithm: (\S+)", text).group(1)
            self.descriptions[name] = subject, SPELLINGS.get(algorithm, algorithm)
        return self.descriptions[name]

    def corrupt(self, name, original):
        """The same certificate with one bit of its signature turned."""
        der = bytearray(run_bytes("openssl", "x509", "-in", self.path(original + ".pem"),
                                  "-outform", "DER"))
        der[-5] ^= 1
        with open(self.path(name + ".der"), "wb") as file:
            file.write(der)
        with open(self.path(name + ".pem"), "w", encoding="ascii") as file:
            file.write("-----BEGIN CERTIFICATE-----\n")
            file.write(base64.encodebytes(bytes(der)).decode("ascii"))
            file.write("-----END CERTIFICATE-----\n")


def make_oddities(pki):
    """What a strict reader of RFC 5280 finds wrong, and what only looks so."""
    limit = "nameConstraints=critical,"
    pki.make("p224", "inter", LEAF + AKI, kind="P-224")
    pki.make("rsa-inter", "root", CA + IDS + AKI, kind="RSA")
    pki.make("pss", "rsa-inter", LEAF + AKI,
             more=["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"])
    pki.make("md5", "rsa-inter", LEAF + AKI, digest="-md5")
    pki.make("zero", "inter", LEAF + AKI, serial="0x00")
    pki.make("negative", "inter", LEAF + AKI, serial="-5")
    pki.make("long-serial", "inter", LEAF + AKI, serial="0x" + "7f" * 30)
    pki.make("v1-ca", "root", None)
    pki.make("under-v1", "v1-ca", LEAF)
    pki.make("client-ca", "root", CA + IDS + AKI + "extendedKeyUsage=clientAuth\n")
    pki.make("under-client", "client-ca", LEAF + AKI)
    pki.make("no-sign-ca", "root", CA.replace("keyCertSign,", "") + IDS + AKI)
    pki.make("under-no-sign", "no-sign-ca", LEAF + AKI)
    pki.make("odd-ca", "root", CA + IDS + AKI + "1.3.6.1.4.1.99999.1=critical,ASN1:NULL\n")
    pki.make("under-odd", "odd-ca", LEAF + AKI)
    pki.make("wrong-aki", "inter", LEAF + "2.5.29.35=DER:30:06:80:04:DE:AD:BE:EF\n")
    pki.make("any-purpose", "inter",
             LEAF.replace("serverAuth", "anyExtendedKeyUsage") + AKI)
    pki.make("no-purpose", "inter", LEAF.replace("extendedKeyUsage=serverAuth\n", "") + AKI)
    pki.make("pathlen-leaf", "short", LEAF + AKI)
    pki.make("net-ca", "root", CA + IDS + AKI + limit +
             "permitted;DNS:example.org,permitted;IP:192.0.2.0/255.255.255.0,"
             "permitted;IP:2001:db8::/ffff:ffff:0:0:0:0:0:0\n")
    pki.make("in-net", "net-ca", LEAF + AKI)
    pki.make("out-of-net", "net-ca", LEAF.replace("192.0.2.25", "198.51.100.25") + AKI)
    pki.make("not-here-ca", "root", CA + IDS + AKI + limit + "excluded;DNS:example.org\n")
    pki.make("not-here", "not-here-ca", LEAF + AKI)
    pki.make("hole-ca", "root", CA + IDS + AKI + limit + "excluded;DNS:bad.wild.example.org\n")
    pki.make("hole", "hole-ca", LEAF + AKI)


def make_all(pki):
    pki.make("root", extensions=CA + IDS, days=3650)
    pki.make("inter", "root", CA + IDS + AKI, days=1000)
    pki.make("sub", "inter", CA + IDS + AKI, days=1000)
    pki.make("leaf", "inter", LEAF + AKI, days=90)
    pki.make("deep", "sub", LEAF + AKI)
    pki.make("rsa", "inter", LEAF + AKI, kind="RSA")
    pki.make("p384", "inter", LEAF + AKI, kind="P-384", digest="-sha384")
    pki.make("ed25519", "inter", LEAF + AKI, kind="ED25519")
    pki.make("ed448", "inter", LEAF + AKI, kind="ED448")
    pki.make("brainpool", "inter", LEAF + AKI, kind="brainpool")
    pki.make("small", "inter", LEAF + AKI, kind="RSA1024")
    pki.make("sha1", "inter", LEAF + AKI, digest="-sha1")
    pki.make("self", extensions=LEAF, subject=f"/CN={HOST}")
    pki.make("foreign", extensions=CA + IDS, days=3650)
    pki.make("stray", "foreign", LEAF + AKI)
    pki.make("client", "inter", LEAF.replace("serverAuth", "clientAuth") + AKI)
    pki.make("signer", "inter", LEAF.replace("digitalSignature", "keyCertSign") + AKI)
    pki.make("nosan", "inter", LEAF.replace(SAN, "") + AKI, subject=f"/CN={HOST}")
    pki.make("other", "inter", LEAF.replace(HOST, "mx.example.net") + AKI)
    pki.make("critical", "inter", LEAF + AKI + "1.3.6.1.4.1.99999.1=critical,ASN1:NULL\n")
    pki.make("short", "root", CA.replace("CA:TRUE", "CA:TRUE,pathlen:0") + IDS + AKI)
    pki.make("toolong", "short", CA + IDS + AKI)
    pki.make("overlong", "toolong", LEAF + AKI)
    pki.make("narrow", "root", CA + IDS + AKI + "nameConstraints=critical,permitted;DNS:example.net\n")
    pki.make("outside", "narrow", LEAF + AKI)
    pki.make("notca", "root", "basicConstraints=critical,CA:FALSE\n" + IDS + AKI)
    pki.make("undernotca", "notca", LEAF + AKI)
    pki.make("brief", "root", CA + IDS + AKI, days=10)
    pki.make("longer", "brief", LEAF + AKI, days=100)
    # The same authority twice: once under the trusted root, once under a root nobody knows.
    pki.make("cross-foreign", "foreign", CA + IDS + AKI, subject="/CN=Cross", key="cross")
    pki.make("cross-root", "root", CA + IDS + AKI, subject="/CN=Cross", key="cross")
    pki.make("crossed", "cross-root", LEAF + AKI, key_of="cross")
    # A namesake of the intermediate with another key, and no key identifiers to tell them apart.
    pki.make("twin-a", "root", CA, subject="/CN=Twin")
    pki.make("twin-b", "root", CA, subject="/CN=Twin")
    pki.make("twinned", "twin-b", LEAF)
    pki.make("intl", "inter", LEAF + AKI,
             subject="/C=DE/O=M\u00fcller, S\u00f6hne/CN=mx \\+ co")
    pki.corrupt("broken", "leaf")
    pki.corrupt("broken-inter", "inter")


# name, chain, problems mxgrade must find, options
CASES = [
    ("a healthy chain", ["leaf", "inter"], [], {}),
    ("a chain through two intermediates", ["deep", "sub", "inter"], [], {}),
    ("an RSA leaf", ["rsa", "inter"], [], {}),
    ("a P-384 leaf", ["p384", "inter"], [], {}),
    ("an Ed25519 leaf", ["ed25519", "inter"], [], {}),
    ("an Ed448 leaf, a key BoringSSL does not know", ["ed448", "inter"], [], {}),
    ("a brainpool leaf, a curve BoringSSL does not know", ["brainpool", "inter"], [], {}),
    ("the root included", ["leaf", "inter", "root"], [], {}),
    ("the wrong order", ["deep", "inter", "root", "sub"], [], {}),
    ("duplicates", ["deep", "sub", "sub", "inter", "deep", "inter"], [], {}),
    ("strangers in between", ["leaf", "foreign", "stray", "self", "inter"], [], {}),
    ("forty certificates", ["leaf", "inter"] + ["stray"] * 38, [], {}),
    ("a missing intermediate", ["leaf"], ["incomplete_chain"], {}),
    ("a missing intermediate and a stranger", ["leaf", "foreign"], ["incomplete_chain"], {}),
    ("a missing intermediate given apart", ["leaf"], [], {"extra": ["inter"]}),
    ("two files of intermediates", ["deep"], [], {"extra": ["sub", "inter"]}),
    ("self-signed", ["self"], ["self_signed"], {}),
    ("self-signed and trusted as such", ["self"], [], {"ca": ["self"]}),
    ("a root nobody knows, sent", ["stray", "foreign"], ["untrusted_root"], {}),
    ("a root nobody knows, not sent", ["stray"], ["incomplete_chain"], {}),
    ("a corrupted leaf signature", ["broken", "inter"], ["untrusted_root"], {}),
    ("a corrupted intermediate signature", ["leaf", "broken-inter"], ["untrusted_root"], {}),
    ("expired", ["leaf", "inter"], ["expired"], {"day": 200}),
    ("not yet valid", ["leaf", "inter"], ["not_yet_valid"], {"day": -2}),
    ("an expired intermediate", ["longer", "brief"], ["expired"], {"day": 50}),
    ("expired, another host, no intermediate", ["leaf"],
     ["incomplete_chain", "expired", "name_mismatch"], {"day": 200, "host": "mx.example.com"}),
    ("another host", ["other", "inter"], ["name_mismatch"], {}),
    ("a common name alone", ["nosan", "inter"], ["name_mismatch", "cn_only"],
     {"differs": "OpenSSL falls back to the CN, RFC 9525 section 2 does not"}),
    ("a wildcard for one label", ["leaf", "inter"], [], {"host": "a.wild.example.org"}),
    ("a wildcard for no label", ["leaf", "inter"], ["name_mismatch"], {"host": "wild.example.org"}),
    ("a wildcard for two labels", ["leaf", "inter"], ["name_mismatch"],
     {"host": "a.b.wild.example.org"}),
    ("an IPv4 address", ["leaf", "inter"], [], {"host": "192.0.2.25"}),
    ("an IPv6 address", ["leaf", "inter"], [], {"host": "2001:db8::25"}),
    ("another IPv4 address", ["leaf", "inter"], ["name_mismatch"], {"host": "192.0.2.26"}),
    ("no name to check", ["other", "inter"], [], {"host": None}),
    ("a small RSA key", ["small", "inter"], ["weak_key"], {}),
    ("a SHA-1 signature", ["sha1", "inter"], ["weak_signature"], {}),
    ("for clients only", ["client", "inter"], ["bad_purpose"], {}),
    ("for signing certificates only", ["signer", "inter"], ["bad_purpose"], {}),
    ("an unknown critical extension", ["critical", "inter"], ["constraint_violation"], {}),
    ("a path longer than allowed", ["overlong", "toolong", "short"], ["constraint_violation"], {}),
    ("a name outside of what the CA may name", ["outside", "narrow"],
     ["constraint_violation"], {}),
    ("an issuer that is no CA", ["undernotca", "notca"], ["constraint_violation"], {}),
    ("a cross-signed intermediate, the known way first", ["crossed", "cross-root", "cross-foreign"],
     [], {}),
    ("a cross-signed intermediate, the unknown way first",
     ["crossed", "cross-foreign", "cross-root", "foreign"], [],
     {"differs": "OpenSSL takes the first candidate and does not go back"}),
    ("a key on P-224", ["p224", "inter"], [], {}),
    ("an RSA-PSS signature", ["pss", "rsa-inter"], [], {}),
    ("an MD5 signature", ["md5", "rsa-inter"], ["weak_signature"],
     {"differs": "OpenSSL takes MD5 here; its trust is unknown to us, RFC 6151"}),
    ("a serial number of zero", ["zero", "inter"], [], {}),
    ("a negative serial number", ["negative", "inter"], [], {}),
    ("a serial number of thirty bytes", ["long-serial", "inter"], [], {}),
    ("an issuer of version 1", ["under-v1", "v1-ca"], ["constraint_violation"], {}),
    ("an issuer for clients only", ["under-client", "client-ca"], ["bad_purpose"], {}),
    ("an issuer that may not sign certificates", ["under-no-sign", "no-sign-ca"],
     ["constraint_violation"], {}),
    ("an unknown critical extension above", ["under-odd", "odd-ca"],
     ["constraint_violation"], {}),
    ("another key identifier than the issuer's", ["wrong-aki", "inter"], ["incomplete_chain"], {}),
    ("for any purpose", ["any-purpose", "inter"], [],
     {"differs": "OpenSSL does not take it for servers, RFC 5280 section 4.2.1.12 does"}),
    ("for no purpose named", ["no-purpose", "inter"], [], {}),
    ("a path as long as allowed", ["pathlen-leaf", "short"], [], {}),
    ("names and addresses within what the CA may name", ["in-net", "net-ca"], [], {}),
    ("an address outside of what the CA may name", ["out-of-net", "net-ca"],
     ["constraint_violation"], {}),
    ("a name that the CA may not name", ["not-here", "not-here-ca"],
     ["constraint_violation"], {}),
    ("a wildcard that stands for a name that the CA may not name", ["hole", "hole-ca"],
     ["constraint_violation"], {"differs": "OpenSSL takes it for another name; CVE-2025-61727"}),
    ("a trust anchor that is not self-signed", ["leaf", "inter"], [],
     {"ca": ["inter"], "differs": "OpenSSL wants -partial_chain for it"}),
    ("the root was sent", ["leaf", "inter", "root"], [], {"notes": ["root_included"]}),
    ("an order from the root down", ["deep", "inter", "sub"], [], {"notes": ["unordered"]}),
    ("a certificate twice", ["leaf", "inter", "inter"], [],
     {"notes": ["duplicate_certificate"]}),
    ("a certificate of others", ["leaf", "inter", "foreign"], [],
     {"notes": ["extra_certificate"]}),
    ("a namesake of the issuer first", ["twinned", "twin-a", "twin-b"], [],
     {"differs": "OpenSSL takes the first candidate and does not go back"}),
]


class Report:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, name, ok, detail=""):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAIL {name}: {detail}")


def openssl_says_yes(ca, chain, host, now, extra, *more):
    arguments = ["openssl", "verify", *more, "-purpose", "sslserver", "-CAfile", ca, "-no-CApath",
                 "-attime", str(now), "-untrusted", chain]
    for file in extra:
        arguments += ["-untrusted", file]
    if host is not None:
        is_address = ":" in host or host.replace(".", "").isdigit()
        arguments += ["-verify_ip" if is_address else "-verify_hostname", host]
    # It reads the leaf, the first certificate of the file.
    return run(*arguments, chain).returncode == 0


def mxgrade(*arguments, **options):
    return run(MXGRADE, "verify", *arguments, **options)


def check_sent(pki, report, name, members, record):
    """Each certificate's subject, key and signature, in the order sent, as `openssl x509` has them."""
    seen = [(sent["subject"], sent["signature"]) for sent in record["chain"]]
    report.check(name + ": certificates", seen == [pki.described(member) for member in members[:SENT_MAX]],
                 str(seen))


def run_case(pki, report, start, case):
    name, members, expected, options = case
    host = options.get("host", HOST)
    now = start + options.get("day", 1) * DAY
    chain = pki.bundle("chain.pem", members)
    ca = pki.bundle("ca.pem", options.get("ca", ["root"]))
    extra = [pki.path(member + ".pem") for member in options.get("extra", [])]
    arguments = ["--ca-file", ca, "--now", f"@{now}"]
    for file in extra:
        arguments += ["--intermediates", file]
    if host is not None:
        arguments += ["--name", host]
    done = mxgrade(*arguments, chain)
    try:
        record = json.loads(done.stdout)
    except ValueError:
        report.check(name, False, f"no JSON: {done.stdout!r} {done.stderr!r}")
        return
    problems = record["problems"]
    report.check(name, sorted(problems) == sorted(expected) and done.stdout.count("\n") == 1,
                 f"found {problems}, expected {expected}")
    report.check(name + ": status", done.returncode == (1 if expected else 0),
                 f"status {done.returncode}")
    report.check(name + ": length", record["chain_length"] == len(members), str(record))
    name_ok = record["name_match"] == ("no" if "name_mismatch" in expected else "yes")
    report.check(name + ": name match",
                 record["name_match"] is None if host is None else name_ok, str(record))
    if "differs" not in options:
        ours = record["trusted"] == "yes" and not set(problems) & {
            "expired", "not_yet_valid", "name_mismatch"}
        theirs = openssl_says_yes(ca, chain, host, now, extra)
        report.check(name + ": openssl agrees", ours == theirs,
                     f"mxgrade {ours}, openssl {theirs}")
        report.check(name + ": what openssl takes when strict is valid",
                     ours or not openssl_says_yes(ca, chain, host, now, extra, "-x509_strict"))
    if "notes" in options:
        report.check(name + ": notes", record["chain_notes"] == options["notes"],
                     str(record["chain_notes"]))
    check_sent(pki, report, name, members, record)


def check_text(pki, report):
    """Names, digests and dates read the same as in `openssl x509`."""
    for member in ("leaf", "intl", "rsa", "root", "self"):
        path = pki.path(member + ".pem")
        record = json.loads(mxgrade("--ca-file", pki.path("root.pem"), path).stdout)
        wanted = run("openssl", "x509", "-in", path, "-noout", "-subject", "-issuer",
                     "-fingerprint", "-sha256", "-nameopt", "RFC2253,utf8,-esc_msb").stdout
        fields = dict(line.split("=", 1) for line in wanted.splitlines())
        digest = fields["sha256 Fingerprint"].replace(":", "").lower()
        report.check(f"subject of {member}", record["subject"] == fields["subject"],
                     f"{record['subject']!r} {fields['subject']!r}")
        report.check(f"issuer of {member}", record["issuer"] == fields["issuer"],
                     f"{record['issuer']!r} {fields['issuer']!r}")
        report.check(f"digest of {member}", record["sha256"] == digest, record["sha256"])


def check_command(pki, report, start):
    """The command's own manners: input, usage, exit status."""
    ca = ["--ca-file", pki.path("root.pem"), "--now", f"@{start + DAY}"]
    chain = pki.bundle("chain.pem", ["leaf", "inter"])
    with open(chain, encoding="ascii") as file:
        report.check("standard input", mxgrade(*ca, "-", input=file.read()).returncode == 0)
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start + DAY))
    report.check("RFC 3339 time", mxgrade(*ca[:2], "--now", when, chain).returncode == 0)
    report.check("U-label", mxgrade(*ca, "--name", "m\u00fcller.example", chain).returncode == 1)
    for name in ("xn--n3h.example", "under__score.example.org", "MX.EXAMPLE.NET"):
        done = mxgrade(*ca, "--name", name, chain)
        report.check("any name that can be asked for: " + name,
                     done.returncode == 1 and "name_mismatch" in done.stdout, done.stderr)
    report.check("a name in capitals",
                 mxgrade(*ca, "--name", HOST.upper(), chain).returncode == 0)
    for name, arguments, status in (
            ("help", ["--help"], 0),
            ("no file", ca, 2),
            ("two files", ca + [chain, chain], 2),
            ("an unknown option", ca + ["--nonsense", chain], 2),
            ("a missing file", ca + [pki.path("missing.pem")], 2),
            ("a file that is no PEM", ca + [MXGRADE], 2),
            ("a bad time", ca[:2] + ["--now", "yesterday", chain], 2),
            ("a missing CA file", ["--ca-file", pki.path("missing.pem"), chain], 2),
            ("a missing file of more roots", ca + ["--extra-ca", pki.path("missing.pem"), chain], 2),
            ("an empty file of more roots", ca + ["--extra-ca", "/dev/null", chain], 2),
            ("a bad name", ca + ["--name", "a..b", chain], 2),
            ("a label of 64 characters", ca + ["--name", "x" * 64 + ".example", chain], 2),
            ("a name that ends in a dot alone", ca + ["--name", ".", chain], 2),
            ("a missing staple", ca + ["--staple", pki.path("missing.der"), chain], 2),
            ("an empty file", ca + ["/dev/null"], 2)):
        done = mxgrade(*arguments)
        report.check(name, done.returncode == status and (status == 0 or done.stdout == ""),
                     f"status {done.returncode}, {done.stdout!r}")
        report.check(name + " says something", (done.stdout + done.stderr) != "")


def check_extra_roots(pki, report, start):
    """Roots of --extra-ca are trusted beside those of --ca-file, and beside the system's."""
    chain = pki.bundle("chain.pem", ["leaf", "inter"])
    more = ["--extra-ca", pki.path("root.pem"), "--now", f"@{start + DAY}", chain]
    for name, arguments, status in (
            ("the system's roots alone", more[2:], 1),
            ("beside the system's roots", more, 0),
            ("beside another root", ["--ca-file", pki.path("foreign.pem")] + more, 0),
            ("another root beside", ["--ca-file", pki.path("root.pem"), "--extra-ca",
                                     pki.path("foreign.pem")] + more[2:], 0),
            ("the last of two files", ["--extra-ca", pki.path("foreign.pem")] + more, 0),
            ("the first of two files", more[:2] + ["--extra-ca", pki.path("foreign.pem")] + more[2:],
             0)):
        done = mxgrade(*arguments)
        report.check("more roots: " + name, done.returncode == status,
                     f"status {done.returncode}, {done.stdout!r} {done.stderr!r}")


def main():
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        pki = Pki(folder)
        make_all(pki)
        make_oddities(pki)
        start = int(time.time())
        for case in CASES:
            run_case(pki, report, start, case)
        check_text(pki, report)
        check_command(pki, report, start)
        check_extra_roots(pki, report, start)
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
