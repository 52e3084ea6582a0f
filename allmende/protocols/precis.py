"""Strings of people prepared for comparing: PRECIS. RFC 8264, 8265, 8266.

Character classes are derived from Python's Unicode tables as RFC 8264, 8 says; nothing is taken
from a registry, so characters that Python does not know are refused (RFC 8264, 9.10).
"""

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Final

_LETTER_DIGITS: Final = frozenset(("Ll", "Lu", "Lo", "Nd", "Lm", "Mn", "Mc"))
_FREE: Final = frozenset(
    ["Lt", "Nl", "No", "Me", "Zs", "Sm", "Sc", "Sk", "So", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po"]
)  # RFC 8264, 9.14 to 9.18
_VALID: Final = frozenset("\u00df\u03c2\u06fd\u06fe\u0f0b\u3007")  # 9.6
_INVALID: Final = frozenset("\u0640\u07fa\u302e\u302f\u3031\u3032\u3033\u3034\u3035\u303b")
_ARABIC: Final = range(0x0660, 0x066A)
_EXTENDED: Final = range(0x06F0, 0x06FA)
_IGNORABLE: Final = (  # Default_Ignorable_Code_Point, which unicodedata does not have
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
_OLD_HANGUL: Final = ((0x1100, 0x11FF), (0xA960, 0xA97C), (0xD7B0, 0xD7FB))
_VIRAMA: Final = 9
_WIDTHS: Final = frozenset(("<wide>", "<narrow>"))
_RIGHT_TO_LEFT: Final = frozenset(("R", "AL", "AN"))
_IN_RTL: Final = frozenset(["R", "AL", "AN", "EN", "ES", "CS", "ET", "ON", "BN", "NSM"])
_IN_LTR: Final = frozenset(["L", "EN", "ES", "CS", "ET", "ON", "BN", "NSM"])
MAX_CHARS: Final = 1023


class PrecisRefused(ValueError):
    """The string is empty, or holds something that its profile does not allow."""


@lru_cache(maxsize=4096)
def username_case_mapped(text: str) -> str:
    """Return a name as it is compared (RFC 8265, 3.3). Raises PrecisRefused."""
    if text.isascii():
        if not text or not all("!" <= char <= "~" for char in text):
            raise PrecisRefused("not a name")
        return text.lower()
    return _stable(text, _username)


def opaque_string(text: str) -> str:
    """Return a string with its case and spaces (RFC 8265, 4.2). Raises PrecisRefused."""
    if text.isascii() and text.isprintable() and text:
        return text
    return _stable(text, _opaque)


def nickname(text: str) -> str:
    """Return a nickname as it is compared (RFC 8266, 2.4). Raises PrecisRefused."""
    return _stable(text, lambda one: _nickname(one).casefold())


def shown_nickname(text: str) -> str:
    """Return a nickname as it is shown (RFC 8266, 2.3). Raises PrecisRefused."""
    return _stable(text, _nickname)


def _stable(text: str, prepare: Callable[[str], str]) -> str:
    """Apply the rules until nothing changes, at most four times (RFC 8264, 7)."""
    if not 0 < len(text) <= MAX_CHARS:
        raise PrecisRefused("empty or too long")
    for _ in range(4):
        prepared = prepare(text)
        if prepared == text:
            return text
        text = prepared
    raise PrecisRefused("not stable")


def _username(text: str) -> str:
    mapped = "".join(_narrow(char) for char in text)
    prepared = unicodedata.normalize("NFC", mapped.lower())
    _require(prepared, free=False)
    _require_direction(prepared)
    return prepared


def _opaque(text: str) -> str:
    prepared = unicodedata.normalize("NFC", "".join(_plain_space(char) for char in text))
    _require(prepared, free=True)
    return prepared


def _nickname(text: str) -> str:
    spaced = "".join(_plain_space(char) for char in text)
    prepared = unicodedata.normalize("NFKC", " ".join(spaced.split(" ")).strip(" "))
    prepared = " ".join(part for part in prepared.split(" ") if part)
    _require(prepared, free=True)
    return prepared


def _narrow(char: str) -> str:
    kind = unicodedata.decomposition(char).partition(" ")[0]
    return unicodedata.normalize("NFKC", char) if kind in _WIDTHS else char


def _plain_space(char: str) -> str:
    return " " if unicodedata.category(char) == "Zs" else char


def _require(text: str, *, free: bool) -> None:
    """Raise PrecisRefused unless all is of the FreeformClass, or of the IdentifierClass."""
    if not text:
        raise PrecisRefused("empty")
    for place, char in enumerate(text):
        if not _is_allowed(text, place, char, free=free):
            raise PrecisRefused(f"U+{ord(char):04X}")


def _is_allowed(text: str, place: int, char: str, *, free: bool) -> bool:
    """The order is that of RFC 8264, 8."""
    code = ord(char)
    if char in _VALID:
        return True
    if char in _INVALID:
        return False
    rule = _CONTEXT.get(code)
    if rule is not None:
        return rule(text, place)
    category = unicodedata.category(char)
    if 0x21 <= code <= 0x7E:
        return True
    if category in ("Cn", "Cs", "Co", "Cc") or _within(code, _OLD_HANGUL):
        return False
    if _within(code, _IGNORABLE) or code & 0xFFFE == 0xFFFE:
        return False
    if unicodedata.normalize("NFKC", char) != char:
        return free
    return category in _LETTER_DIGITS or (free and category in _FREE)


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in ranges)


def _require_direction(text: str) -> None:
    """RFC 5893, 2, where anything is written from right to left."""
    kinds = [unicodedata.bidirectional(char) for char in text]
    if not _RIGHT_TO_LEFT.intersection(kinds):
        return
    last = next((kind for kind in reversed(kinds) if kind != "NSM"), "")
    if kinds[0] in ("R", "AL"):
        fits = _IN_RTL.issuperset(kinds) and last in ("R", "AL", "EN", "AN")
        fits = fits and not {"EN", "AN"}.issubset(kinds)
    else:
        fits = kinds[0] == "L" and _IN_LTR.issuperset(kinds) and last in ("L", "EN")
    if not fits:
        raise PrecisRefused("direction")


# --- contexts: RFC 5892, appendix A ---------------------------------------------------------


def _joiner(text: str, place: int) -> bool:
    return place > 0 and unicodedata.combining(text[place - 1]) == _VIRAMA


def _middle_dot(text: str, place: int) -> bool:
    return text[place - 1 : place] == "l" and text[place + 1 : place + 2] == "l"


def _before_greek(text: str, place: int) -> bool:
    return unicodedata.name(text[place + 1 : place + 2] or " ", "").startswith("GREEK")


def _after_hebrew(text: str, place: int) -> bool:
    return place > 0 and unicodedata.name(text[place - 1], "").startswith("HEBREW")


def _among_kana(text: str, _place: int) -> bool:
    return any(
        unicodedata.name(char, "").startswith(("HIRAGANA", "KATAKANA LETTER", "CJK UNIFIED"))
        for char in text
    )


def _arabic_digit(text: str, _place: int) -> bool:
    return not any(ord(char) in _EXTENDED for char in text)


def _extended_digit(text: str, _place: int) -> bool:
    return not any(ord(char) in _ARABIC for char in text)


_CONTEXT: Final[dict[int, Callable[[str, int], bool]]] = {
    0x200C: _joiner,
    0x200D: _joiner,
    0x00B7: _middle_dot,
    0x0375: _before_greek,
    0x05F3: _after_hebrew,
    0x05F4: _after_hebrew,
    0x30FB: _among_kana,
    **dict.fromkeys(_ARABIC, _arabic_digit),
    **dict.fromkeys(_EXTENDED, _extended_digit),
}
