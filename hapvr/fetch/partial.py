"""What has arrived of a file that is being downloaded: `.{name}.part`, and of which version it is the start."""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout


@dataclass(frozen=True)
class Part:
    """target: the final name, which nothing half-written ever has."""

    target: Path

    @property
    def path(self) -> Path:
        return self.target.with_name(f".{self.target.name}.part")

    @property
    def size(self) -> int:
        """Bytes that have arrived, by this process or an earlier one."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def version(self) -> str:
        """The ETag or the date of what it is the start of; "" where it cannot be resumed."""
        return self._version_file.read_text(encoding="utf-8") if self._version_file.exists() else ""

    def set_version(self, version: str) -> None:
        self._version_file.write_text(version, encoding="utf-8")

    def forget(self) -> None:
        """The next attempt starts over."""
        self.path.unlink(missing_ok=True)
        self._version_file.unlink(missing_ok=True)

    def finish(self) -> None:
        """Gives it the final name."""
        self._version_file.unlink(missing_ok=True)
        self.path.replace(self.target)

    @contextlib.contextmanager
    def mine(self) -> Iterator[None]:
        """While another process writes the same file, waits."""
        self.target.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.target.with_name(f".{self.target.name}.lock"))
        try:
            lock.acquire(blocking=False)
        except Timeout:
            print(f"{self.target}: another process is fetching it; waiting", file=sys.stderr)
            lock.acquire()
        try:
            yield
        finally:
            # Before it is released: who waits for it sees that it is gone, and makes it anew.
            Path(lock.lock_file).unlink(missing_ok=True)
            lock.release()

    @property
    def _version_file(self) -> Path:
        return self.path.with_name(f"{self.path.name}.version")
