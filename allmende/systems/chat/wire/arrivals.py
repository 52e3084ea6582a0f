"""What a device is given once it is here: what waited, and the newest of what it wants to know.

XEP-0160, 3; XEP-0163, 4.3.4.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Protocol

from allmende.core.ids import AccountId
from allmende.protocols.xmpp.jid import Jid, JidMalformed, parse
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.wire.outlet import Left
from allmende.systems.chat.wire.session import Session
from allmende.systems.chat.wire.sight import Sight

_NOTIFY: Final = "+notify"


class Devices(Protocol):
    """What devices can do; `caps.DeviceCaps`."""

    def features(self, device: Jid) -> frozenset[str]:
        """Return what is known of one."""
        ...

    def answered(self, session: Session, stanza: Stanza) -> bool:
        """Take an answer; return whether it was to a question of ours."""
        ...


class Waits(Protocol):
    """Messages that waited; `offline.Offline`."""

    async def arrived(self, session: Session) -> None:
        """Give them to a session."""
        ...


class News(Protocol):
    """The newest of nodes; `pep.Pep`."""

    async def arrived(
        self, watcher: Jid, wanted: Collection[str], owners: Mapping[Jid, AccountId]
    ) -> None:
        """Tell a device."""
        ...


class Arrivals:
    """Hears presence after `DeviceCaps`, and is a `Leaving`."""

    def __init__(self, sight: Sight, caps: Devices, offline: Waits, pep: News) -> None:
        self._sight = sight
        self._caps = caps
        self._offline = offline
        self._pep = pep
        self._told: dict[Jid, frozenset[str]] = {}

    async def present(self, session: Session, *, first: bool) -> None:
        """A device says that it is here."""
        if session.priority >= 0:
            await self._offline.arrived(session)
        if first:
            self._told.pop(session.jid, None)
        await self._tell(session)

    async def answered(self, session: Session, stanza: Stanza) -> None:
        """A device answers a question of this server: now it is known what it wants."""
        if self._caps.answered(session, stanza):
            await self._tell(session)

    async def left(self, session: Session, _left: Sequence[Left]) -> None:
        """The device is gone."""
        self._told.pop(session.jid, None)

    async def _tell(self, session: Session) -> None:
        features = self._caps.features(session.jid)
        wanted = frozenset(
            name.removesuffix(_NOTIFY) for name in features if name.endswith(_NOTIFY)
        )
        new = wanted - self._told.get(session.jid, frozenset())
        self._told[session.jid] = wanted
        if new and session.presence is not None:
            await self._pep.arrived(session.jid, new, self._owners(session))

    def _owners(self, session: Session) -> dict[Jid, AccountId]:
        """Return whose nodes a device is told of: its own, and those of whom it sees."""
        owners = {session.jid.bare: session.account}
        circle = self._sight.circle(session.jid.bare)
        for contact in circle.contacts.values() if circle is not None else ():
            if contact.standing.sees and contact.peer is not None:
                try:
                    owners[parse(contact.address)] = contact.peer
                except JidMalformed:
                    continue
        return owners
