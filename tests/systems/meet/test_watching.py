"""What happens by itself in a call: facilitation, ends, rights that end."""

from collections.abc import Callable
from typing import TypeVar

import pytest
from sqlalchemy import Connection

from allmende.core.accounts import Caller
from allmende.core.errors import AllmendeError, Unavailable
from allmende.core.groups import Role
from allmende.core.ids import AccountId, AppPasswordId, CertificateId, FactId, GroupId, RoomId
from allmende.core.ports.conference import (
    ROLE_ATTRIBUTE,
    CallEventKind,
    Capacity,
    Source,
)
from allmende.core.rooms import LinkRight, Lobby
from allmende.identity.events import (
    AccountFrozen,
    CertificateRevoked,
    CredentialRevoked,
    LinkRevoked,
    MembershipChanged,
    RoomChanged,
    RoomGone,
    SessionRevoked,
)
from allmende.storage.database import Database
from allmende.systems.meet import store
from allmende.systems.meet.events import CallEndAsked, CallEnded, CallStarted, StateChanged
from allmende.systems.meet.model import DOUBT_S, call_id
from allmende.systems.meet.service.operating import ask_to_end, people_by_room
from allmende.systems.meet.system import watch_rights
from tests.fakes.conference import FakeConference
from tests.systems.meet.conftest import House

pytestmark = pytest.mark.slow

T = TypeVar("T")


def test_the_member_present_longest_acts_while_no_facilitator_is_there(house: House) -> None:
    room = house.group_room()
    call = call_id(room.id)
    fay, mel = house.enter(house.fay, room.id), house.enter(house.mel, room.id)
    house.leave(room.id, fay)
    house.later(4)
    assert house.refusal(house.meet.mute_all(house.mel, room.id)) == "room.not-allowed"
    house.later(2)
    assert house.conference.attributes(call, mel)[ROLE_ATTRIBUTE] == "facilitator"
    assert house.last(StateChanged).acting == mel
    assert house.refusal(house.meet.mute_all(house.mel, room.id)) == "done"
    house.enter(house.fay, room.id)
    assert house.conference.attributes(call, mel)[ROLE_ATTRIBUTE] == "member"
    assert house.refusal(house.meet.mute_all(house.mel, room.id)) == "room.not-allowed"


def test_a_guest_never_acts_as_facilitator(house: House) -> None:
    room = house.group_room(Lobby.OFF)
    fay = house.enter(house.fay, room.id)
    rabe = house.guest(room.id, "Rabe", house.link(room))
    house.enter(rabe, room.id, name="Rabe")
    house.leave(room.id, fay)
    house.later(6)
    house.later(6)
    assert house.refusal(house.meet.mute_all(rabe, room.id)) == "room.not-allowed"


def test_guests_of_a_group_keep_the_call_ten_minutes_after_the_last_member(house: House) -> None:
    room = house.group_room(Lobby.OFF)
    fay = house.enter(house.fay, room.id)
    rabe = house.guest(room.id, "Rabe", house.link(room))
    house.enter(rabe, room.id, name="Rabe")
    house.leave(room.id, fay)
    house.later(1)
    house.later(599)
    assert house.conference.closed == []
    house.later(10)
    assert house.conference.closed == [call_id(room.id)]


def test_a_ticket_that_nobody_uses_is_forgotten(house: House) -> None:
    room = house.group_room()
    house.join(house.mel, room.id)
    house.later(131)
    assert house.meet.running.find(room.id) is None


def test_start_and_end_are_told_once_and_say_how_long(house: House) -> None:
    room = house.group_room()
    mel = house.enter(house.mel, room.id)
    house.enter(house.fay, room.id)
    house.later(180)
    house.leave(room.id, mel)
    house.happened(CallEventKind.ENDED, room.id)
    facts = house.facts()
    assert [fact.room_id for fact in facts if isinstance(fact, CallStarted)] == [room.id]
    assert [fact.minutes for fact in facts if isinstance(fact, CallEnded)] == [3]
    assert house.meet.running.find(room.id) is None


def test_somebody_with_a_fresh_ticket_keeps_a_call_that_just_ended(house: House) -> None:
    room = house.group_room()
    mel = house.enter(house.mel, room.id)
    fay = house.join(house.fay, room.id).identity
    house.leave(room.id, mel)
    house.conference.running.clear()
    house.happened(CallEventKind.ENDED, room.id)
    assert call_id(room.id) in house.conference.running
    call = house.meet.running.find(room.id)
    assert call is not None
    assert list(call.people) == [fay]


def test_who_connects_without_being_known_is_put_out(house: House) -> None:
    room = house.group_room()
    house.enter(house.mel, room.id)
    house.happened(CallEventKind.JOINED, room.id, "somebody")
    assert house.conference.removed == ["somebody"]


def test_a_camera_counts_from_its_first_to_its_last_packet(house: House) -> None:
    house.conference = FakeConference(Capacity(700, 10**9))
    house.__post_init__()
    room = house.group_room()
    mel = house.enter(house.mel, room.id)
    house.happened(CallEventKind.PUBLISHED, room.id, mel, Source.CAMERA)
    assert house.join(house.fay, room.id, video=True).camera_fits is False
    house.happened(CallEventKind.UNPUBLISHED, room.id, mel, Source.CAMERA)
    assert house.join(house.fay, room.id, video=True).cameras_fit == 0


def test_the_operator_reads_counts_without_names(house: House) -> None:
    room = house.group_room()
    mel = house.enter(house.mel, room.id)
    house.later(1)
    assert house.run(people_by_room(house.database)) == [(room.id, 1)]
    house.leave(room.id, mel)
    house.later(1)
    assert house.run(people_by_room(house.database)) == []


def test_counts_of_an_earlier_run_are_forgotten(house: House) -> None:
    house.run(house.database.write(lambda db: store.count_people(db, RoomId(99), 3)))
    room = house.group_room()
    house.enter(house.mel, room.id)
    house.later(1)
    assert house.run(people_by_room(house.database)) == [(room.id, 1)]


def test_a_revoked_session_ends_its_connections(house: House) -> None:
    room = house.group_room()
    watch_rights(house.bus, house.meet)
    mel = house.enter(house.mel, room.id)
    assert house.mel.account_id is not None
    fact = SessionRevoked(at=house.clock.now(), account_id=house.mel.account_id, session_id=None)
    house.run(house.bus.deliver(FactId(1), fact))
    assert house.conference.removed == [mel]


def test_another_session_of_the_same_account_stays(house: House) -> None:
    room = house.group_room()
    watch_rights(house.bus, house.meet)
    house.enter(house.mel, room.id)
    fay = house.fay.session_id
    assert house.mel.account_id is not None
    fact = SessionRevoked(at=house.clock.now(), account_id=house.mel.account_id, session_id=fay)
    house.run(house.bus.deliver(FactId(1), fact))
    assert house.conference.removed == []


def test_who_leaves_the_group_leaves_the_call(house: House) -> None:
    room = house.group_room()
    watch_rights(house.bus, house.meet)
    mel = house.enter(house.mel, room.id)
    account = house.mel.account_id
    assert account is not None
    assert room.group_id is not None
    house.run(house.identity.remove_member(house.ada, room.group_id, account))
    house.run(house.bus.deliver(FactId(1), _membership(house, room.group_id, account)))
    assert house.conference.removed == [mel]


def test_a_new_role_counts_in_the_running_call(house: House) -> None:
    room = house.group_room()
    watch_rights(house.bus, house.meet)
    mel = house.enter(house.mel, room.id)
    account = house.mel.account_id
    assert account is not None
    assert room.group_id is not None
    house.run(house.identity.set_role(house.ada, room.group_id, account, Role.FACILITATOR))
    house.run(house.bus.deliver(FactId(1), _membership(house, room.group_id, account)))
    assert house.conference.attributes(call_id(room.id), mel)[ROLE_ATTRIBUTE] == "facilitator"


def test_a_revoked_link_ends_the_connections_of_those_who_came_by_it(house: House) -> None:
    room = house.group_room(Lobby.OFF)
    watch_rights(house.bus, house.meet)
    house.enter(house.fay, room.id)
    rabe = house.guest(room.id, "Rabe", house.link(room, LinkRight.SPEAK))
    identity = house.enter(rabe, room.id, name="Rabe")
    (link,) = house.run(house.identity.links(house.ada, room.id))
    house.run(house.identity.revoke_link(house.ada, link.id))
    fact = LinkRevoked(at=house.clock.now(), link_id=link.id, room_id=room.id)
    house.run(house.bus.deliver(FactId(1), fact))
    assert house.conference.removed == [identity]
    with pytest.raises(AllmendeError):
        house.join(rabe, room.id, name="Rabe")


def test_a_deleted_room_ends_its_call_and_its_settings(house: House) -> None:
    room = house.group_room()
    watch_rights(house.bus, house.meet)
    house.enter(house.fay, room.id)
    house.run(house.meet.cameras(house.fay, room.id, 3))
    fact = RoomGone(at=house.clock.now(), room_id=room.id)
    house.run(house.bus.deliver(FactId(1), fact))
    assert house.conference.closed == [call_id(room.id)]
    kept = house.run(house.database.read(lambda db: store.settings(db, room.id)))
    assert kept.max_cameras is None


def test_the_operator_ends_a_call_beside_a_running_server(house: House) -> None:
    room = house.group_room()
    watch_rights(house.bus, house.meet)
    house.enter(house.fay, room.id)
    house.run(ask_to_end(house.database, house.clock, room.slug))
    (asked,) = [fact for fact in house.facts() if isinstance(fact, CallEndAsked)]
    house.run(house.bus.deliver(FactId(1), asked))
    assert house.conference.closed == [call_id(room.id)]
    missing = ask_to_end(house.database, house.clock, "nowhere")
    assert house.refusal(missing) == "room.not-found"


def _membership(house: House, group_id: GroupId, account_id: AccountId) -> MembershipChanged:
    return MembershipChanged(at=house.clock.now(), group_id=group_id, account_id=account_id)


class Away:
    """A database that is away for the next ``failing`` questions."""

    def __init__(self, inner: Database) -> None:
        self._inner = inner
        self.failing = 0

    async def read(self, question: Callable[[Connection], T]) -> T:
        if self.failing:
            self.failing -= 1
            raise Unavailable("storage.busy")
        return await self._inner.read(question)

    async def write(self, change: Callable[[Connection], T]) -> T:
        return await self._inner.write(change)

    async def tidy(self) -> None:
        await self._inner.tidy()


@pytest.fixture
def away(database: Database) -> Away:
    return Away(database)


def removed_from_group(house: House, away: Away) -> str:
    """Mel is put out of the group while the database is away, and sits in the call."""
    room = house.group_room()
    watch_rights(house.bus, house.meet)
    house.enter(house.fay, room.id)
    mel = house.enter(house.mel, room.id)
    assert room.group_id is not None
    assert house.mel.account_id is not None
    house.run(house.identity.remove_member(house.ada, room.group_id, house.mel.account_id))
    fact = MembershipChanged(
        at=house.clock.now(), group_id=room.group_id, account_id=house.mel.account_id
    )
    away.failing = 2
    house.run(house.bus.deliver(FactId(1), fact))
    assert house.conference.removed == []
    return mel


def test_a_right_that_ends_while_the_database_is_away_is_asked_again(away: Away) -> None:
    house = House(away)
    mel = removed_from_group(house, away)
    house.later(1)
    assert house.conference.removed == []
    house.later(1)
    assert house.conference.removed == [mel]


def test_who_cannot_be_asked_for_long_is_put_out(away: Away) -> None:
    house = House(away)
    mel = removed_from_group(house, away)
    away.failing = 100
    house.later(DOUBT_S)
    assert house.conference.removed == [mel]
    assert away.failing == 99


def test_a_change_of_the_room_puts_nobody_out_while_the_database_is_away(away: Away) -> None:
    house = House(away)
    room = house.group_room()
    watch_rights(house.bus, house.meet)
    house.enter(house.mel, room.id)
    away.failing = 100
    fact = RoomChanged(at=house.clock.now(), room_id=room.id)
    house.run(house.bus.deliver(FactId(1), fact))
    house.later(DOUBT_S)
    house.later(DOUBT_S)
    away.failing = 0
    house.later(1)
    assert house.conference.removed == []


def test_a_frozen_account_is_out_without_a_question(away: Away) -> None:
    house = House(away)
    room = house.group_room()
    watch_rights(house.bus, house.meet)
    mel = house.enter(house.mel, room.id)
    assert house.mel.account_id is not None
    away.failing = 100
    fact = AccountFrozen(at=house.clock.now(), account_id=house.mel.account_id)
    house.run(house.bus.deliver(FactId(1), fact))
    assert house.conference.removed == [mel]


def test_what_a_program_opened_ends_with_its_app_password(house: House) -> None:
    room = house.group_room()
    watch_rights(house.bus, house.meet)
    people = house.enter(house.mel, room.id)
    bot = Caller(house.mel.account_id, app_password_id=AppPasswordId(3))
    program = house.enter(bot, room.id)
    assert house.mel.account_id is not None

    def revoked(number: AppPasswordId | None) -> list[str]:
        assert house.mel.account_id is not None
        fact = CredentialRevoked(
            at=house.clock.now(), account_id=house.mel.account_id, app_password_id=number
        )
        house.run(house.bus.deliver(FactId(1), fact))
        return house.conference.removed

    assert revoked(AppPasswordId(4)) == []
    assert revoked(AppPasswordId(3)) == [program]
    again = house.enter(bot, room.id)
    assert revoked(None) == [program, again]
    assert people not in house.conference.removed


def test_what_a_program_opened_ends_with_its_certificate(house: House) -> None:
    room = house.group_room()
    watch_rights(house.bus, house.meet)
    assert house.mel.account_id is not None
    people = house.enter(house.mel, room.id)
    bot = Caller(house.mel.account_id, certificate_id=CertificateId(3))
    program = house.enter(bot, room.id)

    def revoked(number: CertificateId | None) -> list[str]:
        assert house.mel.account_id is not None
        fact = CertificateRevoked(
            at=house.clock.now(), account_id=house.mel.account_id, certificate_id=number
        )
        house.run(house.bus.deliver(FactId(1), fact))
        return house.conference.removed

    assert revoked(CertificateId(4)) == []
    assert revoked(CertificateId(3)) == [program]
    again = house.enter(bot, room.id)
    assert revoked(None) == [program, again]
    assert people not in house.conference.removed
