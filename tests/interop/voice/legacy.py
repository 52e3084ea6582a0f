"""pymumble 1.6.1 against a server: legacy voice in the tunnel, text, whisper.

Runs in an environment of its own (tools/mumble.sh): ``legacy.py PORT TOKEN``. Prints a line for
each proof and ends with 0 if all hold.
"""

import array
import itertools
import math
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pymumble_py3
from pymumble_py3.callbacks import PYMUMBLE_CLBK_TEXTMESSAGERECEIVED as TEXT

RATE = 48_000
HERTZ = 440
PATIENCE_S = 20.0
PAUSE = threading.Event()


def say(text: str) -> None:
    """Tell what was proven."""
    sys.stdout.write(f"ok {text}\n")
    sys.stdout.flush()


def until(what: str, true: Callable[[], bool]) -> None:
    """Wait until ``true()``; fail with ``what``."""
    end = time.monotonic() + PATIENCE_S
    while not true():
        if time.monotonic() > end:
            sys.exit(f"not {what}")
        PAUSE.wait(0.02)
    say(what)


def tone(seconds: float, hertz: int = HERTZ) -> bytes:
    """Return PCM of a tone."""
    wave = (
        int(12_000 * math.sin(2 * math.pi * hertz * i / RATE)) for i in range(int(RATE * seconds))
    )
    return array.array("h", wave).tobytes()


def frequency(pcm: bytes) -> float:
    """Return how often a wave goes up through zero in a second of its middle part."""
    samples = array.array("h", pcm)
    middle = samples[len(samples) // 4 : 3 * len(samples) // 4]
    ups = sum(1 for a, b in itertools.pairwise(middle) if a < 0 <= b)
    return ups * RATE / max(1, len(middle))


class Person:
    """A client with its ear and its letter box."""

    def __init__(self, name: str, port: int, token: str) -> None:
        self.texts: list[str] = []
        self.heard = b""
        self.mumble = pymumble_py3.Mumble("127.0.0.1", name, port=port, password=token)
        self.mumble.set_receive_sound(True)
        self.mumble.callbacks.set_callback(TEXT, lambda message: self.texts.append(message.message))
        self.mumble.callbacks.set_callback("sound_received", self.hear)
        self.mumble.start()
        self.mumble.is_ready()

    def hear(self, user: Any, chunk: Any) -> None:
        """Keep what was decoded."""
        self.heard += chunk.pcm

    def channel(self) -> Any:
        """Return the channel this person is in."""
        return self.mumble.my_channel()

    def others(self) -> set[str]:
        """Return the names of those in the same channel."""
        return {user["name"] for user in self.channel().get_users()}


def main(port: int, token: str) -> None:
    """Tell the story."""
    anna, ben, cleo = (Person(name, port, token) for name in ("anna", "ben", "cleo"))
    until("all see each other", lambda: all(len(one.others()) >= 3 for one in (anna, ben, cleo)))
    anna.channel().send_text_message("Guten Abend")
    until("a text reaches the room", lambda: any("Guten Abend" in text for text in ben.texts))
    anna.mumble.sound_output.add_sound(tone(1.5))
    until("sound arrives", lambda: len(ben.heard) >= RATE * 2 and len(cleo.heard) >= RATE * 2)
    found = frequency(ben.heard)
    if abs(found - HERTZ) > HERTZ / 100:
        sys.exit(f"heard {found} Hz")
    say(f"heard {found:.1f} Hz")
    until("the speaker is quiet", lambda: anna.mumble.sound_output.get_buffer_size() == 0)
    PAUSE.wait(1)
    if anna.heard:
        sys.exit("heard oneself")
    ben.heard, cleo.heard = b"", b""
    session = next(
        user["session"] for user in anna.channel().get_users() if user["name"].startswith("ben")
    )
    anna.mumble.sound_output.set_whisper([session])
    anna.mumble.sound_output.add_sound(tone(1.0))
    until("a whisper arrives", lambda: len(ben.heard) >= RATE)
    if cleo.heard:
        sys.exit("a whisper reached somebody else")
    say("a whisper reaches nobody else")
    ben.channel().send_text_message("!hand")
    until("a command is answered", lambda: len(ben.texts) >= 2)
    if any("!hand" in text for text in cleo.texts):
        sys.exit("a command was passed on")
    for one in (anna, ben, cleo):
        one.mumble.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
