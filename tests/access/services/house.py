"""One database with everybody in it, and every service on it, new for each question."""

import asyncio
import hashlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, TypeVar

from allmende.app.exports import exporters_of
from allmende.config import Config
from allmende.core.accounts import Caller
from allmende.core.bus import Bus
from allmende.core.findings import Round
from allmende.core.rooms import Room
from allmende.identity.access import guest_key
from allmende.identity.service import IdentityService
from allmende.identity.service.credentials import Credentials
from allmende.identity.service.lobby import Doors
from allmende.storage.blobs import FolderBlobs
from allmende.storage.opening import SQLITE_NAME
from allmende.systems.chat.service import ChatService
from allmende.systems.chat.service.history import PersonalHistory
from allmende.systems.chat.service.items import ItemService
from allmende.systems.chat.service.papers import PaperService
from allmende.systems.chat.service.uploads import UploadService, UploadSettings
from allmende.systems.desk.model.operating import BackupsShown, CertificateShown, ServersShown
from allmende.systems.desk.service import DeskService
from allmende.systems.desk.service.archives import Archives
from allmende.systems.desk.service.notices import NoticeService
from allmende.systems.desk.service.operating import OperatingService
from allmende.systems.meet.service import Limits, MeetService
from allmende.systems.meet.service.port import CallPort
from allmende.systems.pads.model.limits import PadLimits
from allmende.systems.pads.model.pad import History
from allmende.systems.pads.service.engine import PadEngine
from allmende.systems.pads.service.keys import Keys
from allmende.systems.pads.service.needs import PadDefaults
from allmende.systems.pads.service.port import PadPort
from allmende.systems.pads.service.rights import PadRights
from allmende.systems.plenum.service import PlenumService
from allmende.systems.voice.service import VoiceService
from allmende.systems.voice.service.needs import Surroundings, VoiceSettings
from allmende.transports.pictures import Pictures
from allmende.transports.tasks import background
from tests.databases import Place
from tests.fakes.audio import FakeAudio
from tests.fakes.conference import FakeConference
from tests.identity.town import HandClock, Inline, fail, quickly
from tests.systems.voice.harbour import English
from tests.transports.child.at_once import AtOnce

T = TypeVar("T")
KEY: Final = bytes(range(32))
COOKIE: Final = "cookie-of-a-browser-0"
DEFAULTS: Final = PadDefaults(
    create="members",
    top_level_names=True,
    expiry_days=30,
    history=History.FULL,
    text_bytes=100_000,
)


class Quiet:
    """A house that knows nothing of itself; desk's ``Machinery``."""

    @property
    def last_round(self) -> Round | None:
        return None

    async def look(self) -> Round:
        return Round(HandClock().now(), [])

    async def certificate(self) -> CertificateShown:
        return CertificateShown(mode="off")

    async def backups(self) -> BackupsShown:
        return BackupsShown(folder="", is_nightly=False, recipients=0, runs=[])

    async def servers(self) -> ServersShown:
        return ServersShown(federation="closed")


@dataclass
class House:
    """Every service. What they keep in memory is theirs alone: each question has its own.

    ``known``: what tables ask about; ``scene``: what was made ready for this question.
    """

    ground: "Ground"
    known: SimpleNamespace = field(default_factory=SimpleNamespace)
    scene: Any = None

    def __post_init__(self) -> None:
        database, clock = self.ground.database, self.ground.clock
        bus = Bus(fail)
        self.clock = clock
        self.identity = quickly(IdentityService(database, clock, Inline(), bus))
        self.credentials = Credentials(database, clock, KEY)
        self.doors = Doors(bus, clock, KEY)
        self.chat = ChatService(database, self.doors, clock, retention_d=28)
        self.engine = PadEngine(
            database,
            clock,
            bus,
            Inline(),
            PadLimits(),
            PadRights(database, self.doors, clock),
        )
        self.pads = PadPort(database, self.doors, clock, Keys(KEY), self.engine, DEFAULTS)
        self.conference = FakeConference()
        self.meet = MeetService(
            database, self.identity, self.doors, self.conference, clock, bus, Limits()
        )
        self.calls = CallPort(self.meet, self.doors, bus)
        here = Surroundings(
            database=database, bus=bus, clock=clock, identity=self.identity, ways=self.identity,
            credentials=self.credentials, calls=self.calls, audio=FakeAudio(), chat=self.chat,
            words=English(), pictures=Pictures(AtOnce()), key=KEY,
            settings=VoiceSettings(title="", url="", zone=UTC, release=""),
        )  # fmt: skip
        voice = VoiceService(here)
        self.light, self.voice_settings = voice.light, voice.settings
        self.plenum = PlenumService(
            database, self.identity, self.doors, self.conference, self.pads, clock, UTC
        )
        self.notices = NoticeService(database, clock)
        self.desk = DeskService(
            self.identity, texts={}, open_rooms=True, chat_days=28, pads=self.pads
        )
        self.items, self.papers = ItemService(database, clock), PaperService(database)
        self.history = PersonalHistory(database, clock)
        self.uploads = UploadService(
            database, FolderBlobs(Path()), Pictures(AtOnce()), clock, KEY, UploadSettings(url="")
        )
        exporters = exporters_of(database, Config())
        self.archives = Archives(self.identity, exporters)
        self.operating = OperatingService(database, Quiet())

    def let_in(self, room: Room, *guests: Caller) -> None:
        """Open the door of a room to guests who have entered it."""
        for who in guests:
            assert who.guest is not None
            key, name = guest_key(who.guest), who.guest.name
            self.doors.ask(room, key, name, facilitator=False, member=False)
        self.doors.admit_all(room.id)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Meanwhile what is written into pads gets to the disk."""
        async with background(self.engine.run(), name="pads"):
            yield


async def through(chunks: Awaitable[AsyncIterator[T] | None]) -> list[T]:
    """Take all of what is streamed."""
    found = await chunks
    return [] if found is None else [one async for one in found]


@dataclass(frozen=True)
class Mark:
    """How the database was. ``version`` is another after each change."""

    version: int
    digest: str


class Ground:
    """The database, as it was and as it is."""

    def __init__(self, place: Place) -> None:
        self.database = place.open()
        self.clock = HandClock()
        self._runner = asyncio.Runner()
        self._raw = sqlite3.connect(place.data / SQLITE_NAME, isolation_level=None, timeout=10)
        self._kept = sqlite3.connect(":memory:")
        self._as_kept = Mark(0, "")

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def keep(self) -> None:
        """From now on ``restore`` leads back to this."""
        self._raw.backup(self._kept)
        self._as_kept = self.mark()

    def restore(self) -> None:
        """Undo all that was written since."""
        if self._version() != self._as_kept.version:
            self._kept.backup(self._raw)
            self._as_kept = Mark(self._version(), self._as_kept.digest)

    def mark(self) -> "Mark":
        """Remember how it is now."""
        version = self._version()
        if self._as_kept.version == version:
            return self._as_kept
        return Mark(version, digest(self._raw))

    def differs(self, mark: "Mark") -> bool:
        """Return whether anything is different than it was."""
        return self._version() != mark.version and digest(self._raw) != mark.digest

    def change(self, statement: str, *values: object) -> None:
        self._raw.execute(statement, values)

    def close(self) -> None:
        self._raw.close()
        self._kept.close()
        self.database.close()
        self._runner.close()

    def _version(self) -> int:
        """Another number after each change by others."""
        return int(self._raw.execute("PRAGMA data_version").fetchone()[0])


def digest(db: sqlite3.Connection) -> str:
    """All that is in a database."""
    found = hashlib.sha256()
    for line in db.iterdump():
        found.update(line.encode())
    return found.hexdigest()
