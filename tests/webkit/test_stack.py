from allmende.webkit.csp import SecurityHeaders
from allmende.webkit.errors import Bugs
from allmende.webkit.sessions import Sessions
from allmende.webkit.site import Site
from allmende.webkit.stack import middleware
from tests.webkit.house import KnownTokens


def test_headers_stand_outside_of_failures_and_failures_outside_of_sessions() -> None:
    layers = middleware(KnownTokens(), Site(secure=True))
    classes: list[object] = [layer.cls for layer in layers]
    assert classes == [SecurityHeaders, Bugs, Sessions]
