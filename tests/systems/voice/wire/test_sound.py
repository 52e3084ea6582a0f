"""Pings, nonces, whispers, and voice through the tunnel."""

from dataclasses import replace

from allmende.core.ports.audio import LegCounts
from allmende.protocols.mumble.messages import (
    UDP_TUNNEL,
    CryptSetup,
    DenyType,
    PermissionDenied,
    Ping,
    VoiceTarget,
    VoiceTargetEntry,
)
from allmende.systems.voice.wire.sound import NONCE_BYTES
from tests.fakes.calls import browser
from tests.systems.voice.harbour import Harbour, Scene, run


def test_a_ping_has_the_real_counts(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            client = await harbour.connect("ada", scene.passwords[0])
            counts = LegCounts(good=7, late=1, lost=3, resync=2)
            harbour.audio.counted[harbour.leg(client).session] = counts
            client.send(Ping(timestamp=2**60))
            pong = await client.until(Ping)
            assert pong.timestamp == 2**60
            assert (pong.good, pong.late, pong.lost, pong.resync) == (7, 1, 3, 2)

    run(story())


def test_a_client_comes_back_in_step(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            client = await harbour.connect("ada", scene.passwords[0])
            leg = harbour.audio.legs[harbour.leg(client).session]
            client.send(CryptSetup())
            answer = await client.until(CryptSetup)
            assert (answer.key, answer.server_nonce) == (None, b"n" * NONCE_BYTES)
            client.send(CryptSetup(client_nonce=b"m" * NONCE_BYTES), CryptSetup(client_nonce=b"x"))
            await client.barrier()
            assert leg.resyncs == [None, b"m" * NONCE_BYTES]

    run(story())


def test_voice_through_the_tunnel_is_not_looked_at(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            client = await harbour.connect("ada", scene.passwords[0])
            leg = harbour.audio.legs[harbour.leg(client).session]
            for number in range(200):
                client.send_raw(UDP_TUNNEL, bytes([number]))
            await client.barrier()
            assert leg.packets == [bytes([number]) for number in range(150)]
            assert harbour.built.server.counts["voice-refused"] == 50

    run(story())


def test_a_whisper_and_a_shout_reach_those_who_are_seen(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, zoe = await harbour.three()
            for client in (ada, mel):
                await harbour.enter(client, scene.room)
            await harbour.enter(zoe, scene.secret)
            harbour.calls.add(scene.room.id, browser("bbb", "Bo"))
            await harbour.told(ada)
            other = harbour.voice.legs.other_of(scene.room.id, "bbb")
            assert other is not None
            leg = harbour.audio.legs[harbour.leg(mel).session]
            whisper = VoiceTargetEntry(session=(ada.session, zoe.session, 60_000, other.session))
            mel.send(VoiceTarget(id=1, targets=(whisper,)))
            room = VoiceTargetEntry(channel_id=harbour.channel(scene.room))
            mel.send(VoiceTarget(id=2, targets=(room,)))
            await harbour.told(mel)
            assert leg.aims == {
                1: (ada.session, other.session),
                2: (ada.session, other.session),
            }
            assert leg.shouts == {2}
            harbour.calls.remove(scene.room.id, "bbb")
            await harbour.told(mel)
            assert leg.aims[2] == (ada.session,)
            harbour.clock.turn(seconds=10)
            mel.send(VoiceTarget(id=1))
            await harbour.told(mel)
            assert leg.aims[1] == ()

    run(story())


def test_targets_that_are_refused(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            _, mel, _ = await harbour.three()
            await harbour.enter(mel, scene.room)
            tree = VoiceTargetEntry(channel_id=0, children=True)
            secret = VoiceTargetEntry(channel_id=harbour.channel(scene.secret))
            room = VoiceTargetEntry(channel_id=harbour.channel(scene.room))
            for number, entry, kind in (
                (1, tree, DenyType.PERMISSION),
                (1, secret, DenyType.TEXT),
                (31, room, DenyType.TEXT),
                (0, room, DenyType.TEXT),
            ):
                harbour.clock.turn(seconds=5)
                mel.send(VoiceTarget(id=number, targets=(entry,)))
                assert (await mel.until(PermissionDenied)).type is kind
            call = harbour.calls.shown(scene.room.id)
            assert call is not None
            harbour.calls.show(replace(call, moderated=True))
            mel.send(VoiceTarget(id=3, targets=(room,)))
            assert (await mel.until(PermissionDenied)).type is DenyType.PERMISSION

    run(story())


def test_no_more_than_sixty_four_are_aimed_at(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada = await harbour.connect("ada", scene.passwords[0])
            await harbour.enter(ada, scene.room)
            for number in range(70):
                harbour.calls.add(scene.room.id, browser(f"b{number}", f"Bo {number}"))
            await harbour.told(ada)
            room = VoiceTargetEntry(channel_id=harbour.channel(scene.room))
            ada.send(VoiceTarget(id=1, targets=(room,)))
            await harbour.told(ada)
            assert len(harbour.audio.legs[harbour.leg(ada).session].aims[1]) == 64

    run(story())
