"""What stands behind a participant: a client of LiveKit, or a leg that speaks otherwise.

Moderation is the same for everybody; this is what differs: the words for the worker, and who is
told besides. The worker's flags come first here too.
"""

from typing import Protocol

from allmende.core.ports.conference import Rights, Source
from allmende.media.control import CloseLeg, Command, SetRights
from allmende.media.signal.permissions import leg_rights
from allmende.protocols.livekit.messages import DisconnectReason


class End(Protocol):
    """The other end of a participant."""

    @property
    def offers(self) -> bool:
        """Whether a client offers sections, one for each track that it receives."""
        ...

    def closing(self, sid: str) -> Command | None:
        """Return what ends the leg of participant ``sid``; None: nothing has to be said."""
        ...

    def restricting(self, sid: str, rights: Rights) -> Command:
        """Return what gives the leg of participant ``sid`` other rights."""
        ...

    def muting(self, source: Source) -> Command | None:
        """Return what mutes ``source`` besides muting its tracks."""
        ...

    def restricted(self, rights: Rights) -> None:
        """``rights`` are in force."""
        ...

    def muted(self, source: Source) -> None:
        """``source`` was muted by others."""
        ...

    def unmuted(self) -> None:
        """Others let its microphone open again; whether it does is up to its owner."""
        ...

    def ranked(self) -> None:
        """It is heard before others from now on, or not any more."""
        ...

    def ended(self, reason: DisconnectReason) -> None:
        """The participant is not in its room any more."""
        ...


class ClientEnd:
    """A client of LiveKit: it hears of everything by its WebSocket."""

    offers = True

    def closing(self, sid: str) -> Command | None:
        """Return CloseLeg."""
        return CloseLeg(id=0, leg=sid)

    def restricting(self, sid: str, rights: Rights) -> Command:
        """Return SetRights."""
        return SetRights(id=0, leg=sid, rights=leg_rights(rights))

    def muting(self, source: Source) -> Command | None:
        """Return nothing: its tracks are muted."""
        return None

    def restricted(self, rights: Rights) -> None:
        """Nothing."""

    def muted(self, source: Source) -> None:
        """Nothing."""

    def unmuted(self) -> None:
        """Nothing: what others muted is opened by its owner."""

    def ranked(self) -> None:
        """Nothing: the worker knows by its number."""

    def ended(self, reason: DisconnectReason) -> None:
        """Nothing."""
