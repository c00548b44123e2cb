"""What follows from the way in which each dataset comes: as videos, as frames or as features."""

from typing import TYPE_CHECKING

from hapvr.fetch.conversions import CONVERTED, NETWORKS, file_of

if TYPE_CHECKING:
    from hapvr.params.root import Params

# Figures that show frames.
PICTURED = ("augmentations", "contact_sheet")


def whitened(params: "Params") -> list[str]:
    """Datasets that are described here, so that their features are whitened here."""
    return [name for name in params.datasets if params.way_of(name) != "features"]


def uses_training_set(params: "Params") -> bool:
    """Whether anything is learnt from the training set, normalised by it or shows it."""
    learns = params.whiten.published is None and whitened(params)
    return bool(
        params.trained or params.normalised or params.views.shards or learns or "augmentations" in params.figures
    )


def published_weights(params: "Params") -> list[str]:
    """Names of the published weights that some stage uses, where `hapvr weights` puts them."""
    names = {file_of(name): name for name in (*CONVERTED, *NETWORKS)}
    used = [params.whiten.published, params.features.weights] if whitened(params) else []
    taught = params.trained or params.views.shards or params.way_of(params.notebook.benchmark) != "features"
    used += [params.teacher.weights] if taught else []
    adopted = [str(params.weights_of(run)) for run in params.adopted]
    return list(dict.fromkeys([*adopted, *(names[file] for file in used if file in names)]))


def check_ways(params: "Params") -> None:
    """Raises ValueError for what needs frames of a dataset without, and for features of two whitenings."""
    described = whitened(params)
    given = [name for name in params.datasets if name not in described]
    if given and described and params.whiten.published is None:
        raise ValueError(
            f"whiten.published: {given[0]} comes as features, made with the published PCA; expected the file of "
            f"that for {', '.join(described)} too, found null, so that another would be learnt; "
            "`hapvr weights whitening`"
        )
    for dataset, what in _need_frames(params):
        if dataset in given:
            raise ValueError(
                f"fetch.{dataset}.way: features, but {what} needs its frames; expected videos or frames, or leave "
                "that out"
            )


def _need_frames(params: "Params") -> list[tuple[str, str]]:
    """Dataset, and what needs its frames."""
    learning = [f"runs.{name}, which is trained," for name in params.trained]
    found = [(params.training_set, what) for what in [*learning, *(["views.shards"] if params.views.shards else [])]]
    for figure in PICTURED:
        if figure in params.figures:
            found.append((str(params.shown(figure).get("benchmark", params.training_set)), f"figures.{figure}"))
    return found
