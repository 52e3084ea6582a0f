"""Groups, their members, what is offered and asked there; group one is closed."""

from collections.abc import Mapping
from typing import Final

from allmende.core.errors import Conflict, NotAllowed, NotFound, ProofNeeded
from allmende.core.groups import Role
from tests.access.services.roles import MAY, SIGN_IN, Row, accounts, group

ADMINS: Final = (NotAllowed, NotAllowed, MAY)

ROWS: Final[Mapping[str, Row]] = {
    "make_group": accounts(lambda h, who: h.identity.make_group(who, "Neu")),
    "groups_of": accounts(lambda h, who: h.identity.groups_of(who)),
    "group_page": group(lambda h, who: h.identity.group_page(who, h.known.one.slug), MAY, MAY, MAY),
    "open_group": accounts(lambda h, who: h.identity.open_group(who, h.known.one.slug), NotFound),
    "join_open": accounts(lambda h, who: h.identity.join_open(who, h.known.one.slug), NotFound),
    "change_group": group(
        lambda h, who: h.identity.change_group(who, h.known.one.id, "Neu", h.known.rules), *ADMINS
    ),
    "delete_group": group(
        lambda h, who: h.identity.delete_group(who, h.known.one.id),
        *ADMINS,
        stale=ProofNeeded,
        **SIGN_IN,
    ),
    "keep_group": group(
        lambda h, who: h.identity.keep_group(who, h.known.one.id), NotAllowed, NotAllowed, NotFound
    ),
    "handing_out": group(lambda h, who: h.identity.handing_out(who, h.known.one.slug), *ADMINS),
    "hand_out": group(
        lambda h, who: h.identity.hand_out(who, h.known.one.id), *ADMINS, stale=ProofNeeded
    ),
    "set_role": group(
        lambda h, who: h.identity.set_role(who, h.known.one.id, h.known.sam_id, Role.FACILITATOR),
        *ADMINS,
    ),
    "hand_over": group(
        lambda h, who: h.identity.hand_over(who, h.known.one.id, h.known.sam_id),
        *ADMINS,
        **SIGN_IN,
    ),
    "remove_member": group(
        lambda h, who: h.identity.remove_member(who, h.known.one.id, h.known.sam_id), *ADMINS
    ),
    "leave": group(
        lambda h, who: h.identity.leave(who, h.known.one.id), MAY, MAY, Conflict, **SIGN_IN
    ),
    "left_group": accounts(
        lambda h, who: h.identity.left_group(who, h.known.undo), NotFound, member=MAY, program=MAY
    ),
    "come_back": accounts(
        lambda h, who: h.identity.come_back(who, h.known.undo), NotFound, member=MAY, program=MAY
    ),
    "set_display": group(
        lambda h, who: h.identity.set_display(who, h.known.one.id, "Neu"), MAY, MAY, MAY, **SIGN_IN
    ),
    "make_offer": group(
        lambda h, who: h.identity.make_offer(who, h.known.one.id, "olga"), MAY, MAY, MAY, **SIGN_IN
    ),
    "revoke_offer": group(
        lambda h, who: h.identity.revoke_offer(who, h.known.one.id, h.known.offer_into_one),
        MAY,
        MAY,
        MAY,
    ),
    "offers_of": accounts(lambda h, who: h.identity.offers_of(who)),
    "accept_offer": accounts(
        lambda h, who: h.identity.accept_offer(who, h.known.offer_id),
        NotFound,
        member=MAY,
        program=MAY,
    ),
    "decline_offer": accounts(
        lambda h, who: h.identity.decline_offer(who, h.known.offer_id),
        NotFound,
        member=MAY,
        program=MAY,
    ),
    "make_group_invite": group(
        lambda h, who: h.identity.make_group_invite(who, h.known.one.id), *ADMINS
    ),
    "make_invite": group(lambda h, who: h.identity.make_invite(who, h.known.one.id), *ADMINS),
    "revoke_invite": group(
        lambda h, who: h.identity.revoke_invite(who, h.known.one.id, h.known.invite_id), *ADMINS
    ),
    "join_by_invite": accounts(lambda h, who: h.identity.join_by_invite(who, h.known.into_two)),
}

FOREIGN: Final[Mapping[str, Row]] = {
    "set_role": group(
        lambda h, who: h.identity.set_role(who, h.known.two.id, h.known.sam_id, Role.ADMIN),
        NotFound,
        NotFound,
        NotFound,
    ),
    "revoke_invite": group(
        lambda h, who: h.identity.revoke_invite(who, h.known.two.id, h.known.invite_id),
        NotFound,
        NotFound,
        NotFound,
    ),
    "revoke_offer": group(
        lambda h, who: h.identity.revoke_offer(who, h.known.two.id, h.known.offer_into_one),
        NotFound,
        NotFound,
        NotFound,
    ),
}
"""Things of group one by the address of group two: also for its admin they are not there."""
