"""The rules of a group as sentences, open groups, and the end of a group."""

from typing import Any

import pytest

from allmende.identity.model.groups import Preset
from tests.systems.desk.hall import Hall


@pytest.mark.parametrize(
    ("preset", "kept", "history"),
    [
        ("affinity", "24 Stunden", "nein"),
        ("working", "28 Tage", "ja"),
        ("alliance", "28 Tage", "ja"),
        ("public", "365 Tage", "ja"),
    ],
)
def test_each_preset_says_what_it_means(hall: Hall, preset: str, kept: str, history: str) -> None:
    visitor, _ = hall.member("mara")
    page = visitor.get(visitor.post("/groups", name="Küche", preset=preset))
    assert f'<span class="row-detail">{kept}</span>' in page
    assert f'<span class="row-detail">{history}</span>' in page
    assert f"Nachrichten bleiben {kept}." in page


def test_the_sentences_are_changed_by_admins_alone(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    other, juno = hall.member("juno")
    group = hall.town.group(mara, member=juno)
    path = f"/g/{group.slug}/settings"
    assert 'value="672" selected' in visitor.get(path)
    other.get(path, 403)
    other.post(path, status=403, name="Meins")
    new: dict[str, Any] = {"messages_h": 6, "history": "no", "invite_members": "facilitator"}
    assert visitor.post(path, name="Küche für alle!", **new) == f"{path}?done=saved"
    page = visitor.get(f"/g/{group.slug}")
    assert "Küche für alle!" in page
    assert "Nachrichten bleiben 6 Stunden." in page
    assert "Moderation und Verwaltung" in page
    assert "/offers" not in other.get(f"/g/{group.slug}")
    assert "Hier fehlt ein Name" in visitor.post(path, status=400, name=" ", **new)
    visitor.post(path, status=400, name="Küche", messages_h=0)
    visitor.post(path, status=400, name="Küche", messages_h=99_999)


def test_an_open_group_is_joined_by_anybody_with_an_account(hall: Hall) -> None:
    mara = hall.town.person("mara")
    group = hall.town.run(hall.identity.make_group(mara, "Offen", Preset.PUBLIC))
    closed = hall.town.group(mara)
    visitor, _ = hall.member("juno")
    assert "Diese Gruppe ist offen" in visitor.get(f"/g/{group.slug}")
    assert visitor.post(f"/g/{group.slug}/join") == f"/g/{group.slug}"
    assert "2 Mitglieder" in visitor.get(f"/g/{group.slug}")
    visitor.post(f"/g/{closed.slug}/join", status=404)
    visitor.get(f"/g/{closed.slug}", 404)
    hall.visitor().get(f"/g/{group.slug}", 404)


def test_a_group_goes_when_two_admins_want_it(hall: Hall) -> None:
    visitor, mara = hall.member("mara")
    other, juno = hall.member("juno")
    group = hall.town.group(mara, admin=juno)
    path = f"/g/{group.slug}"
    assert "Setze erst das Häkchen" in visitor.post(f"{path}/delete", status=400)
    assert visitor.post(f"{path}/delete", sure="on") == f"{path}/settings?done=asked"
    assert "mara will die Gruppe löschen" in other.get(path)
    assert f'action="{path}/delete"' not in visitor.get(f"{path}/settings")
    assert other.post(f"{path}/keep") == f"{path}/settings?done=kept"
    visitor.post(f"{path}/delete", sure="on")
    assert other.post(f"{path}/delete", sure="on") == "/"
    visitor.get(path, 404)
