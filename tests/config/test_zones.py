import zoneinfo
from pathlib import Path

import pytest

from allmende.config import Config, ConfigRefused, Plenum, zone_of


def with_zone(name: str) -> Config:
    return Config(plenum=Plenum(time_zone=name))


def test_a_zone_is_found_by_its_name() -> None:
    assert zone_of(Config()).key == "Europe/Berlin"
    assert zone_of(with_zone("UTC")).key == "UTC"


@pytest.mark.parametrize("name", ["Europe/Nowhere", "", "../etc/passwd", "/etc", "a\0b", "Europe"])
def test_what_is_no_zone_refuses_the_start(name: str) -> None:
    with pytest.raises(ConfigRefused, match=r"plenum\.time_zone: there is no zone"):
        zone_of(with_zone(name))


def test_a_system_without_zones_is_told_what_to_install(tmp_path: Path) -> None:
    zoneinfo.reset_tzpath([str(tmp_path)])
    zoneinfo.ZoneInfo.clear_cache()
    try:
        with pytest.raises(ConfigRefused, match="tzdata"):
            zone_of(with_zone("Europe/Berlin"))
    finally:
        zoneinfo.reset_tzpath()
