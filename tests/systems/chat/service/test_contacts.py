"""Contacts of two people, from both sides."""

import json

import pytest

from allmende.core.errors import InvalidInput, NotAllowed, NotFound, QuotaExceeded
from allmende.core.ids import AccountId
from allmende.storage.database import Database
from allmende.systems.chat.model import contacts as model
from allmende.systems.chat.model.contacts import NOTHING, Act, Contact, Standing
from allmende.systems.chat.service.contacts import Party, contact_files
from allmende.systems.chat.store import contacts as store
from tests.systems.chat.service.people import People

BOTH = Standing(sees=True, seen=True)


@pytest.fixture
def people(database: Database) -> People:
    return People(database)


def befriend(people: People) -> None:
    for one, other in ((people.anna, people.bea), (people.bea, people.anna)):
        people.say(one, other, Act.ASK)
        people.say(other, one, Act.ALLOW)


def test_a_contact_is_listed_called_and_sorted_as_somebody_wants_it(people: People) -> None:
    before = people.circle(people.anna).version
    people.put(people.anna, "bea@x.example", " Bea  B. ", ["Chor", "Chor"])
    circle = people.circle(people.anna)
    assert [(one.name, one.labels, one.peer) for one in circle.shown()] == [
        ("Bea B.", ("Chor",), people.bea.account_id)
    ]
    assert circle.version != before
    people.put(people.anna, "bea@x.example", "Bea")
    assert people.sees(people.anna, people.bea).labels == ()
    assert people.circle(people.bea).shown() == []
    with pytest.raises(InvalidInput, match=r"chat\.contact-self"):
        people.put(people.anna, people.anna.address)


def test_a_question_waits_until_it_is_answered(people: People) -> None:
    said = people.say(people.anna, people.bea, Act.ASK, b"<status>hallo</status>")
    assert (said.goes_on, said.shown, said.peer) == (True, True, people.bea.account_id)
    waiting = people.circle(people.bea).waiting()
    assert [(one.address, one.request) for one in waiting] == [
        (people.anna.address, b"<status>hallo</status>")
    ]
    assert people.circle(people.bea).shown() == []
    assert not people.say(people.anna, people.bea, Act.ASK).shown
    assert people.say(people.bea, people.anna, Act.ALLOW).shown
    assert people.sees(people.anna, people.bea).standing == Standing(sees=True)
    assert people.sees(people.bea, people.anna) == Contact(
        people.anna.address, people.anna.account_id, standing=Standing(seen=True), listed=True
    )


def test_who_approved_in_advance_need_not_answer(people: People) -> None:
    assert not people.say(people.bea, people.anna, Act.ALLOW).goes_on
    said = people.say(people.anna, people.bea, Act.ASK)
    assert (said.shown, said.answer) == (False, Act.ALLOW)
    assert people.sees(people.anna, people.bea).standing == Standing(sees=True)
    assert people.sees(people.bea, people.anna).standing == Standing(seen=True)


def test_who_is_taken_off_the_list_hears_of_it(people: People) -> None:
    befriend(people)
    assert people.sees(people.anna, people.bea).standing == BOTH
    said = people.run(people.contacts.drop(people.anna, people.bea.address))
    assert [(one.act, one.shown) for one in said] == [(Act.STOP, True), (Act.REFUSE, True)]
    assert people.circle(people.anna).shown() == []
    assert people.sees(people.bea, people.anna).standing == NOTHING
    assert people.sees(people.bea, people.anna).listed
    with pytest.raises(NotFound, match=r"chat\.contact-unknown"):
        people.run(people.contacts.drop(people.anna, people.bea.address))


def test_who_is_blocked_asks_and_nobody_hears(people: People) -> None:
    bea = people.id_of(people.bea)
    blocked = [people.anna.address, "spam.example"]
    assert people.run(people.contacts.block(bea, blocked)) == blocked
    assert people.run(people.contacts.block(bea, blocked)) == []
    assert not people.say(people.anna, people.bea, Act.ASK).goes_on
    circle = people.circle(people.bea)
    assert circle.waiting() == []
    assert circle.blocks([people.anna.address])
    assert people.run(people.contacts.unblock(bea, ["spam.example"])) == ["spam.example"]
    assert people.run(people.contacts.unblock(bea)) == [people.anna.address]
    assert not people.circle(people.bea).blocks([people.anna.address])


def test_somebody_of_another_server_asks_and_is_answered(people: People) -> None:
    anna, cleo = people.id_of(people.anna), Party(None, "cleo@y.example")
    heard = people.run(people.contacts.hear(anna, cleo.address, Act.ASK, b"<status/>"))
    assert (heard.shown, heard.answer) == (True, None)
    assert people.circle(people.anna).waiting()[0].request == b"<status/>"
    allowed = people.say(people.anna, cleo, Act.ALLOW)
    assert (allowed.goes_on, allowed.peer) == (True, None)
    again = people.run(people.contacts.hear(anna, cleo.address, Act.ASK))
    assert (again.shown, again.answer) == (False, Act.ALLOW)


def test_a_request_that_is_too_long_is_shown_without_its_words(people: People) -> None:
    people.say(people.anna, people.bea, Act.ASK, b"x" * (model.MAX_REQUEST_BYTES + 1))
    assert [one.request for one in people.circle(people.bea).waiting()] == [b""]


def test_members_of_a_closed_group_see_each_other_while_they_are_in_it(people: People) -> None:
    group = people.group(people.callers["anna"], member=people.callers["bea"])
    people.contacts.forget()
    fellow = people.sees(people.anna, people.bea)
    assert (fellow.fellow, fellow.standing, fellow.labels) == (True, BOTH, (group.name,))
    said = people.say(people.anna, people.bea, Act.ASK)
    assert (said.goes_on, said.answer) == (False, Act.ALLOW)
    assert people.say(people.anna, people.bea, Act.REFUSE).answer is None
    with pytest.raises(NotAllowed, match=r"chat\.contact-is-fellow"):
        people.run(people.contacts.drop(people.anna, people.bea.address))
    members = people.run(people.contacts.members(group.id))
    assert set(members) == {people.anna.account_id, people.bea.account_id}
    people.run(people.identity.leave(people.callers["bea"], group.id))
    people.contacts.forget()
    assert people.circle(people.anna).shown() == []


def test_a_stranger_writes_once_until_there_is_an_answer(people: People) -> None:
    bea = people.id_of(people.bea)

    def write(chars: int = 10) -> None:
        people.run(people.contacts.admit(bea, people.anna, chars=chars))

    with pytest.raises(InvalidInput, match=r"chat\.stranger-too-long"):
        write(501)
    write()
    with pytest.raises(NotAllowed, match=r"chat\.stranger-waits"):
        write()
    people.run(people.contacts.accept(bea, people.anna.address))
    people.run(people.contacts.accept(bea, people.anna.address))
    write(5000)
    assert people.circle(people.bea).shown() == []
    people.run(people.contacts.admit(bea, people.bea, chars=9000))
    people.run(people.contacts.accept(bea, people.bea.address))


def test_members_of_the_same_group_are_no_strangers(people: People) -> None:
    people.group(people.callers["anna"], guest=people.callers["bea"])
    for _ in range(2):
        people.run(people.contacts.admit(people.id_of(people.bea), people.anna, chars=900))
    assert people.circle(people.bea).shown() == []


def test_lists_and_queues_of_strangers_have_an_end(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    from_here = "allmende.systems.chat.service.contacts"
    for name in ("MAX_CONTACTS", "MAX_STRANGERS", "MAX_BLOCKED"):
        monkeypatch.setattr(f"{from_here}.{name}", 1)
    anna = people.id_of(people.anna)
    people.put(people.anna, "a@y.example")
    with pytest.raises(QuotaExceeded, match=r"chat\.contact-too-many"):
        people.put(people.anna, "b@y.example")
    with pytest.raises(QuotaExceeded, match=r"chat\.contact-too-many"):
        people.run(people.contacts.say(people.anna, "b@y.example", Act.ASK))
    people.put(people.anna, "a@y.example", "Anders")
    people.run(people.contacts.accept(anna, "b@y.example"))
    assert people.run(people.contacts.hear(anna, "c@y.example", Act.ASK)).shown
    assert not people.run(people.contacts.hear(anna, "d@y.example", Act.ASK)).shown
    with pytest.raises(NotAllowed, match=r"chat\.stranger-waits"):
        people.run(people.contacts.admit(anna, Party(None, "d@y.example"), chars=1))
    with pytest.raises(QuotaExceeded, match=r"chat\.blocked-too-many"):
        people.run(people.contacts.block(anna, ["a@z", "b@z"]))


def test_an_account_that_is_gone_is_on_nobodys_list(people: People) -> None:
    befriend(people)
    bea = people.id_of(people.bea)
    people.run(people.contacts.account_gone(bea))
    people.run(people.contacts.account_gone(bea))
    assert people.circle(people.anna).shown() == []


def test_only_accounts_of_this_server_have_an_address_here(people: People) -> None:
    def at(address: str) -> AccountId | None:
        return people.run(people.contacts.account_at(address))

    assert at("anna@x.example") == people.anna.account_id
    assert [at(one) for one in ("anna@y.example", "x.example", "nobody@x.example")] == [None] * 3


def test_people_are_handed_out_their_contacts_and_blocks(people: People) -> None:
    anna = people.id_of(people.anna)
    assert people.run(people.database.read(lambda db: contact_files(db, anna))) == []
    people.put(people.anna, people.bea.address, "Bea", ["Chor"])
    people.run(people.contacts.block(anna, ["spam.example"]))
    files = people.run(people.database.read(lambda db: contact_files(db, anna)))
    read = {file.path: json.loads(file.body) for file in files}
    assert read["chat/blocked.json"] == [{"address": "spam.example"}]
    assert read["chat/contacts.json"][0]["labels"] == ["Chor"]


def test_what_is_known_is_read_once_and_again_when_it_changed(people: People) -> None:
    people.put(people.anna, people.bea.address)
    first = people.circle(people.anna)
    assert people.circle(people.anna) is first
    people.say(people.bea, people.anna, Act.ALLOW)
    assert people.circle(people.anna) is not first

    anna, other = people.id_of(people.anna), Contact("z@y", listed=True)
    people.run(people.database.write(lambda db: store.keep_contact(db, anna, other)))
    people.contacts.forget()
    assert len(people.circle(people.anna).shown()) == 2
