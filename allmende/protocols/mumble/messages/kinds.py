"""Which kind of frame holds which message; read and written."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from allmende.protocols.mumble.errors import MumbleMalformed
from allmende.protocols.mumble.messages.channel import (
    ACL,
    ChannelRemove,
    ChannelState,
    PermissionDenied,
    PermissionQuery,
)
from allmende.protocols.mumble.messages.person import (
    BanList,
    QueryUsers,
    RequestBlob,
    UserList,
    UserRemove,
    UserState,
    UserStats,
)
from allmende.protocols.mumble.messages.session import (
    Authenticate,
    CodecVersion,
    CryptSetup,
    Ping,
    Reject,
    ServerConfig,
    ServerSync,
    SuggestConfig,
    Version,
)
from allmende.protocols.mumble.messages.speech import (
    ContextAction,
    ContextActionModify,
    PluginDataTransmission,
    TextMessage,
    VoiceTarget,
)
from allmende.protocols.mumble.table import Table

Message = (
    Version
    | Authenticate
    | Ping
    | Reject
    | ServerSync
    | ChannelRemove
    | ChannelState
    | UserRemove
    | UserState
    | BanList
    | TextMessage
    | PermissionDenied
    | ACL
    | QueryUsers
    | CryptSetup
    | ContextActionModify
    | ContextAction
    | UserList
    | VoiceTarget
    | PermissionQuery
    | CodecVersion
    | UserStats
    | RequestBlob
    | ServerConfig
    | SuggestConfig
    | PluginDataTransmission
)

UDP_TUNNEL: Final = 1
"""The kind of frame that carries a voice packet as it is."""

KINDS: Final[Mapping[int, type[Message]]] = MappingProxyType(
    {
        0: Version,
        2: Authenticate,
        3: Ping,
        4: Reject,
        5: ServerSync,
        6: ChannelRemove,
        7: ChannelState,
        8: UserRemove,
        9: UserState,
        10: BanList,
        11: TextMessage,
        12: PermissionDenied,
        13: ACL,
        14: QueryUsers,
        15: CryptSetup,
        16: ContextActionModify,
        17: ContextAction,
        18: UserList,
        19: VoiceTarget,
        20: PermissionQuery,
        21: CodecVersion,
        22: UserStats,
        23: RequestBlob,
        24: ServerConfig,
        25: SuggestConfig,
        26: PluginDataTransmission,
    }
)
"""What a frame of each kind holds, but UDP_TUNNEL."""

_KIND_OF: Final[Mapping[type[Message], int]] = {message: kind for kind, message in KINDS.items()}
_TABLES: Final[Mapping[int, Table[Any]]] = {kind: Table(cls) for kind, cls in KINDS.items()}


class UnknownKind(MumbleMalformed):
    """A kind of frame that this version of the protocol does not have."""


def kind_of(message: Message) -> int:
    """Return the kind of frame that ``message`` goes into."""
    return _KIND_OF[type(message)]


def decode(kind: int, payload: bytes) -> Message:
    """Return what a frame says. Raises UnknownKind for those not in KINDS, MumbleMalformed."""
    table = _TABLES.get(kind)
    if table is None:
        raise UnknownKind("a kind of frame that nobody knows")
    message: Message = table.decode(payload)
    return message


def encode(message: Message) -> bytes:
    """Return the payload of the frame that ``message`` goes into."""
    return _TABLES[kind_of(message)].encode(message)
