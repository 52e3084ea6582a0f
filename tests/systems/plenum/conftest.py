"""A town with an open room, a call without media, pads in memory, and assemblies."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, text

from allmende.core.accounts import Caller
from allmende.core.errors import AllmendeError
from allmende.core.ids import ItemId
from allmende.core.ports.conference import CallPlan, Invitee, Rights
from allmende.core.rooms import Room
from allmende.identity.access import guest_key
from allmende.identity.service.lobby import Doors
from allmende.storage.database import Database
from allmende.systems.plenum.model.assembly import Event, Language
from allmende.systems.plenum.service import AssemblyShown, PlenumService
from allmende.systems.plenum.service.watching import call_of
from tests.fakes.conference import FakeConference
from tests.fakes.pads import FakePads
from tests.identity.town import Town

BERLIN = ZoneInfo("Europe/Berlin")


@dataclass
class Hall(Town):
    """The town, and the plenum in its open room."""

    pads: FakePads | None = field(default_factory=FakePads)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.doors = Doors(self.bus, self.clock, b"k" * 32)
        self.conference = FakeConference()
        self.plenum = self.built()
        opened = self.run(self.identity.open_room("Gruppe Garten"))
        self.room: Room = opened.room
        self.link = opened.facilitator_token
        self.facilitator: Caller = self.guest(self.room.id, "Moderation", self.link)

    def built(self) -> PlenumService:
        """A service as after a start: what was in memory is gone."""
        return PlenumService(
            self.database,
            self.identity,
            self.doors,
            self.conference,
            self.pads,
            self.clock,
            BERLIN,
        )

    @property
    def fake(self) -> FakePads:
        assert self.pads is not None
        return self.pads

    # --- people -----------------------------------------------------------------------------

    def knock(self, who: Caller) -> None:
        """A guest asks at the door, as the page does with "join"."""
        assert who.guest is not None
        self.doors.ask(
            self.room, guest_key(who.guest), who.guest.name, facilitator=False, member=False
        )

    def inside(self, name: str) -> Caller:
        """A guest of the open room who was let in."""
        who = self.guest(self.room.id, name)
        self.knock(who)
        self.doors.admit_all(self.room.id)
        return who

    def call(self, *identities: str) -> None:
        """Let exactly these be in the call."""
        call = call_of(self.room.id)
        self.run(self.conference.open(CallPlan(call, 10)))
        running = self.conference.running[call]
        running.here.clear()
        for identity in identities:
            self.conference.ticket(call, Invitee(identity, identity, Rights()))
            self.conference.connect(call, identity)

    # --- the assembly -----------------------------------------------------------------------

    def open(self, listing: str = "", title: str = "", language: str = "de") -> AssemblyShown:
        tongue = Language(language)
        opening = self.plenum.open(self.facilitator, self.room.id, title, listing, tongue)
        return self.shown(self.run(opening).assembly)

    def act(self, event: Event, who: Caller | None = None) -> AssemblyShown:
        acting = self.plenum.act(who or self.facilitator, self.room.id, event)
        return self.shown(self.run(acting).assembly)

    def now(self, who: Caller | None = None) -> AssemblyShown:
        snapshot = self.run(self.plenum.snapshot(who or self.facilitator, self.room.id))
        return self.shown(snapshot.assembly)

    def shown(self, assembly: AssemblyShown | None) -> AssemblyShown:
        assert assembly is not None
        return assembly

    def refusal(self, event: Event, who: Caller | None = None) -> str:
        """The message id of what is refused, 'done' if nothing is."""
        try:
            self.act(event, who)
        except AllmendeError as error:
            return error.message_id
        return "done"

    def later(self, **by: float) -> None:
        """Time passes, and what happens by itself happens."""
        self.clock.turn(**by)
        self.run(self.plenum.tick())

    def write(self) -> None:
        """What waits for the minutes is written."""
        self.run(self.plenum.writing.write_due())

    def facts(self) -> list[str]:
        """The names of what plenum recorded."""

        def question(db: Connection) -> list[str]:
            rows = db.execute(text("SELECT name FROM event_log ORDER BY id")).scalars()
            return [name.removeprefix("plenum.") for name in rows if name.startswith("plenum.")]

        return self.run(self.database.read(question))


def item(number: int) -> ItemId:
    return ItemId(number)


@pytest.fixture
def hall(database: Database) -> Hall:
    return Hall(database)
