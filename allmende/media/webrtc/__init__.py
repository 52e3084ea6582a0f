"""The media end of one browser: ICE-lite, DTLS, SRTP, SCTP over UDP or TCP (spec meet, 4)."""
