import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from allmende.core.errors import Unavailable
from allmende.transports.log import start_log


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level, logging.getLogger("allmende").level
    stream = io.StringIO()
    start_log(stream)
    yield stream
    logging.captureWarnings(False)
    root.handlers[:], root.level = before[0], before[1]
    logging.getLogger("allmende").setLevel(before[2])


def read(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_our_lines_are_one_object_each(lines: io.StringIO) -> None:
    logging.getLogger("allmende.house").info("ready in %d ms", 12)
    (line,) = read(lines)
    assert (line["level"], line["from"], line["text"]) == (
        "info",
        "allmende.house",
        "ready in 12 ms",
    )


def test_a_reference_is_kept(lines: io.StringIO) -> None:
    logging.getLogger("allmende.webkit").error("failed", extra={"reference": "ab12cd34"})
    assert read(lines)[0]["reference"] == "ab12cd34"


def test_what_a_library_says_is_not_kept(lines: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("%s said %s", "203.0.113.77", "sentinel")
    logging.getLogger("uvicorn.error").info("quiet")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("sentinel", stacklevel=1)
    first, second = read(lines)
    assert first["text"].startswith("test_log.test_what_a_library_says_is_not_kept:")
    assert second["from"] == "py.warnings"
    assert "sentinel" not in lines.getvalue()
    assert "203.0.113.77" not in lines.getvalue()


def test_of_an_error_the_kind_and_the_place_are_kept_but_never_its_text(lines: io.StringIO) -> None:
    try:
        try:
            dict[str, int]()["mara"]
        except KeyError as failure:
            raise Unavailable("web.busy", detail="disk failed") from failure
    except Unavailable:
        logging.getLogger("allmende.x").exception("gone")
    (line,) = read(lines)
    assert [error["kind"] for error in line["error"]] == ["Unavailable", "KeyError"]
    assert line["error"][0]["detail"] == "disk failed"
    assert "test_log.py" in line["error"][0]["at"][0]
    assert "mara" not in lines.getvalue()


def test_every_error_of_a_group_is_named_once(lines: io.StringIO) -> None:
    one = ValueError("a")
    group = ExceptionGroup("both", [one, TypeError("b"), one])
    logging.getLogger("allmende.x").error("failed", exc_info=group)
    kinds = [error["kind"] for error in read(lines)[0]["error"]]
    assert kinds == ["ExceptionGroup", "ValueError", "TypeError"]
