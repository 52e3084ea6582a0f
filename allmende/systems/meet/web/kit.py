"""What the pages of a call need of the web kit and of the house."""

from collections.abc import Callable
from dataclasses import dataclass

from allmende.protocols.mumble.address import MumblePlace
from allmende.webkit.i18n import Catalogues
from allmende.webkit.limits import AddressKeys, RateLimit
from allmende.webkit.templates import Pages


@dataclass(frozen=True, slots=True, kw_only=True)
class WebKit:
    """``address`` makes a whole address of a path; ``with_chat`` and
    ``with_plenum``, ``with_voice``: these systems are on.

    ``mumble``: where Mumble clients connect, None: they do not.

    ``joins`` and ``echoes`` are counted by hashed address; a hall of 100 has to get in.
    """

    pages: Pages
    texts: Catalogues
    addresses: AddressKeys
    joins: RateLimit
    echoes: RateLimit
    address: Callable[[str], str]
    with_chat: bool
    with_plenum: bool = False
    with_voice: bool = False
    mumble: MumblePlace | None = None
