"""Stage `whiten`: learn the whitening of a backbone's region vectors on the training set, or adopt a published one."""

from pathlib import Path

import torch

from hapvr.datasets.dataset import read_dataset
from hapvr.features.extractor import build_extractor
from hapvr.features.region_sample import sample_regions
from hapvr.features.whitening import Whitening
from hapvr.project import Project, check_name, need


def whiten(project: Project, backbone: str) -> None:
    """Writes models/whitening/{backbone}.safetensors, learnt from `whiten.vectors` vectors of random training frames.

    With `whiten.published` it is the first `whiten.dims` directions of that file, and no training set is needed.
    Raises ValueError if no training video was readable, or the published whitening has too few directions.
    """
    params = project.params
    check_name("backbone", backbone, [params.backbone], where="backbone")
    if params.whiten.published is not None:
        return _adopt(project, project.root / params.whiten.published, backbone)
    name = params.training_set
    training = read_dataset(need(project.dataset_file(name), f"fetch@{name}")).training
    files = project.frames_files(name)
    torch.set_num_threads(params.features.threads)
    extractor = build_extractor(backbone, params.features, project.root, None)
    vectors = sample_regions(
        files,
        training,
        lambda images: extractor(images).regions,
        vectors=params.whiten.vectors,
        seed=params.whiten.seed,
    )
    Whitening.fit(vectors, params.whiten.dims).save(project.whitening_file(backbone))


def _adopt(project: Project, published: Path, backbone: str) -> None:
    if not published.exists():
        raise FileNotFoundError(f"{published}: no such file; `hapvr weights whitening` fetches and converts it")
    Whitening.load(published).first(project.params.whiten.dims).save(project.whitening_file(backbone))
