from allmende.media.control import SetDown
from allmende.media.signal.limits import MAX_SUBSCRIPTION_CHANGES
from allmende.media.signal.subscriptions import Audience, Wishes, changed_settings
from allmende.protocols.livekit.messages import (
    SubscriptionPermission,
    TrackPermission,
    UpdateTrackSettings,
    VideoQuality,
)

NOW = SetDown(id=0, down="d", disabled=False)


def test_what_was_said_of_one_track_is_stronger_than_the_rule() -> None:
    wishes = Wishes(auto=False)
    assert not wishes.wants("t")
    wishes.change(["t"], subscribe=True)
    assert wishes.wants("t")
    wishes.change(["t"], subscribe=False)
    assert not wishes.wants("t")


def test_wishes_are_bounded() -> None:
    wishes = Wishes()
    wishes.change((f"t{n}" for n in range(5000)), subscribe=False)
    assert len(wishes.explicit) == MAX_SUBSCRIPTION_CHANGES
    assert not wishes.wants("t4999")


def test_an_audience_is_people_with_all_or_some_tracks() -> None:
    audience = Audience.of(
        SubscriptionPermission(
            track_permissions=[
                TrackPermission(participant_identity="mara", all_tracks=True),
                TrackPermission(participant_sid="PA_juno", track_sids=["one"]),
            ]
        )
    )
    assert audience.admits("mara", "PA_m", "two")
    assert audience.admits("juno", "PA_juno", "one")
    assert not audience.admits("juno", "PA_juno", "two")
    assert not audience.admits("kim", "PA_kim", "one")
    assert Audience.of(SubscriptionPermission(all_participants=True)).admits("kim", "", "one")


def test_a_size_says_more_than_a_quality() -> None:
    sized = changed_settings(NOW, UpdateTrackSettings(width=320, height=180, priority=999))
    assert (sized.width, sized.height, sized.quality, sized.priority) == (320, 180, 2, 255)
    low = changed_settings(NOW, UpdateTrackSettings(quality=VideoQuality.LOW))
    assert (low.quality, low.disabled) == (0, False)
    off = changed_settings(NOW, UpdateTrackSettings(quality=VideoQuality.OFF))
    assert (off.quality, off.disabled) == (2, True)
    absurd = changed_settings(NOW, UpdateTrackSettings(width=2**32 - 1, height=1, fps=10**6))
    assert (absurd.width, absurd.fps) == (16384, 240)
