"""State vectors: what somebody knows of each client."""

from collections.abc import Mapping

from allmende.protocols.yjs.varint import Malformed, Reader, uint


def read_state_vector(data: bytes) -> dict[int, int]:
    """Return the next clock of each client. Raises Malformed."""
    reader = Reader(data)
    clocks: dict[int, int] = {}
    for _ in range(reader.uint()):
        client = reader.uint()
        if client in clocks:
            raise Malformed("a client twice")
        clocks[client] = reader.uint()
    reader.finish()
    return clocks


def write_state_vector(clocks: Mapping[int, int]) -> bytes:
    """Return what ``read_state_vector`` reads; the highest client first, as yjs does."""
    parts = [uint(len(clocks))]
    for client in sorted(clocks, reverse=True):
        parts += (uint(client), uint(clocks[client]))
    return b"".join(parts)
