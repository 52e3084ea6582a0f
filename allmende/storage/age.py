"""Files that only somebody with a key can read. Format: age-encryption.org/v1.

Keys are of the kind X25519. A *recipient* (``age1...``) encrypts, an *identity*
(``AGE-SECRET-KEY-1...``) decrypts. Writing is ours (`protocols.age`), reading the library's: it
pulls and pushes by itself, so it works at the other end of a pipe. Either has a thread of its own;
nothing is held but a few blocks.
"""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import Enum, auto
from queue import Queue
from threading import Thread
from typing import IO, Final, Protocol

import pyrage

from allmende.core.errors import InvalidInput, NotAllowed
from allmende.protocols.age import FileKey, Payload, header, public_key
from allmende.protocols.age.stanzas import FILE_KEY_BYTES, NONCE_BYTES

BEGIN: Final = b"age-encryption.org/v1\n"
_IDENTITY: Final = "AGE-SECRET-KEY-1"
_PIPE_BYTES: Final = 1024 * 1024
_BUFFER_BYTES: Final = 64 * 1024
_PIECES_WAITING: Final = 16


def new_identity() -> tuple[str, str]:
    """Return a new identity and its recipient."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def recipient_of(identity: str) -> str:
    """Return what encrypts for ``identity``. Raises InvalidInput ``storage.key-refused``."""
    return str(_identity(identity).to_public())


def require_recipient(text: str) -> None:
    """Raise InvalidInput ``storage.recipient-refused`` if ``text`` is no recipient."""
    _recipient(text)


def identities_in(text: str) -> Sequence[str]:
    """Return the identities in a key file: a line each, and lines of remarks.

    Raises InvalidInput ``storage.key-refused`` if there is none.
    """
    found = [line.strip() for line in text.splitlines() if _IDENTITY in line.upper()]
    for line in found:
        _identity(line)
    if not found:
        raise InvalidInput("storage.key-refused")
    return found


class Target(Protocol):
    """What is written to."""

    def write(self, piece: bytes, /) -> int:
        """Add ``piece``."""
        ...


class _Last(Enum):
    """What comes after the last piece: it was whole, or its writer left."""

    WHOLE = auto()
    LEFT = auto()


@contextmanager
def encrypting(target: Target, recipients: Sequence[str]) -> Iterator["Sealing"]:
    """Give something to write to; it goes to ``target``, readable by each recipient.

    What ``target`` fails with is raised by a later ``write``, or at the end.
    """
    keys = []
    for text in recipients:
        require_recipient(text)
        keys.append(public_key(text.strip()))
    sealing = Sealing(target, keys)
    try:
        yield sealing
        sealing.finish()
    finally:
        sealing.leave()
    sealing.require_good()


class Sealing:
    """Encrypts what it is given and writes it into ``target``, on a thread of its own.

    By OpenSSL, in a fifth of the time that the library needs; and whoever reads on meanwhile waits
    neither for that nor for the disk.
    """

    def __init__(self, target: Target, recipients: Sequence[bytes]) -> None:
        key, nonce = FileKey(secrets.token_bytes(FILE_KEY_BYTES)), secrets.token_bytes(NONCE_BYTES)
        ephemeral = [secrets.token_bytes(len(each)) for each in recipients]
        self._target = target
        self._payload = Payload(key.for_payload(nonce))
        self._waiting: Queue[bytes | _Last] = Queue(maxsize=_PIECES_WAITING)
        self._failure: Exception | None = None
        target.write(header(key, recipients, ephemeral) + nonce)
        self._thread = Thread(target=self._work, name="age")
        self._thread.start()

    def write(self, plain: bytes, /) -> int:
        """Add ``plain``."""
        self.require_good()
        self._waiting.put(plain)
        return len(plain)

    def finish(self) -> None:
        """There is no more: what was written is whole."""
        self._waiting.put(_Last.WHOLE)

    def leave(self) -> None:
        """Wait until the thread has ended; it wrote a last piece only after ``finish``."""
        self._waiting.put(_Last.LEFT)
        self._thread.join()

    def require_good(self) -> None:
        """Raise what the target failed with."""
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        while (piece := self._waiting.get()) is not _Last.LEFT:
            if self._failure is None:
                try:
                    self._take(piece)
                except Exception as failure:
                    self._failure = failure

    def _take(self, piece: bytes | _Last) -> None:
        if isinstance(piece, _Last):
            self._target.write(self._payload.finish())
            return
        for chunk in self._payload.send(piece):
            self._target.write(chunk)


@contextmanager
def decrypting(source: IO[bytes], identities: Sequence[str]) -> Iterator[IO[bytes]]:
    """Give a file with what ``source`` holds. Only who reads to its end knows it whole.

    Raises NotAllowed ``storage.wrong-backup-key``, InvalidInput ``storage.backup-damaged``: at
    the end of the body, instead of what the body raised because its file ended too early.
    """
    by = [_identity(text) for text in identities]
    kept = _Kept(source)
    reading, writing = _pipe()
    worker = _Worker(lambda: pyrage.decrypt_io(kept, writing, by), writing)
    try:
        with reading:
            yield reading
    finally:
        worker.join()
        if worker.failure is not None and not worker.was_left:
            raise kept.failure or _explained(worker.failure)


class _Worker:
    """Runs the library beside us and closes its end of the pipe."""

    def __init__(self, work: Callable[[], None], end: IO[bytes]) -> None:
        self._work = work
        self._end = end
        self.failure: Exception | None = None
        self._thread = Thread(target=self._run, name="age")
        self._thread.start()

    @property
    def was_left(self) -> bool:
        """Whether it failed because our side closed the pipe."""
        return "Broken pipe" in str(self.failure)

    def join(self) -> None:
        """Wait until it has ended."""
        self._thread.join()

    def _run(self) -> None:
        try:
            self._work()
        except Exception as failure:
            self.failure = failure
        with suppress(BrokenPipeError):
            self._end.close()


class _Kept:
    """A file that remembers its own failure: the library makes a text of it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.failure: OSError | None = None

    def read(self, size: int = -1) -> bytes:
        """Read."""
        try:
            return self._file.read(size)
        except OSError as failure:
            self.failure = failure
            raise


def _pipe() -> tuple[IO[bytes], IO[bytes]]:
    reading, writing = os.pipe()
    with suppress(OSError):  # a system may allow less; then it is slower
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return os.fdopen(reading, "rb", _BUFFER_BYTES), os.fdopen(writing, "wb", _BUFFER_BYTES)


def _recipient(text: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError as refused:
        raise InvalidInput("storage.recipient-refused") from refused


def _identity(text: str) -> pyrage.x25519.Identity:
    try:
        return pyrage.x25519.Identity.from_str(text.strip())
    except pyrage.IdentityError as refused:
        raise InvalidInput("storage.key-refused") from refused


def _explained(failure: Exception) -> Exception:
    if "No matching keys" in str(failure):
        return NotAllowed("storage.wrong-backup-key")
    return InvalidInput("storage.backup-damaged", detail=str(failure))
