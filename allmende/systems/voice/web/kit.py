"""What the light page needs of the web kit and of the house."""

from dataclasses import dataclass

from allmende.protocols.mumble.address import MumblePlace
from allmende.webkit.i18n import Catalogues
from allmende.webkit.limits import AddressKeys, RateLimit
from allmende.webkit.templates import Pages


@dataclass(frozen=True, slots=True, kw_only=True)
class WebKit:
    """``slots``: of sound, which the page has to offer; ``with_chat``: the room can be written in.

    ``joins`` are counted by hashed address, ``orders`` and ``texts`` by who takes part.
    ``mumble``: where Mumble clients connect, None: they do not.
    """

    pages: Pages
    texts: Catalogues
    addresses: AddressKeys
    joins: RateLimit
    orders: RateLimit
    written: RateLimit
    slots: int
    with_chat: bool
    mumble: MumblePlace | None = None
