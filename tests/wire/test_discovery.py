#!/usr/bin/env python3
"""From a domain to its mail servers, over a real resolver that validates and real authoritative
zones: every shape of MX, the ways in which DNS fails, and the addresses that must be left alone.
"""
import contextlib
import os
import re
import socket
import struct
import sys

import runner
from lab import EHLO, Lab, codes

TWIN = "EXPLICIT.Test."  # of explicit.test, on a later line
OFFLINE = "127.0.0.1"  # stands for the address of a machine that is on no network
MANY = 24  # MX records with names so long that the answer has to come over TCP


def many_host(number):
    return f"h{number:02d}{'x' * 57}.many.test"


def source_address():
    """The address that the kernel would call a public server from; connecting UDP sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1", 25))
        except OSError:
            return OFFLINE
        return probe.getsockname()[0]


class World:
    """The zones, two mail servers, and what one scan of all the domains said."""

    def __init__(self, lab):
        self.lab = lab
        self.good, self.plain, self.excluded = (lab.address(last) for last in (10, 11, 12))
        self.refused = lab.address(200)  # nothing listens there
        first, second, _ = lab.network.split(".")
        # In the loopback network, listening, and not among the addresses that may be called.
        self.forbidden = f"{first}.{int(second) - 1}.{os.getpid() % 250 + 1}.10"
        leaf = lab.pki.leaf("mail", ["mx.mail.test", "implicit.test", "*.mail.test", "*.many.test"])
        self.postfix = {
            "good": lab.postfix.add("good", self.good, "mx.mail.test", [leaf],
                                    smtpd_tls_protocols=">=TLSv1.2"),
            "plain": lab.postfix.add("plain", self.plain, "mx.clear.test"),
            "excluded": lab.postfix.add("excluded", self.excluded, "mx.excluded.test", [leaf]),
        }
        self._add_hosts(lab.dns)
        self._add_domains(lab.dns)
        self.calls_to_forbidden = 0
        self.results = None
        self.mark = 0

    def _add_hosts(self, dns):
        dns.add("mx.mail.test", "A " + self.good)
        dns.add("alias.mail.test", "CNAME mx.mail.test.")
        dns.add("two.mail.test", "A " + self.good, "A " + self.refused)
        dns.add("gone.mail.test", "A " + self.refused)
        dns.add("text.mail.test", 'TXT "no address"')
        dns.add("inside.mail.test", "A " + self.forbidden)
        dns.add("under_score.mail.test", "A " + self.good)
        dns.add("mx.clear.test", "A " + self.plain)
        dns.add("barred.mail.test", "A " + self.excluded)
        dns.add("mx.excluded.test", "A " + self.excluded)

    def _add_domains(self, dns):
        dns.add("explicit.test", "MX 10 mx.mail.test.")
        dns.add("insecure.plain.test", "MX 10 mx.mail.test.")
        dns.add("order.test", "MX 30 two.mail.test.", "MX 10 mx.mail.test.",
                "MX 20 alias.mail.test.")
        dns.add("null.test", "MX 0 .")
        dns.add("nullplus.test", "MX 0 .", "MX 10 mx.mail.test.")
        dns.add("implicit.test", "A " + self.good)
        dns.add("nomail.test", 'TXT "v=spf1 -all"')
        dns.add("bogus.bogus.test", "MX 10 mx.mail.test.")
        dns.add("cname.test", "MX 10 alias.mail.test.")
        dns.add("aliased.test", "CNAME explicit.test.")
        dns.add("literal.test", f"MX 10 {self.good}.")
        dns.add("dangling.test", "MX 10 nowhere.mail.test.")
        dns.add("proven.test", "MX 10 mx.mail.test.", "MX 32767 ms12345678.msv1.invalid.")
        dns.add("addressless.test", "MX 10 text.mail.test.")
        dns.add("hostfail.test", "MX 10 mx.broken.test.")
        dns.add("hostmute.test", "MX 10 mx.silent.test.")
        dns.add("refused.test", "MX 10 gone.mail.test.")
        dns.add("two.test", "MX 10 two.mail.test.")
        dns.add("half.test", "MX 10 mx.mail.test.", "MX 20 mx.clear.test.")
        dns.add("private.test", "MX 10 inside.mail.test.")
        dns.add("score.test", "MX 10 under_score.mail.test.")
        dns.add("xn--bcher-kva.test", "MX 10 mx.mail.test.")
        dns.add("barred.test", "MX 10 barred.mail.test.")
        dns.add("excluded.test", "MX 10 mx.excluded.test.")
        for number in range(MANY):
            dns.add("many.test", f"MX {number} {many_host(number)}.")
            dns.add(many_host(number), "A " + self.good)
        reverse = ".".join(reversed(source_address().split(".")))
        dns.add(f"{reverse}.in-addr.arpa", "PTR outgoing.explicit.test.")

    LIST = ("explicit.test", "insecure.plain.test", "order.test", "null.test", "nullplus.test",
            "implicit.test", "nomail.test", "nosuch.test", "x.broken.test", "bogus.bogus.test",
            "x.silent.test", "cname.test", "aliased.test", "literal.test", "dangling.test",
            "addressless.test", "hostfail.test", "hostmute.test", "refused.test", "two.test",
            "half.test", "proven.test", "private.test", "score.test", "bücher.test", "barred.test",
            "www.excluded.test", "many.test", TWIN, "not a domain")

    def scan(self):
        exclusions = os.path.join(self.lab.folder, "exclude")
        with open(exclusions, "w", encoding="ascii") as stream:
            stream.write(f"# names and networks\nexcluded.test\n{self.excluded}/32\n")
        with contextlib.ExitStack() as stack:
            door = stack.enter_context(socket.create_server((self.forbidden, self.lab.port)))
            door.setblocking(False)
            self.mark = self.lab.postfix.log_mark()
            self.results = self.lab.scan("\n".join(self.LIST) + "\n", "--retry-wait", "0.5",
                                         "--dns-timeout", "1", "--exclude", exclusions)
            with contextlib.suppress(BlockingIOError):
                while True:
                    door.accept()[0].close()
                    self.calls_to_forbidden += 1

    def domain(self, name):
        """The record of the line that is written just so, where several name the domain."""
        found = [record for record in self.results.domains
                 if record["domain"] == name and record["input"] != TWIN]
        assert len(found) == 1, f"{len(found)} records of {name}: {self.results.errors}"
        return found[0]

    def log(self, name):
        return self.lab.postfix.log_lines(self.postfix[name], self.mark)


def hosts_of(record):
    return [(mx["preference"], mx["host"], mx["outcome"]) for mx in record["mx"]]


# ---- Kinds of mail


def test_mx_implicit_mx_null_mx_and_no_mail_are_told_apart(world):
    differ = runner.Differences()
    for name, mail, outcome in (("explicit.test", "mx", "ok"),
                                ("implicit.test", "implicit", "dns_nodata"),
                                ("null.test", "null_mx", "ok"),
                                ("nomail.test", "none", "dns_nodata"),
                                ("nosuch.test", "none", "dns_nxdomain")):
        record = world.domain(name)
        differ.equal(f"{name} mail", record["mail"], mail)
        differ.equal(f"{name} dns", record["dns"]["outcome"], outcome)
    differ.check()


def test_failures_of_dns_are_told_apart_and_never_mean_no_mail(world):
    differ = runner.Differences()
    for name, outcome in (("x.broken.test", "dns_servfail"), ("x.silent.test", "dns_timeout")):
        record = world.domain(name)
        differ.equal(f"{name} mail", record["mail"], "unknown")
        differ.equal(f"{name} dns", record["dns"]["outcome"], outcome)
        differ.equal(f"{name} dnssec", record["dns"]["dnssec"], "unknown")
        differ.equal(f"{name} grade", record["grade"], "U")
        differ.equal(f"{name} opportunistic", record["opportunistic_tls"], "unknown")
    differ.check()


def test_a_bogus_answer_is_a_failure_whose_hosts_are_scanned_all_the_same(world):
    """Senders that do not validate get there; those that do may not deliver (RFC 7672 section 2.1.1)."""
    record = world.domain("bogus.bogus.test")
    assert record["dns"]["outcome"] == "dns_servfail" and record["dns"]["dnssec"] == "unknown", record["dns"]
    assert (record["mail"], record["opportunistic_tls"]) == ("mx", "yes"), record
    assert record["grade"] == "D" and "dane_bogus" in codes(record), record


def test_a_null_mx_is_no_mail_and_is_not_a_failure(world):
    record = world.domain("null.test")
    assert record["grade"] == "N" and "null_mx" in codes(record), record
    assert record["score"] is None and record["partial"] is False


def test_a_null_mx_beside_another_mx_is_a_fault_and_the_other_is_used(world):
    record = world.domain("nullplus.test")
    assert record["mail"] == "mx" and "null_mx_beside_others" in codes(record), record
    assert (10, "mx.mail.test", "ok") in hosts_of(record), hosts_of(record)
    assert record["opportunistic_tls"] == "yes", record["opportunistic_reason"]


def test_the_domain_itself_is_its_implicit_mx_and_has_no_preference(world):
    record = world.domain("implicit.test")
    assert hosts_of(record) == [(None, "implicit.test", "ok")], hosts_of(record)
    assert "implicit_mx" in codes(record) and record["grade"] == "A", record


def test_dnssec_is_yes_where_the_answer_was_validated_and_no_where_the_zone_is_unsigned(world):
    differ = runner.Differences()
    for name, status in (("explicit.test", "yes"), ("null.test", "yes"), ("nosuch.test", "yes"),
                         ("nomail.test", "yes"), ("insecure.plain.test", "no")):
        differ.equal(name, world.domain(name)["dns"]["dnssec"], status)
    differ.check()


# ---- Shapes of MX


def test_mx_hosts_come_in_the_order_of_their_preference(world):
    expected = [(10, "mx.mail.test", "ok"), (20, "alias.mail.test", "ok"),
                (30, "two.mail.test", "ok")]
    assert hosts_of(world.domain("order.test")) == expected, hosts_of(world.domain("order.test"))


def test_an_mx_that_is_an_alias_is_followed_and_named(world):
    record = world.domain("cname.test")
    assert hosts_of(record) == [(10, "alias.mail.test", "ok")], hosts_of(record)
    assert "mx_is_cname" in codes(record), codes(record)
    assert world.results.endpoint("alias.mail.test")["address"] == world.good
    assert "mx_is_cname" not in codes(world.domain("explicit.test"))


def test_a_domain_that_is_an_alias_has_the_mail_of_its_target(world):
    record = world.domain("aliased.test")
    assert (record["mail"], hosts_of(record)) == ("mx", [(10, "mx.mail.test", "ok")]), record


def test_an_mx_that_is_an_address_is_a_fault_and_is_not_called(world):
    record = world.domain("literal.test")
    assert hosts_of(record) == [(10, world.good, "mx_invalid")], hosts_of(record)
    assert "mx_is_address" in codes(record) and record["grade"] == "U", record


def test_mx_hosts_without_an_address_say_why(world):
    differ = runner.Differences()
    for name, host, outcome in (("dangling.test", "nowhere.mail.test", "dns_nxdomain"),
                                ("addressless.test", "text.mail.test", "dns_nodata"),
                                ("hostfail.test", "mx.broken.test", "dns_servfail"),
                                ("hostmute.test", "mx.silent.test", "dns_timeout")):
        record = world.domain(name)
        differ.equal(name, hosts_of(record), [(10, host, outcome)])
        differ.equal(f"{name} grade", record["grade"], "U")
        differ.equal(f"{name} dangling", "mx_dangling" in codes(record),
                     outcome in ("dns_nxdomain", "dns_nodata"))
        # A failure has its line too.
        endpoint = world.results.endpoint(host)
        differ.equal(f"{host} outcome", endpoint["outcome"], outcome)
        differ.equal(f"{host} address", endpoint["address"], None)
    differ.check()


def test_an_mx_host_tells_its_look_up_from_its_dialogues(world):
    differ = runner.Differences()
    for name, lookup, outcome in (("explicit.test", "ok", "ok"),
                                  ("refused.test", "ok", "connect_refused"),
                                  ("private.test", "ok", "address_not_public"),
                                  ("dangling.test", "dns_nxdomain", "dns_nxdomain"),
                                  ("hostfail.test", "dns_servfail", "dns_servfail"),
                                  ("literal.test", None, "mx_invalid")):
        mx = world.domain(name)["mx"][0]
        differ.equal(name, (mx["lookup"], mx["outcome"]), (lookup, outcome))
    differ.check()


def test_an_answer_too_long_for_udp_is_fetched_over_tcp(world):
    assert is_truncated(world.lab.dns.port, "many.test"), "the resolver did not truncate"
    record = world.domain("many.test")
    expected = [(number, many_host(number), "ok") for number in range(MANY)]
    assert hosts_of(record) == expected, hosts_of(record)


def is_truncated(port, name):
    """Asks for the MX over UDP with room for 1280 bytes, as the scanner's DNS library does."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    query = struct.pack("!6H", 1, 0x0100, 1, 0, 0, 1) + labels + struct.pack("!BHH", 0, 15, 1) + \
        struct.pack("!BHHIH", 0, 41, 1280, 0, 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(5)
        asker.sendto(query, ("127.0.0.1", port))
        return asker.recv(4096)[2] & 2 != 0


def test_a_host_name_with_an_underscore_is_scanned(world):
    endpoint = world.results.endpoint("under_score.mail.test")
    assert endpoint["outcome"] == "ok", endpoint["outcome"]


# ---- Addresses


def test_every_address_of_a_host_is_looked_at(world):
    seen = {(endpoint["address"], endpoint["outcome"])
            for endpoint in world.results.endpoints_of("two.mail.test")}
    assert seen == {(world.good, "ok"), (world.refused, "connect_refused")}, seen
    record = world.domain("two.test")
    assert record["partial"] is True and record["grade"] == "A", record
    assert "mx_unobserved" in codes(record), codes(record)


def test_a_refused_connection_is_no_verdict_on_tls(world):
    record = world.domain("refused.test")
    assert hosts_of(record) == [(10, "gone.mail.test", "connect_refused")], hosts_of(record)
    assert (record["grade"], record["opportunistic_tls"]) == ("U", "unknown"), record
    starttls = world.results.endpoint("gone.mail.test")["starttls"]
    assert starttls["advertised"] == "unknown", starttls
    assert starttls["advertised_reason"] == "connect_refused", starttls


def test_a_domain_with_tls_on_one_mx_and_none_on_the_other_is_partial(world):
    record = world.domain("half.test")
    assert record["opportunistic_tls"] == "partial", record["opportunistic_reason"]
    assert record["grade"] == "D" and "starttls_on_some" in codes(record), record


def test_an_address_outside_the_allowed_networks_is_reported_and_never_called(world):
    endpoint = world.results.endpoint("inside.mail.test")
    assert endpoint["outcome"] == "address_not_public", endpoint
    assert endpoint["address"] == world.forbidden and endpoint["connections"] == 0, endpoint
    assert "mx_not_public" in codes(world.domain("private.test"))
    assert world.calls_to_forbidden == 0, world.calls_to_forbidden


def test_an_mx_that_proves_who_owns_the_domain_is_no_fault(world):
    record, explicit = world.domain("proven.test"), world.domain("explicit.test")
    assert [mx["outcome"] for mx in record["mx"]] == ["ok", "dns_nxdomain"], record["mx"]
    assert codes(record) == codes(explicit), codes(record)
    assert (record["grade"], record["partial"]) == (explicit["grade"], False), record


def test_excluded_names_and_networks_are_never_called(world):
    by_name = world.domain("www.excluded.test")
    assert by_name["dns"]["outcome"] == "excluded" and by_name["grade"] == "U", by_name
    by_address = world.results.endpoint("barred.mail.test")
    assert by_address["outcome"] == "excluded" and by_address["connections"] == 0, by_address
    assert not world.log("excluded"), world.log("excluded")


# ---- Lines


def test_an_internationalised_domain_is_asked_for_in_its_ascii_form(world):
    record = world.domain("xn--bcher-kva.test")
    assert (record["input"], record["mail"]) == ("bücher.test", "mx"), record


def test_a_line_that_is_no_domain_has_a_record_that_says_so(world):
    found = [record for record in world.results.domains if record["input"] == "not a domain"]
    assert len(found) == 1 and found[0]["domain"] is None, found
    assert "invalid_input" in codes(found[0]) and found[0]["grade"] == "U", found
    assert world.results.summaries[0]["invalid_lines"] == 1


def test_every_line_has_its_record_with_its_number(world):
    lines = {record["line"]: record["input"] for record in world.results.domains}
    assert lines == dict(enumerate(world.LIST, 1)), lines


def test_a_domain_that_is_listed_twice_gets_the_same_answer_on_both_lines(world):
    first, second = (dict(record) for record in world.results.domains
                     if record["domain"] == "explicit.test")
    for record in (first, second):
        del record["input"], record["line"], record["started"]
    assert first == second, (first, second)


# ---- Once, not many times


def test_a_host_that_many_domains_share_is_looked_at_once(world):
    sharing = [record for record in world.results.domains
               if any(mx["host"] == "mx.mail.test" for mx in record["mx"])]
    assert len(sharing) >= 7, len(sharing)
    assert len(world.results.endpoints_of("mx.mail.test")) == 1


def test_an_address_costs_one_handshake_per_host_name_and_its_probes_once(world):
    hosts = [record for record in world.results.endpoints if record["address"] == world.good]
    calls = sum("]: connect from " in line for line in world.log("good"))
    assert len(hosts) > MANY, len(hosts)
    # Up to seven for the address itself, the first name's handshake among them.
    assert len(hosts) <= calls <= len(hosts) - 1 + 7, f"{calls} calls for {len(hosts)} names"
    assert world.results.summaries[0]["connections_saved"] > 0


def test_every_endpoint_is_named_by_some_domain_and_every_named_one_has_its_line(world):
    named = {(mx["host"], endpoint["address"]) for record in world.results.domains
             for mx in record["mx"] for endpoint in mx["endpoints"]}
    told = {(record["host"], record["address"]) for record in world.results.endpoints
            if record["address"] is not None}
    assert named == told, f"only in domains: {named - told}; only in lines: {told - named}"


def test_the_counts_of_the_summary_add_up(world):
    summary = world.results.summaries[0]
    differ = runner.Differences()
    differ.equal("status", world.results.status, 0)
    differ.equal("complete", summary["complete"], True)
    differ.equal("lines", summary["lines"], len(world.LIST))
    differ.equal("domains", summary["domains"] + summary["invalid_lines"], len(world.LIST))
    differ.equal("endpoints", summary["endpoints"], len(world.results.endpoints))
    differ.equal("domain grades", sum(summary["domain_grades"].values()), summary["domains"])
    differ.equal("endpoint grades", sum(summary["endpoint_grades"].values()),
                 len(world.results.endpoints))
    for outcome in {record["outcome"] for record in world.results.endpoints}:
        differ.equal(f"outcomes {outcome}", summary["outcomes"].get(outcome),
                     sum(r["outcome"] == outcome for r in world.results.endpoints))
    differ.check()


# ---- Other ways to be started


def greeted_names(world, mark):
    lines = world.lab.postfix.log_lines(world.postfix["good"], mark)
    return set(re.findall(r"EHLO from .* helo=<([^>]*)>", "\n".join(lines)))


def test_without_ehlo_the_name_is_the_ptr_name_of_the_source_address(world):
    if source_address() == OFFLINE:
        raise runner.Skip("this machine is on no network")
    mark = world.lab.postfix.log_mark()
    results = world.lab.scan("explicit.test\n", "-4", "--depth", "quick", "no-ehlo")
    assert results.status == 0, results.errors
    names = greeted_names(world, mark)
    assert names == {"outgoing.explicit.test"}, f"{names}: {results.errors}"


def test_hosts_are_scanned_without_a_look_up_of_mx(world):
    mark = world.lab.postfix.log_mark()
    port = world.lab.port
    results = world.lab.scan(f"mx.mail.test\nmx.mail.test:{port}\n{world.plain}:{port}\n",
                             "--hosts", "--retry-wait", "0.5")
    assert results.status == 0, results.errors
    told = {(record["host"], record["address"], record["outcome"]) for record in results.endpoints}
    assert told == {("mx.mail.test", world.good, "ok"),
                    (None, world.plain, "starttls_not_advertised")}, told
    assert greeted_names(world, mark) == {EHLO}


def test_a_bare_address_has_no_name_to_match(world):
    results = world.lab.scan(f"{world.good}\n", "--hosts", "--depth", "quick")
    certificate = results.endpoints[0]["certificate"]
    assert certificate["name_match"] is None and certificate["trusted"] == "yes", certificate
    assert not certificate["problems"], certificate["problems"]


def test_a_dead_resolver_is_a_dns_failure_of_every_domain_and_not_of_their_mail(world):
    results = world.lab.scan("explicit.test\nnull.test\n", "--resolver", world.lab.address(254),
                             "--dns-timeout", "0.5")
    outcomes = {record["dns"]["outcome"] for record in results.domains}
    assert len(results.domains) == 2 and outcomes <= {"dns_timeout", "dns_refused"}, outcomes
    assert {record["grade"] for record in results.domains} == {"U"}


def main():
    with Lab() as lab:
        world = World(lab)
        with lab.running():
            world.scan()
            return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
