"""Somebody in a browser who does what a test says, line by line (tests/browser/remote.mjs)."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from tests.servers import HOUSE

_ANSWER_S: Final = 90.0


class OrderFailed(AssertionError):
    """The page could not do it; the text is all it said."""


class Page:
    """One browser window. ``tell`` waits until the order is carried out."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def tell(self, order: str, **facts: object) -> Any:
        """Carry out an order of remote.mjs; return its answer. Raises OrderFailed."""
        if self._process.stdin is None or self._process.stdout is None:
            raise OrderFailed("no pipes")
        self._process.stdin.write(json.dumps({"order": order, **facts}) + "\n")
        self._process.stdin.flush()
        late = threading.Timer(_ANSWER_S, self._process.kill)
        late.start()
        said: list[str] = []
        try:
            for line in self._process.stdout:
                if line.startswith('{"done"'):
                    return json.loads(line)["done"]
                said.append(line)
                if line.startswith('{"failed"'):
                    break
        finally:
            late.cancel()
        raise OrderFailed(f"{order}: {''.join(said)}")


@contextmanager
def page(name: str, hertz: int, language: str = "de") -> Iterator[Page]:
    """Open a browser for ``name``, whose microphone gives a tone when it is told to."""
    facts = json.dumps({"name": name, "hertz": hertz, "language": language})
    with subprocess.Popen(
        ["node", "tests/browser/remote.mjs", facts],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HOUSE,
    ) as process:  # fmt: skip
        try:
            yield Page(process)
        finally:
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
