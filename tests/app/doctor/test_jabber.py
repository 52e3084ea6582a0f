"""Whether chat apps and other servers get in, with and without the fault each check is for."""

import socket
from dataclasses import replace

from allmende.app.doctor import jabber
from allmende.app.doctor.situation import Situation
from allmende.config import Chat
from allmende.core.clock import SystemClock
from allmende.transports.tls import own_certificate
from tests.app.doctor.wounds import BROKEN, GOOD, remedy, told, with_config
from tests.ports import free_port


def test_every_port_has_to_be_free_and_later_to_answer(here: Situation) -> None:
    first, second = free_port(), free_port()
    config = with_config(here, chat=Chat(port=first, direct_port=0, federation="open",
                                         servers_port=second))  # fmt: skip
    assert jabber.ports(config).state is GOOD
    with socket.create_server(("127.0.0.1", second)):
        assert jabber.ports(config).state is BROKEN
        assert remedy(jabber.ports(config))
        running = replace(config, running_port=1)
        assert str(first) in told(jabber.ports(running))[1]
        with socket.create_server(("127.0.0.1", first)):
            assert jabber.ports(running).state is GOOD


def test_without_ports_and_federation_there_is_nothing_to_check(here: Situation) -> None:
    off = with_config(here, chat=Chat(port=0, direct_port=0))
    assert "nothing" in told(jabber.ports(off))[1]
    assert "nothing" in told(jabber.certificate(off))[1]


def test_other_servers_want_the_name_of_the_rooms_in_the_certificate(here: Situation) -> None:
    config = with_config(here, chat=Chat(federation="allies"))
    assert "first start" in told(jabber.certificate(config))[1]
    own_certificate(here.data / "tls", [here.domain], SystemClock())
    found = jabber.certificate(config)
    assert found.state is BROKEN
    assert f"rooms.{here.domain}" in told(found)[1]
    assert remedy(found)
    own_certificate(here.data / "tls", [here.domain, f"rooms.{here.domain}"], SystemClock())
    assert jabber.certificate(config).state is GOOD
