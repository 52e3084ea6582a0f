"""Rings devices: what a notice says, encrypted for the browser, by way of its push service."""

import asyncio
import json
import logging
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from allmende.core.clock import Clock
from allmende.core.errors import Unavailable
from allmende.protocols.webpush import (
    MAX_TEXT_BYTES,
    SubscriptionRefused,
    read_subscription,
    sealed,
    signature,
)
from allmende.systems.desk.model.notices import DuePush
from allmende.systems.desk.service.notices import NoticeService
from allmende.transports.egress import Egress, EgressRefused

LOOK_AGAIN_S: Final = 60.0
KEPT_S: Final = 24 * 3600
"""How long a push service keeps what a device that is off has not fetched."""

_SALT_BYTES: Final = 16
_MAX_BODY_CHARS: Final = 600
_GONE: Final = (404, 410)
_LATER: Final = (408, 425, 429)
_log: Final = logging.getLogger("allmende.desk")

Translate = Callable[[str, str, Mapping[str, str]], str]
"""Language, message id and values to a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who we are for push services and on the screens of devices."""

    key: ec.EllipticCurvePrivateKey
    subject: str
    title: str
    translate: Translate


class Ringing:
    """Sends what is due, one after the other, until cancelled."""

    def __init__(
        self, service: NoticeService, egress: Egress, sender: Sender, clock: Clock
    ) -> None:
        self._service = service
        self._egress = egress
        self._sender = sender
        self._clock = clock
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something was told: look now."""
        self._woken.set()

    async def run(self) -> None:
        """Ring, and sleep until the next push is due."""
        while True:
            self._woken.clear()
            wait_s = LOOK_AGAIN_S
            try:
                wait_s = await self.ring_due()
            except Unavailable as failure:
                _log.warning("pushes: %s, trying again", failure.message_id)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._woken.wait()

    async def ring_due(self) -> float:
        """Send what is due now; return the seconds until it is worth to look again."""
        while True:
            found, again_at = await self._service.due()
            if not found:
                return self._seconds_until(again_at)
            async with asyncio.TaskGroup() as group:
                for due in found:
                    group.create_task(self._ring(due))

    def _seconds_until(self, again_at: datetime | None) -> float:
        if again_at is None:
            return LOOK_AGAIN_S
        return min(LOOK_AGAIN_S, max(0.0, (again_at - self._clock.now()).total_seconds()))

    async def _ring(self, due: DuePush) -> None:
        try:
            body = self._body(due)
            reply = await self._egress.post(due.push.endpoint, self._headers(due), body)
        except (SubscriptionRefused, EgressRefused):
            await self._service.unknown_there(due)
        except Unavailable:
            await self._service.failed(due)
        else:
            await self._answered(due, reply.status)

    async def _answered(self, due: DuePush, status: int) -> None:
        if status in _GONE:
            await self._service.unknown_there(due)
        elif status >= 500 or status in _LATER:
            await self._service.failed(due)
        else:
            await self._service.taken(due)

    def _headers(self, due: DuePush) -> dict[str, str]:
        sender = self._sender
        return {
            "TTL": str(KEPT_S),  # RFC 8030, 5.2
            "Urgency": "normal",
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "Authorization": signature(
                sender.key, due.push.endpoint, sender.subject, self._clock.now()
            ),
        }

    def _body(self, due: DuePush) -> bytes:
        return sealed(
            text_of(due, self._sender),
            read_subscription(due.push.key, due.push.auth),
            sender=ec.generate_private_key(ec.SECP256R1()),
            salt=secrets.token_bytes(_SALT_BYTES),
        )


def text_of(due: DuePush, sender: Sender) -> bytes:
    """Return what the device shows, as JSON: no more than "new in" unless it asked for text."""
    values = json.loads(due.body)
    language = due.push.language
    if due.push.shows_text:
        body = sender.translate(language, due.message_id, values)
    elif "group" in values:
        body = sender.translate(language, "desk.push-new-in", {"group": values["group"]})
    else:
        body = sender.translate(language, "desk.push-waits", {})
    shown = {"title": sender.title, "body": body[:_MAX_BODY_CHARS], "link": due.link}
    data = json.dumps(shown, ensure_ascii=False).encode()
    if len(data) > MAX_TEXT_BYTES:
        data = json.dumps({**shown, "body": body[:100]}, ensure_ascii=False).encode()
    return data
