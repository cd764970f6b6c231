"""Builds what the tables of enforced_cases.py say: certificates, Postfix set-ups, zones and policy
hosts; and scans it all.
"""
import enforced_cases as cases
from enforced_cases import (ALIASED, CLEAR, EXIM, EXIM_BY_NAME, EXPIRED, HALF_OUTDATED, HALF_TWIN,
                            MISNAMED, NEXT_HOP, PRIVATE, PUBLIC, SELF_SIGNED, TWIN)
from enforced_lab import told
from stacks import Exim

NAMES = ["*.mx.test", "*.plain.test"]
# Nothing but enforcement is to decide a grade.
MODERN = {"smtpd_tls_protocols": ">=TLSv1.2", "smtpd_tls_exclude_ciphers": "aNULL, kRSA"}
MODERN_EXIM = "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1:-RSA"


class World:
    def __init__(self, lab, has_exim):
        self.lab = lab
        self.leafs = self._make_leafs()
        for number, name in cases.SERVERS.items():
            lab.postfix.add(name, lab.address(number), "", self.leafs[number], **MODERN)
        if has_exim:
            self._add_exims()
        for host in cases.HOSTS:
            self._add_host(host)
        for domain in cases.DOMAINS:
            self._add_domain(domain)
        web_leafs = self._make_web_leafs()
        for policy in cases.POLICIES + cases.ODD_POLICIES:
            self._add_policy(policy, web_leafs)
        lab.dns.add("caa.mx.test", 'CAA 0 issue "ca.example.test"')
        for report in cases.REPORTING:
            lab.dns.add(report.domain, "MX 10 none.mx.test.")
            lab.dns.add("_smtp._tls." + report.domain, *report.txt)
        for sender in cases.SENDERS:
            lab.dns.add(sender.domain, "MX 10 none.mx.test.")
            for below, records in sender.records.items():
                lab.dns.add(below + sender.domain, *records)
        self.results = self.odd_results = None
        self.questions = []

    def scan(self):
        names = [case.name for case in cases.DOMAINS] + \
            [case.domain for case in cases.POLICIES + cases.REPORTING + cases.SENDERS]
        self.results = self.lab.scan("\n".join(names) + "\n", "--retry-wait", "0.3",
                                     "--dns-timeout", "2")
        self.questions = self.lab.dns.questions()
        self.odd_results = self.lab.scan(
            "\n".join(case.domain for case in cases.ODD_POLICIES) + "\n", "--retry-wait", "0.3",
            "--https-timeout", "3")

    # -- how

    def _make_leafs(self):
        """The chains of each server; of two leaves the first is "leaf" in the tables."""
        pki = self.lab.pki
        return {
            PUBLIC: [pki.leaf("public", NAMES)],
            PRIVATE: [pki.leaf("private", NAMES, issuer="other_root", send=("other_root",))],
            EXPIRED: [pki.leaf("expired", NAMES, days=(-120, -30))],
            MISNAMED: [pki.leaf("misnamed", ["mail.elsewhere.test"])],
            NEXT_HOP: [pki.leaf("next-hop", ["nexthop.for.test", "nexthop.off.plain.test"])],
            TWIN: [pki.leaf("twin", NAMES), pki.leaf("twin-rsa", NAMES, key="rsa2048")],
            HALF_TWIN: [pki.leaf("half", NAMES), pki.leaf("half-rsa", NAMES, key="rsa2048")],
            ALIASED: [pki.leaf("aliased", ["alias-ta.mx.test"])],
            SELF_SIGNED: [pki.self_signed("itself", "ee311-itself.mx.test")],
            HALF_OUTDATED: [pki.leaf("current", NAMES),
                            pki.leaf("outdated-rsa", NAMES, key="rsa2048", days=(-120, -30))],
            EXIM: [pki.leaf("exim", NAMES)],
            EXIM_BY_NAME: [pki.leaf("named", NAMES), pki.leaf("named-rsa", NAMES, key="rsa2048")],
            CLEAR: [],
        }

    def _add_exims(self):
        lab = self.lab
        for number, name in cases.EXIMS.items():
            leafs = self.leafs[number]
            by_name = ("named.mx.test", leafs) if number == EXIM_BY_NAME else None
            one_for_all = lab.pki.leaf("unnamed", NAMES) if by_name else leafs[0]
            lab.stacks.append(Exim(lab, name, number, one_for_all, {}, by_name=by_name,
                                   priority=MODERN_EXIM))

    def _make_web_leafs(self):
        pki = self.lab.pki
        own = ["mta-sts." + case.domain for case in cases.POLICIES + cases.ODD_POLICIES
               if case.at == "web"]
        self.lab.odd_web.leaf = pki.leaf(
            "odd", ["mta-sts." + case.domain for case in cases.ODD_POLICIES if case.at == "odd"])
        return {"web": pki.leaf("web", [name for name in own if "wrongname" not in name]),
                "other": pki.leaf("other", ["mta-sts.elsewhere.test", "wrongname.test"]),
                "outdated": pki.expired("outdated", "mta-sts.outdated.test"),
                "selfmade": pki.self_signed("selfmade", "mta-sts.selfmade.test")}

    def _about(self, host):
        """The files that the words of a host's TLSA records stand for."""
        pki = self.lab.pki
        server = host.servers[0]
        issuer = pki.other_root_file if server == PRIVATE else pki.intermediate_file
        about = {"issuer": issuer, "root": pki.root_file}
        for word, leaf in zip(("leaf", "second"), self.leafs[server]):
            about[word] = leaf.certificate
        return about

    def _add_host(self, host):
        dns = self.lab.dns
        if host.alias:
            dns.add(host.name, f"CNAME {host.alias}.")
        else:
            dns.add(host.name, *(f"A {self.lab.address(server)}" for server in host.servers))
        if host.records:
            about = self._about(host)
            dns.add(f"_{self.lab.port}._tcp.{host.name}",
                    *(told(words, about) for words in host.records))

    def _add_domain(self, domain):
        if domain.mail == "implicit" or not domain.hosts:
            return
        if domain.hosts[0].startswith("CNAME "):
            self.lab.dns.add(domain.name, domain.hosts[0] + ".")
            return
        self.lab.dns.add(domain.name, *(f"MX {number} {host.rstrip('.')}."
                                        for number, host in enumerate(domain.hosts)))

    def _add_policy(self, policy, leafs):
        lab = self.lab
        name = "mta-sts." + policy.domain
        lab.dns.add(policy.domain, *(f"MX 10 {host}." for host in policy.mx))
        lab.dns.add("_mta-sts." + policy.domain, *policy.txt)
        places = {"web": lab.web.address, "odd": lab.odd_web.address, "nobody": lab.address(99)}
        if policy.at in places:
            lab.dns.add(name, "A " + places[policy.at])
        if policy.at == "web":
            lab.web.add(name, leafs[policy.leaf], policy.body, policy.content_type, policy.action)
