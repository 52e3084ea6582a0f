"""What happens to accounts and groups reaches the streams of the people."""

import pytest

from allmende.core.events import Fact
from allmende.core.ids import AppPasswordId, FactId
from allmende.identity.events import AccountFrozen, AccountGone, CredentialRevoked, SessionRevoked
from allmende.storage.database import Database
from allmende.systems.chat.wire.following import watch_accounts
from tests.systems.chat.wire.whole import DOMAIN, App, Village


@pytest.fixture
def village(database: Database) -> Village:
    found = Village(database)
    found.move_in("anna", "bea")
    return found


@pytest.mark.parametrize("kind", ["app password", "all app passwords", "password", "frozen"])
def test_who_lost_what_they_came_in_by_is_out(village: Village, kind: str) -> None:
    number = village.account(village.people["anna"])
    village.people["anna"] = type(village.people["anna"])(
        account_id=number, app_password_id=AppPasswordId(7)
    )
    now = village.clock.now()
    facts: dict[str, Fact] = {
        "app password": CredentialRevoked(
            at=now, account_id=number, app_password_id=AppPasswordId(7)
        ),
        "all app passwords": CredentialRevoked(at=now, account_id=number, app_password_id=None),
        "password": SessionRevoked(at=now, account_id=number, session_id=None),
        "frozen": AccountFrozen(at=now, account_id=number),
    }
    watch_accounts(village.bus, village.server)

    async def story(village: Village) -> None:
        anna, bea = await App(village, "anna").come(), await App(village, "bea").come()
        await tell(village, facts[kind])
        assert "not-authorized" in await anna.hear("</stream:stream>")
        await anna.task
        assert not bea.line.closed

    village.play(story)


def test_what_an_account_kept_goes_with_it(village: Village) -> None:
    watch_accounts(village.bus, village.server)
    anna = village.account(village.people["anna"])
    contacts = village.server.services.contacts
    bea = village.account(village.people["bea"])
    village.run(contacts.put(bea, f"anna@{DOMAIN}", "Anna", ()))
    village.run(contacts.put(anna, f"bea@{DOMAIN}", "Bea", ()))

    async def story(village: Village) -> None:
        await tell(village, AccountGone(at=village.clock.now(), account_id=anna))
        assert list((await contacts.circle(anna)).contacts) == []

    village.play(story)


async def tell(village: Village, fact: Fact) -> None:
    """Let everybody hear of a fact, as the relay does."""
    number = FactId(1)
    await village.bus.deliver(number, fact)
    for handlers in village.bus.subscribed().values():
        if type(fact) in handlers:
            await handlers[type(fact)](number, fact)
