#!/usr/bin/env python3
"""mxgrade enforce is believed by senders: a real Postfix and a real Exim load what it writes, deliver to
the hosts of a laboratory at the level that it says, and put off what it says would fail.
"""
import json
import os
import re
import subprocess
import sys

import runner
from enforced_cases import policy
from enforced_lab import Lab443, can_enter, enter, told
from lab import MXGRADE
from postfix import LEVEL_0
from processes import run
from senders import EximSender, PostfixSender
from stacks import EXIM_PROGRAM, Exim, Missing, need_beside

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
LEVELS = ("encrypt", "verify", "secure", "mta-sts", "dane")
TAKES_ALL = {"smtpd_relay_restrictions": "permit_mynetworks, reject",
             "mynetworks": "127.0.0.0/8"}

# The servers: names in the certificate, and what is odd about them.
SERVERS = {
    "public": dict(names=["*.mx.test", "*.plain.test", "mail.own.plain.test"]),
    "private": dict(names=["*.mx.test", "*.plain.test"], issuer="other_root", send=("other_root",)),
    "expired": dict(names=["*.plain.test"], days=(-120, -30)),
    "misnamed": dict(names=["mail.elsewhere.test"]),
    "nexthop": dict(names=["nexthop.plain.test"]),
    "weak": dict(names=["*.plain.test"], key="rsa1024"),
    "clear": dict(names=None),
    "old": dict(names=["*.plain.test"], key="rsa2048",
                parameters={"smtpd_tls_protocols": "TLSv1", **LEVEL_0}),
    "ccert": dict(names=["*.plain.test"],
                  parameters={"smtpd_tls_security_level": "encrypt", "smtpd_tls_req_ccert": "yes",
                              "smtpd_tls_CAfile": "root"}),
}
# {domain: (its MX hosts as NAME: server, the level, that of Exim, parts of its names)}
DOMAINS = {
    "dane.test": ({"dane.mx.test": "private"}, "dane", "dane", []),
    "policy.plain.test": ({"one.mx.test": "public", "two.plain.test": "public"}, "mta-sts",
                          "mta-sts", ["*.mx.test", "two.plain.test"]),
    "signed.test": ({"signed.mx.test": "public"}, "secure", "secure", ["signed.mx.test"]),
    "own.plain.test": ({"mail.own.plain.test": "public"}, "secure", "secure",
                       ["mail.own.plain.test"]),
    "nexthop.plain.test": ({"nexthop-mx.plain.test": "nexthop"}, "secure", "encrypt",
                           ["nexthop.plain.test", "*.nexthop.plain.test"]),
    "trust.plain.test": ({"trusted.plain.test": "public"}, "verify", "verify",
                         ["trusted.plain.test"]),
    "byname.plain.test": ({"named.plain.test": "byname"}, "verify", "verify",
                          ["named.plain.test"]),
    "silent.plain.test": ({"here.plain.test": "public", "gone.plain.test": "nobody"}, "verify",
                          "verify", ["here.plain.test", "gone.plain.test"]),
    "selfmade.plain.test": ({"selfmade-mx.plain.test": "private"}, "encrypt", "encrypt", []),
    "expired.plain.test": ({"expired-mx.plain.test": "expired"}, "encrypt", "encrypt", []),
    "misnamed.plain.test": ({"misnamed-mx.plain.test": "misnamed"}, "encrypt", "encrypt", []),
    "weak.plain.test": ({"weak-mx.plain.test": "weak"}, "verify", "encrypt",
                        ["weak-mx.plain.test"]),
    "clear.plain.test": ({"clear-mx.plain.test": "clear"}, "none", "none", []),
    # Of two hosts one would take it, so that mail is put off only while that one is down.
    "half.plain.test": ({"half.mx.test": "public", "clear2.plain.test": "clear"}, "none",
                        "none", []),
    "old.plain.test": ({"old-mx.plain.test": "old"}, "encrypt", "none", []),
    "ccert.plain.test": ({"ccert-mx.plain.test": "ccert"}, "none", "none", []),
    "dead.plain.test": ({"dead-mx.plain.test": "nobody"}, "none", "none", []),
}


class World:
    def __init__(self, lab, has_exim):
        self.lab = lab
        self.has_exim = has_exim
        self.addresses = {"nobody": lab.address(99), "byname": lab.address(9)}
        self.leafs = {}
        for number, (name, server) in enumerate(SERVERS.items(), 10):
            self._add_server(name, lab.address(number), **server)
        if has_exim:
            self._add_exim()
        else:
            del DOMAINS["byname.plain.test"]
        for domain, (hosts, *_) in DOMAINS.items():
            lab.dns.add(domain, *(f"MX {10 * number} {host}."
                                  for number, host in enumerate(hosts, 1)))
            for host, server in hosts.items():
                lab.dns.add(host, "A " + self.addresses[server])
        lab.dns.add("_25._tcp.dane.mx.test",
                    told("3 1 1 leaf", {"leaf": self.leafs["private"].certificate}))
        lab.dns.add("null.test", "MX 0 .")
        self._add_policy()
        self.results = None

    def _add_server(self, name, address, names, parameters=None, **leaf):
        self.addresses[name] = address
        leafs = []
        if names:
            leafs = [self.lab.pki.leaf(name, names, **leaf)]
            self.leafs[name] = leafs[0]
        parameters = {key: self.lab.pki.root_file if value == "root" else value
                      for key, value in (parameters or {}).items()}
        self.lab.postfix.add(name, address, name, leafs, **TAKES_ALL, **parameters)

    def _add_exim(self):
        pki = self.lab.pki
        named = pki.leaf("named", ["named.plain.test"])
        self.lab.stacks.append(Exim(self.lab, "byname", 9, pki.leaf("unnamed", ["un.test"]), {},
                                    by_name=("named.plain.test", [named])))

    def _add_policy(self):
        lab = self.lab
        name = "mta-sts.policy.plain.test"
        lab.dns.add("_mta-sts.policy.plain.test", 'TXT "v=STSv1; id=1;"')
        lab.dns.add(name, "A " + lab.web.address)
        lab.odd_web.leaf = leaf = lab.pki.leaf("web", [name])
        lab.web.add(name, leaf, policy("*.mx.test", "two.plain.test"), "text/plain", None)

    def scan(self):
        names = [*DOMAINS, "null.test"]
        text = "domain;supplier\n" + "".join(f"{name};the {name.split('.')[0]}\n" for name in names)
        scan = self.lab.scan(text, "--retry-wait", "0.3", "--dns-timeout", "2", "--connect-timeout",
                             "2")
        self.results = os.path.join(self.lab.folder, "results.jsonl")
        with open(self.results, "wb") as stream:
            stream.write(scan.content)

    def enforce(self, *options, results=None, status=0):
        done = subprocess.run([MXGRADE, "enforce", results or self.results, *options],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        assert done.returncode == status, (done.returncode, done.stderr)
        return done.stdout, done.stderr

    def failing(self, level):
        """The domains that fail at all hosts, or of which nothing is known."""
        lines = self.enforce("--would-fail", level)[0].splitlines()
        return {record["domain"] for record in map(json.loads, lines)
                if not record["others_deliver"]}

    def folder(self, name):
        path = os.path.join(self.lab.folder, name)
        os.makedirs(path)
        os.chmod(path, 0o755)
        return path

    def write(self, name, text):
        path = os.path.join(self.lab.folder, name)
        with open(path, "w", encoding="ascii") as stream:
            stream.write(text)
        os.chmod(path, 0o644)
        return path


# ---- What is said


def test_each_domain_has_the_strongest_level_and_its_names(world):
    records = {record["domain"]: record
               for record in map(json.loads, world.enforce()[0].splitlines())}
    differ = runner.Differences()
    for domain, (_, level, _, names) in DOMAINS.items():
        differ.equal(domain, records[domain]["level"], level)
        differ.equal(domain + ": names", records[domain]["names"], names)
        differ.equal(domain + ": supplier", records[domain]["input_fields"]["supplier"],
                     "the " + domain.split(".")[0])
        above = [answer for answer in records[domain]["answers"]
                 if LEVELS.index(answer["level"]) > LEVELS.index(level)] \
            if level != "none" else records[domain]["answers"]
        silent = [answer for answer in above if answer["delivers"] != "yes" and
                  not answer["reason"]]
        differ.equal(domain + ": levels without a reason", silent, [])
    differ.equal("null.test", (records["null.test"]["level"], records["null.test"]["takes_mail"]),
                 ("none", False))
    differ.equal("dead", records["dead.plain.test"]["answers"][0]["delivers"], "unknown")
    differ.equal("silent", records["silent.plain.test"]["notes"],
                 [f"took no connection: gone.plain.test ({world.addresses['nobody']})"])
    differ.equal("on trust", {name for name, record in records.items()
                              if record["names_from"] == "unsigned_mx"},
                 {"trust.plain.test", "silent.plain.test", "weak.plain.test"} |
                 ({"byname.plain.test"} if world.has_exim else set()))
    differ.check()


def test_text_says_the_same_in_words(world):
    text = world.enforce("--format", "text")[0]
    for line in ("trust.plain.test  verify  names trusted.plain.test (taken on trust: the MX records "
                 "are not signed)",
                 "    encrypt: no: clear-mx.plain.test",
                 "    note: took no connection: gone.plain.test"):
        assert line in text, f"{line} is not in\n{text}"


# ---- Postfix


def test_postfix_delivers_at_the_level_that_is_said(world):
    table = world.write("tls_policy", world.enforce("--for", "postfix")[0])
    checked = run(["postmap", "-s", "texthash:" + table],
                  env={**os.environ, "MAIL_CONFIG": world.lab.postfix.folder}).stdout
    assert "warning" not in checked and "fatal" not in checked, checked
    differ = runner.Differences()
    # Where nothing is said the sender demands TLS here, so that these domains are put off.
    with PostfixSender(world.folder("postfix-table"), world.lab.pki.root_file,
                       smtp_tls_security_level="encrypt",
                       smtp_tls_policy_maps="texthash:" + table) as sender:
        found, log = sender.deliver(list(DOMAINS))
    for domain, (hosts, level, *_) in DOMAINS.items():
        status, relay = found[domain]
        is_taken = level != "none" or domain == "half.plain.test"
        differ.equal(domain, status, "sent" if is_taken else "deferred")
        if level == "none":
            continue
        differ.within(domain + ": relay", relay, hosts)
        how = set(re.findall(rf"(\w+) TLS connection established to {re.escape(relay)}\[", log))
        differ.equal(domain + ": verified", "Verified" in how, level != "encrypt")
    differ.check()


def test_postfix_puts_off_whom_would_fail_names_and_nobody_else(world):
    differ = runner.Differences()
    for level, parameters in (("encrypt", {}), ("verify", {"smtp_tls_servername": "hostname"}),
                              ("dane", {})):
        failing = world.failing(level)
        with PostfixSender(world.folder("postfix-" + level), world.lab.pki.root_file,
                           smtp_tls_security_level="dane-only" if level == "dane" else level,
                           **parameters) as sender:
            found, _ = sender.deliver(list(DOMAINS))
        for domain in DOMAINS:
            differ.equal(f"{domain} at {level}", found[domain][0],
                         "deferred" if domain in failing else "sent")
    differ.check()


def test_a_forged_mx_comes_to_nothing_with_postfix(world):
    text = world.enforce("--for", "postfix")[0]
    names = {"trust.plain.test": "trusted.plain.test", "own.plain.test": "mail.own.plain.test",
             "policy.plain.test": ".mx.test:two.plain.test"}
    for domain, match in names.items():
        assert f"match={match} " in text, (domain, text)
        text = text.replace(f"match={match} ", "match=elsewhere.test:.nowhere.test ")
    table = world.write("forged_policy", text)
    with PostfixSender(world.folder("postfix-forged"), world.lab.pki.root_file,
                       smtp_tls_security_level="encrypt",
                       smtp_tls_policy_maps="texthash:" + table) as sender:
        found, _ = sender.deliver([*names, "signed.test"])
    assert {domain: found[domain][0] for domain in found} == \
        {**dict.fromkeys(names, "deferred"), "signed.test": "sent"}, found


# ---- Exim


def exim_parts(world, table):
    """The main section, the router and the transport that docs/enforce.md shows."""
    with open(os.path.join(ROOT, "docs/enforce.md"), encoding="utf-8") as stream:
        blocks = re.findall(r"^```\n(.*?)^```$", stream.read(), re.M | re.S)
    main, router, transport = (next(block for block in blocks if block.startswith(begin))
                               for begin in ("ENFORCE_TABLE", "enforced:", "enforced_smtp:"))
    main = main.replace("/etc/exim4/exim_policy", table)
    main = main.replace("/etc/ssl/certs/ca-certificates.crt", world.lab.pki.root_file)
    # The laboratory is on this machine's loopback network, which Exim takes for itself.
    return main, router.replace("  no_more", "  self = send\n  no_more"), \
        transport + "  allow_localhost\n  connect_timeout = 5s\n"


def send_by_exim(world, name, text):
    if not world.has_exim:
        raise runner.Skip("there is no Exim")
    table = world.write(name + "_policy", text)
    sender = EximSender(world.folder(name), *exim_parts(world, table))
    return sender.deliver(list(DOMAINS))


def test_exim_delivers_at_the_level_that_is_said(world):
    found, log = send_by_exim(world, "exim-table", world.enforce("--for", "exim")[0])
    differ = runner.Differences()
    verified = {"dane": "dane", "encrypt": "no"}
    for domain, (_, _, level, _) in DOMAINS.items():
        # Without an entry it is left to other routers, of which this Exim has none.
        expected = ("=>", verified.get(level, "yes")) if level != "none" else ("**", None)
        differ.equal(domain, found.get(domain), expected)
    assert not differ.lines, "\n".join([*differ.lines, log])


def test_exim_puts_off_who_is_held_to_more(world):
    text = world.enforce("--for", "exim")[0]
    stronger = {"selfmade.plain.test": "level=verify hosts=selfmade-mx.plain.test",
                "misnamed.plain.test": "level=verify hosts=misnamed-mx.plain.test",
                "expired.plain.test": "level=verify hosts=expired-mx.plain.test",
                "trust.plain.test": "level=verify hosts=other.test",
                "policy.plain.test": "level=mta-sts hosts=*.test:*.one.mx.test",
                "own.plain.test": "level=secure hosts=x.mail.own.plain.test"}
    lines = [f"{line.split(':')[0]}: {stronger[line.split(':')[0]]} sni=yes"
             if line.split(":")[0] in stronger else line for line in text.splitlines()]
    # Without TLSA records Exim gives up at once.
    lines = [line.replace("level=secure", "level=dane") if line.startswith("signed.test:") else line
             for line in lines]
    lines += ["clear.plain.test: level=encrypt sni=yes", "half.plain.test: level=encrypt sni=yes"]
    found, log = send_by_exim(world, "exim-more", "\n".join(lines) + "\n")
    differ = runner.Differences()
    for domain in [*stronger, "clear.plain.test"]:
        differ.equal(domain, found.get(domain, [None])[0], "==")
    differ.equal("signed.test", found.get("signed.test"), ("**", None))
    for domain in ("byname.plain.test", "half.plain.test"):
        differ.equal(domain, found.get(domain, [None])[0], "=>")
    assert not differ.lines, "\n".join([*differ.lines, log])


# ---- The others, whose form alone is checked


def test_exchange_and_google_have_their_form_and_say_that_it_is_no_more(world):
    script = world.enforce("--for", "exchange")[0]
    lists = world.enforce("--for", "google")[0]
    check_forms(script, lists)
    assert script.count("Checked for its form only") == 1 == lists.count("Checked for its form only")
    assert "'dane.test'" in re.search(r".*EncryptionOnly", script)[0], script
    assert "@('signed.test') -TlsSettings DomainValidation -TlsDomain 'signed.mx.test'" in script
    behind = lists.split("# List \"mxgrade encrypt\"")
    assert "\ntrust.plain.test\n" in behind[0] and "\ndane.test\n" in behind[1], lists


NAME = r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+"
REMARK = r"#[ -~]*"
FORMS = {
    "postfix": rf"{NAME} (?:dane-only|encrypt(?: servername=hostname)?|(?:verify|secure) "
               rf"match=\.?{NAME}(?::\.?{NAME})*(?: servername=hostname)?)",
    "exim": rf"{NAME}: level=[a-z-]+(?: hosts=(?:\*\.)?{NAME}(?::(?:\*\.)?{NAME})*)? sni=(?:yes|no)",
    "exchange": r"\$ErrorActionPreference = 'Stop'|New-OutboundConnector -Name 'mxgrade [a-z]+ \d+' "
                r"-ConnectorType Partner -UseMXRecord \$true -RecipientDomains "
                rf"@\('{NAME}'(?:, '{NAME}')*\) -TlsSettings (?:EncryptionOnly|CertificateValidation"
                rf"|DomainValidation -TlsDomain '(?:\*\.)?{NAME}')",
    "google": NAME,
}


def check_form(sender, text):
    wrong = [line for line in text.split("\n")[:-1]
             if not re.fullmatch(f"{REMARK}|{FORMS[sender]}", line)]
    assert not wrong and text.endswith("\n"), wrong


def check_forms(script, lists):
    check_form("exchange", script)
    check_form("google", lists)


# ---- Files that nobody vouches for

EVIL = ("a.test\nevil.test none", "a.test'; Remove-Item x; '", "a.test $(reboot)", "a.test #",
        "${run{/bin/true}}.test", "a.test`x`", "hostname", "*.test", "a.test:nexthop", "\u2028.test")


def test_no_text_of_a_file_ends_a_line_or_a_string_of_a_configuration(world):
    lines = []
    with open(world.results, encoding="utf-8") as stream:
        records = [json.loads(line) for line in stream]
    for record in records:
        lines.append(record)
        if record["type"] == "domain" and record["domain"] in ("policy.plain.test",
                                                               "trust.plain.test", "dead.plain.test"):
            lines += [changed(record, number, evil) for number, evil in enumerate(EVIL)
                      for changed in (evil_domain, evil_host, evil_address, evil_policy)]
    path = world.write("evil.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    for sender in FORMS:
        text, errors = world.enforce("--for", sender, results=path)
        check_form(sender, text)
        assert "evil" not in text.replace("evil-", "") and "reboot" not in text, text
        assert "name no domain and are left out" in errors, errors
    for line in world.enforce(results=path)[0].splitlines():
        json.loads(line)


def evil_domain(record, _, evil):
    return {**record, "domain": evil}


def evil_host(record, number, evil):
    hosts = [{**mx, "host": evil} for mx in record["mx"]]
    return {**record, "domain": f"evil-host-{number}.plain.test", "mx": hosts}


def evil_address(record, number, evil):
    hosts = [{**mx, "endpoints": [{**one, "address": evil} for one in mx["endpoints"]]}
             for mx in record["mx"]]
    return {**record, "domain": f"evil-address-{number}.plain.test", "mx": hosts}


def evil_policy(record, number, evil):
    return {**record, "domain": f"evil-policy-{number}.plain.test",
            "mta_sts": {**record["mta_sts"], "mx": [evil, *record["mta_sts"]["mx"]]}}


def test_a_file_that_was_cut_is_told(world):
    with open(world.results, encoding="utf-8") as stream:
        lines = stream.readlines()
    path = world.write("cut.jsonl", "".join(lines[:-1]))
    text, errors = world.enforce("--for", "postfix", results=path)
    assert "# The scan was cut short: domains may be missing.\n" in text, text
    assert "cut short: domains may be missing" in errors, errors


def test_what_does_not_go_together_is_refused(world):
    for options in (("--for", "sendmail"), ("--would-fail", "none"), ("--format", "xml"),
                    ("--for", "exim", "--would-fail", "verify"),
                    ("--for", "exim", "--format", "jsonl")):
        assert world.enforce(*options, status=2)[0] == "", options
    text = world.enforce("--for", "google", "-o", os.path.join(world.lab.folder, "google"))
    with open(os.path.join(world.lab.folder, "google"), encoding="ascii") as stream:
        assert text[0] == "" and stream.read() == world.enforce("--for", "google")[0]
    world.enforce("-o", os.path.join(world.lab.folder, "google"), status=3)


def has_exim():
    try:
        need_beside(EXIM_PROGRAM)
    except Missing as why:
        print(f"not here: {why}")
        return False
    return True


def main():
    if not can_enter():
        print("skipped  all: this machine lets us have no network namespace (unshare -n -m)")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    enter()
    with Lab443({}) as lab:
        world = World(lab, has_exim())
        with lab.running():
            world.scan()
            return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
