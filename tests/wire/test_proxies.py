#!/usr/bin/env python3
"""Scans through real proxies, microsocks (SOCKS5) and tinyproxy (HTTP CONNECT): that they make no
difference, and that what they do wrong is nobody else's fault.
"""
import asyncio
import contextlib
import os
import socket
import subprocess
import sys

import network_world
import runner
from network_world import A, MX, World, address, exchange, many_domains, talk
from processes import wait_until

TXT = 16
FEW = [f"d{number}.test" for number in range(6)]
MANY = [f"d{number}.test" for number in range(200)]
SOCKS_PORT, HTTP_PORT = 1080, 3128
SOCKS_EGRESS, HTTP_EGRESS = "127.0.3.3", "127.0.3.4"  # where the proxies call from
SECRET = "wonder-land"
LOGIN = "alice:wonder%2Dland"
SOCKS = f"socks5://{LOGIN}@127.0.0.1:{SOCKS_PORT}"
HTTP = f"http://{LOGIN}@localhost:{HTTP_PORT}"
QUICK = ("--depth", "quick", "--retry-wait", "0.5", "--canary", "d0.test")
REFUSING, POLICY = "d900.test", "127.77.0.1"


def answer(name, kind):
    """d0.test has an MTA-STS policy, and nobody listens at the host of d900.test."""
    if name == "_mta-sts.d0.test":
        text = b"v=STSv1; id=20260101;"
        return [(TXT, bytes([len(text)]) + text)] if kind == TXT else []
    if name == "mta-sts.d0.test":
        return [address(POLICY)] if kind == A else []
    if name == f"mx.{REFUSING}":
        return [address("127.88.0.1")] if kind == A else []
    if name == REFUSING:
        return [exchange(10, f"mx.{REFUSING}")] if kind == MX else []
    return many_domains(name, kind)


class Servers:
    """Mail servers with certificates of their own, and the policy host of d0.test."""

    def __init__(self, world):
        self.peers, self.fetches = set(), []
        self.contexts = [network_world.make_certificate(world.folder, f"h{i}.test")
                         for i in range(12)]

    async def serve(self, place, reader, writer):
        self.peers.add(writer.get_extra_info("peername")[0])
        number = int(place.split(".")[1])
        await talk(reader, writer, f"h{number}.test ESMTP", (),
                   self.contexts[number % len(self.contexts)])

    async def fetch(self, reader, writer):
        with contextlib.suppress(OSError):
            self.fetches.append(writer.get_extra_info("peername")[0])
            await reader.readuntil(b"\r\n\r\n")
            body = b"version: STSv1\r\nmode: enforce\r\nmax_age: 86400\r\nmx: mx.d0.test\r\n"
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "
                         + str(len(body)).encode() + b"\r\nConnection: close\r\n\r\n" + body)
            await writer.drain()
            writer.close()


@contextlib.contextmanager
def running(command, port):
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: is_open(port), f"{command[0]} at port {port}")
            yield process
        finally:
            process.kill()


def is_open(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def microsocks(port=SOCKS_PORT):
    return running(["microsocks", "-i", "127.0.0.1", "-p", str(port), "-u", "alice", "-P", SECRET,
                    "-b", SOCKS_EGRESS], port)


def tinyproxy(world):
    path = world.path("tinyproxy.conf")
    with open(path, "w", encoding="ascii") as stream:
        stream.write(f"Port {HTTP_PORT}\nListen 127.0.0.1\nBind {HTTP_EGRESS}\nTimeout 60\n"
                     f"MaxClients 100\nBasicAuth alice {SECRET}\nAllow 127.0.0.0/8\n"
                     f"ConnectPort 25\nConnectPort 443\nLogLevel Critical\n")
    return running(["tinyproxy", "-d", "-c", path], HTTP_PORT)


def outcomes(results):
    return {r["host"]: (r["outcome"], r["outcome_detail"], r["grade"]) for r in results.records
            if r["type"] == "endpoint"}


def check_hidden(results):
    """Nobody learns the password."""
    with open(results.out, encoding="utf-8") as stream:
        text = stream.read() + results.errors
    assert "wonder" not in text and "alice" not in text, text[:3000]


def check_same(world, plain, url, egress, shown):
    world.servers.peers.clear()
    world.servers.fetches.clear()
    results = world.scan(FEW, *QUICK, "--extra-ca", world.policy_roots, "--proxy", url)
    assert results.status == 0, results.errors
    assert outcomes(results) == outcomes(plain), (outcomes(results), outcomes(plain))
    assert results.grades() == plain.grades(), (results.grades(), plain.grades())
    policy = results.domains["d0.test"]["mta_sts"]
    assert policy["mode"] == "enforce", policy
    assert (world.servers.peers, set(world.servers.fetches)) == ({egress}, {egress}), (
        world.servers.peers, world.servers.fetches)
    assert results.records[0]["options"]["proxy"] == shown, results.records[0]["options"]
    check_hidden(results)


def test_a_scan_through_a_proxy_comes_to_the_same(world):
    plain = world.scan(FEW, *QUICK, "--extra-ca", world.policy_roots)
    assert plain.domains["d0.test"]["mta_sts"]["mode"] == "enforce", plain.domains["d0.test"]
    with microsocks():
        check_same(world, plain, SOCKS, SOCKS_EGRESS, f"socks5://127.0.0.1:{SOCKS_PORT}")
    with tinyproxy(world):
        check_same(world, plain, HTTP, HTTP_EGRESS, f"http://localhost:{HTTP_PORT}")


def test_a_policy_host_needs_the_extra_root(world):
    results = world.scan(FEW[:1], *QUICK)
    assert results.domains["d0.test"]["mta_sts"]["mode"] is None, results.domains["d0.test"]


def test_who_refuses_is_told_from_a_proxy_that_cannot_tell(world):
    with world.filtered("ip daddr 127.88.0.1 tcp dport 25 reject with tcp reset"):
        with microsocks():
            results = world.scan([REFUSING], *QUICK, "--proxy", SOCKS)
            assert outcomes(results)[f"mx.{REFUSING}"] == ("connect_refused", None, "U"), (
                outcomes(results))
        with tinyproxy(world):
            results = world.scan([REFUSING], *QUICK, "--proxy", HTTP)
            assert outcomes(results)[f"mx.{REFUSING}"] == (
                "proxy_failed", "the proxy answered 500", "U"), outcomes(results)
    with tinyproxy(world):
        results = world.scan(FEW[:2], *QUICK, "--proxy", HTTP, "--port", "2525")
        assert {told[:2] for told in outcomes(results).values()} == {
            ("proxy_failed", "the proxy answered 403")}, outcomes(results)


def refused(world, *options):
    """(status, standard error) of a scan that does not begin."""
    out = world.path("refused.jsonl")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(out)
    listed = world.path("refused.txt")
    with open(listed, "w", encoding="ascii") as stream:
        stream.write("d1.test\n")
    done = subprocess.run([network_world.MXGRADE, "scan", listed, "--resolver", "127.0.0.1", "-o",
                           out, "--connect-timeout", "2", *options], capture_output=True,
                          text=True, timeout=60, check=False)
    assert not os.path.exists(out), "nothing was to be written"
    assert "wonder" not in done.stderr, done.stderr
    return done.returncode, done.stderr


def test_a_proxy_that_cannot_be_used_ends_the_run_at_its_start(world):
    differ = runner.Differences()
    shown = f"--proxy socks5://127.0.0.1:{SOCKS_PORT}: "
    with microsocks(), socket.create_server(("127.0.0.1", 1081)):  # the latter says nothing
        for url, words in (
                (SOCKS.replace("land", "lane"), shown + "the proxy refused user and password"),
                (f"socks5://127.0.0.1:{SOCKS_PORT}", shown + "the proxy wants a user"),
                ("socks5://127.0.0.1:1079", "1079: the proxy cannot be reached: Connection refused"),
                ("http://127.0.0.1:1079", "1079: the proxy cannot be reached: Connection refused"),
                ("socks5://127.0.0.1:1081", "1081: the proxy does not answer"),
                ("socks5://127.1.1.1:25", "25: the proxy does not speak its protocol")):
            status, errors = refused(world, "--proxy", url)
            differ.equal(f"{url}: the status", status, 3)
            differ.equal(f"{url}: {words!r} in {errors!r}", words in errors, True)
            differ.equal(f"{url}: a sentence", "Nothing was scanned" in errors, True)
    for options, words in ((("--proxy", f"socks4://{LOGIN}@127.0.0.1:1"), "--proxy: not socks5://"),
                           (("--proxy", f"socks5://{LOGIN}@127.0.0.1"), "--proxy: it names no port"),
                           (("--proxy", SOCKS, "--source", "127.0.0.1"), "--source can do nothing")):
        status, errors = refused(world, *options)
        differ.equal(f"{options}: the status", status, 2)
        differ.equal(f"{options}: {words!r} in {errors!r}", words in errors, True)
    differ.check()


def test_a_proxy_that_dies_in_mid_run_is_an_outage(world):
    options = (*QUICK, "--rate", "25", "--connect-timeout", "2")
    plain = world.scan(MANY, *options[:-2], "--rate", "0", out="plain.jsonl")
    out = world.path("dying.jsonl")
    with microsocks() as proxy:
        listed = world.path("dying.txt")
        with open(listed, "w", encoding="ascii") as stream:
            stream.writelines(f"{name}\n" for name in MANY)
        command = [network_world.MXGRADE, "scan", listed, "--resolver", "127.0.0.1", "--allow-net",
                   "127.0.0.0/8", "--ehlo", "scanner.example.org", "--progress", "never", "-o", out,
                   *options, "--proxy", SOCKS]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as scan:
            wait_until(lambda: os.path.exists(out) and os.path.getsize(out) > 5000, "results")
            proxy.kill()
            _, errors = scan.communicate(timeout=60)
    assert scan.returncode == 3, (scan.returncode, errors)
    assert "the proxy let no connection through" in errors, errors
    with microsocks():
        results = world.scan(MANY, *options[:-4], "--rate", "0", "--connect-timeout", "2", "--resume",
                             "--proxy", SOCKS, out="dying.jsonl")
    assert results.status == 0 and results.summary["complete"], results.errors
    assert results.grades() == plain.grades(), (results.grades(), plain.grades())


def policy_host(world):
    """A certificate that is its own root, and the server that has it."""
    chain, key = world.path("policy.crt"), world.path("policy.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", chain,
                    "-days", "30", "-subj", "/CN=policy", "-addext",
                    "subjectAltName=DNS:mta-sts.d0.test"], check=True, capture_output=True)
    context = network_world.ssl.SSLContext(network_world.ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    world.policy_roots = chain
    asyncio.run_coroutine_threadsafe(
        asyncio.start_server(world.servers.fetch, POLICY, 443, ssl=context), world.loop).result(10)


def main():
    network_world.enter_namespace()
    with World() as world:
        world.servers = Servers(world)
        world.answer, world.serve = answer, world.servers.serve
        policy_host(world)
        return runner.run(sys.modules[__name__], world)


if __name__ == "__main__":
    sys.exit(main())
