"""Presence goes on with the hash of the picture, whatever a client says of it."""

import asyncio

from allmende.core.ids import AccountId
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.wire.avatars import Renewed
from allmende.systems.chat.wire.router import Sending
from allmende.systems.chat.wire.session import Session, Sessions
from allmende.systems.chat.wire.stamping import StampedPresence
from tests.systems.chat.wire.neighbours import Device, stanza
from tests.systems.chat.wire.test_signin import ANNA

PHONE = Jid("anna", "x.example", "phone")


class Pictures:
    """anna's picture has this hash."""

    photo = "aa"
    renewed: Renewed | None = None

    async def hash_of(self, owner: Jid, account: AccountId) -> str:
        return self.photo

    def on_renewal(self, renewed: Renewed) -> None:
        self.renewed = renewed


class Takes:
    def __init__(self) -> None:
        self.taken: list[Stanza] = []

    async def take(self, sending: Sending) -> None:
        self.taken.append(sending.stanza)


def test_presence_is_stamped_and_renewed() -> None:
    pictures, takes, sessions = Pictures(), Takes(), Sessions()
    stamped = StampedPresence(takes, pictures, sessions)
    stamped.join()
    session = Session(PHONE, ANNA, Device())
    sessions.add(session)

    def send(text: str) -> str:
        asyncio.run(stamped.take(Sending(session, stanza(text), PHONE.bare, lambda: None)))
        return takes.taken.pop().inner.decode()

    forged = "<presence ><x xmlns='vcard-temp:x:update'><photo>ff</photo></x></presence>"
    assert "<photo>aa</photo>" in send(forged)
    assert "ff" not in send(forged)
    assert send("<presence type='unavailable'/>") == ""

    async def renew() -> None:
        assert pictures.renewed is not None
        await pictures.renewed(PHONE.bare)

    asyncio.run(renew())
    assert takes.taken == []
    session.presence = stanza("<presence />")
    pictures.photo = "bb"
    asyncio.run(renew())
    assert b"<photo>bb</photo>" in takes.taken.pop().inner
