"""A login as bytes: one stream each way, cut into frames, read, written again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

from allmende.protocols.mumble.framing import FrameReader, frame
from allmende.protocols.mumble.messages import KINDS, Message, decode, encode

STORY = Path(__file__).with_name("login.txt")
MESSAGES = {message.__name__: message for message in KINDS.values()}


def told() -> Iterator[tuple[str, Message]]:
    for line in STORY.read_text().splitlines():
        if not line.startswith("#"):
            who, name, values = line.split(" ", 2)
            yield who, message_of(name, json.loads(values))


def message_of(name: str, values: dict[str, Any]) -> Message:
    hints = get_type_hints(MESSAGES[name])
    for key, value in values.items():
        if hints[key] == bytes | None:
            values[key] = bytes.fromhex(value)
        elif isinstance(value, list):
            values[key] = tuple(value)
    return MESSAGES[name](**values)


def test_both_sides_of_a_login_read_what_the_other_wrote() -> None:
    story = list(told())
    assert len(story) == 21
    for side in ("C:", "S:"):
        said = [message for who, message in story if who == side]
        stream = b"".join(map(frame, said))
        reader = FrameReader()
        frames = [one for byte in stream for one in reader.receive(bytes((byte,)))]
        assert [decode(*one) for one in frames] == said
        assert [one.payload for one in frames] == [encode(message) for message in said]
