"""How the errors of the core are said over XMPP: one table (architecture, A10)."""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from allmende.core import errors
from allmende.protocols.xml.errors import XmlRefused
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import JidMalformed

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
_REFERENCE_BYTES: Final = 4
_log: Final = logging.getLogger(__name__)
_WAIT: Final = frozenset((errors.TooManyRequests, errors.Unavailable, errors.QuotaExceeded))


def stanza_error(problem: errors.AllmendeError, translate: Translate) -> StanzaError:
    """Return how ``problem`` is said, with its text for the caller."""
    kind = type(problem)
    condition = CONDITIONS[kind]
    return StanzaError(condition, translate(problem), kind="wait" if kind in _WAIT else "")


async def answering(work: Awaitable[None], translate: Translate) -> StanzaError | None:
    """Do what a stanza asks for; return what is wrong with it, or None. A bug is one as well."""
    try:
        await work
    except JidMalformed:
        return StanzaError("jid-malformed")
    except StanzaError as problem:
        return problem
    except errors.AllmendeError as problem:
        return stanza_error(problem, translate)
    except XmlRefused:
        return StanzaError("bad-request")
    except Exception:
        reference = secrets.token_hex(_REFERENCE_BYTES)
        _log.exception("a stanza failed: %s", reference)
        return StanzaError("internal-server-error", reference)
    return None
