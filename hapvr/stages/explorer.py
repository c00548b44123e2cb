"""Stage `explorer`: pages of what each query of a benchmark finds, by several runs, and which frames match."""

import shutil
from collections.abc import Callable
from math import ceil

import numpy as np

from hapvr.evaluation.named_rankings import NamedRankings
from hapvr.explorer.content import Query, page_content, rank_queries
from hapvr.explorer.page import label_names, render_explorer
from hapvr.explorer.strips import Strip, make_strips
from hapvr.project import Project, check_name
from hapvr.results import Results
from hapvr.storage.features import FeatureStore
from hapvr.storage.files import write_text


def explorer(project: Project, benchmark: str) -> None:
    """Writes `reports/explorer/{benchmark}/index.html`, and `2.html`, … if there are more queries than a page has."""
    params, options = project.params, project.params.explorer
    check_name("benchmark", benchmark, params.explored, where="the benchmarks with two runs of the explorer")
    results = Results(project)
    dataset = results.dataset(benchmark)
    members = {run: next(iter(results.scores(run, benchmark).items())) for run in params.explored[benchmark]}
    queries = rank_queries(dataset, {run: NamedRankings(dataset, of) for run, (_, of) in members.items()}, options)
    compare = _comparison(project, benchmark)
    folder = project.reports / "explorer" / benchmark
    shutil.rmtree(folder, ignore_errors=True)
    pages = max(1, ceil(len(queries) / options.queries))
    for page in range(1, pages + 1):
        shown = queries[(page - 1) * options.queries : page * options.queries]
        text = render_explorer(
            page_content(dataset, shown, options, strips=_strips(project, benchmark, shown), compare=compare),
            runs=[
                {"name": run, "label": params.runs[run].label, "member": f", seed {member}" if member.isdigit() else ""}
                for run, (member, _) in members.items()
            ],
            labels=label_names(dataset),
            benchmark=benchmark,
            preset=params.preset,
            page=page,
            pages=pages,
            per_page=options.queries,
            absent=sorted(set(dataset.queries) - {query.name for query in queries}),
        )
        write_text(folder / ("index.html" if page == 1 else f"{page}.html"), text)


def _strips(project: Project, benchmark: str, queries: list[Query]) -> dict[str, Strip]:
    """Film strips of all videos that a page shows; none of a benchmark that comes as features."""
    if project.params.way_of(benchmark) == "features":
        return {}
    options = project.params.explorer
    videos = {video for query in queries for video in query.videos}
    files = project.frames_files(benchmark)
    return make_strips(files, videos, pictures=options.pictures, height=options.picture_px)


def _comparison(project: Project, benchmark: str) -> Callable[[str, str, str], np.ndarray | None]:
    """Compares frames by the first member of a run; a run without a model of its own has no matrix."""
    # Importing torch takes a second or two.
    import torch

    from hapvr.methods.model import frame_similarity_of, load_model

    params = project.params
    torch.set_num_threads(params.score.threads)
    store = FeatureStore(project.features_files(benchmark))
    folders = {run: project.model_folders(run) for run in params.explorer.runs if run in params.scored}
    models = {run: load_model(next(iter(of.values())), params.whiten.dims) for run, of in folders.items()}

    def compare(run: str, query: str, video: str) -> np.ndarray | None:
        if run not in models or query not in store or video not in store:
            return None
        return frame_similarity_of(models[run], store[query], store[video])

    return compare
