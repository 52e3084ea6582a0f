"""Domains come in U-labels and are looked up in A-labels."""

import pytest

from allmende.protocols.xmpp.domains import ascii_domain, prepared_domain


@pytest.mark.parametrize(
    ("prepared", "looked_up"),
    [
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
        ("chat.example", "chat.example"),
    ],
)
def test_names_of_other_languages_are_looked_up_in_ascii(prepared: str, looked_up: str) -> None:
    assert ascii_domain(prepared) == looked_up
    assert prepared_domain(looked_up) == prepared
    assert prepared_domain(prepared.upper()) in (prepared, prepared.replace("ß", "ss"))


@pytest.mark.parametrize("wrong", ["xn--a", "xn--A-", "xn--99999999", "xn--ä", "ü" * 60, "a!b"])
def test_labels_that_no_registry_would_encode_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        prepared_domain(wrong)
