"""Places offered to a name: the person decides, and nobody learns which names there are."""

import pytest

from allmende.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, QuotaExceeded
from allmende.core.groups import Role
from allmende.identity.model.groups import MAX_OFFERS_PER_GROUP
from tests.identity.town import Town


def test_a_place_is_offered_accepted_and_told(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group = town.group(mara)
    town.run(town.identity.make_offer(mara, group.id, " Juno ", Role.FACILITATOR))
    assert town.told()[-1] == "identity.OfferMade"
    (offer,) = town.run(town.identity.offers_of(juno))
    assert (offer.group, offer.role) == (group, Role.FACILITATOR)
    assert town.run(town.identity.groups_of(juno)) == []
    assert town.run(town.identity.accept_offer(juno, offer.id)) == group
    assert town.told()[-1] == "identity.MembershipChanged"
    assert town.run(town.identity.groups_of(juno))[0].role == "facilitator"
    assert town.run(town.identity.offers_of(juno)) == []
    assert town.run(town.identity.group_page(mara, group.slug)).offers == []


def test_whether_a_name_exists_or_declined_shows_nowhere(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group = town.group(mara)
    for name in ("juno", "nemo", "juno"):
        town.run(town.identity.make_offer(mara, group.id, name))
    (offer,) = town.run(town.identity.offers_of(juno))
    town.run(town.identity.decline_offer(juno, offer.id))
    page = town.run(town.identity.group_page(mara, group.slug))
    assert [(one.typed, one.role) for one in page.offers] == [
        ("nemo", "member"),
        ("juno", "member"),
    ]
    assert town.run(town.identity.offers_of(juno)) == []
    for work in (
        town.identity.accept_offer(juno, offer.id),
        town.identity.decline_offer(juno, offer.id),
    ):
        with pytest.raises(NotFound, match="offer-not-valid"):
            town.run(work)


def test_only_the_person_it_was_offered_to_takes_a_place(town: Town) -> None:
    mara, juno, kim = town.person("mara"), town.person("juno"), town.person("kim")
    group = town.group(mara)
    town.run(town.identity.make_offer(mara, group.id, "juno"))
    (offer,) = town.run(town.identity.offers_of(juno))
    for number in (offer.id, 999):
        with pytest.raises(NotFound):
            town.run(town.identity.accept_offer(kim, number))
    town.clock.turn(days=31)
    with pytest.raises(NotFound):
        town.run(town.identity.accept_offer(juno, offer.id))


def test_a_place_ends_with_the_rights_of_who_offered_it(town: Town) -> None:
    mara, juno, kim = town.person("mara"), town.person("juno"), town.person("kim")
    group = town.group(mara, member=juno)
    town.run(town.identity.make_offer(juno, group.id, "kim"))
    (offer,) = town.run(town.identity.offers_of(kim))
    town.run(town.identity.remove_member(mara, group.id, town.account(juno)))
    with pytest.raises(NotFound, match="offer-not-valid"):
        town.run(town.identity.accept_offer(kim, offer.id))
    assert [one.name for one in town.run(town.identity.group_page(mara, group.slug)).members] == [
        "mara"
    ]


def test_a_place_ends_when_who_offered_it_is_frozen(town: Town) -> None:
    mara, juno, kim = town.person("mara"), town.person("juno"), town.person("kim")
    group = town.group(mara, admin=juno)
    town.run(town.identity.make_offer(juno, group.id, "kim"))
    (offer,) = town.run(town.identity.offers_of(kim))
    town.run(town.identity.freeze(None, "juno"))
    with pytest.raises(NotFound, match="offer-not-valid"):
        town.run(town.identity.accept_offer(kim, offer.id))
    town.run(town.identity.release(None, "juno"))
    assert town.run(town.identity.accept_offer(kim, offer.id)).id == group.id


def test_offers_are_for_those_whom_the_group_trusts_with_it(town: Town) -> None:
    mara, juno, kim = town.person("mara"), town.person("juno"), town.person("kim")
    group = town.group(mara, member=juno, guest=kim)
    with pytest.raises(NotAllowed, match="role-above-own"):
        town.run(town.identity.make_offer(juno, group.id, "noor", Role.ADMIN))
    with pytest.raises(NotAllowed):
        town.run(town.identity.make_offer(kim, group.id, "noor"))
    with pytest.raises(Conflict, match="member-already"):
        town.run(town.identity.make_offer(mara, group.id, "kim"))
    with pytest.raises(InvalidInput):
        town.run(town.identity.make_offer(mara, group.id, "!"))
    with pytest.raises(NotFound):
        town.run(town.identity.make_offer(town.person("noor"), group.id, "kim"))


def test_offers_are_taken_back_and_counted(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group, other = town.group(mara), town.group(juno)
    for n in range(MAX_OFFERS_PER_GROUP):
        town.run(town.identity.make_offer(mara, group.id, f"name_x{n}"))
    with pytest.raises(QuotaExceeded):
        town.run(town.identity.make_offer(mara, group.id, "one_more"))
    first = town.run(town.identity.group_page(mara, group.slug)).offers[0]
    with pytest.raises(NotFound):
        town.run(town.identity.revoke_offer(juno, other.id, first.id))
    town.run(town.identity.revoke_offer(mara, group.id, first.id))
    town.run(town.identity.make_offer(mara, group.id, "one_more"))
