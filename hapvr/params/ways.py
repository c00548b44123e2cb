"""What follows from the way in which each dataset comes: as videos, as frames or as features."""

from typing import TYPE_CHECKING

from hapvr.fetch.conversions import CONVERTED, NETWORKS, file_of
from hapvr.params.own_training import learns_from_views

if TYPE_CHECKING:
    from hapvr.params.root import Params

# Figures that show frames.
PICTURED = ("augmentations", "contact_sheet")


def whitened(params: "Params") -> list[str]:
    """Datasets that are described here, so that their features are whitened here."""
    return [name for name in params.datasets if params.way_of(name) != "features"]


def described(params: "Params") -> list[str]:
    """Datasets whose features something uses: all but those that only runs of their own learn from, by their frames."""
    own = {run: params.training_set_of(run) for run in params.trained}
    frames_alone = {run for run in own if params.train.source == "frames" and learns_from_views(params, run)}
    needed = {dataset for run, dataset in own.items() if run not in frames_alone}
    kept = {params.training_set, *params.benchmarks, *needed, *(set(params.datasets) - set(own.values()))}
    return [name for name in params.datasets if name in kept]


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
    found = [(params.training_set_of(name), f"runs.{name}, which is trained,") for name in params.trained]
    if params.views.shards:
        found.append((params.training_set, "views.shards"))
    for figure in PICTURED:
        if figure in params.figures:
            found.append((str(params.shown(figure).get("benchmark", params.training_set)), f"figures.{figure}"))
    return found
