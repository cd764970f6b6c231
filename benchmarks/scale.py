"""Many at once: connections that wait, threads, long lists."""
import concurrent.futures

from lab import (UNLIMITED, Fleet, floor_command, in_turn, median, micro, quick, ratio, resident_after,
                 scan, scan_command, table)

AT_ONCE = ("--concurrency", "200")


def longest_level(samples):
    """The height, in KiB, at which most of the samples are."""
    levels = [round(sample / 256) for sample in samples]
    return max(levels, key=levels.count) * 256


def waiting(folder, hosts, bars):
    """Every host waits 5 s before its greeting, and all are called at once."""
    with Fleet(folder, hosts, "wildcard=1,single=1", "--banner", "5000:5000", processes=4) as fleet:
        addresses = fleet.addresses()
        with open(addresses, encoding="ascii") as stream:
            one = fleet.write("one", stream.readline())
        alone, _ = quick(fleet, one, "--threads", "2")
        figures, summary = quick(fleet, addresses, "--threads", "2", "--concurrency",
                                 str(hosts + 2000))
        total = fleet.stats()[0]
    # Until the first greeting little changes: that is what waiting takes.
    plateau = longest_level(figures.resident[:len(figures.resident) // 3])
    each = (plateau - longest_level(alone.resident)) / hosts * 1024
    table(f"{hosts:,} hosts that wait 5 s before the greeting, all called at once", ["", ""], [
        ("most in flight at once, counted by the servers", total["peak_open"], ""),
        ("a connection that waits, own memory", each, "bytes"),
        ("all memory while they wait, a connection", plateau / hosts, "KiB"),
        ("peak memory of the run, a connection", figures.peak / hosts, "KiB"),
        ("peak memory of the run", figures.peak / 1024, "MiB"),
        ("CPU", figures.cpu, "s"),
        ("half done / 95 % / all", f"{summary['seconds_to_half']:.1f} / "
                                   f"{summary['seconds_to_95']:.1f} / {summary['seconds']:.1f}", "s"),
        ("outcomes", str(summary["outcomes"]), "")])
    bars.at_least("connections in flight at once", total["peak_open"], min(hosts, 38000))
    bars.at_most("bytes of own memory, a waiting connection", each, 2048)
    bars.at_most("peak memory, KiB a waiting connection", figures.peak / hosts, 4)


BORINGSSL_BYTES = {"before the ServerHello": 5500, "once it is done": 14 * 1024}


def shaking(folder, hosts, bars):
    """What a handshake takes, beside what BoringSSL alone takes there: of hosts that take STARTTLS and
    then say nothing, and of hosts that never answer the EHLO inside TLS."""
    rows = []
    for behaviour, moment in (("tls_silence", "before the ServerHello"),
                              ("silent_inside", "once it is done")):
        with Fleet(folder, hosts, f"{behaviour}=1,single=1") as fleet:
            each = {name: bytes_each(fleet, hosts, command)
                    for name, command in (("mxgrade", many_at_once), ("floor", floor_command))}
            at_once = fleet.stats()[0]["peak_open"]
        rows += [(f"{moment}: mxgrade", each["mxgrade"]),
                 (f"{moment}: BoringSSL alone", each["floor"]),
                 ("... the rest", each["mxgrade"] - each["floor"]),
                 ("... most in flight at once, counted there", at_once)]
        bars.at_least(f"handshakes at once, {moment}", at_once, hosts)
        bars.at_most(f"bytes a handshake, {moment}", each["mxgrade"],
                     BORINGSSL_BYTES[moment] + 2048)
        bars.at_most("... beyond what BoringSSL takes alone", each["mxgrade"] - each["floor"], 2048)
    table(f"{hosts:,} handshakes at once that come to a halt", ["bytes each"], rows)


def bytes_each(fleet, hosts, command):
    """The difference that all the others make to one, while they last."""
    seconds = 8  # of the ten that a handshake or a reply may take; all have come to a halt by then
    addresses = fleet.addresses()
    with open(addresses, encoding="ascii") as stream:
        one = fleet.write("one", stream.readline())
    many, few = (resident_after(command(fleet, targets, hosts), seconds)
                 for targets in (addresses, one))
    return (many - few) / hosts * 1024


def many_at_once(fleet, targets, hosts):
    return scan_command(fleet, targets, "-", *UNLIMITED, "--hosts", "--depth", "quick",
                        "--threads", "1", "--concurrency", str(hosts + 1000))


def threads(folder, hosts, rounds, bars):
    """The fleet shares the processors, so it must not be what limits: chains that take
    milliseconds to verify leave it a few hundredths of the work. Beside it a world where it is. What two
    threads could do at most is what two processes of one thread do, each with half of the list."""
    for mix, num, title in (
            ("costly_chain=1,single=1", hosts, "chains that take milliseconds to verify"),
            ("wildcard=1,single=1", hosts, "an ordinary handshake, as much work for the fleet")):
        with Fleet(folder, num, mix, processes=1) as fleet:
            addresses = fleet.addresses()
            quick(fleet, addresses)  # the fleet makes certificates when they are first asked for
            seen = in_turn(rounds, {
                "1 thread": lambda: quick(fleet, addresses, "--threads", "1", *AT_ONCE)[0],
                "2 threads": lambda: quick(fleet, addresses, "--threads", "2", *AT_ONCE)[0],
                "2 processes of 1 thread": lambda: halves(fleet, addresses)})
        speeds = {name: num / median([run.wall for run in runs]) for name, runs in seen.items()}
        table(f"Threads: {title}", ["hosts/s", "ratio", "CPU us/host"],
              [(name, speed, ratio(speed, speeds["1 thread"]), micro(seen[name], num))
               for name, speed in speeds.items()])
        if mix.startswith("costly"):
            bars.at_least("two threads: times one thread's hosts a second",
                          speeds["2 threads"] / speeds["1 thread"], 1.8)
            bars.at_least("two threads: times two processes' hosts a second",
                          speeds["2 threads"] / speeds["2 processes of 1 thread"], 0.95)


def halves(fleet, addresses):
    """Two scans at the same time, of one thread and a shard of the list each, as one."""
    one = ("--threads", "1", *AT_ONCE)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        runs = [pool.submit(quick, fleet, addresses, *one, "--shard", f"{half}/2", out=half)
                for half in ("1", "2")]
        first, second = (run.result()[0] for run in runs)
    first.cpu += second.cpu
    first.wall = max(first.wall, second.wall)
    return first


def long_lists(folder, lengths, bars):
    """Half of the domains take no mail, the others have a host of their own, without TLS, so that a
    million is a matter of minutes. What is kept of the past is bounded and fills within the first
    hundred thousand: a longer list takes no more."""
    peaks = []
    for length in lengths:
        with Fleet(folder, length, "null_mx=1,single=1,no_starttls=1") as fleet:
            figures, summary = scan(fleet, fleet.domains(), "--depth", "quick", "--concurrency",
                                    "2000")
            assert summary["lines"] == length, summary["lines"]
        peaks.append((f"{length:,} domains", figures.peak / 1024, figures.wall, summary["endpoints"]))
    table("Memory against the length of the list", ["peak MiB", "seconds", "endpoints"], peaks)
    if len(peaks) > 1:
        bars.at_most(f"peak memory: {peaks[-1][0]}, times that of {peaks[-2][0]}",
                     peaks[-1][1] / peaks[-2][1], 1.1)
