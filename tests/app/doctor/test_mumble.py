"""Whether Mumble clients get in, with and without the fault each check is for."""

import socket
from dataclasses import replace

from allmende.app.doctor import mumble
from allmende.app.doctor.situation import Situation
from allmende.config import Media, Systems, Voice
from allmende.core.clock import SystemClock
from allmende.transports.certificates import Certificates
from allmende.transports.tls import own_certificate
from allmende.transports.ways import Chosen, Way, choose_layers
from tests.app.doctor.wounds import BROKEN, GOOD, WARNING, remedy, told, with_config
from tests.ports import free_port


def test_a_free_port_is_good_and_a_taken_one_is_not(here: Situation) -> None:
    number = free_port()
    config = with_config(here, voice=Voice(port=number))
    assert mumble.port(config).state is GOOD
    with socket.create_server(("127.0.0.1", number)):
        assert mumble.port(config).state is BROKEN
        assert remedy(mumble.port(config))


def test_a_running_server_answers_there(here: Situation) -> None:
    number = free_port()
    config = replace(with_config(here, voice=Voice(port=number)), running_port=1)
    silent = mumble.port(config)
    assert silent.state is BROKEN
    assert str(number) in told(silent)[1]
    with socket.create_server(("127.0.0.1", number)):
        assert mumble.port(config).state is GOOD


def test_without_voice_there_is_nothing_to_check(here: Situation) -> None:
    off = with_config(here, systems=Systems(voice=False))
    assert "nothing" in told(mumble.port(off))[1]
    assert "nothing" in told(mumble.certificates(off))[1]


def test_certificates_of_clients_are_tried(here: Situation) -> None:
    assert "first start" in told(mumble.certificates(here))[1]
    own_certificate(here.data / "tls", [here.domain], SystemClock())
    found = mumble.certificates(here)
    assert found.state is GOOD
    assert "are taken" in told(found)[1]


def test_a_python_that_cannot_take_them_is_told(here: Situation) -> None:
    own_certificate(here.data / "tls", [here.domain], SystemClock())

    def off(store: Certificates, minimum: str) -> Chosen:
        return Chosen(Way.OFF, choose_layers(store, minimum).layers)

    found = mumble.certificates(here, off)
    assert found.state is WARNING
    assert remedy(found)


def test_a_certificate_that_cannot_be_read_is_broken(here: Situation) -> None:
    files = own_certificate(here.data / "tls", [here.domain], SystemClock())
    files.key.write_bytes(b"no key")
    assert mumble.certificates(here).state is BROKEN


def test_how_sound_goes_out(here: Situation) -> None:
    assert mumble.fanout(with_config(here, media=Media(fanout="python"))).state is GOOD
    assert told(mumble.fanout(here))[1]
