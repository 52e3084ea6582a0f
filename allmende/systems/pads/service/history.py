"""Earlier states: listed, named, read, restored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import NotAllowed
from allmende.protocols.markup.html import write_html
from allmende.systems.pads.model.content import tree_of
from allmende.systems.pads.model.document import Document
from allmende.systems.pads.model.history import (
    BEFORE_CONVERSION,
    BEFORE_RESTORE,
    clean_revision_name,
)
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.pad import AuthorId, Capability, Kind
from allmende.systems.pads.model.policy import MAX_AUTHORS
from allmende.systems.pads.service.finding import OpenPad
from allmende.systems.pads.service.writing import Writing
from allmende.systems.pads.store import authors

_BY_ITSELF: Final = (BEFORE_RESTORE, BEFORE_CONVERSION)


@dataclass(frozen=True, slots=True)
class Person:
    """An author in a list: a name, or the number of a guest among the authors of the pad."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class State:
    """An earlier state. ``name`` empty: kept by itself. ``by`` None: by itself, or a system.

    ``before_restore``: kept because another one was brought back then.
    """

    id: int
    at: datetime
    name: str
    by: Person | None
    before_restore: bool = False


@dataclass(frozen=True, slots=True)
class HistoryShown:
    """What the page of earlier states shows, newest first."""

    opened: OpenPad
    states: Sequence[State]


@dataclass(frozen=True, slots=True)
class EarlierShown:
    """One earlier state as a fragment of HTML."""

    opened: OpenPad
    state: State
    html: str


class Histories(Writing):
    """Readers see the past only where the pad says so; others who cannot get no hint of it."""

    async def history(self, who: Caller, address: Address) -> HistoryShown:
        """Return the states that are kept. Raises NotFound, NotAllowed ``pads.history-hidden``."""
        opened, people = await self._with_people(who, address)
        return HistoryShown(opened, await self._states(opened, people))

    async def earlier(self, who: Caller, address: Address, state_id: int) -> EarlierShown:
        """Return one state. Raises NotFound ``pads.no-such-revision``, NotAllowed."""
        opened, people = await self._with_people(who, address)
        kind = opened.pad.kind
        html = await self._engine.read_keyframe(
            opened.pad.id, state_id, lambda document: html_of(document, kind)
        )
        states = await self._states(opened, people)
        state = next((one for one in states if one.id == state_id), None)
        shown = state or State(state_id, opened.pad.created_on, "", None)
        return EarlierShown(opened, shown, html)

    async def name_state(self, who: Caller, address: Address, secret: str, name: str) -> None:
        """Keep the text as it is now under a name. Raises NotFound, NotAllowed, InvalidInput."""
        called = clean_revision_name(name)
        opened, author = await self._writer(who, address, secret)
        await self._engine.name_revision(opened.pad.id, called, author.id)

    async def restore(self, who: Caller, address: Address, secret: str, state_id: int) -> None:
        """Bring an earlier state back; the one before is kept by name, so this can be undone.

        Raises NotFound, NotAllowed ``pads.admins-only``.
        """

        def change(db: Connection) -> tuple[OpenPad, AuthorId]:
            opened = self._allowed(db, who, address, Capability.ADMIN)
            return opened, self._author(db, who, opened.pad, secret).id

        opened, author_id = await self._database.write(change)
        await self._engine.restore(opened.pad.id, state_id, author_id)

    async def _with_people(
        self, who: Caller, address: Address
    ) -> tuple[OpenPad, dict[AuthorId, Person]]:
        def question(db: Connection) -> tuple[OpenPad, dict[AuthorId, Person]]:
            opened = self._found(db, who, address)
            if not opened.may_see_history:
                raise NotAllowed("pads.history-hidden")
            known = authors.authors_of(db, opened.pad.id, most=MAX_AUTHORS)
            people = {one.id: Person(one.name, n) for n, one in enumerate(known, 1)}
            return opened, people

        return await self._database.read(question)

    async def _states(self, opened: OpenPad, people: dict[AuthorId, Person]) -> Sequence[State]:
        return [
            State(
                one.id,
                one.at,
                "" if one.name is None or one.name in _BY_ITSELF else one.name,
                None if one.author_id is None else people.get(one.author_id),
                one.name == BEFORE_RESTORE,
            )
            for one in await self._engine.revisions(opened.pad.id)
        ]


def html_of(document: Document, kind: Kind) -> str:
    """Return what a document says as a fragment of HTML that needs no more escaping."""
    return write_html(tree_of(document.doc, kind))
