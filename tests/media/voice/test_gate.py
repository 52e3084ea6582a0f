"""The gate: speech opens it, noise does not, and no syllable is cut."""

from allmende.media.voice.gate import Gate

STEP_S = 0.02


class Listener:
    """A gate and a clock."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.now_s = 100.0

    def hear(self, *levels: int) -> list[bool]:
        opened = []
        for level in levels:
            self.now_s += STEP_S
            opened.append(self.gate.hear(level, self.now_s))
        return opened


def test_loud_speech_opens_at_once() -> None:
    assert Listener().hear(-50) == [True]
    assert Listener().hear(-20) == [True]


def test_a_fan_is_not_talking_from_the_first_packet_on_and_for_a_minute() -> None:
    fan = [-60 + n % 3 for n in range(3000)]
    assert not any(Listener().hear(*fan))


def test_a_quiet_voice_over_a_quieter_room_is_heard() -> None:
    listener = Listener()
    listener.hear(*[-80] * 5)
    assert listener.hear(-55) == [True]


def test_what_is_hardly_above_the_floor_is_not_heard() -> None:
    listener = Listener()
    listener.hear(*[-66] * 200)
    assert listener.hear(-56) == [False]
    assert listener.hear(-54) == [True]


def test_nothing_below_the_lowest_level_is_speech() -> None:
    listener = Listener()
    listener.hear(*[-100] * 200)
    assert listener.hear(-65) == [False]
    assert listener.hear(-64) == [True]


def test_it_closes_300_ms_after_the_last_loud_packet() -> None:
    listener = Listener()
    listener.hear(*[-80] * 5, -30)
    opened = listener.hear(*[-80] * 20)
    assert sum(opened) in (14, 15)  # 300 ms, in steps of 20
    assert opened == sorted(opened, reverse=True)


def test_what_is_a_little_quieter_keeps_it_open() -> None:
    listener = Listener()
    listener.hear(*[-80] * 5, -30)
    assert all(listener.hear(*[-69] * 100))
    listener.hear(*[-80] * 20)
    assert not any(listener.hear(*[-70] * 5))


def test_it_stays_open_through_the_pauses_between_words() -> None:
    listener = Listener()
    listener.hear(*[-80] * 10)
    words = ([-40] * 20 + [-78] * 10) * 20
    assert all(listener.hear(*words))


def test_the_floor_rises_with_the_noise_within_three_seconds() -> None:
    listener = Listener()
    listener.hear(*[-80] * 200)
    assert listener.hear(-55)[0]
    for _ in range(200):
        listener.hear(-55)
    assert not any(listener.hear(*[-55] * 100))


def test_digital_silence_says_nothing_of_the_room() -> None:
    listener = Listener()
    listener.hear(*[-127] * 500)
    assert not any(listener.hear(*[-60] * 200))


def test_after_it_was_closed_it_opens_as_before() -> None:
    listener = Listener()
    assert listener.hear(-30) == [True]
    listener.gate.close()
    assert not listener.gate.is_open
    assert listener.hear(-80) == [False]
    assert listener.hear(-30) == [True]
