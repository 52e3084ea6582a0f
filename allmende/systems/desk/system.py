"""Desk put together."""

from pathlib import Path
from typing import Final

from allmende.core.parts import Part
from allmende.identity.service import IdentityService
from allmende.systems.desk.service import DeskService
from allmende.systems.desk.web import DeskKit, routes

TEMPLATES: Final = Path(__file__).with_name("templates")


def build(identity: IdentityService, desk: DeskService, kit: DeskKit) -> Part:
    """Put desk together; ``kit`` is what its pages need of the web kit."""
    return Part(name="desk", routes=routes(desk, identity, kit))
