"""Somebody who asks for much and reads nothing (spec voice, 5: stalled listeners)."""

import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from allmende.protocols.mumble.messages import RequestBlob, UserState
from bench.processes import MIB
from bench.served import Served
from tests.hostile.voice.conftest import bytes_of
from tests.hostile.voice.hall import Hall, Street
from tests.hostile.voice.peer import Peer, opus

pytestmark = pytest.mark.slow

TALKATIVE = 30
COMMENT = "<b>" + "viel zu sagen " * 300 + "</b>"
ASKED = 55
LEFT_OUT = 30
PACKETS_PER_S = 50
STALLED_S = 45
"""30 are promised."""

STAMP = struct.Struct("<BQ")
"""What the people of the hall say: when they said it."""

MOST_KEPT_MIB = 16
"""For one who does not read: 1 MiB is promised, and the kernel keeps some."""


@pytest.fixture
def everybody(street: Street, hall: Hall) -> Iterator[tuple[int, ...]]:
    """People with long comments."""
    with ExitStack() as stack:
        people = [
            stack.enter_context(Peer(street.port)).login(f"redet{number}", street.token)
            for number in range(TALKATIVE)
        ]
        for one in people:
            one.send(UserState(session=one.session, comment=COMMENT))
            one.barrier()
            assert one.denials() == []
        found = tuple(one.session for one in people)
        hall.until(lambda: hall.described.issuperset(found))
        yield found


@pytest.fixture
def deaf(street: Street, everybody: tuple[int, ...]) -> Iterator[Peer]:
    """Somebody for whom the network takes little at once."""
    with Peer(street.port, "127.0.0.9", buffer_bytes=4096) as found:
        yield found.login("taub", street.token)


def test_who_asks_for_much_and_reads_nothing_gets_it_later(
    server: Served, hall: Hall, deaf: Peer, everybody: tuple[int, ...]
) -> None:
    """7 MB are asked for. What was not read stays undone, not in memory; then all of it comes."""
    before, asked = bytes_of(server), RequestBlob(session_comment=everybody)
    for _ in range(ASKED):
        deaf.send(asked)
    hall.hear(25)
    assert bytes_of(server) - before <= MOST_KEPT_MIB * MIB
    deaf.calm()
    told = [m.session for m in deaf.heard if isinstance(m, UserState) and m.comment]
    assert [told.count(session) for session in everybody] == [ASKED] * TALKATIVE


def test_voice_for_one_who_reads_nothing_is_left_out(
    hall: Hall, deaf: Peer, everybody: tuple[int, ...]
) -> None:
    """It hears by the tunnel alone. What is said while nothing fits is thrown away."""
    deaf.say_tunnelled(opus(0))
    deaf.barrier()
    deaf.send(*[RequestBlob(session_comment=everybody)] * ASKED)
    hall.hear(10)
    begun = time.monotonic_ns()
    hall.hear(LEFT_OUT)
    ended = time.monotonic_ns()
    deaf.calm()
    hall.hear(10)
    deaf.calm()
    said_at = [STAMP.unpack_from(sound.opus)[1] for sound in deaf.sounds()]
    assert [at for at in said_at if begun < at < ended] == []
    assert max(said_at) > ended


@pytest.mark.soak
def test_who_takes_nothing_for_too_long_is_gone(
    server: Served, hall: Hall, deaf: Peer, everybody: tuple[int, ...]
) -> None:
    before = bytes_of(server)
    deaf.send(*[RequestBlob(session_comment=everybody)] * ASKED)
    for _ in range(STALLED_S):
        hall.hear(PACKETS_PER_S)
        if deaf.session in hall.gone:
            break
    assert deaf.session in hall.gone
    assert bytes_of(server) - before <= MOST_KEPT_MIB * MIB
