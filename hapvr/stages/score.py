"""Stage `score`: similarity of every query of a benchmark to its database, for every member of a run."""

import shutil

from hapvr.datasets.dataset import read_dataset
from hapvr.device import fastest_device
from hapvr.pipeline.code import stage_digest
from hapvr.project import Project, check_name, need
from hapvr.scoring.blocks import Part
from hapvr.scoring.number_format import choose_number_format
from hapvr.scoring.reading import readable
from hapvr.scoring.run import KeptScores, score_run
from hapvr.storage.features import FeatureStore
from hapvr.storage.scores import write_scores


def score(project: Project, run: str, benchmark: str, part: str | None = None) -> None:
    """Writes scores/{run}/{benchmark}.h5. Queries and videos without features are left out: they are missing.

    Interrupted, it goes on at the last finished block. With `part`, such as "0/4", that part's blocks are computed and
    kept in data/.partial, for a later call without `part` to put together.
    """
    params = project.params
    check_name("run", run, params.scored, where="the runs with models of their own")
    check_name("benchmark", benchmark, params.benchmarks_of(run), where=f"the benchmarks of {run}")
    chosen = Part.parse(part) if part is not None else None
    models = project.model_folders(run)
    dataset = read_dataset(need(project.dataset_file(benchmark), f"fetch@{benchmark}"))
    files = project.features_files(benchmark)
    store = FeatureStore(files)
    number_format = choose_number_format(params.score.number_format, fastest_device())
    kept = KeptScores(project.partial_folder("scores", run, benchmark), files, stage_digest(params, "score", run))
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
