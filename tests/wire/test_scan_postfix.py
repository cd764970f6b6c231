#!/usr/bin/env python3
"""Scans a Postfix with many set-ups and compares every line with what OpenSSL, GnuTLS and Postfix's
own log say of the same dialogues.
"""
import re
import socket
import sys

import runner
import witness
from lab import EHLO, Lab, codes
from postfix import LEVEL_0
from processes import can_bind

MODERN = {"smtpd_tls_protocols": ">=TLSv1.2", "smtpd_tls_mandatory_protocols": ">=TLSv1.2"}

# What Postfix is told in each set-up; the certificate is the healthy one unless FAULTY has another.
SETUPS = {
    "modern": MODERN,
    "both_keys": MODERN,
    "old": LEVEL_0,
    # As Debian ships it: TLS 1.0 and up, and anonymous suites for those who want them.
    "as_installed": {"smtpd_tls_exclude_ciphers": ""},
    # TLS 1.0 is not switched off, but the security level forbids its signatures: OpenSSL 3 then
    # ends the handshake with internal_error.
    "level_2": {"tls_medium_cipherlist": "ALL:!aNULL:@SECLEVEL=2"},
    "only_10": {**LEVEL_0, "smtpd_tls_protocols": "TLSv1"},
    "only_12": {"smtpd_tls_protocols": "TLSv1.2"},
    "only_13": {"smtpd_tls_protocols": ">=TLSv1.3"},
    "expired": MODERN,
    "not_yet": MODERN,
    "wrong_name": MODERN,
    "self_signed": MODERN,
    "unknown_root": MODERN,
    "no_intermediate": MODERN,
    "cn_only": MODERN,
    "rsa_1024": MODERN,
    "sha1": MODERN,
    "wrong_purpose": MODERN,
    "asks": {**MODERN, "smtpd_tls_ask_ccert": "yes"},
    "requires": {**MODERN, "smtpd_tls_security_level": "encrypt", "smtpd_tls_req_ccert": "yes"},
    "encrypt": {**MODERN, "smtpd_tls_security_level": "encrypt"},
    # These refuse MAIL FROM in clear by a rule of their own; the latter does so inside TLS, too.
    "mail_in_tls": {**MODERN, "smtpd_sender_restrictions": "reject_plaintext_session",
                    "plaintext_reject_code": "550"},
    "no_mail": {**MODERN, "smtpd_sender_restrictions": "reject"},
    "postscreen": {**MODERN, "postscreen": True},
    "one_at_a_time": {**MODERN, "smtpd_client_connection_count_limit": "1"},
    "plain": {},
    "rejects": {**MODERN, "smtpd_client_restrictions": "reject"},
    "full": {**MODERN, "smtpd_client_connection_count_limit": "1"},
}
OUTCOMES = {"plain": "starttls_not_advertised", "rejects": "banner_5xx", "full": "banner_421"}
PROBLEMS = {
    "expired": {"expired"},
    "not_yet": {"not_yet_valid"},
    "wrong_name": {"name_mismatch"},
    "self_signed": {"self_signed"},
    "unknown_root": {"untrusted_root"},
    "no_intermediate": {"incomplete_chain"},
    "cn_only": {"cn_only", "name_mismatch"},
    "rsa_1024": {"weak_key"},
    "sha1": {"weak_signature"},
    "wrong_purpose": {"bad_purpose"},
}
GRADES = {
    "modern": "A", "both_keys": "B", "as_installed": "B", "only_12": "A", "only_13": "A", "asks": "A", "encrypt": "A",
    "postscreen": "A", "one_at_a_time": "A", "old": "B", "sha1": "C", "only_10": "D",
    "expired": "C", "not_yet": "C", "wrong_name": "C", "self_signed": "C", "unknown_root": "C",
    "no_intermediate": "C", "cn_only": "C", "rsa_1024": "C", "wrong_purpose": "C", "plain": "F",
    "rejects": "U", "full": "U", "mail_in_tls": "A", "no_mail": "A",
}
# One that asks for patience gets more connections than the plan for an address has.
PATIENT = {"one_at_a_time", "full"}
# TLS 1.2 and newer, strong suites; what is old or weak takes a question each.
CONNECTIONS_CLEAN = 5
CONNECTIONS_MAX = 10
CLEAN = {"modern", "only_12", "only_13", "asks", "encrypt", "expired", "wrong_name"}


def host_of(name):
    return f"mx.{name.replace('_', '-')}.test"


def leafs_for(lab):
    pki = lab.pki
    hosts = [host_of(name) for name in [*SETUPS, "six"]]
    healthy = pki.leaf("healthy", hosts)
    healthy_rsa = pki.leaf("healthy_rsa", hosts, key="rsa2048")
    leafs = {name: [healthy] for name in SETUPS}
    leafs.update({
        "plain": [],
        "six": [healthy],
        "both_keys": [healthy, healthy_rsa],
        "old": [healthy, healthy_rsa],
        "expired": [pki.expired("expired", host_of("expired"))],
        "not_yet": [pki.not_yet_valid("not_yet", host_of("not_yet"))],
        "wrong_name": [pki.leaf("wrong_name", ["mx.somebody-else.test"])],
        "self_signed": [pki.self_signed("self_signed", host_of("self_signed"))],
        "unknown_root": [pki.of_unknown_root("unknown_root", host_of("unknown_root"))],
        "no_intermediate": [pki.without_intermediate("alone", host_of("no_intermediate"))],
        "cn_only": [pki.common_name_only("cn_only", host_of("cn_only"))],
        "rsa_1024": [pki.leaf("rsa_1024", [host_of("rsa_1024")], key="rsa1024")],
        "sha1": [pki.leaf("sha1", [host_of("sha1")], key="rsa2048", digest="sha1")],
        "wrong_purpose": [pki.leaf("wrong_purpose", [host_of("wrong_purpose")],
                                   purpose="clientAuth")],
    })
    return leafs


class World:
    """The set-ups, and what one scan of them all said."""

    def __init__(self, lab):
        self.lab = lab
        self.setups = {}
        leafs = leafs_for(lab)
        for number, (name, parameters) in enumerate(SETUPS.items()):
            self._add(name, lab.address(10 + number), "A", leafs[name], parameters)
        self.has_ipv6 = can_bind("::1", lab.port)
        if self.has_ipv6:
            self._add("six", "::1", "AAAA", leafs["six"], MODERN)
        self.results = None
        self.mark = 0
        self.logs = {}

    def _add(self, name, address, kind, leafs, parameters):
        self.setups[name] = self.lab.postfix.add(name, address, host_of(name), leafs, **parameters)
        domain = host_of(name).removeprefix("mx.")
        self.lab.dns.add(domain, f"MX 10 {host_of(name)}.")
        self.lab.dns.add(host_of(name), f"{kind} {address}")

    def list(self):
        rows = ["supplier,domain,tier,note"]
        for number, setup in enumerate(self.setups.values()):
            domain = setup.host.removeprefix("mx.")
            rows.append(f'"Müller, Söhne & ""{setup.name}""",{domain},{number},a;b')
        return "\n".join(rows) + "\n"

    def scan(self):
        # The one connection that this set-up takes from us is in use.
        with socket.create_connection((self.setups["full"].address, self.lab.port)) as held:
            held.settimeout(10)
            assert held.recv(512).startswith(b"220 ")
            self.mark = self.lab.postfix.log_mark()
            self.results = self.lab.scan(self.list(), "--retry-wait", "0.5", "--max-retries", "2",
                                         "--allow-net", "::1/128")
            for name in self.setups:
                if name != "full":
                    self.log(name)
            held.sendall(b"QUIT\r\n")
            held.recv(512)

    def endpoint(self, name):
        return self.results.endpoint(host_of(name))

    def speaking(self):
        """The names of the set-ups that come to a handshake."""
        return [name for name in self.setups if name not in OUTCOMES]

    def log(self, name):
        """What Postfix noted of the scan alone: the witnesses come later."""
        if name not in self.logs:
            self.logs[name] = self.lab.postfix.log_lines(self.setups[name], self.mark)
        return self.logs[name]

    def witness_chain(self, name, *options):
        setup = self.setups[name]
        return witness.Chain(self.lab.folder, setup.address, self.lab.port, setup.host,
                             self.lab.pki.root_file, *options)


# ---- The file as a whole


def test_the_run_ends_well_with_one_run_line_first_and_one_summary_last(world):
    results = world.results
    assert results.status == 0, f"exit status {results.status}: {results.errors}"
    assert results.records[0]["type"] == "run" and len(results.runs) == 1
    assert results.records[-1]["type"] == "summary" and len(results.summaries) == 1
    assert results.summaries[0]["complete"] is True


def test_every_line_of_the_list_has_one_domain_and_every_address_one_endpoint(world):
    differ = runner.Differences()
    for setup in world.setups.values():
        domain = setup.host.removeprefix("mx.")
        differ.equal(f"records of {domain}",
                     sum(record["domain"] == domain for record in world.results.domains), 1)
        differ.equal(f"addresses of {setup.host}",
                     [record["address"] for record in world.results.endpoints_of(setup.host)],
                     [setup.address])
    differ.equal("domains", len(world.results.domains), len(world.setups))
    differ.equal("endpoints", len(world.results.endpoints), len(world.setups))
    differ.check()


def test_the_counts_of_the_summary_add_up(world):
    summary = world.results.summaries[0]
    differ = runner.Differences()
    differ.equal("lines", summary["lines"], len(world.setups))
    differ.equal("domains", summary["domains"], len(world.results.domains))
    differ.equal("endpoints", summary["endpoints"], len(world.results.endpoints))
    differ.equal("invalid lines", summary["invalid_lines"], 0)
    differ.equal("connections", summary["connections"],
                 sum(record["connections"] for record in world.results.endpoints))
    for key, records in (("domain_grades", world.results.domains),
                         ("endpoint_grades", world.results.endpoints)):
        for grade, count in summary[key].items():
            differ.equal(f"{key} {grade}", count, sum(r["grade"] == grade for r in records))
    for outcome in {record["outcome"] for record in world.results.endpoints}:
        differ.equal(f"outcomes {outcome}", summary["outcomes"].get(outcome),
                     sum(r["outcome"] == outcome for r in world.results.endpoints))
    differ.equal("outcomes in all", sum(summary["outcomes"].values()),
                 len(world.results.endpoints))
    differ.check()


def test_the_columns_of_the_list_are_carried_through(world):
    for number, name in enumerate(world.setups):
        record = world.results.domain(host_of(name).removeprefix("mx."))
        assert record["line"] == number + 2, f"line {record['line']} of {name}"
        fields = record["input_fields"]
        assert fields["supplier"] == f'Müller, Söhne & "{name}"', fields
        assert (fields["tier"], fields["note"]) == (str(number), "a;b"), fields


# ---- How the dialogues end


def test_outcomes_are_told_apart(world):
    differ = runner.Differences()
    for name in world.setups:
        record = world.endpoint(name)
        if name == "requires":
            # Postfix shakes hands, then hangs up at the EHLO inside TLS.
            differ.within("requires", record["outcome"], {"ok", "tls_client_certificate"})
        else:
            differ.equal(name, record["outcome"], OUTCOMES.get(name, "ok"))
    differ.check()


def test_starttls_is_said_to_be_advertised_accepted_and_shaken_hands_over_only_where_it_was(world):
    differ = runner.Differences()
    for name in world.speaking():
        starttls = world.endpoint(name)["starttls"]
        differ.equal(name, [starttls[key] for key in ("advertised", "accepted", "handshake")],
                     ["yes", "yes", "yes"])
    plain = world.endpoint("plain")["starttls"]
    differ.equal("plain", plain["advertised"], "no")
    for key in ("accepted", "handshake"):
        differ.within(f"plain {key}", plain[key], {"no", "unknown"})
    differ.check()


def test_a_server_that_turns_the_caller_away_leaves_starttls_unknown_with_its_reply_kept(world):
    differ = runner.Differences()
    for name, code, outcome in (("rejects", 554, "banner_5xx"), ("full", 421, "banner_421")):
        record = world.endpoint(name)
        for key in ("advertised", "accepted", "handshake"):
            differ.equal(f"{name} {key}", record["starttls"][key], "unknown")
        differ.equal(f"{name} reason", record["starttls"]["advertised_reason"], outcome)
        differ.equal(f"{name} reply", record["reply"]["code"], code)
        differ.equal(f"{name} grade", record["grade"], "U")
    differ.check()


def test_a_421_is_tried_again_before_it_is_believed(world):
    assert world.endpoint("full")["attempts"] == 3, world.endpoint("full")["attempts"]
    connections = sum("too many connections" in line or "limit exceeded" in line
                      for line in world.log("full"))
    assert connections == 3, world.log("full")


def test_a_server_that_takes_one_connection_at_a_time_is_seen_whole(world):
    record = world.endpoint("one_at_a_time")
    assert record["outcome"] == "ok", record["outcome"]
    unknown = set(record["tls"]["versions_reason"]) - {"SSLv2"}  # which has a test of its own
    assert not unknown, record["tls"]["versions_reason"]


# ---- TLS


def test_versions_are_those_that_openssl_and_gnutls_see(world):
    differ = runner.Differences()
    for name in world.speaking():
        if name in ("postscreen", "one_at_a_time"):
            continue  # the same TLS as in "modern", behind a door that is slow or narrow
        setup = world.setups[name]
        tls = world.endpoint(name)["tls"]
        for version, expected in witness.versions(setup.address, world.lab.port).items():
            differ.equal(f"{name} {version} ({tls['versions_reason'].get(version)})",
                         tls["versions"][version], expected)
    differ.check()


def test_sslv3_is_found_nowhere_as_debian_has_no_openssl_that_speaks_it(world):
    differ = runner.Differences()
    for name in world.speaking():
        tls = world.endpoint(name)["tls"]
        differ.equal(f"{name} ({tls['versions_reason'].get('SSLv3')})",
                     tls["versions"]["SSLv3"], "no")
    differ.check()


def test_sslv2_is_found_nowhere_and_asked_for_where_tls13_is_not(world):
    differ = runner.Differences()
    for name in world.speaking():
        tls = world.endpoint(name)["tls"]
        # No library has both SSLv2 and TLS 1.3: beside that it is not asked for.
        expected = "unknown" if tls["versions"]["TLSv1.3"] == "yes" else "no"
        differ.equal(f"{name} ({tls['versions_reason'].get('SSLv2')})",
                     tls["versions"]["SSLv2"], expected)
    differ.check()


def test_the_set_ups_really_differ_in_their_versions(world):
    def of(name):
        seen = witness.versions(world.setups[name].address, world.lab.port)
        return [version for version in seen if seen[version] == "yes"]
    assert of("old") == ["TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"], of("old")
    assert of("as_installed") == of("old"), of("as_installed")
    assert of("modern") == of("level_2") == ["TLSv1.2", "TLSv1.3"], of("level_2")
    assert [of(f"only_{number}") for number in (10, 12, 13)] == \
        [["TLSv1.0"], ["TLSv1.2"], ["TLSv1.3"]]


def test_the_version_of_the_handshake_is_the_best_that_the_server_has(world):
    differ = runner.Differences()
    for name in world.speaking():
        expected = {"only_10": "TLSv1.0", "only_12": "TLSv1.2"}.get(name, "TLSv1.3")
        tls = world.endpoint(name)["tls"]
        differ.equal(name, tls["version"], expected)
        lines = [line for line in world.log(name) if "TLS connection established" in line]
        # Postfix writes "TLSv1" for 1.0; the whole handshakes of the scan are in its log.
        pattern = f": {expected.removesuffix('.0')} with cipher "
        differ.equal(f"{name} in Postfix's log", any(pattern in line for line in lines), True)
    differ.check()


def test_anonymous_suites_are_found_exactly_where_openssl_finds_them(world):
    differ = runner.Differences()
    for name in ("as_installed", "modern", "old", "only_12"):
        takes = witness.takes_suites(world.setups[name].address, world.lab.port, "aNULL")
        tls = world.endpoint(name)["tls"]
        if "anonymous" in tls["weak_unknown"]:
            raise runner.Skip("weak suites are not asked for yet")
        differ.equal(name, "anonymous" in tls["weak"], takes)
    differ.equal("as_installed by openssl", witness.takes_suites(
        world.setups["as_installed"].address, world.lab.port, "aNULL"), True)
    differ.check()


def test_a_client_certificate_is_seen_to_be_asked_for(world):
    differ = runner.Differences()
    differ.equal("modern", world.endpoint("modern")["tls"]["client_certificate"], "none")
    differ.equal("asks", world.endpoint("asks")["tls"]["client_certificate"], "requested")
    differ.within("requires", world.endpoint("requires")["tls"]["client_certificate"],
                  {"requested", "required"})
    differ.check()


def test_a_client_certificate_that_is_required_is_shown_and_meets_no_profile(world):
    """Postfix demands the certificate inside TLS, by a 421."""
    record = world.endpoint("requires")
    found = [f["detail"] for f in record["findings"] if f["code"] == "client_certificate_required"]
    differ = runner.Differences()
    differ.equal("grade", record["grade"], "F")
    differ.equal("finding", found, ["inside TLS: " + record["reply"]["text"]])
    differ.equal("its words", "421 4.7.1" in found[0] and "certificate" in found[0], True)
    differ.equal("profiles", [profile["level"] for profile in record["profiles"].values()],
                 ["not_met", "insufficient", "none", "not_met"])
    differ.check()


def test_who_takes_mail_in_tls_alone_enforces_tls_whatever_the_reply_in_clear(world):
    differ = runner.Differences()
    for name, expected, only_in_tls in (("encrypt", "refused", None), ("mail_in_tls", "refused", True),
                                        ("no_mail", "unknown", None), ("modern", "accepted", None)):
        record = world.endpoint(name)
        differ.equal(name, record["plaintext_mail"], expected)
        differ.equal(f"{name}, by MAIL inside TLS", record["evidence"].get("mail_only_in_tls"),
                     only_in_tls)
        # One dialogue more than the handshake, where the reply in clear could mean anything.
        differ.equal(f"{name} dialogues", record["attempts"],
                     2 if name in ("mail_in_tls", "no_mail") else 1)
    differ.check()
    logs = {name: "\n".join(world.log(name)) for name in ("mail_in_tls", "no_mail")}
    assert "550 5.7.1 Session encryption is required" in logs["mail_in_tls"], logs["mail_in_tls"]
    assert "RCPT" not in logs["mail_in_tls"] + logs["no_mail"]


def test_an_ipv6_address_is_scanned_like_any_other(world):
    if not world.has_ipv6:
        raise runner.Skip("there is no [::1], or its port is taken")
    record = world.endpoint("six")
    assert (record["address"], record["family"], record["outcome"]) == ("::1", 6, "ok"), record


# ---- Certificates


def test_certificate_problems_are_the_faults_that_were_made(world):
    differ = runner.Differences()
    for name in world.speaking():
        differ.equal(name, set(world.endpoint(name)["certificate"]["problems"]),
                     PROBLEMS.get(name, set()))
    differ.check()


def test_trust_names_and_dates_are_judged_as_openssl_judges_them(world):
    differ = runner.Differences()
    for name in world.speaking():
        chain = world.witness_chain(name)
        certificate = world.endpoint(name)["certificate"]
        trusted = chain.verify_error("-no_check_time") == 0
        differ.equal(f"{name} trusted", certificate["trusted"], "yes" if trusted else "no")
        if name != "cn_only":  # where OpenSSL takes the common name for a name, RFC 9525 does not
            differ.equal(f"{name} name_match", certificate["name_match"],
                         "yes" if chain.is_named(host_of(name)) else "no")
        dates = {9: {"not_yet_valid"}, 10: {"expired"}}.get(chain.verify_error(), set())
        differ.equal(f"{name} dates",
                     set(certificate["problems"]) & {"expired", "not_yet_valid"}, dates)
    differ.check()


def test_certificates_are_the_ones_that_openssl_gets(world):
    differ = runner.Differences()
    for name in world.speaking():
        record = world.endpoint(name)
        seen = record["certificate"]
        kind = ["-tls1_2", "-sigalgs", "RSA+SHA256" if seen["key"] == "RSA" else "ECDSA+SHA256"] \
            if len(world.setups[name].leafs) == 2 else []
        chain = world.witness_chain(name, *kind)
        differ.equal(f"{name} sha256", seen["sha256"], chain.sha256())
        differ.equal(f"{name} spki_sha256", seen["spki_sha256"], chain.spki_sha256())
        differ.equal(f"{name} chain_length", seen["chain_length"], len(chain.certificates))
    differ.check()


def test_both_leafs_of_a_server_with_two_keys_are_seen(world):
    record = world.endpoint("both_keys")
    if "certificates" not in record:
        raise runner.Skip("the second key type is not asked for yet")
    seen = {certificate["sha256"] for certificate in record["certificates"]}
    expected = {world.witness_chain("both_keys", "-tls1_2", "-sigalgs", kind).sha256()
                for kind in ("RSA+SHA256", "ECDSA+SHA256")}
    assert len(expected) == 2 and seen == expected, f"{seen}, expected {expected}"


def test_names_and_days_left_are_those_of_the_certificate(world):
    certificate = world.endpoint("expired")["certificate"]
    assert certificate["names"] == [host_of("expired")], certificate["names"]
    # It ended thirty days before it was made, some seconds ago.
    assert certificate["days_left"] in (-30, -31), certificate["days_left"]
    assert world.endpoint("modern")["certificate"]["days_left"] in (59, 60)


# ---- Grades


def test_grades_are_those_of_the_policy(world):
    differ = runner.Differences()
    for name, grade in GRADES.items():
        record = world.endpoint(name)
        differ.equal(f"{name} (with {sorted(codes(record))})", record["grade"], grade)
        differ.equal(f"domain {name}",
                     world.results.domain(host_of(name).removeprefix("mx."))["grade"], grade)
    differ.check()


# ---- Manners, by Postfix's log


def test_every_greeting_gives_the_name_that_was_set(world):
    differ = runner.Differences()
    for name in world.setups:
        names = set(re.findall(r"EHLO from .* helo=<([^>]*)>", "\n".join(world.log(name))))
        differ.equal(name, names, set() if name in ("rejects", "full") else {EHLO})
    differ.check()


def test_the_main_dialogue_says_ehlo_twice_and_quits(world):
    differ = runner.Differences()
    for name in world.speaking():
        if name == "requires":
            continue  # Postfix leaves first
        ends = [line for line in world.log(name) if "disconnect from" in line]
        whole = [line for line in ends if re.search(r" ehlo=2 starttls=1 .*quit=1 ", line)]
        differ.equal(f"{name} has a whole dialogue among {ends}", bool(whole), True)
    for name in ("plain", "rejects"):
        ends = [line for line in world.log(name) if "disconnect from" in line]
        differ.equal(f"{name} quits in {ends}", all(" quit=" in line for line in ends), True)
    differ.check()


def test_a_connection_is_only_dropped_inside_tls(world):
    differ = runner.Differences()
    for name in world.setups:
        lost = [line for line in world.log(name) if re.search("(lost connection|timeout) after",
                                                              line)]
        differ.equal(name, [line for line in lost if "after STARTTLS" not in line], [])
    differ.check()


def test_nothing_is_sent_out_of_turn(world):
    differ = runner.Differences()
    for name in world.setups:
        bad = [line for line in world.log(name)
               if re.search("pipelining|PREGREET|HANGUP|COMMAND|non-SMTP|too many err|bare", line)]
        differ.equal(name, bad, [])
    differ.check()


# What Postfix notes where it refuses an offer itself. Anything else would be a fault of ours in what
# follows its ServerHello, as "wrong version number" would be.
REFUSALS = ("unsupported protocol", "version too low", "unknown protocol", "no shared cipher",
            "no suitable key share", "no suitable signature algorithm", "internal error")


def test_postfix_notes_no_fault_in_our_tls_but_that_there_was_nothing_in_common(world):
    differ = runner.Differences()
    for name in world.speaking():
        reasons = re.findall(r"TLS library problem: error:\w+:[^:]*:[^:]*:([^:]*):",
                             "\n".join(world.log(name)))
        differ.equal(name, set(reasons) - set(REFUSALS), set())
    differ.check()


def test_the_multi_line_greeting_of_postscreen_is_waited_for(world):
    log = world.log("postscreen")
    connects = sum(" CONNECT from " in line for line in log)
    # Of two that call at once the later one finds the address known.
    new, old = (sum(f" PASS {kind} " in line for line in log) for kind in ("NEW", "OLD"))
    assert connects == new + old and new > old, "\n".join(log)
    banner = world.endpoint("postscreen")["banner"]
    assert "please wait" in banner and "ESMTP" in banner, banner
    assert world.endpoint("postscreen")["timings_ms"]["banner"] >= 900


def test_a_clean_server_costs_five_connections_and_no_server_more_than_ten(world):
    differ = runner.Differences()
    for name in set(world.setups) - PATIENT:
        record = world.endpoint(name)
        calls = sum("]: connect from " in line for line in world.log(name))
        most = CONNECTIONS_CLEAN if name in CLEAN else CONNECTIONS_MAX
        differ.equal(f"{name} calls", calls, record["connections"])
        differ.equal(f"{name} called {calls} times, too often", calls > most, False)
    differ.check()


def test_no_mail_is_ever_begun(world):
    differ = runner.Differences()
    for name in world.setups:
        bad = [line for line in world.log(name) if re.search(r" (rcpt|data|bdat|auth)=", line)]
        differ.equal(name, bad, [])
    differ.check()


def main():
    with Lab() as lab:
        world = World(lab)
        with lab.running():
            world.scan()
            return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
