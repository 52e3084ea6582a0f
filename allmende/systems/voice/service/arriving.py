"""Who comes in: app password, certificate, invite, address of an open room (spec voice, 3)."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from allmende.core.accounts import STRANGER, Caller, Scope
from allmende.core.errors import (
    AllmendeError,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    TooManyRequests,
    UserError,
)
from allmende.core.ids import RoomId
from allmende.core.permissions import Permission
from allmende.identity.model.app_passwords import secret_of
from allmende.identity.model.certificates import pairing_code_of
from allmende.systems.voice.model.names import cleaned_name
from allmende.systems.voice.service.legs import Arrival
from allmende.systems.voice.service.needs import Surroundings

MAX_CERTIFICATE_BYTES: Final = 16 * 1024
MAX_PASSWORD_CHARS: Final = 512
MAX_TOKENS: Final = 16

FAILURES_FREE: Final = 10
FAILURES_WINDOW_S: Final = 120.0
MAX_DELAY_S: Final = 8.0
_FIRST_DELAY_S: Final = 0.5
_MAX_COUNTED: Final = 10_000

WITHOUT_CERTIFICATE_S: Final = 2 * 3600.0
"""So long a token that was used up brings back somebody who shows no certificate."""

WITH_CERTIFICATE_S: Final = 24 * 3600.0
MAX_REMEMBERED: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What a client shows. ``source_key``: the keyed hash of where it comes from."""

    name: str
    password: str = field(default="", repr=False)
    certificate: bytes | None = field(default=None, repr=False)
    tokens: Sequence[str] = field(default=(), repr=False)
    source_key: str = ""


class Delays:
    """Wrong tries by source and by name; after ten in two minutes the answer takes longer.

    Nobody is locked out: a right password is answered at once.
    """

    def __init__(self) -> None:
        self._tries: dict[str, list[float]] = {}

    def failed(self, keys: Sequence[str], now_s: float) -> float:
        """Count a wrong try and return for how many seconds to keep the answer back."""
        return max(self._count(key, now_s) for key in keys)

    def _count(self, key: str, now_s: float) -> float:
        recent = [at for at in self._tries.pop(key, ()) if now_s - at < FAILURES_WINDOW_S]
        recent.append(now_s)
        self._tries[key] = recent[-64:]
        while len(self._tries) > _MAX_COUNTED:
            self._tries.pop(next(iter(self._tries)))
        over = len(recent) - FAILURES_FREE
        if over <= 0:
            return 0.0
        return float(min(_FIRST_DELAY_S * 2.0 ** min(over - 1, 8), MAX_DELAY_S))


class Arriving:
    """Turns what a client shows into who it is."""

    def __init__(self, here: Surroundings) -> None:
        self._here = here
        self._guests: dict[str, tuple[float, Caller]] = {}
        """By token and certificate: a token that was used up brings back who used it."""

    async def identify(self, came: Came) -> Arrival:
        """Return who this is.

        Raises NotSignedIn ``voice.wrong-password`` for whatever does not fit, InvalidInput
        ``voice.name-refused``, Unavailable.
        """
        shown = fingerprint(came.certificate)
        for way in (self._by_password, self._by_pairing, self._by_certificate):
            found = await way(came, shown)
            if found is not None:
                return found
        return await self._by_invite(came, shown)

    async def _by_password(self, came: Came, shown: str) -> Arrival | None:
        if secret_of(came.password[:MAX_PASSWORD_CHARS]) is None:
            return None
        try:
            who = await self._here.credentials.check(
                came.name, came.password, Scope.VOICE, came.source_key
            )
        except (NotSignedIn, NotAllowed, TooManyRequests):
            return None
        bound = await self._here.ways.certificate_of(shown) if shown else None
        is_own = bound is not None and bound.account_id == who.account_id
        return await self._account(who, f"p{who.app_password_id}", shown, bound=is_own)

    async def _by_pairing(self, came: Came, shown: str) -> Arrival | None:
        """A code of the account's page, typed as password, binds the certificate."""
        if not shown or came.certificate is None or pairing_code_of(came.password) is None:
            return None
        try:
            who = await self._here.ways.pair_certificate(came.password, came.certificate)
        except UserError:
            return None
        return await self._account(who, f"c{shown}", shown, bound=True)

    async def _by_certificate(self, _: Came, shown: str) -> Arrival | None:
        who = await self._here.ways.certificate_of(shown) if shown else None
        return None if who is None else await self._account(who, f"c{shown}", shown, bound=True)

    async def _account(self, who: Caller, by: str, shown: str, *, bound: bool) -> Arrival:
        if who.account_id is None:
            raise NotSignedIn("voice.wrong-password")
        name = await self._here.identity.name_of(who.account_id)
        known_by = self.hash_of(f"a{who.account_id}")
        return Arrival(who, name, by, known_by, certificate=shown, bound=bound)

    async def _by_invite(self, came: Came, shown: str) -> Arrival:
        token = came.password or next(iter(came.tokens), "")
        if not token or len(token) > MAX_PASSWORD_CHARS:
            raise NotSignedIn("voice.wrong-password")
        name = cleaned_name(came.name)
        who = await self.guest(token, name, shown)
        if who.guest is None:
            raise NotSignedIn("voice.wrong-password")
        known_by = self.hash_of(f"g{shown}") if shown else ""
        credential = f"g{who.guest.id}"
        return Arrival(who, name, credential, known_by, who.guest.room_id, certificate=shown)

    async def guest(self, token: str, name: str, shown: str) -> Caller:
        """Return the guest that a token makes; the same as before for who comes back with it.

        Raises NotSignedIn ``voice.wrong-password``.
        """
        key = self._key_of(token, shown or f"n{name}")
        now_s = self._here.clock.monotonic_s()
        until_s, before = self._guests.get(key, (0.0, STRANGER))
        if now_s < until_s and await self._still_good(before):
            return before
        try:
            who = await self._here.ways.guest_by_token(token, name, shown)
        except InvalidInput as refused:
            if refused.values.get("field") == "name":
                raise InvalidInput("voice.name-refused", field="name") from refused
            raise NotSignedIn("voice.wrong-password") from refused
        except (NotFound, NotAllowed, TooManyRequests) as refused:
            raise NotSignedIn("voice.wrong-password") from refused
        lives_s = WITH_CERTIFICATE_S if shown else WITHOUT_CERTIFICATE_S
        self._guests[key] = (now_s + lives_s, who)
        while len(self._guests) > MAX_REMEMBERED:
            self._guests.pop(next(iter(self._guests)))
        return who

    async def _still_good(self, who: Caller) -> bool:
        if who.guest is None:
            return False
        room_id = who.guest.room_id
        return await self._here.identity.may(who, room_id, Permission.ROOM_ENTER)

    async def invited(self, arrival: Arrival, tokens: Sequence[str]) -> dict[RoomId, Caller]:
        """Return as whom somebody may be in rooms of further invites; wrong ones are let pass."""
        found: dict[RoomId, Caller] = {}
        for token in tokens[:MAX_TOKENS]:
            try:
                guest = (await self.guest(token, arrival.name, arrival.certificate)).guest
            except AllmendeError:
                continue
            if guest is not None:
                found[guest.room_id] = Caller(arrival.who.account_id, guest=guest)
        return found

    def hash_of(self, person: str) -> str:
        """Return what others recognise ``person`` by, on this server alone.

        Clients keep local volume and nicknames under it; it opens nothing.
        """
        keyed = hmac.digest(self._here.key, f"voice-hash\0{person}".encode(), "sha256")
        # Mumble's field is a SHA-1 in hex; what is hashed is a secret already.
        return hashlib.sha1(keyed, usedforsecurity=False).hexdigest()

    def _key_of(self, token: str, by: str) -> str:
        said = f"voice-token\0{by}\0{token}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._here.key, said, "sha256").hex()


def fingerprint(certificate: bytes | None) -> str:
    """Return the SHA-256 of a certificate in hex; empty where it counts as none."""
    if not certificate or len(certificate) > MAX_CERTIFICATE_BYTES:
        return ""
    return hashlib.sha256(certificate).hexdigest()
