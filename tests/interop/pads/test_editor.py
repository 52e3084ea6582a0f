"""A stock TipTap editor with ``@tiptap/y-tiptap`` opens what Python made, and the other way."""

import base64
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pycrdt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allmende.protocols.markup.links import clean_href
from allmende.protocols.markup.markdown.reading import read_markdown
from allmende.protocols.markup.schema import normalised
from allmende.protocols.markup.tree import (
    Block,
    Blocks,
    Cell,
    CodeBlock,
    HardBreak,
    Heading,
    Inline,
    Inlines,
    ListItem,
    OrderedList,
    Paragraph,
    Raw,
    Row,
    TaskItem,
    Text,
)
from allmende.systems.pads.model.content import tree_of, write_tree
from allmende.systems.pads.model.pad import Kind
from tests.protocols.markup.trees import trees

pytestmark = [pytest.mark.interop, pytest.mark.slow]

HOUSE = Path(__file__).parents[3]
EDITOR = Path(__file__).parent / "js" / "editor.mjs"
EVERYTHING = """\
# Plenum *am* Montag

Text **fett _beides_** ~~weg~~ `code` <u>unter</u> H<sub>2</sub>O x<sup>2</sup> [Link](https://a.de/?b=1&c=2)\\
neue Zeile 😀

- eins
  1. innen

     > Zitat
- zwei

3. drei

- [ ] offen
- [x] getan

```python
print("a")

```

| a | b |
| --- | --- |
| 1 | **2** |

---

<details>roh</details>
"""


def edited(cases: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the editor made of each case."""
    done = subprocess.run(
        ["node", str(EDITOR)],
        cwd=HOUSE,
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def update_of(blocks: Blocks) -> str:
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    write_tree(doc, Kind.RICH, blocks)
    return base64.b64encode(doc.get_update()).decode()


def tree_in(update: str) -> Blocks:
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    doc.apply_update(base64.b64decode(update))
    return tree_of(doc, Kind.RICH)


def node(name: str, content: list[dict[str, Any]], **attributes: Any) -> dict[str, Any]:
    """A node as ProseMirror's JSON has it: attributes that are null are not compared."""
    made: dict[str, Any] = {"type": name}
    if kept := {key: value for key, value in attributes.items() if value is not None}:
        made["attrs"] = kept
    if content:
        made["content"] = content
    return made


def json_of(block: Block | ListItem | TaskItem | Row | Cell) -> dict[str, Any]:
    match block:
        case Paragraph(content):
            return node(block.NAME, inline_json(content))
        case Heading(level, content):
            return node(block.NAME, inline_json(content), level=level)
        case CodeBlock(text, language):
            return node(block.NAME, inline_json((Text(text),)), language=language)
        case Raw(text):
            return node(block.NAME, inline_json((Text(text),)))
        case Cell():
            cells = [json_of(each) for each in block.blocks]
            return node(block.name, cells, colspan=block.colspan, rowspan=block.rowspan)
        case OrderedList():
            return node(block.NAME, [json_of(each) for each in block.items], start=block.start)
        case TaskItem():
            inner = [json_of(each) for each in block.blocks]
            return node(block.NAME, inner, checked=block.checked)
        case _:
            names = ("blocks", "items", "rows", "cells")
            parts = next((getattr(block, name) for name in names if hasattr(block, name)), ())
            return node(block.NAME, [json_of(each) for each in parts])


def inline_json(content: Inlines) -> list[dict[str, Any]]:
    return [piece_json(piece) for piece in content if piece != Text("")]


def piece_json(piece: Inline) -> dict[str, Any]:
    if isinstance(piece, HardBreak):
        return {"type": piece.NAME}
    marks: list[dict[str, Any]] = [{"type": str(mark)} for mark in piece.marks]
    if piece.link:
        marks.append({"type": "link", "attrs": {"href": clean_href(piece.link)}})
    made: dict[str, Any] = {"type": "text", "text": piece.text}
    return {**made, "marks": sorted(marks, key=str)} if marks else made


def comparable(found: Any) -> Any:
    """The JSON without null attributes, and without where a link opens."""
    if isinstance(found, list):
        return [comparable(each) for each in found]
    if not isinstance(found, dict):
        return found
    made = {key: comparable(value) for key, value in found.items()}
    if "attrs" in made:
        shown = {"target", "rel"} if made.get("type") == "link" else set()
        kept = {k: v for k, v in made.pop("attrs").items() if v is not None and k not in shown}
        made |= {"attrs": kept} if kept else {}
    if "marks" in made:
        made["marks"] = sorted(made["marks"], key=str)
    return made


def json_document(blocks: Blocks) -> dict[str, Any]:
    return node("doc", [json_of(block) for block in blocks] or [{"type": "paragraph"}])


def agree(documents: Sequence[Blocks]) -> None:
    """Both open what the other made, and nobody changes anything on the way."""
    python_made = [{"update": update_of(blocks)} for blocks in documents]
    editor_made = [{"apply": json_document(blocks)} for blocks in documents]
    found = edited([*python_made, *editor_made])
    for blocks, opened in zip(documents, found[: len(documents)], strict=True):
        assert comparable(opened["json"]) == json_document(blocks)
        assert opened["written"] == 0
        assert opened["checked"]
        assert tree_in(opened["update"]) == blocks
    for blocks, made in zip(documents, found[len(documents) :], strict=True):
        # An editor that is told to be empty has nothing to write.
        assert tree_in(made["update"]) == (() if blocks == (Paragraph(),) else blocks)


def test_the_editor_and_python_read_each_other_over_the_whole_schema() -> None:
    agree([read_markdown(EVERYTHING), (), (Paragraph(),)])


@settings(max_examples=2, suppress_health_check=list(HealthCheck))
@given(st.lists(trees.map(normalised), min_size=25, max_size=25))
def test_the_editor_and_python_read_each_other_for_any_tree(documents: list[Blocks]) -> None:
    agree(documents)


def test_typing_into_a_document_made_by_python_changes_only_what_was_typed() -> None:
    blocks = read_markdown(EVERYTHING)
    (found,) = edited([{"update": update_of(blocks), "type": "A"}])
    heading, *others = tree_in(found["update"])
    assert heading == Heading(1, (Text("APlenum "), *blocks[0].content[1:]))  # type: ignore[union-attr]
    assert tuple(others) == blocks[1:]
    assert found["typed"] < 40
