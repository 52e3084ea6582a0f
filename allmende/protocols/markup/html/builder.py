"""Clean HTML -> blocks, tag by tag. No recursion: what is open lies on a stack."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, TypeAlias

from allmende.protocols.markup.html.line import Line
from allmende.protocols.markup.html.tokens import Characters, End, Start, html_tokens
from allmende.protocols.markup.tree import (
    MAX_DEPTH,
    Block,
    Blockquote,
    Blocks,
    BulletList,
    Cell,
    CodeBlock,
    Heading,
    HorizontalRule,
    ListItem,
    MarkupTooLarge,
    OrderedList,
    Paragraph,
    Raw,
    Row,
    Table,
    TaskItem,
    TaskList,
)

_LANGUAGE: Final = "language-"
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_FRAMES: Final = frozenset({"blockquote", "ul", "ol", "li", "table", "tr", "td", "th"})
_LISTS: Final = frozenset({"ul", "ol"})
_IN_TABLE: Final = frozenset({"table", "tr"})
_NUMBER: Final = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of a list; ``checked`` None: it is no task."""

    checked: bool | None
    made: "list[_Made]"


_Made: TypeAlias = Block | _Entry | Row | Cell


@dataclass(slots=True)
class _Frame:
    """An element that is open. ``heading``: what it interrupted; ``checked``: see ``_Entry``."""

    name: str
    attributes: Mapping[str, str]
    heading: int
    made: list[_Made] = field(default_factory=list)
    checked: bool | None = None


@dataclass(slots=True)
class _Preformatted:
    """A ``<pre>`` that is open, and others inside it."""

    is_raw: bool
    language: str | None = None
    open: int = 1
    parts: list[str] = field(default_factory=list)


class Builder:
    """Feed it clean HTML, then take the blocks with ``end``."""

    def __init__(self) -> None:
        self._frames = [_Frame("", {}, 0)]
        self._line = Line()
        self._heading = 0
        self._wants_block = False
        self._pre: _Preformatted | None = None

    def feed(self, source: str) -> None:
        """Read ``source``. Raises MarkupTooLarge."""
        for token in html_tokens(source):
            if self._pre is not None:
                self._preformatted(self._pre, token)
            elif isinstance(token, Characters):
                self._line.say(token.text)
            elif isinstance(token, Start):
                self._start(token)
            else:
                self._end(token.name)

    def end(self) -> Blocks:
        """Return the blocks of all that was read."""
        if self._pre is not None:
            self._end_pre(self._pre)
        self._flush()
        while len(self._frames) > 1:
            self._close()
        return _only(self._frames[0].made)

    def _start(self, tag: Start) -> None:
        name = tag.name
        if name == "input":
            self._box(tag.attributes)
        if self._line.start(name, tag.attributes):
            return
        self._flush()
        if name in _FRAMES:
            self._frames.append(_Frame(name, tag.attributes, self._heading))
            self._heading, self._wants_block = 0, False
            if len(self._frames) > MAX_DEPTH + 1:
                raise MarkupTooLarge(f"more than {MAX_DEPTH} blocks inside each other")
            if tag.attributes.get("data-type") == "taskItem":
                self._frames[-1].checked = tag.attributes.get("data-checked") in ("", "true")
        elif name == "hr":
            self._add(HorizontalRule())
        elif name == "pre":
            self._pre = _Preformatted("raw" in tag.attributes.get("class", "").split())
        elif name == "p" or name in _HEADINGS:
            self._heading = _HEADINGS.get(name, self._heading)
            self._wants_block = True

    def _end(self, name: str) -> None:
        if self._line.end(name):
            return
        self._flush(wanted=name == "p" or name in _HEADINGS)
        if name in _HEADINGS:
            self._heading = 0
        elif name in _FRAMES:
            while any(frame.name == name for frame in self._frames[1:]):
                if self._close() == name:
                    break

    def _box(self, attributes: Mapping[str, str]) -> None:
        """Take a box to tick at the beginning of an entry for a task."""
        frame = self._frames[-1]
        fresh = not frame.made and self._line.is_empty
        if attributes.get("type", "").lower() == "checkbox" and frame.name == "li" and fresh:
            frame.checked = "checked" in attributes

    def _preformatted(self, pre: _Preformatted, token: Start | End | Characters) -> None:
        match token:
            case Characters(text):
                pre.parts.append(text)
            case Start("br"):
                pre.parts.append("\n")
            case Start("code", attributes) if pre.language is None:
                names = [name for name in attributes.get("class", "").split() if name]
                named = [name for name in names if name.startswith(_LANGUAGE)]
                pre.language = named[0].removeprefix(_LANGUAGE) if named else None
            case Start("pre"):
                pre.open += 1
            case End("pre"):
                pre.open -= 1
        if not pre.open:
            self._end_pre(pre)

    def _end_pre(self, pre: _Preformatted) -> None:
        text = "".join(pre.parts).removesuffix("\n")
        self._pre = None
        self._add(Raw(text) if pre.is_raw else CodeBlock(text, pre.language))

    def _flush(self, *, wanted: bool = False) -> None:
        """End the line. ``wanted``: its element may have been empty on purpose."""
        pieces = self._line.take()
        if pieces or (wanted and self._wants_block):
            self._add(Heading(self._heading, pieces) if self._heading else Paragraph(pieces))

    def _add(self, block: Block) -> None:
        """Put ``block`` where it may be; beside the cells of a table is before the table."""
        self._wants_block = False
        frame = next(each for each in reversed(self._frames) if each.name not in _IN_TABLE)
        if frame.name not in _LISTS:
            frame.made.append(block)
        elif frame.made and isinstance(frame.made[-1], _Entry):
            frame.made[-1].made.append(block)
        else:
            frame.made.append(_Entry(None, [block]))

    def _close(self) -> str:
        """End the innermost element and return its name."""
        frame = self._frames.pop()
        self._heading, self._wants_block = frame.heading, False
        outer = self._frames[-1]
        match frame.name, outer.name:
            case "li", "ul" | "ol":
                outer.made.append(_Entry(frame.checked, frame.made))
            case "td" | "th", "tr":
                outer.made.append(_cell(frame))
            case "tr", "table":
                outer.made.append(Row(tuple(_cells(frame.made))))
            case _:
                for block in _blocks(frame):
                    self._add(block)
        return frame.name


def _blocks(frame: _Frame) -> Iterator[Block]:
    """Yield what an element is that stands by itself."""
    match frame.name:
        case "blockquote":
            yield Blockquote(_only(frame.made))
        case "ul":
            yield from _bullets(frame.made)
        case "ol":
            yield OrderedList(_items(frame.made), _number(frame.attributes, "start"))
        case "table":
            yield Table(tuple(each for each in frame.made if isinstance(each, Row)))
        case "tr":
            for cell in _cells(frame.made):
                yield from cell.blocks
        case _:
            yield from _only(frame.made)


def _only(made: Iterable[_Made]) -> Blocks:
    return tuple(each for each in made if not isinstance(each, _Entry | Row | Cell))


def _cell(frame: _Frame) -> Cell:
    return Cell(
        _only(frame.made),
        frame.name == "th",
        _number(frame.attributes, "colspan"),
        _number(frame.attributes, "rowspan"),
    )


def _cells(made: Iterable[_Made]) -> Iterator[Cell]:
    return (each for each in made if isinstance(each, Cell))


def _items(made: Iterable[_Made]) -> tuple[ListItem, ...]:
    return tuple(ListItem(_only(each.made)) for each in made if isinstance(each, _Entry))


def _bullets(made: Iterable[_Made]) -> Iterator[Block]:
    """Yield lists of tasks and of other entries in turn: the schema has no mixed ones."""
    entries = [each for each in made if isinstance(each, _Entry)]
    for is_task, group in groupby(entries, lambda each: each.checked is not None):
        if is_task:
            yield TaskList(tuple(TaskItem(bool(each.checked), _only(each.made)) for each in group))
        else:
            yield BulletList(_items(group))


def _number(attributes: Mapping[str, str], name: str) -> int:
    value = attributes.get(name, "")
    return int(value) if _NUMBER.fullmatch(value) else 1
