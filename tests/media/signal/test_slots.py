"""Slots: one participant whose tracks carry whoever talks."""

import json

from allmende.core.ports.conference import Source
from allmende.media.control import AddDown, AddUp, SendData
from allmende.media.signal.slots import IDENTITY, TOPIC, fill, microphones, name_of, open_slots
from allmende.media.voicing import OpenSlots
from allmende.protocols.livekit.messages import DataPacket, ParticipantInfo, TrackSource
from allmende.protocols.sdp.model import Direction
from tests.media.signal.stage import CALL, Client, Stage, play, sections_of


def _track_names(client: Client) -> list[str]:
    infos = [
        info
        for message in client.heard
        for info in [*message.update.participants, *message.join.other_participants]
        if info.identity == IDENTITY
    ]
    assert infos[-1].state == ParticipantInfo.ACTIVE
    assert {t.source for t in infos[-1].tracks} == {TrackSource.MICROPHONE}
    assert all(t.disable_red and t.mime_type == "audio/opus" for t in infos[-1].tracks)
    return [track.name for track in infos[-1].tracks]


def test_slots_are_tracks_that_every_client_receives() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        open_slots(stage.room, 4, direct=True)
        await mara.settle()
        answer = await mara.offer()
        assert _track_names(mara) == ["slot-1", "slot-2", "slot-3", "slot-4"]
        opened = stage.worker.of(OpenSlots)
        assert [(o.room, o.direct) for o in opened] == [(CALL, True)]
        assert stage.room.slots is not None
        assert tuple(stage.room.slots.tracks) == opened[0].ups
        assert {c.up for c in stage.worker.of(AddDown) if c.leg == mara.sid} == set(opened[0].ups)
        sending = sections_of(answer, Direction.SENDONLY)
        assert len({s.msid.stream for s in sending if s.msid}) == 4
        assert stage.worker.of(AddUp) == []

    play(story)


def test_who_comes_later_finds_them() -> None:
    async def story(stage: Stage) -> None:
        open_slots(stage.room, 4, direct=True)
        mara = await stage.join("mara")
        await mara.settle()
        assert _track_names(mara) == [name_of(place) for place in range(4)]
        assert len(stage.worker.of(AddDown)) == 4
        assert [type(c) for c in stage.worker.commands].count(OpenSlots) == 1

    play(story)


def test_they_are_nobody() -> None:
    async def story(stage: Stage) -> None:
        open_slots(stage.room, 4, direct=True)
        assert stage.kinds() == []
        await stage.join("mara")
        assert stage.room.info().num_participants == 1
        assert stage.room.of(IDENTITY) is None
        assert stage.kinds() == ["started", "joined mara"]
        stage.clock.turn(1000)

    play(story)


def test_an_empty_call_with_slots_ends() -> None:
    async def story(stage: Stage) -> None:
        open_slots(stage.room, 4, direct=True)
        stage.clock.turn(1000)
        stage.calls.tick()
        assert stage.calls.rooms == {}

    play(story)


def test_direct_sound_of_microphones_ends_for_good_and_cameras_go_on() -> None:
    async def story(stage: Stage) -> None:
        mara, juno = await stage.call("mara", "juno")
        microphone = await mara.publish(TrackSource.MICROPHONE, "mic")
        camera = await mara.publish(TrackSource.CAMERA, "cam")
        await juno.settle()
        assert microphones(stage.room) == 1
        open_slots(stage.room, 4, direct=True)
        assert microphone in juno.participant.subscriptions
        open_slots(stage.room, 4, direct=False)
        open_slots(stage.room, 4, direct=True)
        assert microphone not in juno.participant.subscriptions
        assert camera in juno.participant.subscriptions
        assert [o.direct for o in stage.worker.of(OpenSlots)] == [True, False]
        await juno.settle()
        late = await stage.join("late")
        assert microphone not in late.participant.subscriptions
        assert mara.participant.present().publishes == {Source.MICROPHONE, Source.CAMERA}

    play(story)


def test_who_is_in_a_slot_is_told_to_clients_and_kept_for_those_who_come() -> None:
    async def story(stage: Stage) -> None:
        fill(stage.room, 2, "juno")
        open_slots(stage.room, 4, direct=True)
        fill(stage.room, 0, "tester")
        assert stage.worker.of(SendData) == []
        await stage.join("mara")
        fill(stage.room, 2, "juno")
        fill(stage.room, 1, "tester", ["mara"])
        fill(stage.room, 0, "")
        packets = [DataPacket.FromString(c.packet).user for c in stage.worker.of(SendData)]
        assert {packet.topic for packet in packets} == {TOPIC}
        assert [json.loads(packet.payload) for packet in packets] == [
            {"slot": 3, "identity": "juno"},
            {"slot": 2, "identity": "tester", "whisper": True},
            {"slot": 1, "identity": ""},
        ]
        assert [bool(c.to) for c in stage.worker.of(SendData)] == [False, True, False]
        late = await stage.join("late")
        joined = late.heard[0].join.other_participants
        voice = next(info for info in joined if info.identity == IDENTITY)
        assert dict(voice.attributes) == {"slot-3": "juno"}

    play(story)


def test_after_the_death_of_the_worker_the_same_slots_are_opened_anew() -> None:
    async def story(stage: Stage) -> None:
        open_slots(stage.room, 4, direct=True)
        mara = await stage.join("mara")
        stage.reports.worker_died(stage.worker)
        stage.worker.generation = 2
        stage.reports.worker_started(stage.worker)
        assert "leave" in await mara.closed()
        again = await stage.join("mara")
        await again.settle()
        first, second = stage.worker.of(OpenSlots)
        assert first == second
        assert _track_names(again) == [name_of(place) for place in range(4)]
        assert len([c for c in stage.worker.of(AddDown) if c.leg == again.sid]) == 4

    play(story)
