#!/usr/bin/env python3
"""From the list and the command line to the lines: every form of list, hosts and addresses, shards,
exclusions, the options that choose and judge, usage errors, and memory that does not grow with the
list.
"""
import contextlib
import os
import re
import socket
import subprocess
import sys
import time

import runner
from fleet import FACTOR, MXGRADE, Fleet, check_form, endpoint_key, read_results

HOSTS = 30
MIX = "single=1,ok_tls12_13=4,self_signed=1,no_starttls=1"
LETTERS = ("A", "C", "F")
# The answers of 60,000 names fill what is kept of the DNS on two threads.
SHORT_LIST, LONG_LIST = 60_000, 240_000
GROWTH_MAX_KIB = 20_000  # a hundred bytes a line would be as much
# ASan keeps freed memory for a while; with less of it the peak says something of the program.
SMALL_QUARANTINE = {**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=4:malloc_context_size=8"}


class World:
    def __init__(self, fleet):
        self.fleet = fleet
        self.table = fleet.expect()
        self.names = list(self.table.domains)
        self.by_grade = {letter: [name for name, row in self.table.domains.items()
                                  if self.table.domain_grade(row) == letter]
                         for letter in LETTERS}
        assert all(len(names) > 1 for names in self.by_grade.values()), self.by_grade

    def scan(self, text, *more):
        """A scan of a list with this content."""
        return self.fleet.scan(self.fleet.write("list", text), *more)

    def refused(self, *arguments):
        """(status, messages) of a command line that must not begin a scan."""
        status, output, errors = self.fleet.run(*arguments)
        assert output == b"", output
        return status, errors

    def mx(self, name):
        """(host, its only address) of a domain."""
        mx = self.table.domains[name]["mx"][0]
        return mx["host"], mx["addresses"][0]

    def connections(self):
        return self.fleet.stats()[0]["connections"]


def told_rows(results):
    """(how many rows cannot be used, those of them that are told one by one)"""
    said = re.search(r": (\d+) of \d+ rows cannot be used: (.*); each", results.errors)
    return (int(said[1]), [int(n) for n in re.findall(r"line (\d+) \(", said[2])]) if said else (0, [])


def seen(results):
    return {record["line"]: record["domain"] for record in results.domains}


# ---- A domain a line


def test_a_plain_list_is_read_however_it_is_written(world):
    first, second, third = world.names[:3]
    lines = ["\ufeff# suppliers", "", first, "   ", f"  {second.upper()}.  ", "# a comment",
             f"\"{third}\" # one more", "bücher.fleet.test", "FAß.fleet.test", first, f"{second}."]
    results = world.scan("\r\n".join(lines))
    assert results.status == 0 and "line" not in results.errors, results.errors
    check_form(results)
    assert seen(results) == {3: first, 5: second, 7: third, 8: "xn--bcher-kva.fleet.test",
                             9: "xn--fa-hia.fleet.test", 10: first, 11: second}, seen(results)
    inputs = {record["line"]: record["input"] for record in results.domains}
    assert inputs[8] == "bücher.fleet.test" and inputs[5].strip() == second.upper() + ".", inputs


def test_a_domain_that_is_there_twice_has_two_lines_and_is_called_once(world):
    name = world.names[0]
    results = world.scan(f"{name}\n{name.upper()}\n{name}.\n")
    assert seen(results) == {1: name, 2: name, 3: name}, seen(results)
    assert len({record["grade"] for record in results.domains}) == 1, results.domains
    assert [endpoint_key(r) for r in results.endpoints] == [world.mx(name)], results.endpoints


def test_a_bad_line_is_told_with_its_number_and_does_not_stop_the_run(world):
    bad = {2: "not a domain", 4: "http://localhost/", 5: "post@localhost", 6: "localhost",
           7: "192.0.2.1", 8: "a" * 64 + ".example", 9: "a..example", 10: "x" * 70000,
           11: "b\0d.example", 12: b"\xff\xfe.example"}
    lines = [world.names[number] for number in range(13)]
    for number, line in bad.items():
        lines[number - 1] = line
    source = world.fleet.write("bad", b"\n".join(
        line if isinstance(line, bytes) else line.encode() for line in lines))
    results = world.fleet.scan(source, "--encoding", "UTF-8")
    told = told_rows(results)
    assert results.status == 0 and told == (len(bad), sorted(bad)[:5]), (told, results.errors)
    records = {record["line"]: record for record in results.domains}
    assert set(records) == set(range(1, 14)), sorted(records)
    differ = runner.Differences()
    for number, record in records.items():
        domain = None if number in bad else lines[number - 1]
        outcome = "invalid_input" if number in bad else "ok"
        differ.equal(f"line {number}", (record["domain"], record["dns"]["outcome"]),
                     (domain, outcome))
        differ.equal(f"line {number} is graded", record["grade"] == "U", number in bad)
    differ.equal("the longest input", len(records[10]["input"]) < 70000, True)
    differ.equal("bad lines", results.summaries[0]["invalid_lines"], len(bad))
    differ.check()


def test_many_bad_lines_do_not_flood_the_terminal(world):
    results = world.scan("not a domain\n" * 500 + world.names[0])
    assert results.status == 0, results.errors
    assert results.errors.count("\n") < 10 and told_rows(results)[0] == 500, results.errors
    assert len(results.domains) == 501, results.errors


def test_a_list_without_one_usable_line_is_bad_input(world):
    for text, more in (("x y\n", ()), ("x\n", ("--hosts",)),
                       ("{}\n", ())):
        results = world.scan(text, *more)
        check_form(results)
        assert results.status == 2 and "is it the right file?" in results.errors, results.errors
        assert len(results.domains) == text.count("\n"), results.domains


def test_a_list_may_come_on_standard_input(world):
    text = "".join(name + "\n" for name in world.names[:3]).encode()
    expected = dict(enumerate(world.names[:3], 1))
    for operands in (("-",), ()):
        results = world.fleet.scan(*operands, text_in=text)
        assert (results.status, seen(results)) == (0, expected), (operands, results.errors)
        assert results.runs[0]["list"] == "-", results.runs


EMPTY = ("", "\n\n", "# nobody\n", "domain,name\n", "domain,name\r\n,\r\n", "\ufeff", "sep=;\ndomain;x\n")


def test_an_empty_list_is_bad_input_and_writes_nothing(world):
    path = world.fleet.path("of-nothing.jsonl")
    differ = runner.Differences()
    for text in EMPTY:
        for operands in ((world.fleet.write("empty", text),), ("-",)):
            for more in ((), ("--format", "csv"), ("--hosts",), ("--shard", "2/3")):
                status, output, errors = world.fleet.run(*operands, *more, "-o", path,
                                                         text_in=text.encode())
                what = f"{text!r} {operands[0]} {more}: "
                differ.equal(what + "status and output", (status, output), (2, b""))
                differ.equal(what + errors, "nothing was scanned" in errors, True)
                differ.equal(what + "a file is left", os.path.exists(path), False)
        differ.equal(f"{text!r} to standard output", world.refused("-")[0], 2)
    differ.check()


def test_a_list_that_cannot_be_read_writes_nothing(world):
    path = world.fleet.path("of-nothing.jsonl")
    # Of the second, reading fails and opening does not.
    for source in ("/nonexistent", "/proc/self/mem", world.fleet.folder):
        status, errors = world.refused(source, "-o", path)
        assert status == 2 and source in errors, (source, status, errors)
        assert not os.path.exists(path), source
    with open("/proc/self/mem", "rb") as unreadable:
        done = subprocess.run(world.fleet.command("-", "-o", path), stdin=unreadable,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                              check=False)
    assert done.returncode == 2 and b"cannot read" in done.stderr, (done.returncode, done.stderr)
    assert not os.path.exists(path), "of standard input"


def test_what_is_in_the_output_outlives_an_empty_list(world):
    """Whole results, results that were cut, an empty file that someone made: all stay as they are."""
    path = world.fleet.path("kept.jsonl")
    source = world.fleet.write("kept", world.names[0] + "\n")
    status, _, errors = world.fleet.run(source, "-o", path)
    assert status == 0, errors
    with open(path, "rb") as stream:
        whole = stream.read()
    for content in (whole, whole[:-10], whole[:len(whole) // 2], b""):
        for text in EMPTY[:4]:
            for operands in ((world.fleet.write("empty", text),), ("-",)):
                for more in (("--resume",), ()):
                    world.fleet.write("kept.jsonl", content)
                    status, _, _ = world.fleet.run(*operands, "-o", path, *more,
                                                   text_in=text.encode())
                    with open(path, "rb") as stream:
                        assert stream.read() == content, (len(content), text, operands, more)
                    assert status == 2, (status, text, operands, more)


def test_a_shard_without_a_line_is_a_run_without_domains(world):
    results = [world.scan(world.names[0] + "\n", "--shard", f"{shard}/2") for shard in (1, 2)]
    assert [r.status for r in results] == [0, 0], [r.errors for r in results]
    assert sorted(len(r.domains) for r in results) == [0, 1], results
    assert all(r.summaries[0]["complete"] for r in results), results


# ---- CSV


def test_csv_columns_are_carried_through(world):
    first, second, third = world.names[:3]
    rows = ["\ufeffid,Domain,supplier,note",
            f'1,{first},"Müller, Söhne & ""Co""","a\r\nb"',
            "",
            f' 2 ,"{second.upper()}.",,;',
            ",,,",
            f"3,{third}"]
    results = world.scan("\r\n".join(rows))
    records = {record["domain"]: record for record in results.domains}
    assert results.status == 0 and set(records) == {first, second, third}, results.errors
    differ = runner.Differences()
    for name, line, fields in (
            (first, 2, {"id": "1", "supplier": 'Müller, Söhne & "Co"', "note": "a\r\nb"}),
            (second, 5, {"id": " 2 ", "supplier": "", "note": ";"}), (third, 7, {"id": "3"})):
        differ.equal(name, (records[name]["line"], records[name]["input_fields"]), (line, fields))
    differ.check()


def test_csv_may_use_semicolons_or_tabs_and_has_bad_lines_too(world):
    first, second = world.names[:2]
    for delimiter in ";\t":
        rows = (("supplier", "DOMAIN"), ("one", first), ("two", "no domain"), ("three", ""),
                ('"open', second), ("four", second))
        results = world.scan("".join(delimiter.join(row) + "\n" for row in rows))
        assert told_rows(results) == (3, [3, 4, 5]), (delimiter, results.errors)
        assert seen(results) == {2: first, 3: None, 4: None, 5: None, 6: second}, seen(results)


# ---- Lists as spreadsheets export them


def test_the_column_of_the_domain_is_found_and_said(world):
    first, second, third = world.names[:3]
    rows = ["Supplier;Website;E-Mail domain;Country",
            f"Acme;https://www.other.example/;{first};DE",
            f"Beta;www.other.example;info@{second};DE",
            f"Gamma;;Sales <sales@{third}>;UK",
            "Delta;;;UK"]
    results = world.scan("\n".join(rows) + "\n")
    assert results.status == 0 and told_rows(results) == (1, [5]), results.errors
    assert "using column 3, 'E-Mail domain': 3 of 4 rows name a domain" in results.errors
    assert seen(results) == {2: first, 3: second, 4: third, 5: None}, seen(results)
    forms = [record["domain_form"] for record in sorted(results.domains, key=lambda r: r["line"])]
    assert forms == ["name", "mail_address", "mail_address", None], forms
    fields = {record["line"]: record["input_fields"] for record in results.domains}
    assert fields[2] == {"Supplier": "Acme", "Website": "https://www.other.example/",
                         "Country": "DE"}, fields
    check_form(results)
    strict = world.scan("\n".join(rows) + "\n", "--strict")
    assert strict.status == 2 and seen(strict) == seen(results), strict.errors


def test_the_column_can_be_named(world):
    first, second = world.names[:2]
    text = f"domain;Site\n{first};https://{second}/index.html\n"
    for column in ("Site", "site", "2"):
        results = world.scan(text, "--column", column)
        assert (results.status, seen(results)) == (0, {2: second}), (column, results.errors)
        assert "using column" not in results.errors, results.errors
        assert results.domains[0]["domain_form"] == "url", results.domains


def test_a_list_without_a_column_of_domains_is_bad_input_and_writes_nothing(world):
    path = world.fleet.path("of-nothing.jsonl")
    first = world.names[0]
    for text, more in ((f"Supplier;Country\nAcme;DE\nBeta;UK\n", ()),
                       (f"Supplier;Country\nAcme;{first}\n", ("--column", "Site"))):
        for operands in ((world.fleet.write("unclear", text),), ("-",)):
            status, output, errors = world.fleet.run(*operands, *more, "-o", path,
                                                     text_in=text.encode())
            assert (status, output) == (2, b""), (status, errors)
            assert "1 'Supplier', 2 'Country'" in errors and errors.count("\n") < 4, errors
            assert not os.path.exists(path), text


def test_a_header_reaches_no_terminal_with_its_escapes(world):
    status, errors = world.refused(world.fleet.write("escapes", "a\x1b[2J;b\x9b2J\nx;y\n"))
    assert status == 2 and "\x1b" not in errors and "\x9b" not in errors, repr(errors)


def test_lists_in_other_encodings_keep_their_names(world):
    first, second = world.names[:2]
    german = (f"Lieferant;Domain\nMüller & Söhne Großhandel;{first}\n"
              f"Bäckerei Glück für Käse;{second}\n")
    japanese = f"会社名,domain\n株式会社日本電気,{first}\n東京さくら銀行コンピューター,{second}\n"
    for text, encoding, more, said in (
            (german, "cp1252", (), "read as WINDOWS-1252"),
            (german, "utf-16", (), "read as UTF-16LE"),
            (japanese, "shift-jis", (), "read as SHIFT_JIS"),
            (german, "cp850", ("--encoding", "CP850"), ""),
            (german, "utf-8", (), "")):
        name = world.fleet.write("encoded", text.encode(encoding))
        for operands in ((name,), ("-",)):
            with open(name, "rb") as stream:
                results = world.fleet.scan(*operands, *more, text_in=stream.read())
            assert results.status == 0, results.errors
            assert ("read as" in results.errors) == bool(said) and said in results.errors, \
                (encoding, results.errors)
            names = {list(record["input_fields"].values())[0] for record in results.domains}
            expected = {line.replace(";", ",").split(",")[0] for line in text.split("\n")[1:-1]}
            assert names == expected, (encoding, names)
    status, errors = world.refused(world.fleet.write("encoded", german), "--encoding", "latin-99")
    assert status == 2 and "iconv" in errors, errors


def test_an_encoding_is_found_out_behind_rows_that_have_none(world):
    """The converter is needed when the scan may load no code any more."""
    first, second = world.names[:2]
    text = f"Lieferant;Domain\nACME Ltd;{first}\n" + f"Example Inc;{first}\n" * 400 + \
        f"Bäckerei Glück für Käse;{second}\n"
    results = world.fleet.scan("-", text_in=text.encode("cp1252"))
    assert results.status == 0 and "read as WINDOWS-1252" in results.errors, results.errors
    names = {list(record["input_fields"].values())[0] for record in results.domains}
    assert names == {"ACME Ltd", "Example Inc", "Bäckerei Glück für Käse"}, names


def test_bytes_that_are_no_text_are_told(world):
    first = world.names[0]
    text = ("name,domain\n" + f"東京さくら銀行,{first}\n" * 20).encode() + \
        b"\xff," + first.encode() + b"\n"
    results = world.scan(text)
    assert results.status == 0 and "1 bytes are not of its encoding" in results.errors, results.errors


# ---- Hosts and addresses


@contextlib.contextmanager
def closed_port():
    """A port of ::1 that is ours, and where nobody listens."""
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as bound:
        bound.bind(("::1", 0))
        yield bound.getsockname()[1]


def test_hosts_are_called_as_they_are_written(world):
    host, address = world.mx(world.by_grade["A"][0])
    other_host, other_address = world.mx(world.by_grade["A"][1])
    port = world.fleet.port
    with closed_port() as closed:
        lines = {f"{host.upper()}.": (host, address, port, "ok"),
                 f"{other_host}:{closed}": (other_host, other_address, closed, "connect_refused"),
                 f"{other_address}:{port}": (None, other_address, port, "ok"),
                 address: (None, address, port, "ok"),
                 f"[::1]:{closed}": (None, "::1", closed, "connect_refused")}
        text = "".join(f"{line}\n" for line in [*lines, host, f"{host}:{port}", f"[{address}]",
                                                f"{host}:0", "two words", f"{host}:port"])
        results = world.scan(text, "--hosts")
    check_form(results)
    told = {(r["host"], r["address"], r["port"], r["outcome"]) for r in results.endpoints}
    assert told == set(lines.values()) and len(results.endpoints) == len(told), told
    _, bad = told_rows(results)
    assert (results.status, bad) == (0, [9, 10, 11]), (results.status, results.errors)
    assert sorted(seen(results)) == bad, seen(results)


def test_a_bare_address_has_no_name_to_match(world):
    host, address = world.mx(world.by_grade["A"][0])
    results = world.scan(f"{address}\n", "--hosts")
    record, = results.endpoints
    certificate = record["certificate"]
    assert (certificate["name_match"], certificate["problems"]) == (None, []), certificate
    assert (record["host"], record["grade"], certificate["trusted"]) == (None, "A", "yes"), record
    assert host in certificate["names"], certificate


def test_hosts_may_come_as_csv(world):
    host, address = world.mx(world.names[0])
    results = world.scan(f"id,host\n1,{host}\n2,{address}\n", "--hosts")
    assert results.status == 0, results.errors
    assert sorted(endpoint_key(record)[0] or "" for record in results.endpoints) == ["", host]


# ---- Which ones


def check_shards(world, text, num_shards, key, *more):
    """Every record is in one shard, and in one alone; each shard has some."""
    whole = key(world.scan(text, *more))
    parts = [key(world.scan(text, "--shard", f"{shard}/{num_shards}", *more))
             for shard in range(1, num_shards + 1)]
    assert sorted(sum(parts, []), key=str) == sorted(whole, key=str), (parts, whole)
    assert all(parts), parts


def test_shards_are_disjoint_and_together_the_list(world):
    text = "".join(f"{name}\n{name.upper()}\n" for name in world.names)
    check_shards(world, text, 3, lambda results: [(r["line"], r["domain"])
                                                  for r in results.domains])


def test_shards_of_hosts_and_addresses_are_too(world):
    pairs = [world.mx(name) for name in world.names[:12]]
    for text in ("".join(f"{host}\n" for host, _ in pairs),
                 "".join(f"{address}\n[{address}]:{world.fleet.port}\n" for _, address in pairs)):
        check_shards(world, text, 2, lambda results: [endpoint_key(r) for r in results.endpoints],
                     "--hosts")


def test_who_is_excluded_is_listed_and_never_called(world):
    by_name, by_parent, by_address, by_prefix, free = world.names[:5]
    exclusions = world.fleet.write("exclude", "# leave alone\r\n\n" + "\n".join([
        by_name.upper() + ".", world.mx(by_parent)[0] + " # its mail host",
        world.mx(by_address)[1], re.sub(r"\d+$", "0/24", world.mx(by_prefix)[1])]) + "\n")
    _, before = world.fleet.stats()
    results = world.scan("".join(f"{name}\n" for name in world.names[:5]) + f"sub.{by_name}\n",
                         "--exclude", exclusions)
    _, after = world.fleet.stats()
    outcomes = {record["domain"]: record["dns"]["outcome"] for record in results.domains}
    assert (outcomes[by_name], outcomes[f"sub.{by_name}"]) == ("excluded", "excluded"), outcomes
    endpoints = {record["host"]: (record["outcome"], record["connections"] > 0)
                 for record in results.endpoints}
    assert endpoints == {world.mx(free)[0]: (endpoints[world.mx(free)[0]][0], True),
                         **{world.mx(name)[0]: ("excluded", False)
                            for name in (by_parent, by_address, by_prefix)}}, endpoints
    grades = {record["domain"]: record["grade"] for record in results.domains}
    assert {grades[name] for name in (by_name, by_parent, by_address, by_prefix)} == {"U"}, grades
    called = [address for address in after if after[address] != before.get(address)]
    assert called == [world.mx(free)[1]], called


def test_only_one_family_is_called(world):
    name = world.names[0]
    host, address = world.mx(name)
    six = world.scan(f"{name}\n", "-6")
    assert [(r["host"], r["address"], r["outcome"]) for r in six.endpoints] == [
        (host, address, "family_not_asked")], six.endpoints
    four = world.scan(f"{name}\n", "-4")
    assert [endpoint_key(record) for record in four.endpoints] == [(host, address)], four.endpoints
    assert [r.runs[0]["options"]["families"] for r in (four, six)] == ["4", "6"]


# ---- Judging


def test_fail_on_is_crossed_by_that_grade_and_by_worse_ones(world):
    differ = runner.Differences()
    for letter, bar, status in (("A", "B", 0), ("A", "F", 0), ("A", "A", 1), ("C", "B", 1),
                                ("C", "C", 1), ("C", "D", 0), ("F", "F", 1), ("F", "A+", 1)):
        name = world.by_grade[letter][0]
        results = world.scan(f"{name}\nnothing-here.fleet.test\n", "--fail-on", bar,
                             "--depth", "quick")
        differ.equal(f"the status of {letter} with --fail-on {bar}", results.status, status)
        differ.equal("the grade", results.domain(name)["grade"], letter)
    differ.check()


def test_now_is_the_time_that_certificates_are_judged_at(world):
    name = world.by_grade["A"][0]
    record, = world.scan(f"{name}\n").endpoints
    not_after = record["certificate"]["not_after"]
    differ = runner.Differences()
    for now, problem in ((not_after, []), ("2000-01-01T00:00:00Z", ["not_yet_valid"]),
                         ("@4102444800", ["expired"]), ("2100-01-01T00:00:00Z", ["expired"]),
                         ("2100-01-01T02:00:00+02:00", ["expired"])):
        results = world.scan(f"{name}\n", "--now", now)
        differ.equal(f"at {now}", results.endpoints[0]["certificate"]["problems"], problem)
        if problem == ["expired"]:
            differ.equal(f"{now} as told", results.runs[0]["now"][:19], "2100-01-01T00:00:00")
    differ.check()


# ---- Options


def test_options_may_come_from_a_file(world):
    name = world.names[0]
    config = world.fleet.write("config", "# of every night\r\n\n depth = quick # cheap\nipv4-only\n"
                               "fail-on=A+\nprogress = never\n")
    results = world.scan(f"{name}\n", "--config", config)
    options = results.runs[0]["options"]
    assert (options["depth"], options["families"], results.status) == ("quick", "4", 1), options
    later = world.scan(f"{name}\n", "--config", config, "--depth", "standard")
    assert later.runs[0]["options"]["depth"] == "standard", later.runs


def test_a_bad_line_of_options_is_told_with_its_number(world):
    for text, words in (("depth = quick\nspeed = 9\n", "line 2: there is no such option"),
                        ("\n\ndepth = slow\n", "line 3: not one of quick"),
                        ("output\n", "line 1: the option needs a value"),
                        ("resume = perhaps\n", "line 1: not one of true, yes, false, no"),
                        ("config = other\n", "line 1: there is no such option")):
        status, errors = world.refused("--config", world.fleet.write("config", text))
        assert status == 2 and words in errors, (text, status, errors)


def test_bad_usage_is_told_and_calls_nobody(world):
    before = world.connections()
    source = world.fleet.write("usage", world.names[0] + "\n")
    folder = world.fleet.folder
    differ = runner.Differences()
    for arguments, words in (
            (("--nonsense",), "--nonsense"), (("--depth",), "--depth"),
            (("--depth", "slow"), "quick, standard, deep"), (("--threads", "0"), "--threads 0"),
            (("--concurrency", "many"), "--concurrency many"), (("--rate", "-1"), "--rate -1"),
            (("--port", "65536"), "--port 65536"), (("--shard", "4/3"), "--shard 4/3"),
            (("--shard", "0/3"), "--shard 0/3"), (("--now", "yesterday"), "--now yesterday"),
            (("--progress", "loud"), "--progress loud"), (("--fail-on", "E"), "--fail-on E"),
            (("--reply-timeout", "0"), "--reply-timeout 0"),
            (("--allow-net", "10.0.0.0/33"), "--allow-net 10.0.0.0/33"),
            (("--services", "gopher"), '"gopher"'), (("--format", "xml"), "--format xml"),
            (("--resolver", "nobody"), "--resolver nobody"),
            (("--ca-file", "/nonexistent"), "/nonexistent: No such file"),
            (("--extra-ca", "/nonexistent"), "/nonexistent: No such file"),
            (("--extra-ca", "/dev/null"), "/dev/null: empty"),
            (("--extra-ca", source), "no PEM certificate in it"),
            (("--geo", "/nonexistent"), "/nonexistent"),
            (("--exclude", "/nonexistent"), "/nonexistent: No such file"),
            (("--exclude", folder), f"{folder}: Is a directory"),
            (("--config", "/nonexistent"), "/nonexistent: No such file"),
            (("--config", folder), f"{folder}: Is a directory"),
            (("--exclude", world.fleet.write("bad", "a.example\n1.2.3.4/40\n")), "line 2"),
            ((source,), "one too many")):
        status, errors = world.refused(*arguments, source)
        differ.equal(f"{arguments}: the status", status, 2)
        differ.equal(f"{arguments}: {words!r} in {errors!r}", words in errors, True)
    for source in ("/nonexistent", folder):
        status, errors = world.refused(source)
        differ.equal(f"the list {source}", (status, source in errors), (2, True))
    differ.equal("connections", world.connections(), before)
    differ.check()


def test_help_is_given_however_it_is_asked_for(world):
    def said(*arguments):
        done = subprocess.run([MXGRADE, *arguments], stdin=subprocess.DEVNULL, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return done.returncode, done.stdout, done.stderr

    status, text, _ = said("--help")
    assert status == 0 and "  scan " in text, text
    assert said("-h") == said("help") == (0, text, ""), said("-h")
    commands = re.findall(r"^  (\w+) ", text, re.M)
    assert {"scan", "check", "demo", "explain"} <= set(commands), commands
    for command in commands:
        status, text, errors = said(command, "--help")
        assert (status, errors) == (0, "") and f"usage: mxgrade {command}" in text, (command, text)
        assert said("help", command) == (0, text, ""), command
    for wrong in ((), ("scna",), ("help", "scna")):
        status, text, errors = said(*wrong)
        assert (status, text) == (2, "") and "usage: mxgrade COMMAND" in errors, (wrong, errors)
    assert said("--version") == said("-V"), said("-V")


def test_results_are_the_same_compressed(world):
    text = "".join(name + "\n" for name in world.names)
    plain = world.scan(text)
    path = world.fleet.path("list.jsonl.zst")
    status, output, errors = world.fleet.run(world.fleet.write("list", text), "-o", path)
    packed = read_results(path)
    check_form(packed)
    assert (status, output) == (0, b""), (status, errors)
    assert sorted(map(endpoint_key, packed.endpoints)) == sorted(map(endpoint_key, plain.endpoints))
    assert seen(packed) == seen(plain)


# ---- Memory


def peak_kib(world, num_lines):
    """The most memory that a scan of so many names had, which the resolver says do not exist."""
    source = world.fleet.write("long", "".join(
        f"d{number}.fleet.test\n" for number in range(1_000_000, 1_000_000 + num_lines)))
    peak, deadline = 0, time.monotonic() + 100 * FACTOR
    process = world.fleet.start(source, "-o", "/dev/null", stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, env=SMALL_QUARANTINE)
    try:
        while process.poll() is None and time.monotonic() < deadline:
            with open(f"/proc/{process.pid}/status", encoding="ascii") as stream:
                found = re.search(r"VmHWM:\s+(\d+) kB", stream.read())
            peak = int(found.group(1)) if found else peak
            time.sleep(0.02)
    finally:
        process.kill()
    assert process.wait() == 0, f"{num_lines} lines: {process.returncode}"
    return peak


def test_memory_does_not_grow_with_the_list(world):
    short, long = peak_kib(world, SHORT_LIST), peak_kib(world, LONG_LIST)
    assert short > 1000 and long - short < GROWTH_MAX_KIB, f"{short} KiB, then {long} KiB"


def main():
    with Fleet("--hosts", str(HOSTS), "--mix", MIX) as fleet:
        return runner.run(sys.modules[__name__], World(fleet))


if __name__ == "__main__":
    sys.exit(main())
