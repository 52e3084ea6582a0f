"""The transport as a whole: who implements what, and who may import aiortc."""

import ast
from pathlib import Path

import allmende
from allmende.media.webrtc.connection import LegConnection
from allmende.media.webrtc.datachannel import SctpLink
from allmende.media.webrtc.datalink import DataOwner, OpenData
from allmende.media.webrtc.paths import Path as MediaPath
from allmende.media.webrtc.paths import Receiver, Source
from allmende.media.webrtc.tcp import TcpConnection, TcpPort
from allmende.media.webrtc.transport import LegTransport
from allmende.media.webrtc.udp import UdpPort
from tests.media.webrtc.peer import World

ROOT = Path(allmende.__file__).parent


def imported(source: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


def test_one_file_imports_aiortc_and_nobody_av() -> None:
    importing = [path for path in ROOT.rglob("*.py") if imported(path) & {"aiortc", "av"}]
    assert [str(path.relative_to(ROOT)) for path in importing] == ["media/webrtc/datachannel.py"]
    assert "av" not in imported(importing[0])


def test_the_parts_fit_their_roles() -> None:
    world = World()
    leg, _ = world.leg()
    transport: LegTransport = leg
    owner: DataOwner = leg
    receiver: Receiver = world.endpoint
    source: Source = UdpPort.__new__(UdpPort)
    path: MediaPath = TcpConnection(
        TcpPort(receiver, world.endpoint.is_known, world.endpoint.connection_lost, world.clock, 1)
    )
    open_data: OpenData = SctpLink
    assert all([transport, owner, source, path, open_data])
    assert isinstance(transport, LegConnection)
