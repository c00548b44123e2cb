"""Stage `score`: similarity of every query of a benchmark to its database, for every member of a run."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from hapvr.datasets.dataset import read_dataset
from hapvr.device import fastest_device
from hapvr.pipeline.code import stage_digest
from hapvr.project import Project, check_name, need
from hapvr.scoring.blocks import Part
from hapvr.scoring.number_format import choose_number_format
from hapvr.scoring.reading import Subset
from hapvr.scoring.run import Kept, score_run
from hapvr.storage.features import FeatureStore
from hapvr.storage.scores import write_scores


def score(project: Project, run: str, benchmark: str, part: str | None = None) -> None:
    """Writes scores/{run}/{benchmark}.h5. Queries and videos without features are left out: they are missing.

    Interrupted, it goes on at the last finished block. With `part`, such as "0/4", that part's blocks are computed and
    kept in data/.partial, for a later call without `part` to put together.
    """
    params = project.params
    check_name("run", run, params.scored, where="the runs with models of their own")
    check_name("benchmark", benchmark, params.benchmarks, where="benchmarks")
    chosen = Part.parse(part) if part is not None else None
    models = model_folders(project, run)
    dataset = read_dataset(need(project.dataset_file(benchmark), f"fetch@{benchmark}"))
    files = feature_files(project, benchmark)
    store = FeatureStore(files)
    number_format = choose_number_format(params.score.number_format, fastest_device())
    kept = Kept(project.partial_folder("scores", run, benchmark), files, stage_digest(params, "score", run))
    scores = score_run(
        models,
        readable(store, dataset.queries, f"{benchmark}: queries"),
        readable(store, dataset.database, f"{benchmark}: database"),
        options=params.score,
        number_format=number_format,
        kept=kept,
        part=chosen,
    )
    if chosen is None:
        write_scores(project.scores_file(run, benchmark), scores, dtype=number_format)
        shutil.rmtree(kept.folder, ignore_errors=True)


def model_folders(project: Project, run: str) -> dict[str, Path]:
    """Member → model folder of a run with models. Raises FileNotFoundError naming what makes a missing one."""
    trained = run in project.params.trained
    folders = {member: project.model_folder(run, member) for member in project.params.members(run)}
    for member, folder in folders.items():
        stage = f"train@{run}-{member}" if trained else f"freeze@{run}"
        for name in ("config.json", "weights.safetensors") if trained else ("config.json",):
            need(folder / name, stage)
    return folders


def feature_files(project: Project, dataset: str) -> list[Path]:
    """The files of features of a dataset. Raises FileNotFoundError naming what makes a missing one."""
    shards = project.params.shards
    return [need(project.features_file(dataset, shard), f"features@{dataset}-{shard}") for shard in shards]


def readable(store: FeatureStore, names: Iterable[str], what: str) -> Subset:
    """Those of `names` that have features. Raises ValueError where none has: of `what`."""
    found = [name for name in names if name in store]
    if not found:
        raise ValueError(f"{what}: no video could be read; see the features of that dataset, and its failures.csv")
    return Subset(store, found)
