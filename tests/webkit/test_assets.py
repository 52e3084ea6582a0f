import gzip
import json
from pathlib import Path

import pytest

from allmende.webkit.assets import Assets, AssetsMissing
from allmende.webkit.i18n import Catalogues
from tests.webkit.house import Browser, Build

CODE = b"console.log('hello');" * 20


@pytest.fixture
def built(tmp_path: Path, catalogues: Catalogues) -> Assets:
    (tmp_path / "base-0123456789.js").write_bytes(CODE)
    (tmp_path / "base-0123456789.js.gz").write_bytes(gzip.compress(CODE))
    (tmp_path / "icon-abc.svg").write_bytes(b"<svg/>")
    manifest = {"base.js": "base-0123456789.js", "icon.svg": "icon-abc.svg"}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return Assets.load(tmp_path, catalogues)


def serving(house: Build, built: Assets) -> Browser:
    made = house()
    made.app.router.routes[:0] = built.routes()
    return made.client()


def test_names_lead_to_files_that_never_change(house: Build, built: Assets) -> None:
    assert built.url("base.js") == "/static/base-0123456789.js"
    client = serving(house, built)
    answer = client.get(built.url("base.js"), headers={"Accept-Encoding": "gzip, br"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.content == CODE
    plain = client.get(built.url("base.js"), headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.headers["content-type"] == "text/javascript; charset=utf-8"
    assert plain.content == CODE
    icon = client.get(built.url("icon.svg"))
    assert icon.headers["content-type"].startswith("image/svg+xml")


@pytest.mark.parametrize("name", ["base.js", "manifest.json", "..%2Fsecret", "", "x/y"])
def test_what_was_not_built_is_not_found(house: Build, built: Assets, name: str) -> None:
    client = serving(house, built)
    assert client.get(f"/static/{name}").status_code == 404


def test_a_name_that_nobody_built_is_an_error(built: Assets) -> None:
    assert built.has("base.js")
    assert not built.has("meet.js")
    with pytest.raises(KeyError, match=r"meet\.js"):
        built.url("meet.js")


def test_without_a_build_the_remedy_is_said(tmp_path: Path, catalogues: Catalogues) -> None:
    with pytest.raises(AssetsMissing, match="make frontend"):
        Assets.load(tmp_path, catalogues)
    assert Assets.unbuilt(catalogues).url("base.js") == "/static/base.js"


def test_texts_are_files_whose_name_changes_with_them(house: Build, built: Assets) -> None:
    client = house().client()
    german, english = built.texts_url("de"), built.texts_url("en")
    assert german.startswith("/static/texts-de-web-")
    assert client.get(german).json()["web.sign-in"] == "Anmelden"
    answer = client.get(english)
    assert answer.json()["web.sign-in"] == "Sign in"
    assert answer.headers["cache-control"].endswith("immutable")
    assert built.texts_url("de", "web", "meet", "chat").split("-")[2] == "chat+meet+web"
    for wrong in (german[:-6] + "x.json", german.replace("-de-", "-fr-"), "/static/texts-de-web"):
        assert client.get(wrong).status_code == 404
