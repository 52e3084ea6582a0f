"""What must never reach a client, whatever it asks for and whatever happens beside it."""

import random

import pytest

from allmende.core.errors import NotFound
from allmende.protocols.mumble.messages import (
    PermissionQuery,
    RequestBlob,
    TextMessage,
    UserState,
    UserStats,
    VoiceTarget,
    VoiceTargetEntry,
)
from tests.fakes.calls import browser
from tests.systems.voice.harbour import Harbour, Scene, run

SECRETS = ("Verschworen", "Geheimbund", "zoe", "Mitwisserin", "unter uns")


@pytest.mark.slow
def test_no_byte_of_a_room_reaches_who_may_not_see_it(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, zoe = await harbour.three()
            secret = harbour.channel(scene.secret)
            steps = random.Random(7)
            for number in range(40):
                harbour.clock.turn(seconds=2)
                client = steps.choice((ada, mel, zoe))
                rooms = (scene.secret,) if client is zoe else (scene.room, scene.closed)
                home = steps.random() < 0.3
                channel = 0 if home else harbour.channel(steps.choice(rooms))
                client.send(UserState(channel_id=channel))
                if number % 10 == 0:
                    harbour.calls.add(scene.secret.id, browser(f"b{number}", "Mitwisserin"))
                zoe.send(TextMessage(channel_id=(secret,), message="unter uns"))
                await harbour.told(client)
            for client in (ada, mel):
                for session in range(1, 400, 7):
                    client.send(UserStats(session=session))
                client.send(
                    UserStats(session=zoe.session),
                    UserState(channel_id=secret),
                    PermissionQuery(channel_id=secret),
                    RequestBlob(session_comment=(zoe.session,), channel_description=(secret,)),
                    TextMessage(session=(zoe.session,), message="x"),
                    TextMessage(channel_id=(secret,), message="x"),
                    VoiceTarget(id=1, targets=(VoiceTargetEntry(session=(zoe.session,)),)),
                )
                await harbour.told(client)
                told = client.everything()
                for word in SECRETS:
                    assert word.encode() not in told, word
            assert b"Plenum" not in zoe.everything()
            assert b"mel" not in zoe.everything()
            assert b"Verschworen" in zoe.everything()

    run(story())


def test_no_address_is_told_or_kept(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            mel.send(UserStats(session=ada.session))
            ada.send(UserStats())
            await harbour.told(ada)
            await harbour.told(mel)
            for client in (ada, mel):
                assert b"192.0.2.7" not in client.everything()
                assert bytes((192, 0, 2, 7)) not in client.everything()
            assert harbour.audio.legs[harbour.leg(ada).session].plan.source == "192.0.2.7"
            with_source = [leg for leg in harbour.voice.legs if "192.0.2.7" in repr(leg)]
            assert with_source == []

    run(story())


def test_who_waits_at_a_door_sees_themself_alone(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada = await harbour.connect("ada", scene.passwords[0])
            await harbour.enter(ada, scene.closed)
            link = await harbour.link(scene.ada, scene.closed.id)
            guest = await harbour.connect("tester", link)
            other = await harbour.connect("zweite", link)
            await harbour.told(guest)
            assert {s.name for s in guest.all_of(UserState)} == {"tester (guest)"}
            assert {s.name for s in other.all_of(UserState)} == {"zweite (guest)"}
            with pytest.raises(NotFound, match=r"voice\.no-such-person"):
                harbour.voice.people.target(harbour.leg(guest), ada.session)

    run(story())
