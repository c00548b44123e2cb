"""One file's way through child processes to an outcome."""

import multiprocessing
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from types import ModuleType

from hapvr.video.child import HEAD, Message, Task, decode
from hapvr.video.readers import decoder_of

# Exit statuses of a child that somebody else ended (the system short of memory, an operator), or whose server is gone:
# worth one more try.
RETRIED = {-signal.SIGKILL, -signal.SIGTERM, 255}


@dataclass
class Outcome:
    """What was read of a file. reason: what is wrong with it, empty if nothing; then these are all sampled frames."""

    decoder: str = ""
    jpegs: list[bytes] = field(default_factory=list)
    timestamps: list[float] = field(default_factory=list)
    indices: list[int] = field(default_factory=list)
    reason: str = ""

    def add(self, content: bytes) -> None:
        """Adds a picture as a child sends it."""
        timestamp, index = HEAD.unpack_from(content)
        self.timestamps.append(timestamp)
        self.indices.append(index)
        self.jpegs.append(content[HEAD.size :])


class Job:
    """Runs a task in a child; if that dies or hangs, the next readers in another child.

    connection: readable when there is progress to take in. deadline: the monotonic time after which there is, too.
    """

    connection: Connection
    deadline: float

    def __init__(self, task: Task) -> None:
        self._retried = False
        self._start(task)

    def progress(self) -> Outcome | None:
        """Takes in what the child has said since; the outcome, once there is one."""
        while self.connection.poll():
            try:
                message = self.connection.recv_bytes()
            except (EOFError, OSError):
                return self._died()
            kind, content = Message(message[:1]), message[1:]
            if kind is Message.READER:
                self._reader += 1
                self._outcome = Outcome(decoder_of(self._task.readers[self._reader]))
            elif kind is Message.PICTURE:
                self._outcome.add(content)
            else:
                return self._ended("" if kind is Message.WHOLE else content.decode(errors="replace"))
        if time.monotonic() > self.deadline:
            return self._next_reader(f"no end after {self._task.wall_s:g} s, the limit")
        return None

    def kill(self) -> None:
        """Ends the child, whatever it does."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self.connection.close()

    def _start(self, task: Task) -> None:
        self._task, self._reader, self._outcome = task, -1, Outcome()
        context = multiprocessing.get_context("forkserver")
        # The decoders are imported once, in the server, which has no threads and no limits.
        context.set_forkserver_preload(["hapvr.video.child"])
        self.connection, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=decode, args=(task, theirs), daemon=True)
        with _without_main():
            self._process.start()
        theirs.close()
        self.deadline = time.monotonic() + task.wall_s

    def _died(self) -> Outcome | None:
        self._process.join()
        status = self._process.exitcode or 0
        if status in RETRIED and not self._retried:
            self._retried = True
            self.kill()
            self._start(replace(self._task, readers=self._task.readers[max(self._reader, 0) :]))
            return None
        how = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        return self._next_reader(f"the decoder crashed ({how})")

    def _next_reader(self, reason: str) -> Outcome | None:
        readers = self._task.readers[self._reader + 1 :]
        if not readers:
            return self._ended(reason)
        self.kill()
        self._start(replace(self._task, readers=readers))
        return None

    def _ended(self, reason: str) -> Outcome:
        self.kill()
        self._outcome.reason = one_line(reason)
        return self._outcome


@contextmanager
def _without_main() -> Iterator[None]:
    """Keeps children from importing the program that runs, which they do not need and which may not be made for it."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def one_line(text: str) -> str:
    """Printable text of at most 200 characters."""
    return "".join(character if character.isprintable() else " " for character in text)[:200].strip()
