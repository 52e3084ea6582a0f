"""When something was sent that comes later. XEP-0203; instants as XEP-0082 writes them."""

from datetime import UTC, datetime
from typing import Final

from allmende.protocols.xml.tree import Element

DELAY: Final = "urn:xmpp:delay"
DELAY_NAME: Final = f"{DELAY} delay"
_FORM: Final = "%Y-%m-%dT%H:%M:%S.%fZ"


def stamp_of(instant: datetime) -> str:
    """Return an instant as it is written, in UTC."""
    return instant.astimezone(UTC).strftime(_FORM)


def instant_of(stamp: str) -> datetime | None:
    """Return the instant that is written, None if it is not one or has no zone."""
    if not stamp.isascii() or len(stamp) > 40:
        return None
    try:
        found = datetime.fromisoformat(stamp)
        return None if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def delay(sent_at: datetime, by: str = "") -> Element:
    """Return <delay/>; ``by``: who held it back, "" where that is not said."""
    attributes = {"from": by} if by else {}
    return Element(DELAY_NAME, {**attributes, "stamp": stamp_of(sent_at)})
