"""Outages of the network or the resolver are recognised, and what only looks like one is not.

Several scenes run at once, as they mostly wait. Each has a resolver on a port of its own, a /8 of its
own for its mail servers, and organisations and networks that nobody shares.
"""
import asyncio
import collections
import concurrent.futures
import contextlib
import socket
import subprocess
import sys

import network_world
import runner
from fleet import FACTOR
from network_world import A, AAAA, MX, NXDOMAIN, SERVFAIL, World, address, exchange, talk

SOA, REFUSED = 6, 5
ZONE = SOA, b"\0" * 22
MANY = 2000
GARBAGE = b"\xc0\x0c\0\1\0\1"  # a record that ends too soon
FIRST_PORT, FIRST_NET = 5300, 11
QUICK = ("--depth", "quick", "--retry-wait", "1")


class Scene:
    """`resolver(scene, name, kind)` and `server(scene, address, reader, writer)` behave. `during` is
    a context that the scan runs in."""

    def __init__(self, name, resolver=None, server=None, size=MANY, options=(), during=None,
                 again=False):
        self.name, self.size, self.options = name, size, options
        self.resolver, self.server, self.during = resolver or honest, server or polite, during
        self.again = again  # it is continued, without any trouble
        self.is_healed = self.is_triggered = False
        self.num_greeted = self.num_asked = 0
        self.number = None
        self.results = self.resumed = None

    @property
    def net(self):
        return FIRST_NET + self.number

    def host_number(self, name):
        label = name.split(".")[-2]
        return int(label[1:]) if label[1:].isdigit() else None

    def address_of(self, number):
        return address(f"{self.net}.{number % 250}.{number // 250}.1")

    def answer(self, name, kind):
        self.num_asked += 1
        return (honest if self.is_healed else self.resolver)(self, name, kind)

    async def serve(self, place, reader, writer):
        await (polite if self.is_healed else self.server)(self, place, reader, writer)


# ---- Resolvers


def honest(scene, name, kind):
    """d5.test has a host and a provider of its own."""
    labels = name.split(".")
    if labels[-1] != "test":
        return NXDOMAIN
    if kind == SOA and len(labels) <= 2:
        return [ZONE]
    if len(labels) == 1:
        return []
    number = scene.host_number(name)
    if number is None or len(labels) > 2 and labels[-3] != "mx":
        return NXDOMAIN
    if kind == MX and len(labels) == 2:
        return [exchange(10, f"mx.{name}")]
    return [scene.address_of(number)] if kind == A and len(labels) == 3 else []


def everything(answer):
    return lambda *_: answer


def but_its_own(scene, name, kind):
    """Says that there is no name but its own."""
    return honest(scene, name, kind) if name.endswith("portal.example") else NXDOMAIN


def leads_to_portal(scene, name, kind):
    return [scene.address_of(1)] if kind == A else []


def leads_mail_to_portal(scene, name, kind):
    return [exchange(10, "portal.example")] if kind == MX else leads_to_portal(scene, name, kind)


def leads_to_nowhere(_, name, kind):
    return [address("10.0.0.1")] if kind == A else []


def dead_domains(scene, name, kind):
    """The list's domains do not exist, but their zone does."""
    return honest(scene, name, kind) if kind == SOA else NXDOMAIN


def one_provider(scene, name, kind):
    """All domains have their mail at one provider."""
    if name == "mx.provider.example":
        return [scene.address_of(7)] if kind == A else []
    if kind == MX and scene.host_number(name):
        return [exchange(10, "mx.provider.example")]
    return honest(scene, name, kind)


def lossy():
    """Each question is lost when it is asked for the first, the third and the fifth time."""
    asked = collections.Counter()

    def resolver(scene, name, kind):
        asked[name, kind] += 1
        return honest(scene, name, kind) if asked[name, kind] % 2 == 0 else None
    return resolver


def later(trigger, trouble):
    """Behaves until so many questions were asked."""
    def resolver(scene, name, kind):
        return (trouble if scene.num_asked > trigger else honest)(scene, name, kind)
    return resolver


def dead_for_a_while(trigger, seconds):
    def resolver(scene, name, kind):
        now = asyncio.get_running_loop().time()
        if scene.num_asked == trigger:
            scene.dead_until = now + seconds
        is_dead = scene.num_asked >= trigger and now < scene.dead_until
        return None if is_dead else honest(scene, name, kind)
    return resolver


# ---- Mail servers


async def polite(scene, place, reader, writer):
    scene.num_greeted += 1
    await talk(reader, writer, f"h{place.replace('.', '-')}.test ESMTP", (), None)


async def hangs_up(*_):
    pass


async def silent(_, __, reader, ___):
    await reader.read()


async def slow(scene, place, reader, writer):
    """It has TLS, so that one dialogue is enough."""
    await asyncio.sleep(34)
    number = int(place.split(".")[1])
    await talk(reader, writer, f"h{number}.test ESMTP", (), scene.contexts[number - 1])


def servers_later(trigger, trouble):
    async def server(scene, place, reader, writer):
        await (trouble if scene.num_greeted >= trigger else polite)(scene, place, reader, writer)
    return server


# ---- What lies between


def command(*words):
    subprocess.run(words, check=True)


@contextlib.contextmanager
def route(scene):
    command("ip", "route", "add", "local", f"{scene.net}.0.0.0/8", "dev", "lo")
    try:
        yield
    finally:
        subprocess.run(["ip", "route", "del", "local", f"{scene.net}.0.0.0/8", "dev", "lo"],
                       stderr=subprocess.DEVNULL, check=False)


@contextlib.contextmanager
def no_route(_):
    yield


def special_route(kind):
    @contextlib.contextmanager
    def during(scene):
        command("ip", "route", "add", kind, f"{scene.net}.0.0.0/8")
        yield
        command("ip", "route", "del", kind, f"{scene.net}.0.0.0/8")
    return during


def at_greeting(trigger, *words):
    """Calls a command once so many servers have greeted; {net} is the first number of theirs."""
    async def server(scene, place, reader, writer):
        if scene.num_greeted >= trigger and not scene.is_triggered:
            scene.is_triggered = True
            await asyncio.get_running_loop().run_in_executor(
                None, lambda: command(*(word.format(net=scene.net, number=scene.number) for word in words)))
        await polite(scene, place, reader, writer)
    return server


def blocked_at(trigger, rule):
    return at_greeting(trigger, "nft", "add rule ip wire c{number} ip daddr {net}.0.0.0/8 "
                       f"tcp dport 25 {rule}")


# ---- The scenes: those that are outages, with what is said; then those that are none

SLOW_LIST = ("--concurrency", "40", *QUICK)
OUTAGES = {
    # name: (seconds in which it is told, twice what the program takes and more, as a busy machine is slow;
    # what is said; the scene)
    "no route": (30, "there is no way", Scene("no route", during=no_route)),
    "unreachable": (30, "there is no way", Scene("unreachable", during=special_route("unreachable"))),
    "prohibited": (30, "there is no way", Scene("prohibited", during=special_route("prohibit"))),
    "hangs up": (30, "closed without a greeting", Scene("hangs up", server=hangs_up)),
    "silent": (150, "and no greeting came", Scene("silent", server=silent)),
    "no name exists": (30, "answers FALSELY", Scene("no name exists", everything(NXDOMAIN),
                                                    again=True)),
    "no name but its own": (30, "answers FALSELY", Scene("no name but its own", but_its_own)),
    "no data": (30, "answers FALSELY", Scene("no data", everything([]))),
    "refused": (30, "resolved none", Scene("refused", everything(REFUSED))),
    "servfail": (30, "resolved none", Scene("servfail", everything(SERVFAIL))),
    "portal": (30, "for a name that nobody has", Scene("portal", leads_to_portal, hangs_up)),
    "portal for mail": (30, "for a name that nobody has",
                        Scene("portal for mail", leads_mail_to_portal, hangs_up)),
    "private portal": (30, "gives 10.0.0.1 for a name that nobody has",
                       Scene("private portal", leads_to_nowhere)),
    "dead resolver": (40, "DNS looks DEAD", Scene("dead resolver", everything(None))),
    "nobody listens": (40, "DNS looks DEAD", Scene("nobody listens",
                                                   options=("--resolver", "127.0.0.1:9"))),
    "garbage": (40, "DNS looks DEAD", Scene("garbage", everything(GARBAGE))),
}
LATER_OUTAGES = {
    "blocked later": ("looks BLOCKED", Scene(
        "blocked later", size=700, server=blocked_at(300, "drop"),
        options=("--connect-timeout", "2", *SLOW_LIST), again=True)),
    "refused later": ("looks BLOCKED", Scene(
        "refused later", size=700, server=blocked_at(300, "reject with tcp reset"), options=SLOW_LIST,
        again=True)),
    "route gone": ("there is no way", Scene(
        "route gone", size=700, server=at_greeting(300, "ip", "route", "del", "local", "{net}.0.0.0/8"),
        options=SLOW_LIST, again=True)),
    "hangs up later": ("closed without a greeting", Scene(
        "hangs up later", size=700, server=servers_later(300, hangs_up), options=SLOW_LIST, again=True)),
    "resolver dies": ("DNS looks DEAD", Scene(
        "resolver dies", later(5000, everything(None)), options=SLOW_LIST, again=True)),
    "resolver lies later": ("answers FALSELY", Scene(
        "resolver lies later", later(5000, everything(NXDOMAIN)), options=SLOW_LIST, again=True)),
    "portal later": ("for a name that nobody has", Scene(
        "portal later", later(5000, leads_to_nowhere), options=SLOW_LIST, again=True)),
}
HONEST = {
    "dead domains": ("U", Scene("dead domains", dead_domains)),
    "slow greetings": ("C", Scene("slow greetings", server=slow, size=40, options=QUICK)),
    "one provider": ("DF", Scene("one provider", one_provider, options=QUICK, size=200)),
    "lossy resolver": ("DF", Scene("lossy resolver", lossy(), size=60, options=QUICK)),
    "resolver comes back": ("DF", Scene("resolver comes back", dead_for_a_while(600, 8), size=200,
                                       options=QUICK)),
}


WAITING = ("silent", "slow greetings", "dead resolver", "nobody listens", "garbage", "lossy resolver",
           "resolver comes back")
AT_ONCE = 3


def scenes():
    """All of them, or those named on the command line."""
    found = ([scene for _, _, scene in OUTAGES.values()] +
            [scene for _, scene in LATER_OUTAGES.values()] +
            [scene for _, scene in HONEST.values()])
    return [scene for scene in found if not sys.argv[1:] or scene.name in sys.argv[1:]]


class Outages(World):
    def __init__(self):
        super().__init__()
        self.scenes = scenes()
        for number, scene in enumerate(self.scenes):
            scene.number = number
        self.serve = self.serve_scene

    async def serve_scene(self, place, reader, writer):
        await self.scenes[int(place.split(".")[0]) - FIRST_NET].serve(place, reader, writer)

    def listen(self):
        for scene in self.scenes:
            if scene.server == slow:
                scene.contexts = [network_world.make_certificate(self.folder, f"h{i}.test")
                                  for i in range(1, scene.size + 1)]
        for scene in self.scenes:
            future = asyncio.run_coroutine_threadsafe(self.loop.create_datagram_endpoint(
                lambda scene=scene: network_world.Dns(scene.answer),
                ("127.0.0.1", FIRST_PORT + scene.number)), self.loop)
            future.result()

    def run_scene(self, scene):
        names = [f"d{i}.test" for i in range(1, scene.size + 1)]
        out = scene.name.replace(" ", "-") + ".jsonl"
        options = ("--resolver", f"127.0.0.1:{FIRST_PORT + scene.number}", *scene.options)
        command("nft", f"add chain ip wire c{scene.number} {{ type filter hook output priority 0; }}")
        with (scene.during or route)(scene):
            scene.results = self.scan(names, *options, out=out)
        if scene.again:
            scene.is_healed = True
            command("nft", f"flush chain ip wire c{scene.number}")
            with route(scene):
                scene.resumed = self.scan(names, *options, "--resume", out=out)

    def run_all(self):
        """Those that mostly wait run beside all others, of which AT_ONCE run at once."""
        waiting = [scene for scene in self.scenes if scene.name in WAITING]
        with self.filtered(), concurrent.futures.ThreadPoolExecutor(len(WAITING)) as waiters, \
                concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            done = [waiters.submit(self.run_scene, scene) for scene in waiting]
            done += [pool.submit(self.run_scene, scene) for scene in self.scenes
                     if scene not in waiting]
            for future in done:
                future.result()


# ---- What came of them


def seen(table):
    return [(name, *row[:-1], row[-1]) for name, row in table.items()
            if row[-1].results is not None]


def check_outage(differ, scene, sentence):
    results = scene.results
    name = scene.name
    differ.equal(f"{name}: status", results.status, 3)
    differ.equal(f"{name}: is {sentence!r} in {results.errors!r}", sentence in results.errors, True)
    differ.equal(f"{name}: says what to do", "--resume" in results.errors, True)
    said = [line for line in results.errors.splitlines() if sentence in line]
    differ.equal(f"{name}: is said once", len(said), 1)
    differ.equal(f"{name}: complete", results.summary["complete"], False)
    differ.equal(f"{name}: one of the two", results.summary["port_blocked"] !=
                 results.summary["dns_failed"], True)
    if scene.resumed is not None:
        resumed = scene.resumed
        differ.equal(f"{name}: status when resumed: {resumed.errors}", resumed.status, 0)
        left = [r for r in resumed.records if r["type"] in ("domain", "endpoint")
                and r["grade"] == "U"]
        differ.equal(f"{name}: left unknown", left[:2], [])
        # Under load some dialogues are seen in part, which makes a D of an F.
        differ.equal(f"{name}: letters when resumed: {resumed.grades()}",
                     sum(resumed.grades().get(letter, 0) for letter in "DF"), scene.size)
        lines = [r["domain"] for r in resumed.records if r["type"] == "domain"]
        differ.equal(f"{name}: one record each", len(lines), scene.size)


def test_outages_are_told_in_time_and_nothing_is_graded(_):
    differ = runner.Differences()
    for name, seconds, sentence, scene in seen(OUTAGES):
        check_outage(differ, scene, sentence)
        differ.equal(f"{name}: told in time", scene.results.seconds < seconds * FACTOR, True)
        differ.equal(f"{name}: letters", set(scene.results.grades()) <= {"U"}, True)
    differ.check()


def test_silence_is_mentioned_before_it_is_known(_):
    for name, _, _, scene in seen(OUTAGES):
        if name == "silent":
            assert "none has greeted so far" in scene.results.errors, scene.results.errors


def test_an_outage_in_the_middle_grades_nobody_falsely(_):
    differ = runner.Differences()
    for name, sentence, scene in seen(LATER_OUTAGES):
        check_outage(differ, scene, sentence)
        counts = scene.results.grades()
        differ.equal(f"{name}: letters {counts}", set(counts) <= {"D", "F", "U"}, True)
        differ.equal(f"{name}: some were seen", counts.get("F", 0) > 50, True)
    differ.check()


def test_what_only_looks_like_an_outage_is_none(_):
    differ = runner.Differences()
    for name, letters, scene in seen(HONEST):
        results = scene.results
        differ.equal(f"{name}: status: {results.errors}", results.status, 0)
        seen_letters = set(results.grades())
        differ.equal(f"{name}: letters {seen_letters}", seen_letters <= set(letters), True)
    differ.check()


def main():
    network_world.enter_namespace()
    with Outages() as world:
        world.listen()
        world.run_all()
        return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
