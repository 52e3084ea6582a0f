import pytest

from allmende.media.signal.tracks import make_track
from allmende.protocols.livekit.messages import (
    AddTrackRequest,
    Encryption,
    TrackSource,
    TrackType,
    VideoLayer,
    VideoQuality,
)

CAMERA = AddTrackRequest(
    cid="cam",
    type=TrackType.VIDEO,
    source=TrackSource.CAMERA,
    width=1280,
    height=720,
    layers=[
        VideoLayer(quality=quality, width=width, height=width * 9 // 16, bitrate=1)
        for quality, width in (
            (VideoQuality.LOW, 320),
            (VideoQuality.MEDIUM, 640),
            (VideoQuality.HIGH, 1280),
            (VideoQuality.HIGH, 9),
        )
    ],
    simulcast_codecs=[{"codec": "vp9", "cid": "other"}, {"codec": "x"}],
    encryption=Encryption.GCM,
)


def test_a_camera_is_vp8_in_up_to_three_layers() -> None:
    track = make_track(CAMERA, "PA_x")
    info = track.info
    assert info.sid.startswith("TR_")
    assert (info.mime_type, info.simulcast, info.stream) == ("video/VP8", True, "camera")
    assert [(layer.rid, layer.width) for layer in info.layers] == [
        ("q", 320),
        ("h", 640),
        ("f", 1280),
    ]
    assert [(codec.mime_type, codec.cid) for codec in info.codecs] == [("video/VP8", "cam")]
    assert info.encryption == Encryption.GCM
    assert track.cids == {"cam", "other"}
    assert track.kind == "video"
    assert not track.wanted().red


@pytest.mark.parametrize(("disable_red", "mime"), [(False, "audio/red"), (True, "audio/opus")])
def test_a_microphone_has_red_unless_it_is_not_wanted(disable_red: bool, mime: str) -> None:
    request = AddTrackRequest(
        cid="mic",
        source=TrackSource.MICROPHONE,
        disable_red=disable_red,
        stereo=True,
        disable_dtx=True,
    )
    track = make_track(request, "PA_x")
    assert track.info.mime_type == mime
    wanted = track.wanted()
    assert (wanted.red, wanted.dtx, wanted.stereo) == (not disable_red, False, True)


def test_streams_join_what_belongs_together() -> None:
    share = AddTrackRequest(cid="tab", source=TrackSource.SCREEN_SHARE_AUDIO)
    track = make_track(share, "PA_x")
    assert track.stream(split=False) == "PA_x|screen"
    assert track.stream(split=True) == f"PA_x|{track.sid}"


def test_only_checked_requests_become_tracks() -> None:
    with pytest.raises(ValueError, match="checked"):
        make_track(AddTrackRequest(cid="x"), "PA_x")
