#!/usr/bin/env python3
"""What the probes say of servers on different TLS stacks, beside what OpenSSL's client and nmap say
of the same server. test_stacks_witnesses.py asks others.
"""
import os
import re
import sys

import runner
import suite_witness
from lab import Lab, codes
from nmap_witness import Enumeration
from processes import run
from stacks_world import DEEP_BUDGET, REPEATED, STANDARD_BUDGET, World, check_suites
from suite_witness import s_client, succeeds
from witness import OPENSSL_OPTION, PEM

INTEGRITY_ONLY = {"TLS_SHA256_SHA256", "TLS_SHA384_SHA384"}  # RFC 9150

# What belongs to which class, by the names of IANA.
CLASSES = {
    "NULL": lambda name: "_WITH_NULL_" in name or name in INTEGRITY_ONLY,
    "export": lambda name: "_EXPORT_" in name,
    "DES": lambda name: "_WITH_DES_CBC_" in name,
    "anonymous": lambda name: "_anon_" in name,
    "RC4": lambda name: "_RC4_" in name,
    "3DES": lambda name: "_3DES_" in name,
    "static_RSA": lambda name: name.startswith("TLS_RSA_WITH_"),
}

class AskedWorld(World):
    """With what OpenSSL and what nmap gets, by server."""

    def ask_witnesses(self):
        self.suites = self.ask(lambda server: suite_witness.suites(*self.way_to(server)))
        self.nmap = self.ask(lambda server: Enumeration(*self.way_to(server)[:2]))

    def each(self):
        """(server, record of the standard scan, of the deep scan, how a witness gets there)."""
        for server in self.running_stacks:
            yield (server, self.standard.endpoint(server.host), self.deep.endpoint(server.host),
                   self.way_to(server))


def test_every_stack_is_scanned(world):
    if world.missing:
        raise runner.Skip("; ".join(f"{name}: {why}" for name, why in world.missing.items()))


def test_every_dialogue_ends_in_tls(world):
    differences = runner.Differences()
    for server, standard, deep, _ in world.each():
        expected = server.knows.get("dialogue", ("ok", "yes"))
        for record in (standard, deep):
            differences.equal(server.name, (record["outcome"], record["starttls"]["handshake"]),
                              expected)
    differences.check()


def test_requiretls_is_what_the_server_says_inside_tls(world):
    """Those that speak no SMTP behind their front have said nothing."""
    differences = runner.Differences()
    for server, standard, _, _ in world.each():
        expected = {"nginx": ("yes",), "exim": ("no",)}.get(server.name, ("no", "unknown"))
        differences.within(server.name, standard["requiretls"], expected)
    differences.check()


def test_a_server_without_ecdhe_has_tls_but_not_for_everybody(world):
    record = world.standard.endpoint("mx.dhe.stack.test")
    assert record["no_common_suite"] and record["grade"] == "D", record["grade"]
    assert record["tls"]["versions"]["TLSv1.2"] == "yes", record["tls"]["versions"]
    assert record["certificate"]["trusted"] == "yes", record["certificate"]


def test_versions_are_those_that_openssl_sees(world):
    differences = runner.Differences()
    for server, standard, deep, way in world.each():
        for version, option in OPENSSL_OPTION.items():
            speaks = succeeds(s_client(*way, option, "-cipher", "ALL:@SECLEVEL=0"))
            for record in (standard, deep):
                differences.equal(f"{server.name} {version}", record["tls"]["versions"][version],
                                  "yes" if speaks else "no")
    differences.check()


def test_versions_are_those_that_nmap_sees(world):
    differences = runner.Differences()
    for server, standard, deep, _ in world.each():
        for version in ("SSLv3", *OPENSSL_OPTION):
            speaks = version in world.nmap[server.name].suites
            for record in (standard, deep):
                differences.equal(f"{server.name} {version}", record["tls"]["versions"][version],
                                  "yes" if speaks else "no")
    differences.check()
    assert "SSLv3" in world.nmap["jsse-old"].suites, world.nmap["jsse-old"].suites


def test_suites_of_a_deep_scan_are_those_that_openssl_gets(world):
    known = set(suite_witness.openssl_suites())
    differences = runner.Differences()
    for server, _, deep, _ in world.each():
        listed = {name for name in deep["tls"]["suites"] if name in known}
        if server.knows.get("dhe_by_name"):
            listed = {name for name in listed if not name.startswith("TLS_DHE_")}
        check_suites(differences, server, deep, listed, world.suites[server.name])
    differences.check()


def test_suites_of_a_deep_scan_are_those_that_nmap_gets(world):
    differences = runner.Differences()
    for server, _, deep, _ in world.each():
        listed = deep["tls"]["suites"]
        check_suites(differences, server, deep, listed, world.nmap[server.name].all_suites())
        first = world.nmap[server.name].all_suites("TLSv1.3")
        differences.equal(f"{server.name}: first those of TLS 1.3", set(listed[:len(first)]), first)
    differences.check()


def test_whose_preference_counts_is_what_nmap_sees(world):
    differences = runner.Differences()
    for server, _, deep, _ in world.each():
        seen = world.nmap[server.name].preference
        expected = seen.get("TLSv1.2", seen.get("TLSv1.3"))
        if expected == "indeterminate":
            expected = "unknown"
        differences.equal(server.name, deep["tls"]["preference"], expected)
    differences.check()


def test_compression_is_what_nmap_sees(world):
    differences = runner.Differences()
    for server, standard, deep, _ in world.each():
        offered = set().union(*world.nmap[server.name].compressors.values())
        for record in (standard, deep):
            differences.equal(server.name, record["tls"]["compression"],
                              "yes" if "DEFLATE" in offered else "no")
    differences.check()


def test_weak_classes_are_those_of_the_suites(world):
    differences = runner.Differences()
    for server, standard, deep, _ in world.each():
        seen = world.suites[server.name] | world.nmap[server.name].all_suites()
        for record in (standard, deep):
            # Those of TLS 1.3 are asked for by a deep scan only.
            names = seen if record is deep else seen - INTEGRITY_ONLY
            expected = {name for name, has in CLASSES.items() if any(map(has, names))}
            weak = set(record["tls"]["weak"]) & set(CLASSES)
            unknown = set(record["tls"]["weak_unknown"]) & set(CLASSES)
            if record["connections"] >= STANDARD_BUDGET and record is standard:
                # Each answer shows one class of weak suites. When the budget is used up, the other
                # classes stay unknown; they could not lower the grade any further.
                expected -= unknown
                left = [question for question in record["open"] if question.endswith("_suites")]
                differences.equal(f"{server.name}: open", left, [])
            else:
                differences.equal(f"{server.name}: unknown", sorted(unknown), [])
            differences.equal(f"{server.name}: weak", sorted(weak), sorted(expected))
    differences.check()


def test_groups_of_a_deep_scan_are_those_that_openssl_gets(world):
    differences = runner.Differences()
    for server, _, deep, way in world.each():
        if deep["tls"]["versions"]["TLSv1.3"] == "yes":
            listed = {name for name in deep["tls"]["groups"] if name in suite_witness.GROUPS}
            differences.equal(f"{server.name}: groups", sorted(listed),
                              sorted(suite_witness.groups(*way)))
    differences.check()


def test_curves_of_tls12_of_a_deep_scan_are_those_that_openssl_gets(world):
    differences = runner.Differences()
    for server, _, deep, way in world.each():
        beside = "P-256" if deep["certificate"]["key"] == "ECDSA P-256" else None
        listed = {name for name in deep["tls"]["groups_tls12"]
                  if name in suite_witness.CURVES_TLS12}
        differences.equal(f"{server.name}: curves", sorted(listed),
                          sorted(suite_witness.curves(*way, beside)))
    differences.check()


def test_post_quantum_key_exchange_is_found_where_it_is(world):
    differences = runner.Differences()
    for server, standard, _, way in world.each():
        expected = server.knows.get("post_quantum") or suite_witness.post_quantum(*way)
        differences.equal(f"{server.name}: group", standard["tls"]["post_quantum_group"], expected)
        differences.equal(f"{server.name}: verdict", standard["tls"]["post_quantum"],
                          "yes" if expected else "no")
    differences.check()


def test_the_size_of_dh_primes_is_what_openssl_sees(world):
    differences = runner.Differences()
    for server, standard, _, way in world.each():
        expected = suite_witness.dh_bits(*way) or None
        differences.equal(f"{server.name}: DH bits", standard["tls"]["dh_bits"], expected)
    record = world.standard.endpoint("mx.dhe.stack.test")
    differences.equal("the group", record["tls"]["dh_group"], suite_witness.MODP_2048)
    differences.check()


def test_certificates_are_those_that_openssl_gets(world):
    differences = runner.Differences()
    for server, standard, _, way in world.each():
        shown = PEM.findall(s_client(*way, "-showcerts", "-servername", server.host, "-cipher",
                                     "ALL:@SECLEVEL=0"))
        digest = run(["openssl", "x509", "-noout", "-fingerprint", "-sha256"],
                     text_in=shown[0]).stdout
        digest = re.sub(r".*=|:|\s", "", digest).lower()
        differences.equal(server.name, standard["certificate"]["sha256"], digest)
        differences.equal(server.name + " trusted", standard["certificate"]["trusted"], "yes")
    differences.check()


def test_extended_master_secret_and_renegotiation_are_what_openssl_sees(world):
    differences = runner.Differences()
    for server, standard, _, way in world.each():
        if standard["tls"]["versions"]["TLSv1.2"] != "yes":
            continue
        text = s_client(*way, "-tls1_2", "-cipher", "ALL:@SECLEVEL=0")
        differences.equal(server.name + " EMS", standard["tls"]["ems"],
                          "yes" if "Extended master secret: yes" in text else "no")
        differences.equal(server.name + " renegotiation", standard["tls"]["secure_renegotiation"],
                          "yes" if "Secure Renegotiation IS supported" in text else "no")
    differences.check()


def test_sslv2_is_what_nmap_sees(world):
    differences = runner.Differences()
    for server, standard, deep, _ in world.each():
        speaks = world.nmap[server.name].has_ssl2
        differences.equal(server.name, deep["tls"]["versions"]["SSLv2"], "yes" if speaks else "no")
        # Beside TLS 1.3 it is asked for by a deep scan only.
        others = ("yes",) if speaks else ("no", "unknown")
        differences.within(server.name, standard["tls"]["versions"]["SSLv2"], others)
        differences.equal(server.name + " finding", "ssl2" in codes(standard), speaks)
    differences.check()


def test_a_clean_server_costs_five_connections(world):
    clean = {"nginx", "jsse", "node"}
    for server, standard, _, _ in world.each():
        most = 5 if server.name in clean else STANDARD_BUDGET
        assert standard["connections"] <= most, (server.name, standard["connections"])


def test_no_server_costs_more_than_its_budget(world):
    for server, standard, deep, _ in world.each():
        for record, most in ((standard, STANDARD_BUDGET), (deep, DEEP_BUDGET)):
            assert record["connections"] <= most + REPEATED, (server.name, record["connections"])


def test_the_servers_count_as_many_connections_as_the_record(world):
    differences = runner.Differences()
    for server, standard, _, _ in world.each():
        if server.name in world.counted:
            differences.equal(server.name, standard["connections"], world.counted[server.name])
    differences.check()
    assert {"nginx", "jsse", "gnutls"} <= set(world.counted), world.counted


def test_exim_notes_handshakes_that_were_given_up_and_nothing_else(world):
    exims = [server for server in world.running_stacks if server.name == "exim"]
    if not exims:
        raise runner.Skip(world.missing.get("exim", "no exim"))
    assert os.listdir(exims[0].folder + "/log") == ["mainlog"]  # no rejectlog, no paniclog
    assert world.exims_log.count("daemon started") == 1, world.exims_log
    given_up = r"TLS error on connection from \S+ \[\S+\] \(gnutls_handshake\): "
    others = [line for line in world.exims_log.splitlines()
              if "daemon started" not in line and not re.search(given_up, line)]
    assert not others, others


def main():
    with Lab() as lab:
        world = AskedWorld(lab)
        with world.running():
            world.scan()
            world.scan_deeply()
            world.ask_witnesses()
            return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
