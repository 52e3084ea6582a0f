"""The services of accounts come together, on one database and for one domain."""

import pytest

from allmende.storage.database import Database
from allmende.systems.chat.service.accounts import services_of
from tests.systems.chat.service.people import DOMAIN, People


@pytest.fixture
def people(database: Database) -> People:
    return People(database)


def test_services_know_the_accounts_of_their_domain(people: People) -> None:
    services = services_of(people.database, people.clock, DOMAIN)
    assert people.run(services.contacts.account_at(f"anna@{DOMAIN}")) == people.id_of(people.anna)
    assert people.run(services.contacts.account_at("anna@other.example")) is None
    assert people.run(services.history.ends(people.callers["anna"])) is None
    assert len(services.queue) == 0
