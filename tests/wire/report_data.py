"""Result files for the tests of the report: records of the form that a scan writes, made up.

Which domain gets what follows from its number, so that a test can say what it has to find.
"""
import base64
import datetime
import json
import re
import zlib

NOW = datetime.datetime(2026, 11, 23, 12, 0, 0)
COUNTRIES = ["DE", "US", "NL", "FR", "IE", "GB", "SE", "JP", "CZ", None]
GRADES = ["A", "A", "A+", "B", "A", "C", "B", "A", "D", "F", "U", "N"]
SCORES = {"A+": 100, "A": 92, "B": 80, "C": 60, "D": 26, "F": 0, "U": None, "N": None}
FINDINGS = {  # what a server of that grade has, gravest first
    "A+": [], "A": [("no_post_quantum", "info")],
    "B": [("tls10", "medium"), ("no_post_quantum", "info")],
    "C": [("self_signed", "high"), ("tls11", "medium")],
    "D": [("no_tls12", "high")], "F": [("no_starttls", "critical")], "U": [], "N": []}

# By grade: the questions that a record of that grade leaves open.
OPEN = {"C": ["export_suites", "dh_size"]}


def time_text(days):
    return (NOW + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def run_record(**more):
    return {"type": "run", "schema_version": 1, "version": "0.1.0", "policy": "2026.1",
            "policy_digest": "10ebf25d7638e0a5", "list": "/home/analyst/suppliers.csv",
            "list_sha256": None, "options": {"depth": "standard", "hosts": "false",
                                             "ca-file": "/home/analyst/secret-root.pem"},
            "started": time_text(0), "now": time_text(0), **more}


def summary_record(**more):
    return {"type": "summary", "complete": True, "interrupted": False, "port_blocked": False,
            "finished": time_text(0), "seconds": 100.0, **more}


def versions(grade):
    yes = {"A+": {"TLSv1.2", "TLSv1.3"}, "A": {"TLSv1.2", "TLSv1.3"},
           "B": {"TLSv1.0", "TLSv1.2", "TLSv1.3"}, "C": {"TLSv1.1", "TLSv1.2"},
           "D": {"TLSv1.0", "TLSv1.1"}}[grade]
    every = ("SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")
    return {"SSLv2": "unknown", **{name: "yes" if name in yes else "no" for name in every}}


def certificate(host, number, days):
    return {"subject": f"CN={host}", "issuer": "CN=Example Issuing CA 3,O=Example Trust",
            "names": [host, "www." + host], "not_before": time_text(days - 90),
            "not_after": time_text(days), "days_left": days, "key": "ECDSA P-256",
            "key_bits": 256, "signature": "ecdsa-with-SHA256", "chain_length": 2,
            "chain": [{"subject": f"CN={host}"}], "chain_notes": [], "trusted": "yes",
            "name_match": "yes", "problems": [], "sha256": f"{number:064x}",
            "spki_sha256": f"{number + 1:064x}", "ocsp_staple": "no", "sct": "yes"}


def endpoint_record(host, number, grade, provider, days=60, **more):
    has_tls = grade not in ("F", "U")
    answer = {"F": "no", "U": "unknown"}.get(grade, "yes")
    record = {
        "type": "endpoint", "host": host, "address": f"198.51.{number // 250 % 250}.{number % 250}",
        "family": 4, "port": 25, "service": "smtp",
        "outcome": {"F": "starttls_not_advertised", "U": "connect_timeout"}.get(grade, "ok"),
        "outcome_detail": None, "reply": None, "attempts": 1, "connections": 4,
        "banner": f"220 {host} ESMTP ready", "esmtp": "yes",
        "starttls": {"advertised": answer, "accepted": answer, "handshake": answer,
                     "offered_in_tls": "no"},
        "login_before_tls": "no", "inconsistent": False, "tls": None, "certificate": None,
        "injection": {"commands": "no", "responses": "no"}, "plaintext_mail": "accepted",
        "requiretls": "no", "dane": {"status": "none", "records": 0, "matched": None,
                                     "base": None, "problems": []},
        "country": COUNTRIES[number % len(COUNTRIES)], "asn": 64496 + number % 12,
        "as_org": f"Network {number % 12}", "provider": provider, "grade": grade,
        "score": SCORES[grade], "open": OPEN.get(grade, []),
        "findings": [{"code": code, "severity": severity, "detail": f"seen at {host}"}
                     for code, severity in FINDINGS[grade]],
        "profiles": {"rfc9325": {"level": "met", "failed": [], "open": []},
                     "ncsc_nl_2025_05": None, "mozilla": None, "pci_dss": None},
        "policy": "2026.1", "policy_digest": "10ebf25d7638e0a5",
        "timings_ms": {"connect": 20, "total": 400}, "started": time_text(0)}
    if has_tls:
        record["tls"] = {
            "version": "TLSv1.2", "cipher": "ECDHE-ECDSA-AES128-GCM-SHA256", "group": "x25519",
            "alpn": None, "versions": versions(grade), "versions_reason": {"SSLv2": "not_tested"},
            "versions_evidence": {"TLSv1.2": "ServerHello"}, "weak": [], "weak_unknown": [],
            "dh_bits": None, "groups": [], "suites": [], "post_quantum": "no", "ems": "yes",
            "secure_renegotiation": "yes", "compression": "no", "tickets": "yes",
            "preference": "server", "client_certificate": "none"}
        record["certificate"] = certificate(host, number, days)
    record.update(more)
    return record


def domain_record(name, line, grade, hosts, **more):
    """`hosts` are endpoint records, each of an MX host of its own."""
    encrypted = {"F": "no", "D": "partial", "U": "unknown", "N": "unknown"}.get(grade, "yes")
    record = {
        "type": "domain", "domain": name, "input": f"{name},S{line},Supplier {line}", "line": line,
        "input_fields": {"supplier": f"Supplier {line}", "id": f"S{line}"},
        "mail": "null_mx" if grade == "N" else "mx", "dns": {"outcome": "ok", "dnssec": "no"},
        "mx": [{"preference": 10 * (i + 1), "host": host["host"], "outcome": "ok",
                "grade": host["grade"], "dnssec": "no", "dane": "none", "caa": [],
                "endpoints": [{key: host[key] for key in ("address", "port", "outcome", "grade",
                                                          "score")}]}
               for i, host in enumerate(hosts)],
        "opportunistic_tls": encrypted,
        "opportunistic_reason": f"TLS on {len(hosts)}, no TLS on 0, unknown on 0 of the MX "
                                "addresses",
        "enforced_tls": "mta-sts" if grade == "A+" else "none",
        "enforced_reason": "DANE: none; MTA-STS: " + ("enforce" if grade == "A+" else "none"),
        "dane": {"status": "none"},
        "mta_sts": {"status": "enforce" if grade == "A+" else "none", "mode": None, "id": None,
                    "max_age": None, "mx": [], "problems": []},
        "tls_rpt": {"status": "no", "rua": [], "problems": []}, "grade": grade,
        "score": SCORES[grade], "open": OPEN.get(grade, []),
        "findings": [{"code": code, "severity": severity,
                      "detail": f"{host['host']} ({host['address']})"}
                     for host in hosts for code, severity in FINDINGS[host["grade"]]],
        "policy": "2026.1", "policy_digest": "10ebf25d7638e0a5", "partial": False}
    record.update(more)
    return record


def supply_chain(num_domains):
    """Records of a list where half the domains sit with few providers, as such lists do."""
    yield run_record()
    shared = {}
    for line in range(1, num_domains + 1):
        grade = GRADES[line * 7 % len(GRADES)]
        name = f"supplier{line:05d}.example"
        hosts = []
        if grade != "N":
            if line % 2:
                group = line * line % 97 % (1 + line % 13)
                key, provider = (group, grade), f"provider{group}.example"
                host = f"mx-{'plus' if grade == 'A+' else grade.lower()}.{provider}"
            else:
                key, host, provider = line, f"mail.{name}", name
            if key not in shared:
                days = line * 37 % 300 - 12
                shared[key] = endpoint_record(host, line, grade, provider, days)
                yield shared[key]
            hosts.append(shared[key])
        yield domain_record(name, line, grade, hosts)
    yield summary_record(lines=num_domains)


def write(path, records):
    with open(path, "w", encoding="utf-8") as stream:
        for record in records:
            stream.write(json.dumps(record, separators=(",", ":")) + "\n")
    return path


def packed_parts(page):
    """What is packed in the text of a page, by the id of its element."""
    return {found[1]: zlib.decompress(base64.b64decode(found[2])).decode() for found in
            re.finditer(r'<script type="text/x-packed-json"[^>]*id="([^"]*)"[^>]*>([^<]*)</script>',
                        page)}
