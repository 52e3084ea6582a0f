from allmende.app.doctor.all import AREAS, CHECKS, findings
from allmende.app.doctor.situation import Situation
from tests.app.doctor.wounds import GOOD, TEXTS, told


def test_there_are_more_than_fifty_checks_with_a_name_each(here: Situation) -> None:
    found = findings(here)
    assert len(found) == len({finding.name for finding in found}) == len(CHECKS) + 1 > 50
    for finding in found:
        assert told(finding)


def test_every_area_has_a_title_and_every_finding_an_area(here: Situation) -> None:
    assert {finding.area for finding in findings(here)} == set(AREAS)
    for area in AREAS:
        for language in TEXTS.languages:
            assert TEXTS.text(language, f"check.area-{area}")


def test_on_a_good_machine_little_is_to_be_done(here: Situation) -> None:
    wrong = {finding.name for finding in findings(here) if finding.state is not GOOD}
    of_this_machine = {"storage.free", "machine.clock", "safety.core", "load.files"}
    assert wrong <= {"backup.recipients", *of_this_machine}
