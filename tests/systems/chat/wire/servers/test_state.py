"""What the operator sees."""

from allmende.systems.chat.wire.servers.problems import Reason
from allmende.systems.chat.wire.servers.state import MAX_DOMAINS, DomainState, Proof, States
from allmende.transports.trust import Doubt
from tests.systems.chat.wire.servers.town import NOON


def test_a_domain_is_counted_as_it_comes_and_goes() -> None:
    states = States()
    states.waits("b.example", 3)
    states.failed("b.example", Reason.NO_ANSWER, NOON)
    states.doubted("b.example", Doubt.EXPIRED)
    assert states.all() == [
        DomainState(
            "b.example", queued=3, error=Reason.NO_ANSWER, failed_at=NOON, doubt=Doubt.EXPIRED
        )
    ]
    states.opened("b.example", Proof.CERTIFICATE)
    states.came("b.example", Proof.DIALBACK)
    states.waits("b.example", -3)
    assert states.of("b.example") == DomainState("b.example", 1, 1, proof=Proof.DIALBACK)
    assert not states.of("b.example").is_quiet
    states.closed("b.example")
    states.left("b.example")
    states.left("b.example")
    assert states.of("b.example").is_quiet


def test_quiet_domains_are_forgotten_when_there_are_many() -> None:
    states = States()
    states.opened("busy.example", Proof.CERTIFICATE)
    for number in range(MAX_DOMAINS + 5):
        states.failed(f"{number}.example", Reason.NO_NAME, NOON)
    assert len(states.all()) == MAX_DOMAINS
    assert states.of("busy.example").outgoing == 1
    assert states.of("0.example").error is None
