"""Everybody who may ask, and what they ask about."""

from types import SimpleNamespace
from typing import Final

from allmende.core.accounts import STRANGER, Caller, Scope, ServerRole
from allmende.core.groups import Role
from allmende.core.ids import AccountId
from allmende.core.rooms import LinkRight
from allmende.identity.model.groups import Preset
from allmende.identity.model.registration import Mode
from allmende.identity.service import IdentityService
from allmende.systems.pads.model.pad import Capability, Kind
from tests.access.services.house import COOKIE, Ground, House
from tests.identity.service.codes import code_of
from tests.identity.town import GOOD, Town

NAMES: Final = {
    "foreign": "zoe",
    "moderator": "mona",
    "operator": "olga",
    "bare": "bert",
    "member": "mel",
    "leads": "fay",
    "admin": "ada",
}
SAID: Final = "Quittengelee"
WRITTEN: Final = "Holundersaft"
"""What is said in the room of group one, and what stands in its pad."""
SCOPES: Final = frozenset({Scope.CHAT, Scope.PADS})
PASSKEY: Final = (
    "INSERT INTO identity_passkey"
    " (public_key, account_id, credential, sign_count, label, since, seen)"
    " SELECT x'00', id, hex(name), 0, 'fern', '2026-W48', '2026-W48'"
    " FROM identity_account WHERE name = ?"
)
GROWN_UP: Final = "DELETE FROM identity_invite_budget"
"""So that nobody is too new to bring others."""

OLD: Final = "UPDATE identity_session SET strong_until = NULL WHERE id = ?"


async def settle(ground: Ground) -> tuple[dict[str, Caller], SimpleNamespace]:
    """Make everybody; return callers by role, and what tables ask about."""
    house = House(ground)
    it = house.known
    callers: dict[str, Caller] = {"stranger": STRANGER}
    for role, name in NAMES.items():
        callers[role] = await person(house.identity, name)
    await _groups(house, callers)
    await _rooms(house, callers)
    await _programs(house, callers)
    it.sam = await person(house.identity, "sam", ServerRole.NONE)
    it.sam_id = account(it.sam)
    await house.identity.join_by_invite(it.sam, it.invite.code)
    await _of_the_member(house, callers)
    await _server(house, callers)
    async with house.writing():
        await _pads(house, callers)
    ground.change(GROWN_UP)
    ground.change("UPDATE identity_account SET role = 'none'")
    for name, role in (("mona", "moderator"), ("olga", "operator"), ("bert", "operator")):
        ground.change("UPDATE identity_account SET role = ? WHERE name = ?", role, name)
    for name in ("mona", "olga"):
        ground.change(PASSKEY, name)
    it.callers = callers
    return callers, it


def account(who: Caller) -> AccountId:
    assert who.account_id is not None
    return who.account_id


async def person(
    identity: IdentityService, name: str, role: ServerRole = ServerRole.INVITER
) -> Caller:
    """Somebody who is signed in. Who invites may do so at once."""
    new = await identity.make_server_invite(role)
    signed_in = await identity.accept_invite(new.code, name, GOOD)
    return await identity.caller(signed_in.token, None)


async def again(house: House, name: str) -> Caller:
    """The same person in another browser."""
    signed_in = await house.identity.sign_in(name, GOOD)
    return await house.identity.caller(signed_in.token, None)


async def _groups(house: House, callers: dict[str, Caller]) -> None:
    it, identity = house.known, house.identity
    admin = callers["admin"]
    it.one = await identity.make_group(admin, "Küche")
    it.two = await identity.make_group(callers["foreign"], "Garten")
    it.open = await identity.make_group(callers["foreign"], "Offen", Preset.PUBLIC)
    it.invite = await identity.make_group_invite(admin, it.one.id, Role.MEMBER, uses=9, days=2)
    leading = await identity.make_group_invite(admin, it.one.id, Role.FACILITATOR)
    await identity.join_by_invite(callers["member"], it.invite.code)
    await identity.join_by_invite(callers["leads"], leading.code)
    it.into_two = await identity.make_invite(callers["foreign"], it.two.id)
    page = await identity.group_page(admin, it.one.slug)
    it.rules = page.rules
    it.invite_id = page.invites[0].id
    it.room = page.rooms[0]
    it.side = await identity.make_room(admin, it.one.id, "Nebenan")
    await identity.make_offer(admin, it.one.id, "zoe")
    it.offer_into_one = (await identity.offers_of(callers["foreign"]))[0].id
    await identity.make_offer(callers["foreign"], it.two.id, "mel")
    it.offer_id = (await identity.offers_of(callers["member"]))[0].id


async def _rooms(house: House, callers: dict[str, Caller]) -> None:
    it, identity = house.known, house.identity
    for right in LinkRight:
        token = await identity.make_link(callers["admin"], it.room.id, right, right)
        entered = await identity.enter(STRANGER, it.room.id, right, token)
        callers[right], it.link = entered.caller, token
    it.link_id = (await identity.links(callers["admin"], it.room.id))[0].id
    spoken = await house.chat.say(callers["member"], it.room.id, SAID, "first")
    it.message_id = spoken.id


async def _programs(house: House, callers: dict[str, Caller]) -> None:
    it, identity = house.known, house.identity
    for role, owner in (("program", "member"), ("machine", "operator")):
        made = await identity.make_app_password(callers[owner], SCOPES)
        callers[role] = await house.credentials.check(NAMES[owner], made.secret, Scope.CHAT)
    it.app_password_id = callers["program"].app_password_id


async def _of_the_member(house: House, callers: dict[str, Caller]) -> None:
    """What belongs to mel alone."""
    it, identity, mel = house.known, house.identity, callers["member"]
    ground, town = house.ground, Town(house.ground.database)
    callers["stale"] = await again(house, "ada")
    ground.change(OLD, callers["stale"].session_id)
    it.session_id = (await again(house, "mel")).session_id
    ground.change(PASSKEY, "mel")
    it.passkey_id = (await identity.passkeys(mel))[0].id
    it.certificate_id = await identity.bind_certificate(mel, b"of mel")
    it.totp = await identity.offer_totp(mel)
    it.code = code_of(town, it.totp.secret)
    second = await identity.offer_totp(callers["leads"])
    await identity.begin_totp(callers["leads"], second.token, code_of(town, second.secret))
    it.own_invite = await identity.make_own_invite(mel)
    it.own_invite_id = (await identity.own_invites(mel)).open[0].id
    kit = await identity.make_kit(mel)
    await identity.begin_recovery(kit.code)
    it.undo = await identity.leave(mel, it.one.id)
    await identity.come_back(mel, it.undo)
    await house.notices.tell(account(mel), "desk.notice-place", {}, "/")
    it.notice_id = (await house.notices.inbox(mel)).notices[0].id


async def _server(house: House, callers: dict[str, Caller]) -> None:
    """Somebody who waits, and somebody to freeze."""
    it, identity = house.known, house.identity
    await identity.set_registration(None, Mode.REQUEST, vouching=True)
    token = await identity.ask_for_account("nina", GOOD, "Ich koche mit.")
    await person(identity, "eve", ServerRole.NONE)
    await identity.freeze(None, "eve")
    it.vouch = (await identity.request(token)).vouch_token
    it.request_id = (await identity.requests_waiting())[0].id


async def _pads(house: House, callers: dict[str, Caller]) -> None:
    """A pad in group one that its members edit and its admin administers, with a name."""
    it, admin = house.known, callers["admin"]
    it.pad = await house.pads.make_in_group(admin, it.one.slug, "plan", Kind.RICH)
    await house.pads.append(admin, it.pad, COOKIE, WRITTEN)
    await house.pads.name_state(admin, it.pad, COOKIE, "Anfang")
    it.state_id = (await house.pads.history(admin, it.pad)).states[0].id
    await house.pads.make_link(admin, it.pad, Capability.READ, "", 7)
    it.pad_link_id = (await house.pads.settings(admin, it.pad)).links[0].link.id
