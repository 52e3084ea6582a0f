"""Session descriptions (RFC 8866) with the attributes of WebRTC (RFC 8829): text <-> values."""
