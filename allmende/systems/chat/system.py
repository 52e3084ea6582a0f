"""The parts of chat put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from allmende.config import Config
from allmende.core.accounts import Caller, Scope
from allmende.core.bus import Bus
from allmende.core.clock import Clock
from allmende.core.ids import FactId
from allmende.core.outside import NameRecord, OpenPort, Outside
from allmende.core.parts import LiveView, Part
from allmende.core.permissions import Permission
from allmende.identity.events import (
    AccountGone,
    GroupChanged,
    GroupRestored,
    MembershipChanged,
    RoomGone,
)
from allmende.identity.model.announcing import Change
from allmende.identity.service.lobby import Doors
from allmende.storage.database import Database
from allmende.systems.chat.events import FACTS, MessageRetracted, MessageSent
from allmende.systems.chat.jobs import upload_jobs
from allmende.systems.chat.service import ChatService
from allmende.systems.chat.service.personal import WaitingService
from allmende.systems.chat.web import Pace, routes, shown
from allmende.systems.chat.wire import following
from allmende.systems.chat.wire.files import file_routes
from allmende.systems.chat.wire.server import Server
from allmende.webkit.limits import AddressKeys, RateLimit
from allmende.webkit.templates import Pages

_PER_HOUR = 360
_JABBER: Final = "chat with Jabber"
_SERVERS: Final = "chat with other servers"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSettings:
    """``retention_d``: days a message is usually kept, ``max_retention_d`` where a group wants
    it longer; ``burst``: messages of one person in 10 s.
    """

    retention_d: int
    burst: int
    max_retention_d: int = 730


def build(
    database: Database,
    doors: Doors,
    bus: Bus,
    clock: Clock,
    pages: Pages,
    settings: ChatSettings,
) -> tuple[Part, ChatService]:
    """Return chat, and its service as the port RoomChat for others."""
    chat = ChatService(
        database,
        doors,
        clock,
        retention_d=settings.retention_d,
        max_retention_d=settings.max_retention_d,
    )
    limit = RateLimit(clock, burst=settings.burst, per_hour=settings.burst * _PER_HOUR)

    forget_what_is_gone(bus, chat, WaitingService(database, clock))
    follow_groups(bus, chat)
    pace = Pace(limit, AddressKeys(clock))
    part = Part(name="chat", facts=FACTS, routes=routes(chat, pages, pace), live=views(chat))
    return part, chat


def server_part(bus: Bus, server: Server, files_host: str = "") -> Part:
    """Return what runs with the house, and let the server hear of it.

    ``files_host``: the host that is for files alone, "" without one.
    """
    following.watch_accounts(bus, server)
    following.watch_groups(bus, server)
    if server.files is None:
        return Part(name="chat-server", tasks=[server.run])
    uploads = server.files.uploads
    routes, jobs = file_routes(uploads, files_host), upload_jobs(uploads)
    return Part(name="chat-server", routes=routes, jobs=jobs, tasks=[server.run])


def outside(config: Config) -> Outside:
    """Return the ports, and the records by which apps and servers find them.

    RFC 6120, 3.2; XEP-0368.
    """
    chat, name = config.chat, config.domain
    ports = [OpenPort("TCP", port, _JABBER) for port in (chat.port, chat.direct_port) if port]
    federates = chat.federation != "closed" and chat.servers_port > 0
    if federates:
        ports.append(OpenPort("TCP", chat.servers_port, _SERVERS))
    if "." not in name or name.replace(".", "").isdigit():
        return Outside(ports=tuple(ports))
    services = (("_xmpp-client", chat.port), ("_xmpps-client", chat.direct_port))
    records = [
        NameRecord(f"{service}._tcp.{name}.", "SRV", f"0 5 {port} {name}.")
        for service, port in services
        if port
    ]
    records += [
        NameRecord(f"_xmpp-server._tcp.{host}.", "SRV", f"0 5 {chat.servers_port} {name}.")
        for host in (name, f"rooms.{name}")
        if federates
    ]
    return Outside(records=tuple(records), ports=tuple(ports))


def views(chat: ChatService) -> Sequence[LiveView]:
    """Return what open pages of a room are told."""

    async def show_sent(who: Caller, fact: MessageSent) -> object | None:
        if not await chat.may_see(who, fact.room_id):
            return None
        return shown(await chat.line(who, fact.room_id, fact.message_id))

    async def show_retracted(_: Caller, fact: MessageRetracted) -> object:
        return {"id": fact.message_id}

    read, scope = Permission.CHAT_READ, Scope.CHAT_READ
    return (
        LiveView(
            event=MessageSent, name="chat.message", permission=read, show=show_sent, scope=scope
        ),
        LiveView(
            event=MessageRetracted,
            name="chat.retracted",
            permission=read,
            show=show_retracted,
            scope=scope,
        ),
    )


def forget_what_is_gone(bus: Bus, chat: ChatService, waiting: WaitingService) -> None:
    """Delete what was written in rooms that are gone, and names of accounts that are."""

    async def on_retracted(_: FactId, fact: MessageRetracted) -> None:
        chat.forget_line(fact.message_id)

    async def on_room_gone(_: FactId, fact: RoomGone) -> None:
        await chat.room_gone(fact.room_id)

    async def on_account_gone(_: FactId, fact: AccountGone) -> None:
        await chat.account_gone(fact.account_id)
        await waiting.account_gone(fact.account_id)

    async def forget_shown(_: FactId, __: AccountGone) -> None:
        chat.forget_lines()

    bus.watch(MessageRetracted, on_retracted)
    bus.subscribe(RoomGone, "chat.rooms", on_room_gone)
    bus.subscribe(AccountGone, "chat.accounts", on_account_gone)
    bus.watch(AccountGone, forget_shown)


def follow_groups(bus: Bus, chat: ChatService) -> None:
    """Announce who joins and leaves, whoever did it, and keep messages as a group wants it."""

    async def on_membership(fact_id: FactId, fact: MembershipChanged) -> None:
        if fact.was == fact.now:
            return
        own = fact.by_account_id == fact.account_id
        change = Change(fact.was, fact.now, own, fact.by_account_id is None)
        await chat.announce(fact_id, fact.at, fact.group_id, fact.account_id, change)

    async def on_restored(fact_id: FactId, fact: GroupRestored) -> None:
        await chat.announce(fact_id, fact.at, fact.group_id, None, Change())

    async def on_group(_: FactId, fact: GroupChanged) -> None:
        await chat.group_changed(fact.group_id)

    async def forget_eyes(_: FactId, fact: MembershipChanged) -> None:
        chat.forget_eyes(fact.account_id)

    bus.subscribe(MembershipChanged, "chat.announcements", on_membership)
    bus.subscribe(GroupRestored, "chat.announcements", on_restored)
    bus.subscribe(GroupChanged, "chat.retention", on_group)
    bus.watch(MembershipChanged, forget_eyes)
