"""What the pages of desk need of the web kit and of the house."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from allmende.core.accounts import Caller
from allmende.core.clock import Clock
from allmende.core.errors import NotFound
from allmende.identity.model.app_passwords import Purpose
from allmende.identity.model.labels import Sentence
from allmende.identity.model.words import typed_words
from allmende.protocols.mumble.address import MumblePlace
from allmende.systems.desk.model.privacy import Privacy
from allmende.systems.desk.service.archives import Archives
from allmende.webkit.forms import Refusal, or_again
from allmende.webkit.i18n import Catalogues
from allmende.webkit.limits import AddressKeys, RateLimit
from allmende.webkit.proofofwork import ProofOfWork
from allmende.webkit.templates import Pages

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskKit:
    """``address`` makes a whole address of a path.

    ``starts`` is the hourly budget of rooms without account, ``starts_by_address`` the same for
    one hashed address; ``wrong_codes`` counts invites that are not valid, ``asks`` requests for
    an account. ``unread`` counts the notices that somebody has not read. ``mumble``: where
    Mumble clients connect; None where they do not, or where nobody is told the port.
    """

    pages: Pages
    texts: Catalogues
    addresses: AddressKeys
    proof: ProofOfWork
    starts: RateLimit
    starts_by_address: RateLimit
    wrong_codes: RateLimit
    asks: RateLimit
    address: Callable[[str], str]
    clock: Clock
    privacy: Privacy
    archives: Archives
    exports: RateLimit
    unread: Callable[[Caller], Awaitable[int]]
    purposes: Sequence[Purpose] = ()
    with_plenum: bool = False
    with_meet: bool = True
    with_voice: bool = False
    mumble: MumblePlace | None = None

    async def or_again(
        self,
        request: Request,
        work: Callable[[], Awaitable[Response]],
        again: Callable[[Refusal, int], Response],
    ) -> Response:
        """Answer with ``work``; a refused form comes back with what was typed."""
        return await or_again(work, again, self.pages.translator(request))

    async def found(self, request: Request, asked: Awaitable[T]) -> T:
        """Return what ``asked`` gives; count a code that leads nowhere against who sent it.

        Raises what ``asked`` raises, or TooManyRequests.
        """
        try:
            return await asked
        except NotFound:
            self.wrong_codes.take(self.addresses.key_of(request))
            raise

    async def guessed(self, request: Request, typed: str, ask: Callable[[], Awaitable[T]]) -> T:
        """Return what ``ask`` gives; words are not even looked up once the tries are used up.

        Raises what ``ask`` raises, or TooManyRequests.
        """
        key = self.addresses.key_of(request)
        if typed_words(typed) and self.wrong_codes.left(key) < 1:
            self.wrong_codes.take(key)
        return await self.found(request, ask())

    def said(self, request: Request, sentences: Sequence[Sentence]) -> str:
        """Return a label in the language of the person."""
        t = self.pages.translator(request)
        return " ".join(t(message_id, **values) for message_id, values in sentences)

    def page(
        self, request: Request, name: str, values: Mapping[str, object], status: int = 200
    ) -> Response:
        """Return the page ``desk/NAME.html``."""
        return self.pages.render(request, f"desk/{name}.html", values, status)


def to(path: str) -> Response:
    """Send the browser to another page of ours after a form."""
    return RedirectResponse(path, 303, {"Cache-Control": "no-store"})
