"""Load, with and without the fault each check is for."""

import resource

import pytest

from allmende.app.doctor import load
from allmende.app.doctor.situation import Situation
from allmende.config import Media
from allmende.core.findings import State
from allmende.transports.pulse import Pulse
from tests.app.doctor.wounds import (
    BROKEN,
    GOOD,
    WARNING,
    machine_file,
    remedy,
    running,
    told,
    with_config,
)

MEMORY = """MemTotal: 1000000 kB
MemFree: 1 kB
MemAvailable: {} kB
SwapTotal: 100 kB
SwapFree: {} kB
Strange: none
"""


@pytest.mark.parametrize(("left", "state"), [(500_000, GOOD), (90_000, WARNING)])
def test_too_little_memory_is_found(here: Situation, left: int, state: State) -> None:
    machine_file(here, "proc/meminfo", MEMORY.format(left, 100))
    assert told(load.memory(here))[0] is state


@pytest.mark.parametrize(("left", "state"), [(100, GOOD), (51, GOOD), (40, WARNING)])
def test_swap_in_use_is_found(here: Situation, left: int, state: State) -> None:
    machine_file(here, "proc/meminfo", MEMORY.format(500_000, left))
    assert told(load.swap(here))[0] is state


@pytest.mark.parametrize(
    ("allowed", "state"),
    [(resource.RLIM_INFINITY, GOOD), (65536, GOOD), (1024, WARNING), (256, BROKEN)],
)
def test_too_few_file_descriptors_are_found(here: Situation, allowed: int, state: State) -> None:
    assert told(load.file_descriptors(here, lambda: allowed))[0] is state


def test_the_limit_of_this_process_is_asked(here: Situation) -> None:
    assert told(load.file_descriptors(here))


@pytest.mark.parametrize(("size", "state"), [("4194304", GOOD), ("212992", WARNING)])
def test_small_buffers_are_found(here: Situation, size: str, state: State) -> None:
    machine_file(here, "proc/sys/net/core/rmem_max", size + "\n")
    finding = load.buffers(here)
    assert told(finding)[0] is state
    if state is WARNING:
        wanted = "sysctl -w net.core.rmem_max=4194304 net.core.wmem_max=4194304"
        assert remedy(finding) == wanted


@pytest.mark.parametrize(("late_s", "state"), [(0.004, GOOD), (0.2, WARNING)])
def test_a_server_that_answers_late_is_found(here: Situation, late_s: float, state: State) -> None:
    pulse = Pulse(here.data, here.clock)
    for _ in range(60):
        pulse.beat(late_s)
    assert told(load.loop(running(here)))[0] is state
    assert "cannot be measured" in told(load.loop(here))[1]


HEAD = "sl local_address rem_address st tx:rx_queue tr:when retrnsmt uid timeout inode ref p drops"
LINE = "1: 00000000:{} 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 1 2 0 {}"
UDP = "\n".join([HEAD, LINE.format("1ECA", "{}"), LINE.format("0035", 99999), "torn"])


@pytest.mark.parametrize(("lost", "state"), [(0, GOOD), (1000, GOOD), (1001, WARNING)])
def test_packets_read_too_late_are_found(here: Situation, lost: int, state: State) -> None:
    here = with_config(here, media=Media(udp_port=7882))
    machine_file(here, "proc/net/udp", UDP.format(lost))
    assert told(load.dropped(here))[0] is state


def test_a_machine_that_tells_nothing_is_no_fault(here: Situation) -> None:
    for check in (load.memory, load.swap, load.buffers, load.loop, load.dropped):
        assert told(check(here))[0] is GOOD
