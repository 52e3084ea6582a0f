"""Who may do what with a pad: one function, asked on the connection of the change."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller, Scope
from allmende.core.clock import Clock
from allmende.core.errors import NotAllowed
from allmende.core.groups import Role
from allmende.core.permissions import BY_ROLE, Permission
from allmende.core.rooms import Room
from allmende.identity import access
from allmende.identity.service.lobby import Doors
from allmende.identity.store import credentials, rooms
from allmende.storage.database import Database
from allmende.systems.pads.model.pad import Capability, Pad, PadLink, Whom
from allmende.systems.pads.model.policy import is_over
from allmende.systems.pads.model.sessions import Origin
from allmende.systems.pads.store import links, pads

_BY_PERMISSION: Final = (
    (Permission.PADS_ADMINISTER, Capability.ADMIN),
    (Permission.PADS_EDIT, Capability.EDIT),
    (Permission.PADS_READ, Capability.READ),
)
_ORDER: Final = tuple(Capability)


def capability_of(
    db: Connection, who: Caller, pad: Pad, link: PadLink | None, doors: Doors
) -> Capability | None:
    """Return what ``who`` may do with ``pad``; None: they may not know that it is there.

    The most of: a good link of this pad; what they are in its room, once they were let in, or in
    its group; what its policy gives to whoever has the address. Locked: admins alone write. A
    program whose app password may only read, reads.
    ``link`` counts if it is of this pad; whether it is still good is asked with ``is_good``.
    """
    found = []
    if link is not None and link.pad_id == pad.id:
        found.append(link.capability)
    else:
        found += _by_policy(pad)
    if pad.room_id is not None:
        found += _in_room(db, who, pad, doors)
    elif pad.group_id is not None:
        found += _in_group(db, who, pad)
    if not found:
        return None
    most = max(found, key=_ORDER.index)
    if who.is_program and not who.opens(Scope.PADS):
        return Capability.READ
    return Capability.READ if pad.locked and most is not Capability.ADMIN else most


def is_good(link: PadLink, now: datetime) -> bool:
    """Return whether a link was not taken back and has not ended."""
    return link.revoked_at is None and (link.expires_at is None or now < link.expires_at)


def is_inside(db: Connection, who: Caller, room: Room, doors: Doors) -> bool:
    """Return whether ``who`` may take part behind the door of ``room``: not who waits there."""
    role = access.role_in_room(db, who, room)
    try:
        key = access.key_of(who, room, role)
    except NotAllowed:
        return False
    return doors.is_open_to(
        room,
        key,
        facilitator=Permission.ROOM_FACILITATE in access.rights(db, who, room),
        member=role is not None and role is not Role.GUEST,
    )


def _in_room(db: Connection, who: Caller, pad: Pad, doors: Doors) -> list[Capability]:
    room = None if pad.room_id is None else rooms.find_room(db, pad.room_id)
    if room is None:
        return []
    has = access.rights(db, who, room)
    given = [capability for permission, capability in _BY_PERMISSION if permission in has]
    return given if given and is_inside(db, who, room, doors) else []


def _in_group(db: Connection, who: Caller, pad: Pad) -> list[Capability]:
    """Guests of a group write only where whoever has the address may."""
    role = None if pad.group_id is None else access.role_in_group(db, who, pad.group_id)
    if role is None:
        return []
    given = [capability for permission, capability in _BY_PERMISSION if permission in BY_ROLE[role]]
    if role is Role.GUEST and pad.who_edits is Whom.MEMBERS:
        return [Capability.READ]
    return given


def _by_policy(pad: Pad) -> list[Capability]:
    """What the address alone gives. The address of a room's pad gives nothing."""
    if pad.room_id is not None:
        return []
    if pad.who_edits is Whom.LINK:
        return [Capability.EDIT]
    return [Capability.READ] if pad.who_reads is Whom.LINK else []


class PadRights:
    """Asked by the engine when an editor connects, and again when rights change."""

    def __init__(self, database: Database, doors: Doors, clock: Clock) -> None:
        self._database = database
        self._doors = doors
        self._clock = clock

    async def __call__(self, pad: Pad, origin: Origin) -> Capability | None:
        """Return what somebody may do now who came in before.

        Nothing if their session or app password has ended; a link that is not good any more
        gives nothing, and neither does the address, which they may never have had.
        """
        now = self._clock.now()

        def question(db: Connection) -> Capability | None:
            who, now_pad = origin.who, pads.find_pad(db, pad.id)
            if now_pad is None or is_over(now_pad, now):
                return None
            if not credentials.still_good(db, who, now):
                return None
            link = None
            if origin.link_id is not None:
                link = links.find_link(db, origin.link_id)
                if link is None or not is_good(link, now):
                    link = None
                    now_pad = replace(now_pad, who_edits=Whom.MEMBERS, who_reads=Whom.MEMBERS)
            return capability_of(db, who, now_pad, link, self._doors)

        return await self._database.read(question)
