"""What happens elsewhere reaches clients: rights that end, rooms that change, media, doors."""

from collections.abc import Awaitable, Callable

import pytest

from allmende.config import Config
from allmende.core.errors import Unavailable
from allmende.core.events import Fact
from allmende.core.outside import NameRecord
from allmende.core.ports.audio import (
    Session,
)
from allmende.identity.events import (
    AccountFrozen,
    AccountGone,
    CertificateRevoked,
    CredentialRevoked,
    GroupChanged,
    GuestBanned,
    LinkRevoked,
    MembershipChanged,
    RoomChanged,
    RoomGone,
    SessionRevoked,
)
from allmende.protocols.mumble.messages import (
    ChannelRemove,
    ChannelState,
    UserRemove,
)
from allmende.systems.voice.service.watching import DOUBT_S
from allmende.systems.voice.system import outside
from tests.systems.voice.harbour import Harbour, Scene, run

DER = b"a certificate"

End = Callable[[Harbour, Scene], Awaitable[Fact]]


async def password_ends(harbour: Harbour, scene: Scene) -> Fact:
    (shown,) = await harbour.identity.app_passwords(scene.mel)
    await harbour.identity.end_app_password(scene.mel, shown.id)
    return CredentialRevoked(
        at=harbour.clock.now(), account_id=harbour.account(scene.mel), app_password_id=shown.id
    )


async def account_frozen(harbour: Harbour, scene: Scene) -> Fact:
    return AccountFrozen(at=harbour.clock.now(), account_id=harbour.account(scene.mel))


async def account_gone(harbour: Harbour, scene: Scene) -> Fact:
    return AccountGone(at=harbour.clock.now(), account_id=harbour.account(scene.mel))


@pytest.mark.parametrize("end", [password_ends, account_frozen, account_gone])
def test_who_lost_what_they_came_by_is_out_at_once(
    harbour: Harbour, scene: Scene, end: End
) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            await harbour.enter(mel, scene.room)
            session = mel.session
            await harbour.happened(await end(harbour, scene))
            await mel.closed()
            reason = mel.all_of(UserRemove)[-1]
            assert (reason.session, bool(reason.reason)) == (session, True)
            await harbour.told(ada)
            assert UserRemove(session=session) in ada.all_of(UserRemove)
            assert Session(session) not in harbour.audio.legs
            assert scene.room.id in {room for room, _ in harbour.calls.left}

    run(story())


def test_a_certificate_that_is_taken_back_ends_what_came_by_it(
    harbour: Harbour, scene: Scene
) -> None:
    async def story() -> None:
        async with harbour.open():
            await harbour.identity.bind_certificate(scene.mel, DER)
            by_certificate = await harbour.connect("x", certificate=DER)
            by_password = await harbour.connect("mel", scene.passwords[1])
            (kept,) = await harbour.identity.certificates(scene.mel)
            await harbour.identity.end_certificate(scene.mel, kept.id)
            await harbour.happened(
                CertificateRevoked(
                    at=harbour.clock.now(),
                    account_id=harbour.account(scene.mel),
                    certificate_id=kept.id,
                )
            )
            await by_certificate.closed()
            await by_password.barrier()

    run(story())


def test_a_link_that_is_taken_back_ends_its_guests(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            token = await harbour.link(scene.ada, scene.room.id)
            guest = await harbour.connect("tester", token)
            (link,) = await harbour.identity.links(scene.ada, scene.room.id)
            await harbour.identity.revoke_link(scene.ada, link.id)
            await harbour.happened(
                LinkRevoked(at=harbour.clock.now(), link_id=link.id, room_id=scene.room.id)
            )
            await guest.closed()

    run(story())


def test_who_leaves_a_group_sees_nothing_of_it_any_more(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            await harbour.enter(ada, scene.room)
            await harbour.enter(mel, scene.room)
            room = harbour.channel(scene.room)
            await harbour.identity.remove_member(
                scene.ada, scene.group.id, harbour.account(scene.mel)
            )
            await harbour.happened(
                MembershipChanged(
                    at=harbour.clock.now(),
                    group_id=scene.group.id,
                    account_id=harbour.account(scene.mel),
                )
            )
            await mel.barrier()
            assert room in {gone.channel_id for gone in mel.all_of(ChannelRemove)}
            assert mel.all_of(UserRemove)[-1].session == ada.session
            assert harbour.audio.legs[Session(mel.session)].call is None
            assert mel.texts()[-1] == "You are no longer in this room."
            await ada.barrier()
            assert UserRemove(session=mel.session) in ada.all_of(UserRemove)

    run(story())


def test_who_joins_a_group_sees_its_rooms(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            _, _, zoe = await harbour.three()
            code = await harbour.identity.make_invite(scene.ada, scene.group.id)
            await harbour.identity.join_by_invite(scene.zoe, code)
            await harbour.happened(
                MembershipChanged(
                    at=harbour.clock.now(),
                    group_id=scene.group.id,
                    account_id=harbour.account(scene.zoe),
                )
            )
            await zoe.barrier()
            assert {"Küche", "Plenum", "Kreis"} <= {c.name for c in zoe.all_of(ChannelState)}

    run(story())


def test_rooms_and_groups_are_renamed_and_go(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, _, _ = await harbour.three()
            room, number = scene.room, harbour.channel(scene.room)
            await harbour.identity.change_room(
                scene.ada, room.id, name="Saal / Eins", lobby=room.lobby, guests_share=False
            )
            await harbour.happened(RoomChanged(at=harbour.clock.now(), room_id=room.id))
            await ada.barrier()
            renamed = ada.all_of(ChannelState)[-1]
            assert (renamed.channel_id, renamed.name) == (number, "Saal \N{DIVISION SLASH} Eins")
            await harbour.happened(GroupChanged(at=harbour.clock.now(), group_id=scene.group.id))
            await harbour.identity.delete_room(scene.ada, room.id)
            await harbour.happened(RoomGone(at=harbour.clock.now(), room_id=room.id))
            await ada.barrier()
            assert ada.all_of(ChannelRemove)[-1].channel_id == number

    run(story())


def test_who_is_shut_out_of_a_room_stands_at_home(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            _, mel, _ = await harbour.three()
            await harbour.enter(mel, scene.room)
            key = f"a{harbour.account(scene.mel)}"
            await harbour.identity.ban(scene.ada, scene.room.id, key)
            await harbour.happened(
                GuestBanned(
                    at=harbour.clock.now(),
                    room_id=scene.room.id,
                    guest_id=None,
                    account_id=harbour.account(scene.mel),
                )
            )
            assert harbour.leg(mel).room_id is None

    run(story())


def test_a_session_that_ends_is_no_matter_of_a_program(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            _, mel, _ = await harbour.three()
            for session_id in (None, scene.mel.session_id):
                await harbour.happened(
                    SessionRevoked(
                        at=harbour.clock.now(),
                        account_id=harbour.account(scene.mel),
                        session_id=session_id,
                    )
                )
            await mel.barrier()

    run(story())


def test_rights_that_cannot_be_asked_end_a_connection_within_seconds(
    harbour: Harbour, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with harbour.open():
            _, mel, _ = await harbour.three()

            async def broken(_: object) -> object:
                raise Unavailable("storage.busy")

            monkeypatch.setattr(harbour.database, "read", broken)
            await harbour.voice.watching.account_changed(harbour.account(scene.mel))
            harbour.clock.turn(seconds=DOUBT_S - 0.5)
            await harbour.voice.watching.settle_doubts()
            assert not mel.stream.closed
            harbour.clock.turn(seconds=0.5)
            await harbour.voice.watching.settle_doubts()
            await mel.closed()

    run(story())


def test_the_port_and_the_record_that_clients_look_for() -> None:
    found = outside(Config(domain="example.org"))
    assert [(port.transport, port.number) for port in found.ports] == [
        ("TCP", 64738),
        ("UDP", 64738),
    ]
    assert found.records == (
        NameRecord("_mumble._tcp.example.org.", "SRV", "0 0 64738 example.org."),
    )
    assert outside(Config()).records == ()
