"""Whether the server is reached, with and without the fault each check is for."""

import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from allmende.app.doctor import reach
from allmende.app.doctor.situation import Situation
from allmende.config import Acme, Media, Web
from allmende.config.places import EVERYWHERE
from allmende.core.clock import SystemClock
from allmende.transports.tls import own_certificate
from tests.app.doctor.wounds import (
    BROKEN,
    GOOD,
    WARNING,
    FakeResolver,
    knowing,
    public,
    remedy,
    running,
    told,
    with_config,
)
from tests.ports import free_port

V4, V6 = "203.0.113.7", "2001:db8::7"


@contextmanager
def taken(kind: socket.SocketKind) -> Iterator[int]:
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            sock.listen()
        yield sock.getsockname()[1]


class Answers:
    """Stands for the network: statuses by address, path."""

    def __init__(self, **statuses: int) -> None:
        self.statuses = statuses
        self.asked: list[tuple[str, int, str, str, bool]] = []

    def __call__(self, address: str, port: int, host: str, path: str, is_secure: bool) -> int:
        self.asked.append((address, port, host, path, is_secure))
        return self.statuses.get("v6" if ":" in address else "v4", 0)


def test_ports_that_are_free_can_be_used(here: Situation) -> None:
    port = free_port()
    config = with_config(here, web=Web(listen=("127.0.0.1",), port=port))
    assert told(reach.pages(config)) == (GOOD, f"TCP {port} can be used.")


def test_a_port_that_is_taken_is_found(here: Situation) -> None:
    with taken(socket.SOCK_STREAM) as port:
        pages = with_config(here, web=Web(listen=("127.0.0.1",), port=port))
        media = with_config(here, media=Media(udp_port=0, tcp_port=port))
        for hurt in (pages, media):
            assert told(reach.pages(hurt)) == (BROKEN, f"TCP {port} is taken or not allowed.")


def test_the_port_for_certificates_is_wanted_too(here: Situation) -> None:
    with taken(socket.SOCK_STREAM) as port:
        web = Web(listen=("127.0.0.1",), port=0)
        hurt = public(here, web=web, acme=Acme(port=port))
        assert reach.pages(hurt).state is BROKEN


def test_a_server_that_answers_is_good_and_a_silent_one_is_found(here: Situation) -> None:
    good, silent = Answers(v4=200), Answers()
    assert told(reach.pages(running(here, 8080), good)) == (
        GOOD,
        "The server answers on TCP 8080.",
    )
    assert good.asked == [("127.0.0.1", 8080, "localhost", "/health.json", False)]
    assert reach.pages(running(here), silent).state is BROKEN


def test_by_its_name_it_answers_on_both_ways(here: Situation) -> None:
    here = knowing(running(public(here)), a=V4, aaaa=V6)
    answers = Answers(v4=200, v6=200)
    assert told(reach.https(here, answers))[0] is GOOD
    assert told(reach.ipv6(here, answers))[0] is GOOD
    assert answers.asked[0] == (V4, 443, "example.org", "/health.json", True)


def test_a_way_that_does_not_answer_is_found(here: Situation) -> None:
    here = knowing(running(public(here)), a=V4, aaaa=V6)
    assert told(reach.https(here, Answers(v6=200)))[0] is WARNING
    state, says = told(reach.ipv6(here, Answers(v4=200)))
    assert (state, says) == (BROKEN, "2001:db8::7 is announced but does not answer.")
    assert "Remove the AAAA record" in remedy(reach.ipv6(here, Answers()))


def test_the_port_of_the_authority_is_tried(here: Situation) -> None:
    here = knowing(running(public(here)), a=V4)
    assert told(reach.port_80(here, Answers(v4=404)))[0] is GOOD
    assert told(reach.port_80(here, Answers()))[0] is WARNING


def test_what_is_not_announced_or_not_running_is_not_tried(here: Situation) -> None:
    silent = replace(running(public(here)), resolver=FakeResolver(is_silent=True))
    for hurt in (here, running(here), silent):
        for check in (reach.https, reach.ipv6):
            assert check(hurt, Answers()).state is GOOD
    assert reach.port_80(running(here), Answers()).state is GOOD


def test_datagrams_arrive(here: Situation) -> None:
    assert told(reach.udp(here)) == (GOOD, "Packets to 127.0.0.1 arrive.")


def test_a_udp_port_that_is_taken_is_found(here: Situation) -> None:
    with taken(socket.SOCK_DGRAM) as port:
        state, _ = told(reach.udp(with_config(here, media=Media(udp_port=port))))
    assert state is BROKEN


@pytest.mark.slow
def test_an_address_that_leads_elsewhere_is_found(
    here: Situation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "_WAIT_S", 0.05)
    media = Media(udp_port=0, public_addresses=("192.0.2.200",))
    finding = reach.udp(with_config(here, media=media))
    assert told(finding)[0] is WARNING
    assert "Forward UDP" in remedy(finding)


def test_media_answers_by_tcp_or_that_is_found(here: Situation) -> None:
    assert reach.media_tcp(here).state is GOOD
    with taken(socket.SOCK_STREAM) as port:
        there = running(with_config(here, media=Media(tcp_port=port)))
        assert told(reach.media_tcp(there))[0] is GOOD
    assert told(reach.media_tcp(there))[0] is BROKEN


@pytest.mark.parametrize(("own", "is_found"), [("192.168.1.4", True), ("9.9.9.9", False)])
def test_a_router_before_the_machine_is_found(here: Situation, own: str, is_found: bool) -> None:
    here = public(here)
    assert (told(reach.nat(here, lambda _: own))[0] is WARNING) is is_found
    behind = public(here, media=Media(public_addresses=(V4,)))
    assert told(reach.nat(behind, lambda _: own))[0] is GOOD


@pytest.mark.parametrize("is_secure", [False, True])
def test_the_status_of_an_answer_is_fetched(tmp_path: Path, is_secure: bool) -> None:
    class Teapot(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(418)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    with http.server.HTTPServer(("127.0.0.1", 0), Teapot) as server:
        if is_secure:
            files = own_certificate(tmp_path, ["localhost"], SystemClock())
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(files.certificate, files.key)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        port = server.server_address[1]
        assert reach.fetch("127.0.0.1", port, "localhost", "/health.json", is_secure) == 418
        thread.join()


def test_where_nobody_answers_the_status_is_none() -> None:
    assert reach.fetch("127.0.0.1", free_port(), "localhost", "/", False) == 0


def test_the_machine_would_use_an_address() -> None:
    assert list(reach._own_addresses(("127.0.0.1", "::1"))) == ["127.0.0.1", "::1"]
    assert len(list(reach._own_addresses(EVERYWHERE))) == 1
