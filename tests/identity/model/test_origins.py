"""Where accounts came from."""

from datetime import UTC, datetime, timedelta

import pytest

from allmende.core.ids import AccountId
from allmende.identity.model.origins import (
    SERVER,
    WAVE_GAP,
    WAVE_LENGTH,
    OriginKind,
    invited_by,
    inviter,
    kind_of,
    new_wave,
    wave_began,
    wave_of,
)

NOW = datetime(2026, 11, 23, 20, 15, 30, tzinfo=UTC)


def test_the_first_begins_a_wave_and_the_next_joins_it() -> None:
    wave = wave_of(None, NOW)
    assert wave == new_wave(NOW) == "web:2026-11-23T20:15"
    assert wave_of((wave, NOW), NOW + WAVE_GAP) == wave
    assert wave_of((wave, NOW), NOW + WAVE_GAP + timedelta(seconds=1)) != wave


def test_a_wave_ends_after_half_a_day_even_if_somebody_always_comes() -> None:
    wave, later = new_wave(NOW), NOW + WAVE_LENGTH
    assert wave_of((wave, later), later + timedelta(minutes=1)) != wave


def test_who_was_invited_has_an_origin_of_their_inviter() -> None:
    assert invited_by(None) == SERVER
    assert inviter(invited_by(AccountId(7))) == 7


@pytest.mark.parametrize(
    ("origin", "kind"),
    [
        (SERVER, OriginKind.SERVER),
        ("account:7", OriginKind.ACCOUNT),
        ("web:2026-11-23T20:15", OriginKind.WEB),
        ("web:soon", None),
        ("account:", None),
        ("account:" + "9" * 19, None),
        ("account:\u0665", None),
        ("", None),
    ],
)
def test_an_origin_tells_its_kind(origin: str, kind: OriginKind | None) -> None:
    assert kind_of(origin) is kind


def test_a_wave_tells_when_it_began() -> None:
    assert wave_began(new_wave(NOW)) == NOW.replace(second=0)
    assert wave_began(SERVER) is None
