"""The time zone that the operator chose, from the data of the system."""

from zoneinfo import ZoneInfo, available_timezones

from allmende.config.loading import ConfigRefused
from allmende.config.sections import Config


def zone_of(config: Config) -> ZoneInfo:
    """Return the zone of printed times. Raises ConfigRefused."""
    name = config.plenum.time_zone
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        if not available_timezones():
            raise ConfigRefused(
                "plenum.time_zone: this system knows no time zones; install Debian's tzdata."
            ) from None
        raise ConfigRefused(f"plenum.time_zone: there is no zone {name!r}.") from None
