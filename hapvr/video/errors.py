"""What goes wrong with a video."""


class DecodeError(ValueError):
    """A video cannot be read, or not as a whole; the message names the file and the reason."""
