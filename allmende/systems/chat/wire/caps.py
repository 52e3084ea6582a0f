"""What the devices that are here can do. XEP-0115: asked once for each name, then remembered."""

import secrets
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from allmende.protocols.xmpp.caps import Caps, CapsRefused, caps_of, verified
from allmende.protocols.xmpp.disco import INFO_NAME
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.wire.outlet import Left
from allmende.systems.chat.wire.session import Session, What
from allmende.systems.chat.wire.sight import Sight

REMEMBERED: Final = 1000
"""Names; each stands for one version of one program."""

NOTHING: Final[frozenset[str]] = frozenset()
_ID_BYTES: Final = 9
_NOTIFY: Final = "+notify"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to a device that it has not answered yet."""

    id: str
    caps: Caps


class DeviceCaps:
    """Is one of those who hear presence, and a `Leaving`. All of it is in memory only."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._known: OrderedDict[tuple[str, str], frozenset[str]] = OrderedDict()
        self._of: dict[Jid, Caps] = {}
        self._asked: dict[Jid, Asked] = {}

    def features(self, device: Jid) -> frozenset[str]:
        """Return what a device can do, as far as it is known."""
        caps = self._of.get(device)
        return NOTHING if caps is None else self._known.get((caps.hash, caps.ver), NOTHING)

    async def present(self, session: Session, *, first: bool) -> None:
        """A device says that it is here, and by what name it goes: ask, if nobody knows it."""
        caps = caps_of(session.presence) if session.presence is not None else None
        if caps is None:
            self._of.pop(session.jid, None)
            return
        self._of[session.jid] = caps
        if (caps.hash, caps.ver) in self._known:
            self._known.move_to_end((caps.hash, caps.ver))
            return
        asked = self._asked.get(session.jid)
        if asked is None or asked.caps != caps:
            self._ask(session, caps)

    def answered(self, session: Session, stanza: Stanza) -> bool:
        """Take an answer of a device to this server; return whether it was to a question of ours.

        What does not make its name is not remembered.
        """
        asked = self._asked.get(session.jid)
        if asked is None or asked.id != stanza.id:
            return False
        del self._asked[session.jid]
        info = stanza.child(INFO_NAME) if stanza.type == "result" else None
        if info is not None:
            try:
                self._remember(asked.caps, verified(info, asked.caps))
            except CapsRefused:
                self._of.pop(session.jid, None)
        return True

    async def left(self, session: Session, _left: Sequence[Left]) -> None:
        """The device is gone."""
        self._of.pop(session.jid, None)
        self._asked.pop(session.jid, None)

    def _ask(self, session: Session, caps: Caps) -> None:
        asked = Asked(secrets.token_urlsafe(_ID_BYTES), caps)
        self._asked[session.jid] = asked
        attributes = {"type": "get", "id": asked.id, "from": self._server, "to": str(session.jid)}
        session.send(Stanza("iq", CLIENT, attributes).adding(caps.question()), What.IQ)

    def _remember(self, caps: Caps, features: frozenset[str]) -> None:
        while len(self._known) >= REMEMBERED:
            self._known.popitem(last=False)
        self._known[caps.hash, caps.ver] = features


class DeviceAudience:
    """Who is here and what their devices want to hear of; `pep.Audience`."""

    def __init__(self, sight: Sight, caps: DeviceCaps) -> None:
        self._sight = sight
        self._caps = caps

    def watchers(self, owner: Jid) -> Iterator[Jid]:
        """Yield the devices that are shown ``owner``, its own among them."""
        return (session.jid for session in self._sight.watchers(owner))

    def wants(self, watcher: Jid, node: str) -> bool:
        """Return whether a device asked to hear of ``node`` (XEP-0163, 4.3.2)."""
        return f"{node}{_NOTIFY}" in self._caps.features(watcher)
