import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from jinja2 import UndefinedError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.webkit.assets import Assets
from allmende.webkit.i18n import Catalogues
from allmende.webkit.templates import TEMPLATES, Look, Pages, tint
from tests.webkit.house import Build

AT = datetime(2026, 11, 23, 19, 30, tzinfo=UTC)
REQUEST = Request(
    {"type": "http", "path": "/p", "query_string": b"", "headers": [], "state": {}, "method": "GET"}
)


def render(
    folder: Path, catalogues: Catalogues, template: str, look: Look | None = None, **values: object
) -> str:
    (folder / "x.html").write_text(template)
    pages = Pages([folder], catalogues, Assets.unbuilt(catalogues), look)
    return bytes(pages.render(REQUEST, "x.html", values).body).decode()


def test_what_people_write_is_escaped(tmp_path: Path, catalogues: Catalogues) -> None:
    assert render(tmp_path, catalogues, "{{ name }}", name="<b>") == "&lt;b&gt;"


def test_a_value_that_was_forgotten_is_an_error(tmp_path: Path, catalogues: Catalogues) -> None:
    with pytest.raises(UndefinedError):
        render(tmp_path, catalogues, "{{ nothing }}")


def test_times_follow_language_and_zone(tmp_path: Path, catalogues: Catalogues) -> None:
    template = "{{ day(at) }}|{{ clock(at) }}|{{ instant(at) }}"
    look = Look(zone=ZoneInfo("Europe/Berlin"))
    shown = render(tmp_path, catalogues, template, look, at=AT)
    assert shown == "23. November 2026|20:30|23. November 2026, 20:30 MEZ"


def test_pages_know_whose_they_are(tmp_path: Path, catalogues: Catalogues) -> None:
    template = "{{ language }}|{{ signed_in }}|{{ page_path }}|{{ site_name }}|{{ t('web.copy') }}"
    look = Look(site_name="Blaue Eiche")
    assert render(tmp_path, catalogues, template, look) == "de|False|/p|Blaue Eiche|Kopieren"


def test_every_macro_of_the_kit_is_on_the_pattern_page(house: Build) -> None:
    kit = (TEMPLATES / "web" / "kit.html").read_text()
    names = set(re.findall(r"{% macro ([a-z]\w*)\(", kit))
    folder = TEMPLATES / "web"
    shown = "".join((folder / name).read_text() for name in ("patterns.html", "account.html"))
    shown += "".join((folder / name).read_text() for name in ("base.html", "kit.html"))
    assert {name for name in names if not re.search(rf"(kit\.|{{{{ ){name}\(", shown)} == set()
    assert house().client().get("/-/patterns").status_code == 200


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_pattern_page_is_whole(house: Build, language: str) -> None:
    page = house().client(**{"Accept-Language": language}).get("/-/patterns")
    assert page.headers["content-language"] == language
    assert page.headers["cache-control"] == "no-store"
    ids = re.findall(r' id="([^"]+)"', page.text)
    assert len(ids) == len(set(ids))
    for target in re.findall(r'(?:for|aria-describedby|aria-labelledby)="([^"]+)"', page.text):
        assert set(target.split()) <= set(ids)
    assert 'aria-invalid="true"' in page.text
    assert "{{" not in page.text
    assert 'href="#main"' in page.text


def test_the_error_of_a_system_may_have_a_remedy_of_its_own(house: Build) -> None:
    built = house()

    async def page(request: Request) -> Response:
        return built.pages.error_page(request, 403, "web.form-too-old", {})

    async def unknown(request: Request) -> Response:
        return built.pages.error_page(request, 418, "nobody.translated-this", {})

    built.app.router.routes += [Route("/old", page), Route("/unknown", unknown)]
    client = built.client(**{"Accept-Language": "en"})
    assert "load the page again and send the form" in client.get("/old").text
    assert "That did not work." in client.get("/unknown").text
    assert "Go back, or begin on the start page." in client.get("/unknown").text


def test_one_name_has_one_ground() -> None:
    assert tint("mara") == tint("mara")
    assert {tint(name) for name in "abcdef"} == set(range(6))
