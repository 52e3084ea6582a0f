"""Text with marks as Markdown.

``**`` is bold, ``_`` italic, ``~~`` strike. Where CommonMark would not see such a delimiter as
one (6.2: ``**bold **text``), and for underline, subscript and superscript, which it does not
have, HTML says it: ``<strong> <em> <s> <u> <sub> <sup>``. A new line in the same block is a
backslash, at the end of a block and in one-line blocks ``<br>``.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from markdown_it.common.utils import isWhiteSpace

from allmende.protocols.markup.markdown.escaping import code_span, destination, escaped
from allmende.protocols.markup.tree import HardBreak, Inlines, Mark, Text

_DELIMITERS: Final = {Mark.BOLD: "**", Mark.ITALIC: "_", Mark.STRIKE: "~~"}
_TAGS: Final = {
    Mark.BOLD: "strong",
    Mark.ITALIC: "em",
    Mark.STRIKE: "s",
    Mark.UNDERLINE: "u",
    Mark.SUBSCRIPT: "sub",
    Mark.SUPERSCRIPT: "sup",
}
_ORDER: Final = tuple(_TAGS)


class _Wrap(NamedTuple):
    """A mark, or a link where ``mark`` is None."""

    mark: Mark | None
    href: str = ""


@dataclass(slots=True)
class _Event:
    """A piece of the line: text, or the beginning or end of a wrap and where its other end is."""

    source: str
    wrap: _Wrap | None = None
    partner: int = -1
    opens: bool = False
    text: str = ""


def spans(content: Inlines, *, one_line: bool = False) -> str:
    """Return ``content`` as Markdown; ``one_line``: for headings and cells of tables."""
    lines: list[list[Text]] = [[]]
    for piece in content:
        if isinstance(piece, HardBreak):
            lines.append([])
        else:
            lines[-1].append(piece)
    last_said = max((number for number, line in enumerate(lines) if line), default=-1)
    parts = []
    for number, line in enumerate(lines):
        in_tag = one_line or number > last_said
        if number:
            parts.append("<br>" if in_tag else "\\\n")
        before = ">" if one_line and number else ""
        after = "" if number == len(lines) - 1 else "\\"
        parts.append(_line(line, before, after, one_line=one_line))
    return "".join(parts)


def _line(texts: Sequence[Text], before: str, after: str, *, one_line: bool) -> str:
    """Return one line; ``before`` and ``after`` are the characters around it."""
    events = _events(texts, one_line)
    for number, event in enumerate(events):
        if event.opens and event.wrap:
            _decide(events, number, event.wrap, before, after)
    return "".join(event.source for event in events)


def _events(texts: Sequence[Text], one_line: bool) -> list[_Event]:
    """Nest the wraps: of those that begin at one place the longest is the outermost."""
    wanted = [_wraps(text) for text in texts]
    ends = _ends(wanted)
    events: list[_Event] = []
    stack: list[int] = []
    for number, text in enumerate(texts):
        _close_to(events, stack, wanted[number])
        opened = {events[index].wrap for index in stack}
        missing = [wrap for wrap in wanted[number] if wrap not in opened]
        for wrap in sorted(missing, key=lambda wrap: -ends[number][wrap]):
            stack.append(len(events))
            events.append(_Event("", wrap, opens=True))
        at_start, at_end = number == 0, number == len(texts) - 1
        if Mark.CODE in text.marks:
            source = code_span(text.text)
        else:
            source = escaped(text.text, starts=at_start, ends=at_end, in_block=not one_line)
        events.append(_Event(source, text=text.text))
    _close_to(events, stack, ())
    return events


def _wraps(text: Text) -> Sequence[_Wrap]:
    marks = [_Wrap(mark) for mark in _ORDER if mark in text.marks]
    return [_Wrap(None, text.link), *marks] if text.link is not None else marks


def _ends(wanted: Sequence[Sequence[_Wrap]]) -> Sequence[Mapping[_Wrap, int]]:
    """Return for each text and each of its wraps the text before which that wrap ends."""
    found: list[Mapping[_Wrap, int]] = []
    later: Mapping[_Wrap, int] = {}
    for number in range(len(wanted) - 1, -1, -1):
        later = {wrap: later.get(wrap, number + 1) for wrap in wanted[number]}
        found.append(later)
    return found[::-1]


def _close_to(events: list[_Event], stack: list[int], wanted: Sequence[_Wrap]) -> None:
    """End the outermost wrap that is not wanted any more, and all inside it."""
    keep = 0
    while keep < len(stack) and events[stack[keep]].wrap in wanted:
        keep += 1
    while len(stack) > keep:
        opening = stack.pop()
        events[opening].partner = len(events)
        events.append(_Event("", events[opening].wrap, opening))


def _decide(events: list[_Event], number: int, wrap: _Wrap, before: str, after: str) -> None:
    """Choose how the wrap that begins at ``number`` is written."""
    opening = events[number]
    closing = events[opening.partner]
    if wrap.mark is None:
        opening.source, closing.source = "[", f"]({destination(wrap.href)})"
        if opening.partner == number + 2 and events[number + 1].text == wrap.href:
            opening.source, events[number + 1].source, closing.source = "<", wrap.href, ">"
        return
    if wrap.mark in _DELIMITERS and _is_seen(events, number, before, after):
        opening.source = closing.source = _DELIMITERS[wrap.mark]
    else:
        opening.source, closing.source = f"<{_TAGS[wrap.mark]}>", f"</{_TAGS[wrap.mark]}>"


def _is_seen(events: Sequence[_Event], number: int, before: str, after: str) -> bool:
    """Return whether delimiters here are seen as what they are (CommonMark 0.31, 6.2)."""
    end = events[number].partner
    in_word = events[number].wrap != _Wrap(Mark.ITALIC)
    left, right = _neighbour(events, number - 1, -1, before), _neighbour(events, number + 1, 0, "")
    opens = _flanks(right, left) and (in_word or not _flanks(left, right) or _is_mark(left))
    left, right = _neighbour(events, end - 1, -1, ""), _neighbour(events, end + 1, 0, after)
    return (
        opens and _flanks(left, right) and (in_word or not _flanks(right, left) or _is_mark(right))
    )


def _neighbour(events: Sequence[_Event], number: int, edge: int, outside: str) -> str:
    """Return the character there; whatever begins or ends a wrap is punctuation."""
    if not 0 <= number < len(events):
        return outside
    return "*" if events[number].wrap else events[number].source[edge]


def _flanks(inner: str, outer: str) -> bool:
    return not _is_blank(inner) and (not _is_mark(inner) or _is_blank(outer) or _is_mark(outer))


def _is_blank(character: str) -> bool:
    return not character or isWhiteSpace(ord(character))


def _is_mark(character: str) -> bool:
    return bool(character) and unicodedata.category(character)[0] in "PS"
