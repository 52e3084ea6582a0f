from allmende.core.parts import Part


def test_a_part_may_have_nothing_but_a_name() -> None:
    part = Part(name="chat")
    assert (*part.facts, *part.routes, *part.live, *part.jobs, *part.tasks) == ()
