"""What one handshake with a host costs, beside what it must cost and beside what others take; and
what the versions of a host cost."""
import json
import os
import shutil
import subprocess

from lab import (BUILD, UNLIMITED, Fleet, floor_command, in_turn, measure, micro, quick, ratio, scan,
                 scan_command, table)

AT_ONCE = "500"
ONE_THREAD = ["--threads", "1", "--concurrency", AT_ONCE]


def floor(fleet, addresses, hosts, *roots, build=BUILD):
    figures = measure(floor_command(fleet, addresses, AT_ONCE, *roots, build=build))
    assert figures.output.split()[0] == str(hosts), figures.output
    return figures


def own(fleet, addresses, hosts, build=BUILD):
    figures, summary = quick(fleet, addresses, *ONE_THREAD, build=build)
    assert summary["outcomes"] == {"ok": hosts}, summary["outcomes"]
    return figures


def tls_scan(fleet, addresses):
    """It wants a port beside each address."""
    with open(addresses, encoding="ascii") as stream:
        listed = "".join(f"{line.strip()}:{fleet.port}\n" for line in stream)
    path = fleet.write("tls-scan.txt", listed)
    out = os.path.join(fleet.folder, "tls-scan.json")
    return measure(["tls-scan", "--starttls=smtp", "--infile=" + path, "--concurrency=" + AT_ONCE,
                    "--cacert=" + fleet.ca, "--outfile=" + out])


def zgrab2(fleet, addresses, hosts):
    """As of 2025 and later: EHLO and STARTTLS need no option, and a blocklist is read unless told
    otherwise. One with other options would end at once, which is no measurement."""
    out = os.path.join(fleet.folder, "zgrab2.json")
    figures = measure(["zgrab2", "smtp", "--port", fleet.port, "--input-file", addresses,
                       "--senders", AT_ONCE, "--root-cas", fleet.ca, "--send-quit",
                       "--blocklist-file", os.devnull, "--output-file", out])
    with open(out, encoding="utf-8") as stream:
        trusted = sum('"browser_trusted":true' in line for line in stream)
    assert trusted == hosts, (trusted, figures.output[-500:])
    return figures


def each_of(fleet, addresses, command):
    """One process a host, four at once: for tools that take one host."""
    return measure(["sh", "-c", f"xargs -a {addresses} -P 4 -I@ sh -c "
                                f"'{command.format(port=fleet.port, folder=fleet.folder)} "
                            f">/dev/null 2>&1 </dev/null'"])


def cost(folder, hosts, rounds, bars):
    """The same with an ECDSA and an RSA leaf; with a chain for all hosts, whose verdict is
    remembered, and a chain for each, so that the memory is of no use."""
    for key, shared, distinct in (("ECDSA P-256", "wildcard", "ok_tls12_13"),
                                  ("RSA 2048", "rsa_wildcard", "rsa2048")):
        with Fleet(folder, hosts, f"{shared}=1,single=1") as fleet:
            addresses = fleet.addresses()
            seen = in_turn(rounds, {"floor": lambda: floor(fleet, addresses, hosts),
                                    "mxgrade": lambda: own(fleet, addresses, hosts)})
        with Fleet(folder, hosts, f"{distinct}=1,single=1") as fleet:
            addresses = fleet.addresses()
            seen |= in_turn(rounds, {
                "floor, chains verified": lambda: floor(fleet, addresses, hosts, fleet.ca),
                "mxgrade, a chain for each host": lambda: own(fleet, addresses, hosts)})
        base = micro(seen["floor"], hosts)
        names = {"floor": "floor: system calls and BoringSSL alone",
                 "mxgrade": "mxgrade, one chain for all hosts"}
        table(f"One TLS 1.3 handshake a host, {key}: CPU of the client",
              ["us/host", "user", "system", "to floor", "hosts/s", "peak MiB"],
              [(names.get(name, name), micro(figures, hosts), micro(figures, hosts, "user"),
                micro(figures, hosts, "system"), ratio(micro(figures, hosts), base),
                hosts / min(one.wall for one in figures), figures[-1].peak / 1024)
               for name, figures in seen.items()])
        own_cost = micro(seen["mxgrade"], hosts)
        bars.at_most(f"one handshake, {key}: times the floor", own_cost / base, 1.3)
        bars.at_most(f"... no chain remembered: times the floor that verifies",
                     micro(seen["mxgrade, a chain for each host"], hosts) /
                     micro(seen["floor, chains verified"], hosts), 1.3)


# The names of a group: BoringSSL's, for the fleet, and IANA's, as records have it.
GROUPS = {"X25519": "x25519", "P-256": "secp256r1", "P-384": "secp384r1"}
# Programs that scan many hosts in one process, and the share of their CPU that was promised.
PEERS = {"tls-scan": (lambda *called: tls_scan(*called[:2]), 0.65), "zgrab2": (zgrab2, 0.2)}
FEW = 20


def handshakes(fleet):
    return sum(line["handshakes"] for line in fleet.stats() if line["type"] == "address")


def has_group(fleet, call, addresses):
    """Whether a program comes to TLS with a fleet that offers one group alone."""
    before = handshakes(fleet)
    try:
        call(fleet, first(fleet, addresses, FEW), FEW)
    except AssertionError:
        return False
    return handshakes(fleet) - before == FEW


def checked(fleet, call, addresses, hosts):
    """A run that came to TLS with every host."""
    before = handshakes(fleet)
    figures = call(fleet, addresses, hosts)
    assert handshakes(fleet) - before == hosts, "not every handshake was completed"
    return figures


def group_used(fleet):
    """The group of the first handshake in the results that mxgrade wrote last."""
    with open(os.path.join(fleet.folder, "out.jsonl"), encoding="utf-8") as stream:
        return next(record["tls"]["group"] for record in map(json.loads, stream)
                    if record["type"] == "endpoint")


def beside_in(fleet, group, rounds, hosts):
    """{name: figures} of the programs that have the group, mxgrade and the floor among them; nothing
    if no other has it."""
    addresses = fleet.addresses()
    calls = {name: call for name, (call, _) in PEERS.items()
             if shutil.which(name) and has_group(fleet, call, addresses)}
    if not calls:
        return {}
    calls |= {"floor": floor, "mxgrade": own}
    seen = in_turn(rounds, {name: lambda call=call: checked(fleet, call, addresses, hosts)
                            for name, call in calls.items()})
    assert group_used(fleet) == GROUPS[group], group_used(fleet)
    return seen


def beside(folder, hosts, rounds, bars):
    """A key exchange in one group costs several times one in another, and programs differ in which
    they prefer: so all are measured with a fleet that offers one group alone."""
    if not any(shutil.which(name) for name in PEERS):
        return
    rows = []
    for key, shared in (("ECDSA P-256", "wildcard"), ("RSA 2048", "rsa_wildcard")):
        for group in GROUPS:
            with Fleet(folder, hosts, f"{shared}=1,single=1", "--groups", group) as fleet:
                seen = beside_in(fleet, group, rounds, hosts)
            costs = {name: micro(figures, hosts) for name, figures in seen.items()}
            rows += [(f"{key}, {group}: {name}", cost, ratio(costs["mxgrade"], cost))
                     for name, cost in costs.items()]
            for name in set(costs) & set(PEERS):
                bars.at_most(f"one handshake, {key} in {group}: times {name}",
                             costs["mxgrade"] / costs[name], PEERS[name][1])
    table("The same beside other programs, each with the group it shares with us: CPU",
          ["us/host", "mxgrade to"], rows)


def libraries(folder, hosts, rounds, _):
    """The packaged BoringSSL beside the one of `make boringssl`, where the program was built with it
    too. Nothing is promised."""
    builds = {"packaged": BUILD, "make boringssl": BUILD + "-boringssl"}
    if not all(os.path.exists(build) for build in builds.values()):
        return
    rows = []
    for key, shared in (("ECDSA", "wildcard"), ("RSA", "rsa_wildcard")):
        with Fleet(folder, hosts, f"{shared}=1,single=1") as fleet:
            addresses = fleet.addresses()
            seen = in_turn(rounds, {
                (name, library): lambda run=run, build=build: run(fleet, addresses, hosts, build=build)
                for library, build in builds.items()
                for name, run in (("floor", floor), ("mxgrade", own))})
        costs = {name: micro(figures, hosts) for name, figures in seen.items()}
        rows += [(f"{key}, {library}: {name}", cost, ratio(cost, costs["floor", library]),
                  ratio(cost, costs[name, "packaged"]))
                 for (name, library), cost in costs.items()]
    table("The same with either BoringSSL: CPU of the client",
          ["us/host", "to floor", "to packaged"], rows)


# Tools that take one host at a time; posttls-finger wants a configuration of Postfix, if an empty one.
ONE_BY_ONE = {
    "openssl": "openssl s_client -starttls smtp -connect @:{port}",
    "posttls-finger": "MAIL_CONFIG={folder} posttls-finger -c -l may [@]:{port}",
}


def one_by_one(folder, hosts, rounds, bars):
    with Fleet(folder, 2000, "wildcard=1,single=1") as fleet:
        many = fleet.addresses()
        fleet.write("main.cf", "compatibility_level = 3.6\n")
        names = [name for name in ONE_BY_ONE if shutil.which(name)]
        runs = {"mxgrade": lambda: own(fleet, many, 2000)}
        runs |= {name: lambda name=name: each_of(fleet, first(fleet, many, hosts), ONE_BY_ONE[name])
                 for name in names}
        seen = in_turn(rounds, runs)
    costs = {name: micro(figures, 2000 if name == "mxgrade" else hosts)
             for name, figures in seen.items()}
    table("One handshake a host beside tools that take one host a process: CPU", ["us/host", "ratio"],
          [(name, figure, ratio(figure, costs["mxgrade"])) for name, figure in costs.items()])
    if "openssl" in costs:
        bars.at_most("one handshake: times openssl s_client under xargs",
                     costs["mxgrade"] / costs["openssl"], 1 / 15)


def first(fleet, addresses, num):
    with open(addresses, encoding="ascii") as stream:
        return fleet.write("first", "".join(stream.readlines()[:num]))


VERSIONS = {
    "sslscan": "sslscan --starttls-smtp --no-ciphersuites --no-cipher-details --no-renegotiation "
               "--no-fallback --no-compression --no-heartbleed --no-groups --no-check-certificate "
               "@:{port}",
    "nmap": "nmap -Pn -n -p {port} --script ssl-enum-ciphers @",
}


NUM_VERSIONS = 6  # SSLv2 to TLS 1.3


def versions(folder, hosts, rounds, bars):
    """The standard depth decides the versions and much more. What one of its hand-written hellos
    costs is the difference to the quick one, in which the tests of what comes before TLS are too, so
    that it is rather too high; versions alone, which is what others are asked for, would take one hello
    for each."""
    num = 2000
    with Fleet(folder, num, "wildcard=1,single=1") as fleet:
        many = fleet.addresses()
        runs = {"mxgrade, one handshake": lambda: quick(fleet, many, *ONE_THREAD),
                "mxgrade, standard depth":
                    lambda: scan(fleet, many, "--hosts", *ONE_THREAD, "--per-address", "5")}
        few = first(fleet, many, hosts)
        runs |= {name: lambda name=name: (each_of(fleet, few, VERSIONS[name]), None)
                 for name in VERSIONS if shutil.which(name)}
        seen = in_turn(rounds, runs)
    connections = seen["mxgrade, standard depth"][0][1]["connections"] / num
    figures = {name: [one for one, _ in results] for name, results in seen.items()}
    user, system = [(micro(figures["mxgrade, standard depth"], num, part) -
                     micro(figures["mxgrade, one handshake"], num, part)) / (connections - 1)
                    for part in ("user", "system")]
    alone = NUM_VERSIONS * (user + system)
    costs = {f"mxgrade, {NUM_VERSIONS} hand-written hellos (computed)": alone}
    costs |= {name: micro(some, num if name.startswith("mxgrade") else hosts)
              for name, some in figures.items()}
    table("The versions of a host: CPU", ["us/host", "ratio"],
          [(name, cost, ratio(cost, alone)) for name, cost in costs.items()])
    print(f"\n  {connections:.1f} connections a host, one with a whole handshake: a hand-written hello"
          f" costs {user + system:.0f} us,\n  {system:.0f} of it system calls, {user:.0f} the"
          f" program's own")
    bars.at_most("connections to a clean server, standard depth", connections, 5)
    for name, some in figures.items():
        if name in VERSIONS:
            bars.at_most(f"versions of a host: times {name}", alone / micro(some, hosts), 0.1)


def instructions(folder, bars):
    """By callgrind, which counts the same whatever else the machine does; the difference of two
    list lengths, so that what a start costs is not in it."""
    if not shutil.which("valgrind"):
        return
    lengths = (100, 300)

    def count(name, command):
        out = os.path.join(folder, "callgrind.out")
        done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=" + out,
                               *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, text=True, check=True)
        for line in done.stdout.splitlines():
            if "Collected" in line:
                return int(line.rsplit(":", 1)[1])
        raise ValueError(f"callgrind did not count {name}: {done.stdout[-500:]}")

    with Fleet(folder, lengths[-1], "wildcard=1,single=1") as fleet:
        many = fleet.addresses()
        counts = {"floor": [], "mxgrade": []}
        for length in lengths:
            some = first(fleet, many, length)
            counts["floor"].append(count("floor", floor_command(fleet, some, 50)))
            counts["mxgrade"].append(count("mxgrade", scan_command(
                fleet, some, os.path.join(folder, f"{length}.jsonl"), "--hosts", "--depth", "quick",
                "--threads", "1", "--concurrency", "50", *UNLIMITED)))
    each = {name: (more - less) / (lengths[1] - lengths[0]) / 1000
            for name, (less, more) in counts.items()}
    table("The same handshake in instructions of the program and its libraries (callgrind)",
          ["thousands", "to floor"],
          [(name, figure, ratio(figure, each["floor"])) for name, figure in each.items()])
    bars.at_most("one handshake: instructions, times the floor's", each["mxgrade"] / each["floor"],
                 1.3)
