"""Proof of work: what costs a person a second and a thousand sign-ups an hour of CPU.

Compatible with ALTCHA, version 1: find ``number`` with SHA-256(salt + number) = challenge. The
salt carries the end of its validity and closes with ``&``, so that digits cannot move from
there into the number. Nothing is stored but the answers used in the last minutes.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections import OrderedDict, deque
from typing import Final
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.clock import Clock
from allmende.core.errors import InvalidInput
from allmende.webkit.http import json_response

VALID_S: Final = 300
BASE_MAX_NUMBER: Final = 50_000
MAX_MAX_NUMBER: Final = 1_000_000
WINDOW_S: Final = 600.0
USES_PER_DOUBLING: Final = 20
MAX_PAYLOAD_CHARS: Final = 1_024
MAX_USED: Final = 100_000


class Challenge(msgspec.Struct, frozen=True):
    """What the browser gets. ``signature`` is HMAC-SHA256 of ``challenge``; both in hex."""

    algorithm: str
    challenge: str
    maxnumber: int
    salt: str
    signature: str


class Answer(msgspec.Struct, frozen=True):
    """What the browser found, sent as base64 of JSON. ALTCHA adds ``took``; it is ignored."""

    algorithm: str
    challenge: str
    number: int
    salt: str
    signature: str


class ProofOfWork:
    """Gives challenges and checks answers. The difficulty doubles with 20 uses in 10 minutes."""

    def __init__(self, clock: Clock, *, base_max_number: int = BASE_MAX_NUMBER) -> None:
        self._clock = clock
        self._base = base_max_number
        self._key = secrets.token_bytes(32)
        self._used: OrderedDict[str, int] = OrderedDict()
        self._uses: deque[float] = deque()

    def challenge(self) -> Challenge:
        """Return a new challenge, valid for five minutes."""
        ends_at = self._now() + VALID_S
        salt = f"{secrets.token_hex(10)}?expires={ends_at}&"
        max_number = self.max_number()
        wanted = _digest(salt, secrets.randbelow(max_number + 1))
        return Challenge("SHA-256", wanted, max_number, salt, self._signature(wanted))

    def max_number(self) -> int:
        """Return how many numbers a browser has to try at most now."""
        oldest_s = self._clock.monotonic_s() - WINDOW_S
        while self._uses and self._uses[0] < oldest_s:
            self._uses.popleft()
        doublings = min(len(self._uses) / USES_PER_DOUBLING, 16)
        return min(MAX_MAX_NUMBER, int(self._base * 2**doublings))

    def require(self, payload: str) -> None:
        """Accept an answer, once. Raises InvalidInput ``web.proof-failed`` or ``web.proof-old``."""
        answer = _decoded(payload)
        signed = _same(self._signature(answer.challenge), answer.signature)
        found = _same(_digest(answer.salt, answer.number), answer.challenge)
        if not (signed and found and answer.algorithm == "SHA-256"):
            raise InvalidInput("web.proof-failed", field="proof", detail="wrong answer")
        now = self._now()
        ends_at = _ends_at(answer.salt)
        if ends_at < now or answer.challenge in self._used:
            raise InvalidInput("web.proof-old", field="proof", detail="over or used before")
        self._remember(answer.challenge, ends_at, now)

    def routes(self) -> list[Route]:
        """Return ``GET /api/v1/challenge``."""

        async def challenge(request: Request) -> Response:
            return json_response(self.challenge())

        return [Route("/api/v1/challenge", challenge, methods=["GET"])]

    def _remember(self, challenge: str, ends_at: int, now: int) -> None:
        while self._used and (next(iter(self._used.values())) < now or len(self._used) > MAX_USED):
            self._used.popitem(last=False)
        self._used[challenge] = ends_at
        self._uses.append(self._clock.monotonic_s())

    def _signature(self, challenge: str) -> str:
        return hmac.new(self._key, challenge.encode(), "sha256").hexdigest()

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def _same(ours: str, theirs: str) -> bool:
    return hmac.compare_digest(ours.encode(), theirs.encode())


def _digest(salt: str, number: int) -> str:
    return hashlib.sha256(f"{salt}{number}".encode()).hexdigest()


def _decoded(payload: str) -> Answer:
    try:
        if len(payload) > MAX_PAYLOAD_CHARS:
            raise ValueError("too long")
        return msgspec.json.decode(base64.b64decode(payload, validate=True), type=Answer)
    except (ValueError, binascii.Error, msgspec.DecodeError, RecursionError):
        raise InvalidInput("web.proof-failed", field="proof", detail="not an answer") from None


def _ends_at(salt: str) -> int:
    """Return the end that is written in a salt of ours."""
    expires = parse_qs(salt.partition("?")[2]).get("expires", ["0"])[0]
    return int(expires) if expires.isdecimal() and len(expires) < 16 else 0
