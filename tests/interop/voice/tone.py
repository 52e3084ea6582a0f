"""pymumble says a tone in the room of a token, and goes.

``-m tests.interop.voice.tone PORT TOKEN HERTZ SECONDS``
"""

import sys
import threading

import pymumble_py3

from tests.interop.voice.legacy import tone

_EMPTY_EVERY_S = 0.05


def main(port: int, token: str, hertz: int, seconds: float) -> None:
    """Say it, and stay until the last of it is sent."""
    singer = pymumble_py3.Mumble("127.0.0.1", "singer", port=port, password=token)
    singer.start()
    singer.is_ready()
    singer.sound_output.add_sound(tone(seconds, hertz))
    pause = threading.Event()
    while singer.sound_output.get_buffer_size() > 0:
        pause.wait(_EMPTY_EVERY_S)
    singer.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
