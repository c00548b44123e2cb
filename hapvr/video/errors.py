"""What goes wrong with a video."""


class DecodeError(ValueError):
    """A video cannot be read, or not as a whole; the message says why, and what may be done about it."""


class NotExactError(DecodeError):
    """A decoder cannot promise the right frames of this file; another one may."""
