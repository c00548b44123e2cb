"""A video file that does to the process which reads it what a damaged file may do: hang it, crash it, get it killed."""

import multiprocessing
import os
from pathlib import Path, PosixPath


class TrappedPath(PosixPath):
    """Sends the next signal of its list to the child process that looks at it; after the last, an ordinary path."""

    def __str__(self) -> str:
        name = super().__str__()
        if multiprocessing.parent_process() is not None:
            signals = _list_beside(name)
            number, _, rest = signals.read_text().partition("\n")
            if number:
                signals.write_text(rest)
                os.kill(os.getpid(), int(number))
        return name


def set_trap(path: Path, *signals: int) -> TrappedPath:
    """Gives the path of a file, with a trap for the first children that read it, one signal for each."""
    _list_beside(str(path)).write_text("".join(f"{number:d}\n" for number in signals))
    return TrappedPath(path)


def signals_left(path: Path) -> int:
    """How many signals of a trap were not sent yet."""
    return len(_list_beside(str(path)).read_text().split())


def _list_beside(name: str) -> Path:
    return Path(f"{name}.signals")
