from datetime import UTC, datetime
from pathlib import Path

import pytest

from allmende.app.doctor.situation import Situation
from allmende.config import Chat, Config, Media, Web
from allmende.transports.names import Resolver
from tests.app.doctor.wounds import FixedClock


@pytest.fixture
def here(tmp_path: Path) -> Situation:
    """An installation where all is well, on a machine without files and without name servers."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    config = Config(
        data=str(data),
        web=Web(listen=("127.0.0.1",), port=0),
        media=Media(udp_port=0, tcp_port=0),
        chat=Chat(port=0, direct_port=0),
    )
    return Situation(
        config=config,
        data=data,
        clock=FixedClock(datetime.now(UTC)),
        resolver=Resolver([]),
        root=tmp_path / "root",
    )
