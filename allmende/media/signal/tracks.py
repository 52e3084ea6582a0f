"""What a participant publishes: from the request to the shown information."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from allmende.core.ports.conference import Rights, Source
from allmende.media.signal.answer import UpWanted
from allmende.media.signal.limits import MAX_TEXT, MAX_TRACKS
from allmende.media.signal.permissions import source_of
from allmende.media.signal.sids import new_sid
from allmende.protocols.livekit.messages import (
    AddTrackRequest,
    RequestResponse,
    SimulcastCodecInfo,
    TrackInfo,
    TrackSource,
    TrackType,
    VideoLayer,
    VideoQuality,
)

_RID_OF: Final = {VideoQuality.LOW: "q", VideoQuality.MEDIUM: "h", VideoQuality.HIGH: "f"}
_VIDEO: Final = (Source.CAMERA, Source.SCREEN_SHARE)
_MAX_LAYERS: Final = 3
_MAX_CODECS: Final = 4


@dataclass(slots=True, eq=False)
class Track:
    """A track of a participant. ``mid``: its section, '' before the offer that carries it.

    ``up`` once the worker knows it; ``announced`` once others are told; ``heard`` once
    somebody received it.
    """

    owner: str
    cids: frozenset[str]
    source: Source
    info: TrackInfo
    mid: str = ""
    up: bool = False
    announced: bool = False
    rids: tuple[str, ...] = ()
    heard: bool = False

    @property
    def sid(self) -> str:
        """``TR_..``, also the name of the up in the worker."""
        return self.info.sid

    @property
    def kind(self) -> str:
        """``audio`` or ``video``, as in SDP."""
        return "video" if self.info.type == TrackType.VIDEO else "audio"

    def stream(self, *, split: bool) -> str:
        """Return the stream of its msid. ``split``: one stream a track (Firefox)."""
        name = self.sid if split or not self.info.stream else self.info.stream
        return f"{self.owner}|{name}"

    def wanted(self) -> UpWanted:
        """Return what the answer has to know."""
        return UpWanted(
            sid=self.sid,
            kind=self.kind,
            cids=self.cids,
            mid=self.mid,
            red=not self.info.disable_red,
            dtx=not self.info.disable_dtx,
            stereo=self.info.stereo,
        )


def refusal(
    request: AddTrackRequest, rights: Rights, tracks: Collection[Track], *, cameras_left: bool
) -> "RequestResponse.Reason | None":
    """Return why ``request`` cannot be met, or None."""
    reasons = RequestResponse
    source = source_of(request.source)
    if source is None or source not in rights.sources:
        return reasons.NOT_ALLOWED
    if request.type != (TrackType.VIDEO if source in _VIDEO else TrackType.AUDIO):
        return reasons.INVALID_REQUEST
    if not request.cid or max(len(request.cid), len(request.name), len(request.stream)) > MAX_TEXT:
        return reasons.INVALID_REQUEST
    if len(tracks) >= MAX_TRACKS:
        return reasons.LIMIT_EXCEEDED
    if source is Source.CAMERA and (
        not cameras_left or any(track.source is Source.CAMERA for track in tracks)
    ):
        return reasons.LIMIT_EXCEEDED
    return None


def make_track(request: AddTrackRequest, owner: str) -> Track:
    """Return the track of a request that ``refusal`` has nothing against."""
    video = request.type == TrackType.VIDEO
    info = TrackInfo(
        sid=new_sid("TR_"),
        type=request.type,
        source=request.source,
        name=request.name,
        muted=request.muted,
        width=request.width,
        height=request.height,
        simulcast=len(request.layers) > 1,
        disable_dtx=request.disable_dtx,
        disable_red=request.disable_red or video,
        stereo=request.stereo,
        encryption=request.encryption,
        stream=request.stream or _stream_of(request.source),
        audio_features=list(dict.fromkeys(request.audio_features))[:16],
        mime_type="video/VP8" if video else _audio_mime(request),
    )
    if video:
        layers = [_layer(layer) for layer in request.layers[:_MAX_LAYERS]]
        info.layers.extend(layers)
        codec = SimulcastCodecInfo(mime_type=info.mime_type, cid=request.cid, layers=layers)
        info.codecs.append(codec)
    cids = {request.cid, *(codec.cid for codec in request.simulcast_codecs[:_MAX_CODECS])}
    source = source_of(request.source)
    if source is None:
        raise ValueError("make_track needs a request that was checked")
    return Track(owner=owner, cids=frozenset(cids - {""}), source=source, info=info)


def _audio_mime(request: AddTrackRequest) -> str:
    return "audio/opus" if request.disable_red else "audio/red"


def _layer(layer: VideoLayer) -> VideoLayer:
    return VideoLayer(
        quality=layer.quality,
        width=layer.width,
        height=layer.height,
        bitrate=layer.bitrate,
        rid=_RID_OF.get(layer.quality, ""),
    )


def _stream_of(source: TrackSource) -> str:
    share = (TrackSource.SCREEN_SHARE, TrackSource.SCREEN_SHARE_AUDIO)
    return "screen" if source in share else "camera"
