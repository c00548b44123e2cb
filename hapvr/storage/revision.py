"""Results of another commit, from DVC's cache or its remote; the working tree stays as it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from dvc.exceptions import DvcException
from dvc.repo import Repo


class Revision:
    """A commit of the project, by any name that Git has for it. Raises ValueError for an unknown one."""

    def __init__(self, root: Path, name: str) -> None:
        self.name = name
        try:
            self._files = Repo.open(str(root), rev=name).dvcfs
        except DvcException as error:
            raise ValueError(f"--rev {name}: {error}; give a commit, branch or tag that `git log` shows") from error

    @contextmanager
    def file(self, path: str) -> Iterator[Path]:
        """A temporary copy of a tracked file as it was, `path` relative to the project.

        Raises FileNotFoundError if no stage had made the file, or if its content is in no cache at hand.
        """
        if not self._files.exists(path):
            raise FileNotFoundError(f"{path}: not recorded at {self.name}; name a commit whose dvc.lock has it")
        with TemporaryDirectory() as folder:
            copy = Path(folder) / Path(path).name
            try:
                self._files.get_file(path, str(copy))
            except FileNotFoundError as error:
                raise FileNotFoundError(
                    f"{path}: recorded at {self.name}, but its content is in neither DVC's cache nor a remote; make it "
                    f"again by `git checkout {self.name} && dvc repro`, then come back, or `dvc fetch` it"
                ) from error
            yield copy
