"""Earlier states: who sees them, naming one, reading one, bringing one back."""

from dataclasses import replace

import pytest

from allmende.core.accounts import STRANGER
from allmende.core.errors import InvalidInput, NotAllowed, NotFound
from allmende.systems.pads.model.history import BEFORE_RESTORE
from allmende.systems.pads.model.pad import Capability, Kind
from tests.systems.pads.service.test_settings import NEW
from tests.systems.pads.village import MARA, RABE, Village


def test_states_are_listed_newest_first_with_who_named_them(village: Village) -> None:
    address, _ = village.made()
    village.run(village.pads.call_me(STRANGER, address, MARA, "Mara", 1))
    for name, secret in (("eins", RABE), ("zwei", MARA)):
        village.write(STRANGER, address, name)
        village.run(village.pads.name_state(STRANGER, address, secret, f" {name} "))
    states = village.run(village.pads.history(STRANGER, address)).states
    assert [one.name for one in states] == ["zwei", "eins"]
    people = [one.by for one in states]
    assert [(one.name, one.number) for one in people if one] == [("Mara", 1), ("", 2)]


def test_one_state_is_shown_as_html(village: Village) -> None:
    address, _ = village.made()
    village.write(STRANGER, address, "alt <script>")
    village.run(village.pads.name_state(STRANGER, address, RABE, "eins"))
    village.write(STRANGER, address, "neu")
    state = village.run(village.pads.history(STRANGER, address)).states[0]
    shown = village.run(village.pads.earlier(STRANGER, address, state.id))
    assert shown.state == state
    assert "alt &lt;script&gt;" in shown.html
    assert "neu" not in shown.html
    with pytest.raises(NotFound, match=r"pads\.no-such-revision"):
        village.run(village.pads.earlier(STRANGER, address, 10**9))


def test_readers_see_the_past_only_where_the_pad_says_so(village: Village) -> None:
    address, admin = village.made()
    reader = village.links(admin)[Capability.READ]
    with pytest.raises(NotAllowed, match=r"pads\.history-hidden"):
        village.run(village.pads.history(STRANGER, reader))
    village.run(village.pads.change(STRANGER, admin, NEW))
    assert village.run(village.pads.history(STRANGER, reader)).states == []
    village.run(village.pads.change(STRANGER, admin, replace(NEW, readers_see_history=False)))
    with pytest.raises(NotAllowed):
        village.run(village.pads.earlier(STRANGER, reader, 1))
    assert address != reader


def test_naming_is_for_those_who_write_and_bringing_back_for_admins(village: Village) -> None:
    address, admin = village.made(kind=Kind.TEXT)
    reader = village.links(admin)[Capability.READ]
    village.write(STRANGER, address, "alt")
    with pytest.raises(NotAllowed, match=r"pads\.read-only"):
        village.run(village.pads.name_state(STRANGER, reader, RABE, "eins"))
    for wrong in ("", " ", "x" * 81, BEFORE_RESTORE, "a\u202eb"):
        with pytest.raises(InvalidInput, match=r"pads\.revision-name-refused"):
            village.run(village.pads.name_state(STRANGER, address, RABE, wrong))
    village.run(village.pads.name_state(STRANGER, address, RABE, "eins"))
    state = village.run(village.pads.history(STRANGER, address)).states[0]
    village.write(STRANGER, address, "neu")
    with pytest.raises(NotAllowed, match=r"pads\.admins-only"):
        village.run(village.pads.restore(STRANGER, address, RABE, state.id))
    village.run(village.pads.restore(STRANGER, admin, RABE, state.id))
    html = village.run(village.pads.page(STRANGER, address)).html
    assert html is not None
    assert "neu" not in html
