"""A whole assembly in fast motion gives exactly the stored minutes, in both languages."""

from pathlib import Path

import pytest

from allmende.storage.database import Database
from allmende.systems.plenum.model.agenda import Begin, Extend, Next, Park
from allmende.systems.plenum.model.assembly import Close, Pause, Reopen, Resume, Start
from tests.systems.plenum.conftest import Hall, item

GOLDEN = Path(__file__).parents[1] / "golden"
AGENDA = {
    "de": """
1. Runde und Berichte (15 min, Info)
2. Umzug der Werkstatt (30 min, Entscheidung, Ana)
3. Pause (10 min, Pause)
4. Sommerfest *draußen*: 1. Juli? (20 min, Diskussion)
5. [Kasse](https://example.org) <b>prüfen</b> (10 min)
""",
    "en": """
1. Round and reports (15 min, info)
2. Moving the workshop (30 min, decision, Ana)
3. Break (10 min, break)
4. Summer party *outside*: 1 July? (20 min, discussion)
5. [Cash](https://example.org) <b>check</b> (10 min)
""",
}
TITLE = {"de": "Plenum Gruppe Garten", "en": "Assembly of the garden group"}


def held(hall: Hall, language: str) -> str:
    """Everything that can happen, within 100 minutes of a clock that is turned."""
    hall.clock.turn(minutes=-118)  # 19:02 in Berlin
    hall.open(AGENDA[language], TITLE[language], language)
    hall.call("seat-of-ana-aaaa", "seat-of-ben-bbbb", "seat-of-ben-cccc")
    hall.later(seconds=5)
    hall.clock.turn(seconds=-5)
    hall.act(Start())
    hall.act(Next())
    hall.clock.turn(minutes=18)
    hall.act(Next())
    hall.clock.turn(minutes=10)
    hall.act(Pause())
    hall.clock.turn(minutes=5)
    hall.act(Resume())
    hall.act(Extend(item(2), 5))
    hall.clock.turn(minutes=28)
    hall.act(Next())
    hall.clock.turn(minutes=8)
    hall.act(Park(item(4)))
    hall.act(Begin(item(2)))
    hall.write()
    hall.clock.turn(minutes=4)
    hall.act(Next())
    hall.clock.turn(minutes=9, seconds=31)
    hall.act(Close())
    hall.clock.turn(minutes=12)
    hall.act(Reopen())
    hall.clock.turn(minutes=2)
    hall.act(Close())
    hall.write()
    return hall.fake.text()


@pytest.mark.slow
@pytest.mark.parametrize("language", ["de", "en"])
def test_a_scripted_assembly_gives_the_stored_minutes(database: Database, language: str) -> None:
    golden = GOLDEN / f"minutes.{language}.md"
    assert held(Hall(database), language) == golden.read_text(encoding="utf-8")
