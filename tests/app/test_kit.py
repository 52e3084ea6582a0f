from pathlib import Path

from allmende.app.kit import kit_of, web_routes
from allmende.config import Config, Desk
from tests.app.test_ground import ground


def test_the_pages_of_all_systems_share_texts_files_and_templates() -> None:
    kit = kit_of(ground(Config(desk=Desk(title="Commons")), Path()))
    assert {"de", "en"} <= set(kit.catalogues.languages)
    assert kit.assets.has("meet.js")


def test_the_web_kit_has_paths_of_its_own() -> None:
    paths = {getattr(route, "path", "") for route in web_routes(kit_of(ground(Config(), Path())))}
    assert {"/language", "/-/patterns", "/api/v1/challenge"} <= paths
