import pytest

from allmende.media import control
from allmende.media.control import UpBound
from allmende.protocols.rtp.extensions import write_extensions
from allmende.protocols.rtp.packet import write_packet
from tests.media.stage import Source, Stage


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.join("a", "b")
    return stage


def bound(stage: Stage) -> list[tuple[str, str, int]]:
    found = stage.reported(UpBound)
    return [(b.up, b.rid, b.ssrc) for b in found if isinstance(b, UpBound)]


def without_extensions(packet: bytes, header: int = 12) -> bytes:
    words = int.from_bytes(packet[header + 2 : header + 4], "big")
    return bytes([0x80]) + packet[1:header] + packet[header + 4 + 4 * words :]


def test_a_stream_without_mid_is_known_only_if_it_was_announced(stage: Stage) -> None:
    (stranger,) = stage.video("a")
    stage.send(stranger, without_extensions(stranger.frame()[0]))
    assert bound(stage) == []
    (known,) = stage.video("a", "W", ssrcs=(0xB000, 0xB001))
    stage.send(known, without_extensions(known.frame()[0]))
    assert bound(stage) == [("W", "", 0xB000)]


def test_simulcast_is_told_apart_by_rid_or_by_the_order_of_announced_streams(
    stage: Stage,
) -> None:
    low, high = stage.video("a", rids=("q", "h"), ssrcs=(0xB000, 0xB001, 0xC000, 0xC001))
    stage.send(high, *high.frame())
    stage.send(low, without_extensions(low.frame()[0]))
    assert bound(stage) == [("V", "h", 0xB001), ("V", "q", 0xB000)]
    unknown = Source(stage, "a", 0xC000, "mV", rid="x")
    stage.send(unknown, *unknown.frame())
    stage.send(unknown, without_extensions(unknown.frame()[0]))
    assert bound(stage) == []


def test_repairs_of_simulcast_find_their_layer_by_the_hole_they_fill(stage: Stage) -> None:
    low, high = stage.video("a", rids=("q", "h"))
    stage.down("b", "V")
    stage.send(low, *low.frame(key=True))
    first, second, third = high.frame(key=True, packets=3)
    stage.send(high, first, third)
    stage.heard("b")
    repair = Source(stage, "a", 0xCC, "mV")
    stage.send(repair, repair.write(b"\0\1x", payload_type=97))
    original = (high.sequence - 2).to_bytes(2, "big")
    stage.send(repair, repair.write(original + second[-12:], payload_type=97))
    assert [h.payload[-5:] for h in stage.heard("b")] == [b"frame"]


def test_repairs_find_their_layer_by_its_name(stage: Stage) -> None:
    (high,) = stage.video("a", rids=("h",))
    stage.down("b", "V")
    first, second, third = high.frame(key=True, packets=3)
    stage.send(high, first, third)
    stage.heard("b")
    block = write_extensions([(1, b"mV"), (3, b"h")])
    lost = (high.sequence - 2).to_bytes(2, "big") + second[-12:]
    repair = Source(stage, "a", 0xCC, "mV")
    stage.send(repair, write_packet(97, 1, high.timestamp, 0xCC, lost, extensions=block))
    assert len(stage.heard("b")) == 1


def test_closing_an_up_frees_its_section(stage: Stage) -> None:
    (camera,) = stage.video("a", ssrcs=(0xB000,))
    stage.send(camera, *camera.frame())
    stage.do(control.CloseUp(id=1, up="V"))
    stage.send(camera, *camera.frame())
    assert bound(stage) == [("V", "", 0xB000)]
    stage.video("a")
    stage.send(camera, *camera.frame())
    assert bound(stage) == [("V", "", 0xB000)]
