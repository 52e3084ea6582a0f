"""What pages may know of a call: before the door, and inside."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from allmende.core.accounts import Caller
from allmende.core.ids import RoomId
from allmende.core.ports.conference import ConferenceBackend
from allmende.core.rooms import LinkRight, Room
from allmende.identity.model.names import clean_display_name
from allmende.identity.model.ways import Way
from allmende.identity.service import IdentityService
from allmende.systems.meet.model import CallRole, Crowd, cameras_that_fit
from allmende.systems.meet.service.permitting import Permitting
from allmende.systems.meet.service.running import Running, RunningCall
from allmende.systems.meet.service.telling import Telling


@dataclass(frozen=True, slots=True, kw_only=True)
class Doorway:
    """What is shown before somebody joins. ``name``: what they were called here before.

    ``listens``: the link gives no right to speak. ``cameras_fit``: for one person more.
    ``way``: how a Mumble client gets in instead, None: only this browser does.
    """

    room: Room
    role: CallRole
    name: str
    named: bool
    listens: bool
    people: int
    cameras_fit: int
    way: Way | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What holds in a call now; identities name participants."""

    hands: Sequence[str]
    floor: str | None
    locked: bool
    moderated: bool
    spotlight: str | None
    acting: str | None
    people: int
    cameras_fit: int


@dataclass(frozen=True, slots=True)
class Renamed:
    """A new name, and a new value for the guest's cookie (None for accounts)."""

    name: str
    guest_token: str | None


class Showing:
    """Answers questions; changes nothing but a name."""

    def __init__(
        self,
        identity: IdentityService,
        running: Running,
        parts: tuple[Permitting, Telling],
        conference: ConferenceBackend,
    ) -> None:
        self._identity = identity
        self._running = running
        self._permitting, self._telling = parts
        self._conference = conference

    async def doorway(self, who: Caller, slug: str, link: str | None) -> Doorway:
        """Return what somebody before the door may know. Raises NotFound ``room.not-found``."""
        entrance = await self._identity.entrance(who, slug, link)
        call = self._running.find(entrance.room.id)
        here = Crowd(0) if call is None else call.crowd()
        facilitates = entrance.right is LinkRight.FACILITATE
        role = CallRole.FACILITATOR if facilitates else CallRole.GUEST
        if entrance.role is not None:
            known = await self._permitting.known(who, entrance.room.id)
            role = known.standing.role
        return Doorway(
            room=entrance.room,
            role=role,
            name=entrance.name,
            named=entrance.role is not None,
            listens=entrance.role is None and entrance.right is LinkRight.LISTEN,
            people=0 if call is None else len(call.present()),
            cameras_fit=cameras_that_fit(
                await self._conference.capacity(), replace(here, people=here.people + 1)
            ),
            way=entrance.way,
        )

    async def snapshot(self, who: Caller, room_id: RoomId) -> Snapshot:
        """Return the state of the call to who is in it or has a ticket.

        Raises Conflict ``meet.no-call`` or ``meet.not-in-call``.
        """
        call = await self._permitting.require_inside(who, room_id)
        return self.of_call(call)

    def of_call(self, call: RunningCall) -> Snapshot:
        """Return the state of a call."""
        return Snapshot(
            hands=tuple(call.order()),
            floor=call.floor(),
            locked=call.locked,
            moderated=call.moderated,
            spotlight=call.spotlight,
            acting=None if call.acting is None else call.identity_of(call.acting),
            people=len(call.present()),
            cameras_fit=call.cameras_fit,
        )

    def name(self, call: RunningCall, who: Caller) -> str:
        """Return how somebody is called in a call, '' if they are not in it."""
        mine = call.of_caller(who)
        return mine[-1].name if mine else ""

    async def rename(self, who: Caller, room_id: RoomId, name: str) -> Renamed:
        """Change the name that others see; a guest keeps it with their key."""
        shown = clean_display_name(name)
        call, seat = await self._permitting.require_present(who, room_id)
        token = None
        if call.of_seat(seat)[0].key.startswith("g"):
            renamed = await self._identity.rename_guest(who, room_id, shown)
            token = renamed.guest_token
        for participant in call.of_seat(seat):
            participant.name = shown
            await self._conference.set_attributes(call.id, participant.identity, {"name": shown})
        self._telling.renamed(call)
        return Renamed(shown, token)
