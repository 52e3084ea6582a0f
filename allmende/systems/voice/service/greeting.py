"""What one client is told of its own place: rights, menus, limits, its turn to speak."""

from collections.abc import Iterator
from typing import Final

from allmende.core.permissions import Permission
from allmende.core.ports.calls import CallShown
from allmende.protocols.mumble.framing import frame
from allmende.protocols.mumble.messages import (
    Message,
    PermissionQuery,
    ServerConfig,
    SuggestConfig,
)
from allmende.systems.voice.model.commands import ITEMS, Action, allowed, menu, menu_changes
from allmende.systems.voice.model.view import HOME
from allmende.systems.voice.service import rich
from allmende.systems.voice.service.errands import Errands
from allmende.systems.voice.service.housing import Housing
from allmende.systems.voice.service.legs import Leg, voice_of
from allmende.systems.voice.service.limiting import Limiting
from allmende.systems.voice.service.needs import Surroundings
from allmende.systems.voice.service.people import People
from allmende.systems.voice.service.seeing import Bits
from allmende.systems.voice.service.texting import Texting

_NO_MENU: Final[frozenset[Action]] = frozenset()


class Greeting:
    """Called after each change; tells only what is different from the last time."""

    def __init__(
        self,
        here: Surroundings,
        bits: Bits,
        housing: Housing,
        parts: tuple[People, Texting],
        errands: Errands,
    ) -> None:
        self._here = here
        self._bits = bits
        self._housing = housing
        self._people, self._texting = parts
        self._errands = errands
        self.limiting = Limiting(here)
        words = here.words
        self._menu_texts = {action: words.text(item.message_id) for action, item in ITEMS.items()}
        self._menus = {acts: menu(facilitates=acts) for acts in (False, True)}
        self._menu_frames: dict[tuple[frozenset[Action], frozenset[Action]], bytes] = {}
        self._welcome = self._welcome_text()
        self._limits = frame(
            ServerConfig(
                allow_html=True,
                message_length=rich.MAX_TEXT_CHARS,
                image_message_length=rich.MAX_PICTURE_CHARS,
                max_users=here.settings.max_participants,
                recording_allowed=False,
            )
        )

    def first(self, leg: Leg) -> bytes:
        """Return what a client is told at the end of its login."""
        leg.bandwidth_bps = self._here.settings.max_bandwidth_bps
        return self._limits + self._news(leg, self._people.shown(leg.room_id))

    def look(self, leg: Leg, call: CallShown | None) -> None:
        """Tell a client what is new for itself; ``call``: that of its room."""
        frames = self._news(leg, call)
        if frames:
            leg.outlet.send(frames)
        if leg.told_room != leg.room_id or leg.greeting:
            self._enter(leg)
        self._tell_place(leg, call)

    def _news(self, leg: Leg, call: CallShown | None) -> bytes:
        channel = HOME if leg.view is None else leg.view.users[leg.session].channel
        acts = self._people.facilitates(leg, leg.room_id)
        in_turn = call is not None and call.moderated
        now = (channel, leg.room_id, leg.suppressed, acts, in_turn, leg.arrival.bound)
        if leg.told_of is not None and leg.told_of[0] is leg.known and leg.told_of[1] == now:
            return b""
        leg.told_of = (leg.known, now)
        said = [*self._rights(leg, channel), *self._limit(leg, in_turn=in_turn)]
        wanted = _NO_MENU if leg.room_id is None else self._menus[acts]
        self.limiting.look(leg, call)
        return self._menu(leg, wanted) + b"".join(map(frame, said))

    def _rights(self, leg: Leg, channel: int) -> Iterator[Message]:
        for number in {HOME, channel}:
            bits = self._bits.of(leg, number)
            if leg.bits.get(number) != bits:
                leg.bits[number] = bits
                yield PermissionQuery(channel_id=number, permissions=bits)

    def _menu(self, leg: Leg, wanted: frozenset[Action]) -> bytes:
        step = (leg.menu, wanted)
        if step not in self._menu_frames:
            changes = menu_changes(leg.menu, wanted, self._menu_texts)
            self._menu_frames[step] = b"".join(map(frame, changes))
        leg.menu = wanted
        return self._menu_frames[step]

    def _limit(self, leg: Leg, *, in_turn: bool) -> Iterator[Message]:
        wanted = self.limiting.bandwidth_bps(leg, in_turn=in_turn)
        voice = voice_of(leg)
        before, leg.advice = leg.advice, (in_turn or voice.push_to_talk, voice.may_record)
        if (wanted, leg.advice[1]) != (leg.bandwidth_bps, before[1]):
            leg.bandwidth_bps = wanted
            yield ServerConfig(max_bandwidth=wanted, recording_allowed=leg.advice[1])
        if leg.advice[0] != before[0]:
            yield SuggestConfig(push_to_talk=leg.advice[0])

    def _enter(self, leg: Leg) -> None:
        room_id = leg.told_room = leg.room_id
        if leg.greeting:
            self._texting.tell_text(leg, leg.greeting)
            leg.greeting = ""
        if room_id is not None:
            self._errands.soon(lambda: self._texting.earlier(leg, room_id))

    def _tell_place(self, leg: Leg, call: CallShown | None) -> None:
        """Say to somebody that it is their turn, or which place they have."""
        identity = "" if leg.seat is None else leg.seat.identity
        place = ""
        if call is not None and identity and call.floor == identity:
            place = "floor"
        elif call is not None and identity in call.hands:
            place = str(list(call.hands).index(identity) + 1)
        before, leg.told_place = leg.told_place, place
        if not place or place == before:
            return
        if place == "floor":
            self._texting.tell_words(leg, "voice.your-turn")
        else:
            self._texting.tell_words(leg, "voice.your-place", place=place)

    # --- asked for ----------------------------------------------------------------------

    def welcome_text(self) -> str:
        """Return the honest label, how to find help, and the way to the browser."""
        return self._welcome

    def _welcome_text(self) -> str:
        words, settings = self._here.words, self._here.settings
        label = words.text("voice.label")
        welcome = words.text("voice.welcome", title=settings.title, label=label)
        hint = words.text("voice.help-hint", page=settings.page("/"))
        return f"<p>{rich.shown(welcome)}</p><p>{rich.shown(hint)}</p>"

    def order_text(self, leg: Leg) -> str:
        """Return the speaking list of one's room in words."""
        words, room_id = self._here.words, leg.room_id
        call = self._people.shown(room_id)
        if room_id is None or call is None:
            return words.text("voice.not-in-room")
        names = self._housing.order(room_id, call)
        listed = "\n".join(f"{place}. {name}" for place, name in enumerate(names, 1))
        text = words.text("voice.order", names=f"\n{listed}") if names else ""
        if call.floor is not None:
            name = self._housing.name_of(room_id, call, call.floor)
            text = f"{words.text('voice.order-floor', name=name)}\n{text}".strip()
        return text or words.text("voice.order-empty")

    def help_text(self, leg: Leg) -> str:
        """Return what somebody can type where they are."""
        words = self._here.words
        facilitates = self._people.facilitates(leg, leg.room_id)
        lines = [
            f"/{' /'.join(ITEMS[action].words)}: {words.text(ITEMS[action].message_id)}"
            for action in allowed(facilitates=facilitates)
        ]
        return "\n".join([words.text("voice.help"), *lines])

    def page_of(self, leg: Leg) -> str:
        """Return the address of one's room in the browser, or of the start page."""
        known = None if leg.room_id is None else leg.room(leg.room_id)
        may_enter = known is not None and Permission.ROOM_ENTER in known.rights
        path = f"/r/{known.room.slug}/call" if known is not None and may_enter else "/"
        page = self._here.settings.page(path)
        return self._here.words.text("voice.in-browser", page=page)
