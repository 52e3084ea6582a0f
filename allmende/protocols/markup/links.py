"""Which addresses a link may have: http, https and mailto, in one spelling."""

import re
from typing import Final

MAX_HREF_CHARS: Final = 2_000

_ALLOWED: Final = re.compile(r"https?://[^/?#]|mailto:[^?]", re.IGNORECASE)
_AROUND: Final = "".join(map(chr, range(0x21))) + "\xa0"
_UNSEEN: Final = str.maketrans("", "", "\t\n\r")
# What would end an address in Markdown or HTML, what nobody sees, and what turns the direction.
_UNSAFE: Final = re.compile(
    r"[\x00-\x20\x7f-\xa0\"<>\\^`{|}\u061c\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000"
    r"\ufeff\ud800-\udfff]"
)


def clean_href(address: str) -> str | None:
    """Return ``address`` with what is unsafe percent-encoded, or None where it may not be a link.

    Like a browser it does not see tabs and ends of lines, nor blanks around the address (WHATWG
    URL, 4.4). Clean addresses come back as they are.
    """
    if len(address) > 2 * MAX_HREF_CHARS:
        return None
    stripped = address.strip(_AROUND).translate(_UNSEEN)
    if not _ALLOWED.match(stripped):
        return None
    scheme, _, rest = stripped.partition(":")
    encoded = f"{scheme.lower()}:{_UNSAFE.sub(_percent, rest)}"
    return encoded if len(encoded) <= MAX_HREF_CHARS else None


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{octet:02X}" for octet in found.group().encode("utf-8", "replace"))
