"""What each method has learnt from, in the columns that the paper's table of methods has: labels and training set."""

from hapvr.params import Params
from hapvr.params.own_training import UNLABELLED

IMAGENET = "ImageNet"
"""Where the weights of every backbone are from."""

UNAWARE = ("random",)
"""Methods that do not look at features."""

PUBLISHED = {
    "s2vs_vcdb": "VCDB (D)", "hapvr": "VCDB (D)", "s2vs_dns": "DnS-100K", "dns_fine_att": "DnS-100K",
    "dns_fine_bin": "DnS-100K", "dns_coarse": "DnS-100K", "visil": "VCDB (C & D)", "visil_symmetric": "VCDB (C & D)",
}  # fmt: skip
"""Published weights → what their authors trained them on."""

EXPLANATION = (
    "Labels: ticked where a run, or one that teaches it, learns from labels. Training set: C is its labelled core, D "
    "its unlabelled videos; ImageNet where nothing is learnt beyond the backbone and its whitening."
)


def training_set_named(params: Params, run: str) -> str:
    """Training set of a run, or of the runs that its scores are made of: `mini_vcdb (C & D)`; empty: it has none."""
    models = params.models_of(run)
    return ", ".join(dict.fromkeys(filter(None, (_of_model(params, model) for model in models))))


def _of_model(params: Params, run: str) -> str:
    weights = params.weights_of(run)
    if weights is not None:
        return PUBLISHED[weights]
    if run in params.trained:
        name = params.training_set_of(run)
        part = "" if name in UNLABELLED else " (C & D)" if params.learns_from_core(run) else " (D)"
        return f"{name}{part}"
    return "" if params.method_of(run)["name"] in UNAWARE else IMAGENET
