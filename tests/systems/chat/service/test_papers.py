"""Private data and vCards: whose they are, and how much of them there may be."""

import pytest
from sqlalchemy import Connection

from allmende.core.accounts import STRANGER
from allmende.core.errors import InvalidInput, NotSignedIn, QuotaExceeded
from allmende.systems.chat.model.items import MAX_ITEM_BYTES
from allmende.systems.chat.service.papers import MAX_PRIVATE, PaperService
from allmende.systems.chat.store import papers as store
from tests.systems.chat.conftest import Square
from tests.systems.chat.store.test_items import account


def test_private_data_is_its_owners_alone(square: Square) -> None:
    papers, mara, juno = PaperService(square.database), square.person("mara"), square.person("juno")
    square.run(papers.keep_private(mara, "urn:x a", b"1"))
    assert square.run(papers.private(mara, "urn:x a")) == b"1"
    assert square.run(papers.private(juno, "urn:x a")) is None
    square.run(papers.keep_private(mara, "urn:x a", None))
    assert square.run(papers.private(mara, "urn:x a")) is None
    with pytest.raises(NotSignedIn):
        square.run(papers.private(STRANGER, "urn:x a"))


def test_private_data_has_limits(square: Square) -> None:
    papers, mara = PaperService(square.database), square.person("mara")
    with pytest.raises(QuotaExceeded, match=r"chat\.item-too-large"):
        square.run(papers.keep_private(mara, "urn:x a", b"x" * (MAX_ITEM_BYTES + 1)))
    with pytest.raises(InvalidInput, match=r"chat\.name-refused"):
        square.run(papers.keep_private(mara, "", b""))

    def fill(db: Connection) -> None:
        for number in range(MAX_PRIVATE):
            store.set_private(db, account(mara), f"n{number}", b"")

    square.run(square.database.write(fill))
    square.run(papers.keep_private(mara, "n0", b"1"))
    with pytest.raises(QuotaExceeded, match=r"chat\.too-many-nodes"):
        square.run(papers.keep_private(mara, "one more", b"1"))


def test_a_vcard_is_changed_by_its_owner_and_goes_with_them(square: Square) -> None:
    papers, mara = PaperService(square.database), square.person("mara")
    assert square.run(papers.vcard(account(mara))) is None
    square.run(papers.keep_vcard(mara, b"1"))
    assert square.run(papers.vcard(account(mara))) == b"1"
    with pytest.raises(QuotaExceeded, match=r"chat\.item-too-large"):
        square.run(papers.keep_vcard(mara, b"x" * (MAX_ITEM_BYTES + 1)))
    square.run(papers.account_gone(account(mara)))
    assert square.run(papers.vcard(account(mara))) is None
