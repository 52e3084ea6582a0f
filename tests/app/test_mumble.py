"""The listener for Mumble clients in an open house: over real TLS, with the texts of the server."""

import asyncio
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from allmende.app import furnished
from allmende.app.ground import Ground
from allmende.app.mumble import SiteWords, listening, voice_start_of
from allmende.config import Config, Media, Systems, Voice, places_of
from allmende.config.places import EVERYWHERE
from allmende.core.clock import SystemClock
from allmende.protocols.mumble.framing import FrameReader, frame
from allmende.protocols.mumble.messages import Authenticate, Reject, RejectType, Version, decode
from allmende.webkit.i18n import Catalogues

LOCALE = Path(__file__).parents[2] / "allmende" / "locale"


def ground_of(data: Path, **systems: bool) -> Ground:
    media = Media(
        workers=0, listen=("127.0.0.1",), udp_port=0, tcp_port=0, packets_per_second=100_000
    )
    config = Config(data=str(data), media=media, voice=Voice(port=0), systems=Systems(**systems))
    places = places_of(config)
    return Ground(
        config=config, places=places, data=data, clock=SystemClock(), url="http://localhost"
    )


@pytest.mark.slow
def test_a_client_is_answered_over_tls_in_the_language_of_the_server(tmp_path: Path) -> None:
    async def story() -> list[object]:
        async with furnished(ground_of(tmp_path)) as rooms:
            assert rooms.systems.voice is not None
            assert rooms.workers is not None
            async with listening(
                ground_of(tmp_path), rooms.systems.voice, rooms.workers, None
            ) as port:
                return await refused(port)

    version, rejected = asyncio.run(story())
    assert isinstance(version, Version)
    assert version.release == "allmende"
    assert isinstance(rejected, Reject)
    assert rejected.type is RejectType.WRONG_USER_PW
    assert "App-Passwort" in (rejected.reason or "")


async def refused(port: int) -> list[object]:
    """What somebody is told who knows nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    writer.write(frame(Authenticate(username="x", opus=True)))
    frames = FrameReader()
    said: list[object] = []
    async with asyncio.timeout(20):
        while data := await reader.read(4096):
            said += [decode(*each) for each in frames.receive(data)]
    writer.close()
    return said


def test_voice_needs_calls(tmp_path: Path) -> None:
    assert voice_start_of(ground_of(tmp_path)) is not None
    assert voice_start_of(ground_of(tmp_path, voice=False)) is None
    assert voice_start_of(ground_of(tmp_path, meet=False)) is None


def test_texts_are_those_of_the_server() -> None:
    words = SiteWords(Catalogues.load(LOCALE))
    assert words.text("voice.waiting-channel", room="Kreis") == "Wartet: Kreis"


def test_all_addresses_are_one_socket_for_voice(tmp_path: Path) -> None:
    ground = ground_of(tmp_path)
    everywhere = replace(ground, places=replace(ground.places, media=EVERYWHERE))
    found = voice_start_of(everywhere)
    assert found is not None
    assert found.bind_addresses == ()
    usual = voice_start_of(ground)
    assert usual is not None
    assert usual.bind_addresses == ("127.0.0.1",)
