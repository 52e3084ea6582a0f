"""Who receives which track: wishes of the receiver, leave of the sender, rights."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from allmende.media.control import SetDown
from allmende.media.signal.answer import DownWanted
from allmende.media.signal.limits import MAX_SUBSCRIPTION_CHANGES
from allmende.media.signal.tracks import Track
from allmende.protocols.livekit.messages import (
    SubscriptionPermission,
    UpdateTrackSettings,
    VideoQuality,
)


@dataclass(slots=True, eq=False)
class Subscription:
    """One track to one participant. ``mid``: its section, '' while it waits for one.

    ``opened``: the worker knows the down. ``failed``: no section of the client fits.
    """

    down: str
    track: Track
    ssrc: int
    settings: SetDown
    mid: str = ""
    opened: bool = False
    failed: bool = False

    def wanted(self, *, split: bool) -> DownWanted:
        """Return what the answer has to know."""
        return DownWanted(
            sid=self.track.sid,
            kind=self.track.kind,
            stream=self.track.stream(split=split),
            ssrc=self.ssrc,
            mid=self.mid,
        )


@dataclass(slots=True)
class Wishes:
    """What a participant wants to receive, besides what comes by itself."""

    auto: bool = True
    explicit: dict[str, bool] = field(default_factory=dict)

    def wants(self, track_sid: str, *, by_itself: bool = True) -> bool:
        """Whether the track is wanted. ``by_itself``: it is for all who do not say otherwise."""
        return self.explicit.get(track_sid, self.auto and by_itself)

    def change(self, track_sids: Iterable[str], *, subscribe: bool) -> None:
        """Take a ``subscription`` message. The oldest wishes go when there are too many."""
        for sid in track_sids:
            self.explicit.pop(sid, None)
            self.explicit[sid] = subscribe
        while len(self.explicit) > MAX_SUBSCRIPTION_CHANGES:
            del self.explicit[next(iter(self.explicit))]


@dataclass(slots=True)
class Audience:
    """Who may receive the tracks of a participant (``subscription_permission``)."""

    everybody: bool = True
    by_identity: dict[str, frozenset[str] | None] = field(default_factory=dict)

    def admits(self, identity: str, sid: str, track_sid: str) -> bool:
        """Whether that participant may receive that track; None in the table: all tracks."""
        if self.everybody:
            return True
        for key in (identity, sid):
            if key in self.by_identity:
                tracks = self.by_identity[key]
                return tracks is None or track_sid in tracks
        return False

    @classmethod
    def of(cls, message: SubscriptionPermission) -> "Audience":
        """Read the message."""
        table: dict[str, frozenset[str] | None] = {}
        for given in message.track_permissions[:MAX_SUBSCRIPTION_CHANGES]:
            key = given.participant_identity or given.participant_sid
            table[key] = None if given.all_tracks else frozenset(given.track_sids)
        return cls(everybody=message.all_participants, by_identity=table)


def first_settings(down: str, track: Track, *, adaptive: bool) -> SetDown:
    """Return what a new down begins with: small if the client will say what it shows."""
    small = adaptive and track.kind == "video"
    return SetDown(id=0, down=down, disabled=False, quality=0 if small else 2)


def changed_settings(settings: SetDown, message: UpdateTrackSettings) -> SetDown:
    """Return ``settings`` as the client now wants them."""
    quality = min(message.quality, VideoQuality.HIGH)
    return SetDown(
        id=0,
        down=settings.down,
        disabled=message.disabled or message.quality == VideoQuality.OFF,
        width=min(message.width, 16384),
        height=min(message.height, 16384),
        fps=min(message.fps, 240),
        quality=2 if message.width and message.height else quality,
        priority=min(message.priority, 255),
    )


def waiting(subscriptions: Iterable[Subscription]) -> Sequence[Subscription]:
    """Return those without a section that may still get one."""
    return [sub for sub in subscriptions if not sub.mid and not sub.failed]
