"""Stage `whiten`: learn the whitening of a backbone's region vectors on the training set."""

import torch

from hapvr.datasets.dataset import read_dataset
from hapvr.features.extractor import build_extractor
from hapvr.features.region_sample import sample_regions
from hapvr.features.whitening import Whitening
from hapvr.project import Project, check_name, need


def whiten(project: Project, backbone: str) -> None:
    """Writes models/whitening/{backbone}.safetensors, learnt from `whiten.vectors` vectors of random training frames.

    Raises ValueError if no training video was readable.
    """
    params = project.params
    check_name("backbone", backbone, [params.backbone], where="backbone")
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
