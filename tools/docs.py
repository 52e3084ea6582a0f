"""Docs are tests (architecture, A39): pages made from the code, and links that lead somewhere.

``python -m tools.docs --write`` writes them; without it they are compared.
"""

import asyncio
import dataclasses
import importlib
import inspect
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

import click
from starlette.routing import BaseRoute, Route, WebSocketRoute

from allmende.app import house
from allmende.cli import main as command
from allmende.config import load_config
from allmende.config.example import page as configuration
from allmende.core.clock import SystemClock
from allmende.core.events import Fact, Signal, fact_name
from allmende.core.permissions import BY_LINK, BY_ROLE, GUESTS_SHARE, Permission
from tools.files import ROOT, project_files

LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#L?(\d+))?\)")
EVENTS = """# Events

Facts are rows of the log, told after the commit, at least once, and carry ids only. Signals pass
and are never stored. Made from the dataclasses by `python -m tools.docs --write`.

| event | kind | carries | means |
| --- | --- | --- | --- |
"""
PERMISSIONS = """# Permissions

Who may do what in a group and its rooms, by role and by the right of a link. Made from
[core/permissions.py](../allmende/core/permissions.py) by `python -m tools.docs --write`.

"""
ROUTES = """# Addresses

Every path of a server with all systems, and which part of the code answers. Made from a running
house by `python -m tools.docs --write`.

| path | methods | answered by |
| --- | --- | --- |
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


def _help(known: click.Command, words: str, above: click.Context | None) -> Iterator[str]:
    context = click.Context(known, info_name=words, parent=above, terminal_width=88)
    path = context.command_path
    yield f"\n## {path}\n\n```text\n{known.get_help(context)}\n```\n"
    if isinstance(known, click.Group):
        for name in sorted(known.list_commands(context)):
            below = known.get_command(context, name)
            if below is not None:
                yield from _help(below, name, context)


def permissions() -> str:
    """Return ``docs/permissions.md``."""
    columns = [*BY_ROLE.items(), *BY_LINK.items()]
    names = [f"role {name}" for name in BY_ROLE] + [f"link {name}" for name in BY_LINK]
    rows = [
        f"| `{permission}` | "
        + " | ".join("yes" if permission in given else "-" for _, given in columns)
        + " |"
        for permission in Permission
    ]
    head = [f"| permission | {' | '.join(names)} |", "| --- |" + " --- |" * len(names)]
    shared = ", ".join(f"`{each}`" for each in sorted(GUESTS_SHARE))
    note = f"\nWhere the room says so, guests who may speak have {shared} besides.\n"
    return PERMISSIONS + "\n".join([*head, *rows]) + "\n" + note


def routes() -> str:
    """Return ``docs/routes.md``; opens a house in a folder that is gone afterwards."""

    async def opened() -> Sequence[BaseRoute]:
        with tempfile.TemporaryDirectory() as folder:
            overrides = {"data": folder, "web.port": 0, "media.udp_port": 0, "media.tcp_port": 0}
            config = load_config(None, {}, {**overrides, "media.packets_per_second": 30_000})
            async with house(config, SystemClock()) as running:
                return running.app.routes

    rows = [row for route in asyncio.run(opened()) for row in _route(route)]
    return ROUTES + "\n".join(sorted(set(rows))) + "\n"


def _route(route: BaseRoute) -> Iterator[str]:
    if isinstance(route, Route):
        methods = " ".join(sorted((route.methods or set()) - {"HEAD"}))
    elif isinstance(route, WebSocketRoute):
        methods = "WebSocket"
    else:
        return
    answered = getattr(route.endpoint, "__module__", "")
    yield f"| `{route.path}` | {methods} | `{answered.removeprefix('allmende.')}` |"


def pages() -> Mapping[str, str]:
    """Return every page that is made from the code."""
    return {
        "docs/commands.md": commands(),
        "docs/configuration.md": configuration(),
        "docs/events.md": events(),
        "docs/permissions.md": permissions(),
        "docs/routes.md": routes(),
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
