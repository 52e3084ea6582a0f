"""What moderation says to the worker about clients of LiveKit."""

from allmende.core.ports.conference import Rights, Source
from allmende.media.control import CloseLeg, LegRights, SetRights
from allmende.media.signal.ends import ClientEnd, End
from allmende.protocols.livekit.messages import DisconnectReason


def test_a_client_is_closed_restricted_and_muted_by_its_tracks() -> None:
    end: End = ClientEnd()
    assert end.offers
    assert end.closing("PA_x") == CloseLeg(id=0, leg="PA_x")
    rights = LegRights(sources=("microphone",), data=False, subscribe=True, suppressed=True)
    given = Rights(sources=frozenset({Source.MICROPHONE}), data=False, suppressed=True)
    assert end.restricting("PA_x", given) == SetRights(id=0, leg="PA_x", rights=rights)
    assert end.muting(Source.MICROPHONE) is None
    end.restricted(given)
    end.muted(Source.MICROPHONE)
    end.ranked()
    end.ended(DisconnectReason.ROOM_DELETED)
