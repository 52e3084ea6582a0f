"""What a client asks about."""

import pytest

from allmende.core.ports.audio import LegCounts
from allmende.protocols.mumble.messages import (
    ACL,
    BanEntry,
    BanList,
    ChannelState,
    DenyType,
    Message,
    PermissionDenied,
    PermissionQuery,
    QueryUsers,
    RequestBlob,
    UserState,
    UserStats,
)
from allmende.systems.voice.model.bits import Bit
from tests.fakes.calls import browser
from tests.systems.voice.harbour import Harbour, Scene, run


def test_permissions_are_answered_for_what_is_seen(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, zoe = await harbour.three()
            room = harbour.channel(scene.room)
            found: dict[str, Bit] = {}
            for name, client in (("ada", ada), ("mel", mel)):
                client.send(PermissionQuery(channel_id=room))
                while True:
                    answer = await client.until(PermissionQuery)
                    if answer.channel_id == room:
                        break
                found[name] = Bit(answer.permissions or 0)
            assert Bit.MUTE_DEAFEN in found["ada"]
            assert Bit.MUTE_DEAFEN not in found["mel"]
            assert Bit.SPEAK | Bit.WHISPER | Bit.ENTER in found["mel"]
            assert Bit.WRITE not in found["ada"]
            for channel in (room, 999):
                zoe.send(PermissionQuery(channel_id=channel))
                assert (await zoe.until(PermissionDenied)).reason == "No such room."

    run(story())


def test_rights_that_change_are_told_unasked(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            _, mel, _ = await harbour.three()
            await harbour.enter(mel, scene.room)
            room = harbour.channel(scene.room)
            told = [q for q in mel.all_of(PermissionQuery) if q.channel_id == room]
            assert Bit.SPEAK in Bit(told[-1].permissions or 0)
            harbour.leg(mel).suppressed = True
            await harbour.told(mel)
            told = [q for q in mel.all_of(PermissionQuery) if q.channel_id == room]
            assert Bit.SPEAK not in Bit(told[-1].permissions or 0)

    run(story())


def test_statistics_have_counts_and_nothing_about_the_place(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada = harbour.dial(certificate=b"der")
            ada.authenticate("ada", scene.passwords[0])
            await ada.barrier()
            mel = await harbour.connect("mel", scene.passwords[1])
            session = harbour.leg(ada).session
            harbour.audio.counted[session] = LegCounts(good=5, late=1, lost=2, resync=1)
            harbour.clock.turn(seconds=90)
            ada.send(UserStats(session=ada.session))
            own = await ada.until(UserStats)
            assert own.from_client is not None
            assert (own.from_client.good, own.from_client.lost) == (5, 2)
            assert own.certificates == (b"der",)
            assert (own.onlinesecs, own.address, own.strong_certificate) == (90, None, False)
            await harbour.settle()
            mel.send(UserStats(session=ada.session))
            other = await mel.until(UserStats)
            assert other.certificates == ()
            assert other.version is not None
            assert other.version.os is None
            mel.send(UserStats(session=ada.session, stats_only=True))
            assert (await mel.until(UserStats)).version is None

    run(story())


def test_statistics_of_a_browser_say_so(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, _, _ = await harbour.three()
            await harbour.enter(ada, scene.room)
            harbour.calls.add(scene.room.id, browser("bbb", "Bo"))
            await harbour.told(ada)
            (session,) = [s.session for s in ada.all_of(UserState) if s.name == "Bo"]
            ada.send(UserStats(session=session))
            answer = await ada.until(UserStats)
            assert answer.version is not None
            assert answer.version.release == "Browser"

    run(story())


def test_long_texts_are_given_when_they_are_asked_for(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, zoe = await harbour.three()
            ada.send(UserState(comment="<b>x</b>" * 40))
            await harbour.told(ada)
            await mel.barrier()
            state = [s for s in mel.all_of(UserState) if s.session == ada.session][-1]
            assert state.comment is None
            assert state.comment_hash is not None
            room = harbour.channel(scene.room)
            mel.send(RequestBlob(session_comment=(ada.session,), channel_description=(room,)))
            assert (await mel.until(UserState)).comment == "<b>x</b>" * 40
            assert "Not recorded" in ((await mel.until(ChannelState)).description or "")
            zoe.send(RequestBlob(session_comment=(ada.session,), channel_description=(room,)))
            before = len(zoe.heard)
            await zoe.barrier()
            assert not [m for m in zoe.heard[before:] if isinstance(m, UserState | ChannelState)]

    run(story())


@pytest.mark.parametrize(
    "asked",
    [
        BanList(bans=(BanEntry(address=b"x" * 16, mask=128),)),
        ACL(channel_id=0, query=True),
        QueryUsers(ids=(1, 2)),
    ],
)
def test_lists_that_nobody_gets_or_writes(harbour: Harbour, scene: Scene, asked: Message) -> None:
    async def story() -> None:
        async with harbour.open():
            client = await harbour.connect("ada", scene.passwords[0])
            client.send(asked)
            denied = await client.until(PermissionDenied)
            assert denied.type in (DenyType.TEXT, DenyType.PERMISSION)

    run(story())


def test_the_list_of_bans_is_empty_and_says_where_they_are(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            client = await harbour.connect("ada", scene.passwords[0])
            client.send(BanList(query=True))
            assert (await client.until(BanList)).bans == ()
            assert "https://house.example/" in client.texts()[-1]

    run(story())
