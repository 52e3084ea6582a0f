"""What light pages remember of slots and of who talks."""

from allmende.core.ports.audio import SlotTaken, Talking
from allmende.core.ports.conference import CallId
from allmende.systems.voice.service.lightroster import Sound

CALL = CallId("r7")


def test_a_slot_is_somebodys_until_it_is_free() -> None:
    sound = Sound()
    sound.take(SlotTaken(CALL, 1, "ada"))
    sound.take(SlotTaken(CALL, 2, "mel", to=("zoe",)))
    assert [one.identity for one in sound.slots(CALL, "zoe")] == ["ada", "mel"]
    assert [one.identity for one in sound.slots(CALL, "bo")] == ["ada"]
    sound.take(SlotTaken(CALL, 1, ""))
    sound.take(SlotTaken(CALL, 2, ""))
    assert sound.calls() == set()


def test_who_talks_is_known_until_they_stop() -> None:
    sound = Sound()
    for who in ("mel", "ada"):
        sound.take(Talking(CALL, who, True))
    assert sound.talking(CALL) == ["ada", "mel"]
    for who in ("mel", "ada", "nobody"):
        sound.take(Talking(CALL, who, False))
    assert sound.calls() == set()


def test_nothing_is_kept_of_a_call_that_is_over() -> None:
    sound = Sound()
    sound.take(SlotTaken(CALL, 1, "ada"))
    sound.take(Talking(CALL, "ada", True))
    sound.forget(CALL)
    assert (sound.slots(CALL, "mel"), sound.talking(CALL)) == ([], [])
