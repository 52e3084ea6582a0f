"""Names of devices, and the cookie of one that has signed in before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.errors import InvalidInput
from allmende.identity.model.devices import (
    MAX_LABEL_CHARS,
    MAX_NAMES,
    device_of,
    known_device,
    label_shown,
    own_label,
)

KEY = bytes(32)


def test_a_plant_is_translated_and_a_given_name_is_not() -> None:
    assert label_shown("fern") == ("identity.plant-fern", "")
    assert label_shown(own_label(" fern ")) == ("", "fern")


def test_a_name_of_a_device_is_cleaned_and_short() -> None:
    assert label_shown(own_label("x" * MAX_LABEL_CHARS)) == ("", "x" * MAX_LABEL_CHARS)
    for name in ("", "\x00", "\u202etfel", "x" * (MAX_LABEL_CHARS + 1)):
        with pytest.raises(InvalidInput):
            own_label(name)


def test_a_device_is_known_to_the_names_that_signed_in_on_it() -> None:
    first = known_device(KEY, "mara", None)
    both = known_device(KEY, "juno", first)
    number = device_of(KEY, "mara", first)
    assert number is not None
    assert device_of(KEY, "mara", both) == device_of(KEY, "juno", both) == number
    assert device_of(KEY, "juno", first) is None
    assert known_device(KEY, "mara", first) == first
    assert device_of(bytes(31) + b"x", "mara", first) is None


def test_a_device_remembers_the_last_few() -> None:
    cookie = None
    for number in range(MAX_NAMES + 1):
        cookie = known_device(KEY, f"name{number}", cookie)
    assert device_of(KEY, "name0", cookie) is None
    assert device_of(KEY, f"name{MAX_NAMES}", cookie)


@given(st.text(max_size=200))
def test_a_forged_cookie_makes_no_device_known(cookie: str) -> None:
    assert device_of(KEY, "mara", cookie) is None
    assert device_of(KEY, "mara", known_device(KEY, "mara", cookie))
