import pytest

from allmende.media.control import Speaker
from allmende.media.control import Speakers as SpeakersReport
from allmende.media.speakers import Speakers
from tests.media.stage import Stage

QUIET = 10 ** (-46.5 / 20)
NEARLY = 10 ** (-44 / 20)
LOUD = 0.1


def test_a_talker_is_on_at_minus_40_and_off_one_second_after_6_db_below() -> None:
    speakers = Speakers()
    assert speakers.update([("a", NEARLY, True)], 0.0) == []
    assert speakers.update([("a", LOUD, True)], 0.3) == [Speaker("a", 0.1, True)]
    assert speakers.update([("a", LOUD + 0.01, True)], 0.6) == []
    assert speakers.update([("a", NEARLY, True)], 0.9) == [Speaker("a", 0.006, True)]
    assert speakers.update([("a", QUIET, True)], 1.2) == []
    assert speakers.update([("a", QUIET, True)], 1.8) == []
    assert speakers.update([("a", QUIET, True)], 1.95) == [Speaker("a", 0.0, False)]


def test_a_closed_microphone_ends_at_once() -> None:
    speakers = Speakers()
    speakers.update([("a", LOUD, True)], 0.0)
    assert speakers.update([("a", 0.0, False)], 0.3) == [Speaker("a", 0.0, False)]


def test_who_left_is_forgotten() -> None:
    speakers = Speakers()
    speakers.update([("a", LOUD, True)], 0.0)
    assert speakers.update([], 0.3) == []
    assert speakers.update([("a", 0.0, True)], 0.6) == []


def test_levels_of_packets_reach_the_main_process_every_300_ms() -> None:
    stage = Stage()
    stage.join("a", "b")
    voice = stage.audio("a")
    for _ in range(100):
        stage.send(voice, voice.opus(level=20))
        stage.pass_time(0.02)
    found = [r for r in stage.reported(SpeakersReport) if isinstance(r, SpeakersReport)]
    assert [(s.leg, s.active) for r in found for s in r.changes] == [("a", True)]
    assert found[0].changes[0].level == pytest.approx(0.1)
    stage.pass_time(2.0)
    found = [r for r in stage.reported(SpeakersReport) if isinstance(r, SpeakersReport)]
    assert found[-1].changes == (Speaker("a", 0.0, False),)


def test_sound_of_a_shared_screen_does_not_speak() -> None:
    stage = Stage()
    stage.join("a")
    film = stage.audio("a", source="screen_share_audio")
    for _ in range(50):
        stage.send(film, film.opus(level=5))
        stage.pass_time(0.02)
    assert stage.reported(SpeakersReport) == []
