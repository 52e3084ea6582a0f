"""How the errors of the core are said over XMPP: one table (architecture, A10)."""

from collections.abc import Callable, Mapping
from typing import Final

from allmende.core import errors
from allmende.protocols.xmpp.errors import StanzaError

Translate = Callable[[errors.AllmendeError], str]

CONDITIONS: Final[Mapping[type[errors.AllmendeError], str]] = {
    errors.AllmendeError: "internal-server-error",
    errors.UserError: "undefined-condition",
    errors.InvalidInput: "bad-request",
    errors.NotSignedIn: "not-authorized",
    errors.NotAllowed: "forbidden",
    errors.ProofNeeded: "forbidden",
    errors.NotFound: "item-not-found",
    errors.Conflict: "conflict",
    errors.QuotaExceeded: "resource-constraint",
    errors.TooManyRequests: "policy-violation",
    errors.Unavailable: "service-unavailable",
}
_WAIT: Final = frozenset((errors.TooManyRequests, errors.Unavailable, errors.QuotaExceeded))


def stanza_error(problem: errors.AllmendeError, translate: Translate) -> StanzaError:
    """Return how ``problem`` is said, with its text for the caller."""
    kind = type(problem)
    condition = CONDITIONS[kind]
    return StanzaError(condition, translate(problem), kind="wait" if kind in _WAIT else "")
