import pyrage
import pytest

from allmende.protocols.age import NotARecipient, public_key

# Of the specification of the format and of age's own documentation.
KNOWN = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"


def test_a_recipient_is_a_key_of_32_bytes_in_either_size_of_letters() -> None:
    key = public_key(KNOWN)
    assert len(key) == 32
    assert public_key(KNOWN.upper()) == key


def test_two_recipients_are_two_keys() -> None:
    made = {str(pyrage.x25519.Identity.generate().to_public()) for _ in range(50)}
    assert len({public_key(text) for text in made}) == 50


@pytest.mark.parametrize("place", range(len(KNOWN)))
def test_a_mistyped_letter_is_noticed(place: int) -> None:
    other = "q" if KNOWN[place] != "q" else "p"
    with pytest.raises(NotARecipient):
        public_key(KNOWN[:place] + other + KNOWN[place + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "age",
        "age1",
        KNOWN[:-1],
        KNOWN.capitalize(),
        KNOWN.removeprefix("age1"),
        "b" + KNOWN,
        KNOWN.replace("z", "b", 1),
        "age1qqqqqq2l7vl0",
        "age1qqqqa5ws7s",
    ],
)
def test_what_is_no_recipient_is_refused(text: str) -> None:
    with pytest.raises(NotARecipient):
        public_key(text)
