"""What belongs to an account: nobody else finds it, and no program touches what is behind it."""

from collections.abc import Mapping
from typing import Final

from allmende.core.accounts import Caller, Scope
from allmende.core.errors import InvalidInput, NotFound
from tests.access.services.roles import MAY, Row, accounts, owned, people, proved
from tests.identity.town import GOOD

MEMBER: Final = {"member": MAY, "program": MAY}


def der_of(who: Caller) -> bytes:
    """A certificate that nobody else has."""
    return f"of {who.account_id}".encode()


ROWS: Final[Mapping[str, Row]] = {
    # Who one is
    "own": accounts(lambda h, who: h.identity.own(who)),
    "person": people(lambda h, who: h.identity.person(who)),
    "is_strong": accounts(lambda h, who: h.identity.is_strong(who)),
    "require_strong": proved(lambda h, who: h.identity.require_strong(who)),
    "proofs": people(lambda h, who: h.identity.proofs(who)),
    # Sessions and devices
    "sessions": people(lambda h, who: h.identity.sessions(who)),
    "sign_out": people(lambda h, who: h.identity.sign_out(who)),
    "end_session": owned(lambda h, who: h.identity.end_session(who, h.known.session_id)),
    "sign_out_everywhere": people(lambda h, who: h.identity.sign_out_everywhere(who)),
    "rename_session": owned(lambda h, who: h.identity.rename_session(who, h.known.session_id, "x")),
    "rename_passkey": owned(lambda h, who: h.identity.rename_passkey(who, h.known.passkey_id, "x")),
    "end_other_devices": people(lambda h, who: h.identity.end_other_devices(who)),
    # App passwords
    "make_app_password": proved(
        lambda h, who: h.identity.make_app_password(who, frozenset({Scope.CHAT}))
    ),
    "app_passwords": people(lambda h, who: h.identity.app_passwords(who)),
    "end_app_password": owned(
        lambda h, who: h.identity.end_app_password(who, h.known.app_password_id)
    ),
    "end_app_passwords": people(lambda h, who: h.identity.end_app_passwords(who)),
    # Certificates of voice programs
    "bind_certificate": proved(lambda h, who: h.identity.bind_certificate(who, der_of(who))),
    "make_pairing_code": proved(lambda h, who: h.identity.make_pairing_code(who)),
    "certificates": people(lambda h, who: h.identity.certificates(who)),
    "rename_certificate": owned(
        lambda h, who: h.identity.rename_certificate(who, h.known.certificate_id, "x")
    ),
    "end_certificate": owned(
        lambda h, who: h.identity.end_certificate(who, h.known.certificate_id)
    ),
    # Password, passkeys, second step
    "change_password": people(
        lambda h, who: h.identity.change_password(who, GOOD, "vier gelbe birnen im gras")
    ),
    "own_passkey_options": people(lambda h, who: h.identity.own_passkey_options(who)),
    "add_passkey": proved(lambda h, who: h.identity.add_passkey(who, "x", "{}"), InvalidInput),
    "passkeys": people(lambda h, who: h.identity.passkeys(who)),
    "remove_passkey": proved(
        lambda h, who: h.identity.remove_passkey(who, h.known.passkey_id), NotFound, member=MAY
    ),
    "confirm": people(lambda h, who: h.identity.confirm(who, GOOD), leads=InvalidInput),
    "confirm_by_passkey": people(
        lambda h, who: h.identity.confirm_by_passkey(who, "x", "{}"), InvalidInput
    ),
    "offer_totp": proved(lambda h, who: h.identity.offer_totp(who)),
    "offered_totp": people(
        lambda h, who: h.identity.offered_totp(who, h.known.totp.token), InvalidInput, member=MAY
    ),
    "begin_totp": proved(
        lambda h, who: h.identity.begin_totp(who, h.known.totp.token, h.known.code),
        InvalidInput,
        member=MAY,
    ),
    "end_totp": proved(lambda h, who: h.identity.end_totp(who), NotFound, leads=MAY),
    "new_backup_codes": proved(
        lambda h, who: h.identity.new_backup_codes(who), NotFound, leads=MAY
    ),
    "backup_codes_left": people(lambda h, who: h.identity.backup_codes_left(who)),
    # Recovery
    "make_kit": proved(lambda h, who: h.identity.make_kit(who)),
    "has_kit": people(lambda h, who: h.identity.has_kit(who)),
    "own_recovery": people(lambda h, who: h.identity.own_recovery(who)),
    "cancel_recovery": owned(lambda h, who: h.identity.cancel_recovery(who)),
    "confirm_recovery": owned(lambda h, who: h.identity.confirm_recovery(who)),
    # Bringing others
    "make_own_invite": people(lambda h, who: h.identity.make_own_invite(who)),
    "own_invites": people(lambda h, who: h.identity.own_invites(who)),
    "revoke_own_invite": owned(
        lambda h, who: h.identity.revoke_own_invite(who, h.known.own_invite_id)
    ),
    "vouch_shown": people(lambda h, who: h.identity.vouch_shown(who, h.known.vouch)),
    "vouch": people(lambda h, who: h.identity.vouch(who, h.known.vouch)),
    # Leaving
    "farewell": people(lambda h, who: h.identity.farewell(who)),
    "leave_later": proved(
        lambda h, who: h.identity.leave_later(who, "mel"), InvalidInput, member=MAY
    ),
    "leave_now": proved(lambda h, who: h.identity.leave_now(who, "mel"), InvalidInput, member=MAY),
}
