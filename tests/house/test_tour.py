"""Pages that lead through the code lead somewhere."""

from pathlib import Path, PurePosixPath

import pytest

from tools.docs import LINK, dead_links

HOUSE = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "page", ["docs/tour.md", "docs/new-system.md", "docs/operate.md", "CONTRIBUTING.md"]
)
def test_every_link_leads_to_a_file(page: str) -> None:
    text = (HOUSE / page).read_text(encoding="utf-8")
    assert LINK.search(text)
    assert list(dead_links(PurePosixPath(page), text)) == []


def test_the_tour_passes_through_ten_places_in_order() -> None:
    text = (HOUSE / "docs/tour.md").read_text(encoding="utf-8")
    steps = [line.split(".")[0] for line in text.splitlines() if line[:1].isdigit()]
    assert steps == [str(number) for number in range(1, 11)]
