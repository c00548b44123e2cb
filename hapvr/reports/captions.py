"""What the page says about each table and figure."""

from typing import NamedTuple


class Caption(NamedTuple):
    title: str
    text: str


TABLES = {
    "methods": Caption("Methods", "Retrieval (mAP) and detection (µAP) of every method on every benchmark."),
    "ablation": Caption("Ablation", "The components of the method added one after another."),
    "losses": Caption(
        "Losses",
        "Video-level losses beside the base loss, each in the place of QuadLinear-AP and with its weight; "
        "their own parameters are common choices, tuned for none of them.",
    ),
}
"""By the table's kind."""

STAGES = {
    "differences": Caption("Differences between runs", "Is one run better than another, or is it chance?"),
    "precision": Caption("Number formats", "What faster number formats cost."),
}
"""By the stage that makes the table."""

FIGURES = {
    "contact_sheet": Caption(
        "Contact sheet",
        "Queries, and for each one video of every relevance label and a distractor, as sampled frames.",
    ),
    "augmentations": Caption(
        "Augmentation",
        "A training video, a weak and a strong view of it as training draws them, and each augmentation alone, all "
        "others switched off. Numbers are those of the video's frames. Crop, flip and RandAugment are the same for all "
        "frames of a view; text, pictographs and blur are drawn for each frame.",
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
    "loss_gradients": Caption(
        "Surrogates of the step function",
        "The sigmoid of Smooth-AP and R of QuadLinear-AP, with their derivatives. Shaded: pairs in the wrong order "
        "whose derivative is below 1 % of its largest value. R keeps its full slope for every wrongly ordered pair.",
    ),
    "rank_gradients": Caption(
        "Gradient by rank",
        "The gradient each loss gives the only relevant item of a query, as the item moves down through evenly spaced "
        "irrelevant items; as a share of the largest that the loss gives, both axes logarithmic.",
    ),
    "toy_example": Caption(
        "Equal pair-wise loss, different Average Precision",
        "Two rankings of the same relevant items, computed: the pair-wise loss is equal, Average Precision is not.",
    ),
}
