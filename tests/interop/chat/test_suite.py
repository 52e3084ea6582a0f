"""slixmpp's own integration tests: what Prosody reaches in the same place, and what we reach."""

from pathlib import Path
from typing import Final

import pytest

from bench.chat.own import OwnChat
from tests.interop.chat import island, reference, suite
from tests.interop.chat.suite import Account, outcome_of

pytestmark = [pytest.mark.interop, pytest.mark.slow]

COUNT: Final = 39
SKIPPED: Final = {"component.ping"}
"""It wants a component with a name and secret that only their own CI has."""

MISSING: Final = [*island.missing(), *suite.missing()]


def test_what_pytest_prints_is_read() -> None:
    found = outcome_of(
        "itests/test_muc.py::TestMUC::test_kick PASSED              [ 10%]\n"
        "itests/test_mam.py::TestMAM::test_mam_iterate FAILED       [ 20%]\n"
        "itests/test_component.py::Slix::test_ping SKIPPED (why)    [ 30%]\n"
        "itests/test_muc.py::TestMUC::test_leave PASSED             [ 40%]\n"
        "itests/test_muc.py::TestMUC::test_leave ERROR              [ 40%]\n"
        "FAILED itests/test_mam.py::TestMAM::test_mam_iterate - AssertionError\n"
    )
    assert found.passed == {"muc.kick"}
    assert found.failed == {"mam.mam_iterate", "muc.leave"}
    assert found.skipped == SKIPPED


@pytest.mark.soak
@pytest.mark.skipif(
    bool(MISSING or reference.missing()), reason=f"MISSING: {MISSING} {reference.missing()}"
)
def test_prosody_passes_all_but_what_its_release_does_not_know(tmp_path: Path) -> None:
    with island.island() as words, reference.reference(tmp_path, words) as peer:
        found = suite.run(
            reference.FIRST, reference.SECOND, reference.ROOMS, peer.tls.authority, words
        )
    assert found.failed == {"moderate.moderate_msg", "sos.sos"}, found.said
    assert found.skipped == SKIPPED
    assert len(found.passed) == COUNT - len(found.failed) - len(found.skipped)


@pytest.mark.skipif(bool(MISSING), reason=f"MISSING: {MISSING}")
def test_ours_passes_all_of_them(alone: tuple[OwnChat, tuple[str, ...]]) -> None:
    own, words = alone
    first, second = (Account(f"{name}@localhost", own.secrets[name]) for name in ("slix1", "slix2"))
    found = suite.run(first, second, reference.ROOMS, own.authority, words)
    assert not found.failed, found.said
    assert found.skipped == SKIPPED
    assert len(found.passed) == COUNT - len(SKIPPED)
