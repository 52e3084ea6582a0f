from allmende.cli.checks.finding import State, broken, good, warning


def test_a_finding_is_a_state_a_name_a_sentence_and_a_remedy() -> None:
    assert good("disk", "Enough.").line() == "good     disk               Enough."
    shown = broken("ports", "Taken.", "Choose another.").line()
    assert shown == "broken   ports              Taken.  -> Choose another."


def test_what_is_not_good_has_a_remedy() -> None:
    assert warning("clock", "Late.", "Set it.").state is State.WARNING
    assert good("clock", "Right.").remedy == ""
