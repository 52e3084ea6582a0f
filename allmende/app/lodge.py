"""The lodge beside the door: where the key of the house is handed in, lent out and given back.

Pages and commands come here; commands by the socket of ``transports/control.py``.
"""

import asyncio
import logging
from functools import partial
from pathlib import Path
from typing import Final, Literal

import msgspec

from allmende.core.errors import AllmendeError, Conflict, TooManyRequests
from allmende.storage.vault import HouseKeys, KeyMode, Sealed, load_keys, mode_of

State = Literal["locked", "opening", "open"]

OPEN_WITHIN_S: Final = 20.0
MAX_WAITING: Final = 4
_log: Final = logging.getLogger("allmende.house")


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a command wants."""

    want: Literal["state", "keys", "unlock", "lock"]
    passphrase: str = ""


class Told(msgspec.Struct, frozen=True):
    """What it is told: how the house is, and the id of a refusal."""

    state: State
    refused: str = ""
    database: bytes = b""
    blobs: bytes = b""


class Lodge:
    """Holds the keys of one house. ``ready``: it is open. ``locking``: it shall close."""

    def __init__(self, file: Path, data: Path, mode: KeyMode) -> None:
        self._file = file
        self._data = data
        self._mode: KeyMode = mode
        self._keys: HouseKeys | None = None
        self._trying = asyncio.Lock()
        self._waiting = 0
        self.handed_in = asyncio.Event()
        self.ready = asyncio.Event()
        self.locking = asyncio.Event()

    @property
    def state(self) -> State:
        """How the house is."""
        if self._keys is None:
            return "locked"
        return "open" if self.ready.is_set() else "opening"

    @property
    def keys(self) -> HouseKeys:
        """The keys. Raises Sealed while nobody has handed them in."""
        if self._keys is None:
            raise Sealed("storage.sealed", file=str(self._file))
        return self._keys

    async def look(self) -> None:
        """Take the key from its file, if it lies open there. Raises as ``load_keys``."""
        load = partial(load_keys, self._file, mode=self._mode, data=self._data)
        try:
            self._take(await asyncio.to_thread(load))
        except Sealed:
            _log.info("locked: waiting for the passphrase")

    async def unlock(self, passphrase: str) -> None:
        """Open the key, one try at a time, and wait until the house is open.

        Raises WrongPassphrase, TooManyRequests; TimeoutError if it opens for longer than 20 s.
        """
        if self._waiting >= MAX_WAITING:
            raise TooManyRequests("web.too-many-requests", retry_after_s=5)
        self._waiting += 1
        load = partial(load_keys, self._file, mode=self._mode, passphrase=passphrase)
        try:
            async with self._trying:
                if self._keys is None:
                    self._take(await asyncio.to_thread(load))
        finally:
            self._waiting -= 1
        async with asyncio.timeout(OPEN_WITHIN_S):
            await self.ready.wait()

    def lock(self) -> None:
        """Let the keys go. Raises Conflict ``storage.not-sealed`` if the file would open again."""
        if mode_of(self._file) != "sealed":
            raise Conflict("storage.not-sealed", file=str(self._file))
        self.locking.set()

    async def answer(self, line: bytes) -> bytes:
        """Answer a command."""
        return msgspec.json.encode(await self._told(line))

    async def _told(self, line: bytes) -> Told:
        try:
            asked = msgspec.json.decode(line, type=Ask)
            if asked.want == "unlock":
                await self.unlock(asked.passphrase)
            elif asked.want == "lock":
                self.lock()
                # The answer is the end of this connection, when nothing is in memory any more.
                await asyncio.get_running_loop().create_future()
        except msgspec.MsgspecError:
            return Told(self.state, "web.invalid-body")
        except TimeoutError:
            return Told(self.state, "storage.busy")
        except AllmendeError as error:
            return Told(self.state, error.message_id)
        if asked.want == "keys" and self._keys is not None:
            return Told(self.state, "", self._keys.database, self._keys.blobs)
        return Told(self.state)

    def _take(self, keys: HouseKeys) -> None:
        self._keys = keys
        self.handed_in.set()
