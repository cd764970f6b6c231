#!/usr/bin/env python3
"""Mail servers as their packages install them. The test changes only the certificate and the name,
and the address to listen on if the package listens on loopback addresses; stock_street.py has the
changed lines. A docstring derives each expected grade from the server's documented defaults.
Clients other than the scanner must see the facts that decide the grade.
"""
import contextlib
import os
import re
import subprocess
import sys
from typing import NamedTuple

import runner
import service_witness
import witness
from lab import codes
from processes import run
from stock_house import have_namespaces
from stock_street import PORTS, SERVICES, Street, at_once, enter

# Findings of the test's own certificates. Their RSA keys have 2048 bits, no log has signed a
# timestamp of them, and their CA has no OCSP responder to staple answers of.
OURS = {"rsa_below_3072", "no_sct", "no_ocsp_staple"}
# Findings of an MX. Every SMTP server here takes mail in clear, as a public one must (RFC 3207
# section 4), and no zone of this laboratory has TLSA records.
MX = OURS | {"plaintext_mail_accepted", "no_dane"}
# This finding depends on the distribution's OpenSSL and changes no grade. A test of its own covers
# it.
LIBRARY = {"no_post_quantum"}


class Stock(NamedTuple):
    grade: str
    findings: set
    versions: str = "TLSv1.2 TLSv1.3"  # versions that are spoken; "" without TLS
    handshake: str = "yes"


def since(house, package, version):
    """True if the house has this version of the package or a later one."""
    has = house.ask(f"dpkg-query -W -f '${{Version}}' {package}").strip()
    return run(["dpkg", "--compare-versions", has, "ge", version]).returncode == 0


def postfix(house):
    """B. postconf(5): smtpd_tls_protocols is >=TLSv1, and where TLS is opportunistic Postfix lowers
    OpenSSL's security level to 0, so that 1.0 and 1.1 work: tls10, tls11, each capped at B (RFC
    8996). smtpd_tls_ciphers is "medium" and smtpd_tls_exclude_ciphers is empty:
    aNULL:-aNULL:HIGH:MEDIUM puts suites without a certificate at the end of what is taken
    (anonymous_suite, no cap: whoever authenticates never offers them, RFC 7672 section 8.2) and has
    those with static RSA (static_rsa_suite, B: RFC 9325 section 4.1). Debian's OpenSSL is built
    without RC4 and without 3DES in TLS. The certificate is good, and nobody is offered AUTH, as there
    is no SASL in main.cf."""
    return {"smtp": Stock("B", MX | {"tls10", "tls11", "static_rsa_suite", "anonymous_suite"},
                          "TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3")}


def dovecot(house):
    """A on all services. doveconf: ssl_min_protocol is TLSv1.2; ssl_cipher_list has !kRSA, !aNULL and
    !3DES, so that each suite left has forward secrecy, and OpenSSL prefers AEAD among them;
    disable_plaintext_auth is yes, in 2.4 auth_allow_cleartext no: LOGINDISABLED of IMAP, no USER
    among POP3's capabilities, no mechanism behind AUTH of submission and behind SASL of ManageSieve
    (RFC 4954 section 3: that is no offer of a login)."""
    return {service: Stock("A", OURS) for service in
            ("submission", "imap", "imaps", "pop3", "pop3s", "sieve")}


EXIM_SUITES = {"tls10", "tls11", "static_rsa_suite"}


def exim(house):
    """C. Debian's configuration says nothing of TLS unless MAIN_TLS_ENABLE is defined. Exim's own
    defaults are then: tls_advertise_hosts is *, and without tls_certificate it makes a self-signed
    certificate at start (specification, chapter "main configuration", tls_certificate). It names the
    host as its common name and has no subjectAltName: self_signed, and cn_only and name_mismatch, as
    a common name is no name (RFC 9525 section 2). Versions and suites as below."""
    made = {"self_signed", "cn_only", "name_mismatch", "no_sct", "no_ocsp_staple"}
    return {"smtp": Stock("C", EXIM_SUITES | made | MX - OURS, "TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3")}


def exim_tls(house):
    """B. tls_require_ciphers is unset, which is GnuTLS's NORMAL: TLS 1.0 and 1.1 (RFC 8996) and RSA key
    exchange (RFC 9325 section 4.1) are in it, 3DES and anonymous suites are not ("gnutls-cli --list
    --priority NORMAL" prints them). Login is offered to nobody: the authenticators of Debian's
    configuration are comments."""
    return {"smtp": Stock("B", EXIM_SUITES | MX, "TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3")}


# The server takes mail, but only in clear.
IN_CLEAR = {"no_starttls", "plaintext_mail_accepted"}


def in_clear(house):
    """F. The package sets up no certificate and starts without STARTTLS. (OpenSMTPD's smtpd.conf has
    no pki, sendmail.mc does not include starttls.m4, the tls plugin of Haraka is a comment in
    config/plugins.)"""
    return {"smtp": Stock("F", IN_CLEAR, "", "unknown")}


def opensmtpd_tls(house):
    """F with OpenSMTPD 6.8, of Debian 12: it signs in another process by an engine that OpenSSL 3 no
    longer asks. Each handshake ends in alert 80 after the ServerHello (the log: "SSL routines::EVP
    lib"). No client can finish one, as the witnesses show, so mail can only be sent in clear:
    handshake_refused (RFC 3207 section 4.1). With 7.x: ssl_ciphers is HIGH:!aNULL:!MD5 (smtpd.conf(5)),
    which has static RSA, and Debian's OpenSSL has nothing below TLS 1.2 at its security level: B."""
    if since(house, "opensmtpd", "7"):
        return {"smtp": Stock("B", MX | {"static_rsa_suite"})}
    suites = set() if house.name == "opensmtpd-ecdsa" else {"static_rsa_suite"}
    return {"smtp": Stock("F", MX | suites | {"handshake_refused"}, handshake="no")}


SENDMAIL_AUTH = {"login_before_tls_on_mx"}


def sendmail(house):
    """F: as in_clear() says. Where libsasl2-modules are installed AUTH DIGEST-MD5 CRAM-MD5 is offered
    in clear, which costs an MX points and no letter."""
    return {"smtp": Stock("F", IN_CLEAR | SENDMAIL_AUTH, "", "unknown")}


def sendmail_tls(house):
    """B. Neither sendmail.mc nor starttls.m4 sets a CipherList: it is OpenSSL's DEFAULT, which has
    suites with static RSA (RFC 9325 section 4.1) and at Debian's security level nothing below
    TLS 1.2."""
    return {"smtp": Stock("B", MX | {"static_rsa_suite"} | SENDMAIL_AUTH)}


def haraka_tls(house):
    """B. docs/plugins/tls.md: minVersion and ciphers are Node's own: tls.DEFAULT_MIN_VERSION is TLSv1.2
    and tls.DEFAULT_CIPHERS ends in HIGH, which has static RSA. requestCert is true by default, and
    rejectUnauthorized false: a client's certificate is asked for and not missed."""
    return {"smtp": Stock("B", MX | {"static_rsa_suite", "client_certificate_requested"})}


def nginx(house):
    """B, and C where passwords are taken in clear. ngx_mail_ssl_module: ssl_ciphers is HIGH:!aNULL:!MD5,
    which has static RSA; ssl_protocols has TLSv1.3 since 1.23.4, and what it has below 1.2 does not
    work at Debian's security level. With "starttls on", not "only", a login is offered before TLS:
    smtp_auth is "login plain", imap_auth and pop3_auth are "plain" (RFC 8314 section 4.1: C; on an
    MX it costs points alone). MAIL is answered 5.7.1 "Authentication required" inside TLS too, which says
    nothing of mail in clear."""
    old = not since(house, "nginx", "1.23.4")
    suites = OURS | {"static_rsa_suite"} | ({"no_tls13"} if old else set())
    versions = "TLSv1.2" if old else "TLSv1.2 TLSv1.3"
    in_front = {"login_before_tls"}
    return {"smtp": Stock("B", suites | {"login_before_tls_on_mx", "no_dane"}, versions),
            "imap": Stock("C", suites | in_front, versions),
            "pop3": Stock("C", suites | in_front, versions),
            "imaps": Stock("B", suites, versions), "pop3s": Stock("B", suites, versions)}


STOCK = {"postfix": postfix, "dovecot": dovecot, "exim": exim, "exim-tls": exim_tls,
         "opensmtpd": in_clear, "opensmtpd-tls": opensmtpd_tls, "opensmtpd-ecdsa": opensmtpd_tls,
         "sendmail": sendmail, "sendmail-tls": sendmail_tls, "haraka": in_clear,
         "haraka-tls": haraka_tls, "nginx": nginx}

# {(server, service, depth): what the program should say and does not say yet}. A server that is
# judged rightly must be removed.
EXPECTED_FAILURES = {}


class World:
    def __init__(self, street):
        self.street = street
        self.stock = {house.name: STOCK[house.name](house) for house in street.houses}
        self.scans = {}

    def scan(self):
        for depth in ("standard", "deep"):
            names = "".join(f"{house.name}.stock.test\n" for house in self.scanned(depth))
            self.scans[depth] = self.street.scan(names, "--services", SERVICES, "--depth", depth,
                                                 seconds=200)

    def scanned(self, depth):
        """The houses that are scanned at this depth. Debian's /etc/mail/access grants a client ten
        connections a minute (ClientRate), so a deep scan of sendmail would take too long."""
        return [house for house in self.street.houses
                if depth == "standard" or not house.name.startswith("sendmail")]

    def each(self):
        """Yields (house, service, the Stock that is expected)."""
        for house in self.street.houses:
            for service, stock in self.stock[house.name].items():
                yield house, service, stock

    def each_smtp(self):
        return [row for row in self.each() if row[1] == "smtp"]

    def each_with_tls(self):
        for house, service, stock in self.each():
            if stock.versions and stock.handshake == "yes":
                yield house, service, stock

    def record(self, depth, house, service):
        found = [record for record in self.scans[depth].endpoints_of(house.host)
                 if record["service"] == service]
        assert len(found) == 1, f"{len(found)} records of {house.name} {service}"
        return found[0]


def judged(record):
    """As Stock has it. SSLv2 beside TLS 1.3 is a question of deep scans."""
    spoken = " ".join(version for version, speaks in (record["tls"] or {"versions": {}})[
        "versions"].items() if speaks == "yes")
    return Stock(record["grade"], codes(record) - LIBRARY, spoken,
                 record["starttls"]["handshake"])


def test_every_stock_server_is_here(world):
    if world.street.missing:
        raise runner.Skip("; ".join(f"{name}: {why}"
                                    for name, why in world.street.missing.items()))


def test_each_is_judged_as_its_defaults_say(world):
    differ = runner.Differences()
    for house, service, stock in world.each():
        for depth in (depth for depth in world.scans if house in world.scanned(depth)):
            seen = judged(world.record(depth, house, service))
            right = seen.grade == stock.grade and seen.handshake == stock.handshake
            if (house.name, service, depth) in EXPECTED_FAILURES:
                differ.equal(f"{house.name} {service} {depth} is right, no expected failure", right,
                             False)
                continue
            for what, one, other in zip(Stock._fields, seen, stock):
                differ.equal(f"{house.name} {service} {depth} {what}", one, other)
    differ.check()


def test_domains_have_the_grade_of_their_mx(world):
    differ = runner.Differences()
    for house in world.street.houses:
        stock = world.stock[house.name].get("smtp")
        for depth, results in world.scans.items():
            if house not in world.scanned(depth) or \
                    (house.name, "smtp", depth) in EXPECTED_FAILURES:
                continue
            record = results.domain(f"{house.name}.stock.test")
            name = f"{house.name} {depth} "
            # Dovecot's domain has no MX, so nothing is known of its mail.
            differ.equal(name + "grade", record["grade"], stock.grade if stock else "U")
            answer = "unknown" if stock is None else stock.handshake if stock.versions else "no"
            differ.equal(name + "opportunistic", record["opportunistic_tls"], answer)
    differ.check()


# ---- Witnesses


@contextlib.contextmanager
def way_to(house, service):
    """The arguments that lead a witness to the service. A witness of sendmail runs in sendmail's
    house, because ClientRate does not limit loopback addresses."""
    if house.name.startswith("sendmail"):
        with house.inside():
            yield service, "127.0.0.1", PORTS[service]
    else:
        yield service, house.address, PORTS[service]


def asked(witness_of, rows):
    """Asks the witness about each row. Returns [(name of the row, its Stock, the witness's
    answer)]."""
    rows = list(rows)
    said = at_once(lambda row: witness_of(*row), rows)
    return [(f"{house.name} {service}", stock, says)
            for (house, service, stock), says in zip(rows, said)]


def test_openssl_sees_the_same_versions(world):
    def versions(house, service, _):
        with way_to(house, service) as way:
            seen = service_witness.versions(*way)
        return " ".join(version for version, speaks in seen.items() if speaks == "yes")

    differ = runner.Differences()
    for name, stock, seen in asked(versions, world.each_with_tls()):
        differ.equal(name, seen, stock.versions)
    differ.check()


# {finding: suites}. This OpenSSL may have been built without RC4 and 3DES.
WEAK_SUITES = {"static_rsa_suite": "kRSA", "anonymous_suite": "aNULL", "3des_suite": "3DES",
               "rc4_suite": "RC4", "null_suite": "eNULL"}


def test_openssl_gets_the_weak_suites_and_no_others(world):
    def takes(house, service, _):
        with way_to(house, service) as way:
            texts = {code: service_witness.s_client(*way, "-tls1_2", "-cipher",
                                                    names + ":@SECLEVEL=0")
                     for code, names in WEAK_SUITES.items()}
        return {code for code, text in texts.items()
                if "Cipher is" in text and "Cipher is (NONE)" not in text}

    differ = runner.Differences()
    for name, stock, seen in asked(takes, world.each_with_tls()):
        differ.equal(name, seen, stock.findings & set(WEAK_SUITES))
    differ.check()


def test_openssl_verifies_our_certificates_and_no_others(world):
    def verifies(house, service, _):
        with way_to(house, service) as way:
            return "Verify return code: 0 (ok)" in service_witness.s_client(
                *way, "-CAfile", world.street.pki.root_file, "-no-CApath", "-verify_hostname",
                house.host, "-servername", house.host)

    differ = runner.Differences()
    for name, stock, seen in asked(verifies, world.each_with_tls()):
        differ.equal(name, seen, "self_signed" not in stock.findings)
    differ.check()


def smtp_says(house, *lines):
    """The SMTP server's answers to these lines in clear. Its greeting may take some seconds."""
    program = ("import smtplib, sys\n"
               "server = smtplib.SMTP(sys.argv[1], 25, 'witness.example.org', 20)\n"
               "for line in sys.argv[2:]: print(*server.docmd(line))\n")
    with way_to(house, "smtp") as (_, address, _):
        return run([sys.executable, "-c", program, address, *lines]).stdout


def test_smtplib_sees_what_is_offered_in_clear(world):
    differ = runner.Differences()
    for name, stock, text in asked(lambda house, *_: smtp_says(house, "EHLO witness.example.org"),
                                   world.each_smtp()):
        differ.equal(name + " STARTTLS", "STARTTLS" in text, "no_starttls" not in stock.findings)
        differ.equal(name + " AUTH", bool(re.search(r"AUTH[ =]\S", text)),
                     "login_before_tls_on_mx" in stock.findings)
    differ.check()


def posttls_finger(world, house, *options):
    """The output of posttls-finger, which needs a main.cf; an empty one is enough."""
    folder = os.path.join(world.street.folder, "finger")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "main.cf"), "w", encoding="ascii"):
        pass
    with way_to(house, "smtp") as (_, address, _):
        return run(["posttls-finger", "-c", "-t", "20", "-T", "20", *options, f"[{address}]",
                    house.host], env={**os.environ, "MAIL_CONFIG": folder}).stdout


def test_posttls_finger_verifies_where_the_certificate_is_ours(world):
    differ = runner.Differences()
    for name, stock, text in asked(
            lambda house, *_: posttls_finger(world, house, "-l", "secure", "-F",
                                             world.street.pki.root_file), world.each_smtp()):
        proved = stock.handshake == "yes" and stock.versions and \
            "self_signed" not in stock.findings
        differ.equal(f"{name} ({text})", "Verified TLS connection" in text, bool(proved))
    differ.check()


def test_posttls_finger_prefers_an_anonymous_suite_where_there_is_one(world):
    """At level "may" Postfix authenticates nobody and offers anonymous suites first."""
    differ = runner.Differences()
    rows = [row for row in world.each_smtp() if row in list(world.each_with_tls())]
    for name, stock, text in asked(
            lambda house, *_: posttls_finger(world, house, "-l", "may", "-p", "TLSv1.2"), rows):
        differ.equal(f"{name} ({text})", "Anonymous TLS connection" in text,
                     "anonymous_suite" in stock.findings)
    differ.check()


ATTEMPTS = ((), ("-tls1_2",), ("-tls1_2", "-cipher", "kRSA:@SECLEVEL=0"), ("-groups", "P-256"))


def test_no_client_finishes_a_handshake_where_none_is_said_to_be_possible(world):
    """A server answers QUIT with 221 only inside a finished handshake. Servers that work show that
    this holds."""
    def finishes(house, service, _):
        with way_to(house, service) as (_, address, port):
            texts = [witness.s_client(address, port, "-quiet", *options) for options in ATTEMPTS]
            gnutls = run(["gnutls-cli", "--starttls-proto=smtp", "--insecure", "-p", str(port),
                          address], text_in="QUIT\r\n").stdout
        return ["221 " in text for text in texts], "Handshake was completed" in gnutls

    differ = runner.Differences()
    rows = [row for row in world.each_smtp() if row[0].name in
            ("opensmtpd-tls", "opensmtpd-ecdsa", "postfix", "haraka-tls")]
    for name, stock, seen in asked(finishes, rows):
        can = stock.handshake == "yes"
        differ.equal(name, seen, ([can] * len(ATTEMPTS), can))
    differ.check()


# ---- The defaults that the arguments rest on, in the servers' own words


DEFAULTS = {
    "postfix": ("postconf -d smtpd_tls_protocols smtpd_tls_ciphers smtpd_tls_exclude_ciphers",
                "smtpd_tls_protocols = >=TLSv1\nsmtpd_tls_ciphers = medium\n"
                "smtpd_tls_exclude_ciphers =\n"),
    "dovecot": ("doveconf ssl ssl_min_protocol", "ssl = yes\nssl_min_protocol = TLSv1.2\n"),
    "exim": ("exim4 -bP tls_advertise_hosts tls_certificate",
             "tls_advertise_hosts = *\ntls_certificate =\n"),
    "exim-tls": ("exim4 -bP tls_require_ciphers", "tls_require_ciphers =\n"),
    "sendmail-tls": ("grep -c '^O CipherList' /etc/mail/sendmail.cf", "0\n"),
}


def test_the_servers_tell_these_defaults_themselves(world):
    differ = runner.Differences()
    for house in world.street.houses:
        if house.name in DEFAULTS:
            command, says = DEFAULTS[house.name]
            told = re.sub(" +$", "", house.ask(command), flags=re.M)
            differ.equal(f"{house.name}: {command}", told, says)
    differ.check()


def test_gnutls_has_these_versions_and_suites_in_its_default(world):
    if "exim-tls" not in world.stock:
        raise runner.Skip("no exim")
    text = run(["gnutls-cli", "--list", "--priority", "NORMAL"]).stdout
    for version in world.stock["exim-tls"]["smtp"].versions.split():
        assert f"VERS-{version.replace('v', '')}" in text, text[-600:]
    assert re.search(r"^TLS_RSA_AES_128_GCM_SHA256\s", text, re.M), text[:600]
    assert not re.search(r"3DES|ANON_DH|_ANON_", text.split("Protocols:")[0]), text


def main():
    if not have_namespaces():
        print("skipped  all: this machine lets us have no namespaces of our own (unshare)")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    enter()
    with Street() as street:
        with street.running():
            # Programs that ask the system's resolver shall ask the laboratory's.
            path = os.path.join(street.folder, "resolv.conf")
            with open(path, "w", encoding="ascii") as stream:
                stream.write("nameserver 127.0.0.1\n")
            subprocess.run(["mount", "--bind", path, "/etc/resolv.conf"], check=True)
            world = World(street)
            world.scan()
            return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
