from allmende.protocols.livekit import messages
from allmende.protocols.livekit.messages import Ping, SignalRequest, SignalResponse


def test_all_names_are_there_and_in_order() -> None:
    assert sorted(messages.__all__) == messages.__all__
    assert all(hasattr(messages, name) for name in messages.__all__)


def test_a_frame_is_one_message() -> None:
    request = SignalRequest(ping_req=Ping(timestamp=7))
    assert SignalRequest.FromString(request.SerializeToString()).ping_req.timestamp == 7
    assert SignalResponse(pong=1).WhichOneof("message") == "pong"
