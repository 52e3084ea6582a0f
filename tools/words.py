"""One word, one meaning (architecture, A11): the forbidden words of ``docs/words.md``.

Looks at names in Python code (classes, functions, arguments, fields) and at the texts of the
catalogues. Words of protocols stay in ``protocols/``, ``media/`` and ``wire.py``.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.files import ROOT, project_files

ROW = re.compile(r"^\| (?P<en>[^|]+) \| [^|]+ \| (?P<texts>[^|]+) \| (?P<names>[^|]+) \|$")
PIECES = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
STRANGERS = ("allmende/protocols", "allmende/media")


def forbidden(page: str, column: str) -> Mapping[str, str]:
    """Return the words of ``column`` (texts, names), each with what is said instead."""
    found: dict[str, str] = {}
    for line in page.splitlines():
        row = ROW.match(line)
        if row is None or row["en"] in ("en", "---"):
            continue
        for word in row[column].split(","):
            if word.strip() != "-":
                found[word.strip().lower()] = row["en"]
    return found


def names_in(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and name of each thing that the code names itself."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.lineno, node.target.id


def wrong_names(path: Path, text: str, never: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each forbidden word in a name."""
    for line, name in names_in(text):
        for piece in PIECES.findall(name):
            if piece.lower() in never:
                yield f"{path}:{line}: {name} says {piece.lower()}, not {never[piece.lower()]}"


def wrong_texts(path: Path, text: str, never: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each forbidden word in a translated text."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(("msgstr", '"')):
            for word in re.findall(r"[\w-]+", line):
                if word.lower() in never:
                    yield f"{path}:{number}: {word}, not {never[word.lower()]}"


def main() -> int:
    """Print wrong words; exit code 1 if there are any."""
    page = (ROOT / "docs/words.md").read_text(encoding="utf-8")
    in_texts, in_names = forbidden(page, "texts"), forbidden(page, "names")
    found: list[str] = []
    for path in project_files(".py", ".po", below="allmende"):
        text = (ROOT / path).read_text(encoding="utf-8")
        if path.suffix == ".po":
            found += wrong_texts(path, text, in_texts)
        elif not str(path).startswith(STRANGERS) and path.stem != "wire":
            found += wrong_names(path, text, in_names)
    print("\n".join(found) or "words: good")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
