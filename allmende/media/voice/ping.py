"""Answers for strangers who look at a list of servers: not encrypted, and few. Spec voice, 5."""

from typing import Final

from allmende.media.voicing import PublicCount
from allmende.protocols.mumble.server_ping import (
    ServerAnswer,
    extended_ping,
    parse_server_ping,
    write_server_answer,
)
from allmende.protocols.mumble.version import Release

RELEASE: Final = Release(1, 5, 735)
"""What we announce: clients of 1.5 then speak protobuf."""
MAX_OF_SOURCE: Final = 5
MAX_OF_ALL: Final = 200


class ServerPings:
    """What anybody may ask. Counts of people are 0 unless they are public."""

    def __init__(self, *, public_count: bool) -> None:
        self._public_count = public_count
        self._answer = ServerAnswer(release=RELEASE, users=0, most=0, bandwidth_bps=0)
        self._asked: dict[str, int] = {}
        self._answered = 0

    def tell(self, count: PublicCount) -> None:
        """Take what there is to tell."""
        self._answer = ServerAnswer(
            release=RELEASE,
            users=count.users if self._public_count else 0,
            most=count.most,
            bandwidth_bps=count.bandwidth_bps,
        )

    def answer(self, datagram: bytes, source: str) -> bytes | None:
        """Return what a stranger is answered; None if it is no question, or one too many."""
        ping = parse_server_ping(datagram)
        if ping is None or self._answered >= MAX_OF_ALL:
            return None
        asked = self._asked.get(source, 0)
        if asked >= MAX_OF_SOURCE:
            return None
        self._asked[source] = asked + 1
        self._answered += 1
        return write_server_answer(ping, self._answer)

    def extended(self, timestamp: int) -> bytes:
        """Return what a client is answered that asks for the same inside its connection."""
        return extended_ping(timestamp, self._answer)

    def second_passed(self) -> None:
        """Each second: count anew."""
        self._asked.clear()
        self._answered = 0
