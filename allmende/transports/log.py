"""The log: one JSON object a line on standard error, without addresses, names or content.

Our own lines are sentences that we wrote. Of an error only its kind and the places in the code
are kept, never its text: the text of a ``KeyError`` or of a database error can be what a person
wrote. Lines of libraries keep their level and the place in the code, for the same reason.
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TextIO

from allmende.core.errors import AllmendeError

_OURS: Final = "allmende"
_HOUSE: Final = Path(__file__).resolve().parent.parent.parent


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON. ``reference`` is taken from ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line without its end."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "text": _text(record),
        }
        reference = getattr(record, "reference", None)
        if reference is not None:
            line["reference"] = str(reference)
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = list(_chain(record.exc_info[1]))
        return json.dumps(line, ensure_ascii=False)


def start_log(stream: TextIO = sys.stderr, level: int = logging.INFO) -> None:
    """Send every log line of this process to ``stream``."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(_OURS).setLevel(level)
    logging.captureWarnings(True)


def _text(record: logging.LogRecord) -> str:
    if record.name == _OURS or record.name.startswith(f"{_OURS}."):
        return record.getMessage()
    return f"{record.module}.{record.funcName}:{record.lineno}"


def _chain(error: BaseException) -> Iterator[dict[str, object]]:
    """Yield the error and what caused it: kind, our detail, and the places in the code."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        shown: dict[str, object] = {"kind": type(current).__qualname__}
        if isinstance(current, AllmendeError):
            shown["detail"] = str(current)
        shown["at"] = [_place(frame) for frame in traceback.extract_tb(current.__traceback__)]
        yield shown
        if isinstance(current, BaseExceptionGroup):
            waiting.extend(current.exceptions)
        cause = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        if cause is not None:
            waiting.append(cause)


def _place(frame: traceback.FrameSummary) -> str:
    path = Path(frame.filename)
    shown = path.relative_to(_HOUSE) if path.is_relative_to(_HOUSE) else Path(*path.parts[-2:])
    return f"{shown}:{frame.lineno} {frame.name}"
