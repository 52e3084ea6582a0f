"""Who is in a room, and whom they see."""

from allmende.protocols.xmpp.jid import Jid, parse
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.model.rooms import Affiliation, Config, Role, Room, Standing
from allmende.systems.chat.wire.rooms.hall import Hall, Occupant, Seat, kept_stanza
from allmende.systems.chat.wire.session import What

HERE = Stanza("presence", CLIENT, {})


class Meeting:
    """anna moderates, bert takes part; ``told`` is what went to each."""

    def __init__(self, config: Config) -> None:
        self.told: list[tuple[str, str]] = []
        standings = {"anna@x": Standing(Affiliation.OWNER)}
        room = Room(1, "tea", config, b"s", standings=standings)
        self.hall = Hall(room, parse("tea@rooms.x"), self.abroad)
        self.anna = self.sit("anna", Affiliation.OWNER, Role.MODERATOR)
        self.bert = self.sit("bert", Affiliation.NONE, Role.PARTICIPANT)

    def abroad(self, to: Jid, stanza: Stanza, what: What) -> None:
        self.told.append((to.local, stanza.bytes_for().decode()))

    def sit(self, name: str, affiliation: Affiliation, role: Role) -> Occupant:
        address = f"{name}@x"
        occupant = Occupant(name, address, self.hall.key_of(address), affiliation, role)
        self.hall.sit(occupant, Seat(parse(f"{address}/r"), None, HERE))
        return occupant


def test_people_are_found_by_name_and_by_address() -> None:
    meeting = Meeting(Config())
    hall = meeting.hall
    assert hall.named("bert") is meeting.bert
    assert hall.named("Bert") is None
    assert hall.named("\u202e") is None
    assert hall.of(parse("bert@x/r")) is meeting.bert
    assert hall.people("bert@x") == [meeting.bert]
    assert hall.is_member(parse("anna@x/other"))
    assert not hall.is_member(parse("bert@x/r"))
    hall.rename(meeting.bert, "ben")
    assert hall.named("ben") is meeting.bert
    hall.rise(meeting.bert, parse("bert@x/r"))
    assert hall.named("ben") is None
    assert list(hall.seats.values()) == [meeting.anna]


def test_addresses_are_for_moderators_unless_the_room_says_otherwise() -> None:
    for anonymous in (True, False):
        meeting = Meeting(Config(anonymous=anonymous))
        meeting.hall.announce(meeting.anna, HERE, meeting.anna.item(parse("anna@x/r")))
        to_bert, to_anna = meeting.told
        assert to_bert[0] == "bert"
        assert ("anna@x/r'/></x>" in to_bert[1]) is not anonymous
        assert "jid='anna@x/r'" in to_anna[1]
        assert "code='110'" in to_anna[1]


def test_those_whose_presence_is_not_told_are_seen_by_moderators_alone() -> None:
    meeting = Meeting(Config(shown=frozenset((Role.MODERATOR,))))
    carl = meeting.sit("carl", Affiliation.NONE, Role.PARTICIPANT)
    meeting.hall.announce(carl, HERE, carl.item(parse("carl@x/r")))
    assert [to for to, _ in meeting.told] == ["anna", "carl"]
    meeting.told.clear()
    meeting.hall.show(carl, meeting.bert.seat, meeting.bert)
    assert meeting.told == []
    meeting.hall.show(meeting.anna, meeting.bert.seat, meeting.bert)
    assert [to for to, _ in meeting.told] == ["bert"]


def test_a_kept_message_goes_out_with_its_bytes() -> None:
    inner = b'<body>a &gt; b</body><e xmlns="urn:x"/>'
    content = b"<message xmlns='jabber:client' from='tea@rooms.x/b' type='groupchat'>%s</message>"
    found = kept_stanza(content % inner)
    assert found.inner == inner
    assert found.attributes == {"from": "tea@rooms.x/b", "type": "groupchat"}
    assert kept_stanza(b"<message xmlns='jabber:client' id='1'/>").id == "1"
