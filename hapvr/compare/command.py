"""`hapvr compare`: opens the states, compares them and says what differs in one of three forms."""

from collections.abc import Sequence

from dvc.repo import Repo

from hapvr.compare.comparison import compare_states
from hapvr.compare.document import as_markdown, as_terminal
from hapvr.compare.metrics import Drawn
from hapvr.compare.page import as_page
from hapvr.compare.report import describe
from hapvr.compare.state import open_states
from hapvr.project import Project


def compare(
    project: Project,
    revisions: Sequence[str],
    *,
    runs: Sequence[str],
    benchmark: str | None,
    form: str,
    queries: int,
    seed: int | None,
) -> str:
    """The report as text: `terminal`, `markdown` or `html`.

    Resamples and confidence are those of the working tree, whatever revisions are compared; so is the seed of the
    draws, unless one is given. Raises ValueError for unknown revisions, runs and benchmarks, or without results.
    """
    evaluate = project.params.evaluate
    drawn = Drawn(
        resamples=project.params.differences.resamples,
        seed=evaluate.seed if seed is None else seed,
        confidence=evaluate.confidence,
    )
    with Repo(str(project.root)) as repo:
        comparison = compare_states(open_states(repo, list(revisions)), drawn, runs=runs, benchmark=benchmark)
    parts = describe(comparison, queries=queries)
    match form:
        case "html":
            return as_page(parts, comparison)
        case "markdown":
            return as_markdown(parts)
        case _:
            return as_terminal(parts)
