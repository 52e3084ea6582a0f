"""Who hears whom in a room of voice, and when a spurt ends."""

import pytest
from msgspec.structs import replace

from allmende.media import control, voicing
from allmende.media.control import LegRights
from allmende.media.rooms import SECOND_S
from allmende.media.voice.bridge import NATIVE_ENDS_AFTER_S, SILENCE
from allmende.media.voicing import SlotFilled, Talks
from tests.media.stage import EVERYTHING
from tests.media.voice.stage import Stage, opus


@pytest.fixture
def stage() -> Stage:
    return Stage()


def talks(stage: Stage) -> list[tuple[str, bool, str]]:
    return [(t.leg, t.talking, t.aim) for t in stage.reported(Talks) if isinstance(t, Talks)]


def test_a_native_is_heard_by_the_others_of_its_room_and_by_nobody_else(stage: Stage) -> None:
    anna, ben, carla = (stage.mumble(sid) for sid in ("anna", "ben", "carla"))
    dora = stage.mumble("dora", room="other")
    emil = stage.mumble("emil", room="")
    stage.talk(anna, b"one", b"two")
    for hears in (ben, carla):
        heard = hears.heard()
        assert [p.opus[2:] for p in heard] == [b"one", b"two"]
        assert [p.frame for p in heard] == [0, 2]
        assert [p.last for p in heard] == [False, True]
        assert {(p.session, p.target) for p in heard} == {(anna.session, 0)}
    assert anna.got() == dora.got() == emil.got() == []


def test_one_packet_is_one_call_of_the_fan_out(stage: Stage) -> None:
    clients = [stage.mumble(f"c{n}", modern=n % 2 == 0) for n in range(6)]
    stage.air.calls = 0
    clients[0].say(opus(b"x"))
    assert stage.air.calls == 1
    assert all(client.texts() == [b"x"] for client in clients[1:])


def test_members_are_set_on_a_change_only(stage: Stage) -> None:
    anna, _ = stage.mumble("anna"), stage.mumble("ben")
    anna.say(opus(b"x"))
    (group,) = stage.air.groups
    changes = group.changes
    for _ in range(10):
        anna.say(opus(b"x"))
    assert group.changes == changes
    stage.mumble("carla")
    anna.say(opus(b"x"))
    assert group.changes == changes + 1


def test_each_gets_the_form_that_it_reads(stage: Stage) -> None:
    old, new = stage.mumble("old"), stage.mumble("new", modern=True)
    tunnel = stage.mumble("tunnel", modern=True, bound=False)
    stage.talk(old, b"from old")
    stage.talk(new, b"from new")
    stage.talk(tunnel, b"from tunnel")
    assert old.texts() == [b"from new", b"from tunnel"]
    assert new.texts() == [b"from old", b"from tunnel"]
    old.modern = True
    stage.do(voicing.FormatMumble(id=1, leg="old", protobuf=True))
    stage.talk(new, b"now")
    assert old.texts() == [b"now"]


def test_the_deaf_get_nothing_and_hear_again_later(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    stage.do(voicing.FlagMumble(id=1, leg="ben", silent=False, deaf=True))
    stage.talk(anna, b"x")
    assert ben.got() == []
    stage.do(voicing.FlagMumble(id=1, leg="ben", silent=False, deaf=False))
    stage.talk(anna, b"y")
    assert ben.texts() == [b"y"]


@pytest.mark.parametrize("way", ["silent", "suppressed", "no source"])
def test_without_permission_packets_end_at_the_first_check(stage: Stage, way: str) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    stage.join("web")
    stage.slots(2, "web")
    if way == "silent":
        stage.do(voicing.FlagMumble(id=1, leg="anna", silent=True, deaf=False))
    elif way == "suppressed":
        stage.place("anna", "R", suppressed=True)
    else:
        stage.place("anna", "R", sources=("camera",))
    stage.talk(anna, b"x", b"y")
    assert ben.got() == []
    assert stage.heard("web") == []
    assert talks(stage) == []


def test_who_loses_the_right_within_a_word_ends_it_before_the_answer(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    commands: list[control.Command] = [
        voicing.FlagMumble(id=1, leg="anna", silent=True, deaf=False),
        voicing.PlaceMumble(id=1, leg="anna", room="R", sources=("microphone",), suppressed=True),
        voicing.PlaceMumble(id=1, leg="anna", room="R", sources=()),
    ]
    for command in commands:
        stage.talk(anna, b"x", last=False)
        stage.do(command)
        (x, end) = ben.heard()
        assert (x.last, end.last, end.opus, end.frame) == (
            False,
            True,
            SILENCE,
            x.frame + 2,
        )
        stage.talk(anna, b"more", last=False)
        assert ben.got() == []
        stage.do(voicing.FlagMumble(id=1, leg="anna", silent=False, deaf=False))
        stage.place("anna", "R")
        stage.pass_time(0.5)


def test_a_move_ends_the_word_in_the_old_room_and_the_rest_is_heard_in_the_new(
    stage: Stage,
) -> None:
    anna, ben, carla = stage.mumble("anna"), stage.mumble("ben"), stage.mumble("carla", "other")
    stage.talk(anna, b"here", last=False)
    stage.place("anna", "other")
    stage.talk(anna, b"there", last=False)
    assert ben.texts() == [b"here", b"-"]
    assert carla.texts() == [b"there"]
    assert [(t.room, t.talking) for t in stage.reported(Talks) if isinstance(t, Talks)] == [
        ("R", True),
        ("R", False),
        ("other", True),
    ]


def test_a_suppressed_newcomer_is_silent_from_the_first_packet(stage: Stage) -> None:
    anna, carla = stage.mumble("anna"), stage.mumble("carla", "other")
    stage.place("anna", "other", suppressed=True)
    stage.talk(anna, b"x")
    assert carla.got() == []


def test_a_word_without_end_ends_after_a_while(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    stage.talk(anna, b"x", last=False)
    stage.pass_time(0.36)
    assert ben.texts() == [b"x"]
    assert talks(stage) == [("anna", True, "talk")]
    stage.pass_time(0.1)
    assert ben.texts() == [b"-"]
    assert talks(stage) == [("anna", False, "talk")]
    stage.pass_time(2)
    assert ben.got() == []


def test_the_clock_is_asked_when_a_word_begins_or_should_end_and_each_second(
    stage: Stage,
) -> None:
    speaker = stage.mumble("a")
    stage.mumble("b")
    stage.rooms.tick(stage.now_s)
    rest_s = stage.rooms.due_s()
    assert stage.now_s < rest_s <= stage.now_s + SECOND_S
    speaker.say()
    assert stage.rooms.due_s() <= stage.now_s, "who begins is told soon"
    while stage.now_s < rest_s:
        stage.now_s += 0.02
        speaker.say()
    stage.rooms.tick(stage.now_s)
    assert stage.rooms.due_s() == pytest.approx(stage.now_s + NATIVE_ENDS_AFTER_S)
    stage.now_s = stage.rooms.due_s()
    stage.rooms.tick(stage.now_s)
    assert talks(stage)[-1] == ("a", False, "talk")
    assert stage.rooms.due_s() > stage.now_s
    stage.join("w")
    assert stage.rooms.due_s() <= stage.now_s, "legs of browsers need each tick"


def test_slots_that_nobody_hears_stay_empty_until_somebody_does(stage: Stage) -> None:
    speaker = stage.mumble("a")
    stage.slots(2)
    stage.talk(speaker, b"1", last=False)
    assert not stage.reported(SlotFilled)
    stage.join("w")
    stage.down("w", "RS0", ssrc=1000)
    stage.talk(speaker, b"2", last=False)
    filled = stage.reported(SlotFilled)
    assert [told.leg for told in filled if isinstance(told, SlotFilled)] == ["a"]
    assert [heard.payload[2:] for heard in stage.heard("w")] == [b"2"]


def test_talking_is_told_at_most_once_a_tick(stage: Stage) -> None:
    anna = stage.mumble("anna")
    stage.mumble("ben")
    for nth in range(200):
        anna.say(opus(b"x"), last=nth % 2 == 1)
    assert talks(stage) == []
    stage.pass_time(0.02)
    assert talks(stage) == []
    anna.say(opus(b"x"))
    stage.pass_time(0.02)
    assert talks(stage) == [("anna", True, "talk")]


def test_a_leg_of_a_browser_is_heard_once_it_has_a_session(stage: Stage) -> None:
    ben = stage.mumble("ben")
    stage.join("web")
    voice = stage.audio("web")
    stage.speak(voice, b"x")
    assert ben.got() == []
    stage.do(voicing.NumberLeg(id=1, leg="web", session=77))
    stage.speak(voice, b"y")
    (heard,) = ben.heard()
    assert (heard.session, heard.opus[2:], heard.target) == (77, b"y", 0)


def test_a_microphone_that_comes_later_is_heard_too_but_no_other_source(stage: Stage) -> None:
    ben = stage.mumble("ben")
    stage.join("web")
    stage.do(voicing.NumberLeg(id=1, leg="web", session=77))
    voice, screen = stage.audio("web"), stage.audio("web", "SC", source="screen_share_audio")
    stage.speak(screen, b"film")
    stage.speak(voice, b"y")
    assert ben.texts() == [b"y"]


@pytest.mark.parametrize("how", ["mute", "suppress", "close up", "close leg"])
def test_a_browser_that_is_cut_off_ends_its_word_at_once(stage: Stage, how: str) -> None:
    ben = stage.mumble("ben")
    stage.join("web")
    stage.do(voicing.NumberLeg(id=1, leg="web", session=77))
    voice = stage.audio("web")
    stage.speak(voice, b"x")
    commands: dict[str, control.Command] = {
        "mute": control.SetMuted(id=1, up="A", muted=True),
        "suppress": control.SetRights(id=1, leg="web", rights=replace(EVERYTHING, suppressed=True)),
        "close up": control.CloseUp(id=1, up="A"),
        "close leg": control.CloseLeg(id=1, leg="web"),
    }
    stage.do(commands[how])
    assert ben.texts() == [b"x", b"-"]
    if how != "close leg":
        stage.speak(voice, b"y")
        assert ben.got() == []
    stage.pass_time(0.02)
    assert talks(stage) == [("web", True, "talk"), ("web", False, "talk")]


def test_a_muted_browser_stays_unheard_whatever_it_sends(stage: Stage) -> None:
    ben = stage.mumble("ben")
    stage.join("web", rights=LegRights(sources=("microphone",), suppressed=True))
    stage.do(voicing.NumberLeg(id=1, leg="web", session=77))
    voice = stage.audio("web")
    stage.speak(voice, *[b"x"] * 20)
    assert ben.got() == []


def test_a_room_that_closes_leaves_its_natives_in_none(stage: Stage) -> None:
    anna, ben = stage.mumble("anna"), stage.mumble("ben")
    stage.join("web")
    stage.slots(2, "web")
    stage.talk(anna, b"x", last=False)
    stage.do(control.CloseRoom(id=1, room="R"))
    assert ben.texts() == [b"x", b"-"]
    stage.talk(anna, b"y")
    assert ben.got() == []
    stage.join("web")
    stage.slots(2, "web")
    stage.place("anna", "R")
    stage.place("ben", "R")
    stage.talk(anna, b"z")
    assert ben.texts() == [b"z"]


def test_small_rooms_stay_direct_and_large_ones_go_through_slots(stage: Stage) -> None:
    stage.join("web", "other", "third")
    voice = stage.audio("web")
    stage.down("other", "A")
    stage.slots(2, "web", "other", "third")
    stage.speak(voice, b"x")
    assert [h.ssrc for h in stage.heard("other")] == [7]
    assert stage.heard("third") == stage.heard("web") == []
    stage.slots(2, direct=False)
    stage.speak(voice, b"y")
    # Who still has a down of the microphone does not hear it twice.
    assert [h.ssrc for h in stage.heard("other")] == [7]
    assert [h.ssrc for h in stage.heard("third")] == [1000]
    stage.do(control.CloseDown(id=1, down="A>other"))
    stage.speak(voice, b"z")
    assert [h.ssrc for h in stage.heard("other")] == [1000]
    assert stage.heard("web") == []
