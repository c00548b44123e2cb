"""Progress of a shard on standard error: videos, time left, frames per second, failures."""

import time
from types import TracebackType
from typing import Self

from tqdm import tqdm


class Progress:
    """A bar over videos. done: how many an earlier, interrupted run has decoded."""

    def __init__(self, total: int, done: int) -> None:
        self._bar = tqdm(total=total, initial=done, desc="frames", unit="video")
        self._begun = time.monotonic()
        self._frames = self._failures = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    def add(self, frames: int, *, failed: bool) -> None:
        """One more video, with so many sampled frames."""
        self._frames += frames
        self._failures += failed
        rate = self._frames / max(time.monotonic() - self._begun, 1e-3)
        self._bar.set_postfix_str(f"{rate:.1f} frames/s, {self._failures} failures", refresh=False)
        self._bar.update()
