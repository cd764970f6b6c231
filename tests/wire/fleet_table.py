"""What `fleet expect` says of every host and domain, and how a scan's records differ from it."""
import collections
import json

LETTERS = ("A+", "A", "B", "C", "D", "F")  # from best to worst
VERSIONS = ("SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")
KEYS_SHOWN = 5
UNSEEN = {"advertised": "unknown", "accepted": "unknown", "handshake": "unknown"}


def endpoint_key(record):
    return record["host"], record["address"]


def worst(letters):
    """The lowest of those that are grades; U if none is."""
    graded = [letter for letter in letters if letter in LETTERS]
    return max(graded, key=LETTERS.index) if graded else "U"


class Table:
    def __init__(self, text):
        records = [json.loads(line) for line in text.splitlines()]
        self.domains = {r["domain"]: r for r in records if r["type"] == "domain"}
        self.endpoints = {endpoint_key(r): r for r in records if r["type"] == "endpoint"}
        self.by_host = collections.defaultdict(list)
        for row in self.endpoints.values():
            self.by_host[row["host"]].append(row)

    def domain_grade(self, row):
        """The lowest of what its hosts have; D if only some of them have TLS."""
        if row["mail"] == "null_mx":
            return "N"
        rows = [r for mx in row["mx"] for r in self.by_host[mx["host"]]]
        without = [r for r in rows if lacks_tls(r)]
        encrypting = [r["grade"] for r in rows if not lacks_tls(r)]
        if without and any(has_tls(r) for r in rows):
            return worst([*encrypting, "D"])
        return worst([r["grade"] for r in rows])


def has_tls(row):
    return row.get("starttls", UNSEEN)["handshake"] == "yes"


def lacks_tls(row):
    """It said so itself: what was not seen says nothing."""
    starttls = row.get("starttls", UNSEEN)
    return (row["outcome"] in ("starttls_not_advertised", "tls_client_certificate") or
            starttls["accepted"] == "no" or starttls["handshake"] == "no")


def compare_endpoint(differ, row, record):
    """Each value of the table's row that a scanner can see, with the one in the record."""
    name = f"{record['host']} {record['address']} ({row['behaviour']}) "
    tls, certificate = record["tls"] or {}, record["certificate"] or {}
    differ.equal(name + "outcome", record["outcome"], row["outcome"])
    differ.equal(name + "grade", record["grade"], row["grade"])
    differ.equal(name + "starttls", {key: record["starttls"][key] for key in UNSEEN},
                 row.get("starttls", UNSEEN))
    differ.equal(name + "versions", tls.get("versions", dict.fromkeys(VERSIONS, "unknown")),
                 row.get("versions", dict.fromkeys(VERSIONS, "unknown")))
    differ.equal(name + "weak", sorted(tls.get("weak", [])), sorted(row.get("weak", [])))
    differ.equal(name + "problems", sorted(certificate.get("problems", [])),
                 sorted(row.get("problems", [])))


def compare_domain(differ, table, row, record):
    name = f"{record['domain']} ({row['shape']}) "
    differ.equal(name + "mail", record["mail"], row["mail"])
    differ.equal(name + "dns", record["dns"]["outcome"], row["dns_outcome"])
    differ.equal(name + "grade", record["grade"], table.domain_grade(row))
    # -1 is the table's word for a preference that nobody wrote: null in a record.
    expected = {mx["host"]: (None if mx["preference"] < 0 else mx["preference"], mx)
                for mx in row["mx"]}
    seen = [mx["host"] for mx in record["mx"]]
    differ.equal(name + "mx", sorted(seen), sorted(expected))
    preferences = [mx["preference"] or 0 for mx in record["mx"]]
    differ.equal(name + "mx order", preferences, sorted(preferences))
    for mx in record["mx"]:
        preference, wanted = expected.get(mx["host"], (mx["preference"], mx))
        differ.equal(f"{name}{mx['host']} preference", mx["preference"], preference)
        differ.equal(f"{name}{mx['host']} outcome", mx["outcome"], wanted["outcome"])


def compare_keys(differ, what, seen, expected):
    """Nothing missing, nothing twice, nothing that is not there."""
    counts, expected = collections.Counter(seen), set(expected)
    for fault, keys in (("missing", expected - set(counts)),
                        ("not expected", set(counts) - expected),
                        ("twice", {key for key in counts if counts[key] > 1})):
        differ.equal(f"{what} {fault} ({len(keys)})", sorted(keys, key=str)[:KEYS_SHOWN], [])


def compare(differ, table, results):
    """All of a scan with all of the table."""
    compare_keys(differ, "endpoints", map(endpoint_key, results.endpoints), table.endpoints)
    compare_keys(differ, "domains", (r["domain"] for r in results.domains), table.domains)
    for record in results.endpoints:
        if endpoint_key(record) in table.endpoints:
            compare_endpoint(differ, table.endpoints[endpoint_key(record)], record)
    for record in results.domains:
        if record["domain"] in table.domains:
            compare_domain(differ, table, table.domains[record["domain"]], record)
