"""When results come, in two worlds: a skewed list, and slow greetings.

A list as supplier lists are: nearly half of it at two providers who give every customer a host
name of its own over shared addresses, a quarter at twenty hosters, and the rest with one to five MX
hosts of one to four addresses. Round trips and greetings take their time, providers count
connections a second and ban for good, and the scanner keeps to its defaults but for --rate."""
import datetime
import json
import math
import os

from lab import Fleet, scan, table

MIX = ("customer=450,hoster=250,single=180,two_mx=50,equal_mx=20,two_addresses=30,four_addresses=10,"
       "five_mx=5,pairs=5,ok_tls12_13=67,with_intermediate=15,rsa2048=8,tls10_on=5,banner_delay=3,"
       "self_signed=1,no_starttls=1")
WORLD = ["--rtt", "5:80", "--banner", "0:400", "--dns-rtt", "5:60", "--ban-rate", "150"]
RATE = "1000"
PROVIDER_RATE, PER_ADDRESS = 110, 2  # the defaults
CONNECTIONS_EACH = 5  # of a host that nobody has looked at yet


def naive_endpoints(fleet):
    """Who scanned each domain by itself would visit so many addresses, each time anew."""
    endpoints = 0
    for line in fleet.ask("expect").splitlines():
        for mx in json.loads(line).get("mx", []):
            endpoints += len(mx.get("addresses", []))
    return endpoints


def when_results_come(world, domains, figures, bound):
    """Rows of a table. `bound`: seconds that it takes, whatever the order."""
    first, half = figures.seconds_to(1), figures.seconds_to((domains + 1) // 2)
    return first, half, [
        (f"{world}: first domain written after", first, "s"),
        ("... half of them", half, "s"),
        ("... half of them, share of the run", f"{100 * half / figures.wall:.0f} %", ""),
        ("... all of them", figures.wall, "s"),
        ("... the bound that politeness and servers set", bound, "s")]


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def answers_of(path):
    """(seconds from the start of the run until the first server had given all its answers, seconds
    that the slowest server takes: what to probe follows from the first dialogue, and then a few are
    held at once)"""
    with open(path, encoding="utf-8") as stream:
        records = [json.loads(line) for line in stream]
    started = moment(records[0]["started"])
    servers = [record for record in records if record["type"] == "endpoint" and record["started"]]
    fastest = min(moment(server["started"]) + server["timings_ms"]["total"] / 1000 - started
                  for server in servers)
    slowest = max(sum(ms for phase, ms in server["timings_ms"].items() if phase != "total") *
                  (1 + math.ceil((server["connections"] - 1) / PER_ADDRESS))
                  for server in servers) / 1000
    return fastest, slowest


def slow(folder, domains, bars):
    """Servers take up to 34 seconds to greet, each time that they are called."""
    with Fleet(folder, domains, "single=1,ok_tls12_13=1", "--rtt", "5:80", "--banner",
               "1000:34000", "--dns-rtt", "5:60", world=["--own-zones"]) as fleet:
        figures, summary = scan(fleet, fleet.domains(), "--rate", RATE, limits=())
        fastest, slowest = answers_of(os.path.join(folder, "out.jsonl"))
    bound = max(summary["connections"] / float(RATE), slowest)
    first, half, rows = when_results_come("slow greetings", domains, figures, bound)
    table(f"{domains:,} domains whose servers are slow to greet", ["", ""],
          [("the fastest server's last reply came after", fastest, "s"), *rows,
           ("outcomes", str(summary["outcomes"]), "")])
    bars.at_most("slow greetings: the first line, seconds after the fastest server", first - fastest,
                 3)
    bars.at_most("... half of the domains, share of the run", half / figures.wall, 0.3)
    bars.at_most("... all of it, times the bound that politeness and servers set", figures.wall / bound, 1.1)


def skewed(folder, domains, bars):
    with Fleet(folder, domains, MIX, *WORLD, world=["--own-zones"]) as fleet:
        naive = naive_endpoints(fleet) * CONNECTIONS_EACH
        figures, summary = scan(fleet, fleet.domains(), "--rate", RATE, limits=())
        total, *others = fleet.stats()
    operators = [line for line in others if line["type"] == "operator"]
    busiest = max(operators, key=lambda line: line["connections"])
    questions = sum(total[name] for name in total if name.startswith("dns_") and
                    name not in ("dns_udp", "dns_tcp", "dns_malformed"))
    bound = max(summary["connections"] / float(RATE), busiest["connections"] / PROVIDER_RATE)
    first, half, rows = when_results_come("a skewed list", domains, figures, bound)
    table(f"{domains:,} domains of a skewed list, standard depth, --rate {RATE}", ["", ""], [
        ("domains a minute", domains / summary["seconds"] * 60, ""),
        ("half done / 95 % / all", f"{summary['seconds_to_half']:.0f} / "
                                   f"{summary['seconds_to_95']:.0f} / {summary['seconds']:.0f}", "s"),
        *rows,
        ("connections made", summary["connections"], ""),
        ("connections of a scan domain by domain", naive, ""),
        ("saved", f"{100 * (1 - summary['connections'] / naive):.0f} %", ""),
        ("DNS questions asked / received by the resolver", f"{summary['dns_questions']:,}",
         f"{questions:,}"),
        ("DNS, share of the waiting", summary["dns_share"], ""),
        ("the busiest provider: connections", busiest["connections"], ""),
        ("... at once / in a second, at most", f"{busiest['peak_open']} / "
                                               f"{busiest['peak_per_second']}", ""),
        ("connections refused by a ban", sum(line["banned"] for line in operators), ""),
        ("CPU", figures.cpu, "s"),
        ("peak memory", figures.peak / 1024, "MiB"),
        ("outcomes", str(summary["outcomes"]), "")])
    bars.at_least(f"skewed list of {domains:,}: domains a minute", domains / summary["seconds"] * 60,
                  10000)
    bars.at_most("... seconds to the first domain written", first, 3)
    bars.at_most("... half of the domains, share of the run", half / figures.wall, 0.3)
    bars.at_most("... all of it, times the bound that politeness sets", figures.wall / bound, 1.1)
    bars.at_most("... the busiest second of a provider, connections",
                 max(line["peak_per_second"] for line in operators), 120)
    bars.at_most("... connections refused by a ban", sum(line["banned"] for line in operators), 0)
    bars.at_most("... DNS questions lost or asked twice", abs(questions - summary["dns_questions"]), 0)
