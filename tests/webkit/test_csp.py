import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.webkit.csp import CALL_DEVICES, CONTENT_SECURITY_POLICY, NO_DEVICES
from allmende.webkit.templates import TEMPLATES
from tests.webkit.house import Build, House


def call_page(built: House) -> Route:
    async def call(request: Request) -> Response:
        return built.pages.render(request, "web/error.html", ERROR, media=True)

    return Route("/call", call)


ERROR = {"status": 404, "happened": "web.not-found", "remedy": "web.remedy", "error_values": {}}


def test_every_answer_carries_the_header_set(house: Build) -> None:
    client = house(secure=True).client()
    for path in ("/-/patterns", "/nothing", "/api/v1/rooms/1", "/static/nothing.js"):
        headers = client.get(path).headers
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert headers["permissions-policy"] == NO_DEVICES
        assert headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"


def test_plain_http_is_not_promised_to_be_https(house: Build) -> None:
    headers = house(secure=False).client().get("/-/patterns").headers
    assert "strict-transport-security" not in headers


def test_a_call_page_may_ask_for_the_devices(house: Build) -> None:
    built = house()
    built.app.router.routes.append(call_page(built))
    headers = built.client().get("/call").headers
    assert headers.get_list("permissions-policy") == [CALL_DEVICES]
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY


def test_no_policy_is_unsafe_and_no_template_needs_one() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    house_folder = Path(TEMPLATES).parents[1]
    for template in house_folder.rglob("templates/**/*.html"):
        text = template.read_text()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"", text), template
        for script in re.findall(r"<script[^>]*>", text):
            assert "src=" in script or 'type="application/json"' in script, template
