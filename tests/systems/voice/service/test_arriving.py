"""Who comes in by what, in which order; what others recognise somebody by."""

import hashlib

import pytest

from allmende.core.errors import AllmendeError
from allmende.core.rooms import LinkRight
from allmende.protocols.mumble.messages import (
    Authenticate,
    ChannelState,
    ServerSync,
    UserState,
)
from allmende.systems.voice.service.arriving import MAX_CERTIFICATE_BYTES, Came, Delays
from allmende.systems.voice.service.legs import Arrival
from tests.systems.voice.harbour import Harbour, Scene, run

DER = b"a certificate that somebody made themselves"


async def identify(
    harbour: Harbour, name: str, password: str = "", der: bytes | None = None
) -> Arrival | str:
    try:
        return await harbour.voice.identify(Came(name=name, password=password, certificate=der))
    except AllmendeError as refused:
        return refused.message_id


def test_the_ways_in_are_tried_in_their_order(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            password = scene.passwords[0]
            by_password = await identify(harbour, "ada", password, DER)
            assert isinstance(by_password, Arrival)
            assert by_password.credential.startswith("p")
            assert not by_password.bound
            await harbour.identity.bind_certificate(scene.ada, DER)
            for typed in ("", "nonsense"):
                by_certificate = await identify(harbour, "whoever", typed, DER)
                assert isinstance(by_certificate, Arrival)
                assert (by_certificate.name, by_certificate.bound) == ("ada", True)
                assert by_password.hash == by_certificate.hash
            assert len(by_password.hash) == 40
            assert by_password.hash != hashlib.sha256(DER).hexdigest()[:40]
            code = (await harbour.identity.make_pairing_code(scene.mel)).code
            paired = await identify(harbour, "x", code, b"another certificate")
            assert isinstance(paired, Arrival)
            assert paired.name == "mel"
            again = await identify(harbour, "x", "", b"another certificate")
            assert isinstance(again, Arrival)
            assert again.name == "mel"

    run(story())


@pytest.mark.parametrize(
    ("name", "password"),
    [("ada", "wrong"), ("nobody", "wrong"), ("ada", ""), ("", ""), ("ada", "x" * 600),
     ("ada", "0" * 26), ("nobody", "0" * 26)],
)  # fmt: skip
def test_whatever_does_not_fit_gets_the_same_answer(
    harbour: Harbour, scene: Scene, name: str, password: str
) -> None:
    async def story() -> None:
        async with harbour.open():
            assert await identify(harbour, name, password) == "voice.wrong-password"

    run(story())


def test_the_main_password_of_an_account_is_never_taken(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            typed = "drei rote kirschen im schnee"
            assert await identify(harbour, "ada", typed) == "voice.wrong-password"

    run(story())


def test_a_guest_comes_by_token_and_comes_back_as_the_same(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            harbour.clock.turn(days=31)
            link = await harbour.identity.make_link(
                scene.ada, scene.room.id, LinkRight.SPEAK, uses=1
            )
            first = await identify(harbour, "tester", link, DER)
            assert isinstance(first, Arrival)
            assert first.room_id == scene.room.id
            back = await identify(harbour, "tester", link, DER)
            assert isinstance(back, Arrival)
            assert back.who == first.who
            assert await identify(harbour, "other", link, b"other") == "voice.wrong-password"
            assert first.hash
            nameless = await identify(harbour, "\u202e", link, DER)
            assert nameless == "voice.name-refused"

    run(story())


def test_the_address_of_an_open_room_leads_into_it(harbour: Harbour) -> None:
    async def story() -> None:
        async with harbour.open():
            opened = await harbour.identity.open_room("Offen")
            client = await harbour.connect("tester", opened.room.slug)
            own = client.all_of(UserState)[0]
            assert own.name == "tester (guest)"
            assert own.channel_id == harbour.channel(opened.room)
            assert [c.name for c in client.all_of(ChannelState)][1:] == ["Offen"]

    run(story())


def test_an_invite_of_another_room_may_come_later(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            link = await harbour.link(scene.zoe, scene.secret.id)
            mel = await harbour.connect("mel", scene.passwords[1])
            mel.send(Authenticate(username="mel", tokens=("nonsense", link), opus=True))
            await harbour.told(mel)
            assert "Verschworen" in [c.name for c in mel.all_of(ChannelState)]
            await harbour.enter(mel, scene.secret)
            who = harbour.leg(mel).who_in(scene.secret.id)
            assert who.guest is not None
            assert who.account_id == scene.mel.account_id

    run(story())


def test_the_same_credential_replaces_and_another_lives_beside(
    harbour: Harbour, scene: Scene
) -> None:
    async def story() -> None:
        async with harbour.open():
            first = await harbour.connect("ada", scene.passwords[0])
            second = await harbour.connect("ada", scene.passwords[0])
            await first.closed()
            await harbour.identity.bind_certificate(scene.ada, DER)
            third = await harbour.connect("ada", certificate=DER)
            await harbour.enter(second, scene.room)
            await harbour.enter(third, scene.room)
            names = {leg.name for leg in harbour.voice.legs}
            assert names == {"ada", "ada (2)"}

    run(story())


def test_registering_binds_the_certificate_that_is_shown(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            client = await harbour.connect("mel", scene.passwords[1], DER)
            client.send(UserState(session=client.session, user_id=scene.mel.account_id))
            await harbour.told(client)
            hashed = hashlib.sha256(DER).hexdigest()
            found = await harbour.identity.certificate_of(hashed)
            assert found is not None
            assert found.account_id == scene.mel.account_id
            bits = [client.all_of(ServerSync)[0].permissions or 0]
            bits.append(harbour.voice.showing.bits(harbour.leg(client), 0))
            assert [bool(each & 0x80000) for each in bits] == [True, False]

    run(story())


def test_a_certificate_that_is_too_large_counts_as_none(harbour: Harbour) -> None:
    async def story() -> None:
        async with harbour.open():
            huge = b"x" * (MAX_CERTIFICATE_BYTES + 1)
            assert await identify(harbour, "ada", "", huge) == "voice.wrong-password"

    run(story())


def test_wrong_tries_are_answered_later_and_later_and_never_locked() -> None:
    delays = Delays()
    waits = [delays.failed(["s1", "nada"], float(n)) for n in range(20)]
    assert waits[:10] == [0.0] * 10
    assert waits[10:15] == [0.5, 1.0, 2.0, 4.0, 8.0]
    assert waits[-1] == 8.0
    assert delays.failed(["s2", "nmel"], 21.0) == 0.0
    assert delays.failed(["s2", "nada"], 21.0) == 8.0
    assert delays.failed(["s1", "nada"], 500.0) == 0.0
