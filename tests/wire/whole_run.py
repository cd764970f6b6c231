"""A list, what a scan of it writes when nothing comes between, and whether a file that was cut short
comes to the same when the run is continued.
"""
import os

import fleet_table
from fleet import check_form, endpoint_key, grades, read_results

# Fast hosts, some that many domains share, some that ask to come back later. After a 454 a minute has
# to pass, so that none says that.
MIX = ("single=6,provider=3,two_mx=2,null_mx=1,nxdomain=1,implicit=1,ok_tls12_13=6,wrong_name=2,"
       "no_starttls=1,banner_421_once=1")


class WholeRun:
    """A list with columns that are not ASCII, and what an uninterrupted scan of it says."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.table = fleet.expect()
        names = list(self.table.domains)
        # A line that is there twice and one that is no domain, to be done once each.
        names[len(names) // 2:len(names) // 2] = [names[0].upper(), "not a domain"]
        self.list = fleet.write("list.csv", "name,domain\r\n" + "".join(
            f'"Größe {number} Ω 日本",{name}\r\n' for number, name in enumerate(names)))
        self.whole = fleet.path("whole.jsonl")
        status, _, errors = fleet.run(self.list, "-o", self.whole)
        assert status == 0, (status, errors)
        self.results = read_results(self.whole)
        self.content = self.results.content
        check_form(self.results)

    def fresh(self, name, content=None):
        """A file's path; with these bytes, or not there."""
        path = self.fleet.path(name)
        if content is not None:
            return self.fleet.write(name, content)
        if os.path.exists(path):
            os.unlink(path)
        return path

    def resume(self, path, *more):
        return self.fleet.run(self.list, "-o", path, "--resume", *more)

    def finish(self, differ, what, path):
        """Goes on with the file, and compares it with the uninterrupted run's."""
        status, _, errors = self.resume(path)
        differ.equal(f"{what}: the status ({errors.strip()})", status, 0)
        try:
            self.compare(differ, what, read_results(path))
        except (AssertionError, ValueError) as wrong:
            differ.lines.append(f"{what}: {wrong}")

    def compare(self, differ, what, results):
        check_form(results)
        fleet_table.compare_keys(differ, f"{what}: lines", (r["line"] for r in results.domains),
                                 [r["line"] for r in self.results.domains])
        fleet_table.compare_keys(differ, f"{what}: endpoints", map(endpoint_key, results.endpoints),
                                 map(endpoint_key, self.results.endpoints))
        differ.equal(f"{what}: what differs in grade",
                     set(grades(results).items()) ^ set(grades(self.results).items()), set())
        fields = {r["line"]: r["input_fields"] for r in results.domains}
        differ.equal(f"{what}: the columns", fields,
                     {r["line"]: r["input_fields"] for r in self.results.domains})
        for field in ("complete", "interrupted", "lines", "domains", "invalid_lines", "endpoints",
                      "domain_grades", "endpoint_grades", "outcomes", "opportunistic_tls",
                      "enforced_tls", "countries", "networks", "providers"):
            differ.equal(f"{what}: {field} of the summary", results.summaries[0][field],
                         self.results.summaries[0][field])
