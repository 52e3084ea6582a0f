from allmende.app.doctor.situation import Situation
from tests.app.doctor.wounds import machine_file


def test_files_of_the_machine_are_read_or_there_are_none(here: Situation) -> None:
    machine_file(here, "proc/x", "one\ntwo\n")
    assert here.lines("proc/x") == ["one", "two"]
    assert here.lines("proc/none") == []
    assert here.domain == "localhost"
    assert here.places.encryption == "off"
