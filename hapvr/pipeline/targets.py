"""Names that stand for many results: a benchmark, a run, and `tables`."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from hapvr.pipeline.steps import Step, is_folder

CURVES = "reports/curves/"
EXPLORER = "reports/explorer/"
METRICS = "reports/metrics/"
TABLES = "reports/tables/"


@dataclass(frozen=True)
class Target:
    """What a name stands for, in words and as paths."""

    about: str
    paths: list[str]


def targets(steps: Iterable[Step]) -> dict[str, Target]:
    """Target by name. Raises ValueError if two things, or a thing and a stage, have one name."""
    steps = list(steps)
    found: dict[str, Target] = {}
    taken = {"all", *(step.rule for step in steps)}
    for kind, about, results in (
        ("a benchmark", "metrics, curves and explorer of a benchmark", _of_benchmarks(steps)),
        ("a run", "models, scores, metrics and curves of a run", _of_runs(steps)),
        (
            "the tables",
            "all tables",
            {"tables": [path for step in steps for path in step.outputs if _in(path, TABLES)]},
        ),
    ):
        for name, paths in results.items():
            if name in taken or name in found:
                raise ValueError(
                    f"params.yaml: {name}: expected a name of its own for {kind}, found that of another target of "
                    "snakemake (a benchmark, a run, a stage, all, tables). Rename it"
                )
            if paths:
                found[name] = Target(about, paths)
    return found


def _of_benchmarks(steps: list[Step]) -> dict[str, list[str]]:
    """Every output of the stages that write the metrics of a benchmark, `reports/metrics/{benchmark}/…`; its pages."""
    found: dict[str, list[str]] = defaultdict(list)
    for step in steps:
        for benchmark in {PurePosixPath(path).parent.name for path in step.outputs if _in(path, METRICS)}:
            found[benchmark] += step.outputs
    for path in (path for step in steps for path in step.outputs if _in(path, EXPLORER)):
        found[PurePosixPath(path).name].append(path)
    return found


def _of_runs(steps: list[Step]) -> dict[str, list[str]]:
    """`models/{run}/{seed}/`, `scores/{run}/…`, `reports/{metrics,curves}/{benchmark}/{run}.*`."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in (path for step in steps for path in step.outputs):
        kind, *between = PurePosixPath(path).parent.parts or ("",)
        if between and ((kind == "models" and is_folder(path)) or kind == "scores"):
            found[between[0]].append(path)
    for path in (path for step in steps for path in step.outputs if _in(path, METRICS) or _in(path, CURVES)):
        if (run := PurePosixPath(path).stem) in found:
            found[run].append(path)
    return found


def _in(path: str, folder: str) -> bool:
    return path.startswith(folder)
