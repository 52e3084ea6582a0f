"""Tickets: what an editor connects with, in memory, for 30 s and one use."""

import secrets
from collections import Counter
from dataclasses import dataclass

from allmende.core.ids import PadId
from allmende.systems.pads.model.pad import Author, PadSessionId
from allmende.systems.pads.model.sessions import TICKET_LIFE_S, Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """Who may connect: an author of a pad in one generation, with one Yjs client."""

    pad_id: PadId
    generation: int
    session_id: PadSessionId
    client_id: int
    author: Author
    origin: Origin
    language: str
    ends_s: float


class Tickets:
    """All tickets that were given and not used."""

    def __init__(self) -> None:
        self._by_token: dict[str, Ticket] = {}
        self._by_pad: Counter[PadId] = Counter()

    def add(self, ticket: Ticket) -> str:
        """Keep a ticket and return its token: 128 random bits."""
        token = secrets.token_urlsafe(16)
        self._by_token[token] = ticket
        self._by_pad[ticket.pad_id] += 1
        return token

    def take(self, token: str, now_s: float) -> Ticket | None:
        """Return what a token stands for, once; None: nothing, or too late."""
        ticket = self._by_token.pop(token, None)
        if ticket is None:
            return None
        self._count_off(ticket.pad_id)
        return ticket if now_s < ticket.ends_s else None

    def waiting(self, pad_id: PadId) -> int:
        """Return how many may still connect to a pad."""
        return self._by_pad[pad_id]

    def sweep(self, now_s: float) -> list[Ticket]:
        """Forget those that came too late and return them."""
        # In the order of their ends: all live equally long.
        late: list[Ticket] = []
        for token, ticket in list(self._by_token.items()):
            if ticket.ends_s > now_s:
                break
            del self._by_token[token]
            self._count_off(ticket.pad_id)
            late.append(ticket)
        return late

    def forget(self, pad_id: PadId) -> None:
        """A pad is gone: its tickets are void."""
        for token, ticket in list(self._by_token.items()):
            if ticket.pad_id == pad_id:
                del self._by_token[token]
        del self._by_pad[pad_id]

    def _count_off(self, pad_id: PadId) -> None:
        self._by_pad[pad_id] -= 1
        if self._by_pad[pad_id] <= 0:
            del self._by_pad[pad_id]


def ends_s(now_s: float) -> float:
    """Return until when a ticket given now is good."""
    return now_s + TICKET_LIFE_S


def new_session_id() -> PadSessionId:
    """Return a random number for one open editor."""
    return PadSessionId(secrets.randbelow(2**53 - 1) + 1)
