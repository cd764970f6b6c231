"""Who may convict a network: one supplier decides nothing for the others."""
import sys

import network_world
import runner
from network_world import A, MX, World, address, exchange, many_domains, talk

NUM_HOSTS = 40
NUM_ADDRESSES = 60


def with_a_wide_domain(name, kind):
    """wide.test has 40 MX hosts of 40 providers, with 60 addresses each, all of them in networks of
    127.220.0.0/14 and above."""
    labels = name.split(".")
    if name == "wide.test":
        return [exchange(10, f"g{i}.w{i}.test") for i in range(NUM_HOSTS)] if kind == MX else []
    if name == "few.test":
        return [exchange(10, "g1.w1.test"), exchange(20, "g2.w2.test")] if kind == MX else []
    if labels[0].startswith("g") and kind == A:
        number = int(labels[0][1:])
        return [address(f"127.{217 + number % 36}.{i}.{1 + number // 36}")
                for i in range(NUM_ADDRESSES)]
    return many_domains(name, kind)


async def ordinary(place, reader, writer):
    """One certificate for all would be that of something on the way; here they are a few."""
    context = ordinary.contexts[int(place.split(".")[1]) % len(ordinary.contexts)]
    await talk(reader, writer, "mx.test ESMTP", (), context)


def test_one_domain_does_not_stop_the_run(world):
    world.answer, world.serve = with_a_wide_domain, ordinary
    names = ["wide.test", *(f"d{i}.test" for i in range(60))]
    with world.filtered("ip daddr 127.217.0.0-127.253.255.255 tcp dport 25 drop"):
        results = world.scan(names, "--connect-timeout", "2", "--retry-wait", "1")
        again = world.scan(names, "--connect-timeout", "2", "--retry-wait", "1", "--resume")
    assert results.status == 0 and results.summary["complete"], results.errors
    assert not results.summary["port_blocked"] and "BLOCKED" not in results.errors, results.errors
    assert results.grades() == {"C": 60, "U": 1}, results.grades()
    wide = results.domains["wide.test"]
    told = [f["detail"] for f in wide["findings"] if f["code"] == "mx_unobserved"]
    assert told and told[0].startswith("32 of the domain's addresses were asked"), wide["findings"]
    assert sum(len(mx["endpoints"]) for mx in wide["mx"]) == 32, wide["mx"]
    assert all(len(mx["endpoints"]) == 1 for mx in wide["mx"][:32]), "one of each host first"
    assert again.status == 0, again.errors


def test_addresses_go_to_the_preferred_host_and_the_rest_is_open(world):
    world.answer, world.serve = with_a_wide_domain, ordinary
    results = world.scan(["few.test"], "--max-addresses", "20", "--retry-wait", "1")
    few = results.domains["few.test"]
    asked = [(len(mx["endpoints"]), mx["evidence"]["addresses_left"]) for mx in few["mx"]]
    assert asked == [(12, NUM_ADDRESSES - 12), (8, NUM_ADDRESSES - 8)], asked
    told = [f["detail"] for f in few["findings"] if f["code"] == "mx_unobserved"]
    assert told and told[0].startswith("20 of the domain's addresses were asked"), few["findings"]
    assert "addresses" in few["open"], few["open"]
    all_of_them = world.scan(["few.test"], "--max-addresses", "200", "--retry-wait",
                             "1").domains["few.test"]
    asked = [len(mx["endpoints"]) for mx in all_of_them["mx"]]
    assert asked == [NUM_ADDRESSES, NUM_ADDRESSES], asked
    assert "addresses" not in all_of_them["open"], all_of_them["open"]


def test_a_judge_sees_the_same(world):
    world.answer, world.serve = with_a_wide_domain, ordinary
    results = world.scan(["few.test", "d1.test"], "--max-addresses", "20", "--retry-wait", "1")
    judged = world.judge(results.out)
    assert judged == {name: (record["grade"], record["findings"])
                      for name, record in results.domains.items()}, judged


def test_twenty_unrelated_networks_convict_and_nineteen_do_not(world):
    world.answer, world.serve = many_domains, ordinary
    with world.filtered("tcp dport 25 drop"):
        for number, status in ((19, 0), (20, 3)):
            results = world.scan([f"d{i}.test" for i in range(number)], "--connect-timeout", "1",
                                 "--retry-wait", "1")
            assert results.status == status, (number, results.status, results.errors)
            assert results.summary["port_blocked"] == (status == 3), results.summary
            assert (status == 3) == ("BLOCKED" in results.errors), results.errors
        assert "in 19 unrelated networks" in world.scan(
            [f"d{i}.test" for i in range(19)], "--connect-timeout", "1", "--retry-wait",
            "1").errors


def test_networks_and_providers_have_one_vote_each(world):
    """A hundred domains whose hosts are all in one network, or all of one provider, or both."""
    def in_one_network(name, kind):
        records = many_domains(name, kind)
        if kind == A and isinstance(records, list) and records:
            return [address(f"127.99.{int(name.split('.')[-2][1:])}.1")]
        return records

    def of_one_provider(name, kind):
        labels = name.split(".")
        if labels[-2:] == ["provider", "test"]:
            return [address(f"127.{16 + int(labels[0][1:])}.1.1")] if kind == A else []
        if len(labels) == 2 and kind == MX:
            return [exchange(10, f"{name.split('.')[0]}.provider.test")]
        return many_domains(name, kind)

    world.serve = ordinary
    with world.filtered("tcp dport 25 drop"):
        for answer in (in_one_network, of_one_provider):
            world.answer = answer
            results = world.scan([f"d{i}.test" for i in range(100)], "--connect-timeout", "1",
                                 "--retry-wait", "1", "--provider-rate", "0")
            assert results.status == 0, (answer.__name__, results.errors)


OUTAGES = {
    "reset": ("tcp dport 25 reject with tcp reset", "connections were refused"),
    "port unreachable": ("tcp dport 25 reject with icmp type port-unreachable",
                         "connections were refused"),
    "prohibited": ("tcp dport 25 reject with icmp type admin-prohibited", "prohibited"),
    "dropped": ("tcp dport 25 drop", "BLOCKED"),
}


def test_outages_of_the_port_are_told_early(world):
    world.answer, world.serve = many_domains, ordinary
    names = [f"d{i}.test" for i in range(2000)]
    differ = runner.Differences()
    for name, (rule, sentence) in OUTAGES.items():
        with world.filtered(rule):
            results = world.scan(names)
        differ.equal(f"{name}: status", results.status, 3)
        differ.equal(f"{name}: said", sentence in results.errors, True)
        differ.equal(f"{name}: told in time", results.seconds < 20, True)
        differ.equal(f"{name}: grades", set(results.grades()) <= {"U"}, True)
    differ.check()


async def hangs_up(_, reader, writer):
    writer.close()


def test_who_accepts_and_hangs_up_is_told(world):
    world.answer, world.serve = many_domains, hangs_up
    names = [f"d{i}.test" for i in range(30)]
    results = world.scan(names, "--retry-wait", "1")
    assert results.status == 3 and "closed without a greeting" in results.errors, results.errors
    world.serve = ordinary
    again = world.scan(names, "--retry-wait", "1", "--resume")
    assert again.status == 0 and again.grades() == {"C": 30}, (again.errors, again.grades())


def test_slow_greetings_are_no_outage_and_silence_is(world):
    async def slow(_, reader, writer):
        await network_world.asyncio.sleep(3)
        await talk(reader, writer, "mx.test ESMTP", (), world.context)

    async def silent(_, reader, writer):
        await reader.read()

    world.answer, world.serve = many_domains, slow
    names = [f"d{i}.test" for i in range(25)]
    quick = ("--retry-wait", "1", "--depth", "quick")
    results = world.scan(names, *quick)
    assert results.status == 0 and results.grades() == {"C": 25}, (results.errors, results.grades())
    world.serve = silent
    results = world.scan(names, *quick, "--banner-timeout", "11")
    assert results.status == 3 and "no greeting came" in results.errors, results.errors
    assert "none has greeted so far" in results.errors, results.errors


def test_canaries_must_be_what_they_are_said_to_be(world):
    world.answer, world.serve = many_domains, ordinary
    differ = runner.Differences()
    for options, status in ((("--canary", "d0.test"), 0), (("--canary", "nobody.test"), 3),
                            (("--canary-absent", "nobody.test"), 0),
                            (("--canary-absent", "mx.d0.test"), 3)):
        results = world.scan([f"d{i}.test" for i in range(5)], "--retry-wait", "1", *options,
                             seconds=60)
        differ.equal(f"{options}: status", results.status, status)
        differ.equal(f"{options}: said", "the canary" in results.errors, status == 3)
        differ.equal(f"{options}: letters", set(results.grades()) <= {"U"}, status == 3)
    differ.check()


def main():
    network_world.enter_namespace()
    with World() as world:
        ordinary.contexts = [world.context, *(
            network_world.make_certificate(world.folder, f"own{i}.test") for i in range(3))]
        return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
