"""Which passwords are good enough."""

import pytest

from allmende.core.errors import InvalidInput
from allmende.identity.model.passwords import require_good


@pytest.mark.parametrize(
    "password", ["drei rote kirschen im schnee", "8sXk2-qqP0zL", "ä" * 3 + "Kq8#mvTz1"]
)
def test_long_and_uncommon_passwords_are_good(password: str) -> None:
    require_good(password, "mara")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "password-short"),
        ("12345678901", "password-short"),
        ("passwordpassword", "password-weak"),
        ("aaaaaaaaaaaaaaaa", "password-weak"),
        ("marawintergarten"[:4] * 4, "password-weak"),
        ("x" * 2_000, "password-characters"),
        ("drei rote\x00kirschen", "password-characters"),
        ("drei rote \ud800kirschen", "password-characters"),
    ],
)
def test_others_are_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as refused:
        require_good(password, "mara")
    assert refused.value.values["field"] == "password"


def test_what_is_longer_than_the_estimator_reads_is_judged_by_its_beginning() -> None:
    require_good("drei rote kirschen im schnee " * 10, "mara")
