"""What the page says about each table; figures bring their captions with them."""

from typing import NamedTuple


class Caption(NamedTuple):
    title: str
    text: str


TABLES = {
    "methods": Caption(
        "Methods",
        "Retrieval (mAP) and detection (µAP) of every method on every benchmark. Those ticked under “labels” learn "
        "from the labelled core of the training set, themselves or through a teacher; others from unlabelled videos "
        "or not at all. Training set: C is its labelled core, D its unlabelled videos; ImageNet where nothing is "
        "learnt beyond the backbone and its whitening.",
    ),
    "ablation": Caption("Ablation", "The components of the method added one after another."),
    "losses": Caption(
        "Losses",
        "Video-level losses beside the base loss, each in the place of the others, with the weight and parameters "
        "that stand below, under Runs.",
    ),
    "sensitivity": Caption(
        "Sensitivity to δ, ρ and the two rates",
        "The first run, and runs that differ from it in what their row names: δ and ρ of the AP losses, and the shares "
        "of regions and frames that TopK-Chamfer keeps.",
    ),
}
"""By the table's kind."""

COSTS = {
    "index_kb_per_minute": "index, kB per minute",
    "seconds_per_hour": "s per indexed hour",
    "seconds_per_million_pairs": "s per million pairs",
}
"""Columns of the table of costs."""

STAGES = {
    "number_format": Caption("Number formats", "What faster number formats cost."),
    "costs": Caption(
        "Costs",
        "What each row of the method table costs, on one core of the machine that measured it: size on disk of its "
        "index (floats as float16, bits packed), time to index an hour of video from its features, time to compare a "
        "million pairs of videos.",
    ),
}
"""By what makes the table."""
