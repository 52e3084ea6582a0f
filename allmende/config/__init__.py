"""What the operator decides: one file, ``allmende.toml``, typed and frozen."""

from allmende.config.loading import ConfigRefused, load_config
from allmende.config.places import Places, is_loopback, places_of
from allmende.config.sections import (
    Acme,
    Backup,
    Chat,
    Config,
    Database,
    Desk,
    Limits,
    Media,
    Meet,
    Pads,
    Plenum,
    Systems,
    Tls,
    Voice,
    Web,
)
from allmende.config.zones import zone_of

__all__ = [
    "Acme",
    "Backup",
    "Chat",
    "Config",
    "ConfigRefused",
    "Database",
    "Desk",
    "Limits",
    "Media",
    "Meet",
    "Pads",
    "Places",
    "Plenum",
    "Systems",
    "Tls",
    "Voice",
    "Web",
    "is_loopback",
    "load_config",
    "places_of",
    "zone_of",
]
