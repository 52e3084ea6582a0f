"""What every part of the service stands on."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from allmende.core.accounts import Caller
from allmende.core.bus import Bus
from allmende.core.clock import Clock
from allmende.core.errors import NotAllowed, NotSignedIn
from allmende.core.ids import AccountId
from allmende.identity.model.settings import DEFAULTS, Settings
from allmende.identity.model.words import Words
from allmende.storage.database import Database
from allmende.storage.secret import secret

T = TypeVar("T")


class Threads(Protocol):
    """Runs work that keeps a processor busy; ``allmende.transports.threads.Threads``."""

    async def run(self, work: Callable[[], T]) -> T:
        """Return what ``work`` returns; Unavailable when too much waits."""
        ...


class Needs:
    """The constructor of the service: everything it uses of the rest of the house."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        threads: Threads,
        bus: Bus,
        settings: Settings = DEFAULTS,
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._threads = threads
        self._bus = bus
        self._words = Words()
        self._key: bytes | None = None

    async def _house_key(self) -> bytes:
        """Return the 32 bytes that sign keys of guests and passes; read once."""
        if self._key is None:
            self._key = await self._database.write(lambda db: secret(db, "identity"))
        return self._key


def account_of(who: Caller) -> AccountId:
    """Return the account of ``who``. Raises NotSignedIn ``web.not-signed-in``."""
    if who.account_id is None:
        raise NotSignedIn("web.not-signed-in")
    return who.account_id


def person_of(who: Caller) -> AccountId:
    """Return the account of a person: no program changes or learns what opens an account.

    Raises NotSignedIn ``web.not-signed-in``, NotAllowed ``web.not-for-programs``.
    """
    account_id = account_of(who)
    if who.is_program:
        raise NotAllowed("web.not-for-programs")
    return account_id
