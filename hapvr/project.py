"""Where everything lies, relative to the folder that holds `params.yaml`."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hapvr.fetch.options import Upstream
    from hapvr.params import Params


@dataclass(frozen=True)
class Project:
    """A checkout: its parameters and the paths of every stage's results."""

    root: Path

    @classmethod
    def find(cls) -> "Project":
        """The project that the current folder lies in. Raises FileNotFoundError outside of one."""
        here = Path.cwd()
        for folder in [here, *here.parents]:
            if (folder / "dvc.yaml").exists() and (folder / "params.yaml").exists():
                return cls(folder)
        raise FileNotFoundError(
            f"no dvc.yaml and params.yaml in {here} or above it; run hapvr inside a clone of the project"
        )

    @cached_property
    def params(self) -> "Params":
        # Imported here: outside of a clone nobody asks for them.
        from hapvr.params import load

        return load(self.root / "params.yaml")

    def user_path(self, path: str) -> Path:
        """A path that the user wrote into params.yaml: from the project's folder, absolute, or with ~."""
        return self.root / Path(path).expanduser()

    def dataset_folder(self, dataset: str) -> Path:
        """Holds `videos/`, `dataset.json`, `frames/`, `features/`."""
        return self.root / "data" / dataset

    def dataset_file(self, dataset: str) -> Path:
        return self.dataset_folder(dataset) / "dataset.json"

    def annotations_file(self, dataset: str) -> Path:
        """Which annotation files a published dataset was made of."""
        return self.dataset_folder(dataset) / "annotations.csv"

    def videos_folder(self, upstream: "Upstream") -> Path:
        """The user's folder of videos of a published dataset."""
        return self.user_path(upstream.videos)

    def videos_file(self, dataset: str, shard: int) -> Path:
        """Which videos of a published dataset are here."""
        return self.dataset_folder(dataset) / "videos" / f"{shard}.csv"

    def availability_file(self, benchmark: str) -> Path:
        """What was found of a benchmark."""
        return self.reports / "metrics" / benchmark / "availability.json"

    def restriction_file(self, benchmark: str) -> Path | None:
        """The list of the only videos of a benchmark that are evaluated on; None: all are."""
        listed = self.params.restriction_of(benchmark)
        return None if listed is None else self.root / listed

    @property
    def registry_file(self) -> Path:
        """Published files: where from, and their SHA-256."""
        return self.root / "registry.csv"

    def frames_file(self, dataset: str, shard: int) -> Path:
        return self.dataset_folder(dataset) / "frames" / f"{shard}.h5"

    def frames_files(self, dataset: str) -> list[Path]:
        """Of every shard. Raises FileNotFoundError naming what makes a missing one."""
        shards = self.params.shards
        return [need(self.frames_file(dataset, shard), f"frames@{dataset}-{shard}") for shard in shards]

    def failures_file(self, dataset: str, shard: int) -> Path:
        """Videos that could not be read, or only in part: beside what is made first of the dataset."""
        folder = "features" if self.params.way_of(dataset) == "features" else "frames"
        return self.dataset_folder(dataset) / folder / f"{shard}.failures.csv"

    def failures_files(self, dataset: str) -> list[Path]:
        """Of every shard."""
        return [self.failures_file(dataset, shard) for shard in self.params.shards]

    def frames_record(self, dataset: str) -> Path:
        """What lies in the folder of a dataset that comes as frames."""
        return self.dataset_folder(dataset) / "frames.csv"

    def features_record(self, dataset: str) -> Path:
        """Size and SHA-256 of the file of a dataset that comes as features."""
        return self.dataset_folder(dataset) / "features.json"

    def published_features(self, dataset: str) -> Path:
        """The file of a dataset that comes as features: the user's, or where it is fetched to."""
        from hapvr.fetch.options import Upstream

        given = self.params.fetch[dataset]
        if isinstance(given, Upstream) and given.features_file is not None:
            return self.user_path(given.features_file)
        return self.dataset_folder(dataset) / "published" / f"{dataset}.hdf5"

    def features_file(self, dataset: str, shard: int) -> Path:
        return self.dataset_folder(dataset) / "features" / f"{shard}.h5"

    def features_files(self, dataset: str) -> list[Path]:
        """Of every shard. Raises FileNotFoundError naming what makes a missing one."""
        shards = self.params.shards
        return [need(self.features_file(dataset, shard), f"features@{dataset}-{shard}") for shard in shards]

    def views_file(self, shard: int) -> Path:
        return self.dataset_folder(self.params.training_set) / "views" / f"{shard}.h5"

    def whitening_file(self, backbone: str) -> Path:
        return self.root / "models" / "whitening" / f"{backbone}.safetensors"

    def weights_file(self, weights: str) -> Path:
        """Published weights, converted by `hapvr weights`."""
        return self.root / "weights" / f"{weights}.safetensors"

    def model_folder(self, run: str, member: str) -> Path:
        """Weights, configuration and log of one member of a run: a seed, `published`, or `frozen`."""
        return self.root / "models" / run / member

    def model_folders(self, run: str) -> dict[str, Path]:
        """Member → folder, of a run with models. Raises FileNotFoundError naming what makes a missing one."""
        trained, frozen = run in self.params.trained, run in self.params.frozen
        folders = {member: self.model_folder(run, member) for member in self.params.members(run)}
        for member, folder in folders.items():
            stage = f"freeze@{run}" if frozen else f"{'train' if trained else 'freeze'}@{run}-{member}"
            if run in self.params.adopted:
                stage = f"adopt@{run}"
            for name in ("config.json",) if frozen else ("config.json", "weights.safetensors"):
                need(folder / name, stage)
        return folders

    def live_folder(self, run: str, member: str) -> Path:
        """The log of a training."""
        return self.model_folder(run, member) / "live"

    def times_folder(self, run: str, member: str) -> Path:
        """The log of a training's times: never the same twice, so it is no result."""
        return self.root / "logs" / "live" / run / member

    def members(self, run: str) -> list[str]:
        """Names of the members of a run: its seeds, `published`, or `frozen`."""
        return self.params.members(run)

    def partial_folder(self, *names: str) -> Path:
        """What is done of an unfinished stage: outside of its outputs, which DVC empties before it runs the stage."""
        return self.root.joinpath("data", ".partial", *names)

    def scores_file(self, run: str, benchmark: str) -> Path:
        return self.root / "scores" / run / f"{benchmark}.h5"

    def confidence_file(self, run: str, benchmark: str) -> Path:
        """Of the selector of a re-ranked run."""
        return self.root / "scores" / run / "confidence" / f"{benchmark}.h5"

    @property
    def notebook_file(self) -> Path:
        """The method told on one pair of videos."""
        return self.reports / "hapvr.ipynb"

    @property
    def reports(self) -> Path:
        """Metrics, curves, tables, figures and the page that shows them."""
        return self.root / "reports"


def check_name(what: str, name: object, accepted: Iterable[object], *, where: str) -> None:
    """Raises ValueError for a name on the command line that params.yaml does not have."""
    accepted = list(accepted)
    if name not in accepted:
        listed = ", ".join(str(one) for one in accepted) or "none"
        raise ValueError(f"{what} {name!r}: not in {where} of params.yaml; accepted: {listed}")


def need(path: Path, stage: str) -> Path:
    """The file or folder of an earlier stage. Raises FileNotFoundError naming the command that makes it."""
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: no such {'file' if path.suffix else 'folder'}; make it with `dvc repro {stage}`"
        )
    return path
