"""Channels, and who may do what in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated

from allmende.protocols.mumble.protobuf import BOOL, BYTES, INT32, STRING, UINT32
from allmende.protocols.mumble.table import Enumerated, Many, Nested, One


class DenyType(IntEnum):
    """Why something is refused."""

    TEXT = 0
    PERMISSION = 1
    SUPER_USER = 2
    CHANNEL_NAME = 3
    TEXT_TOO_LONG = 4
    H9K = 5
    TEMPORARY_CHANNEL = 6
    MISSING_CERTIFICATE = 7
    USER_NAME = 8
    CHANNEL_FULL = 9
    NESTING_LIMIT = 10
    CHANNEL_COUNT_LIMIT = 11
    CHANNEL_LISTENER_LIMIT = 12
    USER_LISTENER_LIMIT = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRemove:
    """A channel goes, or shall go."""

    channel_id: Annotated[int, One(1, UINT32)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """A channel as it is, or shall be."""

    channel_id: Annotated[int | None, One(1, UINT32)] = None
    parent: Annotated[int | None, One(2, UINT32)] = None
    name: Annotated[str | None, One(3, STRING)] = None
    links: Annotated[Sequence[int], Many(4, UINT32)] = ()
    description: Annotated[str | None, One(5, STRING)] = None
    links_add: Annotated[Sequence[int], Many(6, UINT32)] = ()
    links_remove: Annotated[Sequence[int], Many(7, UINT32)] = ()
    temporary: Annotated[bool | None, One(8, BOOL)] = None
    position: Annotated[int | None, One(9, INT32)] = None
    description_hash: Annotated[bytes | None, One(10, BYTES)] = None
    max_users: Annotated[int | None, One(11, UINT32)] = None
    is_enter_restricted: Annotated[bool | None, One(12, BOOL)] = None
    can_enter: Annotated[bool | None, One(13, BOOL)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionDenied:
    """What was asked for is not done."""

    permission: Annotated[int | None, One(1, UINT32)] = None
    channel_id: Annotated[int | None, One(2, UINT32)] = None
    session: Annotated[int | None, One(3, UINT32)] = None
    reason: Annotated[str | None, One(4, STRING)] = None
    type: Annotated[DenyType | None, One(5, Enumerated(DenyType))] = None
    name: Annotated[str | None, One(6, STRING)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChanGroup:
    """A group of an ACL."""

    name: Annotated[str, One(1, STRING)]
    inherited: Annotated[bool | None, One(2, BOOL)] = None
    inherit: Annotated[bool | None, One(3, BOOL)] = None
    inheritable: Annotated[bool | None, One(4, BOOL)] = None
    add: Annotated[Sequence[int], Many(5, UINT32)] = ()
    remove: Annotated[Sequence[int], Many(6, UINT32)] = ()
    inherited_members: Annotated[Sequence[int], Many(7, UINT32)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChanACL:
    """A rule of an ACL."""

    apply_here: Annotated[bool | None, One(1, BOOL)] = None
    apply_subs: Annotated[bool | None, One(2, BOOL)] = None
    inherited: Annotated[bool | None, One(3, BOOL)] = None
    user_id: Annotated[int | None, One(4, UINT32)] = None
    group: Annotated[str | None, One(5, STRING)] = None
    grant: Annotated[int | None, One(6, UINT32)] = None
    deny: Annotated[int | None, One(7, UINT32)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ACL:
    """Who may do what in a channel; asked for with ``query``."""

    channel_id: Annotated[int, One(1, UINT32)]
    inherit_acls: Annotated[bool | None, One(2, BOOL)] = None
    groups: Annotated[Sequence[ChanGroup], Many(3, Nested(ChanGroup))] = ()
    acls: Annotated[Sequence[ChanACL], Many(4, Nested(ChanACL))] = ()
    query: Annotated[bool | None, One(5, BOOL)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionQuery:
    """What may be done in a channel. ``flush``: forget what was known of others."""

    channel_id: Annotated[int | None, One(1, UINT32)] = None
    permissions: Annotated[int | None, One(2, UINT32)] = None
    flush: Annotated[bool | None, One(3, BOOL)] = None
