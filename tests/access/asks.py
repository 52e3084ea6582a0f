"""How each route is asked, so that whoever may is answered and nothing is used up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.access.town import Answer, Browser
from tests.access.world import GOOD, Place, World

ACCOUNTS: Final = {
    "member": "mel",
    "leads": "fay",
    "admin": "ada",
    "foreign": "zoe",
    "moderator": "mona",
    "operator": "olga",
}


@dataclass(frozen=True)
class Case:
    """Who asks for which place."""

    world: World
    role: str
    place: Place

    @property
    def browser(self) -> Browser:
        return self.world.who[self.role]

    @property
    def room(self) -> str:
        return f"/r/{self.place.slug}"

    @property
    def api(self) -> str:
        return f"/api/v1/rooms/{self.place.room_id}"

    @property
    def group(self) -> str:
        return f"/g/{self.world.one}"


FILE: Final = "/files/AAAAAAAAAAAAAAAAAAAAAA/a.txt"
RULES: Final = {"messages_h": 672, "invite_members": "member", "invite_people": "admin"}

Ask = Callable[[Case], Answer]


def get(path: str) -> Ask:
    """Open a page; ``{}`` are attributes of the case."""
    return lambda case: case.browser.get(path.format(case=case))


def form(path: str, **fields: object) -> Ask:
    return lambda case: case.browser.form(path.format(case=case), **fields)


def send(path: str, **body: object) -> Ask:
    return lambda case: case.browser.send(path.format(case=case), body)


def command(name: str, /, **body: object) -> Ask:
    """A command of the call, while there is one."""

    def ask(case: Case) -> Answer:
        case.world.meet(case.place)
        return case.browser.send(f"{case.api}/call/{name}", body)

    return ask


def at_door(name: str) -> Ask:
    def ask(case: Case) -> Answer:
        case.world.meet(case.place)
        key = case.world.knock(case.place)
        return case.browser.send(f"{case.api}/call/{name}", {"key": key})

    return ask


def throwaway(path: str, **fields: Any) -> Ask:
    """A form that ends a session: sent from a second browser of the same person."""

    def ask(case: Case) -> Answer:
        name = ACCOUNTS.get(case.role)
        browser = case.browser if name is None else case.world.again(name)
        return browser.form(path, **fields)

    return ask


def out_everywhere(case: Case) -> Answer:
    """Sam has nothing else to do; whoever has no account has nothing to end."""
    if case.role not in ACCOUNTS:
        return case.browser.form("/me/signout-everywhere")
    answer = case.world.again("sam").form("/me/signout-everywhere")
    case.world.sam = case.world.again("sam")
    return answer


def others_ended(case: Case) -> Answer:
    """Sam has no other browser; whoever has no account has nothing to end."""
    browser = case.world.sam if case.role in ACCOUNTS else case.browser
    return browser.form("/me/devices/end-others")


def end_session(case: Case) -> Answer:
    """The newest session of ada."""
    case.world.again("ada")
    number = case.world.newest(r"/me/sessions/(\d+)/end", "/me/devices")
    return case.browser.form(f"/me/sessions/{number}/end")


def invite_shown(case: Case) -> Answer:
    code = case.world.invite("admin", case.world.one, "member")
    return case.browser.get(f"{case.group}/invites/{code}")


def invite_revoked(case: Case) -> Answer:
    """The newest invite; a new one where it will be gone."""
    if case.role == "admin":
        case.world.new_invite("admin", case.world.one, "member")
    number = case.world.newest(r"/invites/(\d+)/revoke", case.group)
    return case.browser.form(f"{case.group}/invites/{number}/revoke")


def offer_revoked(case: Case) -> Answer:
    """A new offer for nobody, which any member may take back."""
    made = case.world.who["admin"].form(f"{case.group}/offers", account="nobody_there")
    assert made.status == 303, made.text
    number = case.world.newest(r"/offers/(\d+)/revoke", case.group)
    return case.browser.form(f"{case.group}/offers/{number}/revoke")


def invite_joined(case: Case) -> Answer:
    """By an invite of group two, which who was not in it leaves again."""
    code = case.world.invite("foreign", case.world.two, "guest")
    answer = case.browser.form(f"/i/{code}/join")
    if case.role not in ("stranger", "foreign"):
        case.browser.form(f"/g/{case.world.two}/leave")
    return answer


def member_removed(case: Case) -> Answer:
    world = case.world
    answer = case.browser.form(f"{case.group}/members/{world.sam_id}/remove")
    world.rejoin(world.sam, "member")
    return answer


def role_set(case: Case) -> Answer:
    """Sam is a member already."""
    path = f"{case.group}/members/{case.world.sam_id}/role"
    return case.browser.form(path, role="member")


def left_group(case: Case) -> Answer:
    answer = case.browser.form(f"{case.group}/leave")
    rights = {"member": "member", "leads": "facilitator"}
    if case.role in rights:
        case.world.rejoin(case.browser, rights[case.role])
    return answer


def link_shown(case: Case) -> Answer:
    token = case.place.links["facilitate"]
    return case.browser.get(f"{case.room}/link?g={token}")


def link_revoked(case: Case) -> Answer:
    """A new link, where there is somebody who can make one."""
    world, is_group = case.world, case.place is case.world.group_room
    maker = "admin" if is_group else "founder"
    world.link(case.place, "listen", maker)
    page = world.who[maker].get(f"{case.room}/settings").text
    number = max(int(part.partition("/")[0]) for part in page.split("/links/")[1:])
    return case.browser.form(f"{case.room}/links/{number}/revoke")


def started(case: Case) -> Answer:
    """Whoever has the facilitator link of a room sees this page; no other link will do."""
    links = case.place.links
    return case.browser.get(f"{case.room}/started?g={links.get('speak') or links['facilitate']}")


def said(case: Case) -> Answer:
    key = f"said-{case.role}"
    return case.browser.send(f"{case.api}/messages", {"text": "hallo", "key": key})


def retracted(case: Case) -> Answer:
    number = case.world.message(case.place, author_of(case))
    return case.browser.send(f"{case.api}/messages/{number}/retract", {})


def form_retracted(case: Case) -> Answer:
    number = case.world.message(case.place, author_of(case))
    return case.browser.form(f"{case.room}/chat/retract", message=number)


def author_of(case: Case) -> str:
    return "admin" if case.place is case.world.group_room else "founder"


def assembled(name: str, **body: object) -> Ask:
    """A command of the assembly, which is always one of an assembly that is open."""

    def ask(case: Case) -> Answer:
        case.world.assemble(case.place)
        return case.browser.send(f"{case.api}/plenum/{name}", body)

    return ask


def assembled_by_form(case: Case) -> Answer:
    case.world.assemble(case.place)
    return case.browser.form(f"{case.room}/plenum/start")


def reads_along(case: Case) -> Answer:
    """In a copy of the browser: who comes in becomes a guest of this room."""
    browser = Browser(case.world.town, dict(case.browser.cookies))
    return browser.form(f"{case.room}/plenum/enter", name=case.role)


def joins(case: Case) -> Answer:
    """In a copy of the browser: who joins becomes a guest of this room."""
    browser = Browser(case.world.town, dict(case.browser.cookies))
    return browser.send(f"{case.api}/call/join", {"name": case.role})


def comes_by_sound(case: Case) -> Answer:
    """In a copy of the browser, with an offer that offers nothing: whoever is let in hears that."""
    browser = Browser(case.world.town, dict(case.browser.cookies))
    return browser.send(f"{case.api}/voice", {"sdp": "v=0", "name": case.role})


def sound_left(case: Case) -> Answer:
    return case.browser.ask("DELETE", f"{case.api}/voice?me=nobody")


def sound_socket(case: Case) -> Answer:
    return case.browser.socket(f"{case.api}/voice/live?me=nobody")


def socket(case: Case) -> Answer:
    return case.browser.socket("/rtc/v1?access_token=&join_request=")


ASKS: Final[Mapping[str, Ask]] = {
    "GET /": get("/"),
    "GET /start": get("/start"),
    "POST /start": form("/start", name="", proof=""),
    "GET /find": get("/find"),
    "POST /find": form("/find", link="abcdefghij23"),
    "GET /imprint": get("/imprint"),
    "GET /rules": get("/rules"),
    "GET /.well-known/security.txt": get("/.well-known/security.txt"),
    "GET /privacy": get("/privacy"),
    "GET /guide": get("/guide"),
    "GET /guide/{topic}": get("/guide/guests"),
    "POST /language": form("/language", lang="de", page="/"),
    "GET /-/patterns": get("/-/patterns"),
    "GET /static/{name}": get("/static/nothing.js"),
    "GET /health.json": get("/health.json"),
    "GET /authority.pem": get("/authority.pem"),
    "GET /status.json": get("/status.json"),
    "GET /.well-known/host-meta": get("/.well-known/host-meta"),
    "GET /.well-known/host-meta.json": get("/.well-known/host-meta.json"),
    "GET /files/{token}/{name}": get(FILE),
    "PUT /files/{token}/{name}": lambda case: case.browser.ask("PUT", FILE, b"text"),
    "OPTIONS /files/{token}/{name}": lambda case: case.browser.ask("OPTIONS", FILE),
    "GET /api/v1/challenge": get("/api/v1/challenge"),
    "GET /signin": get("/signin"),
    "POST /signin": lambda case: case.browser.form("/signin", name=f"x{case.role}", password=GOOD),
    "GET /signin/passkey": get("/signin/passkey"),
    "POST /signin/passkey": form("/signin/passkey", passkey="{}", passkey_ticket="x"),
    "GET /signin/step": get("/signin/step"),
    "POST /signin/step": form("/signin/step", step="x", code="123456"),
    "GET /signin/{token}": get("/signin/abc"),
    "POST /signin/{token}": form("/signin/abc", password=GOOD),
    "POST /signout": throwaway("/signout"),
    "GET /me": get("/me"),
    "GET /me/leave": get("/me/leave"),
    "POST /me/leave": form("/me/leave", name="somebody else", when="now"),
    "GET /me/export": get("/me/export"),
    "POST /me/export": form("/me/export"),
    "GET /leaving/{token}": get("/leaving/nonsense"),
    "POST /leaving/{token}": form("/leaving/nonsense"),
    "GET /gone": get("/gone"),
    "GET /me/password": get("/me/password"),
    "POST /me/password": form("/me/password", old="wrong", new=GOOD),
    "GET /.well-known/change-password": get("/.well-known/change-password"),
    "GET /me/confirm": get("/me/confirm"),
    "POST /me/confirm": form("/me/confirm", passkey="{}", passkey_ticket="x"),
    "GET /me/passkeys": get("/me/passkeys"),
    "GET /me/passkeys/new": get("/me/passkeys/new"),
    "POST /me/passkeys/new": form("/me/passkeys/new", passkey="{}", passkey_ticket="x"),
    "POST /me/passkeys/{passkey_id:id}/remove": form("/me/passkeys/999999/remove"),
    "POST /me/passkeys/{passkey_id:id}/name": form("/me/passkeys/999999/name", label="Küche"),
    "POST /api/v1/passkeys/ask": send("/api/v1/passkeys/ask"),
    "POST /api/v1/passkeys/new": send("/api/v1/passkeys/new"),
    "GET /me/second-step": get("/me/second-step"),
    "POST /me/second-step": form("/me/second-step", offer="x", code="123456"),
    "POST /me/second-step/codes": form("/me/second-step/codes"),
    "POST /me/second-step/end": form("/me/second-step/end"),
    "GET /me/kit": get("/me/kit"),
    "POST /me/kit": form("/me/kit"),
    "GET /me/recovery": get("/me/recovery"),
    "POST /me/recovery/stop": form("/me/recovery/stop"),
    "POST /me/recovery/confirm": form("/me/recovery/confirm"),
    "GET /recover": get("/recover"),
    "POST /recover": form("/recover", code="x"),
    "GET /recover/{token}": get("/recover/abc"),
    "POST /recover/{token}": form("/recover/abc", password=GOOD),
    "GET /me/devices": get("/me/devices"),
    "POST /me/devices/end-others": others_ended,
    "POST /me/sessions/{session_id:id}/name": form("/me/sessions/999999/name", label="Küche"),
    "POST /me/signout-everywhere": out_everywhere,
    "POST /me/sessions/{session_id:id}/end": end_session,
    "GET /i/{code}": get("/i/abc"),
    "POST /i/{code}": form("/i/abc", name="nobody", password=GOOD),
    "POST /i/{code}/join": invite_joined,
    "GET /me/invites": get("/me/invites"),
    "POST /me/invites": form("/me/invites"),
    "GET /me/invites/{code}": get("/me/invites/abc"),
    "POST /me/invites/{invite_id:id}/revoke": form("/me/invites/999999/revoke"),
    "GET /signup": get("/signup"),
    "POST /signup": form("/signup", name="nobody", password=GOOD),
    "GET /requests": get("/requests"),
    "POST /requests": form("/requests", name="nobody", password=GOOD, body="hallo"),
    "GET /requests/{token}": get("/requests/abc"),
    "POST /requests/{token}/withdraw": form("/requests/abc/withdraw"),
    "GET /vouch/{token}": get("/vouch/abc"),
    "POST /vouch/{token}": form("/vouch/abc"),
    "GET /queue": get("/queue"),
    "POST /queue/requests/{request_id:id}": form("/queue/requests/999999", decision="grant"),
    "POST /queue/waves": form("/queue/waves", origin="web:2026-11-23T20:00", decision="decline"),
    "POST /queue/origins": form("/queue/origins", origin="account:999999", act="freeze"),
    "POST /queue/accounts": form("/queue/accounts", name="nobody", act="freeze"),
    "GET /op/registration": get("/op/registration"),
    "POST /op/registration": form("/op/registration", mode="invite", vouching="on"),
    "GET /op/accounts": get("/op/accounts"),
    "GET /op/handouts": get("/op/handouts"),
    "POST /op/handouts/{handout_id:id}": form("/op/handouts/999999", answer="refuse"),
    "POST /op/accounts/role": form("/op/accounts/role", name="nobody", role="inviter"),
    "GET /me/keys": get("/me/keys"),
    "POST /me/keys": form("/me/keys", purpose="chat"),
    "POST /me/keys/{app_password_id:id}/end": form("/me/keys/999999/end"),
    "GET /me/certificates/new": get("/me/certificates/new"),
    "POST /me/certificates/new": form("/me/certificates/new"),
    "POST /me/certificates/{certificate_id:id}/end": form("/me/certificates/999999/end"),
    "POST /me/certificates/{certificate_id:id}/name": form(
        "/me/certificates/999999/name", label="Küche"
    ),
    "GET /api/v1/me": get("/api/v1/me"),
    "GET /me/notices": get("/me/notices"),
    "POST /me/notices/read": form("/me/notices/read", up_to=1),
    "POST /me/notices/quiet": form("/me/notices/quiet", begins="", ends=""),
    "POST /me/notices/silent": form("/me/notices/silent"),
    "POST /me/notices/groups/{group_id:id}": form("/me/notices/groups/999999", level="none"),
    "POST /me/notices/{notice_id:id}/open": form("/me/notices/999999/open"),
    "GET /api/v1/me/notices": get("/api/v1/me/notices"),
    "POST /api/v1/me/device": send(
        "/api/v1/me/device", endpoint="https://x/", p256dh="k", auth="a"
    ),
    "GET /api/v1/groups": get("/api/v1/groups"),
    "GET /left/{token}": get("/left/x"),
    "POST /left/{token}": form("/left/x"),
    "POST /offers/{offer_id:id}/accept": form("/offers/1/accept"),
    "POST /offers/{offer_id:id}/decline": form("/offers/1/decline"),
    "GET /op": get("/op"),
    "GET /op/certificate": get("/op/certificate"),
    "GET /op/backups": get("/op/backups"),
    "GET /op/servers": get("/op/servers"),
    "GET /check": get("/check"),
    "POST /check": form("/check"),
    "GET /groups": get("/groups"),
    "POST /groups": form("/groups", name="Neu"),
    "GET /g/{slug}": get("{case.group}"),
    "GET /g/{slug}/export": get("{case.group}/export"),
    "POST /g/{slug}/export": form("{case.group}/export"),
    "GET /api/v1/groups/{slug}": get("/api/v1/groups/{case.world.one}"),
    "POST /g/{slug}/join": form("{case.group}/join"),
    "GET /g/{slug}/settings": get("{case.group}/settings"),
    "POST /g/{slug}/settings": form("{case.group}/settings", name="Gruppe one", **RULES),
    "POST /g/{slug}/delete": form("{case.group}/delete"),
    "POST /g/{slug}/keep": form("{case.group}/keep"),
    "POST /g/{slug}/offers": form("{case.group}/offers", account="nemo"),
    "POST /g/{slug}/offers/{offer_id:id}/revoke": offer_revoked,
    "POST /g/{slug}/hand-over": form("{case.group}/hand-over"),
    "POST /g/{slug}/display": form("{case.group}/display"),
    "POST /g/{slug}/rooms": form("{case.group}/rooms", name="Neu"),
    "POST /g/{slug}/invites": form("{case.group}/invites", role="guest", uses=1, days=1),
    "GET /g/{slug}/invites/{code}": invite_shown,
    "POST /g/{slug}/invites/{invite_id:id}/revoke": invite_revoked,
    "POST /g/{slug}/members/{account_id:id}/role": role_set,
    "POST /g/{slug}/members/{account_id:id}/remove": member_removed,
    "POST /g/{slug}/leave": left_group,
    "GET /r/{slug}": get("{case.room}"),
    "GET /r/{slug}/started": started,
    "GET /r/{slug}/settings": get("{case.room}/settings"),
    "POST /r/{slug}/settings": form("{case.room}/settings", name="Plenum", lobby="guests"),
    "POST /r/{slug}/links": form("{case.room}/links", right="listen", days="1"),
    "GET /r/{slug}/link": link_shown,
    "POST /r/{slug}/links/{link_id:id}/revoke": link_revoked,
    "POST /r/{slug}/delete": form("{case.room}/delete"),
    "GET /r/{slug}/chat": get("{case.room}/chat"),
    "POST /r/{slug}/chat": form("{case.room}/chat", text="hallo", key="of-the-page"),
    "POST /r/{slug}/chat/retract": form_retracted,
    "GET /r/{slug}/call": get("{case.room}/call"),
    "GET /r/{slug}/left": get("{case.room}/left"),
    "GET /r/{slug}/plenum": get("{case.room}/plenum"),
    "GET /r/{slug}/plenum/over": get("{case.room}/plenum/over"),
    "POST /r/{slug}/plenum/enter": reads_along,
    "POST /r/{slug}/plenum/{command}": assembled_by_form,
    "GET /api/v1/rooms/{room_id:id}/plenum": get("{case.api}/plenum"),
    "POST /api/v1/rooms/{room_id:id}/plenum/{command}": assembled("start"),
    "GET /api/v1/live": lambda case: case.browser.get(f"/api/v1/live?room={case.place.room_id}"),
    "GET /api/v1/rooms/{room_id:id}/messages": get("{case.api}/messages"),
    "POST /api/v1/rooms/{room_id:id}/messages": said,
    "POST /api/v1/rooms/{room_id:id}/messages/{message_id:id}/retract": retracted,
    "POST /api/v1/rooms/{room_id:id}/call/join": joins,
    "POST /api/v1/rooms/{room_id:id}/call/invite": send("{case.api}/call/invite"),
    "GET /api/v1/rooms/{room_id:id}/call/waiting": get("{case.api}/call/waiting"),
    "GET /api/v1/rooms/{room_id:id}/call": get("{case.api}/call"),
    "POST /api/v1/echo": send("/api/v1/echo"),
    # With an offer that offers nothing: whoever may hear themself is told that.
    "POST /api/v1/voice/echo": send("/api/v1/voice/echo", sdp="v=0"),
    "POST /api/v1/rooms/{room_id:id}/call/name": command("name", name="Neu"),
    "POST /api/v1/rooms/{room_id:id}/call/hand": command("hand", up=True),
    "POST /api/v1/rooms/{room_id:id}/call/call-next": command("call-next"),
    "POST /api/v1/rooms/{room_id:id}/call/call": command("call", identity="x"),
    "POST /api/v1/rooms/{room_id:id}/call/floor-end": command("floor-end"),
    "POST /api/v1/rooms/{room_id:id}/call/lower": command("lower", identity="x"),
    "POST /api/v1/rooms/{room_id:id}/call/mute": command("mute", identity="x"),
    "POST /api/v1/rooms/{room_id:id}/call/mute-all": command("mute-all"),
    "POST /api/v1/rooms/{room_id:id}/call/unmute": command("unmute", identity="x"),
    "POST /api/v1/rooms/{room_id:id}/call/unmute-all": command("unmute-all"),
    "POST /api/v1/rooms/{room_id:id}/call/moderated": command("moderated", on=False),
    "POST /api/v1/rooms/{room_id:id}/call/remove": command("remove", identity="x"),
    "POST /api/v1/rooms/{room_id:id}/call/lock": command("lock", on=False),
    "POST /api/v1/rooms/{room_id:id}/call/end": command("end"),
    "POST /api/v1/rooms/{room_id:id}/call/spotlight": command("spotlight"),
    "POST /api/v1/rooms/{room_id:id}/call/rights": command("rights", identity="x", sources=[]),
    "POST /api/v1/rooms/{room_id:id}/call/cameras": command("cameras"),
    "POST /api/v1/rooms/{room_id:id}/call/admit": at_door("admit"),
    "POST /api/v1/rooms/{room_id:id}/call/admit-all": command("admit-all"),
    "POST /api/v1/rooms/{room_id:id}/call/refuse": at_door("refuse"),
    "POST /api/v1/rooms/{room_id:id}/call/leave": command("leave"),
    "GET /r/{slug}/voice": get("{case.room}/voice"),
    "GET /r/{slug}/voice/settings": get("{case.room}/voice/settings"),
    "POST /r/{slug}/voice/settings": form("{case.room}/voice/settings", mumble="on"),
    "POST /api/v1/rooms/{room_id:id}/voice": comes_by_sound,
    "DELETE /api/v1/rooms/{room_id:id}/voice": sound_left,
    "WS /api/v1/rooms/{room_id:id}/voice/live": sound_socket,
    "WS /rtc/v1": socket,
    "WS /xmpp-websocket": lambda case: case.browser.socket("/xmpp-websocket"),
    "GET /rtc/v1/validate": get("/rtc/v1/validate?access_token=a.b.c&join_request="),
    "GET /rtc": get("/rtc"),
    "GET /rtc/validate": get("/rtc/validate"),
}
"""By method and path of the route table; ``WS`` is a WebSocket."""
