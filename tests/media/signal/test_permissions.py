import pytest

from allmende.core.ports.conference import ALL_SOURCES, Rights, Source
from allmende.media.control import LegRights
from allmende.media.signal.permissions import leg_rights, permission, rights_of, source_of
from allmende.protocols.livekit.messages import TrackSource
from allmende.protocols.livekit.token import Grants

GUEST = Rights(sources=frozenset({Source.MICROPHONE}), data=False, suppressed=True)


def test_a_token_gives_rights() -> None:
    grants = Grants(identity="m", room="r", sources=("microphone",), data=False)
    assert rights_of(grants) == Rights(sources=GUEST.sources, data=False)
    assert rights_of(Grants(identity="m", room="r")).sources == ALL_SOURCES


def test_the_worker_gets_flags() -> None:
    assert leg_rights(GUEST) == LegRights(("microphone",), False, True, True)


def test_clients_are_shown_what_they_may_publish() -> None:
    shown = permission(GUEST)
    assert list(shown.can_publish_sources) == [TrackSource.MICROPHONE]
    assert shown.can_publish
    assert shown.can_subscribe
    assert not shown.can_publish_data
    assert not shown.hidden
    assert not shown.can_update_metadata
    assert not permission(Rights(sources=frozenset())).can_publish


@pytest.mark.parametrize("source", list(Source))
def test_every_source_has_its_word(source: Source) -> None:
    (theirs,) = permission(Rights(sources=frozenset({source}))).can_publish_sources
    assert source_of(theirs) is source


def test_an_unknown_source_is_none_of_ours() -> None:
    assert source_of(TrackSource.UNKNOWN) is None
