"""The queue, waves, and what moderators do with accounts. ``who`` None: the command line."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller, ServerRole
from allmende.core.errors import Conflict, NotAllowed, NotFound
from allmende.core.ids import AccountId, RequestId
from allmende.core.permissions import Permission
from allmende.identity import access
from allmende.identity.events import AccountFrozen, AccountReleased
from allmende.identity.model.accounts import AccountState, StoredAccount
from allmende.identity.model.moderation import Duties, OriginShown, Queue, Waiting, Wave
from allmende.identity.model.origins import inviter, wave_began
from allmende.identity.model.registration import (
    MAX_ANSWER_CHARS,
    MAX_WAITING,
    WAVE_SHOWN,
    Mark,
    RequestState,
    clean_text,
)
from allmende.identity.service.registration import note_moderation, registration_of
from allmende.identity.service.requests import Requests, let_in, refuse
from allmende.identity.service.sessions import Sessions
from allmende.identity.store import accounts, people, registration, requests
from allmende.storage.outbox import record

AT_A_TIME: Final = 50
_SHOWN: Final = 200


class Moderation(Requests, Sessions):
    """What waits is decided one by one or as a wave."""

    async def queue(self, who: Caller, origin: str | None = None) -> Queue:
        """Return what waits; with ``origin`` the people of that wave. Raises NotAllowed.

        Looking at it counts as looking after the server.
        """
        now = self._clock.now()

        def question(db: Connection) -> Queue:
            access.require_server(db, who, Permission.DESK_MODERATE)
            operates = Permission.DESK_OPERATE in access.server_rights(db, who)
            return replace(_queue(db, origin, now), operates=operates)

        found = await self._database.read(question)
        await self._database.write(lambda db: note_moderation(db, now))
        return found

    async def duties(self, who: Caller) -> Duties | None:
        """Return what waits for the caller; None for those who look after nothing here."""

        def question(db: Connection) -> Duties | None:
            rights = access.server_rights(db, who)
            if Permission.DESK_MODERATE not in rights:
                return None
            return Duties(requests.count_waiting(db), Permission.DESK_OPERATE in rights)

        return await self._database.read(question)

    async def requests_waiting(self) -> Sequence[Waiting]:
        """Return everybody who waits, oldest first. For the command line."""

        def question(db: Connection) -> Sequence[Waiting]:
            found = requests.waiting_shown(db, None, largest=MAX_WAITING + 1, most=MAX_WAITING)
            everybody = [one for some in found.values() for one in some]
            return sorted(everybody, key=lambda one: one.id)

        return await self._database.read(question)

    async def decide(
        self, who: Caller | None, request_id: RequestId, *, grant: bool, answer: str = ""
    ) -> None:
        """Let somebody in, or not. Raises NotAllowed, NotFound, Conflict, InvalidInput."""
        text, now = clean_text(answer, MAX_ANSWER_CHARS, "answer"), self._clock.now()

        def change(db: Connection) -> None:
            _require_moderator(db, who, now)
            found = requests.find_request(db, request_id)
            if found is None:
                raise NotFound("identity.no-such-request")
            if grant:
                let_in(db, found, text, now)
            else:
                refuse(db, found, RequestState.DECLINED, text, now)

        await self._database.write(change)

    async def decide_wave(
        self, who: Caller | None, origin: str, *, grant: bool, answer: str = ""
    ) -> int:
        """Decide at once about all who wait from one origin; return how many there were."""
        text, now = clean_text(answer, MAX_ANSWER_CHARS, "answer"), self._clock.now()

        def change(db: Connection) -> int:
            _require_moderator(db, who, now)
            some = requests.waiting_of(db, origin or None, most=AT_A_TIME)
            for found in some:
                if grant:
                    let_in(db, found, text, now)
                else:
                    refuse(db, found, RequestState.DECLINED, text, now)
            return len(some)

        return await self._in_pieces(change)

    async def freeze_origin(self, who: Caller | None, origin: str) -> int:
        """Freeze all accounts of one origin, but those that look after the server."""
        return await self._move_origin(who, origin, AccountState.ACTIVE, AccountState.FROZEN)

    async def release_origin(self, who: Caller | None, origin: str) -> int:
        """Release all frozen accounts of one origin; return how many."""
        return await self._move_origin(who, origin, AccountState.FROZEN, AccountState.ACTIVE)

    async def freeze(self, who: Caller | None, name: str) -> None:
        """Freeze an account: whatever is open with it ends within seconds.

        Raises NotFound, Conflict ``identity.other-state``, NotAllowed ``identity.not-above``.
        """
        account_id = await self._move(who, name, AccountState.ACTIVE, AccountState.FROZEN)
        self.forget_session(account_id, None)

    async def release(self, who: Caller | None, name: str) -> None:
        """Release a frozen account, or let in one that waits. Raises like ``freeze``."""
        await self._move(who, name, AccountState.FROZEN, AccountState.ACTIVE)

    async def set_mark(self, who: Caller | None, name: str, mark: Mark, *, on: bool) -> None:
        """Mark an account, or take the mark away. Raises NotFound, NotAllowed."""
        now = self._clock.now()

        def change(db: Connection) -> None:
            _require_moderator(db, who, now)
            registration.set_mark(db, _require_named(db, who, name).id, mark, on=on)

        await self._database.write(change)

    async def _move(
        self, who: Caller | None, name: str, was: AccountState, now_is: AccountState
    ) -> AccountId:
        now = self._clock.now()

        def change(db: Connection) -> AccountId:
            _require_moderator(db, who, now)
            account = _require_named(db, who, name)
            if account.state is AccountState.NEW and now_is is AccountState.ACTIVE:
                found = requests.find_by_account(db, account.id)
                if found is not None:
                    let_in(db, found, "", now)
                    return account.id
            if not registration.set_state(db, account.id, was, now_is):
                raise Conflict("identity.other-state", state=account.state)
            _tell(db, account.id, now_is, now)
            return account.id

        return await self._database.write(change)

    async def _move_origin(
        self, who: Caller | None, origin: str, was: AccountState, now_is: AccountState
    ) -> int:
        now = self._clock.now()

        def change(db: Connection) -> list[AccountId]:
            _require_moderator(db, who, now)
            found = registration.accounts_of_origin(db, origin, was, most=AT_A_TIME)
            for account in found:
                registration.set_state(db, account.id, was, now_is)
            for account in found:
                _tell(db, account.id, now_is, now)
            return [account.id for account in found]

        moved = 0
        while some := await self._database.write(change):
            moved += len(some)
            for account_id in some:
                self.forget_session(account_id, None)
        return moved

    async def _in_pieces(self, change: Callable[[Connection], int]) -> int:
        done = 0
        while some := await self._database.write(change):
            done += some
        return done


def _require_moderator(db: Connection, who: Caller | None, now: datetime) -> None:
    if who is not None:
        access.require_server(db, who, Permission.DESK_MODERATE)
        note_moderation(db, now)


def _require_named(db: Connection, who: Caller | None, name: str) -> StoredAccount:
    """Return an account that ``who`` may decide about. Raises NotFound, NotAllowed."""
    stored = accounts.find_account_by_name(db, name.strip().lower())
    if stored is None or stored.state is AccountState.GONE:
        raise NotFound("identity.no-such-account")
    looks_after = stored.role in (ServerRole.MODERATOR, ServerRole.OPERATOR)
    if who is not None and looks_after:
        if Permission.DESK_OPERATE not in access.server_rights(db, who):
            raise NotAllowed("identity.not-above")
        if stored.id == who.account_id:
            raise NotAllowed("identity.not-oneself")
    return stored


def _tell(db: Connection, account_id: AccountId, now_is: AccountState, now: datetime) -> None:
    if now_is is AccountState.FROZEN:
        record(db, AccountFrozen(at=now, account_id=account_id))
    else:
        record(db, AccountReleased(at=now, account_id=account_id))


def _queue(db: Connection, origin: str | None, now: datetime) -> Queue:
    counts: dict[str, dict[AccountState, int]] = {}
    for name, state, count in registration.origin_counts(db, now):
        counts.setdefault(name, {})[state] = count
    waiting = dict(requests.waiting_origins(db))
    shown = requests.waiting_shown(db, origin, largest=WAVE_SHOWN, most=_SHOWN)
    invited = [found for name in {*counts, *waiting} if name and (found := inviter(name))]
    names = people.names_of(db, invited)

    def by(name: str) -> str:
        return names.get(inviter(name) or AccountId(0), "")

    waves = [
        Wave(
            name or "",
            by(name or ""),
            wave_began(name or ""),
            count,
            shown.get(name, ()),
            large=count >= WAVE_SHOWN,
        )
        for name, count in waiting.items()
        if origin is None or name == origin
    ]
    origins = [
        OriginShown(name, by(name), wave_began(name), states) for name, states in counts.items()
    ]
    return Queue(waves, origins, registration_of(db))
