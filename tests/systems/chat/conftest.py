"""A town with a chat, on both databases."""

import pytest

from allmende.core.accounts import Caller
from allmende.core.rooms import Room
from allmende.identity.access import guest_key
from allmende.identity.service.lobby import Doors
from allmende.storage.database import Database
from allmende.systems.chat.service import ChatService
from tests.identity.town import Town


class Square(Town):
    """The town, its open room, and the chat of all rooms."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.doors = Doors(self.bus, self.clock, b"k" * 32)
        self.chat = ChatService(self.database, self.doors, self.clock, retention_d=28)
        opened = self.run(self.identity.open_room("Plenum"))
        self.room: Room = opened.room
        self.facilitator: Caller = self.guest(self.room.id, "Moderation", opened.facilitator_token)

    def knock(self, who: Caller, room: Room | None = None) -> None:
        """A guest asks at the door, as the page does with "join"."""
        where, guest = room or self.room, who.guest
        assert guest is not None
        self.doors.ask(where, guest_key(guest), guest.name, facilitator=False, member=False)

    def inside(self, name: str) -> Caller:
        """A guest of the open room who was let in."""
        who = self.guest(self.room.id, name)
        self.knock(who)
        self.doors.admit_all(self.room.id)
        return who

    def say(self, who: Caller, text: str, key: str) -> int:
        return self.run(self.chat.say(who, self.room.id, text, key)).id

    def texts(self, who: Caller) -> list[str]:
        lines = self.run(self.chat.recent(who, self.room.id, limit=50))
        return [line.text for line in lines]


@pytest.fixture
def square(database: Database) -> Square:
    return Square(database)
