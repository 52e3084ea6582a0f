"""Who is in a live pad and what they are told; what they send is in ``live``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from allmende.protocols.yjs.messages import Entry, write_control, write_step_1, write_update
from allmende.systems.pads.model.authors import AuthorTable
from allmende.systems.pads.model.carets import Carets, MalformedCaret, cursor_of
from allmende.systems.pads.model.document import Document
from allmende.systems.pads.model.gathering import Gathering
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.news import News
from allmende.systems.pads.model.pad import AuthorId, Capability, PadSessionId
from allmende.systems.pads.model.seats import Seat, Session

MALFORMED: Final = 4400
NO_RIGHT: Final = 4403
TOO_SLOW: Final = 4408
TOO_LARGE: Final = 4413
TOO_FAST: Final = 4429


@dataclass(frozen=True, slots=True)
class Send:
    """One binary message. The same ``data`` object may go to many sessions."""

    session_id: PadSessionId
    data: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """The socket is to be closed with ``code``; what was sent before still goes out."""

    session_id: PadSessionId
    code: int


Output = Send | Close


class Room:
    """The sessions of one pad, their carets, and all that is told to more than one."""

    def __init__(
        self,
        document: Document,
        authors: AuthorTable,
        limits: PadLimits,
        locked: bool,
        sentence: Callable[[str, str], str] | None,
    ) -> None:
        self.document = document
        self.authors = authors
        self._limits = limits
        self._locked = locked
        self._sentence = sentence or (lambda message_id, language: message_id)
        self._seats: dict[PadSessionId, Seat] = {}
        self._gathering = Gathering()
        self._news = News()
        self._carets = Carets(limits.carets)
        self._moving: dict[PadSessionId, Seat] = {}
        self._carets_due_s: float | None = None

    def sessions(self) -> Sequence[Session]:
        """Return who is there, with the right that each came with."""
        return [seat.session for seat in self._seats.values()]

    def people(self) -> int:
        """Return how many different authors are there."""
        return len(set(self._present()))

    def join(self, session: Session, now_s: float) -> Sequence[Output]:
        """Let a session in: hello, our step 1 if it may write, the carets; others are told."""
        outputs: list[Output] = []
        for seat in [one for one in self._seats.values() if one.session.client == session.client]:
            outputs += self._close(seat, TOO_SLOW, now_s)  # it came back before we missed it
        self.authors.bind(session.client, session.author_id)
        seat = self._seats[session.id] = Seat(session, self._limits, now_s)
        outputs += self._control(seat, self._hello(seat))
        if self._may_write(seat):
            outputs.append(self._ask(seat))
        carets = self._carets.all_but(session.client)
        if carets:
            outputs.append(Send(session.id, carets))
        self._news.came(session.client, session.author_id)
        self._presence_changed(now_s)
        return outputs + self._due(now_s)

    def leave(self, session_id: PadSessionId, now_s: float) -> Sequence[Output]:
        """Forget a session; its caret disappears. Nothing if it is gone already."""
        seat = self._seats.get(session_id)
        if seat is None:
            return []
        self._forget(seat, now_s)
        return self._due(now_s)

    def next_tick_s(self) -> float | None:
        """Return when ``tick`` is wanted (it may lie in the past). None: not at all."""
        times = (self._gathering.due_s, self._carets_due_s, self._news.due_s)
        return min((at_s for at_s in times if at_s is not None), default=None)

    def tick(self, now_s: float) -> Sequence[Output]:
        """Tell what was gathered: edits merged into one message for all, carets, who is there."""
        due_s = self._gathering.due_s
        outputs: list[Output] = []
        if due_s is not None and due_s <= now_s:
            self._gathering.note_lag(now_s - due_s, now_s)
            outputs += self._tell_edits()
        if self._carets_due_s is not None and self._carets_due_s <= now_s:
            outputs += self._tell_carets(now_s)
        if self._news.due_s is not None and self._news.due_s <= now_s:
            outputs += self._tell_news()
        return outputs

    def note_lag(self, lag_s: float, now_s: float) -> None:
        """The event loop was late by so much: gather longer for a while."""
        self._gathering.note_lag(lag_s, now_s)

    def tell(self, control: object) -> Sequence[Output]:
        """Send a control message (``revision``, ``expiry``) to all who understand them."""
        data = _encoded(control)
        return [Send(id_, data) for id_, seat in self._seats.items() if seat.session.controls]

    def tell_error(self, session_id: PadSessionId, message_id: str) -> Sequence[Output]:
        """Send the control message ``error`` to one session."""
        seat = self._seats.get(session_id)
        return self._error(seat, message_id) if seat else []

    def close_all(self, code: int) -> Sequence[Output]:
        """Close every session: gone (4404), new generation (4409), restart (1012)."""
        outputs = [Close(session_id, code) for session_id in self._seats]
        self._seats.clear()
        self._moving.clear()
        return outputs

    # What one is told.

    def _control(self, seat: Seat, control: object) -> list[Output]:
        return [Send(seat.session.id, _encoded(control))] if seat.session.controls else []

    def _error(self, seat: Seat, message_id: str) -> list[Output]:
        """Say once what is wrong."""
        if message_id in seat.told:
            return []
        seat.told.add(message_id)
        text = self._sentence(message_id, seat.session.language)
        return self._control(seat, {"t": "error", "id": message_id, "text": text})

    def _ask(self, seat: Seat) -> Output:
        """Ask for everything that we lack."""
        return Send(seat.session.id, write_step_1(self.document.state_vector()))

    def _right(self, seat: Seat) -> Capability:
        if self._locked and seat.capability is not Capability.ADMIN:
            return Capability.READ
        return seat.capability

    def _may_write(self, seat: Seat) -> bool:
        return self._right(seat).allows(Capability.EDIT)

    def _tell_right(self, seat: Seat) -> list[Output]:
        told = {"t": "locked", "locked": self._locked, "capability": self._right(seat)}
        return self._control(seat, told)

    def _hello(self, seat: Seat) -> object:
        session, present = seat.session, self._present()
        clients = {*self.document.clients(), *(one.session.client for one in self._seats.values())}
        shown = {*present, *self.authors.authors_of(clients)}
        return {
            "t": "hello",
            "session": session.id,
            "author": session.author_id,
            "capability": self._right(seat),
            "locked": self._locked,
            "clients": self.authors.clients(clients),
            "people": self.authors.people(sorted(shown)),
            "present": present,
        }

    def _present(self) -> list[AuthorId]:
        return [seat.session.author_id for seat in self._seats.values()]

    def _close(self, seat: Seat, code: int, now_s: float) -> list[Output]:
        self._forget(seat, now_s)
        return [Close(seat.session.id, code)]

    def _forget(self, seat: Seat, now_s: float) -> None:
        del self._seats[seat.session.id]
        self._moving.pop(seat.session.id, None)
        self._carets.remove(seat.session.client)
        self._carets_soon(now_s)
        self._presence_changed(now_s)

    # What all are told.

    def _due(self, now_s: float) -> list[Output]:
        """Tell at once what need not wait."""
        due_s = self.next_tick_s()
        return list(self.tick(now_s)) if due_s is not None and due_s <= now_s else []

    def _edited(self, sender: PadSessionId | None, update: bytes, now_s: float) -> None:
        wait_s = self._gathering.wait_s(len(self._seats), now_s)
        self._gathering.add(sender, update, now_s + wait_s)

    def _tell_edits(self) -> list[Output]:
        gathered = self._gathering.take()
        if gathered is None:
            return []
        update, sole = gathered
        data = write_update(update)
        return [Send(session_id, data) for session_id in self._seats if session_id != sole]

    def _presence_changed(self, now_s: float) -> None:
        self._news.presence()
        self._news.soon(len(self._seats), now_s)

    def _tell_news(self) -> list[Output]:
        clients, people, is_presence_changed = self._news.take()
        outputs: list[Output] = []
        if clients or people:
            told = {
                "t": "authors",
                "clients": self.authors.clients(sorted(clients)),
                "people": self.authors.people(sorted(people)),
            }
            outputs += self.tell(told)
        if is_presence_changed:
            outputs += self.tell({"t": "present", "people": self._present()})
        return outputs

    # Carets.

    def _moved(self, seat: Seat, entry: Entry, now_s: float) -> None:
        """Remember the newest state of an editor until it may be told."""
        seat.caret = entry
        self._moving[seat.session.id] = seat
        self._carets_soon(now_s, from_s=seat.caret_from_s)

    def _carets_soon(self, now_s: float, from_s: float = 0.0) -> None:
        """See to it that carets are told: after ``from_s``, together with what comes meanwhile."""
        if not self._moving and not self._carets.changed:
            return
        due_s = max(now_s + self._gathering.wait_s(len(self._seats), now_s), from_s)
        if self._carets_due_s is None or due_s < self._carets_due_s:
            self._carets_due_s = due_s

    def _tell_carets(self, now_s: float) -> list[Output]:
        self._carets_due_s = None
        outputs: list[Output] = []
        for seat in [one for one in self._moving.values() if one.caret_from_s <= now_s]:
            try:
                self._put_caret(seat, now_s)
            except MalformedCaret:
                outputs += self._close(seat, MALFORMED, now_s)
        if self._carets.changed:
            moved = self._carets.take()
            messages = (
                (one, moved.message_for(one.session.client)) for one in self._seats.values()
            )
            outputs += [Send(one.session.id, data) for one, data in messages if data]
        self._carets_due_s = None
        if self._moving:
            self._carets_due_s = min(one.caret_from_s for one in self._moving.values())
        return outputs

    def _put_caret(self, seat: Seat, now_s: float) -> None:
        entry = seat.caret
        del self._moving[seat.session.id]
        seat.caret_from_s = now_s + 1 / self._limits.carets_per_s
        if entry is None:
            return
        seat.cursor = cursor_of(entry.state)
        self._show_caret(seat, entry.clock)

    def _show_caret(self, seat: Seat, clock: int) -> None:
        client, author_id = seat.session.client, seat.session.author_id
        if seat.cursor is None:
            self._carets.remove(client)
            return
        user = {**self.authors.person(author_id), "author": author_id}
        self._carets.set(client, clock, seat.cursor, user)


def _encoded(control: object) -> bytes:
    return write_control(msgspec.json.encode(control).decode())
