"""What accounts have in chat, all of it together."""

from dataclasses import dataclass

from allmende.core.clock import Clock
from allmende.storage.database import Database
from allmende.systems.chat.service.archive import ArchiveQueue
from allmende.systems.chat.service.contacts import ContactService
from allmende.systems.chat.service.history import PersonalHistory
from allmende.systems.chat.service.items import ItemService
from allmende.systems.chat.service.papers import PaperService
from allmende.systems.chat.service.personal import WaitingService
from allmende.systems.chat.service.rooms import RoomService


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the server asks for its clients."""

    contacts: ContactService
    waiting: WaitingService
    history: PersonalHistory
    items: ItemService
    papers: PaperService
    rooms: RoomService
    queue: ArchiveQueue


def services_of(database: Database, clock: Clock, domain: str) -> Services:
    """Return the services of accounts at ``domain``."""
    return Services(
        contacts=ContactService(database, domain),
        waiting=WaitingService(database, clock),
        history=PersonalHistory(database, clock),
        items=ItemService(database, clock),
        papers=PaperService(database),
        rooms=RoomService(database, clock),
        queue=ArchiveQueue(database),
    )
