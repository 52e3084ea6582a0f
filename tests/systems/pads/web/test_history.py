"""Earlier states on the web."""

from allmende.core.accounts import STRANGER
from tests.systems.pads.web.porch import Porch, at


def test_people_name_a_state_look_at_it_and_admins_bring_it_back(porch: Porch) -> None:
    village, one, paths = porch.village, porch.visitor(), porch.made()
    base = paths["edit"]
    assert "Noch keine Fassung" in one.get(f"{base}/history")
    village.write(STRANGER, at(base), "alt <b>")
    assert one.post(f"{base}/revisions", name="nach dem Plenum") == f"{base}/history"
    page = one.get(f"{base}/history")
    assert "nach dem Plenum" in page
    assert "Gast 2" in page
    state = village.run(village.pads.history(STRANGER, at(base))).states[0].id
    village.write(STRANGER, at(base), "neu")
    shown = one.get(f"{base}/history/{state}")
    assert "alt &lt;b&gt;" in one.seen.text
    assert "zurückholen" not in shown
    one.post(f"{base}/restore", status=403, state=state)
    admin = paths["admin"]
    assert "zurückholen" in one.get(f"{admin}/history/{state}")
    assert one.post(f"{admin}/restore", state=state) == f"{admin}/history?done=restored"
    assert "Die Fassung ist zurück" in one.get(f"{admin}/history?done=restored")
    assert (
        "neu"
        not in one.get(f"{base}?view=text")
        .partition("<main")[2]
        .partition("pad-append")[0]
        .partition("pad-text")[2]
    )


def test_a_name_that_is_refused_comes_back(porch: Porch) -> None:
    one, paths = porch.visitor(), porch.made()
    page = one.post(f"{paths['edit']}/revisions", status=400, name="~x")
    assert 'value="~x"' in page
    assert "höchstens 80 Zeichen" in page


def test_readers_see_no_past_and_no_such_state_is_not_found(porch: Porch) -> None:
    one, paths = porch.visitor(), porch.made()
    one.get(f"{paths['read']}/history", status=403)
    one.get(f"{paths['read']}/history/1", status=403)
    one.post(f"{paths['read']}/revisions", status=403, name="x")
    one.get(f"{paths['edit']}/history/99", status=404)
    assert "history" not in one.get(paths["read"])
