"""The middleware of the house, outermost first."""

from starlette.middleware import Middleware

from allmende.webkit.csp import SecurityHeaders
from allmende.webkit.errors import Bugs
from allmende.webkit.programs import Programs
from allmende.webkit.sessions import CallerLookup, NameOf, Sessions, Watched
from allmende.webkit.site import Site


def middleware(
    lookup: CallerLookup,
    site: Site,
    *,
    name_of: NameOf | None = None,
    watched: Watched | None = None,
    programs: Programs | None = None,
) -> list[Middleware]:
    """Return what Starlette takes: headers on everything, then failures, then who asks."""
    return [
        Middleware(SecurityHeaders, secure=site.secure),
        Middleware(Bugs),
        Middleware(
            Sessions,
            lookup=lookup,
            site=site,
            name_of=name_of,
            watched=watched,
            programs=programs,
        ),
    ]
