"""Asking name servers: fakes on loopback that answer as they are told. The real one: nsd."""

import os
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.message
import pytest

from allmende.transports.names import Caa, Kind, NotAnswered, Resolver, Srv, system_resolver
from tests.ports import free_port

Reply = Callable[[bytes], bytes]


def reply(question: bytes, *, flags: int = 0x8180, contents: tuple[bytes, ...] = ()) -> bytes:
    """Answer with these records of the kind that was asked for."""
    number = question[:2]
    kind = question[-4:-2]
    records = b"".join(
        b"\xc0\x0c" + kind + struct.pack("!HIH", 1, 60, len(content)) + content
        for content in contents
    )
    return number + struct.pack("!5H", flags, 1, len(contents), 0, 0) + question[12:] + records


@contextmanager
def served(by_udp: Reply, by_tcp: Reply | None = None) -> Iterator[tuple[str, int]]:
    """A name server on loopback until the end of the body."""
    port = free_port()
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.create_server(("127.0.0.1", port)) as tcp,
    ):
        udp.bind(("127.0.0.1", port))

        def datagrams() -> None:
            while True:
                question, asker = udp.recvfrom(4096)
                if question == b"end":
                    return
                udp.sendto(by_udp(question), asker)

        def stream() -> None:
            connection, _ = tcp.accept()
            with connection:
                question = connection.recv(4096)[2:]
                if by_tcp and question:
                    answer = by_tcp(question)
                    connection.sendall(len(answer).to_bytes(2) + answer)

        threads = [threading.Thread(target=datagrams), threading.Thread(target=stream)]
        for thread in threads:
            thread.start()
        try:
            yield "127.0.0.1", port
        finally:
            udp.sendto(b"end", ("127.0.0.1", port))
            socket.create_connection(("127.0.0.1", port)).close()
            for thread in threads:
                thread.join()


ADDRESS = b"\xcb\x00\x71\x07"
SOON_S = 0.05


def test_the_addresses_of_a_name_are_found() -> None:
    with served(lambda q: reply(q, contents=(ADDRESS,))) as server:
        assert Resolver([server]).addresses("example.org", Kind.A) == ["203.0.113.7"]


def test_a_name_without_addresses_has_none() -> None:
    with served(lambda q: reply(q, flags=0x8183)) as server:
        assert Resolver([server]).addresses("example.org", Kind.AAAA) == []


def test_a_long_answer_comes_by_tcp() -> None:
    many = tuple(ADDRESS[:3] + bytes([last]) for last in range(99))
    cut, whole = lambda q: reply(q, flags=0x8380), lambda q: reply(q, contents=many)
    with served(cut, whole) as server:
        assert len(Resolver([server]).addresses("example.org", Kind.A)) == 99


def test_the_next_server_is_asked() -> None:
    with (
        served(lambda q: reply(q, flags=0x8182)) as broken,
        served(lambda _: b"nonsense") as mad,
        served(lambda q: b"\xff\xff" + reply(q)[2:]) as other,
        served(lambda q: reply(q, contents=(ADDRESS,))) as good,
    ):
        asking = Resolver([broken, mad, other, good], SOON_S)
        found = asking.addresses("example.org", Kind.A)
    assert found == ["203.0.113.7"]


def test_when_nobody_answers_that_is_said() -> None:
    with pytest.raises(NotAnswered):
        Resolver([("127.0.0.1", free_port())], SOON_S).ask("example.org", Kind.A)
    with pytest.raises(NotAnswered):
        Resolver([]).ask("example.org", Kind.A)


@pytest.mark.parametrize("name", ["a..b", "a" * 64, ".".join(["a" * 60] * 5)])
def test_nobody_is_asked_for_what_is_no_name(name: str) -> None:
    with served(lambda q: reply(q, contents=(ADDRESS,))) as server, pytest.raises(NotAnswered):
        Resolver([server]).addresses(name, Kind.A)


def test_how_long_it_asks_is_bounded() -> None:
    with served(lambda _: b"nonsense") as mad:
        began = time.monotonic()
        with pytest.raises(NotAnswered):
            Resolver([mad, mad], SOON_S).ask("example.org", Kind.A)
    assert time.monotonic() - began < 10 * SOON_S


def test_records_of_another_kind_or_cut_short_are_no_answer() -> None:
    alias = b"\x04host\x07example\x00"
    with (
        served(lambda q: reply(q[:-4] + b"\x00\x05\x00\x01", contents=(alias,))) as other,
        served(lambda q: reply(q, contents=(ADDRESS[:3],))) as short,
        pytest.raises(NotAnswered),
    ):
        Resolver([other, short], SOON_S).ask("example.org", Kind.A)


def test_the_nearest_caa_counts() -> None:
    def above(question: bytes) -> bytes:
        name = str(dns.message.from_wire(question).question[0].name)
        rule = (b"\x80\x05ISSUEca.example",) if name == "example.org." else ()
        return reply(question, contents=rule)

    with served(above) as server:
        resolver = Resolver([server])
        assert resolver.issuers("a.b.example.org") == [Caa(True, "issue", "ca.example")]
        assert resolver.issuers("example.net") == []


def test_where_a_service_is_is_found() -> None:
    here = b"\x00\x01\x00\x02\x14\x95\x04xmpp\x07example\x03org\x00"
    nowhere = bytes(7)
    with served(lambda q: reply(q, contents=(here, nowhere))) as server:
        found = Resolver([server]).services("_xmpp-server._tcp.example.org")
    assert sorted(found, key=str) == [Srv(0, 0, 0, ""), Srv(1, 2, 5269, "xmpp.example.org")]


def test_the_servers_of_this_machine_are_read(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    assert system_resolver(file).servers == [("127.0.0.1", 53)]
    file.write_text("search x\nnameserver 192.0.2.1\nnameserver fe80::1%eth0\n")
    assert system_resolver(file).servers == [("192.0.2.1", 53), ("fe80::1%eth0", 53)]
    file.write_text("nameserver nonsense\n")
    assert system_resolver(file).servers == [("127.0.0.1", 53)]


@pytest.mark.interop
@pytest.mark.slow
def test_debians_nsd_is_understood(nsd: "tuple[str, int]") -> None:
    resolver = Resolver([nsd])
    assert resolver.addresses("example.org", Kind.A) == ["203.0.113.7"]
    assert resolver.addresses("example.org", Kind.AAAA) == ["2001:db8::7"]
    assert resolver.addresses("www.example.org", Kind.A) == ["203.0.113.7"]
    assert resolver.addresses("none.example.org", Kind.A) == []
    (rule,) = resolver.issuers("www.example.org")
    assert rule == Caa(False, "issue", "letsencrypt.org; validationmethods=http-01")
    assert len(resolver.addresses("many.example.org", Kind.A)) == 150


ZONE = """$ORIGIN example.org.
$TTL 60
@ SOA ns.example.org. us.example.org. 1 60 60 60 60
@ NS ns.example.org.
ns A 127.0.0.1
@ A 203.0.113.7
@ AAAA 2001:db8::7
@ CAA 0 issue "letsencrypt.org; validationmethods=http-01"
www CNAME example.org.
"""
SETTINGS = """server:
  ip-address: 127.0.0.1@{port}
  username: ""
  zonesdir: "{folder}"
  database: ""
  pidfile: "{folder}/pid"
  xfrdfile: "{folder}/xfrd"
  zonelistfile: "{folder}/zones"
  xfrdir: "{folder}"
  server-count: 1
remote-control:
  control-enable: no
zone:
  name: example.org
  zonefile: example.zone
"""


def wait_for(port: int) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            Resolver([("127.0.0.1", port)], SOON_S).ask("example.org", Kind.A)
        except NotAnswered:
            os.sched_yield()
        else:
            return
    raise AssertionError("nsd does not answer")


@pytest.fixture
def nsd(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """Debian's name server with one zone."""
    program = shutil.which("nsd") or "/usr/sbin/nsd"
    if not Path(program).exists():
        pytest.skip("nsd is missing: install Debian's package nsd")
    port = free_port()
    many = "".join(f"many A 192.0.2.{number}\n" for number in range(1, 151))
    (tmp_path / "example.zone").write_text(ZONE + many)
    (tmp_path / "nsd.conf").write_text(SETTINGS.format(port=port, folder=tmp_path))
    with (tmp_path / "log").open("wb") as log:
        command = (program, "-d", "-c", str(tmp_path / "nsd.conf"))
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for(port)
        yield "127.0.0.1", port
    finally:
        process.terminate()
        process.wait()
