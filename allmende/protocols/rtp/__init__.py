"""RTP (RFC 3550), its header extensions (RFC 8285) and retransmissions (RFC 4588)."""
