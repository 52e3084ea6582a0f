"""Checks ``docs/protocols.toml`` and writes ``docs/protocols.md`` (architecture, A40).

Each cited document is in the index; each "yes" or "partial" is cited below ``where`` and proven
by an existing test. ``python -m tools.protocols --write`` writes the page.
"""

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.files import ROOT, project_files

CITED = re.compile(r"\b(RFC|XEP-)\s?(\d{3,5})\b")
STATUS = ("yes", "partial", "no", "later")
HEAD = """# Standards

What Allmende does of each standard. Made from `docs/protocols.toml` by
`python -m tools.protocols --write`; a check compares it with the code.

| document | status | where | proof | deviation |
| --- | --- | --- | --- | --- |
"""


def cited_in(text: str) -> set[str]:
    """Return the documents that a source file names, as ``RFC 3550``."""
    return {f"{kind} {number}" if kind == "RFC" else kind + number
            for kind, number in CITED.findall(text)}  # fmt: skip


def problems(
    documents: Sequence[Mapping[str, Any]], cited: Mapping[str, set[str]]
) -> Iterator[str]:
    """Yield what is wrong. ``cited``: for each document the files that name it."""
    known = {document["id"] for document in documents}
    for name, files in sorted(cited.items()):
        if name not in known:
            yield f"{name} is cited in {min(files)} but not in docs/protocols.toml"
    for document in documents:
        yield from _wrong(document, cited.get(document["id"], set()))


def _wrong(document: Mapping[str, Any], cited: set[str]) -> Iterator[str]:
    name, status = document["id"], document.get("status")
    if status not in STATUS:
        yield f"{name}: status {status} is none of {', '.join(STATUS)}"
    if status not in ("yes", "partial"):
        return
    where, proof = document.get("where", []), document.get("proof", [])
    if not any(file.startswith(tuple(where)) for file in cited):
        yield f"{name}: nothing below {', '.join(where) or 'where'} cites it"
    if not proof:
        yield f"{name}: no proof"
    for path in (*where, *proof):
        if not (ROOT / path).exists():
            yield f"{name}: {path} does not exist"
    if status == "partial" and not document.get("deviation"):
        yield f"{name}: partial without a deviation"


def page(documents: Sequence[Mapping[str, Any]]) -> str:
    """Return ``docs/protocols.md``."""
    rows = [
        f"| {d['id']} {d.get('title', '')} | {d['status']} | {' '.join(d.get('where', []))} "
        f"| {' '.join(d.get('proof', []))} | {d.get('deviation', '')} |"
        for d in documents
    ]
    return HEAD + "\n".join(rows) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Check, and write the page if asked; exit code 1 if anything is wrong."""
    index = tomllib.loads((ROOT / "docs/protocols.toml").read_text(encoding="utf-8"))
    documents = sorted(index["document"], key=lambda document: _order(document["id"]))
    cited: dict[str, set[str]] = {}
    for path in project_files(".py", below="allmende"):
        for name in cited_in((ROOT / path).read_text(encoding="utf-8")):
            cited.setdefault(name, set()).add(str(path))
    found = list(problems(documents, cited))
    target = ROOT / "docs/protocols.md"
    if "--write" in arguments:
        target.write_text(page(documents), encoding="utf-8")
    elif not target.exists() or target.read_text(encoding="utf-8") != page(documents):
        found.append("docs/protocols.md is not up to date: python -m tools.protocols --write")
    print("\n".join(found) or "protocols: good")
    return bool(found)


def _order(name: str) -> tuple[str, int]:
    number = re.search(r"\d+", name)
    return name.split()[0], int(number[0]) if number else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
