import inspect
from typing import get_args

from allmende.core.ports.audio import (
    LOOPBACK_TARGET,
    TALK_TARGET,
    AudioEvent,
    AudioLegs,
    LegCounts,
    LegFlags,
)
from allmende.media.audio import EmbeddedAudio

MOST_ASYNC_METHODS = 7


def test_the_port_has_at_most_seven_async_methods_and_media_has_them_all() -> None:
    methods = {
        name: method
        for name, method in inspect.getmembers(AudioLegs, inspect.isfunction)
        if name[0] != "_"
    }
    waiting = [name for name, method in methods.items() if inspect.iscoroutinefunction(method)]
    assert len(waiting) <= MOST_ASYNC_METHODS
    assert methods.keys() <= set(dir(EmbeddedAudio))


def test_a_leg_begins_unmuted_and_with_nothing_counted() -> None:
    assert not any((LegFlags().self_mute, LegFlags().self_deaf, LegFlags().muted, LegFlags().deaf))
    assert LegCounts() == LegCounts(good=0, late=0, lost=0, resync=0, udp_packets=0, tcp_packets=0)


def test_events_are_told_apart_by_their_type() -> None:
    kinds = get_args(AudioEvent)
    assert len(set(kinds)) == len(kinds)
    assert TALK_TARGET < LOOPBACK_TARGET
