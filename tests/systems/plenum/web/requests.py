"""Requests of somebody, for functions that only look at them."""

from starlette.requests import Request

from allmende.core.accounts import Caller
from allmende.webkit.site import Site, Visit


def request(who: Caller, language: str = "de") -> Request:
    headers = [(b"accept-language", language.encode())]
    visit = Visit(Site(secure=False), who)
    scope = {"type": "http", "headers": headers, "client": ("127.0.0.1", 1)}
    return Request({**scope, "state": {"visit": visit}})
