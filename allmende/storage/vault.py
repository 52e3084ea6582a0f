"""The key of the house: what makes everything on this disk readable.

It lies in one file, outside of every backup. Two forms, both JSON with 0600:

* open (``key-file``): the 32 bytes themselves. Protects thrown-away disks and backups.
* sealed: the 32 bytes under a passphrase, Argon2id (RFC 9106) and ChaCha20-Poly1305 (RFC 8439).
  Protects a machine that is switched off; a person unlocks after each start.

Database and blobs have keys of their own, made from it by HKDF-SHA256 (RFC 5869).
"""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import msgspec
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from allmende.core.errors import Conflict, NotAllowed, Unavailable
from allmende.storage.blobs import sync_folder

KeyMode = Literal["key-file", "sealed"]

KEY_FOLDER: Final = "keys"
KEY_NAME: Final = "house.key"
"""Name of the file in the data folder. It is never in a backup."""

KEY_BYTES: Final = 32
_FORMAT: Final = 1
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_MOST_KIB: Final = 4 * 1024 * 1024
_MOST_PASSES: Final = 100


class Sealed(Unavailable):
    """The key is there, but under a passphrase that nobody has said yet."""


class WrongPassphrase(NotAllowed):
    """The passphrase does not open the key."""


@dataclass(frozen=True, slots=True)
class HouseKeys:
    """What opens the database and the blobs."""

    database: bytes = field(repr=False)
    blobs: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cost:
    """How much work one try of a passphrase is."""

    memory_kib: int = 256 * 1024
    passes: int = 3
    lanes: int = 2


COST: Final = Cost()


class _Open(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="key-file"):
    """The key itself."""

    format: int
    key: bytes


class _Locked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="sealed"):
    """The key under a passphrase."""

    format: int
    salt: bytes
    memory_kib: int
    passes: int
    lanes: int
    nonce: bytes
    key: bytes


def key_path(data: Path, key_file: str = "") -> Path:
    """Return where the key lies: ``key_file`` of the configuration, or in the data folder."""
    return Path(key_file) if key_file else data / KEY_FOLDER / KEY_NAME


def keys_of(house_key: bytes) -> HouseKeys:
    """Derive the keys of database and blobs. HKDF-SHA256, RFC 5869."""
    return HouseKeys(
        database=_derived(house_key, b"allmende database 1"),
        blobs=_derived(house_key, b"allmende blobs 1"),
    )


def load_keys(
    file: Path,
    *,
    mode: KeyMode = "key-file",
    passphrase: str | None = None,
    data: Path | None = None,
) -> HouseKeys:
    """Return the keys; make the file first if there is none and nothing needs an older one.

    Blocks, with a passphrase for about a second. Raises Sealed when a passphrase is needed,
    WrongPassphrase, Conflict ``storage.key-missing`` if ``data`` holds what only a lost key opens,
    ``storage.key-damaged``, and ``storage.key-open`` if the key lies open where it should not.
    """
    if not file.exists():
        require_nothing_locked(file, data)
        try:
            make_key(file, mode=mode, passphrase=passphrase)
        except Conflict:
            if not file.exists():
                raise  # otherwise another process made it meanwhile, and that one counts
    kept = _read(file)
    if isinstance(kept, _Open):
        if mode == "sealed":
            raise Conflict("storage.key-open", file=str(file))
        return keys_of(kept.key)
    if passphrase is None:
        raise Sealed("storage.sealed", file=str(file))
    return keys_of(_opened(kept, passphrase))


def mode_of(file: Path) -> KeyMode | None:
    """Return how the key lies there; None if there is none. Raises Conflict if it is damaged."""
    if not file.exists():
        return None
    return "key-file" if isinstance(_read(file), _Open) else "sealed"


def make_key(
    file: Path, *, mode: KeyMode = "key-file", passphrase: str | None = None, cost: Cost = COST
) -> None:
    """Make a new key. Raises Conflict ``storage.key-exists`` or ``storage.no-passphrase``."""
    if mode == "sealed" and passphrase is None:
        raise Conflict("storage.no-passphrase", file=str(file))
    house_key = secrets.token_bytes(KEY_BYTES)
    kept = _form(house_key, passphrase if mode == "sealed" else None, cost)
    try:
        _write(file, kept, once=True)
    except FileExistsError as there:
        raise Conflict("storage.key-exists", file=str(file)) from there


def seal(file: Path, passphrase: str, *, known: str | None = None, cost: Cost = COST) -> None:
    """Put the key under ``passphrase``; ``known`` opens it if it is sealed already."""
    _write(file, _form(_house_key(file, known), passphrase, cost))


def unseal(file: Path, passphrase: str) -> None:
    """Let the key lie open again. Raises WrongPassphrase."""
    _write(file, _form(_house_key(file, passphrase), None, COST))


def require_nothing_locked(file: Path, data: Path | None) -> None:
    """Raise Conflict ``storage.key-missing`` if a new key would make ``data`` unreadable."""
    if data is not None and (is_encrypted(data / "allmende.db") or _has_files(data / "blobs")):
        raise Conflict("storage.key-missing", file=str(file))


def is_plain(path: Path) -> bool:
    """Whether ``path`` is a database that everybody can read.

    This process must not have it open: closing a file drops all locks of the process on it
    (https://sqlite.org/howtocorrupt.html, 2.2).
    """
    return _begin_of(path) == b"SQLite format 3\0"


def is_encrypted(path: Path) -> bool:
    """Whether ``path`` holds something that is no plain database. See ``is_plain``."""
    return bool(_begin_of(path)) and not is_plain(path)


def _begin_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(16)
    except FileNotFoundError:
        return b""


def _has_files(folder: Path) -> bool:
    return any(path.is_file() for path in folder.glob("??/??/*"))


def _house_key(file: Path, passphrase: str | None) -> bytes:
    kept = _read(file)
    if isinstance(kept, _Open):
        return kept.key
    if passphrase is None:
        raise Sealed("storage.sealed", file=str(file))
    return _opened(kept, passphrase)


def _form(house_key: bytes, passphrase: str | None, cost: Cost) -> _Open | _Locked:
    if passphrase is None:
        return _Open(_FORMAT, house_key)
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    locked = _Locked(_FORMAT, salt, cost.memory_kib, cost.passes, cost.lanes, nonce, b"")
    under = ChaCha20Poly1305(_stretched(locked, passphrase))
    return msgspec.structs.replace(locked, key=under.encrypt(nonce, house_key, _bound(locked)))


def _opened(kept: _Locked, passphrase: str) -> bytes:
    try:
        under = ChaCha20Poly1305(_stretched(kept, passphrase))
        return under.decrypt(kept.nonce, kept.key, _bound(kept))
    except InvalidTag as wrong:
        raise WrongPassphrase("storage.wrong-passphrase") from wrong


def _stretched(kept: _Locked, passphrase: str) -> bytes:
    """Argon2id, RFC 9106."""
    return hash_secret_raw(
        _normal(passphrase),
        kept.salt,
        time_cost=kept.passes,
        memory_cost=kept.memory_kib,
        parallelism=kept.lanes,
        hash_len=KEY_BYTES,
        type=Type.ID,
    )


def _normal(passphrase: str) -> bytes:
    """Spaces around and between words are typed differently each time."""
    return " ".join(passphrase.split()).encode()


def _bound(kept: _Locked) -> bytes:
    return f"allmende house key {kept.format} {kept.memory_kib} {kept.passes} {kept.lanes}".encode()


def _derived(house_key: bytes, label: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=label).derive(house_key)


def _read(file: Path) -> _Open | _Locked:
    try:
        kept = msgspec.json.decode(file.read_bytes(), type=_Open | _Locked)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as failure:
        raise Conflict("storage.key-damaged", file=str(file)) from failure
    if not _usable(kept):
        raise Conflict("storage.key-damaged", file=str(file))
    return kept


def _usable(kept: _Open | _Locked) -> bool:
    if kept.format != _FORMAT:
        return False
    if isinstance(kept, _Open):
        return len(kept.key) == KEY_BYTES
    return (
        len(kept.nonce) == _NONCE_BYTES
        and len(kept.salt) >= 8
        and 1 <= kept.passes <= _MOST_PASSES
        and 1 <= kept.lanes <= 64
        and 8 * kept.lanes <= kept.memory_kib <= _MOST_KIB
    )


def _replace(unfinished: Path, file: Path) -> None:
    """Put the new file in its place and overwrite the old one, in which the key may lie open."""
    with file.open("r+b") as old:
        size = os.fstat(old.fileno()).st_size
        unfinished.rename(file)
        sync_folder(file.absolute().parent)
        old.write(bytes(size))
        old.flush()
        os.fsync(old.fileno())


def _write(file: Path, kept: _Open | _Locked, *, once: bool = False) -> None:
    """Replace the file whole or not at all; only we may read it.

    ``once``: FileExistsError if another process was faster.
    """
    for folder in (file.parent.parent, file.parent):  # the mode counts for the last one only
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(msgspec.json.encode(kept) + b"\n")
            out.flush()
            os.fsync(out.fileno())
        if once:
            os.link(unfinished, file)
        else:
            _replace(unfinished, file)
        sync_folder(file.absolute().parent)
    finally:
        unfinished.unlink(missing_ok=True)
