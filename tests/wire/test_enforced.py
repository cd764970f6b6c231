#!/usr/bin/env python3
"""Enforced TLS: DANE, MTA-STS and TLS reporting over a real DNSSEC, a real web server and a real
Postfix, every case of enforced_cases.py; and what Postfix's own tools make of the same.
"""
import json
import os
import sys

import enforced_cases as cases
import runner
from enforced_lab import FAR_RESOLVER, Lab443, can_enter, enter
from enforced_witness import Dane, LdnsDane, MtaSts, at_once, secure
from enforced_world import World
from stacks import EXIM_PROGRAM, Missing, need_beside


def status_of(record):
    return record["dane"]["status"]


def test_the_scans_end_without_complaint(world):
    for results in (world.results, world.odd_results):
        assert results.status == 0, f"exit status {results.status}: {results.errors}"
        assert "Sanitizer" not in results.errors, results.errors


# ---- DANE


def test_every_endpoint_has_the_dane_status_of_its_host(world):
    differ = runner.Differences()
    for host in cases.HOSTS:
        endpoints = world.results.endpoints_of(host.name)
        expected = [host.status] * len(host.servers) if isinstance(host.status, str) \
            else list(host.status)
        differ.equal(host.name, sorted(map(status_of, endpoints)), sorted(expected))
        for endpoint in endpoints:
            dane = endpoint["dane"]
            if dane["status"] == "valid":
                differ.equal(host.name + ": matched", dane["matched"], host.matched)
                differ.equal(host.name + ": base", dane["base"], host.base or host.name)
            else:
                differ.equal(host.name + ": matched", dane["matched"], None)
            missing = set(host.problems) - set(dane["problems"])
            differ.equal(host.name + ": problems missing", missing, set())
    differ.check()


def test_posttls_finger_says_the_same_of_every_host(world):
    witness = Dane(world.lab)
    same = {"insecure": "none", "temperror": "error", "bogus": "error"}
    differ = runner.Differences()
    verdicts = at_once(witness.verdict, [host.name for host in cases.HOSTS])
    for host, (verdict, matched) in zip(cases.HOSTS, verdicts):
        if host.witness == "one address":  # the witness takes the first, and any may be that
            differ.within(f"{host.name} by posttls-finger", verdict, host.status)
            continue
        expected = same.get(host.status, host.status) if host.witness == "as we" else host.witness
        if cases.CLEAR in host.servers and host.witness == "as we":
            continue  # "dane-only" without records says nothing of a host without TLS
        differ.equal(f"{host.name} by posttls-finger", verdict, expected)
        if host.status == "valid":
            differ.equal(f"{host.name} by posttls-finger: matched", matched, host.matched)
    differ.check()


def test_posttls_finger_goes_on_puts_off_and_verifies_where_the_table_says(world):
    witness = Dane(world.lab)
    expected = {"valid": "verified", "bogus": "put off", "temperror": "put off"}
    differ = runner.Differences()
    hosts = [host for host in cases.HOSTS if host.witness != "one address"]
    for host, seen in zip(hosts, at_once(witness.at_ease, [host.name for host in hosts])):
        status = "valid" if host.witness == "valid" else host.status
        differ.equal(f"{host.name} by posttls-finger -l dane", seen,
                     expected.get(status, "not verified"))
    differ.check()


def test_ldns_dane_says_the_same_of_every_chain(world):
    """Also of second leafs, which posttls-finger does not ask for."""
    witness = LdnsDane(world.lab)
    differ = runner.Differences()
    hosts = [host for host in cases.HOSTS if host.records and not host.alias and
             host.status in ("valid", "mismatch") and world.leafs[host.servers[0]] and
             host.servers[0] != cases.EXIM_BY_NAME]
    verdicts = at_once(lambda host: witness.verdict(
        host.name, [leaf.chain for leaf in world.leafs[host.servers[0]]],
        any(record.startswith("2") for record in host.records)), hosts)
    for host, verdict in zip(hosts, verdicts):
        differ.equal(f"{host.name} by ldns-dane", verdict, host.status)
    differ.check()


def test_the_resolver_vouches_for_tlsa_answers_where_the_table_needs_it(world):
    differ = runner.Differences()
    for host in cases.HOSTS:
        if not host.records or host.status == "insecure" or host.name.endswith(".plain.test"):
            continue
        expected = {"bogus": ("SERVFAIL", False), "temperror": ("SERVFAIL", False),
                    "none": ("NXDOMAIN", True)}.get(host.status, ("NOERROR", True))
        differ.equal(host.name, secure(f"_{world.lab.port}._tcp.{host.name}", "TLSA"), expected)
    for name in ("_25._tcp.optout.mx.test", "_25._tcp.mx.plain.test"):
        differ.equal(name, secure(name, "TLSA"), ("NOERROR", False))
    differ.check()


def test_tlsa_is_asked_once_where_no_address_is_signed(world):
    """No sender asks there, so a name server that fails costs one question, and a scan no pause."""
    for host in ("mx.plain.test", "bare.plain.test", "fails.plain.test", "alias.plain.test"):
        times = world.questions.count((f"_{world.lab.port}._tcp.{host}.", "TLSA"))
        assert times == 1, f"asked for TLSA of {host} {times} times"


def test_domains_have_the_status_of_their_mx_and_hosts_together(world):
    differ = runner.Differences()
    for case in cases.DOMAINS:
        record = world.results.domain(case.name)
        differ.equal(case.name + ": mail", record["mail"], case.mail)
        differ.equal(case.name + ": dane", status_of(record), case.dane)
        differ.equal(case.name + ": enforced_tls", record["enforced_tls"], case.enforced)
        if case.grade is not None:
            differ.equal(case.name + ": grade", record["grade"], case.grade)
    differ.check()


def test_what_dane_authenticates_needs_no_public_certificate(world):
    differ = runner.Differences()
    for name in ("ee311-private.mx.test", "ee311-expired.mx.test", "ee311-misnamed.mx.test"):
        endpoint = world.results.endpoint(name)
        differ.equal(name + ": grade", endpoint["grade"], "A+")
        found = {finding["code"] for finding in endpoint["findings"]}
        differ.within(name + ": dane_authenticates", "dane_authenticates" in found, (True,))
        differ.equal(name + ": path", found & {"untrusted_root", "expired", "name_mismatch"}, set())
    differ.check()


def details_of(record, code):
    return [finding["detail"] for finding in record["findings"] if finding["code"] == code]


def test_what_is_bogus_is_named_and_its_hosts_are_listed(world):
    """RFC 4035 section 5.5: what a validating sender gets no answer to."""
    at = world.lab.address(cases.PUBLIC)
    alias = "A alias-forged.mx.test, an alias of mx.bogus.test"
    differ = runner.Differences()
    for domain, bogus, hosts, detail in (
            ("forged.for.test", None, {"forged.mx.test": "_TLSA_ _25._tcp.forged.mx.test"},
             f"forged.mx.test ({at}): _TLSA_ _25._tcp.forged.mx.test"),
            ("mx.forged.test", None, {"mx.bogus.test": "A mx.bogus.test"},
             f"mx.bogus.test ({at}): A mx.bogus.test"),
            ("alias-forged.for.test", None, {"alias-forged.mx.test": alias},
             f"alias-forged.mx.test ({at}): {alias}"),
            ("forged-mx.bogus.test", "MX forged-mx.bogus.test", {"ee311.mx.test": None},
             "MX forged-mx.bogus.test"),
            ("alias-of-forged.test",
             "MX alias-of-forged.test, an alias of forged-mx.bogus.test", {"ee311.mx.test": None},
             "MX alias-of-forged.test, an alias of forged-mx.bogus.test"),
            ("forged-dangling.bogus.test", "MX forged-dangling.bogus.test",
             {"nowhere.mx.test": None}, "MX forged-dangling.bogus.test"),
            ("mx.bogus.test", "MX mx.bogus.test", {"mx.bogus.test": "A mx.bogus.test"},
             f"MX mx.bogus.test; mx.bogus.test ({at}): A mx.bogus.test"),
            ("null.bogus.test", "MX null.bogus.test", {}, None),
            ("nothing.bogus.test", "MX nothing.bogus.test", {}, None)):
        record = world.results.domain(domain)
        hosts = {host: text and text.replace("_TLSA_ _25", f"TLSA _{world.lab.port}")
                 for host, text in hosts.items()}
        detail = detail and detail.replace("_TLSA_ _25", f"TLSA _{world.lab.port}")
        differ.equal(domain + ": MX", record["dns"].get("bogus"), bogus)
        differ.equal(domain + ": hosts", {mx["host"]: (mx.get("evidence") or {}).get("bogus")
                                          for mx in record["mx"]}, hosts)
        differ.equal(domain + ": said", details_of(record, "dane_bogus"), [detail] if detail else [])
    mx = world.results.domain("mx.forged.test")["mx"][0]
    differ.equal("a bogus host", (mx["lookup"], mx["outcome"], mx["dnssec"], mx["grade"]),
                 ("ok", "ok", "unknown", "D"))
    endpoint = world.results.endpoint("mx.bogus.test")
    differ.equal("its endpoint", (endpoint["outcome"], endpoint["dane"]["bogus"],
                                  endpoint["starttls"]["handshake"]),
                 ("ok", "A mx.bogus.test", "yes"))
    differ.equal("a host of bogus MX records",
                 world.results.endpoint("ee311.mx.test")["grade"], "A+")
    differ.check()


def test_a_resolver_elsewhere_is_believed_only_when_told_to(world):
    far = world.lab.scan("ee311.for.test\nmx.forged.test\nforged-mx.bogus.test\n", "--resolver",
                         FAR_RESOLVER)
    trusted = world.lab.scan("ee311.for.test\n", "--resolver", FAR_RESOLVER, "--trust-ad")
    differ = runner.Differences()
    differ.equal("untrusted", status_of(far.domain("ee311.for.test")), "unknown")
    differ.equal("untrusted endpoint", status_of(far.endpoint("ee311.mx.test")), "unknown")
    for name in ("mx.forged.test", "forged-mx.bogus.test"):
        differ.equal(f"untrusted {name}", (status_of(far.domain(name)), far.domain(name)["grade"]),
                     ("unknown", "U"))
    differ.equal("untrusted answer", far.domain("ee311.for.test")["enforced_tls"], "unknown")
    differ.equal("said once", far.errors.count("--trust-ad"), 1)
    differ.equal("trusted", status_of(trusted.domain("ee311.for.test")), "valid")
    differ.check()


# ---- MTA-STS


def check_policies(results, policies):
    differ = runner.Differences()
    for case in policies:
        record = results.domain(case.domain)
        found = record["mta_sts"]
        differ.equal(case.domain + ": status", found["status"], case.status)
        differ.equal(case.domain + ": problems", sorted(found["problems"]), sorted(case.problems))
        differ.equal(case.domain + ": enforced_tls", record["enforced_tls"], case.enforced)
        differ.equal(case.domain + ": grade", record["grade"], case.grade)
    differ.check()


def test_every_policy_has_the_status_of_its_record_fetch_body_and_hosts(world):
    check_policies(world.results, cases.POLICIES)


def test_servers_that_never_come_to_an_end_or_stop_short_are_told_apart(world):
    check_policies(world.odd_results, cases.ODD_POLICIES)


def test_the_mta_sts_resolver_for_postfix_takes_the_same_policies(world):
    witness = MtaSts(world.lab)
    policies = cases.POLICIES + cases.ODD_POLICIES
    same = {"none": "none", "invalid_record": "none", "off": "none", "unknown": "error",
            "fetch_failed": "error", "syntax_error": "error"}
    differ = runner.Differences()
    results = {**{record["domain"]: record for record in world.results.domains},
               **{record["domain"]: record for record in world.odd_results.domains}}
    for case, verdict in zip(policies, at_once(witness.verdict,
                                               [case.domain for case in policies])):
        expected = same.get(case.status, results[case.domain]["mta_sts"]["mode"])
        differ.equal(case.domain + " by mta-sts-query", verdict,
                     expected if case.witness == "as we" else case.witness)
    differ.check()


def test_each_mx_host_is_told_whether_it_passes(world):
    differ = runner.Differences()
    for domain, expected in (
            ("enforce.test", {cases.HOST: "pass"}),
            ("half-listed.test", {cases.HOST: "pass", "ee311.mx.test": "mx_mismatch"}),
            ("misnamed.test", {"misnamed.mx.test": "mx_certificate_invalid"}),
            ("cleartext.test", {"plainclear.mx.test": "mx_no_starttls"}),
            ("off.test", {cases.HOST: None}), ("absent.test", {cases.HOST: None}),
            ("missing.test", {cases.HOST: None})):
        record = world.results.domain(domain)
        differ.equal(domain, {mx["host"]: mx["mta_sts"] for mx in record["mx"]}, expected)
        told = [finding["detail"] for finding in record["findings"]
                if finding["code"] == "mta_sts_broken"]
        failing = [f"{host}: {why}" for host, why in expected.items() if why not in (None, "pass")]
        differ.equal(domain + ": said", told, failing)
    differ.check()


def test_caa_records_of_a_host_are_shown_for_information(world):
    differ = runner.Differences()
    for host, expected in (("caa.mx.test", ['0 issue "ca.example.test"']),
                           ("ee311.mx.test", []), ("below.caa.mx.test", ['0 issue "ca.example.test"'])):
        domain = host.replace(".mx.test", ".for.test")
        differ.equal(host, world.results.domain(domain)["mx"][0]["caa"], expected)
    differ.check()


def test_the_record_has_what_the_policy_says(world):
    found = world.results.domain("wildcard.test")["mta_sts"]
    expected = {"status": "enforce", "mode": "enforce", "id": "20260101T000000", "max_age": 604800,
                "mx": ["*.mx.test"], "problems": []}
    assert found == expected, json.dumps(found)


def test_a_policy_is_fetched_once_however_often_its_domain_is_listed(world):
    lab = world.lab
    before = lab.web.requests_for("mta-sts.enforce.test")
    results = lab.scan("enforce.test\nENFORCE.test.\nenforce.test\n")
    assert [record["mta_sts"]["status"] for record in results.domains] == ["enforce"] * 3
    asked = lab.web.requests_for("mta-sts.enforce.test") - before
    assert asked == 1, f"fetched {asked} times"


def test_a_redirect_is_not_followed(world):
    before = world.lab.web.requests_for("mta-sts.enforce.test")
    results = world.lab.scan("redirect.test\n")
    assert results.domain("redirect.test")["mta_sts"]["problems"] == ["fetch_redirect"]
    assert world.lab.web.requests_for("mta-sts.enforce.test") == before, "it was"


# ---- TLS reporting


def test_reports_are_asked_for_by_exactly_one_valid_record(world):
    differ = runner.Differences()
    for case in cases.REPORTING:
        found = world.results.domain(case.domain)["tls_rpt"]
        differ.equal(case.domain + ": status", found["status"], case.status)
        differ.equal(case.domain + ": rua", found["rua"], list(case.rua))
        differ.equal(case.domain + ": problems", found["problems"], list(case.problems))
    differ.check()


# ---- SPF and DMARC, for information


def test_spf_and_dmarc_are_told_beside_tls(world):
    differ = runner.Differences()
    for case in cases.SENDERS:
        domain = world.results.domain(case.domain)
        spf, dmarc = domain["spf"], domain["dmarc"]
        differ.equal(case.domain + ": SPF", (spf["status"], spf["all"], spf["problems"]), case.spf)
        differ.equal(case.domain + ": DMARC", (dmarc["status"], dmarc["policy"],
                                               dmarc["inherited"]), case.dmarc)
    differ.check()


# ---- The two answers


def test_the_summary_counts_the_answers_of_its_domains(world):
    counted = {}
    for record in world.results.domains:
        counted[record["enforced_tls"]] = counted.get(record["enforced_tls"], 0) + 1
    found = {name: count for name, count in world.results.summaries[0]["enforced_tls"].items()
             if count}
    assert found == counted, f"{found} is not {counted}"


def test_each_answer_names_its_evidence(world):
    for record in world.results.domains:
        assert record["enforced_reason"], f"{record['domain']} has no reason"
    reason = world.results.domain("both.test")["enforced_reason"]
    assert "valid" in reason and "enforce" in reason, reason


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
    with_exim = has_exim()
    if not with_exim:
        cases.leave_out(cases.EXIMS)
    with Lab443(cases.MORE_ZONES) as lab:
        world = World(lab, with_exim)
        with lab.running():
            world.scan()
            return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
