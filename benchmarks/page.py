"""The page of a result file: how large it is, and how long a browser takes until it shows its rows."""
import os
import random
import subprocess
import sys
import time

import lab

sys.path.insert(0, os.path.join(lab.ROOT, "tests/wire"))
import report_data as data  # noqa: E402
from browser import Browser  # noqa: E402
from runner import Skip  # noqa: E402

PAGE_MB = 8
OPEN_SECONDS = 1
SEED = 1


def records(num_domains):
    """Of the supply chain, with fingerprints and key identifiers that look like such: at random."""
    numbers = random.Random(SEED)
    for record in data.supply_chain(num_domains):
        certificate = record.get("certificate")
        if certificate:
            for name in ("sha256", "spki_sha256"):
                certificate[name] = f"{numbers.getrandbits(256):064x}"
        yield record


def page(folder, num_domains, rounds, bars):
    results = data.write(os.path.join(folder, "page.jsonl"), records(num_domains))
    path = os.path.join(folder, "page.html")
    started = time.monotonic()
    subprocess.run([os.path.join(lab.BUILD, "mxgrade"), "report", results, "-o", path], check=True)
    made = time.monotonic() - started
    try:
        with Browser() as browser:
            opened = [opening(browser, path) for _ in range(rounds)]
    except Skip as why:
        print(f"page: {why}")
        opened = []
    size = os.path.getsize(path) / 1e6
    clock = lab.median([shown for shown, _ in opened]) if opened else None
    busy = lab.median([thread for _, thread in opened]) if opened else None
    lab.table(f"The page of {num_domains:,} domains", ["results MB", "page MB", "made in s",
                                                      "rows shown after s", "processor s"],
              [("page", f"{os.path.getsize(results) / 1e6:.0f}", f"{size:.1f}", f"{made:.1f}",
                *("-" if value is None else f"{value:.2f}" for value in (clock, busy)))])
    bars.at_most("page, MB", size, PAGE_MB)
    if opened:
        bars.at_most("page, seconds from navigation to rows", clock, OPEN_SECONDS)


def opening(browser, path):
    """Seconds from navigation to the first rows: by the clock, and of the page's thread."""
    opened = browser.open(path)
    shown = opened.evaluate("performance.getEntriesByName('page-ready')[0].startTime")
    busy = opened.busy_ms()
    return shown / 1000, busy / 1000
