"""The server's side of one exchange: three values, each made of the one before.

    opening = begin(client_first, offer)             # opening.name: whose keys are looked up
    challenge = opening.challenge(nonce, salt, 4096)     # challenge.message goes out
    outcome = challenge.finish(client_final, candidates) # outcome.message goes out

Somebody with several passwords has several keys of one salt: all of them are tried.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from allmende.protocols.scram.errors import Refusal, ScramRefused
from allmende.protocols.scram.keys import Mechanism, ScramKeys, fits, server_signature
from allmende.protocols.scram.messages import (
    ClientFirst,
    is_nonce,
    read_client_final,
    read_client_first,
    write_server_final,
    write_server_first,
)

MIN_NONCE_CHARS: Final = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What this connection offers. ``plus``: the client chose the mechanism with ``-PLUS``.

    ``bindings``: the data of each type of channel binding that we offer on it, such as
    ``tls-exporter`` (RFC 9266) and ``tls-server-end-point`` (RFC 5929); empty without TLS.
    """

    mechanism: Mechanism
    bindings: Mapping[str, bytes] = field(default_factory=dict)
    plus: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who comes has the password of ``candidates[number]``; ``message`` proves us to them."""

    number: int
    message: bytes


@dataclass(frozen=True, slots=True)
class Challenge:
    """The server-first-message, and what is needed to judge the answer."""

    message: bytes
    mechanism: Mechanism
    nonce: str
    channel: bytes
    before: bytes
    """The beginning of the AuthMessage: client-first-message-bare and ours."""

    def finish(self, data: bytes, candidates: Sequence[ScramKeys]) -> Outcome:
        """Judge the client-final-message. Raises ScramRefused, also if nothing fits."""
        final = read_client_final(data)
        if not hmac.compare_digest(final.nonce.encode(), self.nonce.encode()):
            raise ScramRefused(Refusal.OTHER_ERROR, "another nonce")
        if not hmac.compare_digest(final.channel, self.channel):
            raise ScramRefused(Refusal.CHANNEL_BINDINGS_DONT_MATCH)
        auth_message = self.before + b"," + final.bare
        # All are tried, so that the time does not tell which one it was.
        fitting = [
            number
            for number, keys in enumerate(candidates)
            if fits(keys, auth_message, final.proof) and keys.mechanism is self.mechanism
        ]
        if not fitting:
            raise ScramRefused(Refusal.INVALID_PROOF)
        number = fitting[0]
        signature = server_signature(candidates[number], auth_message)
        return Outcome(number, write_server_final(signature))


@dataclass(frozen=True, slots=True)
class Opening:
    """Who comes, as they say. ``authzid``: as whom they want to act, empty for themselves."""

    first: ClientFirst
    mechanism: Mechanism
    channel: bytes

    @property
    def name(self) -> str:
        """Whose password it is."""
        return self.first.name

    @property
    def authzid(self) -> str:
        """As whom they want to act; whoever carries the exchange decides about it."""
        return self.first.authzid

    def challenge(self, nonce: str, salt: bytes, iterations: int) -> Challenge:
        """Return the challenge; ``nonce``: random, at least 18 printable characters."""
        if not is_nonce(nonce) or len(nonce) < MIN_NONCE_CHARS:
            raise ValueError("a nonce is printable ASCII without commas, 18 characters or more")
        both = self.first.nonce + nonce
        message = write_server_first(both, salt, iterations)
        before = self.first.bare + b"," + message
        return Challenge(message, self.mechanism, both, self.channel, before)


def begin(data: bytes, offer: Offer) -> Opening:
    """Read the client-first-message. Raises ScramRefused, for a downgrade too (RFC 5802, 6)."""
    first = read_client_first(data)
    if offer.plus != (first.flag == "p"):
        raise ScramRefused(Refusal.CHANNEL_BINDING_NOT_SUPPORTED, "mechanism and flag differ")
    if first.flag == "y" and offer.bindings:
        raise ScramRefused(Refusal.SERVER_DOES_SUPPORT_CHANNEL_BINDING)
    channel = first.header
    if first.flag == "p":
        if first.binding not in offer.bindings:
            raise ScramRefused(Refusal.UNSUPPORTED_CHANNEL_BINDING_TYPE)
        channel += offer.bindings[first.binding]
    return Opening(first, offer.mechanism, channel)
