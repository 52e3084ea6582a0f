"""Handing out other people's data on the command line: two operators agree, if there are two."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from allmende.core.accounts import Caller, ServerRole
from allmende.core.errors import Conflict, NotFound
from allmende.core.ids import HandoutId, PadId
from allmende.core.permissions import Permission
from allmende.identity import access
from allmende.identity.events import HandedOut, HandoutAsked
from allmende.identity.model.accounts import AccountState
from allmende.identity.model.handouts import CONSENTS_NEEDED, HANDOUT_LIFETIME, Handout, Whose
from allmende.identity.service.needs import account_of
from allmende.identity.service.strength import Strength
from allmende.identity.store import accounts, groups, handouts, people
from allmende.storage.outbox import record


class Handouts(Strength):
    """The command line asks, operators answer on their page, then it is typed once more (S13)."""

    async def hand_out_account(self, name: str) -> None:
        """Let the command line hand out an account once. Raises NotFound, Conflict."""

        def whose(db: Connection) -> Whose:
            stored = accounts.find_account_by_name(db, name.strip().lower())
            if stored is None or stored.state is AccountState.GONE:
                raise NotFound("identity.no-such-account")
            return Whose(account_id=stored.id)

        await self._hand_out(whose)

    async def hand_out_group(self, slug: str) -> None:
        """Let the command line hand out a group once. Raises NotFound, Conflict."""

        def whose(db: Connection) -> Whose:
            group = groups.find_group_by_slug(db, slug)
            if group is None:
                raise NotFound("group.not-found")
            return Whose(group_id=group.id)

        await self._hand_out(whose)

    async def hand_out_pad(self, pad_id: PadId) -> None:
        """Let the command line hand out the text of a pad once. Raises Conflict."""
        await self._hand_out(lambda _: Whose(pad_id=pad_id))

    async def handouts(self, who: Caller) -> Sequence[Handout]:
        """Return what the command line asked for. Raises NotSignedIn, NotAllowed."""
        now = self._clock.now()

        def question(db: Connection) -> Sequence[Handout]:
            access.require_server(db, who, Permission.DESK_OPERATE)
            return handouts.handouts_waiting(db, account_of(who), now)

        return await self._database.read(question)

    async def agree_to_handout(self, who: Caller, handout_id: HandoutId) -> None:
        """Agree that it is handed out.

        Raises NotAllowed, ProofNeeded, NotFound ``identity.no-such-handout``, Conflict
        ``identity.agreed-already``.
        """
        await self._require_operator(who)
        await self.require_strong(who)
        now = self._clock.now()

        def change(db: Connection) -> None:
            access.require_server(db, who, Permission.DESK_OPERATE)
            own = account_of(who)
            found = handouts.find_handout(db, handout_id, own, now)
            if found is None:
                raise NotFound("identity.no-such-handout")
            if found.agreed_myself:
                raise Conflict("identity.agreed-already")
            handouts.add_consent(db, handout_id, own)

        await self._database.write(change)

    async def refuse_handout(self, who: Caller, handout_id: HandoutId) -> None:
        """Forget what the command line asked for. Raises NotAllowed, NotFound."""

        def change(db: Connection) -> None:
            access.require_server(db, who, Permission.DESK_OPERATE)
            if not handouts.end_handout(db, handout_id):
                raise NotFound("identity.no-such-handout")

        await self._database.write(change)

    async def _require_operator(self, who: Caller) -> None:
        await self._database.read(
            lambda db: access.require_server(db, who, Permission.DESK_OPERATE)
        )

    async def _hand_out(self, whose_of: Callable[[Connection], Whose]) -> None:
        """Return if it may be done now, and forget the consents: they count once.

        Where there are two operators or more, the first time it is kept and they are told.
        Raises Conflict ``identity.operators-asked``, ``identity.second-operator-needed``.
        """
        now = self._clock.now()

        def change(db: Connection) -> str:
            whose = whose_of(db)
            kept = handouts.find_handout_of(db, whose)
            waits = None if kept is None else handouts.find_handout(db, kept, None, now)
            has_two = people.count_role(db, ServerRole.OPERATOR) >= CONSENTS_NEEDED
            if has_two and waits is not None and not waits.is_agreed:
                return "identity.second-operator-needed"
            if kept is not None:
                handouts.end_handout(db, kept)
            if has_two and waits is None:
                handout_id = handouts.add_handout(db, whose, now + HANDOUT_LIFETIME)
                record(db, HandoutAsked(at=now, handout_id=handout_id))
                return "identity.operators-asked"
            record(db, _handed_out(whose, now))
            return ""

        refused = await self._database.write(change)
        if refused:
            raise Conflict(refused)


def _handed_out(whose: Whose, now: datetime) -> HandedOut:
    return HandedOut(
        at=now, account_id=whose.account_id, group_id=whose.group_id, pad_id=whose.pad_id
    )
