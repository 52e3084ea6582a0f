"""People: where they are, how their connection does, what is known of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from allmende.protocols.mumble.messages.session import Version
from allmende.protocols.mumble.protobuf import BOOL, BYTES, FLOAT, INT32, STRING, UINT32
from allmende.protocols.mumble.table import Many, Nested, One


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRemove:
    """Somebody goes, or shall go."""

    session: Annotated[int, One(1, UINT32)]
    actor: Annotated[int | None, One(2, UINT32)] = None
    reason: Annotated[str | None, One(3, STRING)] = None
    ban: Annotated[bool | None, One(4, BOOL)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeAdjustment:
    """How loud a listener wants a channel."""

    listening_channel: Annotated[int | None, One(1, UINT32)] = None
    volume_adjustment: Annotated[float | None, One(2, FLOAT)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserState:
    """Somebody as they are, or shall be."""

    session: Annotated[int | None, One(1, UINT32)] = None
    actor: Annotated[int | None, One(2, UINT32)] = None
    name: Annotated[str | None, One(3, STRING)] = None
    user_id: Annotated[int | None, One(4, UINT32)] = None
    channel_id: Annotated[int | None, One(5, UINT32)] = None
    mute: Annotated[bool | None, One(6, BOOL)] = None
    deaf: Annotated[bool | None, One(7, BOOL)] = None
    suppress: Annotated[bool | None, One(8, BOOL)] = None
    self_mute: Annotated[bool | None, One(9, BOOL)] = None
    self_deaf: Annotated[bool | None, One(10, BOOL)] = None
    texture: Annotated[bytes | None, One(11, BYTES)] = None
    plugin_context: Annotated[bytes | None, One(12, BYTES)] = None
    plugin_identity: Annotated[str | None, One(13, STRING)] = None
    comment: Annotated[str | None, One(14, STRING)] = None
    hash: Annotated[str | None, One(15, STRING)] = None
    comment_hash: Annotated[bytes | None, One(16, BYTES)] = None
    texture_hash: Annotated[bytes | None, One(17, BYTES)] = None
    priority_speaker: Annotated[bool | None, One(18, BOOL)] = None
    recording: Annotated[bool | None, One(19, BOOL)] = None
    temporary_access_tokens: Annotated[Sequence[str], Many(20, STRING)] = ()
    listening_channel_add: Annotated[Sequence[int], Many(21, UINT32)] = ()
    listening_channel_remove: Annotated[Sequence[int], Many(22, UINT32)] = ()
    listening_volume_adjustment: Annotated[
        Sequence[VolumeAdjustment], Many(23, Nested(VolumeAdjustment))
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BanEntry:
    """Mumble's ban is of an address; we make none and keep none."""

    address: Annotated[bytes, One(1, BYTES)]
    mask: Annotated[int, One(2, UINT32)]
    name: Annotated[str | None, One(3, STRING)] = None
    hash: Annotated[str | None, One(4, STRING)] = None
    reason: Annotated[str | None, One(5, STRING)] = None
    start: Annotated[str | None, One(6, STRING)] = None
    duration: Annotated[int | None, One(7, UINT32)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BanList:
    """Asked for with ``query``, else to be put in place."""

    bans: Annotated[Sequence[BanEntry], Many(1, Nested(BanEntry))] = ()
    query: Annotated[bool | None, One(2, BOOL)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryUsers:
    """Numbers of registered users and their names, in the same order."""

    ids: Annotated[Sequence[int], Many(1, UINT32)] = ()
    names: Annotated[Sequence[str], Many(2, STRING)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedUser:
    """Somebody registered."""

    user_id: Annotated[int, One(1, UINT32)]
    name: Annotated[str | None, One(2, STRING)] = None
    last_seen: Annotated[str | None, One(3, STRING)] = None
    last_channel: Annotated[int | None, One(4, UINT32)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserList:
    """All who are registered; we have no such list for anybody."""

    users: Annotated[Sequence[ListedUser], Many(1, Nested(ListedUser))] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketStats:
    """Datagrams of one direction."""

    good: Annotated[int | None, One(1, UINT32)] = None
    late: Annotated[int | None, One(2, UINT32)] = None
    lost: Annotated[int | None, One(3, UINT32)] = None
    resync: Annotated[int | None, One(4, UINT32)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserStats:
    """How somebody's connection does. We never fill ``address``."""

    session: Annotated[int | None, One(1, UINT32)] = None
    stats_only: Annotated[bool | None, One(2, BOOL)] = None
    certificates: Annotated[Sequence[bytes], Many(3, BYTES)] = ()
    from_client: Annotated[PacketStats | None, One(4, Nested(PacketStats))] = None
    from_server: Annotated[PacketStats | None, One(5, Nested(PacketStats))] = None
    udp_packets: Annotated[int | None, One(6, UINT32)] = None
    tcp_packets: Annotated[int | None, One(7, UINT32)] = None
    udp_ping_avg: Annotated[float | None, One(8, FLOAT)] = None
    udp_ping_var: Annotated[float | None, One(9, FLOAT)] = None
    tcp_ping_avg: Annotated[float | None, One(10, FLOAT)] = None
    tcp_ping_var: Annotated[float | None, One(11, FLOAT)] = None
    version: Annotated[Version | None, One(12, Nested(Version))] = None
    celt_versions: Annotated[Sequence[int], Many(13, INT32)] = ()
    address: Annotated[bytes | None, One(14, BYTES)] = None
    bandwidth: Annotated[int | None, One(15, UINT32)] = None
    onlinesecs: Annotated[int | None, One(16, UINT32)] = None
    idlesecs: Annotated[int | None, One(17, UINT32)] = None
    strong_certificate: Annotated[bool | None, One(18, BOOL)] = None
    opus: Annotated[bool | None, One(19, BOOL)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBlob:
    """Asks for what was told by hash only."""

    session_texture: Annotated[Sequence[int], Many(1, UINT32)] = ()
    session_comment: Annotated[Sequence[int], Many(2, UINT32)] = ()
    channel_description: Annotated[Sequence[int], Many(3, UINT32)] = ()
