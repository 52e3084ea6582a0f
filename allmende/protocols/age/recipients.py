"""``age1...``: 32 bytes of a public key in Bech32 (BIP 173), without the limit of 90 characters."""

from typing import Final

PREFIX: Final = "age"
_KEY_BYTES: Final = 32
_LETTERS: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_CHECKSUM_LETTERS: Final = 6
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


class NotARecipient(ValueError):
    """The text is mistyped, or of another kind."""


def public_key(text: str) -> bytes:
    """Return the key that ``text`` says. Raises NotARecipient."""
    if text not in (text.lower(), text.upper()):
        raise NotARecipient("letters of both sizes")
    prefix, one, letters = text.lower().rpartition("1")
    values = [_LETTERS.find(letter) for letter in letters]
    if prefix != PREFIX or not one or -1 in values:
        raise NotARecipient("not of this kind")
    if _checksum(prefix, values) != 1:
        raise NotARecipient("mistyped")
    key = _octets(values[:-_CHECKSUM_LETTERS])
    if len(key) != _KEY_BYTES:
        raise NotARecipient("not as long as a key")
    return key


def _checksum(prefix: str, values: list[int]) -> int:
    high = [ord(letter) >> 5 for letter in prefix]
    low = [ord(letter) & 31 for letter in prefix]
    found = 1
    for value in (*high, 0, *low, *values):
        top, found = found >> 25, (found & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            found ^= generator if top >> bit & 1 else 0
    return found


def _octets(values: list[int]) -> bytes:
    """Join pieces of 5 bits; what is left over at the end has to be a few zeros."""
    whole = 0
    for value in values:
        whole = whole << 5 | value
    spare = len(values) * 5 % 8
    if spare > 4 or whole & ((1 << spare) - 1):
        raise NotARecipient("a wrong end")
    return (whole >> spare).to_bytes(len(values) * 5 // 8, "big")
