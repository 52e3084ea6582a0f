"""The parts of chat put together."""

from dataclasses import dataclass

from allmende.core.accounts import Caller
from allmende.core.bus import Bus
from allmende.core.clock import Clock
from allmende.core.ids import FactId
from allmende.core.parts import LiveView, Part
from allmende.core.permissions import Permission
from allmende.identity.events import AccountGone, RoomGone
from allmende.identity.service.lobby import Doors
from allmende.storage.database import Database
from allmende.systems.chat.events import FACTS, MessageRetracted, MessageSent
from allmende.systems.chat.service import ChatService
from allmende.systems.chat.web import Pace, routes, shown
from allmende.webkit.limits import AddressKeys, RateLimit
from allmende.webkit.templates import Pages

_PER_HOUR = 360


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSettings:
    """``retention_d``: days a message is kept; ``burst``: messages of one person in 10 s."""

    retention_d: int
    burst: int


def build(
    database: Database,
    doors: Doors,
    bus: Bus,
    clock: Clock,
    pages: Pages,
    settings: ChatSettings,
) -> tuple[Part, ChatService]:
    """Return chat, and its service as the port RoomChat for others."""
    chat = ChatService(database, doors, clock, retention_d=settings.retention_d)
    limit = RateLimit(clock, burst=settings.burst, per_hour=settings.burst * _PER_HOUR)

    async def show_sent(who: Caller, fact: MessageSent) -> object | None:
        if not await chat.may_see(who, fact.room_id):
            return None
        return shown(await chat.line(who, fact.room_id, fact.message_id))

    async def show_retracted(_: Caller, fact: MessageRetracted) -> object:
        return {"id": fact.message_id}

    async def on_retracted(_: FactId, fact: MessageRetracted) -> None:
        chat.forget_line(fact.message_id)

    async def on_room_gone(_: FactId, fact: RoomGone) -> None:
        await chat.room_gone(fact.room_id)

    async def on_account_gone(_: FactId, fact: AccountGone) -> None:
        await chat.account_gone(fact.account_id)

    bus.watch(MessageRetracted, on_retracted)
    bus.watch(RoomGone, on_room_gone)
    bus.watch(AccountGone, on_account_gone)
    read = Permission.CHAT_READ
    live = (
        LiveView(event=MessageSent, name="chat.message", permission=read, show=show_sent),
        LiveView(
            event=MessageRetracted, name="chat.retracted", permission=read, show=show_retracted
        ),
    )
    pace = Pace(limit, AddressKeys(clock))
    part = Part(name="chat", facts=FACTS, routes=routes(chat, pages, pace), live=live)
    return part, chat
