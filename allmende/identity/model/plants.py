"""Names of plants: they label sessions, so that nothing about a device is kept."""

import secrets
from typing import Final

PLANTS: Final = {
    "apple": "identity.plant-apple",
    "basil": "identity.plant-basil",
    "birch": "identity.plant-birch",
    "borage": "identity.plant-borage",
    "chamomile": "identity.plant-chamomile",
    "cherry": "identity.plant-cherry",
    "chive": "identity.plant-chive",
    "clover": "identity.plant-clover",
    "cornflower": "identity.plant-cornflower",
    "dill": "identity.plant-dill",
    "elder": "identity.plant-elder",
    "fern": "identity.plant-fern",
    "foxglove": "identity.plant-foxglove",
    "hawthorn": "identity.plant-hawthorn",
    "hazel": "identity.plant-hazel",
    "heather": "identity.plant-heather",
    "hop": "identity.plant-hop",
    "ivy": "identity.plant-ivy",
    "juniper": "identity.plant-juniper",
    "larch": "identity.plant-larch",
    "lavender": "identity.plant-lavender",
    "lilac": "identity.plant-lilac",
    "linden": "identity.plant-linden",
    "mallow": "identity.plant-mallow",
    "maple": "identity.plant-maple",
    "marigold": "identity.plant-marigold",
    "mint": "identity.plant-mint",
    "mugwort": "identity.plant-mugwort",
    "nettle": "identity.plant-nettle",
    "plum": "identity.plant-plum",
    "poppy": "identity.plant-poppy",
    "quince": "identity.plant-quince",
    "rosehip": "identity.plant-rosehip",
    "rowan": "identity.plant-rowan",
    "sage": "identity.plant-sage",
    "sloe": "identity.plant-sloe",
    "sorrel": "identity.plant-sorrel",
    "sunflower": "identity.plant-sunflower",
    "thyme": "identity.plant-thyme",
    "yarrow": "identity.plant-yarrow",
}
"""The stored word and the message id that is shown for it."""


def new_label() -> str:
    """Return a random plant for a new session."""
    return secrets.choice(tuple(PLANTS))
