"""Who looks after the whole server keeps order by Mumble, too: with a second step alone."""

from allmende.core.accounts import Caller, ServerRole
from allmende.core.permissions import Permission
from allmende.identity.store import people, totp
from allmende.protocols.mumble.messages import (
    DenyType,
    PermissionDenied,
    PermissionQuery,
    QueryUsers,
    UserRemove,
    UserState,
)
from allmende.systems.voice.model.bits import Bit
from tests.systems.voice.harbour import Harbour, Scene, run

MODERATION = Bit.KICK | Bit.BAN | Bit.RESET_USER_CONTENT


async def look_after(harbour: Harbour, who: Caller, *, second: bool = True) -> None:
    account = harbour.account(who)
    await harbour.database.write(lambda db: people.set_role(db, account, ServerRole.MODERATOR))
    if second:
        await harbour.database.write(lambda db: totp.add_totp(db, account, "S" * 32, 0))


async def bits_of_home(harbour: Harbour, name: str, password: str) -> Bit:
    client = await harbour.connect(name, password)
    client.send(PermissionQuery(channel_id=0))
    while (answer := await client.until(PermissionQuery)).channel_id != 0:
        pass
    return Bit(answer.permissions or 0)


def test_the_menus_are_there_for_moderators_with_a_second_step(
    harbour: Harbour, scene: Scene
) -> None:
    async def story() -> None:
        async with harbour.open():
            for second in (False, True):
                await look_after(harbour, scene.mel, second=second)
                bits = await bits_of_home(harbour, "mel", scene.passwords[1])
                assert (MODERATION in bits) is second

    run(story())


def test_a_moderator_ends_a_connection_and_takes_back_what_is_shown(
    harbour: Harbour, scene: Scene
) -> None:
    async def story() -> None:
        async with harbour.open():
            await look_after(harbour, scene.mel)
            ada, mel, zoe = await harbour.three()
            ada.send(UserState(comment="rude"))
            await harbour.told(ada)
            mel.send(UserState(session=ada.session, comment="ruder"))
            assert (await mel.until(PermissionDenied)).type is DenyType.PERMISSION
            mel.send(UserState(session=ada.session, comment="", texture=b""))
            await harbour.told(mel)
            assert harbour.leg(ada).comment == ""
            mel.send(UserRemove(session=zoe.session))
            assert (await mel.until(PermissionDenied)).reason == "This person is not here."
            mel.send(UserRemove(session=ada.session, reason="spam"))
            gone = await ada.until(UserRemove)
            assert "spam" in (gone.reason or "")
            await ada.closed()

    run(story())


def test_a_moderator_bans_from_a_room_and_from_nothing_else(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            await look_after(harbour, scene.mel)
            code = await harbour.identity.make_invite(scene.ada, scene.group.id)
            await harbour.identity.join_by_invite(scene.zoe, code)
            _, mel, zoe = await harbour.three()
            mel.send(UserRemove(session=zoe.session, ban=True))
            assert "https://house.example/" in ((await mel.until(PermissionDenied)).reason or "")
            await harbour.enter(zoe, scene.room)
            await harbour.told(mel)
            mel.send(UserRemove(session=zoe.session, reason="spam", ban=True))
            await zoe.closed()
            may = harbour.identity.may
            assert not await may(scene.zoe, scene.room.id, Permission.ROOM_ENTER)
            assert await may(scene.zoe, scene.closed.id, Permission.ROOM_SEE)

    run(story())


def test_names_of_accounts_are_told_as_far_as_they_are_seen(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            await look_after(harbour, scene.mel)
            _, mel, _ = await harbour.three()
            ada, zoe = harbour.account(scene.ada), harbour.account(scene.zoe)
            mel.send(QueryUsers(ids=(ada, zoe), names=("ada", "zoe")))
            answer = await mel.until(QueryUsers)
            assert (answer.ids, answer.names) == ((ada,), ("ada",))

    run(story())
