"""The words of groups: presets, who may bring others, how long messages are kept."""

from typing import Final

from allmende.core.groups import Role
from allmende.identity.model.groups import Preset

PRESET_TEXTS: Final = {
    Preset.WORKING: ("desk.preset-working", "desk.preset-working-text"),
    Preset.AFFINITY: ("desk.preset-affinity", "desk.preset-affinity-text"),
    Preset.ALLIANCE: ("desk.preset-alliance", "desk.preset-alliance-text"),
    Preset.PUBLIC: ("desk.preset-public", "desk.preset-public-text"),
}
BRINGER_TEXTS: Final = {
    Role.MEMBER: "desk.bringer-member",
    Role.FACILITATOR: "desk.bringer-facilitator",
    Role.ADMIN: "desk.bringer-admin",
}

_HOURS: Final = (1, 6, 12, 24)
_DAYS: Final = (2, 7, 14, 28, 90, 180, 365, 730)
_DAY_H: Final = 24


def periods(chosen_h: int, most_h: int) -> list[tuple[int, str, int]]:
    """Return periods to choose from as hours, text and count; what was chosen is among them."""
    usual = {*_HOURS, *(days * _DAY_H for days in _DAYS)}
    hours = sorted({hours for hours in usual if hours <= most_h} | {chosen_h})
    return [period(one) for one in hours]


def period(hours: int) -> tuple[int, str, int]:
    """Return hours with their text and the count in it: days where they are whole ones."""
    if hours % _DAY_H or hours <= _DAY_H:
        return (hours, "desk.hours", hours)
    return (hours, "desk.days", hours // _DAY_H)
