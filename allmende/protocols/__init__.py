"""Bytes to values and back. No socket, clock, log or database; usable by strangers."""
