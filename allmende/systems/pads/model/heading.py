"""What a pad is called where nobody gave it a title: its first line (spec pads, P-20)."""

from collections.abc import Iterator
from typing import Any, Final

import pycrdt

from allmende.systems.pads.model.document import ROOT
from allmende.systems.pads.model.pad import Kind

MAX_TITLE_CHARS: Final = 120
_MOST_NODES: Final = 200
_MOST_DEPTH: Final = 50


def title_of(doc: pycrdt.Doc[Any], kind: Kind) -> str:
    """Return the first line with something in it, shortened. Looks at the beginning only."""
    for text in _texts(doc, kind):
        for line in text.splitlines():
            clean = "".join(char for char in line.lstrip("# \t") if char.isprintable()).strip()
            if clean:
                return _shortened(clean)
    return ""


def _texts(doc: pycrdt.Doc[Any], kind: Kind) -> Iterator[str]:
    if kind is Kind.TEXT:
        yield str(doc.get(ROOT, type=pycrdt.Text))
        return
    waiting: list[tuple[Any, int]] = [(doc.get(ROOT, type=pycrdt.XmlFragment), 0)]
    seen = 0
    while waiting and seen < _MOST_NODES:
        node, depth = waiting.pop()
        seen += 1
        if isinstance(node, pycrdt.XmlText):
            # str() would show marks as markup, unescaped.
            yield "".join(piece for piece, _ in node.diff() if isinstance(piece, str))
        elif depth < _MOST_DEPTH:
            waiting += [(child, depth + 1) for child in reversed(_first(node))]


def _first(node: Any) -> list[Any]:
    return [child for child, _ in zip(node.children, range(_MOST_NODES), strict=False)]


def _shortened(line: str) -> str:
    if len(line) <= MAX_TITLE_CHARS:
        return line
    return line[: MAX_TITLE_CHARS - 1].rstrip() + "…"
