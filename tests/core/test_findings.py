from datetime import UTC, datetime

from allmende.core.findings import Round, State, broken, good, warning


def test_what_is_not_good_has_a_remedy() -> None:
    assert good("load.swap", "check.swap-good", percent=0).remedy == ""
    low = warning("load.swap", "check.swap-used", "check.memory-remedy", percent=60)
    assert (low.state, low.remedy, low.values) == (
        State.WARNING,
        "check.memory-remedy",
        {"percent": 60},
    )
    assert broken("names.ipv4", "a.b", "a.c").area == "names"


def test_a_round_counts_its_findings() -> None:
    found = [good("a.b", "c.d"), warning("a.c", "c.d", "c.e"), good("a.e", "c.d")]
    last = Round(datetime.now(UTC), found)
    assert [last.count(state) for state in State] == [2, 1, 0]
