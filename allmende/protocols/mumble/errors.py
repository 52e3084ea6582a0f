"""What can be wrong with bytes from the other side."""


class MumbleMalformed(ValueError):
    """The bytes are not what they should be, or beyond a bound. Says nothing of what is in them."""
