"""Why there is no certificate."""

from typing import Final

PROBLEMS: Final = {
    "connection": "the authority cannot reach this server by its name",
    "dns": "the name does not lead here",
    "unauthorized": "another server answers for the name",
    "caa": "a CAA record of the name forbids it",
    "limited": "the authority was asked too often",
    "rejected": "the authority gives no certificates for this name",
    "unreachable": "the authority does not answer",
    "refused": "the authority refused",
}
"""Why there is no certificate, for the log; ``check.certificate-PROBLEM`` says it to people."""


class NotIssued(Exception):
    """There is no certificate. The text is a word of ``PROBLEMS``."""
