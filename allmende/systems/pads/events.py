"""What happened to pads. Never what is in them."""

from dataclasses import dataclass

from allmende.core.events import Fact, Signal
from allmende.core.ids import PadId, RoomId


@dataclass(frozen=True, slots=True, kw_only=True)
class PadCreated(Fact):
    """A pad is there."""

    pad_id: PadId


@dataclass(frozen=True, slots=True, kw_only=True)
class PadEdited(Fact):
    """Somebody wrote in a pad; told at most once in five minutes for one pad."""

    pad_id: PadId


@dataclass(frozen=True, slots=True, kw_only=True)
class PadRevisionNamed(Fact):
    """A state of the text got a name and stays."""

    pad_id: PadId
    keyframe_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PadLocked(Fact):
    """A pad became read-only for all but its admins, or open again."""

    pad_id: PadId
    locked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PadRestored(Fact):
    """An earlier state was restored; the one before is kept as a keyframe."""

    pad_id: PadId


@dataclass(frozen=True, slots=True, kw_only=True)
class PadRightsChanged(Fact):
    """A link, a policy or the generation changed: open editors are asked again."""

    pad_id: PadId


@dataclass(frozen=True, slots=True, kw_only=True)
class PadExpired(Fact):
    """A pad ended because nobody wrote in it; deleted in the same change."""

    pad_id: PadId


@dataclass(frozen=True, slots=True, kw_only=True)
class PadDeleted(Fact):
    """A pad was deleted by somebody, with everything of it."""

    pad_id: PadId


@dataclass(frozen=True, slots=True, kw_only=True)
class PadPeopleChanged(Signal):
    """How many have a pad open. ``room_id`` None: it belongs to no room."""

    pad_id: PadId
    room_id: RoomId | None
    people: int


FACTS = (
    PadCreated,
    PadEdited,
    PadRevisionNamed,
    PadLocked,
    PadRestored,
    PadRightsChanged,
    PadExpired,
    PadDeleted,
)
