"""What a leg may send: bandwidth as it was announced, whispers where they are allowed."""

from collections.abc import Iterable
from typing import Final

from allmende.core.permissions import Permission
from allmende.core.ports.calls import CallShown
from allmende.systems.voice.service.legs import Leg, voice_of
from allmende.systems.voice.service.needs import Surroundings

IN_TURN_BPS: Final = 40_000
"""Where people speak one after the other, so much is enough for each."""


class Limiting:
    """More is allowed at once; less a second after the client was told of it."""

    def __init__(self, here: Surroundings) -> None:
        self._here = here

    def bandwidth_bps(self, leg: Leg, *, in_turn: bool) -> int:
        """Return what one voice may take where ``leg`` stands."""
        most = self._here.settings.max_bandwidth_bps
        chosen = voice_of(leg).bandwidth_bps
        most = most if chosen is None else min(most, chosen)
        return min(most, IN_TURN_BPS) if in_turn else most

    def look(self, leg: Leg, call: CallShown | None) -> None:
        """Bring media up to what was announced, but for less bandwidth."""
        self._set(leg, max(leg.bandwidth_bps, leg.limits[0]), may_whisper=_whispers(leg, call))

    def turn(self, legs: Iterable[Leg]) -> None:
        """A second has passed: those who were told of less have to keep to it."""
        for leg in legs:
            if leg.view is not None and leg.limits[0] > leg.bandwidth_bps > 0:
                self._set(leg, leg.bandwidth_bps, may_whisper=leg.limits[1])

    def _set(self, leg: Leg, bandwidth_bps: int, *, may_whisper: bool) -> None:
        if leg.limits != (bandwidth_bps, may_whisper):
            leg.limits = (bandwidth_bps, may_whisper)
            self._here.audio.limit(
                leg.session, bandwidth_bps=bandwidth_bps, may_whisper=may_whisper
            )


def _whispers(leg: Leg, call: CallShown | None) -> bool:
    """Return whether one may whisper where one stands: not beside a speaking list."""
    if leg.room_id is None or not leg.may(leg.room_id, Permission.VOICE_WHISPER):
        return False
    moderated = call is not None and call.moderated
    return not moderated or leg.may(leg.room_id, Permission.ROOM_FACILITATE)
