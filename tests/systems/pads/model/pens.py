"""Editors in memory around one live pad, without a network and without a clock."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import pycrdt

from allmende.core.ids import PadId
from allmende.protocols.yjs.messages import (
    Awareness,
    Control,
    Entry,
    Step1,
    Step2,
    Update,
    read_message,
    write_awareness,
    write_entry,
    write_step_1,
    write_step_2,
    write_update,
)
from allmende.systems.pads.model.authors import AuthorTable
from allmende.systems.pads.model.document import Document
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.live import Close, LivePad, Output, Send, Session
from allmende.systems.pads.model.pad import (
    Author,
    AuthorId,
    Capability,
    Kind,
    PadSessionId,
)


def author(number: int, name: str = "") -> Author:
    return Author(AuthorId(number), PadId(1), None, f"hash {number}", name, number % 24)


class Pen:
    """A stock client of a text pad: it speaks sync, and reads control messages if it wants."""

    def __init__(self, client: int) -> None:
        self.client = client
        self.doc: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc(client_id=client)
        self.body = self.doc.get("body", type=pycrdt.Text)
        self.written: list[bytes] = []
        self.controls: list[dict[str, Any]] = []
        self.carets: dict[int, Any] = {}
        self.heard: list[bytes] = []
        self.code: int | None = None
        self._hears = False
        self.doc.observe(self._changed)

    def _changed(self, event: Any) -> None:
        if not self._hears:
            self.written.append(event.update)

    def types(self, text: str, at: int | None = None) -> bytes:
        """Write ``text`` at the end, or at a byte; return the update."""
        self.body.insert(len(self.body) if at is None else at, text)
        return self.written[-1]

    def deletes(self, start: int, end: int) -> bytes:
        del self.body[start:end]
        return self.written[-1]

    def hear(self, data: bytes) -> bytes | None:
        """Read one message of the server; return the answer if it wants one."""
        self.heard.append(data)
        message = read_message(data)
        if isinstance(message, Step1):
            return write_step_2(self.doc.get_update(message.state_vector))
        if isinstance(message, Step2 | Update):
            self._hears = True
            self.doc.apply_update(message.update)
            self._hears = False
        elif isinstance(message, Awareness):
            self.carets.update((one.client, json.loads(one.state)) for one in message.entries)
        elif isinstance(message, Control):
            self.controls.append(json.loads(message.text))
        return None

    def told(self, kind: str) -> Sequence[dict[str, Any]]:
        return [control for control in self.controls if control["t"] == kind]

    def __str__(self) -> str:
        return str(self.body)


class Desk:
    """A live pad with pens at it; whatever is sent arrives at once and is answered at once."""

    def __init__(self, *, limits: PadLimits | None = None, lost: Iterable[int] = ()) -> None:
        self.limits = limits or PadLimits()
        self.now_s = 100.0
        self.pens: dict[PadSessionId, Pen] = {}
        self.pad = LivePad(
            Document(Kind.TEXT, limits=self.limits),
            AuthorTable([author(number) for number in range(1, 10)], {}),
            limits=self.limits,
            lost=lost,
        )

    def sits(
        self,
        number: int,
        capability: Capability = Capability.EDIT,
        *,
        pen: Pen | None = None,
        controls: bool = True,
        earlier: frozenset[int] = frozenset(),
        session: int | None = None,
    ) -> Pen:
        """Let author ``number`` in, with clientID 1000 + number unless a pen is brought."""
        pen = pen or Pen(1000 + number)
        pen.code = None
        session_id = PadSessionId(session or number)
        self.pens = {id_: one for id_, one in self.pens.items() if one is not pen}
        self.pens[session_id] = pen
        joined = Session(session_id, pen.client, AuthorId(number), capability, controls, earlier)
        self.carry(self.pad.join(joined, self.now_s))
        self.send(pen, write_step_1(pen.doc.get_state()))
        return pen

    def send(self, pen: Pen, data: bytes) -> None:
        session_id = next(one for one, its in self.pens.items() if its is pen)
        self.carry(self.pad.receive(session_id, data, self.now_s))

    def edit(self, pen: Pen, update: bytes) -> None:
        self.send(pen, write_update(update))

    def point(self, pen: Pen, state: object, clock: int = 0, client: int | None = None) -> None:
        entry = Entry(client or pen.client, clock, json.dumps(state))
        self.send(pen, write_awareness([write_entry(entry)]))

    def carry(self, outputs: Sequence[Output]) -> None:
        for output in outputs:
            pen = self.pens[output.session_id]
            match output:
                case Close(code=code):
                    pen.code = code
                case Send(data=data):
                    answer = pen.hear(data)
                    if answer is not None and pen.code is None:
                        self.send(pen, answer)

    def pass_time(self, seconds: float) -> None:
        """Let time go by and everything be told that is due meanwhile."""
        end_s = self.now_s + seconds
        while (due_s := self.pad.next_tick_s()) is not None and due_s <= end_s:
            self.now_s = max(self.now_s, due_s)
            self.carry(self.pad.tick(self.now_s))
        self.now_s = end_s
