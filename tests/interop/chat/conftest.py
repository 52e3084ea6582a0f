from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.chat.own import OwnChat, own_chat
from tests.interop.chat.island import island
from tests.interop.chat.reference import PORTS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("chat")


@pytest.fixture(scope="module")
def own(folder: Path) -> Iterator[OwnChat]:
    """Ours on loopback, with anna and ben."""
    with own_chat(folder, ["anna", "ben"], strangers=True) as running:
        yield running


@pytest.fixture(scope="module")
def alone(folder: Path) -> Iterator[tuple[OwnChat, tuple[str, ...]]]:
    """Ours on the usual ports of a namespace, and the words before what runs beside it."""
    with island() as words:
        ports = (PORTS.plain, PORTS.direct)
        with own_chat(folder / "own", ["slix1", "slix2"], ports=ports, before=words) as running:
            yield running, words
