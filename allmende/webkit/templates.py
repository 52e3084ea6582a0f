"""Renders pages. Each system has a folder of templates; ``web/`` holds the base and the kit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Final

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_name
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from allmende.webkit.assets import Assets
from allmende.webkit.csp import CALL_DEVICES
from allmende.webkit.csrf import TICKET_FIELD, FormTicket
from allmende.webkit.i18n import Catalogues
from allmende.webkit.qr import qr_paths
from allmende.webkit.sessions import FORM_COOKIE, set_cookie
from allmende.webkit.site import visit_of

TEMPLATES: Final = Path(__file__).with_name("templates")
TINTS: Final = 6
Translate = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Look:
    """What the operator chose: the name in the header and the zone of printed times."""

    site_name: str = "Allmende"
    zone: tzinfo = UTC


class Pages:
    """Makes HTML from templates, for one person in one language."""

    def __init__(
        self,
        folders: Sequence[Path],
        catalogues: Catalogues,
        assets: Assets,
        look: Look | None = None,
    ) -> None:
        self._catalogues = catalogues
        self._assets = assets
        self._look = look or Look()
        self._environment = Environment(
            loader=FileSystemLoader([TEMPLATES, *folders]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters["tint"] = tint
        self._environment.globals.update(
            asset=assets.url,
            has_asset=assets.has,
            ticket_field=TICKET_FIELD,
            qr_paths=qr_paths,
            language_names={code: _language_name(code) for code in catalogues.languages},
            languages=catalogues.languages,
            site_name=self._look.site_name,
        )

    def render(
        self,
        request: Request,
        template: str,
        values: Mapping[str, object],
        status_code: int = 200,
        *,
        media: bool = False,
    ) -> Response:
        """Return the page. ``media``: it may ask for camera, microphone and screen.

        Templates know besides ``values``: ``t(id, **values)``, ``has_text(id)``, ``asset(name)``,
        ``texts_url(*systems)``, ``ticket()``, ``language``, ``account_name``, ``signed_in``,
        ``recovery_at``, ``page_path`` and for aware times ``day(at)``, ``clock(at)``,
        ``instant(at)``.
        """
        language = self._catalogues.language_of(request)
        ticket = FormTicket(request)
        known = {**self._about(request, language), "ticket": ticket, **values}
        body = self._environment.get_template(template).render(known)
        headers = {
            "Cache-Control": "no-store",
            "Content-Language": language,
            "Vary": "Accept-Language, Cookie",
        }
        if media:
            headers["Permissions-Policy"] = CALL_DEVICES
        response = HTMLResponse(body, status_code, headers)
        if ticket.new_cookie is not None:
            set_cookie(response, request, FORM_COOKIE, ticket.new_cookie, None)
        return response

    def translator(self, request: Request) -> Translate:
        """Return ``t(id, **values)`` in the language of the person."""
        return self._translate(self._catalogues.language_of(request))

    def error_page(
        self, request: Request, status: int, message_id: str, values: Mapping[str, object]
    ) -> Response:
        """Return the page with what happened and what to do."""
        language = self._catalogues.language_of(request)
        remedies = (f"{message_id}-remedy", f"web.remedy-{status}", "web.remedy")
        known = {
            "status": status,
            "happened": message_id if self._catalogues.has(language, message_id) else "web.refused",
            "remedy": next(one for one in remedies if self._catalogues.has(language, one)),
            "error_values": values,
        }
        return self.render(request, "web/error.html", known, status)

    def _about(self, request: Request, language: str) -> dict[str, object]:
        visit = visit_of(request)
        query = request.url.query

        def texts_url(*systems: str) -> str:
            return self._assets.texts_url(language, *systems)

        def has_text(message_id: str) -> bool:
            return self._catalogues.has(language, message_id)

        return {
            "t": self._translate(language),
            "has_text": has_text,
            "texts_url": texts_url,
            "language": language,
            "signed_in": visit.caller.account_id is not None,
            "account_name": visit.account_name,
            "recovery_at": visit.recovery_at,
            "page_path": request.url.path + (f"?{query}" if query else ""),
            "day": self._times(language, format_date, "long"),
            "clock": self._times(language, format_time, "short"),
            "instant": self._instant(language),
        }

    def _translate(self, language: str) -> Translate:
        catalogue = self._catalogues.catalogue(language)

        def t(message_id: str, /, **values: object) -> str:
            return catalogue.text(message_id, values)

        return t

    def _times(
        self, language: str, form: Callable[..., str], length: str
    ) -> Callable[[datetime], str]:
        zone = self._look.zone

        def shown(at: datetime) -> str:
            return form(at.astimezone(zone), format=length, locale=language)

        return shown

    def _instant(self, language: str) -> Callable[[datetime], str]:
        day = self._times(language, format_date, "long")
        clock = self._times(language, format_time, "short")
        zone = self._look.zone

        def shown(at: datetime) -> str:
            name = get_timezone_name(at.astimezone(zone), width="short", locale=language)
            return f"{day(at)}, {clock(at)} {name}"

        return shown


def tint(name: str) -> int:
    """Return which of the six grounds the letter of ``name`` stands on, always the same."""
    return sum(map(ord, name)) % TINTS


def _language_name(code: str) -> str:
    name = Locale.parse(code).get_display_name(code) or code
    return name[:1].upper() + name[1:]
