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


GLOSSARY = {
    "Measures": [
        Term("AP", "average precision", "area under the precision-recall curve of one ranked list"),
        Term("mAP", "mean average precision", "retrieval: mean over the queries of AP, each with a list of its own"),
        Term("µAP", "micro average precision", "detection: AP of all pairs of a query and a video in one list"),
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
    ],
    "Methods and losses": [
        Term("HAP-VR", "hierarchical average-precision-oriented video retrieval", "the paper reproduced here"),
        Term("S2VS", "self-supervised video similarity", "the same network without AP losses"),
        Term("ViSiL", "video similarity learning"),
        Term("ViSiL_f", "video similarity learning, frozen", "its features compared without a network"),
        Term("DnS", "distill and select", "S_f^A and S_f^B: its fine-grained students, with attention and binary"),
        Term("DML", "deep metric learning"),
        Term("TMK", "temporal matching kernel"),
        Term("LAMV", "learning to align and match videos"),
        Term("TCA", "temporal context aggregation"),
        Term("VRL", "video representation learning"),
        Term("DIR", "deep image retrieval", "its loss: listwise AP by bins"),
        Term("InfoNCE", "information noise-contrastive estimation", "the base loss of all networks here"),
        Term("MAE", "mean absolute error"),
        Term("MSE", "mean squared error"),
    ],
}  # fmt: skip
"""Kind of term → terms, in the order of the page."""

TERMS = {term.short: term for terms in GLOSSARY.values() for term in terms}
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
