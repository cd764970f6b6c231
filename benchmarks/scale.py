"""Many at once: connections that wait, threads, long lists."""
from lab import Fleet, median, quick, ratio, scan, table


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


def threads(folder, hosts, rounds, bars):
    """The fleet shares the processors, so it must not be what limits: chains that take
    milliseconds to verify leave it a tenth of the work. Beside it a world where it is."""
    for mix, title in (("costly_chain=1,single=1", "chains that take milliseconds to verify"),
                       ("wildcard=1,single=1", "an ordinary handshake, as much work for the fleet")):
        with Fleet(folder, hosts, mix) as fleet:
            addresses = fleet.addresses()
            quick(fleet, addresses)  # the fleet makes certificates when they are first asked for
            seen = {1: [], 2: []}
            for _ in range(rounds):
                for num, runs in seen.items():
                    runs.append(quick(fleet, addresses, "--threads", str(num), "--concurrency",
                                      "200")[0])
        speeds = {num: hosts / median([run.wall for run in runs]) for num, runs in seen.items()}
        table(f"Threads: {title}", ["hosts/s", "ratio", "CPU us/host"],
              [(f"{num} thread(s)", speed, ratio(speed, speeds[1]),
                median([run.cpu for run in seen[num]]) / hosts * 1e6)
               for num, speed in speeds.items()])
        if mix.startswith("costly"):
            bars.at_least("two threads: times one thread's hosts a second", speeds[2] / speeds[1], 1.8)


def long_lists(folder, lengths, bars):
    """Most domains take no mail, so that a million is a matter of minutes; the others have a host
    of their own, without TLS."""
    peaks = []
    for length in lengths:
        with Fleet(folder, length, "null_mx=19,single=1,no_starttls=1") as fleet:
            figures, summary = scan(fleet, fleet.domains(), "--depth", "quick")
            assert summary["lines"] == length, summary["lines"]
        peaks.append((f"{length:,} domains", figures.peak / 1024, figures.wall, summary["endpoints"]))
    table("Memory against the length of the list", ["peak MiB", "seconds", "endpoints"], peaks)
    if len(peaks) > 1:
        bars.at_most(f"peak memory: {peaks[-1][0]}, times that of {peaks[0][0]}",
                     peaks[-1][1] / peaks[0][1], 2)
    # The caches fill first: flat is what comes after them.
    if len(peaks) > 2:
        bars.at_most(f"peak memory: {peaks[-1][0]}, times that of {peaks[-2][0]}",
                     peaks[-1][1] / peaks[-2][1], 1.1)
