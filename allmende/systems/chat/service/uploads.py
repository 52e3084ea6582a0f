"""Files that people put here for others: a place first, then the file, once (spec chat, 13)."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.clock import Clock
from allmende.core.errors import (
    Conflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    QuotaExceeded,
    TooManyRequests,
    Unavailable,
)
from allmende.core.ids import AccountId
from allmende.identity.service.needs import account_of
from allmende.storage.blobs import BlobHash, Blobs
from allmende.storage.database import Database
from allmende.storage.space import full_disk_told
from allmende.systems.chat.model.uploads import (
    DAY,
    HEAD_BYTES,
    MAX_FILES,
    PICTURES,
    TICKET_FOR,
    TOKEN_BYTES,
    UNCLEAN,
    UNNAMED_FOR,
    Ticket,
    Upload,
    clean_kind,
    clean_name,
    link_of,
    links_in,
    picture_kind,
    place_of,
    shown_kind,
    ticket_of,
    ticket_text,
)
from allmende.systems.chat.store import uploads as store

MAX_BYTES: Final = 25 * 1024 * 1024
MAX_DAY_BYTES: Final = 500 * 1024 * 1024
HELD_BYTES: Final = 96 * 1024 * 1024
"""Of all pictures that are on their way in together."""

AT_ONCE: Final = 4
"""Files that one account may be sending at the same time."""

PATIENCE_S: Final = 600.0
_BATCH: Final = 100
_AGAIN_S: Final = 5


class Baring(Protocol):
    """Takes out of pictures what is not seen: `transports.pictures.Pictures`."""

    async def bare(self, data: bytes) -> bytes:
        """Return the picture without it. Raises InvalidInput, Unavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadSettings:
    """``url``: of the host of files, as people reach it, without a path."""

    url: str
    max_bytes: int = MAX_BYTES
    day_bytes: int = MAX_DAY_BYTES
    patience_s: float = PATIENCE_S


@dataclass(frozen=True, slots=True)
class Slot:
    """Two addresses: where a file is put, and where it is fetched."""

    put: str
    get: str


class TooMuchToday(QuotaExceeded):
    """There is place again ``free_at``."""

    def __init__(self, free_at: datetime, limit_mb: int) -> None:
        super().__init__("chat.uploads-of-a-day", limit_mb=limit_mb)
        self.free_at = free_at


class UploadService:
    """Gives places, takes files, hands them out, and lets them go."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        pictures: Baring,
        clock: Clock,
        key: bytes,
        settings: UploadSettings,
    ) -> None:
        self._database, self._blobs, self._pictures = database, blobs, pictures
        self._clock, self._key, self.settings = clock, key, settings
        self._held = 0
        self._sending: dict[AccountId, int] = {}

    # --- coming -------------------------------------------------------------------------

    async def slot(self, who: Caller, name: str, size: int, kind: str) -> Slot:
        """Return a place for a file.

        Raises NotSignedIn, QuotaExceeded ``chat.file-too-large``, TooMuchToday.
        """
        account_id, now = account_of(who), self._clock.now()
        self._require_size(size)
        await self._database.read(lambda db: self._require_quota(db, account_id, size, now))
        token, kept_name = secrets.token_urlsafe(TOKEN_BYTES), clean_name(name)
        ticket = Ticket(account_id, size, clean_kind(kind), now + TICKET_FOR)
        text = ticket_text(self._key, link_of(token, kept_name), ticket)
        place = self.settings.url + place_of(token, kept_name)
        return Slot(f"{place}?v={text}", place)

    def admit(self, token: str, name: str, text: str, size: int | None, kind: str) -> Ticket:
        """Return the ticket of somebody who brings a file. ``size``: None if it was not said.

        Raises NotAllowed ``chat.upload-too-late``, QuotaExceeded ``chat.file-size``, InvalidInput
        ``chat.file-kind``.
        """
        ticket = ticket_of(self._key, link_of(token, name), text)
        if ticket is None or ticket.ends_at < self._clock.now():
            raise NotAllowed("chat.upload-too-late")
        if size is not None and size != ticket.size:
            raise _other_size()
        if kind and ticket.kind and clean_kind(kind) != ticket.kind:
            raise InvalidInput("chat.file-kind", field="content-type")
        return ticket

    async def take(self, ticket: Ticket, token: str, name: str, body: AsyncIterator[bytes]) -> None:
        """Keep a file in its place, for a day unless a message names it.

        Raises Conflict ``chat.file-there``, QuotaExceeded ``chat.file-size``, TooMuchToday,
        InvalidInput ``web.picture-broken``, ``chat.picture-unclean``, Unavailable.
        """
        link, account_id = link_of(token, name), ticket.account_id
        if await self._database.read(lambda db: store.find_upload(db, link)) is not None:
            raise _there()
        busy = self._sending.get(account_id, 0)
        if busy >= AT_ONCE:
            raise TooManyRequests("web.too-many-requests", retry_after_s=_AGAIN_S)
        self._sending[account_id] = busy + 1
        try:
            async with asyncio.timeout(self.settings.patience_s):
                blob, kind, size = await self._received(ticket, body)
        except TimeoutError:
            raise NotAllowed("chat.upload-too-late") from None
        finally:
            self._sending[account_id] -= 1
            if not self._sending[account_id]:
                del self._sending[account_id]
        now = self._clock.now()
        new = Upload(account_id, link, blob, kind, size, now, now + UNNAMED_FOR)
        await self._database.write(lambda db: self._keep(db, new))

    async def _received(
        self, ticket: Ticket, body: AsyncIterator[bytes]
    ) -> tuple[BlobHash, str, int]:
        """Return content, kind and size of what came."""
        pieces = _exactly(ticket.size, body)
        head = b""
        while len(head) < min(HEAD_BYTES, ticket.size):
            head += await anext(pieces, b"")
        picture = picture_kind(head)
        if picture == UNCLEAN:
            raise InvalidInput("chat.picture-unclean", field="file")
        kind = shown_kind(picture, ticket.kind)
        with full_disk_told():
            if not picture:
                return await self._blobs.put(_with_head(head, pieces)), kind, ticket.size
            bare = await self._bared(head, pieces)
            return await self._blobs.put(bare), kind, len(bare)

    async def _bared(self, head: bytes, pieces: AsyncIterator[bytes]) -> bytes:
        """Return a whole picture without what is not seen."""
        whole = bytearray()
        try:
            async for piece in _with_head(head, pieces):
                if self._held + len(piece) > HELD_BYTES:
                    raise Unavailable("web.busy", detail="pictures", retry_after_s=_AGAIN_S)
                self._held += len(piece)
                whole += piece
            return await self._pictures.bare(bytes(whole))
        finally:
            self._held -= len(whole)

    def _keep(self, db: Connection, new: Upload) -> None:
        if store.find_upload(db, new.link) is not None:
            raise _there()
        self._require_quota(db, new.account_id, new.size_bytes, new.uploaded_at)
        store.add_upload(db, new)

    def _require_size(self, size: int) -> None:
        if not 0 < size <= self.settings.max_bytes:
            limit_mb = self.settings.max_bytes // 1024 // 1024
            raise QuotaExceeded("chat.file-too-large", limit_mb=limit_mb)

    def _require_quota(
        self, db: Connection, account_id: AccountId, size: int, now: datetime
    ) -> None:
        count, size_bytes, first = store.put_since(db, account_id, now - DAY)
        if count >= MAX_FILES or size_bytes + size > self.settings.day_bytes:
            free_at = (first or now) + DAY
            raise TooMuchToday(free_at, self.settings.day_bytes // 1024 // 1024)

    # --- going --------------------------------------------------------------------------

    async def file(self, token: str, name: str) -> Upload:
        """Return the file at an address. Raises NotFound ``chat.no-file``."""
        link, now = link_of(token, name), self._clock.now()
        found = await self._database.read(lambda db: store.find_upload(db, link))
        if found is None or found.ends_at <= now:
            raise NotFound("chat.no-file")
        return found

    def content(self, file: Upload) -> AsyncIterator[bytes]:
        """Yield what is in a file that was found."""
        return self._blobs.read(BlobHash(file.blob))

    async def take_back(self, account_id: AccountId, content: bytes) -> None:
        """End the files of an account that a message named which it took back."""
        links, now = links_in(content), self._clock.now()
        await self._database.write(lambda db: store.take_back(db, account_id, links, now))

    async def end_over(self) -> None:
        """Delete files that no message names any more."""
        now = self._clock.now()
        while await self._database.write(lambda db: store.drop_ended(db, now, most=_BATCH)):
            continue

    async def account_gone(self, account_id: AccountId) -> None:
        """Delete all files of an account that is gone."""
        now = self._clock.now()
        while await self._database.write(
            lambda db: store.forget_account(db, account_id, now, most=_BATCH)
        ):
            continue


def is_picture(file: Upload) -> bool:
    """Return whether a browser may show it: nothing is left in it but what is seen."""
    return file.kind in PICTURES


async def _exactly(size: int, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    left = size
    async for piece in body:
        left -= len(piece)
        if left < 0:
            raise _other_size()
        if piece:
            yield piece
    if left:
        raise _other_size()


async def _with_head(head: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield head
    async for piece in pieces:
        yield piece


def _other_size() -> QuotaExceeded:
    return QuotaExceeded("chat.file-size")


def _there() -> Conflict:
    return Conflict("chat.file-there")
