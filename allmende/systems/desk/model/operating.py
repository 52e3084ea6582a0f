"""What the operator's room shows of the server itself. No people are in it, only counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateShown:
    """``mode`` as in [tls]. ``is_waiting``: our own is shown until an authority gives one.

    ``problem`` is a word of the log of tries, empty after a success; ``record`` the CAA that
    should be there, empty where none is needed.
    """

    mode: Literal["off", "files", "own", "acme", "proxy"]
    names: Sequence[str] = ()
    ends: datetime | None = None
    is_waiting: bool = False
    renew_at: datetime | None = None
    problem: str = ""
    failures: int = 0
    next_try: datetime | None = None
    record: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupShown:
    """One run. ``result``: ``good`` was restored and compared."""

    at: datetime
    file: str
    result: Literal["good", "undrilled", "failed"]
    size_mb: float
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupsShown:
    """``recipients``: how many keys can open them; ``runs`` the newest first."""

    folder: str
    is_nightly: bool
    recipients: int
    runs: Sequence[BackupShown]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerShown:
    """Another server that chats go to or come from: streams and waiting stanzas are counted.

    ``proof``: how it shows who it is; ``doubt``: what is wrong with its certificate; ``error``: why
    it was not reached, at ``failed_at``. All of them are words of chat, empty for nothing.
    """

    domain: str
    incoming: int = 0
    outgoing: int = 0
    queued: int = 0
    proof: str = ""
    doubt: str = ""
    error: str = ""
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServersShown:
    """``federation``: as in [chat]."""

    federation: Literal["closed", "allies", "open"]
    servers: Sequence[ServerShown] = ()
