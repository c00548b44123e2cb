"""Stage `availability`: which videos of a benchmark are at hand, why the others are not, and what is lost with them."""

from typing import Any

from hapvr.datasets.dataset import Dataset, read_dataset
from hapvr.evaluation.availability import count_available, count_in_part
from hapvr.evaluation.restriction import read_list, restrict
from hapvr.project import Project, check_name, need
from hapvr.storage.features import FeatureStore
from hapvr.storage.files import write_json
from hapvr.storage.resume import file_sha256
from hapvr.video.failures import read_failures


def availability(project: Project, benchmark: str) -> None:
    """Writes `reports/metrics/{benchmark}/availability.json`: see `count_available`; of no run in particular.

    `read_in_part` counts damaged videos that are ranked by what could be read of them. `restricted_to`, where
    `evaluate.restrict_to` names a list for this benchmark, counts the same of the videos on it, and has its SHA-256.
    """
    dataset, found = _read(project, benchmark)
    failures = [failure for path in project.failures_files(benchmark) for failure in read_failures(path)]
    reasons = {failure.video: failure.reason for failure in failures}
    content: dict[str, Any] = count_available(dataset, found, reasons)
    content["read_in_part"] = count_in_part(dataset, failures)
    if (listed := project.restriction_file(benchmark)) is not None:
        of_list = restrict(dataset, read_list(listed, dataset))
        content["restricted_to"] = {
            "list": project.params.restriction_of(benchmark),
            "sha256": file_sha256(listed),
            **count_available(of_list, found, reasons),
        }
    write_json(project.availability_file(benchmark), content)


def list_found(project: Project, benchmark: str) -> list[str]:
    """Queries and database videos of a benchmark that are at hand, sorted: a list for `evaluate.restrict_to`."""
    dataset, found = _read(project, benchmark)
    return sorted(video for video in {*dataset.queries, *dataset.database} if video in found)


def _read(project: Project, benchmark: str) -> tuple[Dataset, FeatureStore]:
    check_name("benchmark", benchmark, project.params.benchmarks, where="benchmarks")
    dataset = read_dataset(need(project.dataset_file(benchmark), f"fetch@{benchmark}"))
    return dataset, FeatureStore(project.features_files(benchmark))
