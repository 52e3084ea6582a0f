"""Writes the example file and its page from the types and their docstrings."""

import ast
import inspect
import itertools
import textwrap
from collections.abc import Iterator
from typing import Any, Final

import msgspec.inspect
from msgspec import Struct
from msgspec.inspect import FloatType, IntType, StructType

from allmende.config.sections import Config

_WIDTH: Final = 96
_HEAD: Final = (
    "Everything has a default: an empty file works. A variable such as "
    "ALLMENDE__MEDIA__UDP_PORT=7900 wins over the file. An unknown key refuses the start."
)
_PAGE: Final = """# Configuration

One file, `allmende.toml`, given with `allmende serve --config allmende.toml`. This page is made
from the types in `allmende/config/sections.py` by `allmende config example`; a test compares.

```toml
{example}```
"""


def example() -> str:
    """Return ``allmende.toml`` with every key at its default, commented out."""
    return "\n".join((*_comment(_HEAD), "", *_section(Config, ""))) + "\n"


def page() -> str:
    """Return ``docs/configuration.md``."""
    return _PAGE.format(example=example())


def _section(section: type[Struct], name: str) -> Iterator[str]:
    """Yield the plain keys first, as TOML demands, then the sections below."""
    texts = _texts(section)
    described = msgspec.inspect.type_info(section)
    if not isinstance(described, StructType):
        raise TypeError(f"{section.__name__} is not a section")
    if name:
        yield from _comment(inspect.getdoc(section) or "")
        yield f"[{name}]"
    inner: list[tuple[str, type[Struct]]] = []
    for field in described.fields:
        if isinstance(field.type, StructType):
            inner.append((field.name, field.type.cls))
            continue
        yield from _comment(f"{texts[field.name]}{_range(field.type)}")
        yield f"# {field.name} = {_toml(field.default)}"
        yield ""
    for key, kind in inner:
        yield from _section(kind, key)


def _texts(section: type[Struct]) -> dict[str, str]:
    """Return the docstring below each key, on one line."""
    (tree,) = ast.parse(inspect.getsource(section)).body
    found: dict[str, str] = {}
    for key, text in itertools.pairwise(ast.iter_child_nodes(tree)):
        if (
            isinstance(key, ast.AnnAssign)
            and isinstance(key.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            found[key.target.id] = " ".join(str(text.value.value).split())
    return found


def _range(kind: object) -> str:
    if not isinstance(kind, IntType | FloatType):
        return ""
    if kind.gt is not None:
        return f" (more than {kind.gt:g})"
    if kind.le is not None:
        return f" ({kind.ge} to {kind.le})"
    return f" ({kind.ge} or more)" if kind.ge is not None else ""


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# ")
