"""HTML of any size and shape -> HTML with few open elements, in linear time.

The parser of nh3 builds the tree of the HTML standard, which looks through all open elements at
many tags: 200 kB of nested ``<div>`` take it seconds. Here elements deeper than ``MAX_OPEN`` and
those that are not wanted lose their tags, and the end of an element that is not open is dropped.
"""

from collections.abc import Iterator, Mapping, Set
from html import escape
from typing import Final

from allmende.protocols.markup.html.tokens import Characters, End, Start, html_tokens

MAX_OPEN: Final = 200

_VOID: Final = frozenset({"br", "hr", "img", "input"})
# The parser ends these by itself where others begin.
_ENDS_ITSELF: Final = frozenset(
    {"p", "li", "dd", "dt", "tr", "td", "th", "thead", "tbody", "tfoot"}
)


def tamed(source: str, wanted: Mapping[str, Set[str]], gone: Set[str]) -> str:
    """Return ``source`` with the elements and attributes of ``wanted``.

    Other elements lose their tags, those of ``gone`` also all that is in them.
    """
    return "".join(_tamed(source, wanted, gone))


def _tamed(source: str, wanted: Mapping[str, Set[str]], gone: Set[str]) -> Iterator[str]:
    lost = _Lost(gone)
    open_names: list[str] = []
    for token in html_tokens(source):
        if lost.takes(token):
            continue
        match token:
            case Characters(text):
                yield escape(text, quote=False)
            case Start(name) if name in wanted:
                yield from _started(token, wanted[name], open_names)
            case End(name) if name in wanted:
                yield from _ended(name, open_names)


def _started(token: Start, attributes: Set[str], open_names: list[str]) -> Iterator[str]:
    name = token.name
    if name not in _VOID and name not in _ENDS_ITSELF:
        if len(open_names) >= MAX_OPEN:
            return
        open_names.append(name)
    kept = "".join(
        f' {key}="{escape(value)}"' for key, value in token.attributes.items() if key in attributes
    )
    yield f"<{name}{kept}>"


def _ended(name: str, open_names: list[str]) -> Iterator[str]:
    if name in _ENDS_ITSELF or name == "br":
        yield f"</{name}>"
    elif name in open_names:
        while open_names[-1] != name:
            yield f"</{open_names.pop()}>"
        yield f"</{open_names.pop()}>"


class _Lost:
    """Counts how deep inside an unwanted element the tokens are."""

    def __init__(self, gone: Set[str]) -> None:
        self._gone = gone
        self._name = ""
        self._depth = 0

    def takes(self, token: Start | End | Characters) -> bool:
        """Return whether ``token`` belongs to an element that is gone."""
        if isinstance(token, Characters):
            return self._depth > 0
        if not self._depth and isinstance(token, Start) and token.name in self._gone:
            self._name, self._depth = token.name, 1
            return True
        if not self._depth:
            return token.name in self._gone
        if token.name == self._name:
            self._depth += 1 if isinstance(token, Start) else -1
        return True
