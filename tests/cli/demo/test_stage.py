"""What the demo is built of. The whole of it: tests/interop/demo."""

import os
from pathlib import Path

import pytest

from allmende.cli.demo import stage
from allmende.cli.demo.stage import DemoImpossible, Wish, clear_dead, config_of, require_extra
from allmende.config import places_of


class Ended:
    """A process that is over."""

    pid = 0

    async def wait(self) -> int:
        return 0


def test_only_this_machine_reaches_it_and_nothing_is_kept_elsewhere(tmp_path: Path) -> None:
    config = config_of(Wish(port=0), tmp_path)
    places = places_of(config)
    assert places.listen == places.media == ("127.0.0.1",)
    assert (config.web.port, config.media.udp_port, config.media.tcp_port) == (0, 0, 0)
    assert config.data == str(tmp_path)
    assert config.database.url == ""


def test_a_given_port_is_taken(tmp_path: Path) -> None:
    assert config_of(Wish(port=8123), tmp_path).web.port == 8123


def test_the_libraries_of_the_extra_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    require_extra()
    monkeypatch.setattr(stage, "NEEDED", ("json", "a_library_that_nobody_has"))
    with pytest.raises(DemoImpossible, match="pip install"):
        require_extra()


def test_what_a_killed_demo_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    never = 2**22 + 1  # above the highest number that the kernel gives
    left = tmp_path / f"allmende-demo-{never}-abc"
    others = [tmp_path / f"allmende-demo-{os.getpid()}-abc", tmp_path / "allmende-demo-x-y"]
    for folder in (left, *others):
        (folder / "data").mkdir(parents=True)
    clear_dead(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted(others)
