"""Whoever catches XmlRefused catches all of them, and a text quotes nothing."""

import pytest

from allmende.protocols.xml.errors import XmlRefused
from allmende.protocols.xml.tree import parse


@pytest.mark.parametrize("data", [b"<secret", b"<a><?secret?></a>", b"<secret>" * 70])
def test_what_is_refused_is_one_kind_and_quotes_nothing(data: bytes) -> None:
    with pytest.raises(XmlRefused) as caught:
        parse(data)
    assert "secret" not in str(caught.value)
