"""Stage `number_format`: what bfloat16 and float16 region products do to scores, and through them to mAP and µAP."""

import pandas as pd

from hapvr.project import Project
from hapvr.reports.availability import restricted_sentences
from hapvr.reports.number_format_grid import EXPLANATION, NAME, measure_change, number_format_grid
from hapvr.results import Results
from hapvr.scoring.reading import readable
from hapvr.scoring.run import score_run
from hapvr.storage.features import FeatureStore
from hapvr.storage.files import write_text


def number_format(project: Project) -> None:
    """Writes `reports/tables/number_format.csv`, `.md` and `.tex`: a row per run, number format and task."""
    params = project.params
    section, benchmark = params.number_format, params.number_format.benchmark
    results = Results(project)
    dataset = results.dataset(benchmark)
    store = FeatureStore(project.features_files(benchmark))
    queries = readable(store, dataset.queries, f"{benchmark}: queries")
    database = readable(store, dataset.database, f"{benchmark}: database")
    first_members = {run: dict([next(iter(project.model_folders(run).items()))]) for run in section.runs}
    tables = []
    for run, models in first_members.items():
        scores = {
            name: next(iter(score_run(models, queries, database, options=params.score, number_format=name).values()))
            for name in ("float32", *section.formats)
        }
        exact = scores.pop("float32")
        tables += [
            measure_change(dataset, exact, other).assign(run=run, label=params.runs[run].label, dtype=name)
            for name, other in scores.items()
        ]
    table = pd.concat(tables, ignore_index=True).assign(benchmark=benchmark)
    leading = ["run", "label", "dtype", "benchmark"]
    table = table[[*leading, *(column for column in table if column not in leading)]]
    grid, folder = number_format_grid(table), project.reports / "tables"
    write_text(folder / f"{NAME}.csv", table.round(10).to_csv(index=False))
    restricted = {} if params.restriction_of(benchmark) is None else {benchmark: results.availability(benchmark)}
    lines = " ".join([EXPLANATION, *restricted_sentences(restricted)])
    write_text(folder / f"{NAME}.md", f"{grid.markdown()}\n\n{lines}\n")
    write_text(folder / f"{NAME}.tex", f"% {lines}\n% Needs the package booktabs.\n{grid.latex()}")
