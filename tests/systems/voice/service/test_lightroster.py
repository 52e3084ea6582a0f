"""What light pages show of a call, and what they remember of slots and of who talks."""

from allmende.core.ids import RoomId
from allmende.core.ports.audio import SlotTaken, Talking
from allmende.core.ports.calls import CallPerson, CallShown, Client
from allmende.core.ports.conference import CallId
from allmende.systems.voice.service.lightroster import About, Roster, Sound

CALL = CallId("r7")


def person(identity: str, role: str) -> CallPerson:
    return CallPerson(
        identity=identity,
        name=identity,
        role=role,
        client=Client.MUMBLE,
        account_id=None,
        suppressed=False,
    )


def test_a_roster_is_made_once_and_only_facilitators_see_who_waits() -> None:
    call = CallShown(
        room_id=RoomId(7),
        people=(person("ada", "facilitator"), person("mel", "member")),
        hands=("mel",),
        moderated=True,
        waiting=(("g1", "Vor"),),
    )
    asked = list[str]()

    def about(one: CallPerson) -> About:
        asked.append(one.identity)
        return About(f"known {one.identity}", muted=one.identity == "mel")

    roster = Roster(call, about)
    ada, mel, nobody = roster.of("ada"), roster.of("mel"), roster.of("zoe")
    assert asked == ["ada", "mel"]
    assert (ada["facilitates"], ada["waiting"]) == (True, [{"key": "g1", "name": "Vor"}])
    for one in (mel, nobody):
        assert (one["facilitates"], one["waiting"]) == (False, [])
        assert (one["hands"], one["moderated"], one["floor"]) == (["mel"], True, None)
    people = mel["people"]
    assert isinstance(people, list)
    assert [(one["known"], one["muted"]) for one in people] == [
        ("known ada", False),
        ("known mel", True),
    ]


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
