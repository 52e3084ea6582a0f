"""The live room of one pad: bytes of sessions in, bytes for sessions out (spec pads, 5).

It owns no socket, no clock and no database. Times are seconds of a monotonic clock, given by the
caller. Nothing that a session sends raises: what is refused is answered as in spec pads, 14.

How it is driven (one event loop, no locks)::

    pad = LivePad(document, authors, limits=PadLimits(), sentence=sentence)
    outputs = pad.join(session, now_s)            # hello, step 1, carets
    outputs = pad.receive(session.id, data, now_s)
    outputs = pad.tick(now_s)                     # at pad.next_tick_s(), or later
    outputs = pad.leave(session.id, now_s)

    unsaved = pad.take_unsaved()                  # at the flush; None: nothing to write
    outputs = pad.saved(unsaved)                  # after the commit ...
    pad.failed(unsaved)                           # ... or when it failed: comes again, in order

Every method that returns outputs wants all of them carried out in their order. After a ``Close``
the session is gone here already: a later ``leave`` of it returns nothing.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from allmende.protocols.yjs.messages import (
    AskAwareness,
    Awareness,
    Control,
    Entry,
    Message,
    Step1,
    Step2,
    Update,
    read_message,
    write_step_2,
)
from allmende.protocols.yjs.update import UpdateShape, read_update
from allmende.protocols.yjs.varint import Malformed
from allmende.systems.pads.model.authors import AuthorTable
from allmende.systems.pads.model.backlog import Backlog, Unsaved, UnsavedRow
from allmende.systems.pads.model.carets import MalformedCaret, cursor_of, own_entry
from allmende.systems.pads.model.document import Document
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.merging import EMPTY
from allmende.systems.pads.model.pad import Author, AuthorId, Capability, PadSessionId
from allmende.systems.pads.model.room import (
    MALFORMED,
    NO_RIGHT,
    TOO_FAST,
    TOO_LARGE,
    Close,
    Output,
    Room,
    Send,
)
from allmende.systems.pads.model.seats import Seat, Session
from allmende.systems.pads.model.structure import Gap

__all__ = ["Close", "LivePad", "Output", "Send", "Session", "Unsaved", "UnsavedRow"]

_ASK_AGAIN_S: Final = 5.0


class LivePad(Room):
    """All sessions of one pad and its document.

    ``forged``: messages with edits in the name of others so far.
    """

    def __init__(
        self,
        document: Document,
        authors: AuthorTable,
        *,
        limits: PadLimits,
        locked: bool = False,
        lost: Iterable[int] = (),
        sentence: Callable[[str, str], str] | None = None,
    ) -> None:
        """Make a room without sessions.

        ``lost``: clientIDs of sessions that never left (the server was killed), of any author:
        what the server lost comes back through whoever has it. ``sentence``: message id and
        language -> text.
        """
        super().__init__(document, authors, limits, locked, sentence)
        self.forged = 0
        self._lost = frozenset(lost)
        self._backlog = Backlog()
        self._is_unsaved_told = False

    def join(self, session: Session, now_s: float) -> Sequence[Output]:
        """Let a session in. Whoever is here brings what is theirs; nobody does it for them."""
        self._lost -= {session.client}
        return super().join(session, now_s)

    def receive(self, session_id: PadSessionId, data: bytes, now_s: float) -> Sequence[Output]:
        """Take one binary message. A session that is not there is ignored."""
        seat = self._seats.get(session_id)
        if seat is None:
            return []
        if len(data) > self._limits.message_bytes:
            outputs = self._close(seat, TOO_LARGE, now_s)
        elif not seat.may_send(now_s):
            outputs = self._close(seat, TOO_FAST, now_s)
        else:
            try:
                outputs = self._take(seat, read_message(data), now_s)
            except (Malformed, MalformedCaret):
                outputs = self._close(seat, MALFORMED, now_s)
        return outputs + self._due(now_s)

    def _take(self, seat: Seat, message: Message, now_s: float) -> list[Output]:
        match message:
            case Update(update):
                if len(update) > self._limits.update_bytes:
                    return self._close(seat, TOO_LARGE, now_s)
                return self._update(seat, update, now_s, seat.mine)
            case Step2(update):
                seat.asked_s = None
                return self._update(seat, update, now_s, seat.mine | self._lost)
            case Step1(state_vector):
                return self._answer(seat, state_vector, now_s)
            case Awareness(entries):
                entry = own_entry(entries, seat.session.client)
                return self._caret(seat, entry, now_s) if entry else []
            case AskAwareness():
                carets = self._carets.all_but(seat.session.client)
                return [Send(seat.session.id, carets)] if carets else []
            case Control():
                return self._close(seat, MALFORMED, now_s)

    def _answer(self, seat: Seat, state_vector: bytes, now_s: float) -> list[Output]:
        if not seat.take_question(now_s):
            return self._close(seat, TOO_FAST, now_s)
        return [Send(seat.session.id, write_step_2(self.document.diff(state_vector)))]

    def _caret(self, seat: Seat, entry: Entry, now_s: float) -> list[Output]:
        if len(entry.state.encode()) > self._limits.awareness_bytes:
            return []
        if seat.capability.allows(Capability.EDIT):
            self._moved(seat, entry, now_s)
        elif cursor_of(entry.state) is not None:
            return self._refuse(seat, now_s)
        return []

    def _update(
        self, seat: Seat, update: bytes, now_s: float, allowed: frozenset[int]
    ) -> list[Output]:
        """Take an edit, or refuse it, by spec pads 5 and 14."""
        if not seat.capability.allows(Capability.EDIT):
            return [] if update == EMPTY else self._refuse(seat, now_s)
        was_slow = seat.slow
        if not seat.take_update(len(update), now_s):
            return self._close(seat, TOO_FAST, now_s)
        told = self._control(seat, {"t": "slow"}) if seat.slow and not was_slow else []
        if not self._may_write(seat):
            return told + self._drop(seat, "pads.locked", now_s)
        if self._backlog.bytes > self._limits.unsaved_bytes:
            return told + self._drop(seat, "pads.not-saved", now_s)
        shape = read_update(update)
        if len(shape.ranges) > self._limits.clients_per_update:
            return self._close(seat, MALFORMED, now_s)
        if self._is_forged(shape, allowed):
            self.forged += 1
            return self._close(seat, NO_RIGHT, now_s)
        return told if shape.is_empty else told + self._edit(seat, update, shape, now_s)

    def _is_forged(self, shape: UpdateShape, allowed: frozenset[int]) -> bool:
        return any(
            client not in allowed and shape.end(client) > self.document.clock(client)
            for client in shape.ranges
        )

    def _edit(self, seat: Seat, update: bytes, shape: UpdateShape, now_s: float) -> list[Output]:
        if not self.document.fits(shape):
            return self._drop(seat, "pads.full", now_s)
        try:
            offer = self.document.offer(update, shape)
        except Gap:
            return self._gap(seat, now_s)
        is_new = self.document.accept(offer)
        seat.is_caught_up()
        if not is_new:
            return []
        self._backlog.add(seat.session.id, seat.session.author_id, offer.update, now_s)
        self._edited(seat.session.id, offer.update, now_s)
        return []

    def _refuse(self, seat: Seat, now_s: float) -> list[Output]:
        """Drop what somebody wrote who may only read."""
        seat.refusals += 1
        if seat.refusals >= self._limits.refusals:
            return self._close(seat, NO_RIGHT, now_s)
        return self._error(seat, "pads.read-only")

    def _drop(self, seat: Seat, message_id: str, now_s: float) -> list[Output]:
        """Drop an edit that cannot be taken now. What follows has a gap, which is not its fault."""
        seat.behind = True
        seat.asked_s = now_s
        return self._error(seat, message_id)

    def _gap(self, seat: Seat, now_s: float) -> list[Output]:
        """Ask for what is missing, unless it was asked for just now."""
        if seat.asked_s is not None and now_s - seat.asked_s < _ASK_AGAIN_S:
            return []
        if not seat.behind:
            seat.gaps += 1
            if seat.gaps >= self._limits.gaps:
                return self._close(seat, MALFORMED, now_s)
        seat.asked_s = now_s
        return [self._ask(seat)]

    # What the server does.

    def apply_server(
        self, update: bytes, author_id: AuthorId | None, client: int, now_s: float
    ) -> Sequence[Output]:
        """Add an edit by the server (restore, append, import) that ``client`` made; tell all.

        It becomes a row without a session at the next flush. Raises MalformedUpdate.
        """
        if update == EMPTY:
            return []
        self.document.apply(update)
        if author_id is not None:
            self.authors.bind(client, author_id)
            self._news.came(client, author_id)
            self._news.soon(len(self._seats), now_s)
        self._backlog.add(None, author_id, update, now_s)
        self._edited(None, update, now_s)
        return self._due(now_s)

    def set_capability(
        self, session_id: PadSessionId, capability: Capability | None, now_s: float
    ) -> Sequence[Output]:
        """Give a session another right; None closes it with 4403."""
        seat = self._seats.get(session_id)
        if seat is None or seat.capability is capability:
            return []
        if capability is None:
            return self._close(seat, NO_RIGHT, now_s) + self._due(now_s)
        could_write = self._may_write(seat)
        seat.capability = capability
        if not capability.allows(Capability.EDIT):
            self._carets.remove(seat.session.client)
            self._moving.pop(session_id, None)
            self._carets_soon(now_s)
        outputs = self._tell_right(seat)
        if self._may_write(seat) and not could_write:
            outputs.append(self._ask(seat))
        return outputs + self._due(now_s)

    def set_locked(self, locked: bool, now_s: float) -> Sequence[Output]:
        """Make the pad read-only for all but admins, or open again; all are told."""
        if locked == self._locked:
            return []
        self._locked = locked
        outputs: list[Output] = []
        for seat in self._seats.values():
            outputs += self._tell_right(seat)
            if not locked and seat.behind and self._may_write(seat):
                seat.asked_s = now_s
                outputs.append(self._ask(seat))
        return outputs

    def rename(self, author: Author, now_s: float) -> Sequence[Output]:
        """Take over a new name or colour (or a new author) and tell all."""
        self.authors.put(author)
        self._news.renamed(author.id)
        self._news.soon(len(self._seats), now_s)
        for seat in self._seats.values():
            if seat.session.author_id == author.id and seat.cursor is not None:
                self._show_caret(seat, 0)
        self._carets_soon(now_s)
        return self._due(now_s)

    def clear_authorship(self, now_s: float) -> Sequence[Output]:
        """Forget who wrote what until now: those clients have no colour any more; tell all."""
        self.authors.hide_all()
        outputs: list[Output] = []
        for seat in self._seats.values():
            outputs += self._control(seat, self._hello(seat))
        return outputs + self._due(now_s)

    # The disk.

    @property
    def dirty(self) -> bool:
        """Whether ``take_unsaved`` would return something."""
        return not self._backlog.is_empty

    @property
    def unsaved_since_s(self) -> float | None:
        """When the oldest edit came that is not on disk yet, also while a flush is under way."""
        return self._backlog.since_s

    @property
    def unsaved_bytes(self) -> int:
        """What waits for the disk, with a flush that is under way."""
        return self._backlog.bytes

    def take_unsaved(self) -> Unsaved | None:
        """Return what is to be written, merged per session. One flush at a time."""
        if self._backlog.is_empty:
            return None
        return Unsaved(self._backlog.take(), self.document.state_vector())

    def saved(self, unsaved: Unsaved) -> Sequence[Output]:
        """The rows are on disk: acknowledge them to all."""
        self._backlog.done()
        self._is_unsaved_told = False
        return self.tell({"t": "saved", "sv": b64encode(unsaved.state_vector).decode()})

    def failed(self, unsaved: Unsaved) -> None:
        """The rows are not on disk: they come again with the next ``take_unsaved``."""
        self._backlog.back(unsaved.rows)

    def tell_unsaved(self) -> Sequence[Output]:
        """Say once to all that nothing was saved for a while; ``saved`` takes it back."""
        if self._is_unsaved_told:
            return []
        self._is_unsaved_told = True
        return self.tell({"t": "unsaved"})
