"""Stage `fetch`: puts a dataset's videos and ground truth in place."""

from hapvr.fetch.options import Upstream
from hapvr.project import Project
from hapvr.render.dataset import render_dataset
from hapvr.render.options import Render


def fetch(project: Project, dataset: str) -> None:
    """Renders an embedded dataset or fetches a published one. Raises ValueError for a name not in params.yaml."""
    known = project.params.fetch
    match known.get(dataset):
        case Render() as render:
            render_dataset(project.dataset_folder(dataset), dataset, render)
        case Upstream():
            from hapvr.fetch.upstream import fetch_upstream

            fetch_upstream(project, dataset)
        case None:
            accepted = ", ".join(sorted(known))
            raise ValueError(f"dataset {dataset!r} is not in `fetch` of params.yaml; accepted: {accepted}")
