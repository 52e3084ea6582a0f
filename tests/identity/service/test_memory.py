"""Answers that are remembered for a while."""

from allmende.identity.service.memory import Memory


def test_an_answer_is_remembered_until_its_time_is_over() -> None:
    memory: Memory[str, int] = Memory(4.0, 10)
    memory.remember("a", 1, 0.0)
    assert memory.recall("a", 3.9) == 1
    assert memory.recall("a", 4.0) is None
    assert memory.recall("b", 0.0) is None


def test_the_oldest_answer_goes_first() -> None:
    memory: Memory[int, int] = Memory(4.0, 2)
    for number in range(3):
        memory.remember(number, number, 0.0)
    assert [memory.recall(number, 1.0) for number in range(3)] == [None, 1, 2]


def test_answers_can_be_forgotten_by_what_they_say() -> None:
    memory: Memory[str, int] = Memory(4.0, 10)
    memory.remember("a", 1, 0.0)
    memory.remember("b", 2, 0.0)
    memory.forget(lambda value: value == 1)
    assert (memory.recall("a", 1.0), memory.recall("b", 1.0)) == (None, 2)
