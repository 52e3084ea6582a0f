"""Pages of archives, for people and for rooms; and what a person wants kept."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.clock import Clock
from allmende.core.errors import InvalidInput, NotFound
from allmende.core.ids import MAX_ID, AccountId, MessageId
from allmende.storage.database import Database
from allmende.systems.chat.model.history import MAX_PAGE, Archived, Asked, Ends, HistoryPage
from allmende.systems.chat.model.personal import Choice, checked
from allmende.systems.chat.model.uids import floor, is_uid
from allmende.systems.chat.service.items import owner_of
from allmende.systems.chat.store import choices, personal
from allmende.systems.chat.store.personal import Span

_MS: Final = timedelta(milliseconds=1)
_BATCH: Final = 500
_MICROSECOND: Final = timedelta(microseconds=1)


class Source(Protocol):
    """The rows of one archive, ordered by their numbers."""

    def number(self, db: Connection, uid: str) -> MessageId | None:
        """Return the number of a message that is there."""
        ...

    def number_since(self, db: Connection, uid: str) -> MessageId | None:
        """Return the number of the first message from this uid on."""
        ...

    def between(
        self, db: Connection, span: Span, *, most: int, backwards: bool
    ) -> Sequence[Archived]:
        """Return up to ``most``, the oldest first or the newest."""
        ...

    def named(self, db: Connection, uids: Sequence[str]) -> Sequence[Archived]:
        """Return those of these uids, the oldest first."""
        ...


def page_of(db: Connection, source: Source, asked: Asked) -> HistoryPage:
    """Return one page. Raises NotFound ``chat.not-found`` for a uid that is not there,
    InvalidInput ``chat.asked-too-much``.
    """
    if asked.uids:
        return HistoryPage(_named(db, source, asked.uids), complete=True)
    span = _span(db, source, asked)
    if span is None:
        return HistoryPage((), complete=True)
    found = source.between(db, span, most=asked.limit + 1, backwards=asked.backwards)
    items = found[: asked.limit]
    if asked.backwards:
        items = items[::-1]
    return HistoryPage(items, complete=len(found) <= asked.limit)


def ends_of(db: Connection, source: Source) -> Ends | None:
    """Return where an archive begins and ends, None for an empty one."""
    oldest = source.between(db, Span(), most=1, backwards=False)
    newest = source.between(db, Span(), most=1, backwards=True)
    if not oldest or not newest:
        return None
    return Ends((oldest[0].uid, oldest[0].sent_at), (newest[0].uid, newest[0].sent_at))


def _named(db: Connection, source: Source, uids: Sequence[str]) -> Sequence[Archived]:
    wanted = set(uids)
    if len(wanted) > MAX_PAGE:
        raise InvalidInput("chat.asked-too-much")
    found = source.named(db, sorted(uid for uid in wanted if is_uid(uid)))
    if len(found) < len(wanted):
        raise NotFound("chat.not-found")
    return found


def _span(db: Connection, source: Source, asked: Asked) -> Span | None:
    """Return between which numbers the page lies, None if nothing can be there."""
    after, before = 0, MAX_ID
    for uid in (asked.later_than, asked.after):
        if uid:
            after = max(after, _number(db, source, uid))
    for uid in (asked.earlier_than, asked.before):
        if uid:
            before = min(before, _number(db, source, uid))
    if asked.since is not None:
        first = source.number_since(db, floor(asked.since))
        if first is None:
            return None
        after = max(after, first - 1)
    if asked.until is not None:
        beyond = source.number_since(db, floor(_next_ms(asked.until)))
        before = before if beyond is None else min(before, beyond)
    return Span(MessageId(after), MessageId(before), asked.peer, asked.resource)


def _number(db: Connection, source: Source, uid: str) -> MessageId:
    found = source.number(db, uid) if is_uid(uid) else None
    if found is None:
        raise NotFound("chat.not-found")
    return found


def _next_ms(instant: datetime) -> datetime:
    try:
        return instant + _MS
    except OverflowError:
        return instant


class PersonalSource:
    """The archive of one account."""

    def __init__(self, account_id: AccountId, now: datetime) -> None:
        self._account_id, self._now = account_id, now

    def number(self, db: Connection, uid: str) -> MessageId | None:
        """Return the number of a message that is there."""
        return personal.find_number(db, self._account_id, uid, self._now)

    def number_since(self, db: Connection, uid: str) -> MessageId | None:
        """Return the number of the first message from this uid on."""
        return personal.number_since(db, self._account_id, uid)

    def between(
        self, db: Connection, span: Span, *, most: int, backwards: bool
    ) -> Sequence[Archived]:
        """Return up to ``most``, the oldest first or the newest."""
        return personal.messages_between(
            db, self._account_id, span, now=self._now, most=most, backwards=backwards
        )

    def named(self, db: Connection, uids: Sequence[str]) -> Sequence[Archived]:
        """Return those of these uids, the oldest first."""
        return personal.named_messages(db, self._account_id, uids, self._now)


class PersonalHistory:
    """One's own archive. Nobody reads another's."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._fetched: dict[AccountId, datetime] = {}

    async def page(self, who: Caller, asked: Asked) -> HistoryPage:
        """Return a page of the archive of ``who``. Raises as `page_of`."""
        account_id, now = owner_of(who), self._clock.now()
        source = PersonalSource(account_id, now)
        page = await self._database.read(lambda db: page_of(db, source, asked))
        await self._note(account_id, now)
        return page

    async def ends(self, who: Caller) -> Ends | None:
        """Return where the archive of ``who`` begins and ends."""
        source = PersonalSource(owner_of(who), self._clock.now())
        return await self._database.read(lambda db: ends_of(db, source))

    async def choice(self, who: Caller) -> Choice:
        """Return what ``who`` wants kept."""
        account_id = owner_of(who)
        return await self._database.read(lambda db: choices.choice_of(db, account_id))

    async def choose(self, who: Caller, choice: Choice) -> Choice:
        """Keep this from now on; what is kept already goes sooner, never later.

        Raises InvalidInput ``chat.choice-refused``.
        """
        account_id, wanted = owner_of(who), checked(choice)
        kept = timedelta(hours=wanted.plain_h) // _MICROSECOND

        def change(db: Connection) -> Choice:
            choices.set_choice(db, account_id, wanted)
            return choices.choice_of(db, account_id)

        chosen = await self._database.write(change)
        while await self._database.write(
            lambda db: personal.shorten_plain(db, account_id, kept, most=_BATCH)
        ):
            continue
        return chosen

    async def _note(self, account_id: AccountId, now: datetime) -> None:
        """Remember the day, once a day."""
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if self._fetched.get(account_id) != day:
            await self._database.write(lambda db: choices.set_fetched(db, account_id, day))
            self._fetched[account_id] = day
