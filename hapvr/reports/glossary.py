"""The abbreviations of tables and captions in full, and names for tasks that cannot be taken for anything else."""

import re
from typing import NamedTuple

from markupsafe import Markup, escape

TASK_NAMES = {"SVD": "SVD detection"}
"""Task → its name on the page, where a dataset is called the same."""


class Term(NamedTuple):
    """An abbreviation, its words in full, and what it means."""

    short: str
    full: str
    meaning: str = ""


WORDS = "Words"
"""The kind of terms that need no expansion where they stand: they are no abbreviations."""

GLOSSARY = {
    "Measures": [
        Term("AP", "average precision", "area under the precision-recall curve of one ranked list"),
        Term("mAP", "mean average precision", "retrieval: mean over the queries of AP, each with a list of its own"),
        Term("µAP", "micro average precision", "detection: AP of all pairs of a query and a video in one list"),
        Term("mAP*", "mAP of the whole database", "where queries have candidates of their own, too"),
        Term("p", "probability", "of a difference at least this large if the runs were equally good"),
    ],
    "Tasks": [
        Term("DSVR", "duplicate scene video retrieval", "relevant: ND and DS"),
        Term("CSVR", "complementary scene video retrieval", "relevant: ND, DS and CS"),
        Term("ISVR", "incident scene video retrieval", "relevant: ND, DS, CS and IS"),
        Term("DSVD", "duplicate scene video detection", "relevant as in DSVR"),
        Term("CSVD", "complementary scene video detection", "relevant as in CSVR"),
        Term("ISVD", "incident scene video detection", "relevant as in ISVR"),
        Term("EVVR", "event video retrieval", "the retrieval task of the dataset EVVE: videos of the same event"),
        Term("EVVD", "event video detection", "the detection task of the dataset EVVE"),
        Term("SVR", "short video retrieval", "the retrieval task of the dataset SVD"),
        Term("SVD detection", "short video detection", "the detection task of the dataset SVD, called SVD in files"),
        Term("VCR", "video copy retrieval", "the retrieval task of the dataset VCDB"),
        Term("VCD", "video copy detection", "the detection task of the dataset VCDB"),
        Term("CC_WEB", "near-duplicate retrieval", "the task of the dataset CC_WEB_VIDEO; CC_WEB_c: cleaned"),
        Term("_h", "hard", "behind a task of FIVR, as DSVR_h: without the duplicates that are easily found"),
    ],
    "Labels": [
        Term("ND", "near-duplicate", "the same recording, edited or encoded again"),
        Term("DS", "duplicate scene", "shares a part of its recording with the query"),
        Term("CS", "complementary scene", "the same moment, recorded by another camera"),
        Term("IS", "incident scene", "the same incident at another time"),
    ],
    "Datasets": [
        Term("FIVR", "fine-grained incident video retrieval", "200K and 5K: sizes; mini_fivr is its miniature"),
        Term("EVVE", "event retrieval in video", "mini_evve is its miniature"),
        Term("SVD", "short video dataset", "mini_svd is its miniature"),
        Term("VCDB", "video copy database", "to train on; mini_vcdb is its miniature"),
        Term("CC_WEB_VIDEO", "near-duplicate web videos", "24 queries, each with candidates of its own"),
        Term("DnS-100K", "the unlabelled videos of distill and select", "S2VS and DnS were trained on them as well"),
    ],
    "Methods and losses": [
        Term("HAP-VR", "hierarchical average-precision-oriented video retrieval", "the paper reproduced here"),
        Term("S2VS", "self-supervised video similarity", "the same network without AP losses"),
        Term("ViSiL", "video similarity learning"),
        Term("ViSiL_f", "video similarity learning, frozen", "its features compared without a network"),
        Term("DnS", "distill and select", "students that learn from ViSiL, and a selector that says which to ask"),
        Term("S_f^A", "fine-grained student with attention", "of DnS"),
        Term("S_f^B", "fine-grained student with binary codes", "of DnS"),
        Term("S_c", "coarse-grained student", "of DnS: one vector per video"),
        Term("DML", "deep metric learning"),
        Term("TMK", "temporal matching kernel"),
        Term("LAMV", "learning to align and match videos"),
        Term("TCA", "temporal context aggregation"),
        Term("VRL", "video representation learning"),
        Term("DIR", "deep image retrieval", "its loss: listwise AP by bins"),
        Term("FastAP", "fast average precision", "a loss: AP of a histogram of distances"),
        Term("InfoNCE", "information noise-contrastive estimation", "the base loss of all networks here"),
        Term("MAE", "mean absolute error"),
        Term("MSE", "mean squared error"),
        Term("DINO", "self-distillation with no labels", "the vision transformer that is the paper's teacher"),
        Term("PCA", "principal component analysis", "whitens the features of regions"),
        Term("L3-iMAC", "intermediate maximum activations of convolutions", "of 3 × 3 regions"),
        Term("SSCD", "self-supervised copy detection", "whose normalisation of scores the normalised runs have"),
    ],
    WORDS: [
        Term("query, database", "the video that is asked about, and the videos that are ranked for it"),
        Term("distractor", "a video that is relevant to no query"),
        Term("labelled core", "the groups of copies of the training set whose labels supervised methods learn from"),
        Term("region, frame, video", "the three levels of similarity", "a frame has 3 × 3 regions, a video its frames"),
        Term("frame matrix", "the similarity of every frame of one video to every frame of another"),
        Term("Chamfer", "mean over the items of a query of the similarity of each to its best item of the target"),
        Term("TopK-Chamfer", "Chamfer with the mean of the k best", "k is a rate of the number of items, at least 1"),
        Term("QuadLinear-AP", "the paper's loss", "AP whose count of negatives above is made smooth"),
        Term("δ, ρ", "parameters of QuadLinear-AP", "width of the quadratic piece; weight of positives above"),
        Term("teacher", "a frozen network", "its similarity of frames gives the pseudo labels of the frame-level loss"),
        Term("pseudo labels", "which frames count as relevant", "by the teacher's ranking: its top and bottom share"),
        Term("view", "a video, augmented in pixels or in time", "the views of one video are relevant to each other"),
        Term("view bank", "features of augmented views, made once", "trainings of the embedded preset draw from it"),
        Term("preset", "a whole params.yaml", "mini: embedded, midi: more of it, smoke: tests, paper: as published"),
        Term("stage", "a step of dvc.yaml", "with its inputs, parameters and outputs"),
        Term("run", "a row of a table", "a method with its losses and parameters, under runs in params.yaml"),
        Term("member", "one model of a run", "one per seed, or the only one, frozen or published"),
        Term("frozen", "of a method without weights, or whose weights nothing here has trained"),
        Term("normalised", "with a query's mean similarity to background videos taken off all of its scores"),
        Term("available", "how results are counted", "missing videos leave the ground truth, as in published numbers"),
        Term("strict", "how results are counted", "a relevant video that is missing counts as never found"),
    ],
}  # fmt: skip
"""Kind of term → terms, in the order of the page."""

TERMS = {term.short: term for kind, terms in GLOSSARY.items() if kind != WORDS for term in terms}
# The longest first: SVD detection is no SVD. A word of its own: no part of mini_svd, FIVR-200K or SmoothAP.
_SHORTS = sorted((re.escape(short) for short in TERMS if short != "p"), key=len, reverse=True)
_FIND = re.compile(rf"(?<![\w-])({'|'.join(_SHORTS)})(?!\w)")


def expand(text: str) -> Markup:
    """Text as HTML in which every abbreviation says what it stands for, where it first stands."""
    seen: set[str] = set()
    parts: list[Markup] = []
    end = 0
    for found in _FIND.finditer(text):
        short = found[0]
        parts.append(_with_code(text[end : found.start()]))
        first = Markup('<abbr title="{}">{}</abbr>').format(_title(short), short)
        parts.append(escape(short) if short in seen else first)
        seen.add(short)
        end = found.end()
    return Markup("").join([*parts, _with_code(text[end:])])


def _with_code(text: str) -> Markup:
    """What stands between backticks is code."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _title(short: str) -> str:
    term = TERMS[short]
    return f"{term.full}: {term.meaning}" if term.meaning else term.full
