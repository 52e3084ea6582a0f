from datetime import UTC, datetime
from pathlib import Path

import pytest

from allmende.cli.checks.finding import Situation
from allmende.config import Config, Media, Web


class FixedClock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic_s(self) -> float:
        return 0.0


@pytest.fixture
def here(tmp_path: Path) -> Situation:
    """An installation where all is well."""
    tmp_path.chmod(0o700)
    web = Web(listen=("127.0.0.1",), port=0)
    config = Config(data=str(tmp_path), web=web, media=Media(udp_port=0, tcp_port=0))
    return Situation(config, tmp_path, FixedClock(datetime.now(UTC)))
