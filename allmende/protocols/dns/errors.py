"""What can be wrong with a message."""


class DnsError(ValueError):
    """These octets are no message that we understand, or this is no name."""
