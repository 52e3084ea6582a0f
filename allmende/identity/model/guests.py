"""The key of a guest: everything about them, signed, in their cookie. Nothing of it is stored."""

import json
from datetime import UTC, datetime, timedelta
from typing import Final

from allmende.core.accounts import Guest
from allmende.core.ids import MAX_ID, GuestId, LinkId, RoomId
from allmende.identity.model.tokens import sign, unsign

GUEST_TOKEN_LIFETIME: Final = timedelta(hours=24)
"""Renewed at each entering; long enough for a day of meetings."""

_PURPOSE: Final = "guest-key"


def guest_token(key: bytes, guest: Guest, ends_at: datetime) -> str:
    """Return the signed cookie value of ``guest``, valid until ``ends_at`` (whole seconds)."""
    fields = [guest.id, guest.room_id, guest.link_id, guest.name, int(ends_at.timestamp())]
    payload = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return sign(key, _PURPOSE, payload.encode())


def guest_from_token(key: bytes, token: str, now: datetime) -> Guest | None:
    """Return the guest of a cookie value; None if it is forged, broken or expired."""
    payload = unsign(key, _PURPOSE, token)
    if payload is None:
        return None
    # Signed by us: the shape is what guest_token wrote.
    guest_id, room_id, link_id, name, ends_s = json.loads(payload)
    if now >= datetime.fromtimestamp(min(ends_s, MAX_ID), UTC):
        return None
    link = None if link_id is None else LinkId(link_id)
    return Guest(GuestId(guest_id), RoomId(room_id), name, link)
