"""What is there before the house is open."""

import asyncio
from pathlib import Path

import httpx
import pytest

from allmende.app.threshold import threshold
from allmende.config import Config, Tls, Web
from allmende.core.clock import SystemClock
from allmende.core.errors import Conflict
from allmende.transports.running import find_running


def test_whoever_comes_is_asked_to_wait_and_nothing_needs_a_key(tmp_path: Path) -> None:
    config = Config(data=str(tmp_path), web=Web(port=0, listen=("127.0.0.1",)))

    async def story() -> None:
        async with threshold(config, SystemClock()) as place:
            assert place.ground.keys is None
            running = find_running(tmp_path)
            assert running is not None
            assert running.url == place.ground.url
            async with httpx.AsyncClient() as client:
                answer = await client.get(f"http://127.0.0.1:{place.listeners.port}/")
            assert answer.status_code == 503
            with pytest.raises(Conflict):
                async with threshold(config, SystemClock()):
                    raise AssertionError("two in one folder")
            place.reload_certificate()
        assert find_running(tmp_path) is None

    asyncio.run(story())
    assert not (tmp_path / "allmende.db").exists()
    assert not (tmp_path / "keys").exists()


def test_the_certificate_is_read_again_without_a_key(tmp_path: Path) -> None:
    web = Web(port=0, listen=("127.0.0.1",))
    config = Config(data=str(tmp_path), web=web, tls=Tls(mode="own"))

    async def story() -> None:
        async with threshold(config, SystemClock()) as place:
            assert place.certificates is not None
            place.reload_certificate()

    asyncio.run(story())
