"""What is kept of the past, each thing's memory: how much more a list takes that has more of it."""
from lab import Fleet, scan, table

# Domains of a short and a long list. In both as many are under way at once. Kept are 20,000 of each thing a
# thread, and 4,000 chains. Where a domain has several DNS answers, both lists fill the places of answers,
# so that what the longer one takes besides is the rest.
LISTS = 6000, 18000
LISTS_OF_CHAINS = 1000, 4000
ROUNDS = 3
ONE_WORKER = ("--threads", "1", "--concurrency", "100", "--depth", "quick")
SHARED = "customer=1,wildcard=1"
OWN = "single=1,wildcard=1"
OWN_CHAIN = "single=1,ok_tls12_13=1"


def bytes_each(folder, mix, lists=LISTS):
    """Bytes by which the peak of a run grows with each domain. Of some rounds the least: what else takes
    memory now and then is not what is kept."""
    peaks = []
    for num in lists:
        with Fleet(folder, num, mix) as fleet:
            peaks.append(min(scan(fleet, fleet.domains(), *ONE_WORKER)[0].peak
                             for _ in range(ROUNDS)))
    return (peaks[1] - peaks[0]) * 1024 / (lists[1] - lists[0])


def kept(folder, _):
    shared, own = bytes_each(folder, SHARED), bytes_each(folder, OWN)
    table("What a scan keeps of the past", ["bytes"], [
        ("a DNS answer without a record", bytes_each(folder, "nxdomain=1")),
        ("a DNS answer with one", bytes_each(folder, "null_mx=1")),
        ("a host name, its DNS answers not counted", shared),
        ("a server", own - shared),
        ("a certificate chain", bytes_each(folder, OWN_CHAIN, LISTS_OF_CHAINS) -
         bytes_each(folder, OWN, LISTS_OF_CHAINS))])
