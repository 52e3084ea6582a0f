"""What every way to a new account shares: name, passkey or password, and where it ends."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from allmende.identity.model.answers import SignedIn
from allmende.identity.model.passkeys import NewPasskey
from allmende.identity.model.passwords import MIN_CHARS
from allmende.identity.service import IdentityService
from allmende.systems.desk.web.arriving import SECOND_STEP_PAGE
from allmende.systems.desk.web.kit import DeskKit, to
from allmende.systems.desk.web.recovery import kit_shown

_PROPOSAL: Final = re.compile(r"[a-z]{4,8}(?: [a-z]{4,8}){4}", re.ASCII)


class NewcomerForm(msgspec.Struct, forbid_unknown_fields=True):
    """A name, then a passkey or a password; ``proposal``: the password that stood there."""

    name: str = ""
    password: str = ""
    proposal: str = ""
    passkey: str = ""
    passkey_ticket: str = ""


class Newcomers:
    """People who have no account yet."""

    def __init__(self, identity: IdentityService, kit: DeskKit) -> None:
        self._identity = identity
        self._kit = kit

    async def passkey(self, form: NewcomerForm) -> NewPasskey | None:
        """Return the passkey that was made for the name. Raises InvalidInput ``passkey``."""
        if not form.passkey:
            return None
        return await self._identity.checked_passkey(form.passkey_ticket, form.passkey, form.name)

    async def welcome(
        self, request: Request, session: SignedIn, page: str, *, second_step: bool = False
    ) -> Response:
        """Show the recovery kit, then go on to ``page``; or where somebody waits for an answer.

        ``second_step``: the role of the account asks for one.
        """
        if session.waiting:
            return to(f"/requests/{session.waiting}")
        recovery = await self._identity.make_kit(session.caller)
        first = f"{SECOND_STEP_PAGE}?page={quote(page)}" if second_step else page
        return kit_shown(self._kit, request, recovery, first, session)

    def values(self, request: Request, form: NewcomerForm | None) -> Mapping[str, object]:
        """Return what the fields show. A password of one's own is never sent back.

        A proposal that was taken stays; it came from here and stood on the page before.
        """
        kept = form.proposal if form is not None and _PROPOSAL.fullmatch(form.proposal) else ""
        language = self._kit.texts.language_of(request)
        own = form is not None and form.password != kept
        return {
            "name": "" if form is None else form.name,
            "proposal": kept or self._identity.proposed_password(language),
            "own_password": own,
            "min_chars": MIN_CHARS,
            "passkeys": self._identity.has_passkeys,
        }
