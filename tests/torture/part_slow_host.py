#!/usr/bin/env python3
"""A server that is polite and slow: 34 s before the greeting, 19 s before each reply, each just within
the scanner's patience. It is graded, and costs no more connections and no more time in which they are
open than one server may; the other domains of the list are done long before.
"""
import asyncio
import json
import sys

import torture
import network_world
import runner

GREETING, REPLY = 34, 19  # seconds
OTHERS = 20
CONNECTIONS = 12  # of any server at standard
OPEN_SECONDS = 180  # those for the questions about a server, and as many for the host name on it
LIMIT = 480


class SlowHost(network_world.World):
    def __init__(self):
        super().__init__()
        self.serve = self.talk
        self.num_connections = 0

    async def talk(self, place, reader, writer):
        if place != "127.16.0.1":  # that of d0.test
            await network_world.talk(reader, writer, "mx.test ESMTP", (), self.context)
            return
        self.num_connections += 1
        await asyncio.sleep(GREETING)
        writer.write(b"220 slow.test ESMTP\r\n")
        is_secure = False
        while line := await reader.readline():
            verb = line.strip().upper()
            await asyncio.sleep(REPLY)
            if verb.startswith(b"EHLO"):
                keywords = b"" if is_secure else b"250-STARTTLS\r\n"
                writer.write(b"250-slow.test\r\n" + keywords + b"250 HELP\r\n")
            elif verb == b"STARTTLS" and not is_secure:
                reader._buffer.clear()  # what is glued to it is not for the inside of TLS
                writer.write(b"220 go\r\n")
                await writer.drain()
                await writer.start_tls(self.context)
                is_secure = True
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")


def test_a_slow_host_is_graded_within_its_budget(world, _):
    results = world.scan([f"d{number}.test" for number in range(1 + OTHERS)], seconds=LIMIT)
    slow = results.domains["d0.test"]
    endpoint, = (r for r in results.records if r["type"] == "endpoint" and r["host"] == "mx.d0.test")
    print(f"slow-host: {results.seconds:.0f} s, {world.num_connections} connections, "
          f"grade {slow['grade']}, open {json.dumps(endpoint['open'])}")
    differ = runner.Differences()
    differ.equal("status", results.status, 0)
    differ.equal("handshake", endpoint["starttls"]["handshake"], "yes")
    differ.equal("grade", slow["grade"], "C")  # its certificate is self-signed
    differ.equal("connections within the budget",
                 world.num_connections <= CONNECTIONS and
                 endpoint["connections"] == world.num_connections, True)
    differ.equal("within twice the time that a server has",
                 results.seconds <= 2 * OPEN_SECONDS + GREETING + 5 * REPLY, True)
    differ.equal("the others", {results.domains[f"d{number}.test"]["grade"]
                                for number in range(1, 1 + OTHERS)}, {"C"})
    differ.check()


def test_the_others_do_not_wait_for_it(world, _):
    with open(world.path("out.jsonl"), encoding="utf-8") as stream:
        order = [record["domain"] for record in map(json.loads, stream) if record["type"] == "domain"]
    assert order[-1] == "d0.test", order


def main():
    options = torture.arguments(__doc__)
    network_world.enter_namespace()
    with SlowHost() as world:
        return runner.run(sys.modules[__name__], world, options)


if __name__ == "__main__":
    sys.exit(main())
