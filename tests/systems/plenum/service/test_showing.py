"""The order of raised hands as the page shows it."""

from allmende.core.ports.conference import FLOOR_ATTRIBUTE, HAND_ATTRIBUTE, Present
from allmende.systems.plenum.service.showing import HandShown, hands_of


def present(seat: str, tab: str, **told: str) -> Present:
    return Present(seat + tab, seat, told_of(told), frozenset())


def told_of(told: dict[str, str]) -> dict[str, str]:
    names = {"hand": HAND_ATTRIBUTE, "floor": FLOOR_ATTRIBUTE}
    return {names[name]: value for name, value in told.items()}


def test_the_floor_comes_first_and_everybody_once() -> None:
    shown = hands_of(
        [
            present("ana", "aaaa", hand="10"),
            present("ben", "bbbb", hand="9"),
            present("cem", "cccc", floor="1", hand=""),
            present("ana", "dddd", hand="10"),
            present("dia", "eeee"),
            present("eva", "ffff", hand="x"),
        ]
    )
    assert shown == [HandShown("cem", True), HandShown("ben", False), HandShown("ana", False)]
