"""What may be chosen from the menus of native clients, or written as a command (spec voice, 9).

Desktop clients show menus, mobile ones do not: hence the words, in German and English at once.
"""

import unicodedata
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from allmende.protocols.mumble.messages import (
    ActionContext,
    ActionOperation,
    ContextActionModify,
)


class Action(StrEnum):
    """The value is what clients send back."""

    HAND = "hand"
    DOWN = "down"
    ORDER = "order"
    BROWSER = "browser"
    NEXT = "next"
    FLOOR = "floor"
    MUTE_ALL = "muteall"
    OPEN = "open"
    ADMIT = "admit"
    HELP = "help"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """``message_id``: what the menu says. ``words``: the commands, the first one is in help.

    ``names``: it is about somebody, else about the sender and the sender's room alone, whatever
    was marked in the client.
    """

    message_id: str
    words: tuple[str, ...]
    facilitators: bool = False
    names: bool = False
    in_menus: bool = True


ITEMS: Final[Mapping[Action, Item]] = {
    Action.HAND: Item(message_id="voice.action-hand", words=("melden", "hand")),
    Action.DOWN: Item(message_id="voice.action-down", words=("zurück", "down")),
    Action.ORDER: Item(message_id="voice.action-order", words=("liste", "list")),
    Action.BROWSER: Item(message_id="voice.action-browser", words=("web",)),
    Action.NEXT: Item(message_id="voice.action-next", words=("weiter", "next"), facilitators=True),
    Action.FLOOR: Item(
        message_id="voice.action-floor", words=("wort", "floor"), facilitators=True, names=True
    ),
    Action.MUTE_ALL: Item(
        message_id="voice.action-mute-all", words=("stumm", "muteall"), facilitators=True
    ),
    Action.OPEN: Item(message_id="voice.action-open", words=("offen", "open"), facilitators=True),
    Action.ADMIT: Item(
        message_id="voice.action-admit", words=("rein", "admit"), facilitators=True, names=True
    ),
    Action.HELP: Item(message_id="voice.action-help", words=("hilfe", "help"), in_menus=False),
}

MAX_COMMAND_CHARS: Final = 200

_SIGNS: Final = ("!", "/")
_FOLDED: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_ROOM_MENUS: Final = ActionContext.SERVER | ActionContext.CHANNEL


@dataclass(frozen=True, slots=True)
class Command:
    """A line that is not passed on but done. ``name``: whom it is about, may be empty."""

    action: Action
    name: str = ""


def _folded(word: str) -> str:
    return unicodedata.normalize("NFC", word).casefold().translate(_FOLDED)


_BY_WORD: Final[Mapping[str, Action]] = {
    _folded(word): action for action, item in ITEMS.items() for word in item.words
}


def read_command(text: str) -> Command | None:
    """Return what a line asks for; None: it is a text like any other."""
    line = text.strip()
    if not line.startswith(_SIGNS) or len(line) > MAX_COMMAND_CHARS or "\n" in line:
        return None
    word, _, rest = line[1:].partition(" ")
    action = _BY_WORD.get(_folded(word))
    if action is None or (rest.strip() and not ITEMS[action].names):
        return None
    return Command(action, " ".join(rest.split()))


def allowed(*, facilitates: bool) -> Sequence[Action]:
    """Return what somebody may ask for, in the order of menus and of the help."""
    return tuple(action for action, item in ITEMS.items() if facilitates or not item.facilitators)


def menu(*, facilitates: bool) -> frozenset[Action]:
    """Return what is in the menus of somebody."""
    return frozenset(
        action for action in allowed(facilitates=facilitates) if ITEMS[action].in_menus
    )


def menu_changes(
    old: Set[Action], new: Set[Action], texts: Mapping[Action, str]
) -> Sequence[ContextActionModify]:
    """Return what makes a client's menus those of ``new``.

    Clients show twice what is added twice, so only what is missing is added. ``texts``: what the
    items say, in the language of the person.
    """
    gone = [
        ContextActionModify(action=action.value, operation=ActionOperation.REMOVE)
        for action in Action
        if action in old - new
    ]
    come = [
        ContextActionModify(
            action=action.value,
            text=texts[action],
            context=ActionContext.USER if ITEMS[action].names else _ROOM_MENUS,
            operation=ActionOperation.ADD,
        )
        for action in ITEMS
        if action in new - old
    ]
    return (*gone, *come)
