"""Looking after the server: who waits, who is frozen, who may come."""

from collections.abc import Mapping
from typing import Final

from allmende.core.accounts import ServerRole
from allmende.core.errors import Conflict, NotAllowed, NotFound
from allmende.core.ids import HandoutId
from allmende.identity.model.registration import Mark, Mode
from tests.access.services.roles import MAY, Row, everybody, server

ORIGIN: Final = "web:2026-11-23T20:00"

ROWS: Final[Mapping[str, Row]] = {
    "queue": server(lambda h, who: h.identity.queue(who), MAY, MAY),
    "duties": everybody(lambda h, who: h.identity.duties(who)),
    "decide": server(
        lambda h, who: h.identity.decide(who, h.known.request_id, grant=True), MAY, MAY
    ),
    "decide_wave": server(
        lambda h, who: h.identity.decide_wave(who, ORIGIN, grant=False), MAY, MAY
    ),
    "freeze_origin": server(lambda h, who: h.identity.freeze_origin(who, ORIGIN), MAY, MAY),
    "release_origin": server(lambda h, who: h.identity.release_origin(who, ORIGIN), MAY, MAY),
    "freeze": server(lambda h, who: h.identity.freeze(who, "sam"), MAY, MAY),
    "release": server(lambda h, who: h.identity.release(who, "eve"), MAY, MAY),
    "set_mark": server(
        lambda h, who: h.identity.set_mark(who, "sam", Mark.SUSPICIOUS, on=True), MAY, MAY
    ),
    "registration_history": server(
        lambda h, who: h.identity.registration_history(who), NotAllowed, MAY
    ),
    "set_registration": server(
        lambda h, who: h.identity.set_registration(who, Mode.OPEN, vouching=False), NotAllowed, MAY
    ),
    "handouts": server(lambda h, who: h.identity.handouts(who), NotAllowed, MAY),
    "agree_to_handout": server(
        lambda h, who: h.identity.agree_to_handout(who, HandoutId(99)),
        NotAllowed,
        NotFound,
        machine=NotAllowed,
    ),
    "refuse_handout": server(
        lambda h, who: h.identity.refuse_handout(who, HandoutId(99)), NotAllowed, NotFound
    ),
    "account_page": server(lambda h, who: h.identity.account_page(who), NotAllowed, MAY),
    "account_shown": server(lambda h, who: h.identity.account_shown(who, "sam"), NotAllowed, MAY),
    "set_server_role": server(
        lambda h, who: h.identity.set_server_role(who, "sam", ServerRole.MODERATOR), NotAllowed, MAY
    ),
}

ABOVE: Final[Mapping[str, Row]] = {
    "freeze": server(lambda h, who: h.identity.freeze(who, "olga"), NotAllowed, NotAllowed),
    "release": server(lambda h, who: h.identity.release(who, "bert"), NotAllowed, Conflict),
    "set_mark": server(
        lambda h, who: h.identity.set_mark(who, "bert", Mark.SUSPICIOUS, on=True), NotAllowed, MAY
    ),
}
"""Of those who look after the server moderators decide nothing, and nobody about themselves."""
