"""Texts: to a room they are its chat, to people they pass and are kept nowhere (spec voice, 8)."""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final
from weakref import WeakValueDictionary

from allmende.core.errors import Conflict, InvalidInput, NotAllowed, QuotaExceeded
from allmende.core.ids import MessageId, RoomId
from allmende.core.permissions import Permission
from allmende.core.ports.room_chat import ChatLine
from allmende.protocols.mumble.framing import frame
from allmende.protocols.mumble.messages import TextMessage
from allmende.systems.voice.service import rich
from allmende.systems.voice.service.channels import Channels
from allmende.systems.voice.service.legs import Leg, Legs
from allmende.systems.voice.service.needs import Surroundings
from allmende.systems.voice.service.people import People

EARLIER: Final = 20
EARLIER_WITHIN: Final = timedelta(hours=24)
MAX_RECEIVERS: Final = 64
_REMEMBERED: Final = 512


class Texting:
    """Lines of the server have no actor: clients show them as those of the server."""

    def __init__(self, here: Surroundings, legs: Legs, channels: Channels, people: People) -> None:
        self._here = here
        self._legs = legs
        self._channels = channels
        self._people = people
        self._silent: set[RoomId] = set()
        """Rooms in whose chat is nothing; looked at once, not for each who comes in."""
        self._writings = 0
        self._told: OrderedDict[MessageId, None] = OrderedDict()
        """Messages that were shown already, because they were written here."""
        self._turns: WeakValueDictionary[RoomId, asyncio.Lock] = WeakValueDictionary()

    # --- from people --------------------------------------------------------------------

    async def to_room(self, leg: Leg, room_id: RoomId, html: str) -> None:
        """Write into the chat of a room; without chat it is shown to those who are there.

        Raises QuotaExceeded ``voice.text-too-long``, InvalidInput, NotAllowed, NotFound.
        """
        text = rich.plain(self._fitting(html))
        if not text:
            raise InvalidInput("chat.empty", field="text")
        if not leg.may(room_id, Permission.CHAT_WRITE):
            raise NotAllowed("room.not-allowed", permission=Permission.CHAT_WRITE)
        if self._here.chat is None:
            if leg.room_id != room_id:
                raise Conflict("voice.not-in-room")
            self._show(room_id, rich.shown(text), leg)
            return
        async with self._turn(room_id):
            who, key = leg.who_in(room_id), secrets.token_urlsafe(16)
            line = await self._here.chat.say(who, room_id, text, key)
            self._written(room_id)
            self._remember(line.id)
            self._show(room_id, rich.shown(line.text), leg)

    def to_people(self, leg: Leg, sessions: Sequence[int], text: str) -> None:
        """Tell a clean text to people that one sees. Those in a browser read the room's chat.

        Raises NotFound ``voice.no-such-person``, Conflict ``voice.browser-reads-the-room``.
        """
        if not text.strip():
            raise InvalidInput("chat.empty", field="text")
        if len(sessions) > MAX_RECEIVERS:
            raise QuotaExceeded("voice.too-many-receivers", most=MAX_RECEIVERS)
        receivers: list[Leg] = []
        for session in sessions:
            target = self._people.target(leg, session)
            if target.leg is None:
                raise Conflict("voice.browser-reads-the-room")
            if target.waits or leg.waits is not None:
                raise NotAllowed("chat.not-let-in")
            receivers.append(target.leg)
        for receiver in receivers:
            self._say(receiver, text, leg, session=(receiver.session,))

    def _fitting(self, html: str) -> str:
        if len(html) <= rich.MAX_PICTURE_CHARS and rich.has_picture(html):
            raise InvalidInput("voice.no-pictures", field="message")
        require_fitting(html)
        return html

    # --- from the chat ------------------------------------------------------------------

    async def sent(self, room_id: RoomId, message_id: MessageId) -> None:
        """Show a message that somebody wrote elsewhere; read once for all who are there."""
        self._written(room_id)
        async with self._turn(room_id):
            readers = self._readers(room_id)
            if self._here.chat is None or not readers or message_id in self._told:
                return
            self._remember(message_id)
            who = readers[0].who_in(room_id)
            lines = await self._here.chat.recent(who, room_id, limit=EARLIER)
            for line in lines:
                if line.id == message_id:
                    self._show(room_id, *self._spoken(room_id, line))

    def _written(self, room_id: RoomId) -> None:
        """Something is in the chat of a room: whoever comes in is told it."""
        self._writings += 1
        self._silent.discard(room_id)

    def _spoken(self, room_id: RoomId, line: ChatLine) -> tuple[str, int | None]:
        """Return a line as HTML and who speaks: a session, if exactly one is called so."""
        if line.notice:
            return rich.shown(self._notice(line)), None
        call = self._people.shown(room_id)
        same = [] if call is None else [p for p in call.people if p.name == line.author]
        session = self._legs.session_of(room_id, same[0].identity) if len(same) == 1 else None
        html = rich.shown(line.text)
        if session is None:
            html = f"<b>{rich.shown(line.author)}</b>: {html}"
        return html, session

    def _notice(self, line: ChatLine) -> str:
        words = self._here.words
        return " ".join(words.text(name, **values) for name, values in line.notice)

    async def earlier(self, leg: Leg, room_id: RoomId) -> None:
        """Tell who just came in what was written before, as one line of the server."""
        if self._here.chat is None or not leg.may(room_id, Permission.CHAT_READ):
            return
        if room_id in self._silent:
            return
        who, before = leg.who_in(room_id), self._writings
        lines = await self._here.chat.recent(who, room_id, limit=EARLIER)
        if not lines and who.account_id is None and before == self._writings:
            self._silent.add(room_id)  # guests read everything there is
        since = self._here.clock.now() - EARLIER_WITHIN
        told = [self._with_time(line) for line in lines if line.sent_at >= since]
        if told and leg.room_id == room_id:
            first = rich.shown(self._here.words.text("voice.earlier"))
            self.tell_html(leg, "<br />".join([first, *told]))

    def _with_time(self, line: ChatLine) -> str:
        at = line.sent_at.astimezone(self._here.settings.zone).strftime("%H:%M")
        if line.notice:
            return f"{at} {rich.shown(self._notice(line))}"
        return f"{at} <b>{rich.shown(line.author)}</b>: {rich.shown(line.text)}"

    # --- to clients ---------------------------------------------------------------------

    def tell_words(self, leg: Leg, message_id: str, **values: object) -> None:
        """Tell one person something as the server."""
        self.tell_text(leg, self._here.words.text(message_id, **values))

    def tell_text(self, leg: Leg, text: str) -> None:
        """Tell one person a plain text as the server."""
        self.tell_html(leg, rich.shown(text))

    def tell_html(self, leg: Leg, html: str) -> None:
        """Tell one person something as the server, that is HTML already."""
        self._say(leg, html, None, session=(leg.session,))

    def _show(self, room_id: RoomId, html: str, speaker: Leg | int | None) -> None:
        channel = self._channels.of_room(room_id)
        if channel is None:
            return
        session = speaker.session if isinstance(speaker, Leg) else speaker
        message = TextMessage(actor=session, channel_id=(channel,), message=html)
        self._write([r for r in self._readers(room_id) if r is not speaker], message)

    def _say(self, leg: Leg, html: str, speaker: Leg | None, *, session: Sequence[int]) -> None:
        actor = None if speaker is None else speaker.session
        self._write([leg], TextMessage(actor=actor, session=tuple(session), message=html))

    def _write(self, legs: Iterable[Leg], message: TextMessage) -> None:
        frames = frame(message)
        for leg in legs:
            leg.outlet.send(frames)

    def _readers(self, room_id: RoomId) -> list[Leg]:
        read = Permission.CHAT_READ
        return [leg for leg in self._legs.in_room(room_id) if leg.may(room_id, read)]

    def _remember(self, message_id: MessageId) -> None:
        self._told[message_id] = None
        while len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)

    def _turn(self, room_id: RoomId) -> asyncio.Lock:
        """One after the other in a room: what is written here is not shown twice."""
        turn = self._turns.get(room_id)
        if turn is None:
            turn = self._turns[room_id] = asyncio.Lock()
        return turn


def require_fitting(html: str) -> None:
    """Raise QuotaExceeded ``voice.text-too-long``; pictures have a limit of their own."""
    if len(html) > rich.MAX_PICTURE_CHARS or rich.words_in(html) > rich.MAX_TEXT_CHARS:
        raise QuotaExceeded("voice.text-too-long", most=rich.MAX_TEXT_CHARS)
