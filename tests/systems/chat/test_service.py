from functools import partial

import pytest
from sqlalchemy import text

from allmende.core.accounts import STRANGER
from allmende.core.errors import NotAllowed, NotFound
from allmende.core.ids import MessageId, RoomId
from allmende.core.rooms import LinkRight, Lobby
from allmende.identity.access import guest_key
from allmende.storage.retention import sweep
from allmende.systems.chat.store import messages as store
from tests.systems.chat.conftest import Square


def test_guests_and_facilitators_read_what_the_other_wrote(square: Square) -> None:
    raven = square.inside("Rabe")
    square.say(raven, "hallo", "k1")
    square.say(square.facilitator, "willkommen", "k2")
    lines = square.run(square.chat.recent(raven, square.room.id, limit=10))
    assert [(line.author, line.text, line.mine) for line in lines] == [
        ("Rabe", "hallo", True),
        ("Moderation", "willkommen", False),
    ]


def test_a_message_sent_twice_is_stored_once(square: Square) -> None:
    raven, magpie = (square.inside(name) for name in ("Rabe", "Elster"))
    first = square.say(raven, "hallo", "same")
    assert square.say(raven, "hallo", "same") == first
    assert square.say(magpie, "hallo", "same") != first
    assert square.texts(raven) == ["hallo", "hallo"]


def test_strangers_may_not_read_and_learn_nothing_of_closed_rooms(square: Square) -> None:
    with pytest.raises(NotAllowed):
        square.run(square.chat.recent(STRANGER, square.room.id, limit=1))
    mara = square.person("mara")
    group = square.group(mara)
    room = square.run(square.identity.make_room(mara, group.id, "Küche"))
    for where in (room.id, RoomId(999_999)):
        with pytest.raises(NotFound, match=r"room\.not-found"):
            square.run(square.chat.recent(STRANGER, where, limit=1))


def test_who_waits_at_the_door_neither_reads_nor_writes(square: Square) -> None:
    square.say(square.facilitator, "nur für uns", "k")
    raven = square.guest(square.room.id, "Rabe")
    for _ in ("before knocking", "while waiting"):
        with pytest.raises(NotAllowed, match=r"chat\.not-let-in"):
            square.run(square.chat.recent(raven, square.room.id, limit=1))
        with pytest.raises(NotAllowed, match=r"chat\.not-let-in"):
            square.say(raven, "hallo", "k")
        assert not square.run(square.chat.may_see(raven, square.room.id))
        square.knock(raven)
    square.doors.admit_all(square.room.id)
    assert square.run(square.chat.may_see(raven, square.room.id))
    assert square.texts(raven) == ["nur für uns"]
    assert raven.guest is not None
    square.doors.remove(square.room.id, guest_key(raven.guest))
    assert not square.run(square.chat.may_see(raven, square.room.id))


def test_without_a_lobby_guests_read_at_once(square: Square) -> None:
    mara = square.person("mara")
    group = square.group(mara)
    room = square.run(square.identity.make_room(mara, group.id, "Küche"))
    square.run(
        square.identity.change_room(
            mara, room.id, name="Küche", lobby=Lobby.OFF, guests_share=False
        )
    )
    token = square.run(
        square.identity.make_link(mara, room.id, LinkRight.SPEAK, "alle", days=1, uses=None)
    )
    raven = square.guest(room.id, "Rabe", token)
    assert square.run(square.chat.may_see(raven, room.id))
    assert not square.run(square.chat.recent(raven, room.id, limit=1))


def test_a_link_that_only_listens_reads_and_does_not_write(square: Square) -> None:
    mara = square.person("mara")
    group = square.group(mara)
    room = square.run(square.identity.make_room(mara, group.id, "Küche"))
    token = square.run(
        square.identity.make_link(mara, room.id, LinkRight.LISTEN, "mithören", days=1, uses=None)
    )
    listener = square.guest(room.id, "Eule", token)
    square.knock(listener, room)
    square.doors.admit_all(room.id)
    square.run(square.chat.say(mara, room.id, "hört ihr?", "k"))
    lines = square.run(square.chat.recent(listener, room.id, limit=5))
    assert [line.author for line in lines] == ["mara"]
    with pytest.raises(NotAllowed):
        square.run(square.chat.say(listener, room.id, "ja", "k"))


def test_people_delete_their_own_and_facilitators_any(square: Square) -> None:
    raven, magpie = (square.inside(name) for name in ("Rabe", "Elster"))
    first, second = square.say(raven, "eins", "1"), square.say(raven, "zwei", "2")
    retract = partial(square.chat.retract, room_id=square.room.id)
    with pytest.raises(NotAllowed, match=r"chat\.not-yours"):
        square.run(retract(magpie, message_id=MessageId(first)))
    square.run(retract(raven, message_id=MessageId(first)))
    square.run(retract(square.facilitator, message_id=MessageId(second)))
    assert square.texts(raven) == []
    with pytest.raises(NotFound, match=r"chat\.not-found"):
        square.run(retract(raven, message_id=MessageId(first)))


def test_history_is_paged_by_number_and_knows_its_newest_fact(square: Square) -> None:
    raven = square.inside("Rabe")
    ids = [square.say(raven, f"nummer {n}", f"k{n}") for n in range(5)]
    newest = square.run(square.chat.history(raven, square.room.id, limit=2))
    assert ([line.id for line in newest.lines], newest.more) == (ids[3:], True)
    rest = square.run(square.chat.history(raven, square.room.id, before=MessageId(ids[3]), limit=3))
    assert ([line.id for line in rest.lines], rest.more) == (ids[:3], False)
    assert newest.as_of > 0


def test_live_lines_are_read_once_and_forgotten_when_deleted(square: Square) -> None:
    raven = square.inside("Rabe")
    number = MessageId(square.say(raven, "hallo", "k"))
    assert square.run(square.chat.line(raven, square.room.id, number)).mine
    assert not square.run(square.chat.line(square.facilitator, square.room.id, number)).mine
    square.run(square.chat.retract(raven, square.room.id, number))
    square.chat.forget_line(number)
    with pytest.raises(NotFound):
        square.run(square.chat.line(raven, square.room.id, number))


def test_messages_end_after_their_days_with_the_name_of_the_guest(square: Square) -> None:
    raven = square.inside("Rabe-Sentinel")
    square.say(raven, "bald weg", "k")
    for days, left in ((27.9, 1), (0.2, 0)):
        square.clock.turn(days=days)
        sweeping = partial(sweep, kept=store.KEPT[0], now=square.clock.now())
        square.run(square.database.write(sweeping))
        kept = square.run(
            square.database.read(
                lambda db: db.execute(text("SELECT count(*) FROM chat_message")).scalar_one()
            )
        )
        assert kept == left


def test_a_room_that_is_gone_takes_its_messages_along(square: Square) -> None:
    raven = square.inside("Rabe")
    for n in range(3):
        square.say(raven, "hallo", f"k{n}")
    square.run(square.chat.room_gone(square.room.id))
    assert square.run(square.database.read(store.kept_by_room)) == []


def test_an_account_that_is_gone_leaves_texts_without_a_name(square: Square) -> None:
    mara, juno = square.person("mara"), square.person("juno")
    group = square.group(mara, member=juno)
    room = square.run(square.identity.make_room(mara, group.id, "Küche"))
    square.run(square.chat.say(juno, room.id, "ich gehe", "k"))
    square.run(square.chat.account_gone(square.account(juno)))
    lines = square.run(square.chat.recent(mara, room.id, limit=5))
    assert [(line.author, line.text) for line in lines] == [("", "ich gehe")]
