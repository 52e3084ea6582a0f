"""People without a native leg, as Mumble clients see them: in browsers, and before doors."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from allmende.core.errors import QuotaExceeded
from allmende.core.ids import RoomId
from allmende.core.ports.audio import Session
from allmende.core.ports.calls import CallPerson, CallShown, Client
from allmende.core.ports.conference import CallId
from allmende.systems.voice.model.names import cleaned_name, shown_name
from allmende.systems.voice.service.legs import Leg, Legs, Other, Waits
from allmende.systems.voice.service.lightlegs import LightLeg
from allmende.systems.voice.service.needs import Surroundings
from allmende.systems.voice.service.sessions import Sessions

GUEST = "guest"


@dataclass(frozen=True, slots=True)
class _Found:
    """Somebody who should have a number."""

    room_id: RoomId
    identity: str
    waits: bool
    name: str
    person: CallPerson | None


class Others:
    """Gives each of them a number from the same pool, and tells media of it."""

    def __init__(self, here: Surroundings, legs: Legs, sessions: Sessions) -> None:
        self._here = here
        self._legs = legs
        self._sessions = sessions

    def follow(self, calls: Iterable[CallShown]) -> None:
        """Let come and go whoever is new in a call or before its door, and who is gone."""
        found = {(one.room_id, one.identity): one for one in self._found(calls)}
        for key, other in list(self._legs.others().items()):
            wanted = found.get(key)
            if wanted is None and key in self._legs.light:
                continue  # the call will know of it in a moment
            if wanted is None or wanted.waits is not other.waits:
                self._legs.drop_other(other)
                self._sessions.give_back(other.session)
        for key, one in found.items():
            known = self._legs.others().get(key)
            if known is None:
                self._come(one)
            else:
                self._renew(known, one)

    def _found(self, calls: Iterable[CallShown]) -> Iterator[_Found]:
        native = {leg.waits for leg in self._legs if leg.waits is not None}
        for call in calls:
            for person in call.people:
                if person.client is not Client.MUMBLE:
                    yield _Found(call.room_id, person.identity, False, person.name, person)
            for key, name in call.waiting:
                if Waits(call.room_id, key) not in native:
                    yield _Found(call.room_id, key, True, name, None)

    def number(self, leg: LightLeg) -> Session:
        """Return the number of a light page that comes in. Raises QuotaExceeded."""
        known = self._legs.other_of(leg.room_id, leg.seat.identity)
        if known is None:
            self._come(_Found(leg.room_id, leg.seat.identity, False, leg.seat.name, _person(leg)))
            known = self._legs.other_of(leg.room_id, leg.seat.identity)
        if known is None:
            raise QuotaExceeded("voice.server-full")
        return known.session

    def _come(self, one: _Found) -> None:
        try:
            session = self._sessions.take()
        except QuotaExceeded:
            return  # heard, but not shown
        name = self.name_in(one.room_id, one.name, self._mark(one.person))
        other = Other(session, one.room_id, one.identity, one.waits, one.name, name, one.person)
        self._legs.add_other(other)
        self._number(other)

    def _renew(self, known: Other, one: _Found) -> None:
        known.person = one.person
        if known.called != one.name:
            known.called, known.name = one.name, ""
            known.name = self.name_in(one.room_id, one.name, self._mark(one.person))

    def _number(self, other: Other) -> None:
        if not other.waits:
            # Media's name of a call is the room's, as meet gives it.
            self._here.audio.number(CallId(f"r{other.room_id}"), other.identity, other.session)

    def _mark(self, person: CallPerson | None) -> str:
        if person is None:
            return ""
        if person.role == GUEST and person.account_id is None:
            return self._here.words.text("voice.guest-mark")
        for leg in self._legs:
            if person.account_id is not None and leg.who.account_id == person.account_id:
                return self._here.words.text("voice.web-mark")
        return ""

    # --- names --------------------------------------------------------------------------

    def name_in(self, room_id: RoomId, name: str, mark: str) -> str:
        """Return what somebody is called in a room, unlike everybody who is there."""
        return shown_name(cleaned_name(name), mark, frozenset(self._taken(room_id, None)))

    def name_of(self, leg: Leg) -> str:
        """Return what a leg is called, unlike everybody in the room where it stands."""
        where = leg.room_id if leg.waits is None else leg.waits.room_id
        if leg.name and leg.named_in == where:
            return leg.name
        leg.named_in = where
        is_guest = leg.who.account_id is None
        mark = self._here.words.text("voice.guest-mark") if is_guest else ""
        taken = frozenset[str]() if where is None else frozenset(self._taken(where, leg))
        if leg.name and leg.name.casefold() not in taken:
            return leg.name
        return shown_name(cleaned_name(leg.arrival.name), mark, taken)

    def _taken(self, room_id: RoomId, but: Leg | None) -> Iterator[str]:
        for leg in self._legs.in_room(room_id):
            if leg is not but:
                yield leg.name.casefold()
        for other in self._legs.others().values():
            if other.room_id == room_id and other.name:
                yield other.name.casefold()


def _person(leg: LightLeg) -> CallPerson:
    seat = leg.seat
    return CallPerson(
        identity=seat.identity,
        name=seat.name,
        role=seat.role,
        client=Client.WEB,
        account_id=leg.who.account_id,
        suppressed=seat.rights.suppressed,
    )
