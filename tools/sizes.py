"""Sizes (architecture, A38): files <= 500 lines, TypeScript <= 400, functions <= 50.

There is no list of exceptions: what outgrows its size becomes a package of the same name.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.files import ROOT, project_files

MAX_LINES = {".py": 500, ".ts": 400, ".mjs": 400, ".c": 1000, ".css": 500, ".html": 500}
MAX_FUNCTION_LINES = 50


def too_large(path: Path, text: str) -> Iterator[str]:
    """Yield a sentence for each thing in ``text`` that is too large."""
    lines, most = len(text.splitlines()), MAX_LINES[path.suffix]
    if lines > most:
        yield f"{path}: {lines} lines, at most {most}"
    if path.suffix != ".py":
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            length = node.end_lineno - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                yield f"{path}:{node.lineno}: {node.name} has {length} lines, at most 50"


def main() -> int:
    """Print what is too large; exit code 1 if anything is."""
    found = [
        sentence
        for path in project_files(*MAX_LINES)
        for sentence in too_large(path, (ROOT / path).read_text(encoding="utf-8"))
    ]
    print("\n".join(found) or "sizes: good")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
