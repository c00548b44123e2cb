"""Stage `fetch`: puts a dataset's videos and ground truth in place."""

from pathlib import Path

from hapvr.fetch.options import Upstream
from hapvr.project import Project, check_name
from hapvr.render.options import Render


def fetch(project: Project, dataset: str) -> None:
    """Writes `data/{dataset}/dataset.json` and `videos`: renders an embedded dataset, or fetches a published one."""
    check_name("dataset", dataset, project.params.fetch, where="fetch")
    match project.params.fetch[dataset]:
        case Render() as render:
            from hapvr.render.dataset import render_dataset

            render_dataset(project.dataset_folder(dataset), dataset, render)
        case Upstream() as upstream:
            _fetch_published(project, dataset, upstream)


def _fetch_published(project: Project, dataset: str, upstream: Upstream) -> None:
    from hapvr.datasets.dataset import write_dataset
    from hapvr.fetch.registry import Registry
    from hapvr.fetch.upstream import fetch_upstream

    annotations = upstream.annotations
    content = fetch_upstream(
        dataset,
        project.dataset_folder(dataset),
        videos=project.root / Path(upstream.videos).expanduser(),
        annotations=None if annotations is None else project.root / Path(annotations).expanduser(),
        mirror=upstream.mirror,
        registry=Registry(project.registry_file),
    )
    write_dataset(project.dataset_file(dataset), content)
