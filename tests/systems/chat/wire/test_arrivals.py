"""What is told on arrival is told once, and again only what is newly wanted."""

from collections.abc import Collection, Mapping

import pytest

from allmende.core.ids import AccountId
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.stanza import Stanza
from allmende.storage.database import Database
from allmende.systems.chat.wire.arrivals import Arrivals
from allmende.systems.chat.wire.session import Session
from tests.systems.chat.wire.neighbours import Street, stanza


class Fakes:
    """Stands for caps, messages that wait, and nodes; keeps what is asked of them."""

    def __init__(self) -> None:
        self.features_now: frozenset[str] = frozenset()
        self.got: list[str] = []
        self.told: list[tuple[set[str], dict[Jid, AccountId]]] = []

    def features(self, device: Jid) -> frozenset[str]:
        return self.features_now

    def answered(self, session: Session, stanza: Stanza) -> bool:
        return stanza.id == "ours"

    async def waiting(self, session: Session) -> None:
        self.got.append(session.jid.resource)

    async def nodes(
        self, watcher: Jid, wanted: Collection[str], owners: Mapping[Jid, AccountId]
    ) -> None:
        self.told.append((set(wanted), dict(owners)))


class _Offline:
    def __init__(self, fakes: Fakes) -> None:
        self.arrived = fakes.waiting


class _Pep:
    def __init__(self, fakes: Fakes) -> None:
        self.arrived = fakes.nodes


@pytest.fixture
def street(database: Database) -> Street:
    return Street(database)


def test_news_come_once_to_a_device_and_again_after_it_left(street: Street) -> None:
    street.befriend()
    fakes, phone = Fakes(), street.here(street.anna, "phone")
    arrivals = Arrivals(street.sight, fakes, _Offline(fakes), _Pep(fakes))
    fakes.features_now = frozenset(("urn:x:a+notify", "urn:x:b"))
    street.run(arrivals.present(phone, first=True))
    street.run(arrivals.present(phone, first=False))
    owners = {
        phone.jid.bare: street.id_of(street.anna),
        Jid("bea", "x.example"): street.id_of(street.bea),
    }
    assert fakes.told == [({"urn:x:a"}, owners)]
    fakes.features_now = frozenset(("urn:x:a+notify", "urn:x:c+notify"))
    street.run(arrivals.answered(phone, stanza("<iq id='theirs'/>")))
    assert len(fakes.told) == 1
    street.run(arrivals.answered(phone, stanza("<iq id='ours'/>")))
    assert fakes.told[1:] == [({"urn:x:c"}, owners)]
    street.run(arrivals.left(phone, ()))
    street.run(arrivals.present(phone, first=True))
    assert fakes.told[2][0] == {"urn:x:a", "urn:x:c"}


def test_what_waits_is_for_devices_that_take_messages(street: Street) -> None:
    fakes, phone = Fakes(), street.here(street.anna, "phone")
    arrivals = Arrivals(street.sight, fakes, _Offline(fakes), _Pep(fakes))
    phone.priority = -1
    street.run(arrivals.present(phone, first=True))
    assert fakes.got == []
    phone.priority = 0
    street.run(arrivals.present(phone, first=False))
    assert fakes.got == ["phone"]
