"""A call as a light page shows it: who is here, hands, floor, and who waits at the door."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from allmende.core.ports.audio import SlotTaken, Talking
from allmende.core.ports.calls import CallPerson, CallShown
from allmende.core.ports.conference import CallId

FACILITATOR = "facilitator"


@dataclass(frozen=True, slots=True)
class About:
    """What voice knows besides. ``known``: under what pages remember how loud somebody is.

    ``muted``: a facilitator shut their microphone, and their program keeps it shut.
    """

    known: str
    muted: bool = False
    recording: bool = False


class Roster:
    """One call as pages show it; what is the same for all of them is made once."""

    def __init__(self, call: CallShown, about: Callable[[CallPerson], About]) -> None:
        self._call = call
        self._people = [_person(one, about(one)) for one in call.people]
        self._waiting = [{"key": key, "name": name} for key, name in call.waiting]
        self._facilitators = {one.identity for one in call.people if one.role == FACILITATOR}

    def of(self, me: str) -> dict[str, object]:
        """Return what the page of ``me`` shows. Only facilitators see who waits."""
        facilitates = me in self._facilitators
        return {
            "people": self._people,
            "hands": list(self._call.hands),
            "floor": self._call.floor,
            "moderated": self._call.moderated,
            "facilitates": facilitates,
            "waiting": self._waiting if facilitates else [],
        }


def _person(one: CallPerson, about: About) -> dict[str, object]:
    return {
        "identity": one.identity,
        "name": one.name,
        "role": one.role,
        "client": one.client.value,
        "known": about.known,
        "suppressed": one.suppressed,
        "muted": about.muted,
        "records": about.recording,
    }


class Sound:
    """Who is in which slot and who talks, by call: for pages that come later."""

    def __init__(self) -> None:
        self._slots: dict[CallId, dict[int, SlotTaken]] = {}
        self._talking: dict[CallId, set[str]] = {}

    def take(self, event: SlotTaken | Talking) -> None:
        """Remember what media told."""
        if isinstance(event, SlotTaken):
            _keep(self._slots, event)
        elif event.talking:
            self._talking.setdefault(event.call, set()).add(event.identity)
        elif event.call in self._talking:
            self._talking[event.call].discard(event.identity)
            if not self._talking[event.call]:
                del self._talking[event.call]

    def forget(self, call: CallId) -> None:
        """A call is over."""
        self._slots.pop(call, None)
        self._talking.pop(call, None)

    def calls(self) -> set[CallId]:
        """Return the calls in which something is heard."""
        return {*self._slots, *self._talking}

    def slots(self, call: CallId, me: str) -> Sequence[SlotTaken]:
        """Return the slots that ``me`` may be told of."""
        taken = self._slots.get(call, {}).values()
        return [one for one in taken if not one.to or me in one.to]

    def talking(self, call: CallId) -> Sequence[str]:
        """Return who talks now."""
        return sorted(self._talking.get(call, ()))


def _keep(slots: dict[CallId, dict[int, SlotTaken]], event: SlotTaken) -> None:
    if event.identity:
        slots.setdefault(event.call, {})[event.slot] = event
        return
    taken = slots.get(event.call, {})
    taken.pop(event.slot, None)
    if not taken:
        slots.pop(event.call, None)
