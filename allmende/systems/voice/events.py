"""Voice records nothing: who speaks or listens where is a signal that passes, never a fact."""

from typing import Final

FACTS: Final = ()
