"""Stage `normalise`: the scores of a run on a benchmark, normalised by background videos, as a run of its own."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from hapvr.datasets.dataset import read_dataset
from hapvr.params.runs import NormalisedRun
from hapvr.pipeline.code import stage_digest
from hapvr.project import Project, check_name, need
from hapvr.scoring.normalisation import normalise_scores
from hapvr.scoring.reading import Subset, readable
from hapvr.scoring.run import KeptScores, score_run
from hapvr.storage.features import FeatureStore
from hapvr.storage.scores import Scores, dtype_of, read_scores, write_scores


def normalise(project: Project, run: str, benchmark: str) -> None:
    """Writes scores/{run}/{benchmark}.h5 from the scores of the run it is `of`; only the background is scored.

    The background is the training set's unlabelled training videos that could be read, in the number format of the
    scores. Interrupted, it goes on at the last finished block.
    """
    params = project.params
    check_name("run", run, params.normalised, where="the runs that are `of` another")
    check_name("benchmark", benchmark, params.benchmarks_of(run), where=f"the benchmarks of {run}")
    described, training_set = params.runs[run], params.training_set
    assert isinstance(described, NormalisedRun)
    models = project.model_folders(described.of)
    score_stage = f"score@{described.of}-{benchmark}"
    scores_file = need(project.scores_file(described.of, benchmark), score_stage)
    training = read_dataset(need(project.dataset_file(training_set), f"fetch@{training_set}")).training
    queries, background = project.features_files(benchmark), project.features_files(training_set)
    scores, number_format = read_scores(scores_file), dtype_of(scores_file)
    store = FeatureStore(queries)
    _check_scores(scores_file, scores, members=models, store=store, stage=score_stage)
    kept = KeptScores(
        project.partial_folder("normalise", run, benchmark),
        [*queries, *background],
        stage_digest(params, "normalise", run),
    )
    to_background = score_run(
        models,
        Subset(store, next(iter(scores.values())).queries),
        readable(FeatureStore(background), training, f"{training_set}: training videos"),
        options=params.score,
        number_format=number_format,
        kept=kept,
    )
    options = described.normalise.model_dump()
    members = {
        member: Scores(
            of.queries, of.database, normalise_scores(of.similarity, to_background[member].similarity, **options)
        )
        for member, of in scores.items()
    }
    write_scores(project.scores_file(run, benchmark), members, dtype=number_format)
    shutil.rmtree(kept.folder, ignore_errors=True)


def _check_scores(
    file: Path, scores: Mapping[str, Scores], *, members: Iterable[str], store: FeatureStore, stage: str
) -> None:
    """Raises ValueError for scores of other members than the models', or of queries without features."""
    again = f"make the file again with `dvc repro {stage}`"
    if set(scores) != set(members):
        raise ValueError(
            f"{file}: expected scores of {', '.join(members)}, found {', '.join(scores) or 'none'}; {again}"
        )
    for query in next(iter(scores.values())).queries:
        if query not in store:
            raise ValueError(f"{file}: query {query!r} has no features now; {again}")
