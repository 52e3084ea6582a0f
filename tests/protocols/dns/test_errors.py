from allmende.protocols.dns.errors import DnsError


def test_a_broken_message_is_a_wrong_value() -> None:
    assert issubclass(DnsError, ValueError)
