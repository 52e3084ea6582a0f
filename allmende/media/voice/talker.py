"""Somebody whose sound may go through a room: what natives and browsers have in common."""

from typing import Final, Protocol

from allmende.media.fanout.interface import Crypt
from allmende.media.fanout.run import Run

TALK: Final = 0
SHOUT: Final = 1
WHISPER: Final = 2
LISTENER: Final = 3
"""How a packet reaches who listens to a room from elsewhere."""
WORDS: Final = ("talk", "shout", "whisper")
"""The ways a packet can be aimed, as Mumble numbers them for receivers."""


class Talker:
    """``session``: what Mumble clients know it by, 0 while unknown. ``crypt``: its own, if native.

    ``audience``: who hears the spurt of now, None while silent. ``run``: what is counted of it.
    ``first``: takes the slot of another where none is free. ``told``: the
    aim that was last reported, "" for silence.
    """

    __slots__ = ("audience", "began_s", "crypt", "ended_s", "ends_after_s", "first", "leg",
                 "run", "session", "told")  # fmt: skip

    def __init__(self, leg: str, session: int, ends_after_s: float, crypt: Crypt | None) -> None:
        self.leg, self.session, self.crypt = leg, session, crypt
        self.ends_after_s = ends_after_s
        self.audience: Hearing | None = None
        self.run = Run()
        self.run.heard_s = self.began_s = self.ended_s = float("-inf")
        self.first = False
        self.told = ""


class Sound:
    """One packet on its way: the value that native legs and RTP both become.

    ``frame`` and ``duration`` count 10 ms; ``last``: the spurt ends with it.
    """

    __slots__ = ("duration", "frame", "last", "now_s", "opus", "talker")

    def __init__(
        self, talker: Talker, frame: int, duration: int, opus: bytes, now_s: float,
        *, last: bool = False,
    ) -> None:  # fmt: skip
        self.talker = talker
        self.frame, self.duration, self.opus = frame, duration, opus
        self.now_s = now_s
        self.last = last


class Hearing(Protocol):
    """Those who hear a talker in one way; `audience.Audience` is the real one."""

    aim: int

    def carry(self, sound: Sound) -> None:
        """Send a packet to all of them."""

    def end(self, talker: Talker, now_s: float) -> None:
        """Tell all of them that the talker is silent now."""
