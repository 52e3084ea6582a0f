"""Sending a packet to many: OCB2 of Mumble and SRTP, in C, with numpy or in Python alone."""
