"""What people are told: privacy in plain words from the real configuration, imprint, rules."""

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from allmende.app.privacy import privacy_page
from allmende.app.work import PROMISES
from allmende.config import Config
from allmende.config.sections import Backup, Chat, Database, Systems
from allmende.storage.types import metadata
from allmende.systems.desk.model.privacy import KINDS
from tests.databases import AnyDatabase
from tests.systems.desk.hall import Hall

GOLDEN = Path(__file__).parents[1] / "golden"
CONFIGS: Final[Mapping[str, Config]] = {
    "usual": Config(),
    "sealed": Config(
        key_mode="sealed",
        chat=Chat(retention_d=7, max_retention_d=90),
        backup=Backup(recipients=("age1example",)),
    ),
    "calls-on-postgres": Config(
        database=Database(url="postgresql://name@/base"),
        systems=Systems(chat=False, pads=False, plenum=False),
    ),
}
_TAGS: Final = re.compile(r"<[^>]+>")
_BLOCK: Final = re.compile(r"</?(?:p|h\d|li|ul|dl|dt|dd|div|section|main)[^>]*>")


def told(page: str) -> str:
    """The words of the page, a line for each paragraph."""
    main = page[page.index("<main") : page.index("</main>")]
    lines = html.unescape(_TAGS.sub("", _BLOCK.sub("\n", main))).splitlines()
    return "\n".join(line.strip() for line in lines if line.strip()) + "\n"


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("name", CONFIGS)
def test_the_page_says_what_this_server_does(sqlite: AnyDatabase, name: str, language: str) -> None:
    hall = Hall(sqlite, privacy=privacy_page(CONFIGS[name]))
    said = told(hall.visitor(language).get("/privacy"))
    assert said == (GOLDEN / f"privacy.{name}.{language}.txt").read_text()


def test_every_table_is_of_exactly_one_kind() -> None:
    known = [table for kind in KINDS for table in kind.tables]
    assert sorted(known) == sorted(metadata.tables)
    assert sorted(known) == sorted({kept.table.name for kept in PROMISES})


def test_it_says_honestly_when_nobody_wrote_anything(hall: Hall) -> None:
    visitor = hall.visitor()
    assert "haben noch nicht geschrieben, wer sie sind" in visitor.get("/imprint")
    assert "Es gibt noch keine Regeln" in visitor.get("/rules")
    page = visitor.get("/privacy")
    assert "noch nichts zum Datenschutz geschrieben" in page
    assert "28 Tage, wenn die Gruppe nichts anderes wählt" in page


def test_it_shows_what_the_operator_wrote(sqlite: AnyDatabase) -> None:
    texts = {
        ("imprint", "de"): ["Kollektiv <Eiche>", "Gasse 1"],
        ("privacy", "en"): ["We care."],
        ("rules", "de"): ["Seid freundlich."],
    }
    visitor = Hall(sqlite, texts=texts).visitor()
    page = visitor.get("/imprint")
    assert "Kollektiv <Eiche>" in page
    assert "Seid freundlich." in visitor.get("/rules")
    assert '<div lang="en">' in visitor.get("/privacy")


def test_whoever_finds_a_hole_learns_where_to_tell(hall: Hall) -> None:
    """RFC 9116, 2.5: contact and expiry are required, the latter is less than a year away."""
    visitor = hall.visitor()
    visitor.get("/.well-known/security.txt")
    answer = visitor.seen
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert fields["Contact"] == "http://house.example/imprint"
    assert fields["Canonical"] == "http://house.example/.well-known/security.txt"
    assert fields["Preferred-Languages"] == "de, en"
    ends = datetime.strptime(fields["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert 30 < (ends - hall.town.clock.now()).days < 365
