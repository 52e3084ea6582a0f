"""The mode of registration: chosen while the server runs, and closed by itself when it must be."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.permissions import Permission
from allmende.identity import access
from allmende.identity.model.origins import ORIGIN_TIME
from allmende.identity.model.registration import (
    UNATTENDED_TIME,
    WAVE_SIGN_UPS,
    WAVE_TIME,
    Mode,
    RegistrationShown,
    Setting,
    Why,
)
from allmende.identity.service.needs import Needs
from allmende.identity.store import registration as store

MODE: Final = "registration"
VOUCHING: Final = "vouching"
MODERATED: Final = "moderated"
_ON: Final = "on"
_OFF: Final = "off"
_SHOWN: Final = 20


class Registrations(Needs):
    """Who may come, decided by the operators and, in a wave, by the server."""

    async def registration(self) -> RegistrationShown:
        """Return the mode, why it is that, and whether members vouch."""
        return await self._database.read(registration_of)

    async def registration_history(self, who: Caller) -> Sequence[Setting]:
        """Return the last choices, newest first. Raises NotSignedIn, NotAllowed."""

        def question(db: Connection) -> Sequence[Setting]:
            access.require_server(db, who, Permission.DESK_OPERATE)
            return store.settings_of(db, MODE, most=_SHOWN)

        return await self._database.read(question)

    async def set_registration(self, who: Caller | None, mode: Mode, *, vouching: bool) -> None:
        """Choose the mode, and whether two members let somebody in who asks.

        ``who`` None: the command line. Raises NotSignedIn, NotAllowed.
        """
        now = self._clock.now()

        def change(db: Connection) -> None:
            if who is not None:
                access.require_server(db, who, Permission.DESK_OPERATE)
            before = registration_of(db)
            if before.mode is not mode:
                store.add_setting(db, MODE, mode, Why.CHOSEN, now)
            if before.vouching is not vouching:
                store.add_setting(db, VOUCHING, _ON if vouching else _OFF, Why.CHOSEN, now)

        await self._database.write(change)

    async def close_unattended(self) -> bool:
        """Close open registration that nobody looks after; return whether it was. By a job."""
        now = self._clock.now()
        return await self._database.write(lambda db: _close_unattended(db, now))


def registration_of(db: Connection) -> RegistrationShown:
    """Return the mode as it is now. Index: identity_setting_by_name."""
    chosen = store.settings_of(db, MODE, most=1)
    vouching = store.settings_of(db, VOUCHING, most=1)
    lets_in = not vouching or vouching[0].value == _ON
    if not chosen:
        return RegistrationShown(Mode.INVITE, Why.DEFAULT, None, lets_in)
    newest = chosen[0]
    return RegistrationShown(Mode(newest.value), Why(newest.why), newest.at, lets_in)


def mode_now(db: Connection, now: datetime) -> Mode:
    """Return the mode for somebody who signs up; open registration may close here."""
    if _close_unattended(db, now):
        return Mode.REQUEST
    return registration_of(db).mode


def close_in_wave(db: Connection, now: datetime) -> None:
    """Close open registration if too many have come within the hour. Called after each."""
    since = now - WAVE_TIME + ORIGIN_TIME
    if registration_of(db).mode is Mode.OPEN and store.count_over_web(db, since) >= WAVE_SIGN_UPS:
        store.add_setting(db, MODE, Mode.REQUEST, Why.WAVE, now)


def note_moderation(db: Connection, now: datetime) -> None:
    """Remember that somebody looked after the server today; not who, nor when exactly."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    newest = store.settings_of(db, MODERATED, most=1)
    if not newest or newest[0].at < today:
        store.replace_setting(db, MODERATED, "", today)


def _close_unattended(db: Connection, now: datetime) -> bool:
    shown = registration_of(db)
    if shown.mode is not Mode.OPEN or shown.since is None:
        return False
    looked = store.settings_of(db, MODERATED, most=1)
    last = max([shown.since, *(setting.at for setting in looked)])
    if now - last < UNATTENDED_TIME:
        return False
    store.add_setting(db, MODE, Mode.REQUEST, Why.UNATTENDED, now)
    return True
