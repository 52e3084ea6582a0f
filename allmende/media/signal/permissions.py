"""Rights in three tongues: the port's, LiveKit's protobuf and the worker's flags."""

from typing import Final

from allmende.core.ports.conference import Rights, Source
from allmende.media.control import LegRights
from allmende.protocols.livekit.messages import ParticipantPermission, TrackSource
from allmende.protocols.livekit.token import Grants

_SOURCES: Final = {
    Source.CAMERA: TrackSource.CAMERA,
    Source.MICROPHONE: TrackSource.MICROPHONE,
    Source.SCREEN_SHARE: TrackSource.SCREEN_SHARE,
    Source.SCREEN_SHARE_AUDIO: TrackSource.SCREEN_SHARE_AUDIO,
}


def source_of(source: TrackSource) -> Source | None:
    """Return our word, or None for a source that we do not know."""
    for ours, theirs in _SOURCES.items():
        if theirs == source:
            return ours
    return None


def rights_of(grants: Grants) -> Rights:
    """Return what a token gives."""
    sources = frozenset(Source(source) for source in grants.sources)
    return Rights(sources=sources, data=grants.data, subscribe=grants.subscribe)


def leg_rights(rights: Rights) -> LegRights:
    """Return the flags that the worker checks."""
    return LegRights(
        sources=tuple(sorted(rights.sources)),
        data=rights.data,
        subscribe=rights.subscribe,
        suppressed=rights.suppressed,
    )


def permission(rights: Rights) -> ParticipantPermission:
    """Return what clients are shown. A suppressed microphone stays publishable: it is muted."""
    return ParticipantPermission(
        can_subscribe=rights.subscribe,
        can_publish=bool(rights.sources),
        can_publish_data=rights.data,
        can_publish_sources=[_SOURCES[source] for source in sorted(rights.sources)],
        hidden=False,
        can_update_metadata=False,
    )
