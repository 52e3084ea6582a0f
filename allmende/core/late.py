"""Libraries that a start does not need: each is loaded when it is used for the first time.

A server answers sooner and is smaller by what it never uses: most start without passkeys being
made or certificates fetched. Types and contracts see a plain import, running code sees this::

    if TYPE_CHECKING:
        import webauthn
    else:
        webauthn = Late("webauthn")

Only what is rarely used and takes 10 ms or more to load is worth it; ``tests/cli/test_start.py``
names what a start must not load.
"""

import importlib


class Late:
    """Stands for the module ``name``. Threads may ask at the same time: the import has a lock."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> object:
        return getattr(importlib.import_module(self._name), attribute)
