"""Which answer each kind of person gets on each route. A route that is not here fails.

404: they may not know of it. 401: an account is needed. 403: they know of it and may not. 409
and 400 are given to those who may, where nothing can be done in this moment.
"""

from collections.abc import Mapping
from typing import Final

ROLES: Final = (
    *("stranger", "elsewhere", "guest", "foreign", "moderator", "operator"),
    *("listen", "speak", "facilitate", "member", "leads", "admin"),
)
"""``elsewhere`` facilitates another room by link, ``guest`` is in an open room, ``foreign``
administers another group; moderator and operator look after the server and have proved more
than a password; then guests of the group's room by link, and members of the group."""
WITH_ACCOUNT: Final = frozenset({"foreign", "moderator", "operator", "member", "leads", "admin"})

OPEN_ROLES: Final = ("stranger", "elsewhere", "operator", "guest", "founder")
"""For a room without account: ``guest`` has entered, ``founder`` holds the facilitator link."""

Row = Mapping[str, int]


def everybody(status: int) -> Row:
    """The same for all."""
    return dict.fromkeys(ROLES, status)


def account(without: int, having: int) -> Row:
    return {role: having if role in WITH_ACCOUNT else without for role in ROLES}


def group(outside: int, *inside: int) -> Row:
    """Outsiders; then guests who listen, speak, facilitate; then member, facilitator, admin."""
    return dict.fromkeys(ROLES[:6], outside) | dict(zip(ROLES[6:], inside, strict=True))


def server(moderator: int, operator: int) -> Row:
    """What those do who look after the server; everybody else may not."""
    return {**account(401, 403), "moderator": moderator, "operator": operator}


def opened(others: int, guest: int, founder: int) -> Row:
    return dict.fromkeys(OPEN_ROLES[:3], others) | {"guest": guest, "founder": founder}


SEEN = group(404, 200, 200, 200, 200, 200, 200)
BEHIND_THE_DOOR = group(404, 403, 403, 200, 200, 200, 200)
"""Guests stand in the lobby here: nobody has let them in."""
MANAGED = group(404, 404, 404, 404, 403, 403, 303)
ADMINISTERED = group(404, 403, 403, 403, 403, 403, 303)
FACILITATED = group(404, 403, 403, 200, 403, 200, 200)
FACILITATED_LATER = group(404, 403, 403, 409, 403, 409, 409)
PRESENT_ONLY = group(404, 409, 409, 409, 409, 409, 409)

API: Final = "/api/v1/rooms/{room_id:id}"

ON_HOUSE: Final[Mapping[str, Row]] = {
    "GET /": everybody(200),
    "GET /start": everybody(303),
    "POST /start": everybody(400),
    "GET /find": everybody(303),
    "POST /find": everybody(303),
    "GET /imprint": everybody(200),
    "GET /rules": everybody(200),
    "GET /.well-known/security.txt": everybody(200),
    "GET /privacy": everybody(200),
    "GET /guide": everybody(200),
    "GET /guide/{topic}": everybody(200),
    "POST /language": everybody(303),
    "GET /-/patterns": everybody(200),
    "GET /static/{name}": everybody(404),
    "GET /health.json": everybody(200),
    "GET /authority.pem": everybody(404),
    "GET /status.json": everybody(200),
    "GET /.well-known/host-meta": everybody(200),
    "GET /.well-known/host-meta.json": everybody(200),
    "GET /files/{token}/{name}": everybody(404),
    "PUT /files/{token}/{name}": everybody(403),
    "OPTIONS /files/{token}/{name}": everybody(204),
    "GET /api/v1/challenge": everybody(200),
    "POST /api/v1/echo": everybody(200),
    "POST /api/v1/voice/echo": everybody(400),
    "GET /signin": everybody(200),
    "GET /signin/passkey": everybody(303),
    "POST /signin/passkey": everybody(400),
    "GET /signin/step": everybody(303),
    "POST /signin/step": everybody(400),
    "GET /.well-known/change-password": everybody(303),
    "GET /me/password": everybody(303),
    "GET /me/confirm": account(401, 200),
    "POST /me/confirm": account(401, 400),
    "GET /me/passkeys": everybody(303),
    "GET /me/passkeys/new": account(401, 200),
    "POST /me/passkeys/new": account(401, 400),
    "POST /me/passkeys/{passkey_id:id}/remove": account(401, 404),
    "POST /me/passkeys/{passkey_id:id}/name": account(401, 404),
    "POST /api/v1/passkeys/ask": everybody(200),
    "POST /api/v1/passkeys/new": everybody(200),
    "GET /me/second-step": account(401, 200),
    "POST /me/second-step": account(401, 400),
    "POST /me/second-step/codes": account(401, 404),
    "POST /me/second-step/end": account(401, 404),
    "GET /me/kit": account(401, 200),
    "POST /me/kit": account(401, 200),
    "GET /me/recovery": account(401, 200),
    "POST /me/recovery/stop": account(401, 404),
    "POST /me/recovery/confirm": account(401, 404),
    "GET /recover": everybody(200),
    "POST /recover": everybody(404),
    "GET /recover/{token}": everybody(404),
    "POST /recover/{token}": everybody(404),
    "GET /me/devices": account(401, 200),
    "POST /me/devices/end-others": account(401, 303),
    "POST /me/sessions/{session_id:id}/name": account(401, 404),
    "POST /signin": everybody(400),
    "GET /signin/{token}": everybody(404),
    "POST /signin/{token}": everybody(404),
    "POST /signout": everybody(303),
    "GET /i/{code}": everybody(404),
    "POST /i/{code}": everybody(404),
    "POST /i/{code}/join": account(401, 303),
    "GET /me/invites": account(401, 200),
    "POST /me/invites": {**account(401, 403), "moderator": 303, "operator": 303},
    "GET /me/invites/{code}": account(401, 404),
    "POST /me/invites/{invite_id:id}/revoke": account(401, 404),
    "GET /signup": everybody(200),
    "POST /signup": everybody(403),
    "GET /requests": everybody(200),
    "POST /requests": everybody(403),
    "GET /requests/{token}": everybody(404),
    "POST /requests/{token}/withdraw": everybody(404),
    "GET /vouch/{token}": account(401, 404),
    "POST /vouch/{token}": account(401, 404),
    "GET /queue": server(200, 200),
    "POST /queue/requests/{request_id:id}": server(404, 404),
    "POST /queue/waves": server(303, 303),
    "POST /queue/origins": server(303, 303),
    "POST /queue/accounts": server(404, 404),
    "GET /op/registration": server(403, 200),
    "POST /op/registration": server(403, 303),
    "GET /op/accounts": server(403, 200),
    "POST /op/accounts/role": server(403, 404),
    "GET /op/handouts": server(403, 200),
    "POST /op/handouts/{handout_id:id}": server(403, 404),
    "GET /me": account(401, 200),
    "GET /me/leave": account(401, 200),
    "POST /me/leave": account(401, 400),
    "GET /me/export": account(401, 200),
    "POST /me/export": account(401, 200),
    "GET /leaving/{token}": everybody(404),
    "POST /leaving/{token}": everybody(404),
    "GET /gone": everybody(200),
    "POST /me/password": account(401, 400),
    "POST /me/signout-everywhere": account(401, 303),
    "POST /me/sessions/{session_id:id}/end": {**account(401, 404), "admin": 303},
    "GET /me/keys": account(401, 200),
    "POST /me/keys": account(401, 200),
    "POST /me/keys/{app_password_id:id}/end": account(401, 404),
    "GET /me/certificates/new": account(401, 200),
    "POST /me/certificates/new": account(401, 200),
    "POST /me/certificates/{certificate_id:id}/end": account(401, 404),
    "POST /me/certificates/{certificate_id:id}/name": account(401, 404),
    "GET /api/v1/me": account(401, 200),
    "GET /me/notices": account(401, 200),
    "POST /me/notices/read": account(401, 303),
    "POST /me/notices/quiet": account(401, 303),
    "POST /me/notices/silent": account(401, 303),
    "POST /me/notices/groups/{group_id:id}": account(401, 404),
    "POST /me/notices/{notice_id:id}/open": account(401, 404),
    "GET /api/v1/me/notices": account(401, 200),
    "POST /api/v1/me/device": account(401, 200),
    "GET /op": {**account(401, 403), "operator": 200},
    "GET /op/certificate": {**account(401, 403), "operator": 200},
    "GET /op/backups": {**account(401, 403), "operator": 200},
    "GET /op/servers": {**account(401, 403), "operator": 200},
    "GET /check": {**account(401, 403), "operator": 200},
    "POST /check": {**account(401, 403), "operator": 303},
    "GET /groups": account(401, 200),
    "POST /groups": account(401, 303),
    "GET /api/v1/groups": account(401, 200),
    "GET /left/{token}": account(401, 404),
    "POST /left/{token}": account(401, 404),
    "POST /offers/{offer_id:id}/accept": account(401, 404),
    "POST /offers/{offer_id:id}/decline": account(401, 404),
    "WS /rtc/v1": everybody(401),
    "WS /xmpp-websocket": everybody(403),
    "GET /rtc/v1/validate": everybody(401),
    "GET /rtc": everybody(404),
    "GET /rtc/validate": everybody(404),
}

ON_GROUP: Final[Mapping[str, Row]] = {
    "GET /g/{slug}": group(404, 404, 404, 404, 200, 200, 200),
    "GET /g/{slug}/export": group(404, 404, 404, 404, 403, 403, 200),
    "POST /g/{slug}/export": group(404, 404, 404, 404, 403, 403, 200),
    "GET /api/v1/groups/{slug}": group(404, 404, 404, 404, 200, 200, 200),
    "POST /g/{slug}/join": account(401, 404),
    "GET /g/{slug}/settings": group(404, 404, 404, 404, 403, 403, 200),
    "POST /g/{slug}/settings": MANAGED,
    "POST /g/{slug}/delete": group(404, 404, 404, 404, 403, 403, 400),
    "POST /g/{slug}/keep": group(404, 404, 404, 404, 403, 403, 404),
    "POST /g/{slug}/offers": group(404, 404, 404, 404, 303, 303, 303),
    "POST /g/{slug}/offers/{offer_id:id}/revoke": group(404, 404, 404, 404, 303, 303, 303),
    "POST /g/{slug}/hand-over": group(404, 404, 404, 404, 403, 403, 404),
    "POST /g/{slug}/display": group(404, 404, 404, 404, 303, 303, 303),
    "POST /g/{slug}/rooms": MANAGED,
    "POST /g/{slug}/invites": MANAGED,
    "GET /g/{slug}/invites/{code}": group(404, 404, 404, 404, 200, 200, 200),
    "POST /g/{slug}/invites/{invite_id:id}/revoke": MANAGED,
    "POST /g/{slug}/members/{account_id:id}/role": MANAGED,
    "POST /g/{slug}/members/{account_id:id}/remove": MANAGED,
    "POST /g/{slug}/leave": group(404, 404, 404, 404, 303, 303, 409),
}

ON_ROOM: Final[Mapping[str, tuple[Row, Row]]] = {
    "GET /r/{slug}": (everybody(303), opened(303, 303, 303)),
    "GET /r/{slug}/started": (everybody(404), opened(200, 200, 200)),
    "GET /r/{slug}/settings": (group(404, 403, 403, 403, 403, 403, 200), opened(403, 403, 200)),
    "POST /r/{slug}/settings": (ADMINISTERED, opened(403, 403, 303)),
    "POST /r/{slug}/links": (ADMINISTERED, opened(403, 403, 303)),
    "GET /r/{slug}/link": (group(404, 403, 403, 403, 403, 403, 200), opened(403, 403, 200)),
    "POST /r/{slug}/links/{link_id:id}/revoke": (ADMINISTERED, opened(403, 403, 303)),
    "POST /r/{slug}/delete": (group(404, 403, 403, 403, 403, 403, 400), opened(403, 403, 400)),
    "GET /r/{slug}/chat": (BEHIND_THE_DOOR, opened(403, 403, 200)),
    "POST /r/{slug}/chat": (group(404, 403, 403, 303, 303, 303, 303), opened(403, 403, 303)),
    "POST /r/{slug}/chat/retract": (
        group(404, 403, 403, 303, 403, 303, 303),
        opened(403, 403, 303),
    ),
    "GET /r/{slug}/call": (SEEN, opened(200, 200, 200)),
    "GET /r/{slug}/left": (SEEN, opened(200, 200, 200)),
    "GET /r/{slug}/plenum": (SEEN, opened(200, 200, 200)),
    "GET /r/{slug}/plenum/over": (SEEN, opened(200, 200, 200)),
    "POST /r/{slug}/plenum/enter": (
        group(404, 303, 303, 303, 303, 303, 303),
        opened(303, 303, 303),
    ),
    "POST /r/{slug}/plenum/{command}": (
        group(404, 403, 403, 303, 403, 303, 303),
        opened(403, 403, 303),
    ),
    f"GET {API}/plenum": (BEHIND_THE_DOOR, opened(403, 403, 200)),
    f"POST {API}/plenum/{{command}}": (FACILITATED, opened(403, 403, 200)),
    "GET /api/v1/live": (SEEN, opened(200, 200, 200)),
    f"GET {API}/messages": (BEHIND_THE_DOOR, opened(403, 403, 200)),
    f"POST {API}/messages": (group(404, 403, 403, 201, 201, 201, 201), opened(403, 403, 201)),
    f"POST {API}/messages/{{message_id:id}}/retract": (FACILITATED, opened(403, 403, 200)),
    f"POST {API}/call/join": (group(404, 202, 202, 200, 200, 200, 200), opened(202, 202, 200)),
    f"POST {API}/call/invite": (SEEN, opened(403, 200, 200)),
    f"GET {API}/call": (group(404, 409, 409, 200, 200, 200, 200), opened(403, 409, 200)),
    f"GET {API}/call/waiting": (FACILITATED, opened(403, 403, 200)),
    f"POST {API}/call/name": (PRESENT_ONLY, opened(403, 409, 409)),
    f"POST {API}/call/hand": (PRESENT_ONLY, opened(403, 409, 409)),
    f"POST {API}/call/floor-end": (PRESENT_ONLY, opened(403, 409, 409)),
    f"POST {API}/call/call-next": (FACILITATED_LATER, opened(403, 403, 409)),
    f"POST {API}/call/call": (FACILITATED_LATER, opened(403, 403, 409)),
    f"POST {API}/call/lower": (FACILITATED_LATER, opened(403, 403, 409)),
    f"POST {API}/call/mute": (FACILITATED_LATER, opened(403, 403, 409)),
    f"POST {API}/call/unmute": (FACILITATED_LATER, opened(403, 403, 409)),
    f"POST {API}/call/remove": (FACILITATED_LATER, opened(403, 403, 409)),
    f"POST {API}/call/rights": (FACILITATED_LATER, opened(403, 403, 409)),
    f"POST {API}/call/mute-all": (FACILITATED, opened(403, 403, 200)),
    f"POST {API}/call/unmute-all": (FACILITATED, opened(403, 403, 200)),
    f"POST {API}/call/moderated": (FACILITATED, opened(403, 403, 200)),
    f"POST {API}/call/lock": (FACILITATED, opened(403, 403, 200)),
    f"POST {API}/call/end": (FACILITATED, opened(403, 403, 200)),
    f"POST {API}/call/spotlight": (FACILITATED, opened(403, 403, 200)),
    f"POST {API}/call/cameras": (FACILITATED, opened(403, 403, 200)),
    f"POST {API}/call/admit": (FACILITATED, opened(403, 403, 200)),
    f"POST {API}/call/admit-all": (FACILITATED, opened(403, 403, 200)),
    f"POST {API}/call/refuse": (FACILITATED, opened(403, 403, 200)),
    f"POST {API}/call/leave": (everybody(200), opened(200, 200, 200)),
    "GET /r/{slug}/voice": (SEEN, opened(200, 200, 200)),
    "GET /r/{slug}/voice/settings": (
        group(404, 403, 403, 403, 403, 403, 200),
        opened(403, 403, 200),
    ),
    "POST /r/{slug}/voice/settings": (ADMINISTERED, opened(403, 403, 303)),
    f"POST {API}/voice": (group(404, 202, 202, 400, 400, 400, 400), opened(202, 202, 400)),
    f"DELETE {API}/voice": (everybody(200), opened(200, 200, 200)),
    f"WS {API}/voice/live": (everybody(101), opened(101, 101, 101)),
}
