"""Whole exchanges: the examples of both RFCs, byte for byte, and everything that may go wrong."""

from base64 import b64decode

import pytest

from allmende.protocols.scram.errors import Refusal, ScramRefused
from allmende.protocols.scram.exchange import Challenge, Offer, Outcome, begin
from allmende.protocols.scram.keys import Mechanism, ScramKeys, keys_of
from tests.protocols.scram.client import Client

R = Refusal
NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
SALT = b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
PLAIN = Offer(mechanism=Mechanism.SHA_256)
CHANNEL = b"what both ends of TLS know"
BOUND = Offer(mechanism=Mechanism.SHA_256, bindings={"tls-exporter": CHANNEL})
PLUS = Offer(mechanism=Mechanism.SHA_256, bindings={"tls-exporter": CHANNEL}, plus=True)

EXAMPLES = {
    # RFC 5802, 5
    Mechanism.SHA_1: (
        "QSXCR+Q6sek8bf92",
        "3rfcNHYJY1ZVvWVs7j",
        b"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
        b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
        b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
        b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
    ),
    # RFC 7677, 3
    Mechanism.SHA_256: (
        "W22ZaJ0SNY7soEsUEjb6gQ==",
        NONCE,
        b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
        b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    ),
}


def keys(text: str = "pencil", mechanism: Mechanism = Mechanism.SHA_256) -> ScramKeys:
    return keys_of(text, SALT, 4096, mechanism)


def asked(client: Client, offer: Offer) -> Challenge:
    return begin(client.first(), offer).challenge(NONCE, SALT, 4096)


def exchanged(client: Client, offer: Offer, *candidates: ScramKeys) -> Outcome:
    challenge = asked(client, offer)
    return challenge.finish(client.final(challenge.message), candidates)


def refused(client: Client, offer: Offer, *candidates: ScramKeys) -> Refusal:
    with pytest.raises(ScramRefused) as found:
        exchanged(client, offer, *candidates)
    return found.value.refusal


@pytest.mark.parametrize("mechanism", list(Mechanism))
def test_the_examples_of_the_standards_come_out_byte_for_byte(mechanism: Mechanism) -> None:
    salt, nonce, first, challenge, final, last = EXAMPLES[mechanism]
    opening = begin(first, Offer(mechanism=mechanism))
    assert (opening.name, opening.authzid) == ("user", "")
    made = opening.challenge(nonce, b64decode(salt), 4096)
    assert made.message == challenge
    found = made.finish(final, [keys_of("pencil", b64decode(salt), 4096, mechanism)])
    assert (found.number, found.message) == (0, last)


@pytest.mark.parametrize(
    ("header", "channel", "offer"),
    [
        ("n,,", b"", PLAIN),
        ("n,a=juno,", b"", PLAIN),
        ("y,,", b"", PLAIN),
        ("n,,", b"", BOUND),
        ("p=tls-exporter,,", CHANNEL, PLUS),
    ],
)
def test_one_of_several_passwords_is_enough(header: str, channel: bytes, offer: Offer) -> None:
    client = Client("mara", "pencil", header=header, channel=channel)
    found = exchanged(client, offer, keys("brush"), keys(), keys("ink"))
    assert found.number == 1
    assert found.message == client.expected


def test_a_wrong_password_and_an_unknown_name_are_refused_alike() -> None:
    client = Client("mara", "penzil")
    assert refused(client, PLAIN, keys()) is R.INVALID_PROOF
    assert refused(client, PLAIN) is R.INVALID_PROOF
    assert refused(Client("mara", "pencil"), PLAIN, keys(mechanism=Mechanism.SHA_1)) is (
        R.INVALID_PROOF
    )


def test_a_channel_that_was_tampered_with_is_noticed() -> None:
    client = Client("mara", "pencil", header="p=tls-exporter,,", channel=b"another channel")
    assert refused(client, PLUS, keys()) is R.CHANNEL_BINDINGS_DONT_MATCH


@pytest.mark.parametrize(
    ("header", "offer", "refusal"),
    [
        ("y,,", BOUND, R.SERVER_DOES_SUPPORT_CHANNEL_BINDING),
        ("n,,", PLUS, R.CHANNEL_BINDING_NOT_SUPPORTED),
        ("p=tls-exporter,,", BOUND, R.CHANNEL_BINDING_NOT_SUPPORTED),
        ("p=tls-unique,,", PLUS, R.UNSUPPORTED_CHANNEL_BINDING_TYPE),
    ],
)
def test_a_downgrade_is_noticed(header: str, offer: Offer, refusal: Refusal) -> None:
    assert refused(Client("mara", "pencil", header=header), offer, keys()) is refusal


def test_an_answer_to_another_challenge_is_refused() -> None:
    client = Client("mara", "pencil")
    earlier = client.final(asked(client, PLAIN).message)
    later = begin(client.first(), PLAIN).challenge("x" * 18, SALT, 4096)
    with pytest.raises(ScramRefused) as found:
        later.finish(earlier, [keys()])
    assert found.value.refusal is R.OTHER_ERROR


@pytest.mark.parametrize("nonce", ["", "x" * 17, "x" * 18 + ",", "ä" * 18])
def test_our_own_nonce_is_long_and_plain(nonce: str) -> None:
    with pytest.raises(ValueError, match="nonce"):
        begin(Client("mara", "pencil").first(), PLAIN).challenge(nonce, SALT, 4096)
