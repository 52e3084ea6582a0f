"""The script of the demo: who is there, and who does what in which item of the agenda.

It is a file of words, ``scripts/LANGUAGE.toml``. An act is a line of one of these forms:

    next 8                          the facilitation calls the next speaker, who talks 8 s
    wait 3                          nothing happens for 3 s
    Juno hand                       Juno raises a hand
    Juno says Hello.                Juno writes into the chat
    Juno writes We need compost.    Juno writes a paragraph into the minutes
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from allmende.cli.demo.picture import Colour, Look

SCRIPTS: Final = Path(__file__).with_name("scripts")
LANGUAGES: Final = ("de", "en")
FEWEST: Final = 4
"""People without whom there is no plenum: who facilitates, and three to talk."""

MOST: Final = 12


class Deed(StrEnum):
    """What an act is."""

    NEXT = "next"
    WAIT = "wait"
    HAND = "hand"
    SAYS = "says"
    WRITES = "writes"


_OF_NOBODY: Final = (Deed.NEXT, Deed.WAIT)


class ScriptWrong(ValueError):
    """A line of a script says nothing that can be done; the text is the line."""


@dataclass(frozen=True, slots=True)
class Act:
    """One line. ``who`` is the number of a person; "" and 0 where the deed has none."""

    deed: Deed
    who: int = 0
    text: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Topic:
    """An item of the agenda and what happens in it."""

    title: str
    minutes: int
    kind: str
    acts: Sequence[Act]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody: a name, a voice, a look."""

    name: str
    pitch_hz: float
    look: Look


@dataclass(frozen=True, slots=True)
class Script:
    """The whole plenum. The first person facilitates."""

    group: str
    room: str
    title: str
    guests_label: str
    facilitators_label: str
    people: Sequence[Person]
    topics: Sequence[Topic]
    ending: Sequence[Act]

    def seconds(self) -> float:
        """Return how long it takes at its own pace, without the time to write the minutes."""
        acts = [act for topic in self.topics for act in topic.acts]
        return sum(act.seconds for act in (*acts, *self.ending))

    def agenda(self) -> Sequence[Mapping[str, object]]:
        """Return the items as the agenda wants them."""
        return [
            {"title": topic.title, "minutes": topic.minutes, "kind": topic.kind}
            for topic in self.topics
        ]


def load(language: str) -> Script:
    """Read the script in ``language``. Raises ScriptWrong."""
    with (SCRIPTS / f"{language}.toml").open("rb") as file:
        return read_script(tomllib.load(file))


def read_script(told: Mapping[str, Any]) -> Script:
    """Return the script that a file tells. Raises ScriptWrong."""
    people = [_person(one) for one in told["people"]]
    names = [person.name for person in people]
    return Script(
        group=told["group"],
        room=told["room"],
        title=told["title"],
        guests_label=told["guests_label"],
        facilitators_label=told["facilitators_label"],
        people=people,
        topics=[
            Topic(one["title"], one["minutes"], one["kind"], _acts(one["acts"], names))
            for one in told["topics"]
        ],
        ending=_acts(told["ending"], names),
    )


def cast(person: int, present: int) -> int:
    """Return who of ``present`` people does what ``person`` would do; the first stays the first."""
    return person if person < present else 1 + (person - 1) % (present - 1)


def _person(told: Mapping[str, Any]) -> Person:
    look = Look(
        wall=_colour(told["wall"]),
        shirt=_colour(told["shirt"]),
        skin=_colour(told["skin"]),
        hair=_colour(told["hair"]),
    )
    return Person(told["name"], float(told["pitch_hz"]), look)


def _colour(text: str) -> Colour:
    red, green, blue = bytes.fromhex(text)
    return red, green, blue


def _acts(text: str, names: Sequence[str]) -> Sequence[Act]:
    return [_act(line.strip(), names) for line in text.splitlines() if line.strip()]


def _act(line: str, names: Sequence[str]) -> Act:
    """Return what a line says. Raises ScriptWrong."""
    first, _, rest = line.partition(" ")
    if first in _OF_NOBODY:
        try:
            return Act(Deed(first), seconds=float(rest))
        except ValueError:
            raise ScriptWrong(line) from None
    verb, _, text = rest.partition(" ")
    is_told = (verb in (Deed.SAYS, Deed.WRITES)) == bool(text)
    if first not in names or verb in _OF_NOBODY or verb not in list(Deed) or not is_told:
        raise ScriptWrong(line)
    return Act(Deed(verb), names.index(first), text)
