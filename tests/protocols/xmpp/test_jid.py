"""Addresses: the table of RFC 7622, 3.5, and more that must not pass."""

import pytest

from allmende.protocols.xmpp.jid import Jid, JidMalformed, parse


@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        ("juliet@example.com", "juliet@example.com"),
        ("Juliet@Example.COM/Balcony", "juliet@example.com/Balcony"),
        ("juliet@example.com/foo bar", "juliet@example.com/foo bar"),
        ("juliet@example.com/foo@bar/x", "juliet@example.com/foo@bar/x"),
        ("foo\\20bar@example.com", "foo\\20bar@example.com"),
        ("fu\u00dfball@example.com", "fu\u00dfball@example.com"),
        ("\u03c0@example.com", "\u03c0@example.com"),
        ("\u03a3@example.com/\u03a3", "\u03c3@example.com/\u03a3"),
        ("king@example.com/\u265a", "king@example.com/\u265a"),
        ("example.com.", "example.com"),
        ("a@xn--mnchen-3ya.example", "a@m\u00fcnchen.example"),
        ("a@M\u00dcNCHEN.example", "a@m\u00fcnchen.example"),
        ("a@127.0.0.1", "a@127.0.0.1"),
        ("a@[::1]", "a@[::1]"),
        ("localhost", "localhost"),
    ],
)
def test_addresses_are_prepared(text: str, prepared: str) -> None:
    assert str(parse(text)) == prepared
    assert str(parse(prepared)) == prepared


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@example.com",
        "a@",
        "a@/b",
        "a@example.com/",
        '"juliet"@example.com',
        "foo bar@example.com",
        "henry\u2163@example.com",
        "\u265a@example.com",
        "a@b@example.com",
        "a@exa_mple.com",
        "a@-x.example",
        "a@x..example",
        "a@[::1",
        "a@[zz]",
        "a" * 1024 + "@example.com",
        "a@example.com/" + "r" * 1024,
        "a@" + "x" * 64 + ".example",
        "a\u202eb@example.com",
        "a@example.com/\x07",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(JidMalformed):
        parse(text)


def test_parts_of_an_address() -> None:
    full = parse("anna@allmende.example/phone")
    assert full.bare == Jid("anna", "allmende.example")
    assert full.bare.bare is not None
    assert str(full.bare.with_resource("x")) == "anna@allmende.example/x"
