"""Each check with and without the fault it is for."""

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from allmende.cli.checks.finding import Situation, State
from allmende.cli.checks.network import certificate, ports, udp
from allmende.config import Config, Media, Tls, Web
from allmende.core.clock import SystemClock
from allmende.transports.tls import OwnFiles, own_certificate


def with_config(here: Situation, **sections: object) -> Situation:
    return replace(here, config=msgspec.structs.replace(here.config, **sections))


@contextmanager
def taken(kind: socket.SocketKind) -> Iterator[int]:
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            sock.listen()
        yield sock.getsockname()[1]


def test_free_ports_are_good(here: Situation) -> None:
    assert ports(here).state is State.GOOD


def test_a_taken_port_is_found(here: Situation) -> None:
    with taken(socket.SOCK_STREAM) as port:
        pages = with_config(here, web=Web(listen=("127.0.0.1",), port=port))
        media = with_config(here, media=Media(listen=("127.0.0.1",), tcp_port=port))
        for finding in (ports(pages), ports(media)):
            assert finding.state is State.BROKEN
            assert str(port) in finding.sentence
            assert "another port" in finding.remedy


class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health.json" else 404)
        self.end_headers()

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Say nothing."""


def test_a_running_server_is_asked_whether_it_answers(here: Situation) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Health) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        finding = ports(replace(here, running_port=server.server_port))
        thread.join()
    assert finding.state is State.GOOD
    silent = ports(replace(here, running_port=server.server_port))
    assert silent.state is State.BROKEN
    assert "does not answer" in silent.sentence


def test_a_running_server_is_asked_over_tls_where_it_encrypts(here: Situation) -> None:
    with taken(socket.SOCK_STREAM) as port:
        pass
    own = with_config(here, tls=Tls(mode="own"))
    assert ports(replace(own, running_port=port)).state is State.BROKEN


def test_datagrams_that_arrive_are_good(here: Situation) -> None:
    assert udp(here).state is State.GOOD
    assert udp(replace(here, running_port=1)).state is State.GOOD


def test_a_taken_udp_port_is_found(here: Situation) -> None:
    with taken(socket.SOCK_DGRAM) as port:
        finding = udp(with_config(here, media=Media(udp_port=port)))
    assert finding.state is State.BROKEN
    assert f"UDP {port} cannot be used" in finding.sentence


def test_an_address_that_datagrams_do_not_reach_is_found(
    here: Situation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("allmende.cli.checks.network._WAIT_S", 0.05)
    inside = udp(with_config(here, media=Media(udp_port=0, listen=("203.0.113.1",))))
    assert inside.state is State.BROKEN
    assert "firewall" in inside.remedy
    outside = udp(with_config(here, media=Media(udp_port=0, public_addresses=("203.0.113.1",))))
    assert outside.state is State.WARNING
    assert "Forward UDP" in outside.remedy


def test_on_all_addresses_the_one_towards_the_outside_is_tried(here: Situation) -> None:
    everywhere = with_config(here, domain="example.org", web=Web(port=0))
    assert udp(everywhere).sentence


def test_without_encryption_or_behind_a_proxy_no_certificate_is_needed(here: Situation) -> None:
    assert certificate(here).state is State.GOOD
    web = Web(trusted_proxies=("127.0.0.1",))
    assert certificate(with_config(here, web=web, tls=Tls(mode="proxy"))).state is State.GOOD


def test_an_own_certificate_is_made_at_the_start_and_judged_later(here: Situation) -> None:
    own = with_config(here, tls=Tls(mode="own"))
    assert "will be made" in certificate(own).sentence
    own_certificate(here.data / "tls", ["localhost"], SystemClock())
    assert "ends on" in certificate(own).sentence
    assert certificate(own).state is State.GOOD


def files(here: Situation, *names: str) -> tuple[OwnFiles, Situation]:
    made = own_certificate(here.data / "given", names, SystemClock())
    tls = Tls(certificate=str(made.certificate), key=str(made.key))
    return made, with_config(here, domain="example.org", tls=tls)


@pytest.mark.parametrize("name", ["example.org", "EXAMPLE.org", "*.org"])
def test_a_certificate_for_our_name_is_good(here: Situation, name: str) -> None:
    assert certificate(files(here, name)[1]).state is State.GOOD


def test_a_certificate_for_another_name_is_found(here: Situation) -> None:
    finding = certificate(files(here, "example.com", "*.example.org")[1])
    assert finding.state is State.BROKEN
    assert "not for example.org" in finding.sentence


@pytest.mark.parametrize(
    ("after", "state"), [(390, State.WARNING), (398, State.BROKEN), (1, State.GOOD)]
)
def test_a_certificate_that_ends_is_found(here: Situation, after: int, state: State) -> None:
    class Later(SystemClock):
        def now(self) -> datetime:
            return super().now() + timedelta(days=after)

    finding = certificate(replace(files(here, "example.org")[1], clock=Later()))
    assert finding.state is state
    assert ("kill -HUP" in finding.remedy) is (state is not State.GOOD)


def test_a_certificate_that_cannot_be_read_is_found(here: Situation) -> None:
    made, situation = files(here, "example.org")
    Path(made.key).write_text("nonsense")
    assert certificate(situation).state is State.BROKEN
    assert Config().tls.mode == "auto"
