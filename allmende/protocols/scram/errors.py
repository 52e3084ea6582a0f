"""Why an exchange fails, in the words of the protocol (RFC 5802, 7)."""

from enum import StrEnum


class Refusal(StrEnum):
    """``server-error-value``."""

    INVALID_ENCODING = "invalid-encoding"
    INVALID_USERNAME_ENCODING = "invalid-username-encoding"
    EXTENSIONS_NOT_SUPPORTED = "extensions-not-supported"
    CHANNEL_BINDINGS_DONT_MATCH = "channel-bindings-dont-match"
    CHANNEL_BINDING_NOT_SUPPORTED = "channel-binding-not-supported"
    SERVER_DOES_SUPPORT_CHANNEL_BINDING = "server-does-support-channel-binding"
    UNSUPPORTED_CHANNEL_BINDING_TYPE = "unsupported-channel-binding-type"
    INVALID_PROOF = "invalid-proof"
    OTHER_ERROR = "other-error"


class ScramRefused(ValueError):
    """The exchange ends here. ``message`` is what the client may be sent.

    An unknown name is told as INVALID_PROOF too: nobody learns which names there are.
    """

    def __init__(self, refusal: Refusal, detail: str = "") -> None:
        super().__init__(detail or refusal.value)
        self.refusal = refusal

    @property
    def message(self) -> bytes:
        """The server-final-message of a failure."""
        return f"e={self.refusal.value}".encode("ascii")
