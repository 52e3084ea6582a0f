"""What the pages of an assembly need of the web kit and of the house."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from starlette.requests import Request

from allmende.protocols.mumble.address import MumblePlace
from allmende.systems.plenum.model.assembly import Language
from allmende.webkit.http import caller_of
from allmende.webkit.i18n import Catalogues
from allmende.webkit.limits import AddressKeys, RateLimit
from allmende.webkit.templates import Pages


@dataclass(frozen=True, slots=True, kw_only=True)
class WebKit:
    """``acts``: what one person may do in a second; ``joins``: entering, by hashed address.

    ``zone``: that of printed times. ``with_chat``: the chat of the room is on. ``mumble``:
    where Mumble clients connect, None: they do not.
    """

    pages: Pages
    texts: Catalogues
    addresses: AddressKeys
    acts: RateLimit
    joins: RateLimit
    zone: ZoneInfo
    with_chat: bool
    mumble: MumblePlace | None = None

    def count(self, request: Request) -> None:
        """Count one act of a person. Raises TooManyRequests."""
        who = caller_of(request)
        if who.account_id is not None:
            self.acts.take(f"a{who.account_id}")
        elif who.guest is not None:
            self.acts.take(f"g{who.guest.id}")
        else:
            self.acts.take(self.addresses.key_of(request))

    def language(self, request: Request) -> Language:
        """Return in which words the minutes will be written that this person opens."""
        chosen = self.texts.language_of(request)
        return Language(chosen) if chosen in set(Language) else Language.DE
