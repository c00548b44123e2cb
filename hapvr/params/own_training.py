"""What a run may have of its own in the place of `train` and `training_set`, checked against the rest."""

from typing import TYPE_CHECKING

from hapvr.losses import LOSSES
from hapvr.params.runs import Run
from hapvr.render.options import Render, Vcdb

if TYPE_CHECKING:
    from hapvr.params.root import Params

# Published datasets to train on that have no labels.
UNLABELLED = ("dns_100k",)


def check_own_training(params: "Params") -> None:
    """Raises ValueError for training parameters or a training set of a run that cannot be used."""
    trained = params.trained
    for name in params.modelled:
        if name in trained:
            _check_values(params, name)
            _check_training_set(params, name)
        else:
            _check_untrained(params, name)


def _check_values(params: "Params", name: str) -> None:
    """All values together, as of `train`; views are long enough for the network and the pseudo labels to be of them."""
    try:
        train = params.train_of(name)
    except ValueError as error:
        raise ValueError(f"runs.{name}.train, with the other values of train: {error}") from error
    fewest = params.method_of(name).get("minimum_frames", 0)
    on_frames = [loss for loss in params.losses_of(name) if "FrameLevel" in LOSSES.bases(loss)]
    if on_frames and train.window < fewest:
        place = f"runs.{name}.train.window" if "window" in params.own_train_of(name) else "train.window"
        raise ValueError(
            f"{place}: expected {fewest} or more, the minimum_frames of the method of runs.{name}, found "
            f"{train.window}; the network would repeat shorter views, and {', '.join(on_frames)} compares their frames "
            "with the teacher's; raise the window, or lower minimum_frames"
        )


def _check_training_set(params: "Params", name: str) -> None:
    """It is no benchmark, and has what the run learns from."""
    own, found = _run(params, name).training_set, params.training_set_of(name)
    place = "training_set" if own is None else f"runs.{name}.training_set"
    if found in params.benchmarks:
        raise ValueError(f"{place}: {found} is also in benchmarks; train on other videos")
    if found != params.training_set and params.train.source == "views" and learns_from_views(params, name):
        raise ValueError(
            f"{place}: expected {params.training_set}, the training_set that the view bank is made of, since "
            f"train.source is views, found {found}; leave it out, or put train.source: frames"
        )
    if params.learns_from_core(name) and not _has_core(params, found):
        raise ValueError(
            f"{place}: expected a dataset with a labelled core, from which method {params.method_of(name)['name']} of "
            f"runs.{name} learns, found {found}; give the run a training_set that has one, or leave it out"
        )


def _check_untrained(params: "Params", name: str) -> None:
    run = _run(params, name)
    found = {"train": params.own_train_of(name), "training_set": run.training_set}
    for key, value in found.items():
        if value:
            raise ValueError(
                f"runs.{name}.{key}: expected none, since the run is not trained, found {value}; leave it out"
            )


def learns_from_views(params: "Params", name: str) -> bool:
    """Whether a trained run learns from augmented views, which are made of frames or come from the view bank."""
    return not params.learns_from_core(name) and not params.fits_itself(name)


def _has_core(params: "Params", dataset: str) -> bool:
    """Whether a dataset has labelled copies, as far as parameters tell."""
    fetched = params.fetch.get(dataset)
    if isinstance(fetched, Render):
        return isinstance(fetched.contents, Vcdb) and fetched.contents.groups > 0
    return dataset not in UNLABELLED


def _run(params: "Params", name: str) -> Run:
    found = params.runs[name]
    assert isinstance(found, Run)
    return found
