"""Processes that tests interrupt."""

import signal


def hear_interrupts() -> None:
    """For `preexec_fn`: background jobs of a shell ignore SIGINT, and what they start does too if nobody says more."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
