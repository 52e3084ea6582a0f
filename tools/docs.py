"""Docs are tests (architecture, A39): pages made from the code, and links that lead somewhere.

``python -m tools.docs --write`` writes them; without it they are compared.
"""

import dataclasses
import importlib
import inspect
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

import click

from allmende.cli import main as command
from allmende.config.example import page as configuration
from allmende.core.events import Fact, Signal, fact_name
from tools.files import ROOT, project_files

LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#L?(\d+))?\)")
EVENTS = """# Events

Facts are rows of the log, told after the commit, at least once, and carry ids only. Signals pass
and are never stored. Made from the dataclasses by `python -m tools.docs --write`.

| event | kind | carries | means |
| --- | --- | --- | --- |
"""
COMMANDS = """# Commands

`allmende COMMAND --help` says the same. Made from the code by `python -m tools.docs --write`.
Exit codes: 0 good, 1 refused or broken, 2 wrong usage.
"""


def events() -> str:
    """Return ``docs/events.md``."""
    rows = []
    for path in project_files("events.py", below="allmende"):
        module = importlib.import_module(".".join(path.with_suffix("").parts))
        for kind in vars(module).values():
            if inspect.isclass(kind) and kind.__module__ == module.__name__:
                rows += list(_event(kind))
    return EVENTS + "\n".join(sorted(rows)) + "\n"


def _event(kind: type) -> Iterator[str]:
    if not issubclass(kind, Fact | Signal) or kind in (Fact, Signal):
        return
    carried = ", ".join(f.name for f in dataclasses.fields(kind) if f.name != "at") or "-"
    meaning = (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")
    sort = "fact" if issubclass(kind, Fact) else "signal"
    yield f"| `{fact_name(kind)}` | {sort} | {carried} | {meaning} |"


def commands() -> str:
    """Return ``docs/commands.md``."""
    return COMMANDS + "".join(_help(command, "allmende", None))


def _help(known: click.Command, name: str, above: click.Context | None) -> Iterator[str]:
    context = click.Context(known, info_name=name, parent=above, terminal_width=88)
    path = context.command_path
    yield f"\n## {path}\n\n```text\n{known.get_help(context)}\n```\n"
    if isinstance(known, click.Group):
        for below in sorted(known.commands):
            yield from _help(known.commands[below], below, context)


def pages() -> Mapping[str, str]:
    """Return every page that is made from the code."""
    return {
        "docs/commands.md": commands(),
        "docs/configuration.md": configuration(),
        "docs/events.md": events(),
    }


def dead_links(path: PurePosixPath, text: str) -> Iterator[str]:
    """Yield links of a page to files, or lines of files, that are not there."""
    for target, line in LINK.findall(text):
        file = ROOT / path.parent / target
        if not file.exists():
            yield f"{path}: {target} does not exist"
        elif line and len(file.read_text(encoding="utf-8").splitlines()) < int(line):
            yield f"{path}: {target} has no line {line}"


def main(arguments: Sequence[str]) -> int:
    """Write or compare; exit code 1 if a page is not up to date or a link is dead."""
    found: list[str] = []
    for name, text in pages().items():
        file = ROOT / name
        if "--write" in arguments:
            file.write_text(text, encoding="utf-8")
        elif not file.exists() or file.read_text(encoding="utf-8") != text:
            found.append(f"{name} is not up to date: python -m tools.docs --write")
    for path in project_files(".md"):
        found += dead_links(PurePosixPath(path), (ROOT / path).read_text(encoding="utf-8"))
    print("\n".join(found) or "docs: good")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
