"""What people say and choose: texts, items of menus, who hears a whisper."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated

from allmende.protocols.mumble.protobuf import BOOL, BYTES, STRING, UINT32
from allmende.protocols.mumble.table import Enumerated, Many, Nested, One


class ActionContext(IntEnum):
    """Menus that an item may be in; bits."""

    SERVER = 1
    CHANNEL = 2
    USER = 4


class ActionOperation(IntEnum):
    """What happens to the item of a menu."""

    ADD = 0
    REMOVE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMessage:
    """A text to sessions, channels, or channels with all below them."""

    actor: Annotated[int | None, One(1, UINT32)] = None
    session: Annotated[Sequence[int], Many(2, UINT32)] = ()
    channel_id: Annotated[Sequence[int], Many(3, UINT32)] = ()
    tree_id: Annotated[Sequence[int], Many(4, UINT32)] = ()
    message: Annotated[str, One(5, STRING)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextActionModify:
    """An item of a menu comes or goes. ``context``: bits of ActionContext."""

    action: Annotated[str, One(1, STRING)]
    text: Annotated[str | None, One(2, STRING)] = None
    context: Annotated[int | None, One(3, UINT32)] = None
    operation: Annotated[ActionOperation | None, One(4, Enumerated(ActionOperation))] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextAction:
    """An item of a menu was chosen."""

    session: Annotated[int | None, One(1, UINT32)] = None
    channel_id: Annotated[int | None, One(2, UINT32)] = None
    action: Annotated[str, One(3, STRING)]


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceTargetEntry:
    """Sessions, or a channel with what hangs on it."""

    session: Annotated[Sequence[int], Many(1, UINT32)] = ()
    channel_id: Annotated[int | None, One(2, UINT32)] = None
    group: Annotated[str | None, One(3, STRING)] = None
    links: Annotated[bool | None, One(4, BOOL)] = None
    children: Annotated[bool | None, One(5, BOOL)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceTarget:
    """Who hears target ``id``."""

    id: Annotated[int | None, One(1, UINT32)] = None
    targets: Annotated[Sequence[VoiceTargetEntry], Many(2, Nested(VoiceTargetEntry))] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginDataTransmission:
    """From plugin to plugin; we carry none."""

    sender_session: Annotated[int | None, One(1, UINT32)] = None
    receiver_sessions: Annotated[Sequence[int], Many(2, UINT32)] = ()
    data: Annotated[bytes | None, One(3, BYTES)] = None
    data_id: Annotated[str | None, One(4, STRING)] = None
