"""What a history weighs after a year of nights, and how long it takes to add one and to ask.

A list of the size of the promise is scanned for some made-up nights, each added as an operator adds
it; what these grow by is taken times 365. A short list has a whole year, in which states come again
that a history keeps once: what it weighs is taken times the ratio of the lists. What the questions
take is measured on it, too, as the number of runs and of changes decides that.
"""
import datetime
import json
import os
import random
import sqlite3
import subprocess
import sys
import time

import lab

sys.path.insert(0, os.path.join(lab.ROOT, "tests/wire"))
import report_data as data  # noqa: E402

YEAR = 365
GIB = 2
QUERY_SECONDS = 1
# Per night, of all domains or hosts. Certificates last 90 days and are renewed after 60.
RENEWED, UNOBSERVED, REGRADED, MOVED, LISTED = 1 / 60, 0.02, 0.002, 0.001, 0.0005
# Of the list: tenants of one provider with a host name of their own, customers of few others.
TENANTS, CUSTOMERS, PROVIDERS = 0.25, 0.35, 30
POOL = 60  # addresses that a provider answers with in turn
FINDINGS = ("no_mta_sts", "no_tls_rpt", "no_enforcement", "no_post_quantum", "no_sct",
            "plaintext_mail_accepted")


def template(record, **tokens):
    """The record as JSON in which each token stands for what replaces it."""
    return json.dumps(dict(record, **tokens), separators=(",", ":"))


class Templates:
    """Lines as a scan writes them, with tokens in place of what differs."""

    def __init__(self):
        self.endpoints, self.domains = {}, {}
        for grade in ("A", "B", "C", "U"):
            host = data.endpoint_record("@HOST@", 0, grade, "@PROVIDER@", address="@ADDRESS@")
            host["findings"] += [{"code": code, "severity": "info", "detail": "@NIGHT@"}
                                 for code in FINDINGS]
            if host["certificate"]:
                host["certificate"].update(sha256="@SHA256@", spki_sha256="@SHA256@",
                                           not_after="@NOT_AFTER@", days_left="@DAYS@")
            self.endpoints[grade] = template(host, started="@NIGHT@").replace('"@DAYS@"', "@DAYS@")
            domain = data.domain_record("@NAME@", 0, grade, [host])
            domain["mx"][0]["endpoints"] = "@ENDPOINTS@"
            domain["findings"] += [{"code": code, "severity": "info", "detail": "@PLACES@"}
                                   for code in FINDINGS]
            for finding in domain["findings"]:
                finding["detail"] = "@PLACES@"
            line = template(domain, line="@LINE@", input="@NAME@")
            self.domains[grade] = line.replace('"@LINE@"', "@LINE@").replace('"@ENDPOINTS@"',
                                                                             "@ENDPOINTS@")


def fill(text, **tokens):
    for name, value in tokens.items():
        text = text.replace("@" + name + "@", str(value))
    return text


class Host:
    def __init__(self, world, name, provider, num_addresses, rotates):
        self.world, self.name, self.provider = world, name, provider
        self.num_addresses, self.rotates = num_addresses, rotates
        self.pool = [f"198.{18 + world.random.randrange(2)}.{world.random.randrange(256)}."
                     f"{world.random.randrange(256)}" for _ in range(POOL if rotates else num_addresses)]
        self.renew(world.random.randrange(60))
        self.grade = world.random.choices(("A", "B", "C"), (80, 10, 10))[0]

    def renew(self, age=0):
        self.sha256 = f"{self.world.random.getrandbits(256):064x}"
        self.not_after = self.world.night + 90 - age

    def begin_night(self):
        if self.world.random.random() < RENEWED:
            self.renew()
        if self.world.random.random() < REGRADED:
            self.grade = self.world.random.choice(("A", "B", "C"))
        self.seen = self.grade if self.world.random.random() >= UNOBSERVED else "U"
        self.addresses = sorted(self.world.random.sample(self.pool, self.num_addresses))

    def lines(self):
        for address in self.addresses:
            yield fill(self.world.templates.endpoints[self.seen], HOST=self.name,
                       PROVIDER=self.provider, ADDRESS=address, SHA256=self.sha256,
                       NIGHT=self.world.time(), DAYS=self.not_after - self.world.night,
                       NOT_AFTER=self.world.time(self.not_after))

    def brief(self):
        return json.dumps([{"address": address, "port": 25, "outcome": "ok", "grade": self.seen,
                            "score": None if self.seen == "U" else 80}
                           for address in self.addresses], separators=(",", ":"))

    def places(self):
        return ", ".join(f"{self.name} ({address})" for address in self.addresses)


class World:
    """A list and its servers, night after night."""

    def __init__(self, num_domains, seed=1):
        self.random = random.Random(seed)
        self.templates = Templates()
        self.night, self.num_names = 0, 0
        self.providers = [Host(self, f"mx.provider{i}.example", f"provider{i}.example", 4, True)
                          for i in range(PROVIDERS)]
        self.list = [self.domain() for _ in range(num_domains)]

    def domain(self):
        name = f"supplier{self.num_names:06d}.example"
        self.num_names += 1
        return [name, self.host(name)]

    def host(self, name):
        kind = self.random.random()
        if kind < TENANTS:
            return Host(self, f"{name.replace('.', '-')}.mail.tenants.example", "tenants.example", 4,
                        True)
        if kind < TENANTS + CUSTOMERS:
            return self.random.choice(self.providers)
        return Host(self, f"mail.{name}", name, 1 + (self.random.random() < 0.3), False)

    def time(self, night=None):
        day = datetime.datetime(2026, 1, 1, 2) + datetime.timedelta(
            days=self.night if night is None else night)
        return day.strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def begin_night(self):
        for _ in range(round(LISTED * len(self.list))):
            del self.list[self.random.randrange(len(self.list))]
            self.list.insert(self.random.randrange(len(self.list)), self.domain())
        for entry in self.list:
            if self.random.random() < MOVED:
                entry[1] = self.host(entry[0])
        for host in self.hosts():
            host.begin_night()

    def hosts(self):
        return {id(host): host for _, host in self.list}.values()

    def write(self, path):
        """The result file of a night; the next one begins."""
        self.begin_night()
        counts = {}
        with open(path, "w", encoding="utf-8") as stream:
            run = data.run_record(started=self.time(), now=self.time())
            stream.write(json.dumps(run, separators=(",", ":")) + "\n")
            for host in self.hosts():
                stream.writelines(line + "\n" for line in host.lines())
            for number, (name, host) in enumerate(self.list):
                counts[host.seen] = counts.get(host.seen, 0) + 1
                stream.write(fill(self.templates.domains[host.seen], NAME=name, LINE=number + 1,
                                  HOST=host.name, ENDPOINTS=host.brief(), PLACES=host.places()) + "\n")
            summary = data.summary_record(domains=len(self.list), domain_grades=counts)
            stream.write(json.dumps(summary, separators=(",", ":")) + "\n")
        self.night += 1


def timed(*command):
    began = time.monotonic()
    subprocess.run([os.path.join(lab.BUILD, "mxgrade"), *command], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - began


def size_of(path):
    return os.path.getsize(path) / 2**20


def grow(folder, num_domains, num_nights):
    """(the history, MiB after each night, seconds of each add)"""
    path, night = os.path.join(folder, f"h{num_domains}.sqlite"), os.path.join(folder, "night.jsonl")
    world, sizes, seconds = World(num_domains), [], []
    for _ in range(num_nights):
        world.write(night)
        seconds.append(timed("history", "--history", path, "--add", night))
        sizes.append(size_of(path))
    return path, sizes, seconds, night


def questions(path, night, folder):
    """[(question, seconds)], each the median of three."""
    with sqlite3.connect(path) as database:
        query = ("SELECT name FROM subject JOIN state ON subject = id WHERE kind = 'domain'"
                 " AND name LIKE ? GROUP BY id ORDER BY count(*) DESC LIMIT 1")
        (most,) = database.execute(query, ("%",)).fetchone()
        runs = [run for (run,) in database.execute("SELECT id FROM run ORDER BY at")]
    page = os.path.join(folder, "page.html")
    asked = [("history: list the runs", ("history", "--history", path)),
             ("history DOMAIN with the most changes", ("history", "--history", path, most)),
             ("report without a history", ("report", night, "-o", page)),
             ("report --history", ("report", "--history", path, night, "-o", page)),
             ("diff --history of the ends", ("diff", "--format", "jsonl", "--history", path,
                                             str(runs[0]), str(runs[-1])))]
    return [(what, sorted(timed(*command) for _ in range(3))[1]) for what, command in asked]


def history(folder, num_domains, num_nights, num_year_domains, bars):
    path, sizes, seconds, _ = grow(folder, num_domains, num_nights)
    # The first night is all new, and the second has each provider's other state for the first time.
    settled = sizes[len(sizes) // 2:]
    growth = (settled[-1] - settled[0]) / max(1, len(settled) - 1)
    year = sizes[-1] + growth * (YEAR - num_nights)
    lab.table(f"A history of {num_domains} domains, {num_nights} nights", ["MiB", "add, s"],
              [(f"after night {i + 1}", sizes[i], seconds[i]) for i in range(num_nights)])
    print(f"{growth:.2f} MiB a night at the end: {year / 1024:.2f} GiB after {YEAR}")
    bars.at_most(f"a year of {num_domains} domains nightly, GiB", year / 1024, GIB)
    asked = questions(path, os.path.join(folder, "night.jsonl"), folder)
    lab.table(f"Questions, {num_domains} domains and {num_nights} nights", ["s"], asked)
    bars.at_most("history DOMAIN on the long list, s", asked[1][1], QUERY_SECONDS)
    path, sizes, seconds, night = grow(folder, num_year_domains, YEAR)
    asked = questions(path, night, folder)
    lab.table(f"Questions, {num_year_domains} domains and {YEAR} nights ({sizes[-1]:.0f} MiB)",
              ["s"], asked)
    # Rows of runs, which a list of any length has once for each night, are taken times the ratio, too.
    whole = sizes[-1] / 1024 * num_domains / num_year_domains
    print(f"{sizes[-1]:.0f} MiB after the whole year: {whole:.2f} GiB for {num_domains} domains")
    bars.at_most(f"a year of {num_domains} domains by that of {num_year_domains}, GiB", whole, GIB)
    bars.at_most("history DOMAIN after a year, s", asked[1][1], QUERY_SECONDS)
    bars.at_most("what the trend adds to report, s", asked[3][1] - asked[2][1], QUERY_SECONDS)
