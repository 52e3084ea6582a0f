"""The echo test: a private call that one page joins twice (spec meet, 15)."""

import secrets
from base64 import b32encode
from dataclasses import dataclass
from typing import Final

from allmende.core.ports.conference import (
    CallId,
    CallPlan,
    ConferenceBackend,
    Invitee,
    Rights,
    Source,
)

_EMPTY_S: Final = 20.0
_LEGS: Final = 2


@dataclass(frozen=True, slots=True)
class Echo:
    """Where to connect: ``send`` publishes a microphone, ``receive`` only listens."""

    url: str
    send: str
    receive: str


class Echoing:
    """Opens echo calls; they end by themselves when both legs are gone."""

    def __init__(self, conference: ConferenceBackend) -> None:
        self._conference = conference

    async def open(self) -> Echo:
        """Open a call that nobody else can guess."""
        name = b32encode(secrets.token_bytes(15)).decode().lower()
        call = CallId(f"echo-{name}")
        await self._conference.open(
            CallPlan(call=call, max_participants=_LEGS, max_cameras=0, empty_timeout_s=_EMPTY_S)
        )
        speaks = Rights(sources=frozenset({Source.MICROPHONE}), data=False)
        listens = Rights(sources=frozenset(), data=False)
        send = self._conference.ticket(call, Invitee("send", "send", speaks))
        receive = self._conference.ticket(call, Invitee("receive", "receive", listens))
        return Echo(url=send.url, send=send.token, receive=receive.token)
