"""Who writes: authors with name and colour, the way into the editor, and writing without one."""

from dataclasses import replace

import msgspec
from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import InvalidInput, QuotaExceeded
from allmende.core.ids import AccountId
from allmende.identity.model.names import clean_display_name
from allmende.identity.store import accounts
from allmende.protocols.markup.plain import read_text
from allmende.protocols.markup.tree import MarkupTooLarge
from allmende.systems.pads.model.content import append_tree
from allmende.systems.pads.model.names import Address
from allmende.systems.pads.model.pad import Author, AuthorId, Capability, Pad
from allmende.systems.pads.model.policy import COLOURS, MAX_APPEND_CHARS, MAX_AUTHORS, end_of
from allmende.systems.pads.model.sessions import Origin, guid_of
from allmende.systems.pads.service.finding import OpenPad
from allmende.systems.pads.service.needs import PIECE, Needs
from allmende.systems.pads.store import authors


class AuthorShown(msgspec.Struct, frozen=True):
    """An author as an editor learns of them. ``name`` empty: "Guest n"."""

    id: AuthorId
    name: str
    colour: int


class PadEntry(msgspec.Struct, frozen=True):
    """What an editor needs to begin; names nothing stronger than what it came with."""

    ticket: str
    capability: Capability
    author: AuthorShown
    guid: str
    kind: str
    language: str
    locked: bool
    ends_at: str | None
    room: int | None


class Writing(Needs):
    """``secret`` is the author cookie of a browser; it counts where nothing better is known."""

    async def enter(
        self, who: Caller, address: Address, secret: str, client_id: int, language: str
    ) -> PadEntry:
        """Let an editor in: its author, and a ticket for its connection.

        Raises NotFound, and what the engine says of the client.
        """

        def change(db: Connection) -> tuple[OpenPad, Author]:
            opened = self._found(db, who, address)
            return opened, self._author(db, who, opened.pad, secret)

        opened, author = await self._database.write(change)
        pad, link = opened.pad, opened.link
        origin = Origin(who, None if link is None else link.id)
        ticket = await self._engine.ticket(
            pad, author, opened.capability, origin, client_id, language=language
        )
        end = end_of(pad)
        return PadEntry(
            ticket=ticket.token,
            capability=opened.capability,
            author=AuthorShown(author.id, author.name, author.colour),
            guid=guid_of(pad),
            kind=pad.kind,
            language=pad.language,
            locked=pad.locked,
            ends_at=None if end is None else end.isoformat(),
            room=pad.room_id if opened.room is not None else None,
        )

    async def packed(self, who: Caller, address: Address) -> bytes:
        """Return the whole document as one update, as gzip, to those who may read.

        Raises NotFound.
        """
        opened = await self._database.read(lambda db: self._found(db, who, address))
        return await self._engine.packed(opened.pad.id)

    async def append(self, who: Caller, address: Address, secret: str, text: str) -> None:
        """Add paragraphs at the end. Raises NotFound, NotAllowed, InvalidInput ``text``."""
        if not text.strip():
            raise InvalidInput("pads.nothing-to-add", field="text")
        if len(text) > MAX_APPEND_CHARS:
            raise InvalidInput("pads.too-much-to-add", field="text", max=MAX_APPEND_CHARS)
        opened, author = await self._writer(who, address, secret)
        try:
            blocks = read_text(text)
        except MarkupTooLarge:
            raise QuotaExceeded("pads.too-large", field="text") from None
        kind = opened.pad.kind
        await self._engine.edit(
            opened.pad.id, author.id, lambda doc: append_tree(doc, kind, blocks)
        )

    async def call_me(
        self, who: Caller, address: Address, secret: str, name: str, colour: int
    ) -> AuthorShown:
        """Give oneself another name, which may be empty, and colour, in this pad only.

        Raises NotFound, InvalidInput ``name``, ``colour``.
        """
        called = clean_display_name(name) if name.strip() else ""
        if not 0 <= colour < COLOURS:
            raise InvalidInput("pads.colour-refused", field="colour")

        def change(db: Connection) -> Author:
            pad = self._found(db, who, address).pad
            author = self._author(db, who, pad, secret)
            authors.change_author(db, author.id, called, colour)
            return replace(author, name=called, colour=colour)

        author = await self._database.write(change)
        await self._engine.rename_author(author)
        return AuthorShown(author.id, author.name, author.colour)

    async def me(self, who: Caller, address: Address, secret: str) -> AuthorShown | None:
        """Return as whom the caller is known in this pad, if they are."""

        def question(db: Connection) -> Author | None:
            return self._find_author(db, who, self._found(db, who, address).pad, secret)

        author = await self._database.read(question)
        return None if author is None else AuthorShown(author.id, author.name, author.colour)

    async def forget_me(self, who: Caller, address: Address, secret: str) -> None:
        """Take one's name and account off what one wrote here; the text stays (P-41)."""

        def change(db: Connection) -> Author | None:
            author = self._find_author(db, who, self._found(db, who, address).pad, secret)
            if author is not None:
                authors.forget_author(db, author.id)
            return author

        author = await self._database.write(change)
        if author is not None:
            await self._engine.rename_author(_nobody(author))

    async def account_gone(self, account_id: AccountId) -> None:
        """Take name and account off everything an account wrote that is gone, in pieces."""

        def change(db: Connection) -> list[Author]:
            some = authors.authors_of_account(db, account_id, most=PIECE)
            for author in some:
                authors.forget_author(db, author.id)
            return list(some)

        while some := await self._database.write(change):
            for author in some:
                await self._engine.rename_author(_nobody(author))

    async def _writer(self, who: Caller, address: Address, secret: str) -> tuple[OpenPad, Author]:
        def change(db: Connection) -> tuple[OpenPad, Author]:
            opened = self._allowed(db, who, address, Capability.EDIT)
            return opened, self._author(db, who, opened.pad, secret)

        return await self._database.write(change)

    def _author(self, db: Connection, who: Caller, pad: Pad, secret: str) -> Author:
        """Return the author that the caller is here; add them first if they are new."""
        known = self._find_author(db, who, pad, secret)
        if known is not None:
            return known
        taken = authors.colours_of(db, pad.id)
        if sum(taken.values()) >= MAX_AUTHORS:
            raise QuotaExceeded("pads.too-many-people")
        colour = min(range(COLOURS), key=lambda one: taken.get(one, 0))
        name, guest_hash = "", None
        account = None if who.account_id is None else accounts.find_account(db, who.account_id)
        if account is not None:
            name = account.name
        else:
            guest_hash, name = self._guest(who, pad, secret)
        account_id = None if account is None else account.id
        return authors.add_author(
            db, Author(AuthorId(0), pad.id, account_id, guest_hash, name, colour)
        )

    def _find_author(self, db: Connection, who: Caller, pad: Pad, secret: str) -> Author | None:
        if who.account_id is not None:
            return authors.author_by_account(db, pad.id, who.account_id)
        guest_hash, _ = self._guest(who, pad, secret)
        return authors.author_by_guest(db, pad.id, guest_hash)

    def _guest(self, who: Caller, pad: Pad, secret: str) -> tuple[str, str]:
        """Return hash and name of somebody without account: the guest of the pad's room first."""
        guest = None if pad.room_id is None else who.guest_of(pad.room_id)
        if guest is not None:
            return self._keys.guest_hash(pad.id, f"guest {guest.id}"), guest.name
        return self._keys.guest_hash(pad.id, f"cookie {secret}"), ""


def _nobody(author: Author) -> Author:
    return replace(author, account_id=None, guest_hash=None, name="")
