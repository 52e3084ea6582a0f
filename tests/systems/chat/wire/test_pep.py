"""Nodes over XMPP: two people, what they ask, and what they are told."""

import pytest

from allmende.core.errors import Conflict, NotFound
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.pubsub import FEATURES, PUBSUB
from allmende.systems.chat.wire.iq import Where
from tests.systems.chat.conftest import Square
from tests.systems.chat.wire.street import FAR, IDA, JUNO, MARA, Street

TUNE = "<tune xmlns='urn:tune'>{}</tune>"
EVENT = "<event xmlns='http://jabber.org/protocol/pubsub#event'>{}</event>"
DATA = "<x xmlns='jabber:x:data' type='submit'>{}</x>"


def form(**values: str) -> str:
    fields = (
        f"<field var='pubsub#{name}'><value>{value}</value></field>"
        for name, value in values.items()
    )
    return DATA.format("".join(fields))


def pubsub(inner: str, owner: str = "") -> str:
    return f"<pubsub xmlns='{PUBSUB}{owner}'>{inner}</pubsub>"


def publish(song: str, /, *, item: str = "a", node: str = "tune", **options: str) -> str:
    inside = f"<item id='{item}'>{TUNE.format(song)}</item>"
    terms = f"<publish-options>{form(**options)}</publish-options>" if options else ""
    return pubsub(f"<publish node='{node}'>{inside}</publish>{terms}")


def read(node: str = "tune", inner: str = "") -> str:
    return pubsub(f"<items node='{node}'>{inner}</items>")


def answered(title: str, item: str = "a") -> str:
    inside = f"<item id='{item}'>{TUNE.format(title)}</item>"
    return pubsub(f"<items node='tune'>{inside}</items>")


@pytest.fixture
def street(square: Square) -> Street:
    return Street(square)


def told(title: str, item: str = "a") -> str:
    inside = f"<item id='{item}'>{TUNE.format(title)}</item>"
    return "mara@x.example " + EVENT.format(f"<items node='tune'>{inside}</items>")


def test_what_is_published_is_told_and_read(street: Street) -> None:
    street.wanted = {MARA: {"tune"}, JUNO: {"tune"}, FAR: {"tune"}}
    answer = street.ask(MARA, "set", publish("eins"))
    assert answer == pubsub("<publish node='tune'><item id='a'/></publish>")
    assert street.told() == [(MARA, told("eins")), (JUNO, told("eins"))]
    assert street.ask(JUNO, "get", read(), "mara@x.example") == answered("eins")
    assert street.ask(MARA, "get", read(inner="<item id='a'/>")) == answered("eins")


def test_only_clients_that_announced_a_node_are_told(street: Street) -> None:
    street.wanted = {JUNO: {"another"}}
    street.ask(MARA, "set", publish("eins"))
    assert street.told() == []


def test_an_item_without_a_name_gets_one(street: Street) -> None:
    inner = f"<publish node='tune'><item>{TUNE.format('eins')}</item></publish>"
    first, second = (street.ask(MARA, "set", pubsub(inner)) for _ in range(2))
    assert first != second
    assert first.startswith(f"<pubsub xmlns='{PUBSUB}'><publish node='tune'><item id='")


def test_strangers_get_the_same_answer_with_and_without_a_node_or_an_account(
    street: Street,
) -> None:
    street.ask(MARA, "set", publish("eins"))
    for node in ("tune", "missing"):
        with pytest.raises(NotFound, match=r"chat\.no-node"):
            street.ask(IDA, "get", read(node), "mara@x.example")
    with pytest.raises(StanzaError, match="item-not-found"):
        street.ask(IDA, "get", read(), "nobody@x.example")


def test_only_the_owner_writes(street: Street) -> None:
    for asker in (JUNO, FAR):
        with pytest.raises(StanzaError, match="forbidden"):
            street.ask(asker, "set", publish("eins"), "mara@x.example")


def test_open_nodes_are_read_by_everybody(street: Street) -> None:
    street.ask(MARA, "set", publish("eins", access_model="open"))
    assert street.ask(FAR, "get", read(), "mara@x.example") == answered("eins")


def test_a_node_that_differs_takes_nothing_and_says_why(street: Street) -> None:
    street.ask(MARA, "set", publish("eins", access_model="open"))
    with pytest.raises(StanzaError, match="conflict") as refused:
        street.ask(MARA, "set", publish("zwei", access_model="whitelist"))
    assert refused.value.more is not None
    assert refused.value.more.local == "precondition-not-met"
    assert street.ask(MARA, "get", read()) == answered("eins")


def test_whom_a_node_is_for_is_told_and_others_are_not(street: Street) -> None:
    street.wanted = {MARA: {"tune"}, JUNO: {"tune"}}
    street.ask(MARA, "set", publish("eins", access_model="whitelist"))
    assert [to for to, _ in street.told()] == [MARA]
    street.ask(MARA, "set", pubsub("<delete node='tune'/>", "#owner"))
    options = {"access_model": "roster", "roster_groups_allowed": "Chor"}
    street.ask(MARA, "set", publish("zwei", **options))
    assert [to for to, _ in street.told()] == [MARA]
    street.groups = {str(JUNO.bare): frozenset({"Chor"})}
    street.ask(MARA, "set", publish("drei", **options))
    assert [to for to, _ in street.told()] == [MARA, JUNO]


def test_a_node_may_tell_without_what_is_in_it(street: Street) -> None:
    street.wanted = {JUNO: {"tune"}}
    street.ask(MARA, "set", publish("eins", deliver_payloads="false"))
    expected = "mara@x.example " + EVENT.format("<items node='tune'><item id='a'/></items>")
    assert street.told() == [(JUNO, expected)]


def test_retracting_purging_and_deleting_are_told(street: Street) -> None:
    street.wanted = {JUNO: {"tune"}}
    street.ask(MARA, "set", publish("eins", notify_delete="1"))
    street.ask(MARA, "set", pubsub("<retract node='tune'><item id='a'/></retract>"))
    street.ask(MARA, "set", pubsub("<purge node='tune'/>", "#owner"))
    street.ask(MARA, "set", pubsub("<delete node='tune'/>", "#owner"))
    inner = [text.removeprefix("mara@x.example ") for _, text in street.told()[1:]]
    assert inner == [
        EVENT.format("<items node='tune'><retract id='a'/></items>"),
        EVENT.format("<purge node='tune'/>"),
        EVENT.format("<delete node='tune'/>"),
    ]
    with pytest.raises(NotFound, match=r"chat\.no-node"):
        street.ask(MARA, "get", read())


def test_a_quiet_node_tells_of_a_retraction_where_that_is_asked_for(street: Street) -> None:
    street.wanted = {JUNO: {"tune"}}
    for notify in ("", " notify='1'"):
        street.ask(MARA, "set", publish("eins", notify_retract="0"))
        street.told()
        street.ask(MARA, "set", pubsub(f"<retract node='tune'{notify}><item id='a'/></retract>"))
        assert len(street.told()) == (1 if notify else 0)


def test_nodes_are_made_set_and_shown(street: Street) -> None:
    configured = f"<create node='tune'/><configure>{form(title='Lieder')}</configure>"
    assert street.ask(MARA, "set", pubsub(configured)) == pubsub("<create node='tune'/>")
    with pytest.raises(Conflict):
        street.ask(MARA, "set", pubsub(configured))
    settings = f"<configure node='tune'>{form(access_model='open')}</configure>"
    assert street.ask(MARA, "set", pubsub(settings, "#owner")) == ""
    form_now = street.ask(MARA, "get", pubsub("<configure node='tune'/>", "#owner"))
    assert "<value>Lieder</value>" in form_now
    assert "<value>open</value><option" in form_now
    assert "<value>presence</value><option" in street.ask(
        MARA, "get", pubsub("<default/>", "#owner")
    )
    assert street.ask(MARA, "set", pubsub("<create/>")).startswith(
        f"<pubsub xmlns='{PUBSUB}'><create node='"
    )


def test_publishing_nothing_is_refused_by_name(street: Street) -> None:
    for inner, name in (("", "item-required"), ("<item id='a'/>", "payload-required")):
        with pytest.raises(StanzaError, match="bad-request") as refused:
            street.ask(MARA, "set", pubsub(f"<publish node='tune'>{inner}</publish>"))
        assert refused.value.more is not None
        assert refused.value.more.local == name


def test_nodes_and_items_are_listed_for_whom_may_read_them(street: Street) -> None:
    query = "<query xmlns='http://jabber.org/protocol/disco#items'{}/>"
    street.ask(MARA, "set", publish("eins", title="Lieder"))
    found = street.ask(JUNO, "get", query.format(""), "mara@x.example")
    assert "<item jid='mara@x.example' name='Lieder' node='tune'/>" in found
    inside = street.ask(JUNO, "get", query.format(" node='tune'"), "mara@x.example")
    assert "<item jid='mara@x.example' name='a'/>" in inside
    for address in ("mara@x.example", "nobody@x.example"):
        with pytest.raises(StanzaError, match="service-unavailable"):
            street.ask(IDA, "get", query.format(""), address)


def test_a_client_that_comes_is_told_the_last_items_that_it_wants(street: Street) -> None:
    street.ask(MARA, "set", publish("eins"))
    street.ask(MARA, "set", publish("nie", node="quiet", send_last_published_item="never"))
    street.ask(MARA, "set", publish("mein", node="own", access_model="whitelist"))
    owners = {MARA.bare: street.account(MARA), IDA.bare: street.account(IDA)}
    wanted = ["tune", "quiet", "own"]
    street.square.run(street.pep.arrived(JUNO, wanted, owners))
    assert street.told() == [(JUNO, told("eins"))]
    street.square.run(street.pep.arrived(MARA, wanted, owners))
    assert [to for to, _ in street.told()] == [MARA, MARA]
    street.square.run(street.pep.arrived(JUNO, [], owners))
    assert street.told() == []


def test_accounts_announce_what_nodes_can_do(street: Street) -> None:
    assert set(FEATURES) <= set(street.table.features(Where.ACCOUNT))
