"""The echo test: a private call of one's own (spec meet, 15; spec voice, 10).

The page of a call joins it twice; the light page once, since there legs may hear themselves.
"""

import secrets
from base64 import b32encode
from dataclasses import dataclass
from typing import Final

from allmende.core.ports.calls import Client, Seat
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
_SPEAKS: Final = Rights(sources=frozenset({Source.MICROPHONE}), data=False)


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
        call = await self._open(_LEGS, loopback=False)
        listens = Rights(sources=frozenset(), data=False)
        send = self._conference.ticket(call, Invitee("send", "send", _SPEAKS))
        receive = self._conference.ticket(call, Invitee("receive", "receive", listens))
        return Echo(url=send.url, send=send.token, receive=receive.token)

    async def open_for_one(self) -> Seat:
        """Open a call whose only leg hears itself."""
        call = await self._open(1, loopback=True)
        name = Client.WEB.value
        return Seat(call=call, identity=name, name=name, role="", rights=_SPEAKS, client=Client.WEB)

    async def _open(self, legs: int, *, loopback: bool) -> CallId:
        name = b32encode(secrets.token_bytes(15)).decode().lower()
        plan = CallPlan(
            call=CallId(f"echo-{name}"),
            max_participants=legs,
            max_cameras=0,
            empty_timeout_s=_EMPTY_S,
            loopback=loopback,
        )
        await self._conference.open(plan)
        return plan.call
