"""Web Push: messages that a push service carries to a browser without being able to read them.

RFC 8030 (delivery), RFC 8188 (the coding), RFC 8291 (the keys), RFC 8292 (who sends).
"""

from allmende.protocols.webpush.message import (
    MAX_TEXT_BYTES,
    PADDED_BYTES,
    Subscription,
    SubscriptionRefused,
    read_subscription,
    sealed,
)
from allmende.protocols.webpush.vapid import key_of, public_key, signature

__all__ = [
    "MAX_TEXT_BYTES",
    "PADDED_BYTES",
    "Subscription",
    "SubscriptionRefused",
    "key_of",
    "public_key",
    "read_subscription",
    "sealed",
    "signature",
]
