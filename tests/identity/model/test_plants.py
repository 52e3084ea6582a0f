"""Plants label sessions."""

from pathlib import Path

import pytest

from allmende.identity.model.plants import PLANTS, new_label

LOCALE = Path(__file__).parents[3] / "allmende" / "locale"


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_plant_has_a_name(language: str) -> None:
    catalogue = (LOCALE / language / "identity.po").read_text()
    assert all(f'msgid "{message_id}"' in catalogue for message_id in PLANTS.values())


def test_labels_are_plants() -> None:
    assert new_label() in PLANTS
