"""What the page says about each table and figure."""

from typing import NamedTuple


class Caption(NamedTuple):
    title: str
    text: str


TABLES = {
    "methods": Caption("Methods", "Retrieval (mAP) and detection (µAP) of every method on every benchmark."),
    "ablation": Caption("Ablation", "The components of the method added one after another."),
}
"""By the table's kind."""

FIGURES = {
    "contact_sheet": Caption(
        "Contact sheet",
        "Queries, and for each one video of every relevance label and a distractor, as sampled frames.",
    ),
    "ablation": Caption(
        "Ablation bars",
        "The components of the method added one after another: mean over seeds, with the standard deviation (n − 1). "
        "Missing videos are left out of the ground truth (available).",
    ),
    "precision_recall": Caption(
        "Precision and recall",
        "One panel per task. Each curve is the mean over the seeds of a run, at equal recall.",
    ),
    "score_distribution": Caption(
        "Similarity by relevance label",
        "Similarity of all pairs of a query and a database video, pooled over seeds, by the label of the pair; "
        "“other” has none. Widths are scaled to be equal; lines are the quartiles. Each run has its own scale.",
    ),
    "training_curves": Caption(
        "Training curves",
        "Terms of the loss without their weights, gradient norm and validation mAP: mean over seeds, in a band "
        "from the lowest to the highest. Values logged at every step are running means over 5 % of the steps.",
    ),
}
