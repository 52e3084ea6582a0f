"""Why a server cannot be reached, and how that is said."""

import pytest

from allmende.protocols.xmpp.errors import stream_error
from allmende.protocols.xmpp.stanza import Stanza, stanza_of
from allmende.systems.chat.wire.servers.problems import Reason, Unreachable, complaint_of


@pytest.mark.parametrize("reason", list(Reason))
def test_each_reason_has_a_condition(reason: Reason) -> None:
    problem = Unreachable(reason)
    lasting = {"no-name", "inside", "no-tls", "certificate", "refused"}
    assert problem.is_lasting is (reason.value in lasting)
    expected = "not-found" if problem.is_lasting else "timeout"
    assert problem.condition == f"remote-server-{expected}"


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("host-unknown", Reason.REFUSED),
        ("policy-violation", Reason.REFUSED),
        ("system-shutdown", Reason.BROKEN),
    ],
)
def test_a_stream_error_is_understood(condition: str, reason: Reason) -> None:
    found = complaint_of(stanza_of(stream_error(condition, "text")))
    assert found is not None
    assert found.reason is reason


def test_all_else_is_no_complaint() -> None:
    assert complaint_of(Stanza("error", "jabber:server", {})) is None
