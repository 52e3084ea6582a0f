"""Namespaces are what they are: one wrong letter, and nobody understands us."""

from allmende.protocols.xmpp import names


def test_no_two_names_are_the_same_and_each_is_an_address() -> None:
    found = [value for name, value in vars(names).items() if name.isupper()]
    assert len(set(found)) == len(found) == 11
    assert all(value.startswith(("jabber:", "urn:ietf:", "http://etherx")) for value in found)
