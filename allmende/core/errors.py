"""Everything that may go wrong on purpose.

* AllmendeError
  + UserError            the caller can do something about it
    - InvalidInput       400  bad-request
    - NotSignedIn        401  not-authorized
    - NotAllowed         403  forbidden
      . ProofNeeded      403  forbidden, until the person has proved again who they are
    - NotFound           404  item-not-found
    - Conflict           409  conflict
    - QuotaExceeded      413  resource-constraint
    - TooManyRequests    429  policy-violation
  + Unavailable          503  service-unavailable: a peer or a disk failed; try again
"""


class AllmendeError(Exception):
    """Two texts: ``message_id`` is translated for the caller, ``detail`` is for the log."""

    def __init__(self, message_id: str, *, detail: str = "", **values: object) -> None:
        super().__init__(detail or message_id)
        self.message_id = message_id
        self.values = values


class UserError(AllmendeError):
    """The caller can do something about it."""


class InvalidInput(UserError):
    """Not well formed. The value ``field`` names the place, if there is one."""


class NotSignedIn(UserError):
    """An account is needed and nobody is signed in."""


class NotAllowed(UserError):
    """The caller may know of the thing, but may not do this with it."""


class ProofNeeded(NotAllowed):
    """This hurts if somebody else does it: the person proves again who they are, then may."""


class NotFound(UserError):
    """It is not there, or the caller may not know that it is."""


class Conflict(UserError):
    """Somebody else was faster, or the state does not allow it now."""


class QuotaExceeded(UserError):
    """Larger or more than the limit in the message."""


class TooManyRequests(UserError):
    """Too fast. The value ``retry_after_s`` says when to try again."""


class Unavailable(AllmendeError):
    """Something on our side failed. The value ``retry_after_s`` says when to try again."""
