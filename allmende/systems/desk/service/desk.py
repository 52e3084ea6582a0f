"""What may be done on the pages of desk, besides what identity does by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from allmende.core.accounts import Caller
from allmende.core.errors import NotAllowed, NotFound
from allmende.core.ids import GroupId
from allmende.core.ports.pads import Pads, PadShown
from allmende.core.rooms import LinkRight, Room, RoomLink
from allmende.identity.model.answers import Entrance, GroupPage, OpenedRoom
from allmende.identity.model.groups import MAX_MESSAGES_H, Rules, effective_h
from allmende.identity.model.labels import Sentence, room_label
from allmende.identity.service import IdentityService

TEXT_KINDS: Final = ("imprint", "privacy", "rules")
MAX_TEXT_BYTES: Final = 256 * 1024

Paragraphs = Sequence[str]
OperatorTexts = Mapping[tuple[str, str], Paragraphs]
"""By kind and language; what the people who run the server have not written is absent."""


def read_texts(folder: Path, languages: Sequence[str]) -> OperatorTexts:
    """Read ``imprint.de.txt`` and so on; paragraphs are parted by empty lines."""
    found: dict[tuple[str, str], Paragraphs] = {}
    for kind in TEXT_KINDS:
        for language in languages:
            path = folder / f"{kind}.{language}.txt"
            if not path.is_file():
                continue
            text = path.read_bytes()[:MAX_TEXT_BYTES].decode("utf-8", "replace")
            paragraphs = [part.strip() for part in text.replace("\r", "").split("\n\n")]
            if any(paragraphs):
                found[kind, language] = [part for part in paragraphs if part]
    return found


@dataclass(frozen=True, slots=True)
class WrittenText:
    """A text by the operator; ``language`` may be another one than asked for."""

    language: str
    paragraphs: Paragraphs


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """What those who look after a room see of it. ``is_main``: it goes with its group only."""

    room: Room
    rules: Rules | None
    is_main: bool
    links: Sequence[RoomLink]
    pads: Sequence[PadShown] = ()


@dataclass(frozen=True, slots=True)
class GroupWithPads:
    """What a member sees of a group, with the pads of the group and of its rooms."""

    page: GroupPage
    pads: Sequence[PadShown]


class DeskService:
    """Rooms without account, the texts of the operator, the settings of rooms."""

    def __init__(
        self,
        identity: IdentityService,
        *,
        texts: OperatorTexts,
        open_rooms: bool,
        chat_days: int | None,
        max_chat_days: int = MAX_MESSAGES_H // 24,
        pads: Pads | None = None,
        open_pads: str = "members",
    ) -> None:
        self._identity = identity
        self._texts = texts
        self.open_rooms = open_rooms
        """Whether anybody may start a plenum without an account."""
        self.chat_days = chat_days
        """How long messages are usually kept; None where there is no chat."""
        self.max_chat_days = max_chat_days
        """How long a group may keep them at most."""
        self._pads = pads
        self._open_pads = open_pads

    @property
    def with_pads(self) -> bool:
        """Whether there are pads on this server."""
        return self._pads is not None

    def may_make_pads(self, who: Caller) -> bool:
        """Return whether the start page offers ``who`` to write a pad."""
        everybody = self._open_pads == "anyone"
        by_link = self._open_pads == "link" and who.guest is not None
        return self.with_pads and (everybody or by_link or who.account_id is not None)

    async def group(self, who: Caller, slug: str) -> GroupWithPads:
        """Return a group as its members see it. Raises NotFound."""
        page = await self._identity.group_page(who, slug)
        return GroupWithPads(page, await self.pads(who, page.group.id))

    async def pads(self, who: Caller, group_id: GroupId | None) -> Sequence[PadShown]:
        """Return the pads of a group and its rooms that ``who`` may read, newest edit first."""
        if self._pads is None or group_id is None:
            return ()
        return await self._pads.pads_of_group(who, group_id)

    def require_open_rooms(self) -> None:
        """Raise NotAllowed ``desk.open-rooms-off`` if the operator switched them off."""
        if not self.open_rooms:
            raise NotAllowed("desk.open-rooms-off")

    async def start(self, name: str) -> OpenedRoom:
        """Open a room without account. Raises NotAllowed, InvalidInput ``name``."""
        self.require_open_rooms()
        return await self._identity.open_room(name)

    async def started(self, slug: str, token: str) -> Entrance:
        """Return the room that ``token`` facilitates. Raises NotFound ``room.not-found``."""
        found = await self._identity.entrance(Caller(), slug, token)
        if found.right is not LinkRight.FACILITATE:
            raise NotFound("room.not-found")
        return found

    async def link_shown(self, who: Caller, slug: str, token: str) -> Entrance:
        """Return what a link that was just made gives, to those who may make links.

        Raises NotFound, NotAllowed.
        """
        settings = await self.settings(who, slug)
        found = await self._identity.entrance(Caller(), settings.room.slug, token)
        if found.right is None:
            raise NotFound("identity.no-such-link")
        return found

    async def settings(self, who: Caller, slug: str) -> RoomSettings:
        """Return a room with its links. Raises NotFound, NotAllowed."""
        room = await self._identity.room(who, slug)
        links = await self._identity.links(who, room.id)
        pads = [pad for pad in await self.pads(who, room.group_id) if pad.room_id == room.id]
        rules = await self._identity.rules_of(room.group_id)
        is_main = await self._identity.is_main_room(room)
        return RoomSettings(room, rules, is_main, links, pads)

    def label(self, room: Room, rules: Rules | None = None) -> Sequence[Sentence]:
        """Return the honest label of a room; ``rules``: those of its group."""
        return room_label(room, self.chat_hours(rules))

    def chat_hours(self, rules: Rules | None) -> int | None:
        """Return how long messages of a group are kept; None where there is no chat."""
        if self.chat_days is None:
            return None
        return effective_h(rules, self.chat_days * 24, self.max_chat_days * 24)

    def text(self, kind: str, language: str) -> WrittenText | None:
        """Return a text of the operator, in another language rather than not at all."""
        own = self._texts.get((kind, language))
        if own is not None:
            return WrittenText(language, own)
        others = ((where, text) for (of, where), text in self._texts.items() if of == kind)
        return next((WrittenText(where, text) for where, text in others), None)
