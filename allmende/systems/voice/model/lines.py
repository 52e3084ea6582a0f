"""The order of speakers, said by the names of two channels above the room (spec voice, 9)."""

from collections.abc import Sequence
from typing import Final

from allmende.systems.voice.model.names import MAX_NAME_CHARS, shortened

CLOCK_STEP_S: Final = 5
"""The clock goes on in steps: each one is a message to everybody."""

_SIGN: Final = "▶"
_BETWEEN: Final = " · "
MAX_NAME_IN_ORDER: Final = 20


def floor_line(name: str, speaks_since_s: float) -> str:
    """Return who has the floor and for how long: ``▶ Mara · 1:12``, in steps of 5 s."""
    seconds = int(max(speaks_since_s, 0) // CLOCK_STEP_S * CLOCK_STEP_S)
    behind = f"{_BETWEEN}{seconds // 60}:{seconds % 60:02}"
    room = MAX_NAME_CHARS - len(_SIGN) - 1 - len(behind)
    return f"{_SIGN} {shortened(name, room)}{behind}"


def order_line(names: Sequence[str]) -> str:
    """Return who is next: ``1 Juno · 2 Ali · 3 Bo · +4``; empty if nobody is.

    As many as 60 characters have room for, and how many come after them.
    """
    said: list[str] = []
    for place, name in enumerate(names, 1):
        entry = f"{place} {shortened(name, MAX_NAME_IN_ORDER)}"
        rest = len(names) - place
        ending = [f"+{rest}"] if rest else []
        if len(_BETWEEN.join([*said, entry, *ending])) > MAX_NAME_CHARS:
            return _BETWEEN.join([*said, f"+{rest + 1}"])
        said.append(entry)
    return _BETWEEN.join(said)
