"""What is known of a packet on its way."""

from allmende.media.voice.talker import Sound, Talker


def test_a_sound_knows_its_talker() -> None:
    talker = Talker("leg", 1, 0.4, None)
    sound = Sound(talker, 7, 2, b"opus", 1.5)
    assert (sound.talker, sound.frame, sound.duration, sound.last) == (talker, 7, 2, False)
