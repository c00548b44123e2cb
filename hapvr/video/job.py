"""Decoding files in child processes, whatever they do to them: one file's way to an end, and many at a time."""

import multiprocessing
import signal
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import ModuleType

from hapvr.video.child import HEAD, DecodeTask, Message, decode
from hapvr.video.options import Frames, Limits, Request
from hapvr.video.readers import CHAINS, PICTURES, decoder_of

# Exit statuses of a child that somebody else ended (the system short of memory, an operator), or whose server is gone:
# worth one more try.
RETRIED = {-signal.SIGKILL, -signal.SIGTERM, 255}


@dataclass
class DecodedVideo:
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

    def __init__(self, task: DecodeTask) -> None:
        self._retried = False
        self._start(task)

    def progress(self) -> DecodedVideo | None:
        """Takes in what the child has said since; what was read, once that is over."""
        while self.connection.poll():
            try:
                message = self.connection.recv_bytes()
            except (EOFError, OSError):
                return self._replace_dead()
            kind, content = Message(message[:1]), message[1:]
            if kind is Message.READER:
                self._reader += 1
                self._decoded = DecodedVideo(decoder_of(self._task.readers[self._reader]))
            elif kind is Message.PICTURE:
                self._decoded.add(content)
            else:
                return self._end("" if kind is Message.WHOLE else content.decode(errors="replace"))
        if time.monotonic() > self.deadline:
            return self._next_reader(f"no end after {self._task.wall_s:g} s, the limit")
        return None

    def kill(self) -> None:
        """Ends the child, whatever it does."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self.connection.close()

    def _start(self, task: DecodeTask) -> None:
        self._task, self._reader, self._decoded = task, -1, DecodedVideo()
        context = multiprocessing.get_context("forkserver")
        # The decoders are imported once, in the server, which has no threads and no limits.
        context.set_forkserver_preload(["hapvr.video.child"])
        self.connection, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=decode, args=(task, theirs), daemon=True)
        with _without_main():
            self._process.start()
        theirs.close()
        self.deadline = time.monotonic() + task.wall_s

    def _replace_dead(self) -> DecodedVideo | None:
        self._process.join()
        status = self._process.exitcode or 0
        if status in RETRIED and not self._retried:
            self._retried = True
            self.kill()
            self._start(replace(self._task, readers=self._task.readers[max(self._reader, 0) :]))
            return None
        how = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        return self._next_reader(f"the decoder crashed ({how})")

    def _next_reader(self, reason: str) -> DecodedVideo | None:
        # A child that ended before it said a word was at the first one.
        readers = self._task.readers[max(self._reader, 0) + 1 :]
        if not readers:
            return self._end(reason)
        self.kill()
        self._start(replace(self._task, readers=readers))
        return None

    def _end(self, reason: str) -> DecodedVideo:
        self.kill()
        self._decoded.reason = shorten_to_line(reason)
        return self._decoded


@contextmanager
def _without_main() -> Iterator[None]:
    """Keeps children from importing the program that runs, which they do not need and which may not be made for it."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def shorten_to_line(text: str) -> str:
    """Printable text of at most 200 characters."""
    return "".join(character if character.isprintable() else " " for character in text)[:200].strip()


def build_task(path: Path, options: Frames) -> DecodeTask:
    """How these options sample a file, or take in a folder of frames."""
    limits = options.limits
    bounds = Limits(limits.side, limits.duration_s, limits.frames, limits.missing_s)
    request = Request(options.fps, options.resize, options.size, bounds)
    readers = PICTURES if path.is_dir() else CHAINS[options.decoder]
    return DecodeTask(path, request, readers, options.jpeg_quality, limits.wall_s, limits.memory_gb)


def decode_files(tasks: Iterable[tuple[str, DecodeTask]], workers: int) -> Iterator[tuple[str, DecodedVideo]]:
    """Gives (name, what was read) of every (name, task), in the order in which they end.

    At most `workers` children at a time; memory: theirs, and the sampled frames of as many videos here.
    """
    waiting = deque(tasks)
    running: dict[str, Job] = {}
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                name, task = waiting.popleft()
                running[name] = Job(task)
            soonest = min(job.deadline for job in running.values())
            wait([job.connection for job in running.values()], max(0.0, soonest - time.monotonic()))
            for name, job in list(running.items()):
                decoded = job.progress()
                if decoded is not None:
                    del running[name]
                    yield name, decoded
    finally:
        for job in running.values():
            job.kill()
