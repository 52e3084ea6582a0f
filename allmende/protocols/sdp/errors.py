"""What can be wrong with a description."""


class SdpRefused(Exception):
    """Not a description, or one beyond the bounds of parse.py."""
