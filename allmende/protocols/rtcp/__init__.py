"""RTCP (RFC 3550, 6), its feedback (RFC 4585, 5104) and transport-wide feedback."""
