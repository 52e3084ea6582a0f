from allmende.core.ports.conference import CallEventKind
from allmende.media.control import Ping
from allmende.media.signal.room import attributes_after
from allmende.protocols.livekit.messages import SignalResponse, TrackSource
from tests.media.signal.stage import CALL, Stage, play


def test_a_room_shows_how_many_are_there() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        await stage.join("juno", up=False)
        await mara.publish(TrackSource.CAMERA, "cam")
        info = stage.room.info()
        assert (info.name, info.num_participants, info.num_publishers) == (CALL, 1, 1)
        assert info.max_participants == 20
        assert info.creation_time_ms // 1000 == info.creation_time
        assert stage.room.cameras() == 1

    play(story)


def test_a_broadcast_reaches_everybody() -> None:
    async def story(stage: Stage) -> None:
        people = await stage.call("mara", "juno")
        stage.room.broadcast(SignalResponse(pong=77))
        for person in people:
            assert await person.until("pong") == 77

    play(story)


def test_commands_for_legs_of_a_dead_worker_are_not_sent() -> None:
    async def story(stage: Stage) -> None:
        mara = await stage.join("mara")
        stage.room.tell(mara.participant, Ping(id=0))
        stage.worker.generation += 1
        stage.room.tell(mara.participant, Ping(id=0))
        assert len(stage.worker.of(Ping)) == 1

    play(story)


def test_a_call_starts_once_with_its_first_participant() -> None:
    async def story(stage: Stage) -> None:
        stage.room.happened(CallEventKind.JOINED, "mara")
        stage.room.happened(CallEventKind.JOINED, "juno")
        assert stage.kinds() == ["started", "joined mara", "joined juno"]

    play(story)


def test_an_empty_value_removes_an_attribute() -> None:
    assert attributes_after({"a": "1", "b": "2"}, {"b": "", "c": "3"}) == {"a": "1", "c": "3"}


def test_only_expected_people_keep_a_room_open() -> None:
    async def story(stage: Stage) -> None:
        stage.room.invite("mara", 0.0, 10)
        stage.room.invite("juno", 11.0, 10)
        assert set(stage.room.invited) == {"", "juno"}

    play(story)
