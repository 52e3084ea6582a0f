import pytest

from allmende.core.errors import InvalidInput, NotFound, QuotaExceeded
from allmende.media.signal.admission import admit, read_request
from allmende.protocols.livekit.join_request import write_join_request
from allmende.protocols.livekit.messages import JoinRequest
from allmende.protocols.livekit.token import Grants
from tests.media.signal.stage import Stage, play

GRANTS = Grants(identity="mara", room="r7")


def test_a_join_request_is_read_or_refused_in_words() -> None:
    request = JoinRequest(reconnect=True)
    assert read_request(write_join_request(request)) == request
    with pytest.raises(InvalidInput):
        read_request("%")
    with pytest.raises(QuotaExceeded):
        read_request("A" * 65_537)


def test_there_is_no_room_but_an_open_one() -> None:
    with pytest.raises(NotFound):
        admit(None, GRANTS, JoinRequest())


def test_an_open_room_admits_whom_it_expects() -> None:
    async def story(stage: Stage) -> None:
        stage.room.invite("mara", 0.0, 1.0)
        admission = admit(stage.room, GRANTS, JoinRequest())
        assert admission.room is stage.room

    play(story)


def test_a_token_of_an_earlier_call_of_the_same_name_opens_nothing() -> None:
    async def story(stage: Stage) -> None:
        with pytest.raises(NotFound):
            admit(stage.room, GRANTS, JoinRequest())

    play(story)
