"""One inbox for each person; implements the port Notices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import available_timezones

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.clock import Clock
from allmende.core.errors import InvalidInput, NotFound, NotSignedIn
from allmende.core.ids import AccountId, GroupId, NoticeId
from allmende.identity.model.accounts import AccountState
from allmende.identity.model.tokens import new_token
from allmende.identity.service.needs import person_of
from allmende.identity.store import accounts, groups
from allmende.storage.database import Database
from allmende.storage.outbox import record
from allmende.systems.desk.events import NoticeTold
from allmende.systems.desk.model.notices import (
    MAX_ENDPOINT_CHARS,
    MAX_NOTICES,
    PUSH_WAITS,
    DuePush,
    GroupLevel,
    Level,
    Notice,
    QuietHours,
    StoredPush,
    clean_link,
    clean_values,
)
from allmende.systems.desk.store import notices, pushes

DUE_AT_A_TIME: Final = 20
_NEW: Final = NoticeId(0)
_TOLD: Final = (AccountState.ACTIVE, AccountState.LEAVING)


@dataclass(frozen=True, slots=True)
class Inbox:
    """What a person sees of what was told to them. ``device``: whether this one rings."""

    notices: Sequence[Notice]
    levels: Sequence[GroupLevel]
    quiet: QuietHours | None
    device: StoredPush | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What a browser says about itself when it wants to be rung."""

    endpoint: str
    key: str
    auth: str
    shows_text: bool
    language: str


class NoticeService:
    """Tells people what concerns them and remembers what they want to hear."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def tell(
        self,
        account_id: AccountId,
        message_id: str,
        values: Mapping[str, str],
        link: str,
        *,
        group_id: GroupId | None = None,
        once: str = "",
    ) -> None:
        """Put a text into the inbox and ring where the person wants that (port Notices)."""
        now, once = self._clock.now(), once or new_token(128)
        notice = Notice(_NEW, message_id, clean_values(values), clean_link(link), False, now)

        def change(db: Connection) -> None:
            if not _may_be_told(db, account_id):
                return
            level = Level.ALL if group_id is None else notices.level_of(db, account_id, group_id)
            if level is Level.NONE:
                return
            added = notices.add_notice(db, account_id, notice, once=once, most=MAX_NOTICES)
            if added is None:
                return
            if level is Level.ALL:
                quiet = notices.quiet_of(db, account_id)
                pushes.add_jobs(db, account_id, added, quiet.rings_at(now) if quiet else now)
            record(db, NoticeTold(at=now, account_id=account_id))

        await self._database.write(change)

    async def inbox(self, who: Caller) -> Inbox:
        """Return the newest notices and what the person chose. Raises NotSignedIn."""
        account_id = person_of(who)

        def question(db: Connection) -> Inbox:
            chosen = notices.levels(db, account_id)
            mine = [membership.group for membership in groups.groups_of(db, account_id)]
            device = None if who.session_id is None else pushes.push_of(db, who.session_id)
            return Inbox(
                notices.inbox(db, account_id, MAX_NOTICES),
                [GroupLevel(group, chosen.get(group.id, Level.ALL)) for group in mine],
                notices.quiet_of(db, account_id),
                device,
            )

        return await self._database.read(question)

    async def unread(self, who: Caller) -> int:
        """Return how many notices were not read; 0 for somebody who is not signed in."""
        account_id = who.account_id
        if account_id is None:
            return 0
        return await self._database.read(lambda db: notices.unread(db, account_id))

    async def opened(self, who: Caller, notice_id: NoticeId) -> str:
        """Mark a notice as read and return where it leads. Raises NotFound, NotSignedIn."""
        account_id = person_of(who)

        def change(db: Connection) -> str:
            notice = notices.find_notice(db, account_id, notice_id)
            if notice is None:
                raise NotFound("desk.no-such-notice")
            notices.mark_one_read(db, account_id, notice_id)
            return notice.link

        return await self._database.write(change)

    async def read_all(self, who: Caller, up_to: NoticeId) -> None:
        """Mark everything up to ``up_to`` as read: what came later was not on the page."""
        account_id = person_of(who)
        await self._database.write(lambda db: notices.mark_read(db, account_id, up_to))

    async def choose(self, who: Caller, group_id: GroupId, level: Level) -> None:
        """Choose how much to hear of one's group. Raises NotFound, NotSignedIn."""
        account_id = person_of(who)

        def change(db: Connection) -> None:
            if groups.find_role(db, group_id, account_id) is None:
                raise NotFound("web.not-found")
            notices.set_level(db, account_id, group_id, level)

        await self._database.write(change)

    async def keep_quiet(self, who: Caller, quiet: QuietHours | None) -> None:
        """Choose when nothing rings. Raises InvalidInput ``time_zone``, NotSignedIn."""
        account_id = person_of(who)
        if quiet is not None and quiet.time_zone not in available_timezones():
            raise InvalidInput("desk.no-such-zone", field="time_zone")
        await self._database.write(lambda db: notices.set_quiet(db, account_id, quiet))

    async def ring_here(self, who: Caller, device: Device) -> None:
        """Ring this device from now on; it ends with the session.

        Raises InvalidInput ``desk.device-refused``, NotSignedIn.
        """
        account_id, session_id = person_of(who), who.session_id
        if session_id is None:
            raise NotSignedIn("web.not-signed-in")
        if len(device.endpoint) > MAX_ENDPOINT_CHARS:
            raise InvalidInput("desk.device-refused", field="endpoint")
        push = StoredPush(
            session_id,
            account_id,
            device.endpoint,
            device.key,
            device.auth,
            device.shows_text,
            device.language,
        )
        await self._database.write(lambda db: pushes.set_push(db, push))

    async def ring_no_more(self, who: Caller) -> None:
        """Ring this device no more. Raises NotSignedIn."""
        person_of(who)
        session_id = who.session_id
        if session_id is None:
            raise NotSignedIn("web.not-signed-in")
        await self._database.write(lambda db: pushes.drop_push(db, session_id))

    async def due(self) -> tuple[Sequence[DuePush], datetime | None]:
        """Return what is to be sent now, and when to look again if nothing happens."""
        now = self._clock.now()

        def question(db: Connection) -> tuple[Sequence[DuePush], datetime | None]:
            return pushes.due_pushes(db, now, DUE_AT_A_TIME), pushes.next_due(db)

        return await self._database.read(question)

    async def taken(self, due: DuePush) -> None:
        """The push service has it, or will never take it."""
        await self._database.write(lambda db: pushes.finish_job(db, due.job_id))

    async def unknown_there(self, due: DuePush) -> None:
        """The push service does not know this device any more (RFC 8030, 7.3)."""
        await self._database.write(lambda db: pushes.drop_device(db, due.push_id))

    async def failed(self, due: DuePush) -> None:
        """Try again later, a few times; the notice itself stays in the inbox."""
        if due.tries >= len(PUSH_WAITS):
            return await self.taken(due)
        later = self._clock.now() + PUSH_WAITS[due.tries]
        await self._database.write(lambda db: pushes.put_off(db, due.job_id, later))
        return None


def _may_be_told(db: Connection, account_id: AccountId) -> bool:
    stored = accounts.find_account(db, account_id)
    return stored is not None and stored.state in _TOLD
