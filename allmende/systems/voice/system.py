"""Voice put together: the listener for Mumble clients, and what ends or changes connections."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from allmende.config import Config
from allmende.core.bus import Bus
from allmende.core.ids import FactId
from allmende.core.outside import NameRecord, OpenPort, Outside
from allmende.core.parts import Job, Part
from allmende.identity.events import (
    AccountFrozen,
    AccountGone,
    CertificateRevoked,
    CredentialRevoked,
    DoorAnswered,
    GroupChanged,
    GroupGone,
    GroupRestored,
    GuestBanned,
    LinkRevoked,
    MembershipChanged,
    RoomChanged,
    RoomGone,
    RoomMade,
    SessionRevoked,
)
from allmende.systems.chat.events import MessageSent
from allmende.systems.voice.events import FACTS, RoomVoiceChanged
from allmende.systems.voice.service import VoiceService
from allmende.systems.voice.service.needs import Surroundings
from allmende.systems.voice.service.watching import Watching
from allmende.systems.voice.web import WebKit, routes
from allmende.systems.voice.wire.server import Server

TEMPLATES: Final = Path(__file__).with_name("templates")
TICK_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Voice:
    """What the composition root gets."""

    service: VoiceService
    server: Server
    part: Part


def outside(config: Config) -> Outside:
    """Return the port, and the record by which clients find it."""
    port, name = config.voice.port, config.domain
    what = "voice with Mumble"
    ports = (OpenPort("TCP", port, what), OpenPort("UDP", port, what))
    if "." not in name or name.replace(".", "").isdigit():
        return Outside(ports=ports)
    record = NameRecord(f"_mumble._tcp.{name}.", "SRV", f"0 0 {port} {name}.")
    return Outside(records=(record,), ports=ports)


async def build(here: Surroundings, web: WebKit) -> Voice:
    """Put voice together; ``web`` is what its page needs of the web kit."""
    voice = VoiceService(here)
    server = Server(voice, here.words, here.settings, here.clock)
    await voice.begin()
    watch_people(here.bus, voice.watching)
    watch_rooms(here.bus, voice)
    part = Part(
        name="voice",
        facts=FACTS,
        routes=routes(voice.light, voice.settings, web),
        jobs=[Job(name="voice-tick", every_s=TICK_S, run=voice.tick)],
        tasks=tasks_of(voice),
    )
    return Voice(voice, server, part)


def tasks_of(voice: VoiceService) -> Sequence[Callable[[], Coroutine[Any, Any, None]]]:
    """Return what runs from start to stop."""
    return (
        voice.watching.follow_audio,
        voice.watching.follow_calls,
        voice.light.run,
        voice.showing.run,
        voice.errands.run,
    )


def watch_people(bus: Bus, watching: Watching) -> None:
    """Who lost what they came in by is out within seconds (spec voice, 3)."""

    async def session_revoked(_: FactId, fact: SessionRevoked) -> None:
        if fact.session_id is None:
            await watching.account_changed(fact.account_id)
        else:
            watching.account_over(fact.account_id, fact.session_id)

    async def credential_revoked(_: FactId, fact: CredentialRevoked) -> None:
        watching.app_password_over(fact.account_id, fact.app_password_id)

    async def certificate_revoked(_: FactId, fact: CertificateRevoked) -> None:
        watching.certificate_over(fact.account_id, fact.certificate_id)

    async def account_over(_: FactId, fact: AccountGone | AccountFrozen) -> None:
        watching.account_over(fact.account_id)

    async def membership_changed(_: FactId, fact: MembershipChanged) -> None:
        await watching.account_changed(fact.account_id)

    async def link_revoked(_: FactId, fact: LinkRevoked) -> None:
        await watching.link_over(fact.link_id)

    async def banned(_: FactId, fact: GuestBanned) -> None:
        await watching.banned(fact.room_id)

    bus.watch(SessionRevoked, session_revoked)
    bus.watch(CredentialRevoked, credential_revoked)
    bus.watch(CertificateRevoked, certificate_revoked)
    bus.watch(AccountGone, account_over)
    bus.watch(AccountFrozen, account_over)
    bus.watch(MembershipChanged, membership_changed)
    bus.watch(LinkRevoked, link_revoked)
    bus.watch(GuestBanned, banned)


def watch_rooms(bus: Bus, voice: VoiceService) -> None:
    """Channels are what rooms and groups are; what is written in a room is shown there."""
    watching = voice.watching

    async def group_changed(_: FactId, fact: GroupChanged | GroupGone | GroupRestored) -> None:
        await watching.group_changed(fact.group_id)

    async def room_made(_: FactId, fact: RoomMade) -> None:
        await watching.room_made(fact.group_id)

    async def room_changed(_: FactId, fact: RoomChanged) -> None:
        await watching.room_changed(fact.room_id)

    async def room_gone(_: FactId, fact: RoomGone) -> None:
        await watching.room_gone(fact.room_id)

    async def message_sent(_: FactId, fact: MessageSent) -> None:
        voice.errands.soon(lambda: voice.texting.sent(fact.room_id, fact.message_id))
        voice.errands.soon(lambda: voice.light.sent(fact.room_id, fact.message_id))

    async def voice_changed(_: FactId, fact: RoomVoiceChanged) -> None:
        await watching.voice_changed(fact.room_id)

    bus.watch(RoomVoiceChanged, voice_changed)
    bus.watch(GroupChanged, group_changed)
    bus.watch(GroupGone, group_changed)
    bus.watch(GroupRestored, group_changed)
    bus.watch(RoomMade, room_made)
    bus.watch(RoomChanged, room_changed)
    bus.watch(RoomGone, room_gone)
    bus.watch(MessageSent, message_sent)
    bus.watch_signal(DoorAnswered, watching.door_answered)
