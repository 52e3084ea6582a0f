"""Tracks: ups that come in, downs that go out, and what lies between them."""
